"""Stamping and sending a document, as operations (S-6, S-9, X-1)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.jobs import Queue
from portal.core.lifecycle import WrongState
from portal.core.runtime import Runtime
from portal.documents import operations
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.people import second_factor
from portal.people.roles import Role
from portal.seals import operations as seals
from portal.seals.lifecycle import StampAct
from portal.seals.models import UnitSeal
from portal.seals.use_models import StampRequest
from tests.city import City, make_person
from tests.documents.making import numbered
from tests.documents.sealing import give_seal
from tests.work import drain


def _frozen(session: Session, runtime: Runtime, city: City) -> tuple[Document, UnitSeal]:
    document = numbered(session, runtime, city)
    seal = give_seal(session, city.units["office"], city.person("office", Role.SEAL_CUSTODIAN))
    session.commit()
    drain(runtime)
    session.refresh(document)
    return document, seal


def _code(session: Session, city: City, role: Role = Role.SEAL_CUSTODIAN) -> str:
    custodian = city.person("office", role)
    seed = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    if custodian.totp_seed is None:
        second_factor.keep_seed(custodian, seed)
        session.flush()
    return second_factor.code_of(seed, second_factor.step_now())


@pytest.mark.req("S-6", "D-10")
def test_a_custodian_asks_for_the_stamp_on_the_frozen_digest(session: Session, runtime: Runtime, city: City) -> None:
    document, seal = _frozen(session, runtime, city)
    custodian, code = city.person("office", Role.SEAL_CUSTODIAN), _code(session, city)
    digest = document.frozen_digest or ""
    with pytest.raises(Refused, match="another file"):
        operations.ask_stamp(document, custodian, "0" * 64, code)
    with pytest.raises(Invalid):
        operations.ask_stamp(document, custodian, digest, "000000" if code != "000000" else "111111")
    request = operations.ask_stamp(document, custodian, digest, code)
    assert (request.digest, request.seal_id) == (document.frozen_digest, seal.id)
    assert document.state == DocumentState.SEALING
    with pytest.raises(AlreadyDone):
        operations.ask_stamp(document, custodian, digest, code)


@pytest.mark.req("S-6")
def test_only_custodians_of_the_seal_stamp(session: Session, runtime: Runtime, city: City) -> None:
    document, _ = _frozen(session, runtime, city)
    stranger = make_person(session, city.units["office"], Role.SEAL_CUSTODIAN, account="stranger")
    with pytest.raises(Denied):
        operations.ask_stamp(document, stranger, document.frozen_digest or "", "000000")
    with pytest.raises(Denied):
        operations.ask_stamp(document, city.person("office", Role.LEADER), document.frozen_digest or "", "000000")


def test_without_a_seal_the_page_is_told(session: Session, runtime: Runtime, city: City) -> None:
    document = numbered(session, runtime, city)
    session.commit()
    drain(runtime)
    session.refresh(document)
    with pytest.raises(Refused, match="no signature seal"):
        operations.ask_stamp(
            document, city.person("office", Role.SEAL_CUSTODIAN), document.frozen_digest or "", "000000"
        )


def _asked(session: Session, runtime: Runtime, city: City) -> tuple[Document, StampRequest]:
    document, _ = _frozen(session, runtime, city)
    custodian = city.person("office", Role.SEAL_CUSTODIAN)
    request = operations.ask_stamp(document, custodian, document.frozen_digest or "", _code(session, city))
    session.flush()
    return document, request


@pytest.mark.req("X-1", "D-10")
def test_sealed_then_sent_once(session: Session, runtime: Runtime, city: City) -> None:
    document, request = _asked(session, runtime, city)
    clerk = city.person("office", Role.EXCHANGE_CLERK)
    with pytest.raises(WrongState):
        operations.mark_sent(document, clerk, date(2026, 11, 23), 3)
    request.sealed_digest = "5" * 64
    operations.take_stamped(session, request)
    assert (document.state, document.sealed_digest) == (DocumentState.SEALED, "5" * 64)
    operations.mark_sent(document, clerk, date(2026, 11, 23), 3)
    assert document.state == DocumentState.SENT and document.sent_at is not None
    with pytest.raises(AlreadyDone):
        operations.mark_sent(document, clerk, date(2026, 11, 23), 3)


def test_a_stamp_on_another_file_is_not_taken(session: Session, runtime: Runtime, city: City) -> None:
    document, request = _asked(session, runtime, city)
    request.sealed_digest = "5" * 64
    document.frozen_digest = "6" * 64
    with pytest.raises(Refused):
        operations.take_stamped(session, request)
    assert document.sealed_digest is None


def test_a_failed_stamp_is_told_and_asked_again(session: Session, runtime: Runtime, city: City) -> None:
    document, request = _asked(session, runtime, city)
    request.state, request.error = StampAct.FAIL + "ed", "The device can't be reached."
    operations.take_stamp_failure(session, request)
    assert (document.state, document.stamp_error) == (DocumentState.FROZEN, "The device can't be reached.")
    custodian = city.person("office", Role.SEAL_CUSTODIAN)
    custodian.totp_last_step = None
    session.flush()
    again = operations.ask_stamp(document, custodian, document.frozen_digest or "", _code(session, city))
    assert again.attempt == 2 and document.state == DocumentState.SEALING


@pytest.mark.req("S-6")
def test_two_custodians_of_a_shared_seal_both_approve(session: Session, runtime: Runtime, city: City) -> None:
    document = numbered(session, runtime, city)
    first = city.person("office", Role.SEAL_CUSTODIAN)
    second = make_person(session, city.units["office"], Role.SEAL_CUSTODIAN, account="second")
    give_seal(session, city.units["office"], first, second, threshold=2)
    second_factor.keep_seed(second, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
    session.commit()
    drain(runtime)
    session.refresh(document)
    digest = document.frozen_digest or ""
    request = operations.ask_stamp(document, first, digest, _code(session, city))
    assert drain_seal_jobs(session) == 0
    code = second_factor.code_of("KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU", second_factor.step_now())
    operations.approve_stamp(document, request, second, digest, code)
    session.flush()
    assert drain_seal_jobs(session) == 1
    assert {approval.person_id for approval in request.approvals} == {first.id, second.id}


@pytest.mark.req("S-9", "X-1")
def test_a_document_doesnt_wait_for_a_seal_that_is_revoked(session: Session, runtime: Runtime, city: City) -> None:
    """The second custodian can't consent any more; the document is free for the seal that comes after."""
    document, request = _asked(session, runtime, city)
    head = make_person(session, city.units["office"], Role.UNIT_HEAD, account="head")
    seals.revoke_at_once(request.seal, head, "key_compromise", "载体失窃")
    session.flush()
    assert (request.state, document.state) == ("failed", DocumentState.FROZEN)
    assert document.stamp_error == seals.REVOKED


