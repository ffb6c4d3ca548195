"""The office's editorial desk: comment, return, set aside, and make one text of one or several briefs (M-5)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from portal.briefs import policy, queries
from portal.briefs.lifecycle import BRIEF, BriefAct
from portal.briefs.models import Brief, BriefComment, BriefSource
from portal.content import operations as items
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.content.said import said
from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.runtime import current
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person

LONGEST_REASON = 500
LONGEST_COMMENT = 1000
MOST_MERGED = 20


def comment(item: Item, person: Person, text: str) -> None:
    """Say something about a brief; office and unit read it. Raises Denied, Invalid."""
    session = items.lock(item)
    if not policy.may_comment(item, person):
        raise Denied("Only the office's editors and the unit's writers comment on it.")
    text = said(text, "text", LONGEST_COMMENT)
    session.add(BriefComment(item_id=item.id, person_id=person.id, at=now(), text=text))
    session.flush()
    record(Event.BRIEF_COMMENTED, subject=item, actor=person)


def send_back(item: Item, person: Person, reason: str) -> None:
    """Return a brief to its unit, which may send a revised draft. Raises Denied, Invalid, Refused in another state."""
    reason = _reason(reason)
    brief = _move(item, person, BriefAct.RETURN)
    brief.note = reason
    record(Event.BRIEF_RETURNED, subject=item, actor=person, reason=reason)


def pass_over(item: Item, person: Person, reason: str) -> None:
    """Set a brief aside; it can still be adopted later."""
    reason = _reason(reason)
    brief = _move(item, person, BriefAct.PASS_OVER)
    brief.note = reason
    record(Event.BRIEF_PASSED_OVER, subject=item, actor=person, reason=reason)


def take_up(session: Session, person: Person, found: Sequence[Item], title: str = "") -> Item:
    """Make one text of one or several briefs, with their files; let out, approved by the office, it adopts them.

    Raises Denied, Invalid for none or too many, Refused for one that can't be adopted, AlreadyDone for one taken up.
    """
    policy.require_editor(person)
    if not 1 <= len(found) <= MOST_MERGED:
        raise Invalid("Choose 1 to %(most)s briefs.", field="brief", most=MOST_MERGED)
    for item in sorted(found, key=lambda one: one.id):
        brief = _locked(item)
        if not BRIEF.allows(brief.state, BriefAct.ADOPT):
            raise Refused("“%(title)s” can't be adopted in its present state.", title=item.title)
        if queries.being_made_of(session, item.id):
            raise AlreadyDone("“%(title)s” was taken up already.", title=item.title)
    title = policy.marked(title or found[0].title, "none")
    adopted = items.draft(session, person, ItemKind.ADOPTED_BRIEF, title, _merged(found))
    _take_files(adopted, person, found)
    session.add_all(BriefSource(adopted_id=adopted.id, brief_id=item.id) for item in found)
    session.flush()
    for item in found:
        record(Event.BRIEF_TAKEN_UP, subject=item, actor=person, adopted=adopted.id)
    return adopted


def _take_files(adopted: Item, person: Person, found: Sequence[Item]) -> None:
    """What belongs to the briefs belongs to the text; two files of one name are told apart by their units."""
    rules = current().rules
    for item in found:
        unit = item.unit.short_name_at(item.published_at)
        for file in item.files:
            taken = any(known.name == file.name for known in adopted.files)
            items.copy_file(adopted, person, file, rules, f"{unit}-{file.name}"[-200:] if taken else file.name)


def _merged(found: Sequence[Item]) -> str:
    if len(found) == 1:
        return found[0].text
    parts = [
        f"# {policy.marked(item.title, 'none')}\n\n{item.text}\n\n（{item.unit.short_name_at(item.published_at)}）"
        for item in found
    ]
    return "\n\n".join(parts)


def _move(item: Item, person: Person, act: BriefAct) -> Brief:
    policy.require_editor(person)
    brief = _locked(item)
    target = BRIEF.moves.get((BRIEF.states(brief.state), act))
    if target is None and brief.state in {to for (_, done), to in BRIEF.moves.items() if done == act}:
        raise AlreadyDone("This was done already.")
    brief.state = BRIEF.advance(brief.state, act)
    return brief


def _locked(item: Item) -> Brief:
    session = items.lock(item)
    return session.get_one(Brief, item.id, with_for_update=True, populate_existing=True)


def _reason(reason: str) -> str:
    return said(reason, "reason", LONGEST_REASON)
