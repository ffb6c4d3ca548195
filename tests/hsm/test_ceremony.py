"""The ceremony child: two right shares, one approved action, one signed transcript, nothing left behind."""

import base64
import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from hsm.acts import MOST_ORPHANS
from hsm.authority import load_certificate, make_name, make_root, to_pem
from hsm.ceremony import run_child
from hsm.custody import verify_custody
from hsm.errors import (
    CeremonyAborted,
    HsmError,
    KeyDiffers,
    KeyMissing,
    RecordForged,
    RequestInvalid,
    SettingsInvalid,
    SharesSame,
    SharesSwapped,
    ShareTypo,
    ShareWrong,
    TokenReplaced,
    TooManyOrphans,
    WrongPin,
)
from hsm.keys import SEAL_PREFIX, generate_key, key_digest, key_labels
from hsm.orders import (
    Action,
    CustodyOrder,
    DestroyKeys,
    MakeSeals,
    ReplaceSeals,
    RevokedSeal,
    SealOrder,
    SignCrl,
    SignCustody,
    action_from_json,
    action_to_json,
)
from hsm.settings import write
from hsm.shares import Purpose, combine, format_share, parse_share
from hsm.signers import open_signer, pyhanko_signer
from hsm.token import Token
from hsm.transcript import Transcript
from tests.hsm.device import Device, run_python

APPROVAL = "0f" * 32
NOTHING = SignCrl(APPROVAL, 1, ())
SESSIONS_AFTER = """
import json, sys
from pathlib import Path
from hsm.ceremony import perform
from hsm.module import load_module
from hsm.orders import SignCrl
from hsm.settings import load
from hsm.token import list_tokens
from tests.hsm.device import has_sessions
settings = load(Path(sys.argv[1]))
perform(settings, sys.argv[2], sys.argv[3], SignCrl("approval", 1, ()))
module = load_module(settings.device.module_path)
print(json.dumps([has_sessions(module, info) for info in list_tokens(module)]))
"""


def order(label: str, **changes: Any) -> SealOrder:
    plain = SealOrder(
        label,
        "南澄市教育局",
        "南澄市教育局",
        "11440000MB2D00001X",
        5,
        {"custodians": ["甲", "乙"], "threshold": 2},
    )
    return dataclasses.replace(plain, **changes)


def make(token: Token, *orders: SealOrder) -> MakeSeals:
    """The order for these seals; every seal key now on the token counts as registered."""
    return MakeSeals(APPROVAL, orders, tuple(key_labels(token, SEAL_PREFIX)))


def run(device: Device, action: Action) -> Transcript:
    return run_child(device.settings_path, device.share_a, device.share_b, action)


@pytest.mark.req("S-5", "S-6")
def test_seals_are_made_with_certificates_and_custody_records(device: Device, token: Token) -> None:
    transcript = run(device, make(token, order("seal-a"), order("seal-b", common_name="验证印章")))
    root = load_certificate(device.settings.pinned.ca_certificate_pem)
    assert [record.key_label for record in transcript.records] == ["seal-a", "seal-b"]
    for record in transcript.records:
        certificate = load_certificate(record.certificate_pem)
        certificate.verify_directly_issued_by(root)
        facts = verify_custody(
            record.custody_record, record.custody_signature, device.settings.pinned.custody_public_key_pem
        )
        assert facts["custodians"] == ["甲", "乙"]
        assert facts["certificate_sha256"] == record.certificate_sha256
        # The key is on the seals token now, and it is the one in the certificate.
        pyhanko_signer(open_signer(token, record.key_label), certificate, [root])


@pytest.mark.req("S-4", "S-5")
def test_the_transcript_accounts_for_every_step_and_is_signed(device: Device, token: Token) -> None:
    transcript = run(device, make(token, order("seal-a")))
    facts = transcript.facts
    assert (facts["action"], facts["approval"]) == ("make-seals", APPROVAL)
    steps = [step["step"] for step in facts["steps"]]
    assert steps == ["opened", "key-made", "certificate-issued", "custody-signed"]
    moments = [facts["started_at"], *(step["at"] for step in facts["steps"]), facts["ended_at"]]
    assert moments == sorted(moments)
    assert facts["ceremony_token"]["serial"] == device.settings.device.ceremony_serial
    assert facts["seals_token"]["serial"] == device.settings.device.seals_serial
    forged = Transcript(transcript.body.replace(b"key-made", b"key-lost"), transcript.signature)
    with pytest.raises(RecordForged):
        forged.verify(device.settings.pinned.custody_public_key_pem)


