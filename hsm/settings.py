"""The seal server's own settings: one private TOML file with everything it trusts pinned in it.

The certificate authority and the custody key are pinned here and never read from the database, so that
whoever writes to the database can't make the seal server trust another key.
"""

import json
import os
import tomllib
from collections.abc import Collection
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from hsm.errors import SettingsInvalid
from hsm.shares import Holder, Purpose

OTHERS = 0o077


@dataclass(frozen=True)
class DeviceSettings:
    """The module and the two registered tokens (S-4)."""

    module_path: str
    seals_label: str
    seals_serial: str
    ceremony_label: str
    ceremony_serial: str


@dataclass(frozen=True)
class SealsSettings:
    """Access to the seals token."""

    pin: str = field(repr=False)


@dataclass(frozen=True)
class PinnedSettings:
    """The keys the seal server trusts and the certificates of its own keys, all PEM."""

    ca_certificate_pem: str
    custody_public_key_pem: str
    tsa_certificate_pem: str
    ocsp_certificate_pem: str
    receipt_certificate_pem: str
    # Devices initialised before these keys existed have none; lists and personal certificates need them.
    crl_certificate_pem: str = ""
    people_ca_certificate_pem: str = ""


@dataclass(frozen=True)
class AddressSettings:
    """Where certificates say that revocation can be asked; empty: not said."""

    crl_url: str = ""
    ocsp_url: str = ""
    people_crl_url: str = ""


@dataclass(frozen=True)
class TimeStampingSettings:
    """Another time-stamping authority (RFC 3161); url empty: our own, in the device."""

    url: str = ""
    ca_certificate_pem: str = ""
    """Who issued its certificate."""
    crl_url: str = ""
    """Where that issuer's revocation list is."""

    def __post_init__(self) -> None:
        if len({bool(value) for value in (self.url, self.ca_certificate_pem, self.crl_url)}) > 1:
            message = "time_stamping needs url, ca_certificate_pem and crl_url, or none of them."
            raise SettingsInvalid(message, "time_stamping")


@dataclass(frozen=True)
class OtherIssuerSettings:
    """Another authority that certifies keys of this device (S-7): for a district's government, that of the province."""

    ca_certificate_pem: str = ""
    """Who issues the certificates."""
    crl_url: str = ""
    """Where its revocation list is."""

    def __post_init__(self) -> None:
        if bool(self.ca_certificate_pem) != bool(self.crl_url):
            raise SettingsInvalid("other_issuer needs ca_certificate_pem and crl_url, or neither.", "other_issuer")


@dataclass(frozen=True)
class ConsentSettings:
    """Under which address keepers' hardware keys answer (WebAuthn); empty: no answer is accepted.

    user_verification: `required`: the key itself must ask for a PIN or a finger; `preferred`: a touch is enough.
    """

    rp_id: str = ""
    origin: str = ""
    user_verification: str = "required"


@dataclass(frozen=True)
class VerifierSettings:
    """One verifier for each share of each PIN, hexadecimal."""

    ceremony_pin_a: str
    ceremony_pin_b: str
    ceremony_so_pin_a: str
    ceremony_so_pin_b: str
    seals_so_pin_a: str
    seals_so_pin_b: str

    def of(self, purpose: Purpose, holder: Holder) -> str:
        """The verifier of one holder's share of one PIN."""
        verifier: str = getattr(self, f"{purpose}_{holder.lower()}")
        return verifier


@dataclass(frozen=True)
class SealServerSettings:
    """The whole file: each field is a section of it.

    next_verifiers: those of the new shares while shares are being renewed; there is no such section otherwise. A
    renewal that was broken off leaves both, because nobody but the device knows which of them is right.
    """

    device: DeviceSettings
    seals: SealsSettings
    pinned: PinnedSettings
    addresses: AddressSettings
    share_verifiers: VerifierSettings
    time_stamping: TimeStampingSettings = TimeStampingSettings()
    consent: ConsentSettings = ConsentSettings()
    other_issuer: OtherIssuerSettings = OtherIssuerSettings()
    next_verifiers: VerifierSettings | None = None

    def verifiers(self, purpose: Purpose) -> list[tuple[str, str]]:
        """The pairs of verifiers, of A and B, of which two shares for this purpose must match one."""
        known = [self.share_verifiers, *([self.next_verifiers] if self.next_verifiers else [])]
        return [(section.of(purpose, Holder.A), section.of(purpose, Holder.B)) for section in known]


