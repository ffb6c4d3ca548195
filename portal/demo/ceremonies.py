"""Holds the ceremonies of the demo units: the same operations as the pages, the same seal server, the same device.

One process plays the three people; in a real city they are three people in three places.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Refused
from portal.core.jobs import run_inline
from portal.core.runtime import Runtime
from portal.people import queries as people
from portal.people import second_factor
from portal.people.models import LoginSession, Person
from portal.people.roles import Role
from portal.seals import applications, ceremonies, envelope, queries
from portal.seals.lifecycle import CeremonyState
from portal.seals.models import SHARE_SEATS, Ceremony, SealApplication, Seat
from portal.sealserver import ALLOWED as SEAL_JOBS
from portal.units.models import Unit


@dataclass(frozen=True)
class Shares:
    """What the two operators type."""

    secrecy_office: str
    information_centre: str

    def of(self, seat: Seat) -> str:
        """The share of one operator's seat."""
        return self.secrecy_office if seat is Seat.SECRECY_OFFICE else self.information_centre


def make_seals(runtime: Runtime, session: Session, unit: Unit, office: Unit, shares: Shares) -> None:
    """Hold the whole ceremony of a unit that has no seals yet. Commits along the way, as the people's requests would.

    Raises Refused when the ceremony ended otherwise than with the seals made.
    """
    if queries.live_seals(session, unit.id):
        return
    application = queries.live_application(session, unit.id) or _approved(session, unit, office)
    secrecy = one(session, office, Role.SECRECY_OFFICE)
    ceremony = queries.live_ceremony(session, application.id)
    if ceremony is not None:  # left over from a loading that was stopped
        ceremonies.abort(ceremony, secrecy, "重新召集")
    ceremony = ceremonies.call_ceremony(session, secrecy, application, runtime.rules)
    work(runtime, session)
    seated = {
        Seat.SECRECY_OFFICE: secrecy,
        Seat.INFORMATION_CENTRE: one(session, office, Role.INFORMATION_CENTRE),
        Seat.UNIT: one(session, unit, Role.UNIT_HEAD),
    }
    for person in seated.values():
        ceremonies.take_seat(ceremony, person, _login(session, person), fresh_code(person))
    for seat in SHARE_SEATS:
        ceremonies.give_share(ceremony, seated[seat], _closed(ceremony, seat, shares))
    work(runtime, session)
    if ceremony.state != CeremonyState.DONE:
        raise Refused(ceremony.trouble or "The ceremony was not finished.", **(ceremony.trouble_params or {}))


def one(session: Session, unit: Unit, *roles: Role) -> Person:
    """The first person of a unit who holds one of the roles."""
    return people.holders(session, unit.id, *roles)[0]


def fresh_code(person: Person) -> str:
    """A code that is good now. One player takes many seats within a second, so the memory of the last is cleared."""
    person.totp_last_step = None
    return second_factor.code_of(second_factor.seed_of(person), second_factor.step_now())


def _approved(session: Session, unit: Unit, office: Unit) -> SealApplication:
    application = applications.file_application(
        session,
        one(session, unit, Role.UNIT_ADMINISTRATOR),
        reason="首次参加电子公文交换，申请制作本单位签名印章和验证印章。",
        custodians=people.holders(session, unit.id, Role.SEAL_CUSTODIAN),
        holders=people.holders(session, unit.id, Role.VERIFICATION_HOLDER),
        # 两人分管 in the unit that has somebody for it.
        password_holders=people.holders(session, unit.id, Role.SEAL_PASSWORD_HOLDER),
    )
    applications.agree(application, one(session, unit, Role.UNIT_HEAD), "同意申请，由本单位专人保管。")
    applications.review(application, one(session, office, Role.SECRETARIAT), "材料齐全，拟同意制作。")
    applications.approve(application, one(session, office, Role.OFFICE_LEADER), "同意。")
    return application


def _login(session: Session, person: Person) -> int:
    """A login session of the player, ended already; the seat wants to know from where it was taken."""
    token = f"demo-{person.account}".ljust(64, "-")
    known = session.scalars(select(LoginSession).where(LoginSession.token_hash == token)).one_or_none()
    if known is not None:
        return known.id
    at = now()
    row = LoginSession(
        token_hash=token,
        person=person,
        created_at=at,
        seen_at=at,
        ended_at=at,
        ended_why="logged-out",
        address="127.0.0.1",
    )
    session.add(row)
    session.flush()
    return row.id


def _closed(ceremony: Ceremony, seat: Seat, shares: Shares) -> str:
    if ceremony.transport_key is None:
        raise Refused(ceremony.trouble or "The ceremony was not finished.", **(ceremony.trouble_params or {}))
    room = envelope.Room(ceremony.transport_key, ceremony.id, ceremony.application.content_hash)
    return envelope.close(room, seat, shares.of(seat))


def work(runtime: Runtime, session: Session) -> None:
    """Commit what was asked for and let the seal server's functions do it."""
    session.commit()
    run_inline(runtime, SEAL_JOBS)
    session.expire_all()
