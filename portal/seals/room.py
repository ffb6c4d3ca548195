"""The ceremony room as one person sees it: what is done, what they must do now, who is here (S-5).

Everything here is read from the ceremony's row; the rules themselves are in `ceremonies` and once more in the
seal server.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.core.clock import now
from portal.core.text import N_
from portal.people.models import Person
from portal.seals import aftermath_words, queries
from portal.seals.ceremonies import MOST_WRONG_SHARES, is_present, own_seat, seat_for
from portal.seals.lifecycle import CeremonyState
from portal.seals.models import SHARE_SEATS, ApplicationKind, Ceremony, CeremonySeat, Seat
from portal.seals.room_words import words_of
from portal.seals.waiting import Wait, wait_of


class Task(StrEnum):
    """What the person must do now."""

    TAKE_SEAT = "take-seat"
    GIVE_SHARE = "give-share"
    WAIT_SEATS = "wait-seats"
    WAIT_DEVICE = "wait-device"
    WAIT_SHARES = "wait-shares"
    WAIT_SERVER = "wait-server"
    WORKING = "working"
    WATCH = "watch"
    SEAT_TAKEN = "seat-taken"
    APPLICANT = "applicant"
    DONE = "done"
    ABORTED = "aborted"
    EXPIRED = "expired"


# Heading and plain words for each; those of the work itself differ with its kind (`room_words`).
TASK_TEXTS: dict[Task, tuple[str, str]] = {
    Task.TAKE_SEAT: (
        N_("Please take your seat"),
        N_("Compare what will be done with the application, then enter the code your authenticator shows now."),
    ),
    Task.GIVE_SHARE: (
        N_("Enter your share"),
        N_("Open your sealed sheet and type the fourteen groups. Let nobody look on."),
    ),
    Task.WAIT_SEATS: (
        N_("You have your seat. Wait for the others"),
        N_("Keep this page open and in view. It goes on by itself when all three are here."),
    ),
    Task.WAIT_DEVICE: (
        N_("The encryption device is being checked"),
        N_("This takes a few seconds. You need do nothing."),
    ),
    Task.WAIT_SHARES: (
        N_("Wait for the shares"),
        N_("Keep this page open and in view: all three must be present while the shares are entered."),
    ),
    Task.WAIT_SERVER: (
        N_("The seal server hasn't begun yet"),
        N_("It is busy or doesn't answer. The work begins by itself; if you don't want to wait, stop the ceremony."),
    ),
    Task.WATCH: (
        N_("You are watching"),
        N_("You have no seat in this ceremony. Nothing is asked of you."),
    ),
    Task.SEAT_TAKEN: (
        N_("Your seat is taken by a colleague"),
        N_("One person per seat. You can watch from here."),
    ),
    Task.APPLICANT: (
        N_("You filed this application, so you can't take a seat"),
        N_("Another head of the unit must be present. You can watch from here."),
    ),
    Task.ABORTED: (
        N_("The ceremony was stopped. Nothing was made"),
        N_("The application stays approved. The secrecy office can call a new ceremony at once."),
    ),
    Task.EXPIRED: (
        N_("The time is over. Nothing was made"),
        N_("The application stays approved. The secrecy office can call a new ceremony at once."),
    ),
}
NEW_SHEET = (
    N_("Enter your old sheet, then your new one"),
    N_("New shares were made in this browser. Write them down, hide them, and type them again from your paper."),
)

# The steps of the script (`room_words.script_of`), by their place.
CHECK_DEVICE, TAKE_SEATS, ENTER_SHARES, WORK, FILE = 1, 2, 3, 4, 5


def texts_of(seen: Room) -> tuple[str, str]:
    """Heading and plain words of what the person must do now; msgids."""
    kind = seen.ceremony.application.kind
    words = words_of(kind)
    own = {Task.WORKING: words.working, Task.DONE: words.done}
    if seen.ceremony.aftermath:
        own[Task.ABORTED] = aftermath_words.words_of(seen.ceremony.aftermath)
    if kind == ApplicationKind.ROTATE_SHARES:
        own[Task.GIVE_SHARE] = NEW_SHEET
    return own.get(seen.task) or TASK_TEXTS[seen.task]


@dataclass(frozen=True)
class Place:
    """One of the three seats; `row` is None while nobody sits there. `presence`: here, away, waiting, or gone."""

    seat: Seat
    row: CeremonySeat | None
    presence: str
    mine: bool
    share: str
    """'' for the unit's seat, else 'awaited' or 'given'."""


