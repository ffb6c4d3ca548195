"""The first act of an installation: initialise the tokens, make the first keys, hand out the shares.

Runs once. It leaves the seal server's settings file and two sheets of shares, one for each office, which are
to be handed over and removed from the machine; nobody else ever learns a PIN of the ceremony token.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from hsm import authority, custody, shares
from hsm.errors import AlreadyInitialised, DeviceFull, SettingsInvalid
from hsm.keys import (
    CA_KEY,
    CRL_KEY,
    CUSTODY_KEY,
    HEALTH_KEY,
    OCSP_KEY,
    PEOPLE_KEY,
    RECEIPT_KEY,
    TSA_KEY,
    generate_key,
)
from hsm.module import Module, TokenInfo, load_module
from hsm.settings import (
    AddressSettings,
    ConsentSettings,
    DeviceSettings,
    PinnedSettings,
    SealServerSettings,
    SealsSettings,
    VerifierSettings,
    write,
    write_secret,
)
from hsm.shares import Holder, Purpose
from hsm.token import Token, blank_tokens, list_tokens, open_token, set_user_pin

CEREMONY_LABEL = "ceremony"
SEALS_LABEL = "seals"
PEOPLE_NAME = "政务人员证书认证机构"
SHEETS = {Holder.A: "share-a-secrecy-office.txt", Holder.B: "share-b-information-centre.txt"}
OFFICES = {Holder.A: "保密室 / secrecy office", Holder.B: "政务信息中心 / information centre"}
USES = {
    Purpose.CEREMONY_PIN: "印章制发仪式 / ceremony PIN, entered at each ceremony",
    Purpose.CEREMONY_SO_PIN: "仪式介质管理口令 / ceremony SO PIN, for recovery only",
    Purpose.SEALS_SO_PIN: "印章介质管理口令 / seals SO PIN, for recovery only",
}


@dataclass(frozen=True)
class InitialisedDevice:
    """What an initialisation leaves behind."""

    settings: SealServerSettings
    settings_path: Path
    share_a_path: Path
    share_b_path: Path


def initialise_device(
    *,
    module_path: str,
    settings_path: Path,
    shares_folder: Path,
    organisation: str,
    authority_name: str,
    addresses: AddressSettings | None = None,
    consent: ConsentSettings | None = None,
) -> InitialisedDevice:
    """Initialise the device and write the settings and the two sheets of shares.

    organisation, authority_name: O and CN of the Seal CA; consent: under which address hardware keys answer.
    Raises AlreadyInitialised, DeviceFull (two blank tokens are needed), SettingsInvalid (a file can't be written)
    and the device's own errors.
    """
    module = load_module(module_path)
    sheets = {holder: shares_folder / name for holder, name in SHEETS.items()}
    _refuse_second_time(module, [settings_path, *sheets.values()])
    split = {purpose: shares.split_new() for purpose in Purpose}
    pins = {purpose: shares.combine(*pair) for purpose, pair in split.items()}
    # The sheets come first: from the moment a token is initialised, only they can open it.
    for index, holder in enumerate(Holder):
        write_secret(sheets[holder], _sheet(holder, {purpose: pair[index] for purpose, pair in split.items()}))
    seals_pin = secrets.token_urlsafe(shares.SHARE_BYTES)
    ceremony = _initialise_token(module, CEREMONY_LABEL, pins[Purpose.CEREMONY_SO_PIN], pins[Purpose.CEREMONY_PIN])
    seals = _initialise_token(module, SEALS_LABEL, pins[Purpose.SEALS_SO_PIN], seals_pin)
    with (
        open_token(
            module, ceremony.label, ceremony.serial, pins[Purpose.CEREMONY_PIN], writable=True
        ) as ceremony_token,
        open_token(module, seals.label, seals.serial, seals_pin, writable=True) as seals_token,
    ):
        where = addresses or AddressSettings()
        pinned = _make_keys(ceremony_token, seals_token, organisation, authority_name, where)
    settings = SealServerSettings(
        device=DeviceSettings(module_path, seals.label, seals.serial, ceremony.label, ceremony.serial),
        seals=SealsSettings(seals_pin),
        pinned=pinned,
        addresses=where,
        share_verifiers=_verifiers(split),
        consent=consent or ConsentSettings(),
    )
    write(settings, settings_path)
    return InitialisedDevice(settings, settings_path, sheets[Holder.A], sheets[Holder.B])


def read_sheet(path: Path) -> dict[Purpose, str]:
    """The typed texts of the shares on a sheet. Raises SettingsInvalid when it is not one."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SettingsInvalid(f"{path} can't be read.", str(path)) from error
    found = {
        purpose: lines[number + 1].strip()
        for purpose, use in USES.items()
        for number, line in enumerate(lines[:-1])
        if line == use
    }
    if found.keys() != USES.keys():
        raise SettingsInvalid(f"{path} is not a sheet of shares.", str(path))
    return found


def _refuse_second_time(module: Module, files: list[Path]) -> None:
    for file in files:
        if file.exists():
            raise AlreadyInitialised(f"{file} exists: the device was initialised before.", str(file))
        if not file.parent.is_dir():
            raise SettingsInvalid(f"The folder {file.parent} does not exist.", str(file.parent))
    for token in list_tokens(module):
        if token.label in (CEREMONY_LABEL, SEALS_LABEL):
            raise AlreadyInitialised(
                f"The device already has a token “{token.label}” with serial number {token.serial}.",
                token.label,
            )


def _initialise_token(module: Module, label: str, so_pin: str, user_pin: str) -> TokenInfo:
    blank = next(iter(blank_tokens(module)), None)
    if blank is None:
        raise DeviceFull("The device needs two blank tokens.", label)
    module.initialise_token(blank.slot_id, so_pin, label)
    token = module.token_info(blank.slot_id)
    set_user_pin(module, token, so_pin, user_pin)
    return token


def _make_keys(
    ceremony: Token, seals: Token, organisation: str, authority_name: str, addresses: AddressSettings
) -> PinnedSettings:
    ca_key = generate_key(ceremony, CA_KEY)
    custody_key = generate_key(ceremony, CUSTODY_KEY)
    root = authority.make_root(ca_key, authority.make_name(authority_name, organisation))
    ca = authority.SealAuthority(ca_key, root, addresses)
    generate_key(seals, HEALTH_KEY)
    lists = ca.issue_crl_signer(generate_key(seals, CRL_KEY).public_key())
    # A root of its own: what trusts the Seal CA must never come to trust a person's certificate (decision 19).
    people = authority.make_root(generate_key(seals, PEOPLE_KEY), authority.make_name(PEOPLE_NAME, organisation))

    def service(label: str, name: str, profile: authority.Profile) -> str:
        subject = authority.make_name(name, organisation)
        return authority.to_pem(ca.issue(generate_key(seals, label).public_key(), subject, profile))

    return PinnedSettings(
        ca_certificate_pem=authority.to_pem(root),
        custody_public_key_pem=custody.public_key_pem(custody_key.public_key()),
        tsa_certificate_pem=service(TSA_KEY, "时间戳服务", authority.TIME_STAMPING),
        ocsp_certificate_pem=service(OCSP_KEY, "证书状态服务", authority.OCSP_SIGNING),
        receipt_certificate_pem=service(RECEIPT_KEY, "交换回执服务", authority.RECEIPT),
        crl_certificate_pem=authority.to_pem(lists),
        people_ca_certificate_pem=authority.to_pem(people),
    )


def _verifiers(split: dict[Purpose, tuple[bytes, bytes]]) -> VerifierSettings:
    return VerifierSettings(
        **{
            f"{purpose}_{holder.lower()}": shares.verifier(pair[index], purpose, holder)
            for purpose, pair in split.items()
            for index, holder in enumerate(Holder)
        }
    )


def _sheet(holder: Holder, own: dict[Purpose, bytes]) -> str:
    lines = [
        f"口令份额 {holder} / Share {holder}",
        f"保管单位 / keeper: {OFFICES[holder]}",
        "须由本单位单独密封保管，不得与另一份额同处存放。",
        "Keep sealed, apart from the other share; remove this file once it is handed over.",
        "",
    ]
    for purpose, share in own.items():
        lines += [USES[purpose], f"    {shares.format_share(share)}", ""]
    return "\n".join(lines)
