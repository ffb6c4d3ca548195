"""Particulars of the demo people: invented identity numbers as hashes, some mobile numbers, one account without a slip.

And one filing: who is to be head of a bureau, which the office confirms.

Area code 459900 doesn't exist, and neither do mobile numbers that begin with 1000.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.demo.city import PEOPLE
from portal.people import headship, identity, queries
from portal.people.headship_models import HeadshipFiling, Wish
from portal.people.models import Person
from portal.people.operations import open_account
from portal.people.roles import Role

NEWCOMER = "chenxinlai"
NEXT_HEAD = "caijinghe"
WITHOUT_MOBILE = 4
"""Every so many people have no number yet, so that their administrator has something to see."""
UNPROVED = "grain"
"""The people of this unit have neither: they came to the city later, when the numbers were given out."""


def load(session: Session, runtime: Runtime) -> None:
    """Add what is missing; doing it again changes nothing."""
    names = [row.account for key, rows in PEOPLE.items() if key != UNPROVED for row in rows]
    found = {person.account: person for person in session.scalars(select(Person).where(Person.account.in_(names)))}
    for serial, name in enumerate(names, start=1):
        person = found.get(name)
        if person is not None and person.identity_hash is None:
            person.identity_hash = identity.hash_of(_number(serial), runtime.storage_keys)
            if serial % WITHOUT_MOBILE:
                person.mobile, person.mobile_confirmed_at = f"1000000{serial:04d}", now()
    _newcomer(session, runtime, found["jinmanbo"], len(names) + 1)
    _next_head(session, found[NEXT_HEAD], found["jinmanbo"])


def _newcomer(session: Session, runtime: Runtime, administrator: Person, serial: int) -> None:
    """Somebody whose account is open and whose password slip nobody has printed yet."""
    if queries.by_account(session, NEWCOMER) is None:
        open_account(
            session,
            unit=administrator.unit,
            account=NEWCOMER,
            name="陈新来",
            division="预算科",
            title="试用期科员",
            roles=[Role.DRAFTER],
            identity_hash=identity.hash_of(_number(serial), runtime.storage_keys),
            actor=administrator,
        )


def _next_head(session: Session, person: Person, administrator: Person) -> None:
    """The deputy is to head the bureau; filed once, whatever became of it."""
    if session.scalars(select(HeadshipFiling.id).where(HeadshipFiling.person_id == person.id)).first() is None:
        headship.file(person, administrator, Wish.NAME, "南人任〔2026〕18号：蔡敬和同志主持市财政局全面工作。")


def _number(serial: int) -> str:
    first = f"45990019850601{serial:03d}"
    return first + identity.check_character(first)