SECTIONS: dict[str, type] = {
    "device": DeviceSettings,
    "seals": SealsSettings,
    "pinned": PinnedSettings,
    "addresses": AddressSettings,
    "share_verifiers": VerifierSettings,
    "time_stamping": TimeStampingSettings,
    "consent": ConsentSettings,
    "other_issuer": OtherIssuerSettings,
    "next_verifiers": VerifierSettings,
}
# Files written before these sections were known go on working: with our own time stamps and certificates, without
# hardware keys.
# The last one stands there only while shares are renewed.
OPTIONAL = frozenset({"time_stamping", "consent", "other_issuer", "next_verifiers"})


def load(path: Path) -> SealServerSettings:
    """Read the settings.

    Raises SettingsInvalid for a file others can read, unknown or missing keys, bad values.
    """
    try:
        with path.open("rb") as file:
            # Asked of the open file, not of its name, which could be exchanged in between.
            if os.fstat(file.fileno()).st_mode & OTHERS:
                raise SettingsInvalid(f"{path} must be readable by its owner alone (chmod 600).", str(path))
            content = tomllib.load(file)
    except OSError as error:
        raise SettingsInvalid(f"{path} can't be read.", str(path)) from error
    except tomllib.TOMLDecodeError as error:
        # `from None`: the parser's error keeps the whole text, which holds the PIN.
        raise SettingsInvalid(f"{path} is not valid TOML near line {_line(error)}.", str(path)) from None
    _require_keys("", content, set(SECTIONS) - OPTIONAL | content.keys() & OPTIONAL)
    return SealServerSettings(**{name: _section(name, content[name]) for name in SECTIONS if name in content})


def write(settings: SealServerSettings, path: Path) -> None:
    """Write the settings to a new file of mode 0600. Raises SettingsInvalid when it exists."""
    write_secret(path, _text(settings))


def replace(settings: SealServerSettings, path: Path) -> None:
    """Put new settings in place of the old ones, whole or not at all. Raises SettingsInvalid."""
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.unlink(missing_ok=True)  # of a process that was killed here
        write_secret(draft, _text(settings))
        draft.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise SettingsInvalid(f"{path} can't be written: {error.strerror}.", str(path)) from error


def _text(settings: SealServerSettings) -> str:
    lines = []
    for name, section_type in SECTIONS.items():
        section = getattr(settings, name)
        if section is None:
            continue
        lines.append(f"[{name}]")
        lines.extend(f"{key.name} = {_toml(getattr(section, key.name))}" for key in fields(section_type))
        lines.append("")
    return "\n".join(lines)


def write_secret(path: Path, text: str) -> None:
    """Write a new file that only its owner can read.

    Raises SettingsInvalid when it exists or can't be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SettingsInvalid(f"{path} can't be written: {error.strerror}.", str(path)) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _section(name: str, content: Any) -> Any:
    section_type = SECTIONS[name]
    if not isinstance(content, dict):
        raise SettingsInvalid(f"[{name}] must be a section.", name)
    known = {key.name for key in fields(section_type)}
    optional = {key.name for key in fields(section_type) if key.default is not MISSING}
    _require_keys(name, content, known, optional)
    for key, value in content.items():
        if not isinstance(value, str) or (not value and key not in optional):
            raise SettingsInvalid(f"{name}.{key} must be a text.", f"{name}.{key}")
    return section_type(**content)


def _require_keys(where: str, content: dict[str, Any], expected: set[str], optional: Collection[str] = ()) -> None:
    prefix = f"{where}." if where else ""
    for key in sorted(content.keys() - expected):
        raise SettingsInvalid(f"Unknown key {prefix}{key}.", f"{prefix}{key}")
    for key in sorted(expected - content.keys() - set(optional)):
        raise SettingsInvalid(f"Missing key {prefix}{key}.", f"{prefix}{key}")


def _toml(value: str) -> str:
    if "\n" in value:
        return f"'''\n{value}'''"
    return json.dumps(value, ensure_ascii=False)


def _line(error: tomllib.TOMLDecodeError) -> str:
    return str(error).partition("line ")[2].partition(",")[0] or "?"
