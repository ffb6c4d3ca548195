"""The one order in which rows about certificates are locked, and read anew, before anything is decided.

    application → person → stamp requests of a seal → seal → certificates by id → carriers by id

An act takes what it will change in this order; it may begin further down, never go back up. So two acts at once never
wait for each other in a circle. Whatever was read before the lock (by the page, by the job that looked for work) may be
out of date: a second officer, a second click, a revocation between request and issue has come first. Under the lock the
row is read again and the guard asked again, so the second finds the first one's work instead of overwriting it.

The signed answer about a certificate (`certificate_status`) is changed under the certificate's or the seal's lock only.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.certificates import queries
from portal.certificates.lifecycle import LIVE
from portal.certificates.models import Carrier, Certificate
from portal.core.db import session_of
from portal.people.models import Person


def lock(thing: object) -> Session:
    """Lock one row and read it again; what was changed and not yet written goes to the database first.

    Rows that refer to this one can be written meanwhile: an act that began further down would wait for it otherwise.
    """
    session = session_of(thing)
    session.flush()
    session.refresh(thing, with_for_update={"of": type(thing), "key_share": True})
    return session


def live_of(session: Session, person: Person) -> Certificate | None:
    """The person, then the certificate that still holds, both locked."""
    lock(person)
    return session.scalars(_anew(queries.select_live(person))).one_or_none()


def live_of_seal(session: Session, seal_id: int) -> Sequence[Certificate]:
    """Certificates of a seal that still hold, locked. The seal itself is locked before them."""
    statement = select(Certificate).where(Certificate.seal_id == seal_id, Certificate.state.in_(LIVE))
    return session.scalars(_anew(statement)).all()


def these(session: Session, ids: Sequence[int]) -> Sequence[Certificate]:
    """The certificates with these ids, locked."""
    return session.scalars(_anew(select(Certificate).where(Certificate.id.in_(ids)))).all()


def carriers_out(session: Session, certificate: Certificate) -> Sequence[Carrier]:
    """Carriers of a certificate in somebody's hands, locked."""
    statement = select(Carrier).where(Carrier.certificate_id == certificate.id, Carrier.ended_at.is_(None))
    statement = statement.order_by(Carrier.id).with_for_update(of=Carrier)
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def _anew(statement: Select[Certificate]) -> Select[Certificate]:
    statement = statement.order_by(Certificate.id).with_for_update(of=Certificate)
    return statement.execution_options(populate_existing=True)
