"""One verdict on a file: what it proves by itself and what the register of seals adds; joint stamping in between."""

from __future__ import annotations

import io
from pathlib import Path
from shutil import copyfile

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from sqlalchemy.orm import Session

from hsm.signers import to_asn1
from portal.cli import main
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import device, operations, queries
from portal.seals.consent import Consent
from portal.seals.judging import Judgement, Standing, judge, judge_file
from portal.seals.lifecycle import SealState
from portal.seals.models import CertificateStatus, UnitSeal
from portal.seals.trusting import trust_of
from portal.seals.use_models import StampRequest
from portal.seals.verifying import Reason
from tests.city import City
from tests.seals.ceremony import make_unit_seals
from tests.seals.pki import DAY, Authority, utc
from tests.seals.samples import frozen_bytes
from tests.seals.test_verifying import retitle
from tests.work import drain_all

UNITS = ("finance", "office")


@pytest.fixture
def seals(runtime: Runtime, session: Session, city: City) -> list[UnitSeal]:
    """The signature seals of two units, made in ceremonies."""
    for unit in UNITS:
        make_unit_seals(runtime, session, city, unit)
    made = [queries.signature_seal(session, city.units[unit].id) for unit in UNITS]
    return [seal for seal in made if seal is not None]


def ask(
    session: Session, city: City, seal: UnitSeal, digest: str, place: int, straddling: bool = False
) -> StampRequest:
    """The seal's custodian asks for the place-th seal on a file."""
    unit = next(name for name in UNITS if city.units[name].id == seal.unit_id)
    custodian = city.person(unit, Role.SEAL_CUSTODIAN)
    return operations.ask_stamp(
        session,
        seal=seal,
        custodian=custodian,
        reference="test:1",
        purpose="通知",
        digest=digest,
        given=Consent("totp"),
        place=place,
        straddling=straddling,
    )


def pressed(runtime: Runtime, session: Session, request: StampRequest) -> str:
    """Let the seal server work; returns the sealed file's digest."""
    session.commit()
    drain_all(runtime)
    session.refresh(request)
    assert request.error is None and request.sealed_digest is not None
    return request.sealed_digest


def judged(session: Session, path: Path) -> Judgement:
    return judge(session, judge_file(path, trust_of(session, to_asn1(device.current().root))))


def tones(judgement: Judgement) -> dict[str, str]:
    return {aspect.label: aspect.tone for aspect in judgement.aspects}


@pytest.mark.req("S-10", "S-11")
def test_two_units_seal_jointly_and_the_register_knows_every_stage(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal], tmp_path: Path
) -> None:
    host, partner = seals
    frozen = runtime.store.put(io.BytesIO(frozen_bytes())).digest
    for place in (0, 2):
        with pytest.raises(Refused, match="one after another"):
            ask(session, city, partner, frozen, place)
    first = pressed(runtime, session, ask(session, city, host, frozen, 1, straddling=True))
    with pytest.raises(Refused, match="on the document already"):
        ask(session, city, host, first, 2)
    with pytest.raises(Refused, match="Only the first"):
        ask(session, city, partner, first, 2, straddling=True)
    second = pressed(runtime, session, ask(session, city, partner, first, 2))

    files = {name: tmp_path / f"{name}.pdf" for name in ("stage", "whole", "retitled")}
    runtime.store.copy_to(first, files["stage"])
    runtime.store.copy_to(second, files["whole"])
    whole = judged(session, files["whole"])
    assert whole.verdict.valid and set(tones(whole).values()) == {"good"}
    assert [seal.found.unit for seal in whole.seals] == [host.unit.name, partner.unit.name]
    assert {seal.standing for seal in whole.seals} == {Standing.GOOD}
    stage = judged(session, files["stage"])
    assert stage.verdict.reasons == (Reason.UNFINISHED,)
    assert tones(stage)["Changes after sealing"] == "bad"

    writer = IncrementalPdfFileWriter(io.BytesIO(files["whole"].read_bytes()))
    retitle(writer)
    with files["retitled"].open("wb") as out:
        writer.write(out)
    retitled = judged(session, files["retitled"])
    assert Reason.UNREGISTERED in retitled.verdict.reasons, "pyHanko's policy alone lets a new title pass"
    assert tones(retitled)["Integrity"] == "bad"

    partner.state, partner.revoked_at = SealState.REVOKED, utc() + DAY
    session.flush()
    later = judged(session, files["whole"])
    assert later.verdict.valid, "sealed before the revocation: it stays valid"
    assert tones(later)["Revocation"] == "warn"
    assert (later.seals[1].standing, later.seals[1].since) == (Standing.REVOKED, partner.revoked_at)
    assert later.seals[1].to_json()["standing"] == "revoked"
    partner.state, partner.suspended_at = SealState.SUSPENDED, utc() + DAY
    suspended = judged(session, files["whole"])
    assert (suspended.seals[1].standing, tones(suspended)["Revocation"]) == (Standing.SUSPENDED, "warn")