def drain_seal_jobs(session: Session) -> int:
    """How many jobs wait for the seal server."""
    from portal.core.jobs import PendingJob

    return session.query(PendingJob).filter_by(queue=Queue.SEAL).count()


def test_references_of_others_are_left_alone(session: Session, runtime: Runtime, city: City) -> None:
    request = StampRequest(reference="copy:7", digest="0" * 64)
    operations.take_stamped(session, request)
    operations.take_stamp_failure(session, request)
    assert not session.dirty


@pytest.mark.req("S-6")
def test_a_third_custodian_comes_too_late(session: Session, runtime: Runtime, city: City) -> None:
    """The page still showed the request when the seal server had done it."""
    document = numbered(session, runtime, city)
    first = city.person("office", Role.SEAL_CUSTODIAN)
    third = make_person(session, city.units["office"], Role.SEAL_CUSTODIAN, account="third")
    give_seal(session, city.units["office"], first, third)
    second_factor.keep_seed(third, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
    session.commit()
    drain(runtime)
    session.refresh(document)
    digest = document.frozen_digest or ""
    request = operations.ask_stamp(document, first, digest, _code(session, city))
    session.commit()
    with unit_of_work(runtime.engine) as seal_server:
        seal_server.get_one(StampRequest, request.id).state = "stamped"
    assert request.state == "asked"
    code = second_factor.code_of("KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU", second_factor.step_now())
    with pytest.raises(AlreadyDone):
        operations.approve_stamp(document, request, third, digest, code)
