"""Opening, confirming, returning: nothing can be printed or downloaded before (X-4, GZ34)."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.errors import AlreadyDone, Denied, Invalid, PortalError, Refused
from portal.core.jobs import PendingJob
from portal.core.runtime import Runtime
from portal.exchange import checks, operations
from portal.exchange.findings import Check, Finding, Findings, Outcome
from portal.exchange.models import Delivery
from portal.exchange.receiving import CHECK_JOB
from tests.city import City
from tests.exchange.travelling import all_good, clerk, delivery_to, holder, quick_checked, quick_sent

KEY = "00000000-0000-4000-8000-000000000001"


def opened(session: Session, runtime: Runtime, city: City) -> Delivery:
    """A delivery whose checks are still running."""
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    operations.open_delivery(delivery, clerk(city, "finance"))
    return delivery


def test_opening_is_recorded_once_and_promises_the_checks(session: Session, runtime: Runtime, city: City) -> None:
    delivery = opened(session, runtime, city)
    with pytest.raises(AlreadyDone):
        operations.open_delivery(delivery, clerk(city, "finance"))
    session.flush()
    promised = session.scalars(select(PendingJob).where(PendingJob.function == CHECK_JOB)).all()
    assert [job.arguments for job in promised] == [{"delivery_id": delivery.id}]


def test_only_clerks_of_the_recipient_open(session: Session, runtime: Runtime, city: City) -> None:
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    for person in (clerk(city, "education"), clerk(city), holder(city)):
        with pytest.raises(Denied):
            operations.open_delivery(delivery, person)


@pytest.mark.req("X-4")
def test_nothing_is_confirmed_before_the_checks_have_finished(session: Session, runtime: Runtime, city: City) -> None:
    delivery = opened(session, runtime, city)
    with pytest.raises(Refused, match="still running"):
        operations.confirm(delivery, clerk(city, "finance"))
    all_good(delivery)
    operations.confirm(delivery, clerk(city, "finance"))
    assert delivery.state == "checked"
    with pytest.raises(AlreadyDone):
        operations.confirm(delivery, clerk(city, "finance"))


@pytest.mark.req("X-4")
@pytest.mark.parametrize("bad", Check)
def test_a_bad_check_leaves_only_the_return(session: Session, runtime: Runtime, city: City, bad: Check) -> None:
    delivery = opened(session, runtime, city)
    items = tuple(Finding(item, Outcome.BAD if item is bad else Outcome.GOOD, "…") for item in Check)
    operations.take_findings(delivery, Findings(items))
    with pytest.raises(Refused, match="only be returned"):
        operations.confirm(delivery, clerk(city, "finance"))
    operations.return_delivery(delivery, clerk(city, "finance"), "核对不符")
    assert (delivery.state, delivery.returned_reason) == ("returned", "核对不符")


@pytest.mark.req("X-4")
@pytest.mark.parametrize(
    "findings",
    [
        Findings(),
        Findings(tuple(Finding(item, Outcome.GOOD, "…") for item in list(Check)[1:])),
        checks.unfinished(PortalError("The certificate of the Seal CA is missing. Tell the information centre.")),
    ],
    ids=["nothing checked", "one check left out", "not finished"],
)
def test_incomplete_checks_count_as_bad(session: Session, runtime: Runtime, city: City, findings: Findings) -> None:
    delivery = opened(session, runtime, city)
    operations.take_findings(delivery, findings)
    with pytest.raises(Refused):
        operations.confirm(delivery, clerk(city, "finance"))


@pytest.mark.req("X-4")
def test_nothing_leaves_before_the_confirmation(session: Session, runtime: Runtime, city: City) -> None:
    delivery = opened(session, runtime, city)
    all_good(delivery)
    for act in (
        lambda: operations.ask_print(delivery, holder(city), KEY),
        lambda: operations.ask_download(delivery, clerk(city, "finance"), KEY),
        lambda: operations.take_file(delivery, clerk(city, "finance"), 1),
    ):
        with pytest.raises(Refused, match="confirmed the checks"):
            act()


def test_a_return_needs_its_reason_and_happens_once(session: Session, runtime: Runtime, city: City) -> None:
    delivery = opened(session, runtime, city)
    with pytest.raises(Invalid) as refused:
        operations.return_delivery(delivery, clerk(city, "finance"), " \n")
    assert refused.value.field == "reason"
    operations.return_delivery(delivery, clerk(city, "finance"), "主送有误")
    with pytest.raises(AlreadyDone):
        operations.return_delivery(delivery, clerk(city, "finance"), "主送有误")
    operations.take_findings(delivery, Findings())
    assert delivery.findings is None, "checks that finish after the return change nothing"


def test_what_is_not_open_is_not_returned(session: Session, runtime: Runtime, city: City) -> None:
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    with pytest.raises(Refused, match="Open the document"):
        operations.return_delivery(delivery, clerk(city, "finance"), "主送有误")


@pytest.mark.req("X-7")
def test_a_received_document_is_not_returned(session: Session, runtime: Runtime, city: City) -> None:
    delivery = quick_checked(session, runtime, city)
    copy = operations.ask_download(delivery, clerk(city, "finance"), KEY)
    with pytest.raises(Refused, match="being made"):
        operations.return_delivery(delivery, clerk(city, "finance"), "主送有误")
    operations.take_copy(copy, "0" * 64)
    with pytest.raises(Refused, match="received"):
        operations.return_delivery(delivery, clerk(city, "finance"), "主送有误")
