"""Acting for somebody: a mode of the log-in session, which ends with the delegation (A-6, GZ17)."""

from __future__ import annotations

from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Refused
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.delegation_queries import is_running
from portal.people.models import Acting, Delegation, LoginSession
from portal.people.roles import SECOND_FACTOR_ROLES


def begin_acting(login_session: LoginSession, delegation: Delegation) -> None:
    """From now on this session works for the principal (A-6).

    Raises Denied for anybody but the acting person, Refused when it doesn't hold now or a second factor is missing.
    """
    person = login_session.person
    if delegation.delegate_id != person.id:
        raise Denied("You are not named to act for this person.")
    if login_session.acting_delegation_id == delegation.id:
        raise AlreadyDone("You are acting for this person already.")
    acting = _valid(delegation, login_session)
    if acting is None:
        raise Refused("This delegation doesn't hold now, or you have not given the second factor its roles demand.")
    if login_session.acting_delegation_id is not None:
        end_mode(login_session, "switched")
    login_session.acting_delegation_id = delegation.id
    person.acting = acting
    record(Event.PERSON_ACTING_BEGAN, subject=person, actor=person, delegation=delegation.id)


def end_mode(login_session: LoginSession, why: str) -> None:
    """Back to the person's own work. Raises AlreadyDone when they are at it."""
    person, delegation_id = login_session.person, login_session.acting_delegation_id
    if delegation_id is None:
        raise AlreadyDone("You are at your own work already.")
    principal = session_of(person).get_one(Delegation, delegation_id).principal
    record(
        Event.PERSON_ACTING_ENDED,
        subject=person,
        actor=person,
        acting_for=principal,
        delegation=delegation_id,
        why=why,
    )
    login_session.acting_delegation_id, person.acting = None, None


def acting_in(login_session: LoginSession) -> Acting | None:
    """For whom the session works now; None when it doesn't, or the delegation has ceased to hold."""
    if login_session.acting_delegation_id is None:
        return None
    delegation = session_of(login_session).get(Delegation, login_session.acting_delegation_id)
    return _valid(delegation, login_session) if delegation else None


def _valid(delegation: Delegation, login_session: LoginSession) -> Acting | None:
    """What the delegation gives at this moment: it runs, both are still of its unit, the roles are still held."""
    principal, person = delegation.principal, login_session.person
    if not is_running(delegation) or delegation.delegate_id != person.id:
        return None
    if principal.closed_at is not None or {principal.unit_id, person.unit_id} != {delegation.unit_id}:
        return None
    if delegation.roles & SECOND_FACTOR_ROLES and login_session.second_factor_at is None:
        return None
    return Acting(delegation.id, principal, delegation.roles)
