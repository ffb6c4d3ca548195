"""The unit's mailbox: an item is claimed by one named person."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import Runtime
from portal.desk.queries import desk_of
from portal.exchange import claiming, listing, operations
from portal.exchange.listing import Filter
from portal.exchange.models import Delivery
from portal.people import hooks
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City, make_person
from tests.exchange.travelling import all_good, clerk, delivery_to, quick_sent
from tests.people.acting import act

Login = Callable[[Person], FlaskClient]


@pytest.fixture
def delivery(session: Session, runtime: Runtime, city: City) -> Delivery:
    """What has arrived at the finance bureau and nobody has touched."""
    return delivery_to(session, quick_sent(session, runtime, city), city)


@pytest.fixture
def first(city: City) -> Person:
    """One clerk of the bureau."""
    return clerk(city, "finance")


@pytest.fixture
def second(session: Session, city: City) -> Person:
    """The other."""
    return make_person(session, city.units["finance"], Role.EXCHANGE_CLERK, account="second-clerk")


def test_one_claims_and_the_other_is_told_who(delivery: Delivery, first: Person, second: Person) -> None:
    operations.claim(delivery, first)
    assert delivery.claimed_by is first and delivery.claimed_at is not None
    with pytest.raises(AlreadyDone):
        operations.claim(delivery, first)
    for act_of_other in (operations.claim, operations.release, operations.open_delivery):
        with pytest.raises(Refused, match=first.name):
            act_of_other(delivery, second)


def test_only_clerks_of_the_unit_claim(delivery: Delivery, city: City) -> None:
    for person in (clerk(city, "education"), city.person("finance", Role.HANDLER)):
        with pytest.raises(Denied):
            operations.claim(delivery, person)


def test_who_opens_it_has_it(delivery: Delivery, first: Person, second: Person) -> None:
    operations.open_delivery(delivery, first)
    assert delivery.claimed_by is first
    all_good(delivery)
    with pytest.raises(Refused, match=first.name):
        operations.confirm(delivery, second)
    with pytest.raises(Refused, match=first.name):
        operations.return_delivery(delivery, second, "附件不全")
    assert delivery.state == "opened"
    operations.confirm(delivery, first)


def test_it_is_taken_over_with_the_reason_and_the_former_is_told(
    session: Session, delivery: Delivery, first: Person, second: Person
) -> None:
    operations.open_delivery(delivery, first)
    all_good(delivery)
    with pytest.raises(Invalid):
        operations.take_over(delivery, second, " ")
    operations.take_over(delivery, second, "原承办人休假")
    with pytest.raises(AlreadyDone):
        operations.take_over(delivery, second, "原承办人休假")
    operations.confirm(delivery, second)
    session.flush()
    told = [line for section in desk_of(session, first).sections for line in section.lines]
    assert [(line.section, line.party) for line in told if line.section == "taken-over"] == [
        ("taken-over", second.name)
    ]


def test_a_released_item_is_everybodys(delivery: Delivery, first: Person, second: Person) -> None:
    operations.claim(delivery, first)
    operations.release(delivery, first)
    with pytest.raises(AlreadyDone):
        operations.release(delivery, first)
    operations.open_delivery(delivery, second)
    assert delivery.claimed_by is second


def test_the_desk_shows_nobody_what_another_deals_with(
    session: Session, delivery: Delivery, first: Person, second: Person
) -> None:
    operations.claim(delivery, first)
    session.flush()
    assert desk_of(session, first).waiting == 1 and desk_of(session, second).waiting == 0


@pytest.mark.parametrize(
    ("claim", "sees"), [("mine", [True, False]), ("others", [False, True]), ("free", [False, False])]
)
def test_the_inbox_is_filtered_by_claim(
    session: Session, delivery: Delivery, first: Person, second: Person, claim: str, sees: list[bool]
) -> None:
    operations.claim(delivery, first)
    session.flush()
    tab = listing.tab_named("all")
    found = [bool(listing.inbox(session, person, tab, Filter(claim=claim))[0]) for person in (first, second)]
    assert found == sees


@pytest.mark.req("A-6")
def test_a_claim_for_another_belongs_to_both(session: Session, delivery: Delivery, first: Person, city: City) -> None:
    acting = act(first, city.person("finance", Role.HANDLER), Role.EXCHANGE_CLERK)
    operations.open_delivery(delivery, acting)
    assert (delivery.claimed_by, delivery.claimed_for) == (acting, first)
    assert claiming.holder(delivery) == f"{acting.name}（代{first.name}）"
    all_good(delivery)
    operations.confirm(delivery, first)


@pytest.mark.req("A-7")
def test_claimed_items_are_handed_over(
    session: Session, delivery: Delivery, first: Person, second: Person, city: City
) -> None:
    operations.claim(delivery, first)
    session.flush()
    found = {item.key: item for answer in hooks.open_work.call(session, first) for item in answer}
    work = found["claims"]
    assert (work.key, work.count) == ("claims", 1)
    head = city.person("finance", Role.UNIT_HEAD)
    with pytest.raises(Invalid):
        claiming.hand_over(session, first, "claims", head, head)
    assert sum(hooks.hand_over.call(session, first, "claims", second, head)) == 1
    assert delivery.claimed_by is second
    assert sum(hooks.hand_over.call(session, second, "claims", None, head)) == 1
    assert delivery.claimed_by is None


def test_the_pages_claim_release_and_take_over(
    session: Session, delivery: Delivery, first: Person, second: Person, client_for: Login
) -> None:
    session.commit()
    one, two, here = client_for(first), client_for(second), f"/inbox/{delivery.id}"
    assert one.post(f"{here}/claim").status_code == 303
    assert "正在" not in two.get(here).text and first.name in two.get("/inbox").text
    assert two.post(f"{here}/claim").status_code == 409
    assert two.post(f"{here}/take-over", data={"claim-reason": ""}).status_code == 422
    assert two.post(f"{here}/take-over", data={"claim-reason": "休假"}).status_code == 303
    assert "此前由" in one.get(here).text
    assert two.post(f"{here}/release").status_code == 303
