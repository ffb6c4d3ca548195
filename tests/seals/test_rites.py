"""What each kind of ceremony does to the device and to the register, over a real device."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hsm import settings as settings_file
from hsm.authority import load_certificate, to_pem
from hsm.keys import generate_key
from hsm.module import load_module
from hsm.token import open_token
from portal.core.clock import now
from portal.core.errors import Refused
from portal.core.jobs import PendingJob
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.people.roles import Role
from portal.seals import ca_pinning, device, operations, queries
from portal.seals.consent import Consent
from portal.seals.models import ApplicationKind, CertificateStatus, SealClass, UnitSeal
from portal.seals.revocation_models import CeremonyList
from portal.seals.rites import ending
from portal.seals.use_models import StampRequest
from tests.city import City, make_person
from tests.seals import ceremony as room
from tests.work import drain_all

KIND = ApplicationKind
UNIT = "finance"


@pytest.fixture
def seals(runtime: Runtime, session: Session, city: City) -> list[UnitSeal]:
    """The unit's two seals, made in a ceremony; the signature seal first."""
    room.make_unit_seals(runtime, session, city, UNIT)
    return list(session.scalars(select(UnitSeal).order_by(UnitSeal.id)).all())


def kinds_of_events(session: Session) -> list[str]:
    return list(session.scalars(select(LedgerEvent.kind).order_by(LedgerEvent.id)))


@pytest.mark.req("S-9", "S-12")
@pytest.mark.parametrize("kind", [KIND.REPLACE, KIND.CHANGE])
def test_new_seals_are_made_and_the_old_ones_end(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal], kind: ApplicationKind
) -> None:
    """One opening of the device: new keys, a list with the old certificate, the old key gone; the other seal stays."""
    old, other = seals
    application = room.approved_of_kind(session, city, UNIT, kind, [old], face_text="南澄市财政局")
    ceremony = room.hold(runtime, session, city, application)
    assert (ceremony.state, ceremony.trouble) == ("done", None)
    assert old.state == "destroyed"
    assert old.revoked_reason == {KIND.REPLACE: "superseded", KIND.CHANGE: "affiliation_changed"}[kind]
    new = queries.signature_seal(session, old.unit_id)
    assert new is not None and new.id != old.id
    assert queries.verification_seal(session, old.unit_id) == other
    on_device = set(room.seals_on_device(runtime))
    assert {new.key_label, other.key_label} <= on_device
    assert old.key_label not in on_device
    kept = session.scalars(select(CeremonyList)).one()
    entry = x509.load_pem_x509_crl(kept.pem.encode()).get_revoked_certificate_by_serial_number(
        int(old.certificate_serial, 16)
    )
    assert entry is not None and old.revoked_at == entry.revocation_date_utc
    assert {"seal.revoked", "seal.destroyed"} <= set(kinds_of_events(session))
    # Whoever checks an old document still gets an answer about its seal.
    assert session.get(CertificateStatus, old.certificate_serial) is not None


@pytest.mark.req("S-9")
def test_destroyed_seals_are_in_every_later_list(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal]
) -> None:
    """Both seals, one after the other; what waits for a stamp is told that it won't come."""
    first, second = seals
    custodian = city.person(UNIT, Role.SEAL_CUSTODIAN)
    first.threshold = 2  # so that the request waits for a second custodian
    request = operations.ask_stamp(
        session, seal=first, custodian=custodian, reference="x:1", purpose="x", digest="0" * 64, given=Consent("totp")
    )
    details = {"reason": "key-compromise"}
    application = room.approved_of_kind(session, city, UNIT, KIND.DESTROY, [first], details=details)
    assert room.hold(runtime, session, city, application).state == "done"
    assert (first.state, first.revoked_reason, first.destroyed_at is not None) == ("destroyed", "key_compromise", True)
    assert session.get_one(StampRequest, request.id).state == "failed"
    again = room.approved_of_kind(session, city, UNIT, KIND.DESTROY, [second])
    assert room.hold(runtime, session, city, again).state == "done"
    lists = session.scalars(select(CeremonyList).order_by(CeremonyList.number)).all()
    crls = [x509.load_pem_x509_crl(kept.pem.encode()) for kept in lists]
    assert [len(list(crl)) for crl in crls] == [1, 2]
    reasons = {
        entry.serial_number: entry.extensions.get_extension_for_class(x509.CRLReason).value.reason for entry in crls[1]
    }
    assert reasons == {
        int(first.certificate_serial, 16): x509.ReasonFlags.key_compromise,
        int(second.certificate_serial, 16): x509.ReasonFlags.cessation_of_operation,
    }
    assert not {first.key_label, second.key_label} & set(room.seals_on_device(runtime))


