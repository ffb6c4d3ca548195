"""Changing units by guided cases: filed, agreed, reviewed, surveyed, carried out in one transaction (GZ9)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content import uploads
from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.runtime import Runtime
from portal.core.store import Readable
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people import queries as people
from portal.people.models import Person
from portal.registration import change_policy as policy
from portal.registration import change_queries as queries
from portal.registration.change_lifecycle import CHANGE, ChangeAct, ChangeState
from portal.registration.change_models import ChangeAgreement, ChangeMember, MergeForm, UnitChange
from portal.units import queries as units
from portal.units.codes import check_name
from portal.units.hooks import ChangeKind, Disposal
from portal.units.models import Unit
from portal.units.succession import require_free

LONGEST_TEXT = 1000
# GZ9(1): a name is changed on the unit's letter 来函 with its approval 批文, which the office compares it with.
LETTER_NEEDED = frozenset({ChangeKind.RENAME})
LIMITS = {"name": 100, "short_name": 40, "red_head": 60, "document_code": 20}


@dataclass(frozen=True)
class Wish:
    """What the unit applies for; which fields count depends on the kind."""

    kind: ChangeKind
    reason: str
    name: str = ""
    short_name: str = ""
    red_head: str = ""
    document_code: str = ""
    administrator_id: int | None = None
    staying: Collection[int] = ()
    merge_form: MergeForm | None = None
    heir_id: int | None = None
    going: Collection[int] = ()
    disposal: Disposal | None = None


@dataclass(frozen=True)
class Evidence:
    """The letter, as uploaded."""

    stream: Readable
    filename: str


def file_change(work: Runtime, session: Session, applicant: Person, wish: Wish, letter: Evidence | None) -> UnitChange:
    """The unit's administrator applies. Raises Invalid naming the field, Denied, Refused while another case is open."""
    if not applicant.may(Permission.REGISTRATION_APPLY):
        raise Denied("Your role doesn't include this. Ask your unit's administrator if it should.")
    change = UnitChange(
        kind=wish.kind,
        unit=applicant.unit,
        applicant=applicant,
        reason=_required(wish.reason, "reason"),
        filed_at=now(),
    )
    members = _fill(session, change, applicant, wish)
    if letter is None and wish.kind in LETTER_NEEDED:
        raise Invalid("Bring the letter under which the unit is renamed.", field="letter")
    if letter is not None:
        with uploads.accept(letter.stream, letter.filename, work.rules.max_document_bytes) as upload:
            change.evidence_name, change.evidence_type = upload.filename, upload.media_type
            change.evidence_digest = work.store.put(upload.file).digest
    _require_alone(session, members)
    session.add(change)
    change.members = [ChangeMember(unit=unit, staying_ids=[]) for unit in members]
    session.flush()
    record(Event.UNIT_CHANGE_FILED, subject=change, actor=applicant, kind_of_change=change.kind)
    for member in change.members:
        if member.unit_id == applicant.unit_id and change.kind != ChangeKind.DISSOLVE:
            name_people(member, applicant, wish.staying)
    return change


def name_people(member: ChangeMember, administrator: Person, staying: Collection[int]) -> None:
    """The administrator of a unit that changes says who of its people stay users (GZ9(1)). Raises Invalid, Denied."""
    change = member.change
    session = queries.lock(change)
    if not policy.may_name_people(member, administrator):
        raise Denied("Only the administrator of the unit names its people, until the case is closed.")
    known = {person.id for person in people.people_of(session, member.unit_id)}
    chosen = sorted(set(staying))
    if set(chosen) - known:
        raise Invalid("Choose among the people of the unit.", field="staying")
    if change.administrator_id is not None and change.administrator_id not in chosen:
        raise Invalid("The named administrator must be among those who stay.", field="staying")
    member.staying_ids, member.named_by, member.named_at = chosen, administrator, now()
    _forget_confirmation(change)
    record(Event.UNIT_CHANGE_PEOPLE_NAMED, subject=change, actor=administrator, staying=len(chosen))


