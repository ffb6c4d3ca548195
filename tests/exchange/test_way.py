"""The whole way on a real device: stamped, sent, checked, printed, downloaded, verified."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hsm.authority import to_pem
from portal.commands import verification as command
from portal.core.clock import now
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.exchange import operations, uploads, verdicts
from portal.exchange.findings import Check, Findings, Outcome
from portal.exchange.models import Copy, Delivery
from portal.exchange.verdicts import Tone
from portal.seals import code_trust, codes
from portal.seals import operations as seals
from portal.seals.lifecycle import SealState
from portal.seals.queries import by_certificate_serial, signature_seal, verification_seal
from tests.city import City
from tests.exchange.travelling import clerk, holder, real_opened
from tests.seals.pki import Authority
from tests.work import drain, drain_all

KEYS = [f"00000000-0000-4000-8000-{number:012d}" for number in range(10)]


def outcomes(delivery: Delivery) -> dict[Check, set[Outcome]]:
    """What every check found."""
    findings = Findings.of(delivery)
    assert findings is not None and findings.error is None
    return {check: {item.outcome for item in findings.items if item.check == check} for check in Check}


@pytest.mark.req("X-4", "X-5", "X-6", "X-7", "S-1")
def test_the_whole_way(runtime: Runtime, session: Session, city: City, tmp_path: Path) -> None:
    delivery = real_opened(session, runtime, city)
    drain(runtime)
    session.expire_all()
    assert outcomes(delivery) == {check: {Outcome.GOOD} for check in Check}

    operations.confirm(delivery, clerk(city, "finance"))
    copy = operations.ask_print(delivery, holder(city), KEYS[0])
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert (copy.state, copy.error, delivery.state, delivery.received_how) == ("ready", None, "received", "print")
    assert delivery.received_at == copy.made_at
    with pikepdf.open(io.BytesIO(b"".join(runtime.store.reader(copy.digest or "")))) as made:
        assert "/AcroForm" not in made.Root

    assert copy.code is not None
    for entered in (copy.code, f"{runtime.settings.base_url}/v/{copy.code}", copy.mark, copy.mark.lower()):
        verdict = verdicts.judge(runtime, session, entered)
        assert (verdict.tone, verdict.message) == (Tone.GOOD, verdicts.GENUINE)
    facts = verdict.facts
    assert facts is not None
    assert (facts.document_number, facts.number) == (delivery.document.number, "1/2")
    broken = copy.code[:-20] + ("A" if copy.code[-20] != "A" else "B") + copy.code[-19:]
    assert verdicts.judge(runtime, session, broken).tone is Tone.BAD

    _download(runtime, session, city, delivery)
    _code_outside_the_register(runtime, session, copy)
    _seal_of_nobody_recognised(runtime, session, delivery, copy)
    _offline(runtime, session, copy, tmp_path)
    _seal_suspended(runtime, session, city, delivery, copy)
    _files(runtime, session, delivery, copy)


def _download(runtime: Runtime, session: Session, city: City, delivery: Delivery) -> None:
    """A download is marked and its number proves nothing more than a photocopy."""
    download = operations.ask_download(delivery, clerk(city, "finance"), KEYS[1])
    session.commit()
    drain(runtime)
    session.expire_all()
    assert (download.state, download.code, delivery.received_how) == ("ready", None, "print")
    assert verdicts.judge(runtime, session, download.mark) == verdicts.CodeVerdict(Tone.WARN, verdicts.PHOTOCOPY)


def _code_outside_the_register(runtime: Runtime, session: Session, copy: Copy) -> None:
    """A rightly signed code whose copy the register doesn't know."""
    kept, copy.mark = copy.mark, "2222-2222-2222"
    session.flush()
    verdict = verdicts.judge(runtime, session, copy.code or "")
    assert (verdict.tone, verdict.message) == (Tone.WARN, verdicts.NOT_REGISTERED)
    copy.mark = kept
    session.flush()


def _seal_of_nobody_recognised(runtime: Runtime, session: Session, delivery: Delivery, copy: Copy) -> None:
    """What stands in a row proves nothing unless the Seal CA issued it, or when the seal had ended before."""
    assert copy.code is not None
    file, own = runtime.settings.seal_ca_file, runtime.settings.seal_ca_file.read_bytes()
    file.write_text(to_pem(Authority().root.certificate))
    assert verdicts.judge(runtime, session, copy.code) == verdicts.CodeVerdict(Tone.BAD, code_trust.UNKNOWN_ISSUER)
    file.write_bytes(own)
    seal = verification_seal(session, delivery.unit_id)
    assert seal is not None
    seal.state, seal.suspended_at = SealState.SUSPENDED, now() - timedelta(days=2)
    session.flush()
    assert verdicts.judge(runtime, session, copy.code) == verdicts.CodeVerdict(Tone.BAD, code_trust.ENDED)
    session.rollback()


