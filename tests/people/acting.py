"""Acting persons in tests."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import today
from portal.people import acting, delegations
from portal.people.delegations import Terms
from portal.people.models import Acting, Delegation, LoginSession, Person
from portal.people.roles import Role


def named(principal: Person, delegate: Person, *roles: Role, actor: Person | None = None) -> Delegation:
    """`delegate` may act for `principal` for ten days from today."""
    delegate.totp_seed = delegate.totp_seed or b"seed"
    terms = Terms(roles, today(), today() + timedelta(days=9), "公务出差")
    return delegations.name_acting(principal, delegate, actor or principal, terms)


def act(principal: Person, delegate: Person, *roles: Role) -> Person:
    """The delegate, at work for the principal."""
    delegation = named(principal, delegate, *roles)
    delegate.acting = Acting(delegation.id, principal, delegation.roles)
    return delegate


def switch(session: Session, delegation: Delegation) -> None:
    """Switch the delegate's live session to the principal's work, and commit."""
    live = session.scalars(
        select(LoginSession).where(LoginSession.person_id == delegation.delegate_id, LoginSession.ended_at.is_(None))
    ).one()
    acting.begin_acting(live, delegation)
    session.commit()
    delegation.delegate.acting = None