def instruct(
    session: Session, change: UnitChange, administrator: Person, disposal: Disposal, heir_id: int | None
) -> None:
    """Record what becomes of the dissolved unit's documents (GZ9(2)). Raises Invalid naming the field, Denied."""
    queries.lock(change)
    if not policy.may_instruct(change, administrator):
        raise Denied("Only the unit itself gives the instruction, until the case is closed.")
    _set_disposal(session, change, disposal, heir_id)
    _forget_confirmation(change)


def agree(change: UnitChange, head: Person, opinion: str) -> None:
    """The head of a unit concerned agrees; never the applicant. The last of them moves the case on (GZ9).

    Raises Denied, Invalid, AlreadyDone.
    """
    queries.lock(change)
    if any(agreement.unit_id == head.unit_id for agreement in change.agreements):
        raise AlreadyDone("This step was already done.")
    after = _decided(change, head, ChangeAct.AGREE)
    reason = _required(opinion, "opinion")
    change.agreements.append(ChangeAgreement(unit_id=head.unit_id, person=head, at=now()))
    if not change.to_agree:
        change.state = after
    record(Event.UNIT_CHANGE_AGREED, subject=change, actor=head, unit_id=head.unit_id, opinion=reason)


def review(change: UnitChange, manager: Person, opinion: str) -> None:
    """The office reviews; for a unit of a district, the district's manager (EE4)."""
    queries.lock(change)
    change.state = _decided(change, manager, ChangeAct.REVIEW)
    record(Event.UNIT_CHANGE_REVIEWED, subject=change, actor=manager, opinion=_required(opinion, "opinion"))


def refuse(change: UnitChange, person: Person, opinion: str) -> None:
    """Whoever's turn it is refuses, with the reason."""
    queries.lock(change)
    if change.state == ChangeState.REFUSED:
        raise AlreadyDone("This case was already refused.")
    after = CHANGE.advance(change.state, ChangeAct.REFUSE)
    if policy.decision_of(change, person) is None:
        raise Denied("This case isn't waiting for you.")
    reason = _required(opinion, "opinion")
    close(change, after)
    record(Event.UNIT_CHANGE_REFUSED, subject=change, actor=person, opinion=reason)


def withdraw(change: UnitChange, applicant: Person, opinion: str) -> None:
    """The applicant takes the case back, as long as it isn't carried out."""
    queries.lock(change)
    if change.state == ChangeState.WITHDRAWN:
        raise AlreadyDone("This case was already withdrawn.")
    after = CHANGE.advance(change.state, ChangeAct.WITHDRAW)
    if not policy.may_withdraw(change, applicant):
        raise Denied("Only the applicant can withdraw the case.")
    reason = _required(opinion, "opinion")
    close(change, after)
    record(Event.UNIT_CHANGE_WITHDRAWN, subject=change, actor=applicant, opinion=reason)


def close(change: UnitChange, state: ChangeState) -> None:
    """End the case; its units are free for another."""
    change.state = state
    for member in change.members:
        member.is_open = False


def _decided(change: UnitChange, person: Person, act: ChangeAct) -> ChangeState:
    """The state to which this person may move the case, which must be locked."""
    order = list(ChangeState)
    after = {ChangeAct.AGREE: ChangeState.AGREED, ChangeAct.REVIEW: ChangeState.REVIEWED}[act]
    if order.index(after) <= order.index(ChangeState(change.state)) <= order.index(ChangeState.DONE):
        raise AlreadyDone("This step was already done.")
    state = CHANGE.advance(change.state, act)
    if policy.decision_of(change, person) is not act:
        raise Denied("This case isn't waiting for you.")
    return state


def _fill(session: Session, change: UnitChange, applicant: Person, wish: Wish) -> list[Unit]:
    """Take the kind's own facts over; answers with the units that change."""
    if wish.kind is ChangeKind.RENAME:
        _fill_names(session, change, applicant, wish)
        return [applicant.unit]
    if applicant.unit.is_office:
        raise Refused("The municipal government office can't be dissolved or merged: it runs the exchange.")
    if wish.kind is ChangeKind.DISSOLVE:
        if wish.disposal is not None:
            _set_disposal(session, change, wish.disposal, wish.heir_id)
        return [applicant.unit]
    return _fill_merge(session, change, applicant, wish)