def _offline(runtime: Runtime, session: Session, copy: Copy, tmp_path: Path) -> None:
    """With the seal's certificate at hand a code is judged where there is no register."""
    seal = by_certificate_serial(session, codes.decode(copy.code or "")[0].serial)
    assert seal is not None
    (tmp_path / "code.txt").write_text(copy.code or "")
    (tmp_path / "seal.pem").write_text(seal.certificate)
    (tmp_path / "other.pem").write_text(to_pem(Authority().root.certificate))
    nowhere = Settings(data_dir=tmp_path / "nowhere")
    for ca, line in ((runtime.settings.seal_ca_file, "valid"), (tmp_path / "other.pem", "invalid: ")):
        said = command.verdict(nowhere, tmp_path / "code.txt", ca, tmp_path / "seal.pem")
        assert said.line.startswith(line)
    assert not (tmp_path / "nowhere").exists()


def _seal_suspended(runtime: Runtime, session: Session, city: City, delivery: Delivery, copy: Copy) -> None:
    """A suspended verification seal prints no more; what was printed stays genuine, and the page tells."""
    seal = verification_seal(session, delivery.unit_id)
    assert seal is not None
    seals.suspend(seal, holder(city), "交接期间暂停使用")
    session.commit()
    verdict = verdicts.judge(runtime, session, copy.mark)
    assert verdict.tone is Tone.GOOD
    assert verdict.seal_since is not None
    with pytest.raises(Refused):
        operations.ask_print(delivery, holder(city), KEYS[2])
    session.rollback()


def _files(runtime: Runtime, session: Session, delivery: Delivery, copy: Copy) -> None:
    """The sealed file proves itself on the public page, a changed one doesn't, a print is no original."""
    sealed = b"".join(runtime.store.reader(delivery.document.sealed_digest or ""))
    printed = b"".join(runtime.store.reader(copy.digest or ""))
    results: list[dict[str, Any]] = []
    for content in (sealed, sealed + b"%\n", printed):
        asked = uploads.ask_verification(runtime, session, io.BytesIO(content))
        session.commit()
        drain(runtime)
        session.refresh(asked)
        assert asked.verdict is not None
        results.append(asked.verdict)
        assert not uploads.store_of(runtime, asked.token).root.exists()
    genuine, changed, no_original = results
    assert genuine["valid"] and genuine["document"]["number"] == delivery.document.number
    assert not changed["valid"] and changed["reasons"] and changed["document"] is None
    assert no_original["reasons"] == ["The file carries no seal."]


@pytest.mark.req("X-4")
def test_tampering_is_found(runtime: Runtime, session: Session, city: City) -> None:
    """Bytes changed in the store, a file swapped for another, a lost attachment list: each is told, none confirmed."""
    delivery = real_opened(session, runtime, city)
    digest = delivery.document.sealed_digest or ""
    path = runtime.store.path_of(digest)
    whole = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(whole[:-40] + bytes(40))
    session.commit()
    drain(runtime)
    session.expire_all()
    assert outcomes(delivery)[Check.INTEGRITY] == {Outcome.BAD}
    with pytest.raises(Refused, match="only be returned"):
        operations.confirm(delivery, clerk(city, "finance"))

    path.write_bytes(whole)
    delivery.document.sealed_digest = delivery.document.frozen_digest  # a file without its seal, put in its place
    operations.check_again(delivery, clerk(city, "finance"))
    session.commit()
    drain(runtime)
    session.expire_all()
    found = outcomes(delivery)
    assert found[Check.SENDER] == {Outcome.BAD}
    assert Outcome.BAD in found[Check.SEAL] and Outcome.BAD in found[Check.LAYOUT]
    delivery.document.sealed_digest = digest

    seal = signature_seal(session, delivery.document.unit_id)
    assert seal is not None
    seals.suspend(seal, seal.keepers[0].person, "疑似遗失")
    operations.check_again(delivery, clerk(city, "finance"))
    session.commit()
    drain(runtime)
    session.expire_all()
    assert outcomes(delivery)[Check.SEAL] == {Outcome.WARN}
    findings = Findings.of(delivery)
    assert findings is not None and findings.good


@pytest.mark.req("X-4")
def test_checks_that_cannot_finish_can_be_repeated(runtime: Runtime, session: Session, city: City) -> None:
    delivery = real_opened(session, runtime, city)
    root = runtime.settings.seal_ca_file
    certificate = root.read_text()
    root.unlink()
    drain(runtime)
    session.expire_all()
    findings = Findings.of(delivery)
    assert findings is not None and findings.error is not None and not findings.good
    with pytest.raises(Refused):
        operations.confirm(delivery, clerk(city, "finance"))
    root.write_text(certificate)
    operations.check_again(delivery, clerk(city, "finance"))
    session.commit()
    drain(runtime)
    session.expire_all()
    assert outcomes(delivery) == {check: {Outcome.GOOD} for check in Check}
    assert session.scalars(select(Copy)).all() == []
