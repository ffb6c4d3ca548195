"""Two officers at once, a double click, a revocation between request and issue: nobody's work is lost or done twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.certificates import operations, queries, signing
from portal.certificates.models import Carrier, Certificate, CertificateApplication, CertificateDecision
from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.jobs import PendingJob
from portal.core.runtime import Runtime
from portal.ledger.models import LedgerEvent
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals.models import CertificateStatus
from tests.certificates.people import UNIT, carrier_key, decided, issued, request_of
from tests.city import City
from tests.seals.ceremony import install_device
from tests.seals.test_at_once import together
from tests.work import drain_all

pytestmark = pytest.mark.req("K-1", "K-5")


def side_by_side(runtime: Runtime, *acts: Callable[[Session], object]) -> list[str]:
    """Run different acts in sessions of their own, begun together; how each ended, in their order."""
    start = Barrier(len(acts))

    def run(act: Callable[[Session], object]) -> str:
        start.wait()
        try:
            with unit_of_work(runtime.engine) as session:
                act(session)
        except (AlreadyDone, Invalid, Refused) as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def events(session: Session, kind: str) -> int:
    """How many events of a kind there are."""
    return session.scalar(select(func.count()).select_from(LedgerEvent).where(LedgerEvent.kind == kind)) or 0


def agreed(session: Session, city: City, owner: Person, kind: str, csr: str = "") -> CertificateApplication:
    """An application the unit's head has agreed to, committed."""
    application = operations.apply_for_person(session, owner, kind=kind, reason="工作需要", csr=csr)
    operations.decide(application, city.person(UNIT, Role.UNIT_HEAD), "agree", "同意。")
    session.commit()
    return application


def test_an_application_is_filed_and_approved_once(session: Session, city: City, runtime: Runtime) -> None:
    owner, head = city.person(UNIT, Role.EXCHANGE_CLERK).id, city.person(UNIT, Role.UNIT_HEAD).id
    centre = city.person("office", Role.INFORMATION_CENTRE).id
    csr = request_of(carrier_key())
    session.commit()

    def file(own: Session) -> None:
        operations.apply_for_person(own, own.get_one(Person, owner), kind="issue", reason="需要", csr=csr)

    assert together(runtime, file) == ["AlreadyDone", "AlreadyDone", "done"]
    number = session.scalars(select(CertificateApplication.id)).one()
    session.commit()
    for person, act in ((head, "agree"), (centre, "approve")):

        def decide(own: Session, person: int = person, act: str = act) -> None:
            operations.decide(own.get_one(CertificateApplication, number), own.get_one(Person, person), act, "同意。")

        assert together(runtime, decide) == ["AlreadyDone", "AlreadyDone", "done"]
    assert session.scalar(select(func.count(CertificateDecision.id))) == 2
    issuing = select(func.count()).select_from(PendingJob).where(PendingJob.function == operations.ISSUE_JOB)
    assert session.scalar(issuing) == 1


def test_approving_and_withdrawing_at_once_leave_one_of_the_two(session: Session, city: City, runtime: Runtime) -> None:
    """Whoever comes second finds the first one's decision; neither overwrites the other."""
    install_device()
    owner, _certificate = issued(runtime, session, city)
    application = agreed(session, city, owner, "extend")
    number, person, centre = application.id, owner.id, city.person("office", Role.INFORMATION_CENTRE).id
    session.commit()

    def approve(own: Session) -> None:
        operations.decide(
            own.get_one(CertificateApplication, number), own.get_one(Person, centre), "approve", "同意办理。"
        )

    def withdraw(own: Session) -> None:
        operations.withdraw(own.get_one(CertificateApplication, number), own.get_one(Person, person))

    taken = side_by_side(runtime, approve, withdraw)
    session.expire_all()
    # An approved application may still be withdrawn, a withdrawn one is not approved.
    assert application.state == "withdrawn" and taken[1] == "done" and taken[0] in ("done", "AlreadyDone")
    assert events(session, "certificate-application.approved") == 1 + (taken[0] == "done"), "one of before"
    session.commit()  # reading in a writing session holds SQLite's lock
    drain_all(runtime)
    session.expire_all()
    assert events(session, "certificate.issued") == 1, "only the certificate of before"