@dataclass(frozen=True)
class Room:
    """The room for one person."""

    ceremony: Ceremony
    task: Task
    places: tuple[Place, ...]
    step: int
    """Place of the present step in the script."""
    own: Seat | None
    """The person's seat, taken or to be taken."""
    wait: Wait | None
    """Where both shares are given and the seal server hasn't begun for long."""

    @property
    def running(self) -> bool:
        """Whether anything can still happen."""
        return self.task not in (Task.DONE, Task.ABORTED, Task.EXPIRED)

    @property
    def absent(self) -> list[Place]:
        """Seats without a person who is here."""
        return [place for place in self.places if place.presence != "here"]

    @property
    def tries_left(self) -> int:
        """Wrong shares that are still forgiven."""
        return MOST_WRONG_SHARES - self.ceremony.wrong_shares

    @property
    def may_abort(self) -> bool:
        """Whether somebody in the room could stop it now."""
        return self.running and self.task is not Task.WORKING


def room_for(ceremony: Ceremony, person: Person) -> Room:
    """What `person` sees."""
    seated, wait = own_seat(ceremony, person), wait_of(ceremony)
    return Room(
        ceremony=ceremony,
        task=_ended(ceremony) or (Task.WAIT_SERVER if wait else _task(ceremony, person, seated)),
        places=tuple(_place(ceremony, seat, person) for seat in Seat),
        step=_step(ceremony),
        own=Seat(seated.seat) if seated else seat_for(ceremony, person),
        wait=wait,
    )


def _ended(ceremony: Ceremony) -> Task | None:
    state = CeremonyState(ceremony.state)
    if state not in queries.LIVE_CEREMONIES:
        return Task(state)
    # The scheduler closes it within seconds; the room says so at once.
    if state is not CeremonyState.OPEN and now() >= ceremony.expires_at:
        return Task.EXPIRED
    return None


def _task(ceremony: Ceremony, person: Person, seated: CeremonySeat | None) -> Task:
    if ceremony.state == CeremonyState.OPEN:
        return Task.WORKING
    if seated is None:
        return _outside(ceremony, person)
    if ceremony.state == CeremonyState.CALLED:
        return Task.WAIT_SEATS
    if ceremony.transport_key is None:
        return Task.WAIT_DEVICE
    if Seat(seated.seat) in SHARE_SEATS and seated.share is None:
        return Task.GIVE_SHARE
    return Task.WAIT_SHARES


def _outside(ceremony: Ceremony, person: Person) -> Task:
    seat = seat_for(ceremony, person)
    if seat is None:
        return Task.WATCH
    if person.id == ceremony.application.applicant_id:
        return Task.APPLICANT
    if any(row.seat == seat for row in ceremony.seats):
        return Task.SEAT_TAKEN
    return Task.TAKE_SEAT


def _place(ceremony: Ceremony, seat: Seat, person: Person) -> Place:
    row = next((row for row in ceremony.seats if row.seat == seat), None)
    presence = "waiting" if row is None else "here" if is_present(row) else "away"
    share = ""
    if seat in SHARE_SEATS:
        given = ceremony.state in (CeremonyState.OPEN, CeremonyState.DONE) or (row is not None and row.share)
        share = "given" if given else "awaited"
    return Place(seat, row, presence, row is not None and row.person_id == person.id, share)


def _step(ceremony: Ceremony) -> int:
    if ceremony.state == CeremonyState.DONE:
        return FILE
    if ceremony.device is None:
        return CHECK_DEVICE
    if len(ceremony.seats) < len(Seat):
        return TAKE_SEATS
    return ENTER_SHARES if ceremony.state != CeremonyState.OPEN else WORK
