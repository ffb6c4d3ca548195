"""The seal server's own look at the application and the room, before it prepares the device and before it opens it.

It asks all that the pages asked when seats were taken and shares given (`ceremonies`), of the rows as they are now.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import Refused
from portal.seals.applications import lock, require_head, require_untouched
from portal.seals.ceremonies import PRESENCE, SEAT_ROLES
from portal.seals.lifecycle import ApplicationAct, ApplicationState
from portal.seals.losses import require_reported
from portal.seals.models import Ceremony, CeremonySeat, Seat

# What three people other than the applicant must have decided (GZ21).
DECISIONS = frozenset({ApplicationAct.AGREE, ApplicationAct.REVIEW, ApplicationAct.APPROVE})


def require_application(ceremony: Ceremony) -> Session:
    """The application as it was filed, approved and called for; its row is kept until the transaction ends."""
    application = ceremony.application
    session = lock(application)  # what is looked at here is what is carried out
    require_untouched(application)
    require_head(application)
    require_reported(session, application)
    if ceremony.application_hash != application.content_hash or application.state != ApplicationState.APPROVED:
        raise Refused("The application was changed after it was approved; the approvals are void.")
    decided = {approval.act: approval.person_id for approval in application.approvals}
    if not decided.keys() >= DECISIONS or len({application.applicant_id, *decided.values()}) <= len(DECISIONS):
        raise Refused("A ceremony needs an application approved by the leader of the office.")
    return session


def require_room(ceremony: Ceremony) -> None:
    """Three different people in their three seats, each signed in for themselves, in time, present, with their role."""
    if now() >= ceremony.expires_at:
        raise Refused("The time of this ceremony is over. Call a new one.")
    seats = {Seat(row.seat): row for row in ceremony.seats}
    people = {row.person_id for row in ceremony.seats}
    if set(seats) != set(Seat) or len(people) != len(Seat) or ceremony.application.applicant_id in people:
        raise Refused("The ceremony needs three different people in their three seats.")
    if len({row.login_session_id for row in ceremony.seats}) != len(Seat):
        raise Refused("Each person must be signed in at a place of their own.")
    for seat, row in seats.items():
        _require_seated(ceremony, seat, row)


def _require_seated(ceremony: Ceremony, seat: Seat, row: CeremonySeat) -> None:
    person = row.person
    elsewhere = seat is Seat.UNIT and person.unit_id != ceremony.application.unit_id
    if SEAT_ROLES[seat] not in person.own_roles or person.closed_at is not None or elsewhere:
        raise Refused("A person in the room doesn't hold the role of the seat any more.")
    # The job may start a little after the second share came in.
    if now() - row.present_at > 3 * PRESENCE:
        raise Refused("All three people must be present at the same time.")