def test_a_loss_is_reported_at_once_by_two_and_revoked_once(session: Session, city: City, runtime: Runtime) -> None:
    install_device()
    owner, certificate = issued(runtime, session, city)
    operations.hand_out(certificate, city.person("office", Role.INFORMATION_CENTRE), "NC-0001")
    people = [owner.id, city.person(UNIT, Role.UNIT_HEAD).id, city.person("office", Role.INFORMATION_CENTRE).id]
    number = certificate.id
    session.commit()

    def by(person: int) -> Callable[[Session], None]:
        def act(own: Session) -> None:
            operations.report(own.get_one(Certificate, number), own.get_one(Person, person), what="lost", why="遗失。")

        return act

    assert sorted(side_by_side(runtime, *map(by, people))) == ["AlreadyDone", "AlreadyDone", "done"]
    assert [events(session, kind) for kind in ("certificate.revoked", "carrier.ended")] == [1, 1]
    assert session.scalar(select(func.count(Carrier.id)).where(Carrier.ended_how == "lost")) == 1


def test_a_revocation_between_approval_and_issue_is_not_papered_over(
    session: Session, city: City, runtime: Runtime
) -> None:
    """A renewal approved before the key was reported lost issues nothing; re-issuing has an application of its own."""
    install_device()
    owner, certificate = issued(runtime, session, city)
    application = operations.apply_for_person(
        session, owner, kind="renew", reason="将到期", csr=request_of(carrier_key())
    )
    decided(session, city, application)
    session.commit()
    operations.report(certificate, owner, what="compromised", why="疑似泄露。")
    session.commit()
    drain_all(runtime)
    session.expire_all()
    assert application.state == "refused" and "meanwhile" in str(application.error)
    assert queries.live_of(session, owner) is None and certificate.state == "revoked"


def test_a_revocation_between_request_and_approval_is_told_to_who_approves(
    session: Session, city: City, runtime: Runtime
) -> None:
    install_device()
    owner, certificate = issued(runtime, session, city)
    application = agreed(session, city, owner, "extend")
    operations.report(certificate, owner, what="hold", why="暂未找到。")
    session.commit()
    centre = city.person("office", Role.INFORMATION_CENTRE)
    with pytest.raises(Refused, match="meanwhile"):
        operations.decide(application, centre, "approve", "同意。")
    session.rollback()
    operations.decide(application, centre, "refuse", "证书已冻结。")
    assert application.state == "refused"


def test_issuing_and_reporting_at_once_leave_no_good_certificate_of_a_lost_key(
    session: Session, city: City, runtime: Runtime
) -> None:
    """Whichever comes first: the reported certificate ends, and what was asked of it before isn't done after."""
    install_device()
    owner, certificate = issued(runtime, session, city)
    application = operations.apply_for_person(session, owner, kind="extend", reason="将到期")
    decided(session, city, application)
    session.commit()
    number, person = certificate.id, owner.id
    session.commit()

    def report(own: Session) -> None:
        what = own.get_one(Certificate, number)
        operations.report(what, own.get_one(Person, person), what="compromised", why="疑似泄露。")

    reported, _issued = side_by_side(runtime, report, lambda _own: drain_all(runtime))
    session.expire_all()
    first = reported == "done"
    assert certificate.state == ("revoked" if first else "replaced")
    assert application.state == ("refused" if first else "done")
    assert (queries.live_of(session, owner) is None) == first


def test_no_answer_of_before_is_signed_after_a_revocation(session: Session, city: City, runtime: Runtime) -> None:
    """The seal server renews answers while somebody reports: the last word is that of the report."""
    install_device()
    owner, certificate = issued(runtime, session, city)
    number, person, serial = certificate.id, owner.id, certificate.serial
    session.commit()
    for status in session.scalars(select(CertificateStatus)):
        session.delete(status)  # due to be signed anew
    session.commit()

    def report(own: Session) -> None:
        what = own.get_one(Certificate, number)
        operations.report(what, own.get_one(Person, person), what="lost", why="遗失。")

    assert side_by_side(runtime, report, signing._publish_people) == ["done", "done"]
    drain_all(runtime)
    session.expire_all()
    signed = session.get_one(CertificateStatus, serial).signed_at
    assert signed > certificate.changed_at and certificate.state == "revoked"


def test_one_carrier_number_is_in_one_hand(session: Session, city: City, runtime: Runtime) -> None:
    install_device()
    _owner, certificate = issued(runtime, session, city)
    number, centre = certificate.id, city.person("office", Role.INFORMATION_CENTRE).id
    session.commit()

    def hand_out(own: Session) -> None:
        operations.hand_out(own.get_one(Certificate, number), own.get_one(Person, centre), "NC-0001")

    assert sorted(side_by_side(runtime, hand_out, hand_out)) == ["Invalid", "done"]
    carrier = session.scalars(select(Carrier.id)).one()
    session.commit()

    def take_back(own: Session) -> None:
        operations.take_back(own.get_one(Carrier, carrier), own.get_one(Person, centre))

    assert together(runtime, take_back) == ["AlreadyDone", "AlreadyDone", "done"]