@pytest.mark.req("S-6", "S-12")
def test_custody_changes_under_a_new_sequence(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal]
) -> None:
    """New keepers and threshold, the same key and certificate; the old record doesn't count any more."""
    seal = seals[0]
    before = seal.custody_record, seal.certificate, seal.custody_sequence
    second = make_person(session, city.units[UNIT], Role.SEAL_CUSTODIAN, account="second-custodian")
    ids = sorted([city.person(UNIT, Role.SEAL_CUSTODIAN).id, second.id])
    application = room.approved_of_kind(
        session, city, UNIT, KIND.CHANGE_CUSTODY, [seal], custodian_ids=ids, threshold=2
    )
    ceremony = room.hold(runtime, session, city, application)
    assert (ceremony.state, ceremony.trouble) == ("done", None)
    facts = json.loads(seal.custody_record)
    assert (sorted(map(int, facts["keepers"])), facts["threshold"], facts["sequence"]) == (ids, 2, ceremony.id)
    assert sorted(keeper.person_id for keeper in seal.keepers) == ids
    assert (seal.threshold, seal.certificate, seal.custody_sequence) == (2, before[1], ceremony.id)
    assert seal.custody_record != before[0]
    assert seals[1].custody_sequence == before[2]


@pytest.mark.req("S-12")
def test_only_a_ceremony_lifts_a_suspension(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal]
) -> None:
    """The record is signed anew, so that nothing of before the suspension can be played back."""
    seal = seals[0]
    operations.suspend(seal, city.person(UNIT, Role.UNIT_HEAD), "保管人请假")
    application = room.approved_of_kind(session, city, UNIT, KIND.UNFREEZE, [seal])
    ceremony = room.hold(runtime, session, city, application)
    assert (ceremony.state, ceremony.trouble) == ("done", None)
    assert (seal.state, seal.suspended_at, seal.custody_sequence) == ("in-custody", None, ceremony.id)
    again = room.approved_of_kind(session, city, UNIT, KIND.UNFREEZE, [seal])
    refused = room.hold(runtime, session, city, again)
    assert refused.state == "aborted"
    assert "suspended" in (refused.trouble or "")


@pytest.mark.req("S-12")
def test_a_seal_with_too_few_keepers_stays_suspended(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal]
) -> None:
    """Its custody is changed first."""
    operations.suspend(seals[0], city.person(UNIT, Role.UNIT_HEAD), "保管人离职")
    city.person(UNIT, Role.SEAL_CUSTODIAN).closed_at = now()
    application = room.approved_of_kind(session, city, UNIT, KIND.UNFREEZE, [seals[0]])
    ceremony = room.hold(runtime, session, city, application)
    assert "keepers" in (ceremony.trouble or "")
    assert seals[0].state == "suspended"


@pytest.mark.req("S-6", "S-12")
def test_an_old_record_is_not_signed_anew(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal]
) -> None:
    """A row put back before the suspension is lifted doesn't give the seal back to its former keepers."""
    seal = seals[0]
    old = seal.custody_record, seal.custody_signature, seal.custody_sequence
    second = make_person(session, city.units[UNIT], Role.SEAL_CUSTODIAN, account="second-custodian")
    change = room.approved_of_kind(session, city, UNIT, KIND.CHANGE_CUSTODY, [seal], custodian_ids=[second.id])
    assert room.hold(runtime, session, city, change).state == "done"
    operations.suspend(seal, city.person(UNIT, Role.UNIT_HEAD), "保管人请假")
    seal.custody_record, seal.custody_signature, seal.custody_sequence = old
    lift = room.hold(runtime, session, city, room.approved_of_kind(session, city, UNIT, KIND.UNFREEZE, [seal]))
    assert (lift.state, seal.state) == ("aborted", "suspended")
    assert "an old one" in (lift.trouble or "")


@pytest.mark.req("S-6")
def test_another_face_is_not_signed_with_new_keepers(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal]
) -> None:
    """Who keeps a seal was approved, not what it looks like: the face is the one of the ceremony that made it."""
    before = seals[0].custody_record
    seals[0].face_digest = seals[1].face_digest
    change = room.approved_of_kind(session, city, UNIT, KIND.CHANGE_CUSTODY, [seals[0]])
    ceremony = room.hold(runtime, session, city, change)
    assert (ceremony.state, seals[0].custody_record) == ("aborted", before)
    assert "another seal" in (ceremony.trouble or "")