def stamped_file(runtime: Runtime, session: Session, city: City, seal: UnitSeal, path: Path) -> Path:
    """A file with one seal on it."""
    frozen = runtime.store.put(io.BytesIO(frozen_bytes())).digest
    runtime.store.copy_to(pressed(runtime, session, ask(session, city, seal, frozen, 1)), path)
    return path


@pytest.mark.req("S-11")
@pytest.mark.parametrize("state", [SealState.SUSPENDED, SealState.REVOKED])
def test_a_seal_used_after_its_end_is_invalid_though_the_file_says_good(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal], tmp_path: Path, state: SealState
) -> None:
    """The answer inside the file says “good”; the register, or the answer signed since, says that it was over."""
    seal = seals[0]
    path = stamped_file(runtime, session, city, seal, tmp_path / "sealed.pdf")
    early, late = utc() - DAY, utc() + DAY
    seal.state, seal.suspended_at, seal.revoked_at = state, early, None if state == SealState.SUSPENDED else late
    session.flush()
    found = judged(session, path)
    assert found.verdict.reasons == (Reason.REVOKED,) and found.verdict.seals[0].revoked
    assert (found.seals[0].standing.value, found.seals[0].since) == (state.value, early)
    seal.state, seal.suspended_at, seal.revoked_at = SealState.IN_CUSTODY, None, None
    assert judged(session, path).verdict.valid
    status = session.get_one(CertificateStatus, seal.certificate_serial)
    certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
    status.response = device.current().status(certificate, early if state == SealState.SUSPENDED else None, early)
    session.flush()
    assert judged(session, path).verdict.reasons == (Reason.REVOKED,), "though the row was put back"


@pytest.mark.req("S-11")
def test_a_file_of_elsewhere_and_one_that_is_none_are_told_apart(
    session: Session, city: City, sealed: Path, authority: Authority, tmp_path: Path
) -> None:
    found = judge(session, judge_file(sealed, trust_of(session, authority.root.asn1)))
    assert found.verdict.valid and found.seals[0].standing is Standing.ELSEWHERE
    assert tones(found)["Revocation"] == "warn", "what became of it since isn't known"
    (tmp_path / "none.pdf").write_bytes(b"%PDF-1.7 nothing")
    none = judge(session, judge_file(tmp_path / "none.pdf", trust_of(session, authority.root.asn1)))
    assert tones(none) == {
        "Integrity": "bad",
        "Seal": "neutral",
        "Issuer": "neutral",
        "Time": "neutral",
        "Revocation": "neutral",
        "Changes after sealing": "neutral",
    }
    stranger = judge(session, judge_file(sealed, trust_of(session, Authority(name="别处").root.asn1)))
    assert tones(stranger)["Issuer"] == "bad" and tones(stranger)["Integrity"] == "good"


@pytest.mark.req("S-11")
def test_the_command_says_its_verdict_line_by_line(
    runtime: Runtime, sealed: Path, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca, copy = tmp_path / "ca.pem", tmp_path / "copy.pdf"
    ca.write_bytes(authority.root.certificate.public_bytes(Encoding.PEM))
    copyfile(sealed, copy)
    monkeypatch.setenv("GONGWEN_DATA_DIR", str(tmp_path / "data"))
    said = CliRunner().invoke(main, ["verify", str(copy), "--ca", str(ca), "--details"])
    assert said.exit_code == 0
    lines = said.output.splitlines()
    assert lines[0] == "valid" and len(lines) == 8
    assert lines[7].startswith("南澄市人民政府办公室 (") and authority.name in lines[7]
    with copy.open("ab") as file:
        file.write(b"\n")
    again = CliRunner().invoke(main, ["verify", str(copy), "--ca", str(ca)])
    assert again.exit_code == 1 and again.output.startswith("invalid: ") and again.output.count("\n") == 1