@pytest.mark.req("S-5")
def test_each_wrong_share_is_named_before_any_pin_is_tried(device: Device) -> None:
    wrong = format_share(bytes(32))
    refusals: list[tuple[str, str, type[HsmError], str]] = [
        (wrong, device.share_b, ShareWrong, "A"),
        (device.share_a, wrong, ShareWrong, "B"),
        (device.share_b, device.share_a, SharesSwapped, "AB"),
        (device.share_a, device.share_a, SharesSame, "B"),
        (device.share_b, device.share_b, SharesSame, "A"),
        (device.share_a[:-1], device.share_b, ShareTypo, "A"),
        (device.share_a, "保密", ShareTypo, "B"),
        (device.shares_a[Purpose.SEALS_SO_PIN], device.share_b, ShareWrong, "A"),
    ]
    for share_a, share_b, error_type, which in refusals:
        with pytest.raises(error_type) as caught:
            run_child(device.settings_path, share_a, share_b, NOTHING)
        assert type(caught.value) is error_type
        assert caught.value.which == which


@pytest.mark.req("S-5")
def test_keys_left_by_a_broken_ceremony_are_destroyed_first(device: Device, token: Token) -> None:
    registered = generate_key(token, "seal-registered")
    known = make(token, order("seal-new"))
    generate_key(token, "seal-orphan")
    transcript = run(device, known)
    assert transcript.facts["orphans"] == ["seal-orphan"]
    assert transcript.facts["steps"][1]["step"] == "orphan-destroyed"
    assert "seal-orphan" not in key_labels(token)
    open_signer(token, registered.label)
    with pytest.raises(KeyMissing):
        token.sign_digest("seal-orphan", bytes(32))


@pytest.mark.req("S-5")
def test_a_label_left_by_a_broken_ceremony_can_be_made_again(device: Device, token: Token) -> None:
    again = make(token, order("seal-again"))
    left = generate_key(token, "seal-again").public_key()
    transcript = run(device, again)
    assert transcript.facts["orphans"] == ["seal-again"]
    assert load_certificate(transcript.records[0].certificate_pem).public_key() != left


def test_a_register_that_lost_its_seals_destroys_none(device: Device, token: Token) -> None:
    labels = [f"seal-kept-{number}" for number in range(MOST_ORPHANS + 1)]
    known = make(token, order("seal-new"))
    for label in labels:
        generate_key(token, label)
    with pytest.raises(TooManyOrphans):
        run(device, known)
    assert set(labels) <= set(key_labels(token))
    assert "seal-new" not in key_labels(token)


def test_a_refusal_midway_leaves_no_key(device: Device, token: Token) -> None:
    before = key_labels(token)
    with pytest.raises(RequestInvalid):
        run(device, make(token, order("seal-first"), order("seal-second", common_name="章" * 65)))
    with pytest.raises(RequestInvalid):
        run(device, make(token, order("seal-first", valid_years=40)))
    assert key_labels(token) == before