@pytest.mark.req("S-3")
def test_a_strange_units_seal_is_not_touched(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal]
) -> None:
    """An application ends only the seals of its own unit."""
    application = room.approved_of_kind(session, city, "education", KIND.DESTROY, [seals[0]])
    ceremony = room.hold(runtime, session, city, application)
    assert ceremony.state == "aborted"
    assert seals[0].state == "in-custody"
    assert seals[0].key_label in room.seals_on_device(runtime)


@pytest.mark.req("S-5")
def test_orphans_are_cleared_and_nothing_else(
    runtime: Runtime, session: Session, city: City, seals: list[UnitSeal]
) -> None:
    """The keys in no register go, the account names them."""
    known = device.current().settings
    device.current().close()
    with open_token(
        load_module(known.device.module_path),
        known.device.seals_label,
        known.device.seals_serial,
        known.seals.pin,
        writable=True,
    ) as token:
        generate_key(token, "seal-left-over")
    application = room.approved_of_kind(session, city, "office", KIND.CLEAR_ORPHANS)
    ceremony = room.hold(runtime, session, city, application)
    assert (ceremony.state, ceremony.trouble) == ("done", None)
    on_device = room.seals_on_device(runtime)
    assert "seal-left-over" not in on_device
    assert {seal.key_label for seal in seals} <= set(on_device)


@pytest.fixture
def settings_restored(runtime: Runtime) -> Iterator[Path]:
    """The shared device's settings as they were; renewing pins another certificate in them."""
    shared = room.install_device()
    before = settings_file.load(shared.settings_path)
    yield shared.settings_path
    settings_file.replace(before, shared.settings_path)
    room.stop_seal_server()


@pytest.mark.req("S-12", "K-1")
def test_the_renewed_seal_ca_is_pinned_and_old_seals_verify(
    runtime: Runtime, session: Session, city: City, settings_restored: Path
) -> None:
    """Seal server and verification trust the new certificate; seals of before were issued by it as well."""
    room.make_unit_seals(runtime, session, city, UNIT)
    old = device.current().root
    application = room.approved_of_kind(session, city, "office", KIND.RENEW_CA)
    other = device.Device(settings_restored)  # another seal server of the machine
    assert other.root == old
    ceremony = room.hold(runtime, session, city, application)
    assert (ceremony.state, ceremony.trouble) == ("done", None)
    other.refresh()
    new = load_certificate(settings_file.load(settings_restored).pinned.ca_certificate_pem)
    assert device.current().root == other.root == new != old
    assert load_certificate(runtime.settings.seal_ca_file.read_text()) == new
    seal = session.scalars(select(UnitSeal).where(UnitSeal.seal_class == SealClass.SIGNATURE)).one()
    load_certificate(seal.certificate).verify_directly_issued_by(new)


@pytest.mark.req("S-12", "K-1")
def test_a_renewed_seal_ca_is_pinned_after_the_commit_and_once_more(
    runtime: Runtime, session: Session, city: City, settings_restored: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rolled back: nothing was pinned. Killed between the two files, or the job taken away: the next run catches up."""
    room.install_device()
    device.current().pin_root(device.current().root, runtime.settings.seal_ca_file)
    old, public = device.current().root, runtime.settings.seal_ca_file

    def full(*_: object, **_named: object) -> None:
        raise Refused("the register could not keep it")

    application = room.approved_of_kind(session, city, "office", KIND.RENEW_CA)
    with monkeypatch.context() as patch:
        patch.setattr(ending, "require_made", full)
        assert room.hold(runtime, session, city, application).state == "aborted"
    assert load_certificate(settings_file.load(settings_restored).pinned.ca_certificate_pem) == old
    assert load_certificate(public.read_text()) == old

    real = Path.replace

    def killed(path: Path, target: Path) -> Path:
        if target == public:
            raise KeyboardInterrupt
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            room.hold(runtime, session, city, application)
    session.rollback()
    session.execute(delete(PendingJob).where(PendingJob.function == ca_pinning.PIN_JOB))
    session.commit()
    drain_all(runtime)
    new = device.current().root
    assert new != old
    assert load_certificate(public.read_text()) == new
    public.write_text(to_pem(old))
    ca_pinning.bring_in(runtime, session)
    assert load_certificate(public.read_text()) == new
