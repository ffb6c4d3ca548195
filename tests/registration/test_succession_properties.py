"""Whatever sequence of changes a city goes through, every document and delivery is answered for, once (U-3 to U-5)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal import wiring
from portal.content.operations import publish
from portal.core import jobs
from portal.core import runtime as runtimes
from portal.core.clock import now
from portal.core.crypto import StorageKeys
from portal.core.db import open_session
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document, Recipient, RecipientKind, ReviewStep
from portal.exchange.lifecycle import DeliveryState
from portal.exchange.models import Delivery, PaperArrival
from portal.people.access_models import Computer
from portal.people.models import Delegation, Person
from portal.people.roles import Role
from portal.support.lifecycle import BETWEEN_UNITS, LIVE, DisputeState
from portal.support.models import Consultation, ConsultationUnit, Dispute, Enrolment, Training
from portal.tasks.lifecycle import OPEN
from portal.tasks.models import Assignment
from portal.tasks.operations import Terms, add_receiver, draft_task
from portal.units import hooks
from portal.units.hooks import Change, ChangeKind, Disposal
from portal.units.models import AddressGroup, AddressGroupMember, Unit
from tests.city import City, make_person, read_city
from tests.databases import SqliteMaker

pytestmark = pytest.mark.req("U-3", "U-4", "U-5")

KEYS = ("finance", "education", "east", "east-education", "west")
UNFINISHED = ("numbered", "frozen", "sealing", "sealed")
STATES = tuple(state for state in DocumentState if state not in UNFINISHED)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(list(ChangeKind)),
        st.sampled_from(KEYS),
        st.sampled_from(KEYS),
        st.sampled_from(list(Disposal)),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


@pytest.fixture(scope="module")
def work(sqlite_maker: SqliteMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """One SQLite database for all examples; each is rolled back."""
    folder = tmp_path_factory.mktemp("succession")
    with sqlite_maker.fresh(folder, with_city=True) as url:
        made = Runtime(Settings(data_dir=folder, database_url=url))
        StorageKeys.create(made.settings.storage_keys_file)
        runtimes.install(made)
        jobs.offer_through(None)
        wiring.wire()
        yield made
        made.engine.dispose()


@settings(
    max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
def test_every_document_and_delivery_has_its_heir(
    work: Runtime, acts: list[tuple[ChangeKind, str, str, Disposal, bool]]
) -> None:
    with open_session(work.engine) as session:
        city = read_city(session)
        _fill(session, city)
        _fill_more(session, city)
        _ask(session, work, city)
        before = _counts(session)
        for place, (kind, unit, heir, disposal, stays) in enumerate(acts):
            _do(session, city, Act(kind, city.units[unit], city.units[heir], disposal, stays, place))
            assert _counts(session) == before
            _assert_whole(session)
            _assert_the_rest_whole(session)
        session.rollback()


class Act:
    """One change, as drawn."""

    def __init__(self, kind: ChangeKind, unit: Unit, heir: Unit, disposal: Disposal, stays: bool, place: int) -> None:
        self.kind, self.unit, self.heir, self.disposal, self.stays, self.place = (
            kind, unit, heir, disposal, stays, place
        )  # fmt: skip

    def change(self, receiver: Person, staying: frozenset[int], administrator: int | None) -> Change:
        """What the capabilities are told."""
        renames = self.kind is ChangeKind.RENAME
        return Change(
            kind=self.kind,
            unit=self.unit,
            heir=self.unit if renames else self.heir,
            disposal=self.disposal if self.kind is ChangeKind.DISSOLVE else Disposal.HAND_OVER,
            receiver_id=receiver.id,
            name=f"新名{self.place}" if renames else "",
            short_name=f"新{self.place}" if renames else "",
            administrator_id=administrator,
            reason="机构改革。",
            staying=staying,
        )


def _do(session: Session, city: City, act: Act) -> None:
    """Carry one out when it is possible: both in exchange, and not the same."""
    if act.unit.left_at is not None or (
        act.kind is not ChangeKind.RENAME and (act.heir is act.unit or act.heir.left_at is not None)
    ):
        return
    home = act.unit if act.kind is ChangeKind.RENAME else act.heir
    receiver = make_person(session, home, Role.DRAFTER, account=f"r{act.place}")
    people = session.scalars(
        select(Person.id).where(Person.unit_id == act.unit.id, Person.closed_at.is_(None)).order_by(Person.id)
    ).all()
    staying = frozenset(people if act.stays else people[::2])
    if act.kind is ChangeKind.RENAME:
        staying |= {receiver.id}
    administrator = receiver.id if act.kind is ChangeKind.RENAME else None
    change = act.change(receiver, staying, administrator)
    actor = city.person("office", Role.INFORMATION_CENTRE)
    surveyed = [effect for answer in hooks.survey.call(session, change) for effect in answer]
    assert not [effect.key for effect in surveyed if effect.blocking]
    done = [effect for answer in hooks.carry_out.call(session, change, actor) for effect in answer]
    assert {e.key: e.count for e in done} == {e.key: e.count for e in surveyed}
    session.expire_all()


def _fill(session: Session, city: City) -> None:
    """A document of every unit in every state, sent ones with a delivery in every state."""
    units = [city.units[key] for key in KEYS]
    for place, (unit, state) in enumerate(itertools.product(units, STATES)):
        document = _document(session, city, unit, state, place)
        others = [other for other in units if other is not unit]
        document.recipients = [
            Recipient(position=n, kind=RecipientKind.MAIN, unit=other, print_quota=n) for n, other in enumerate(others)
        ]
        if state is DocumentState.REVIEWING:
            document.steps.append(
                ReviewStep(unit_id=unit.id, version_number=1, position=0, kind="department-head", begun_at=now())
            )
        if state is DocumentState.SENT:
            session.add_all(_deliveries(document, others))
    session.flush()


def _document(session: Session, city: City, unit: Unit, state: DocumentState, place: int) -> Document:
    key = next(key for key, known in city.units.items() if known is unit)
    document = Document(
        unit=unit,
        holder=unit,
        drafter=city.person(key, Role.DRAFTER),
        state=state,
        kind="notice",
        direction="level",
        title=f"通知{place}",
        text="正文",
        red_head=unit.red_head,
        signature=unit.name,
        created_at=now(),
        sent_at=now() if state is DocumentState.SENT else None,
    )
    session.add(document)
    return document


def _deliveries(document: Document, units: list[Unit]) -> list[Delivery]:
    states = itertools.cycle(DeliveryState)
    return [
        Delivery(
            document=document,
            unit=unit,
            holder=unit,
            kind="main",
            print_quota=1,
            delivered_at=now(),
            state=next(states),
        )
        for unit in units
    ]


def _fill_more(session: Session, city: City) -> None:
    """What else hangs on a unit: groups, acting persons, machines, paper, disputes, training."""
    units = [city.units[key] for key in KEYS]
    at, later = now(), now() + timedelta(days=9)
    course = Training(
        title="培训", place="三楼", starts_at=later, ends_at=later + timedelta(hours=2), enrol_until=later, places=3,
        roles=[], district_id=city.units["east"].id, organiser_id=1, announced_at=at, request_key="course",
    )  # fmt: skip
    asked = Consultation(
        title="征求意见", text="请提意见", due_on=later.date(), due_at=later, published_at=at, published_by_id=1,
        request_key="asked",
    )  # fmt: skip
    session.add_all([course, asked])
    session.flush()
    for place, key in enumerate(KEYS):
        unit, other = city.units[key], units[(place + 1) % len(units)]
        head, drafter = city.person(key, Role.UNIT_HEAD), city.person(key, Role.DRAFTER)
        places = [AddressGroupMember(unit=member, position=n) for n, member in enumerate(units)]
        session.add_all(
            [
                AddressGroup(owner_id=unit.id, name="常用", created_at=at, members=places),
                Delegation(
                    unit_id=unit.id, principal=head, delegate=drafter, role_names=["unit-head"], starts_at=at,
                    ends_at=later, reason="出差", named_by=head, named_at=at,
                ),
                Computer(
                    unit=unit, name="1号机", kind="address", value="10.0.0.1/32", registered_by=head, registered_at=at
                ),
                PaperArrival(
                    unit_id=unit.id, holder_id=unit.id, sender_id=other.id, document_class="request", title="请示",
                    number="", arrived_on=at.date(), recorded_by_id=head.id, recorded_at=at,
                ),
                *(_dispute(unit, other, state) for state in DisputeState),
                Enrolment(
                    training_id=course.id, person_id=head.id, unit_id=unit.id, seat=place + 1 if place < 3 else None,
                    enrolled_at=at, enrolled_by_id=head.id,
                ),
                ConsultationUnit(consultation_id=asked.id, unit_id=unit.id),
            ]
        )  # fmt: skip
    session.flush()


def _ask(session: Session, work: Runtime, city: City) -> None:
    """Each unit asks all others, one of their people by name as well."""
    for key in KEYS:
        asker = city.person(key, Role.OFFICE_HEAD)
        task = draft_task(session, asker, work.rules, "请求办理", "请办理。", Terms(3))
        for other in KEYS:
            if other != key:
                add_receiver(task, asker, city.units[other])
                add_receiver(task, asker, city.units[other], city.person(other, Role.HANDLER))
        publish(task.item, asker, work.rules)


def _dispute(unit: Unit, other: Unit, state: DisputeState) -> Dispute:
    at = now()
    return Dispute(
        opener_id=unit.id,
        other_id=other.id,
        subject="份数不符",
        state=state,
        opened_at=at,
        turn_id=other.id if state in BETWEEN_UNITS else None,
        turn_since=at,
        due_at=at,
        escalated_at=at if state in (DisputeState.ESCALATED, DisputeState.DECIDED) else None,
        closed_at=None if state in LIVE else at,
    )


def _assert_the_rest_whole(session: Session) -> None:
    here = select(Unit.id).where(Unit.left_at.is_(None))
    live = select(Dispute).where(Dispute.state.in_(LIVE))
    sides = or_(Dispute.opener_id.not_in(here), Dispute.other_id.not_in(here), Dispute.turn_id.not_in(here))
    assert session.scalars(live.where(sides)).all() == []
    assert session.scalars(select(PaperArrival).where(PaperArrival.holder_id.not_in(here))).all() == []
    assert session.scalars(select(AddressGroup).where(AddressGroup.owner_id.not_in(here))).all() == []
    assert session.scalars(select(AddressGroupMember).where(AddressGroupMember.unit_id.not_in(here))).all() == []
    assert session.scalars(
        select(Computer).where(Computer.removed_at.is_(None), Computer.unit_id.not_in(here))
    ).all() == []  # fmt: skip
    assert session.scalars(select(ConsultationUnit).where(ConsultationUnit.unit_id.not_in(here))).all() == []
    for delegation in session.scalars(select(Delegation).where(Delegation.ended_at.is_(None))):
        for person in (delegation.principal, delegation.delegate):
            assert person.closed_at is None and person.unit_id == delegation.unit_id
    enrolled = select(Enrolment).where(Enrolment.left_at.is_(None))
    for enrolment in session.scalars(enrolled):
        assert enrolment.person.closed_at is None and enrolment.person.unit_id == enrolment.unit_id
    seats = [one.seat for one in session.scalars(enrolled) if one.seat is not None]
    assert len(set(seats)) == len(seats) == min(3, len(session.scalars(enrolled).all()))
    for row in session.scalars(select(Assignment)):
        assert row.holder is row.unit.heir and row.holder.left_at is None
        if row.state in OPEN and row.assignee is not None:
            assert row.assignee.closed_at is None and row.assignee.unit_id == row.holder_id
        if row.state in OPEN:
            assert row.task.requester.closed_at is None and row.task.requester.unit_id == row.task.item.holder_id
    for course in session.scalars(select(Training)):
        assert course.district is None or course.district.left_at is None


def _counts(session: Session) -> tuple[int, dict[str, int]]:
    documents = session.scalar(select(func.count()).select_from(Document)) or 0
    rows = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    return documents, {row[0]: row[1] for row in rows}


def _assert_whole(session: Session) -> None:
    for document in session.scalars(select(Document)):
        assert document.holder.left_at is None
        assert document.holder is document.unit.heir
        if document.state == DocumentState.DRAFTING:
            assert document.drafter.closed_at is None and document.drafter.unit is document.holder
            assert all(item.unit is None or item.unit.left_at is None for item in document.recipients)
        assert all(step.unit_id == document.holder_id for step in document.steps if step.done_at is None)
    for delivery in session.scalars(select(Delivery)):
        assert delivery.holder.left_at is None
        assert delivery.holder is delivery.unit.heir