def digest_of(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key_digest(key)


@pytest.mark.req("S-9")
def test_a_label_of_another_key_destroys_nothing(device: Device, token: Token) -> None:
    """A register that was changed names another unit's key: the device's own key decides, before anything is done."""
    action = make(token, order("seal-mine"), order("seal-theirs"))
    mine, theirs = (load_certificate(made.certificate_pem) for made in run(device, action).records)
    revoked = (RevokedSeal(mine.serial_number, "2026-11-22T10:00:00+08:00", "cessationOfOperation"),)
    wrong = DestroyKeys(APPROVAL, ("seal-theirs",), (digest_of(mine),), 3, revoked)
    with pytest.raises(KeyDiffers):
        run(device, wrong)
    again = make(token, order("seal-new"))
    labels, keys = ("seal-mine", "seal-theirs"), (digest_of(mine), digest_of(mine))
    with pytest.raises(KeyDiffers):
        run(device, ReplaceSeals(APPROVAL, again.seals, again.known_labels, labels, keys, 3, revoked))
    assert {"seal-mine", "seal-theirs"} <= set(key_labels(token))
    assert "seal-new" not in key_labels(token)
    right = DestroyKeys(APPROVAL, ("seal-theirs",), (digest_of(theirs),), 3, revoked)
    assert run(device, right).facts["destroyed"] == ["seal-theirs"]


@pytest.mark.req("S-9")
def test_keys_are_destroyed_with_a_revocation_list(device: Device, token: Token) -> None:
    made = load_certificate(run(device, make(token, order("seal-old"))).records[0].certificate_pem)
    revoked = RevokedSeal(made.serial_number, "2026-11-22T10:00:00+08:00", "cessationOfOperation")
    action = DestroyKeys(APPROVAL, ("seal-old",), (digest_of(made),), 3, (revoked,))
    facts = run(device, action).facts
    assert facts["destroyed"] == ["seal-old"]
    assert "seal-old" not in key_labels(token)
    crl = x509.load_pem_x509_crl(facts["crl_pem"].encode())
    entry = crl.get_revoked_certificate_by_serial_number(made.serial_number)
    assert entry is not None
    assert entry.revocation_date_utc.isoformat() == "2026-11-22T02:00:00+00:00"
    assert run(device, action).facts["absent"] == ["seal-old"]


@pytest.mark.req("S-6")
def test_a_change_of_custodians_is_signed_for_our_certificates_only(device: Device, token: Token) -> None:
    made = run(device, make(token, order("seal-a"))).records[0]
    changed = run(device, SignCustody(APPROVAL, (CustodyOrder(made.certificate_pem, {"custodians": ["丙"]}),)))
    record = changed.records[0]
    facts = verify_custody(
        record.custody_record, record.custody_signature, device.settings.pinned.custody_public_key_pem
    )
    assert facts == {"custodians": ["丙"], "certificate_sha256": made.certificate_sha256}
    for pem in ("not a certificate", to_pem(_foreign_certificate(token))):
        with pytest.raises(RequestInvalid):
            run(device, SignCustody(APPROVAL, (CustodyOrder(pem, {}),)))


@pytest.mark.req("S-5")
def test_no_secret_is_seen_outside_the_child(device: Device, token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real_run = subprocess.run

    def watched_run(arguments: list[str], **options: Any) -> Any:
        done = real_run(arguments, **options)
        outside = {name: value for name, value in options.items() if name != "input"}
        seen.append(f"{arguments} {outside} {done.stdout!r} {done.stderr!r}")
        return done

    monkeypatch.setattr(subprocess, "run", watched_run)
    run(device, make(token, order("seal-a")))
    with pytest.raises(ShareWrong):
        run_child(device.settings_path, device.share_a, format_share(bytes(32)), NOTHING)
    share_a, share_b = parse_share(device.share_a), parse_share(device.share_b)
    secrets = [device.share_a, device.share_b, combine(share_a, share_b), device.settings.seals.pin]
    for share in (share_a, share_b):
        secrets += [share.hex(), base64.b64encode(share).decode(), base64.b32encode(share).decode()[:52]]
    assert len(seen) == 2
    for text in seen:
        assert not any(secret in text for secret in secrets)


@pytest.mark.req("S-5")
def test_a_ceremony_closes_every_session(device: Device) -> None:
    arguments = (str(device.settings_path), device.share_a, device.share_b)
    assert run_python(device.config_path, SESSIONS_AFTER, *arguments) == [False, False]


@pytest.mark.req("S-5")
def test_a_child_out_of_time_is_stopped(device: Device) -> None:
    with pytest.raises(CeremonyAborted):
        run_child(device.settings_path, device.share_a, device.share_b, NOTHING, timeout=0.01)


def test_a_child_that_dies_is_told(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(CeremonyAborted, match="exit code 1"):
        run(device, NOTHING)


def test_what_a_failing_child_printed_is_logged_without_secrets(
    device: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A vendor's failure leaves a trace, a share or PIN it quotes does not."""
    script = tmp_path / "child"
    script.write_text(f"#!/bin/sh\necho 'token removed: {device.share_a} {device.settings.seals.pin}' >&2\nexit 3\n")
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(CeremonyAborted):
        run(device, NOTHING)
    assert "token removed: […] […]" in caplog.text


@pytest.mark.req("S-4")
def test_a_token_of_another_serial_stops_everything(device: Device, tmp_path: Path) -> None:
    known = dataclasses.replace(device.settings.device, seals_serial="0123456789abcdef")
    write(dataclasses.replace(device.settings, device=known), tmp_path / "settings.toml")
    with pytest.raises(TokenReplaced) as caught:
        run_child(tmp_path / "settings.toml", device.share_a, device.share_b, NOTHING)
    assert caught.value.which == "seals"


@pytest.mark.req("S-4")
def test_a_wrong_pin_of_the_seals_token_is_told(device: Device, tmp_path: Path) -> None:
    seals = dataclasses.replace(device.settings.seals, pin="not-the-pin")
    write(dataclasses.replace(device.settings, seals=seals), tmp_path / "settings.toml")
    with pytest.raises(WrongPin):
        run_child(tmp_path / "settings.toml", device.share_a, device.share_b, NOTHING)


@pytest.mark.req("S-5")
def test_keys_other_than_the_pinned_ones_are_not_used(
    device: Device, other_device: Device, tmp_path: Path, token: Token
) -> None:
    foreign = other_device.settings.pinned
    for field in ("ca_certificate_pem", "custody_public_key_pem"):
        pinned = dataclasses.replace(device.settings.pinned, **{field: getattr(foreign, field)})
        path = tmp_path / f"{field}.toml"
        write(dataclasses.replace(device.settings, pinned=pinned), path)
        with pytest.raises(RequestInvalid):
            run_child(path, device.share_a, device.share_b, make(token, order("seal-a")))
    assert "seal-a" not in key_labels(token)


def test_settings_open_to_others_are_refused_by_the_child(device: Device, tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    write(device.settings, path)
    path.chmod(0o644)
    with pytest.raises(SettingsInvalid):
        run_child(path, device.share_a, device.share_b, NOTHING)


def test_actions_travel_as_json() -> None:
    revoked = (RevokedSeal(7, "2026-11-22T10:00:00+08:00", "keyCompromise"),)
    actions: list[Action] = [
        MakeSeals(APPROVAL, (order("seal-a"), order("seal-b")), ("seal-c",)),
        DestroyKeys(APPROVAL, ("seal-a",), ("0" * 64,), 2, revoked),
        SignCrl(APPROVAL, 2, revoked),
        SignCustody(APPROVAL, (CustodyOrder("pem", {"threshold": 1}),)),
    ]
    for action in actions:
        assert action_from_json(json.loads(json.dumps(action_to_json(action)))) == action


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"action": "open-the-door"},
        {"action": "sign-crl", "approval": "", "crl_number": 1, "revoked": []},
        {"action": "sign-crl", "approval": "x", "crl_number": True, "revoked": []},
        {"action": "sign-crl", "approval": "x", "crl_number": 1, "revoked": [{"serial": 1, "at": "soon"}]},
        {
            "action": "sign-crl",
            "approval": "x",
            "crl_number": 1,
            "revoked": [{"serial": 1, "at": "2026-11-22"}],
        },
        {"action": "sign-crl", "approval": "x", "crl_number": 1, "revoked": ["x"]},
        {"action": "sign-crl", "approval": "x", "crl_number": 1, "revoked": [], "more": 1},
        {"action": "destroy-keys", "approval": "x", "labels": ["tsa"], "crl_number": 1, "revoked": []},
        {"action": "destroy-keys", "approval": "x", "labels": [], "crl_number": 1, "revoked": []},
        {"action": "make-seals", "approval": "x", "seals": [], "known_labels": []},
        {"action": "sign-custody", "approval": "x", "records": [{"certificate_pem": "x", "custody": []}]},
    ],
)
def test_anything_else_is_refused(content: Any) -> None:
    with pytest.raises(RequestInvalid):
        action_from_json(content)


def test_a_seal_is_never_made_over_another() -> None:
    with pytest.raises(RequestInvalid):
        MakeSeals(APPROVAL, (order("seal-a"),), ("seal-a",))
    with pytest.raises(RequestInvalid):
        MakeSeals(APPROVAL, (order("seal-a"), order("seal-a")), ())


def _foreign_certificate(token: Token) -> x509.Certificate:
    """A certificate that another authority issued."""
    return make_root(generate_key(token, "seal-foreign"), make_name("别处", "别处"))