def _fill_names(session: Session, change: UnitChange, applicant: Person, wish: Wish) -> None:
    unit = applicant.unit
    for field, longest in LIMITS.items():
        setattr(change, field, check_name(_line(getattr(wish, field), field, longest), field))
    if (change.name, change.short_name) == (unit.name, unit.short_name):
        raise Invalid("This is the name the unit bears now.", field="name")
    require_free(session, unit, change.name, change.document_code)
    chosen = people.people_of(session, unit.id)
    if wish.administrator_id not in {person.id for person in chosen}:
        raise Invalid("Name the unit's administrator among its people.", field="administrator")
    if wish.administrator_id not in wish.staying:
        raise Invalid("The named administrator must be among those who stay.", field="staying")
    change.administrator_id, change.heir, change.disposal = wish.administrator_id, unit, Disposal.HAND_OVER


def _fill_merge(session: Session, change: UnitChange, applicant: Person, wish: Wish) -> list[Unit]:
    if wish.merge_form is None:
        raise Invalid("Choose the form of the merger.", field="merge_form")
    going = units.by_ids(session, sorted(set(wish.going)))
    heir = units.by_ids(session, [wish.heir_id]).get(wish.heir_id) if wish.heir_id else None
    if heir is None or heir.id in going:
        raise Invalid("Choose the unit that remains; it isn't one of those that go.", field="heir")
    if not going or len(going) != len(set(wish.going)) or any(unit.is_office for unit in going.values()):
        raise Invalid("Choose the units that go, among those in exchange.", field="going")
    if wish.merge_form is MergeForm.NEW and len(going) < 2:
        raise Invalid("When a new unit is formed, at least two units go.", field="going")
    if applicant.unit_id not in {heir.id, *going}:
        raise Invalid("Your own unit must take part in the merger.", field="going")
    if wish.merge_form is MergeForm.NEW and not queries.has_joined(session, heir):
        raise Invalid("The new unit must have registered by an application to join.", field="heir")
    change.merge_form, change.heir, change.disposal = wish.merge_form, heir, Disposal.HAND_OVER
    return list(going.values())


def _set_disposal(session: Session, change: UnitChange, disposal: Disposal, heir_id: int | None) -> None:
    if disposal is Disposal.DESTROY:
        change.heir = units.office(session)
    else:
        chosen = units.by_ids(session, [heir_id]).get(heir_id) if heir_id else None
        if chosen is None or chosen.id == change.unit.id:
            raise Invalid("Choose the unit that takes the documents over.", field="heir")
        change.heir = chosen
    change.disposal = disposal


def _require_alone(session: Session, members: list[Unit]) -> None:
    """One case at a time for each unit; of two filed at once the second waits here and finds the first."""
    ids = sorted(unit.id for unit in members)
    session.scalars(select(Unit.id).where(Unit.id.in_(ids)).order_by(Unit.id).with_for_update(key_share=True)).all()
    if queries.open_change_of(session, ids) is not None or queries.open_of_heir(session, ids) is not None:
        raise Refused("A change of one of these units is under way already.")


def _forget_confirmation(change: UnitChange) -> None:
    change.confirmed = change.confirmed_at = change.confirmed_by = None


def _line(value: str, field: str, longest: int) -> str:
    value = " ".join(value.split())
    if not 0 < len(value) <= longest:
        raise Invalid("Write 1 to %(longest)s characters.", field=field, longest=longest)
    return value


def _required(value: str, field: str) -> str:
    value = value.replace("\x00", "").strip()
    if not 0 < len(value) <= LONGEST_TEXT:
        raise Invalid("Write 1 to %(longest)s characters.", field=field, longest=LONGEST_TEXT)
    return value
