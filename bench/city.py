"""A city of a given size in a fresh SQLite database: units, people, sent documents in the inboxes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import insert, select, text, update

from portal import migrate
from portal.core.clock import now
from portal.core.crypto import StorageKeys
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.core.settings import Settings
from portal.documents.models import Document
from portal.exchange.models import Delivery
from portal.people.models import Person, RoleAssignment
from portal.people.roles import DISTRICT_ROLES, OFFICE_ROLES, SEPARATED_ROLES, Role
from portal.units.codes import with_check_character
from portal.units.models import Tier, Unit, UnitKind

ROLES = tuple(role for role in Role if role not in OFFICE_ROLES | DISTRICT_ROLES | SEPARATED_ROLES)
PER_DISTRICT = 50


@dataclass(frozen=True)
class Size:
    """How large a city is; each document goes to ten units."""

    units: int
    people: int
    documents: int

    def part(self, share: float) -> Size:
        """A city so much smaller, but not below the small one's size."""
        return Size(
            max(SMALL.units, round(self.units * share)),
            max(SMALL.people, round(self.people * share)),
            max(SMALL.documents, round(self.documents * share)),
        )


SMALL = Size(60, 250, 40)
"""Just large enough to fill one page of every list: the ratio tells of the city's size, not of the rows shown."""
LARGE = Size(2000, 25_000, 4000)
RECIPIENTS = 10


@contextmanager
def city(size: Size) -> Iterator[Runtime]:
    """The services over a city of this size, for the length of the block."""
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        StorageKeys.create(settings.storage_keys_file)
        migrate.upgrade(settings.database)
        runtime = Runtime(settings)
        fill(runtime, size)
        try:
            yield runtime
        finally:
            runtime.engine.dispose()


def fill(runtime: Runtime, size: Size) -> None:
    """Units first, then people and documents."""
    with unit_of_work(runtime.engine) as session:
        session.execute(insert(Unit), [_unit(number, size.units) for number in range(1, size.units + 1)])
        session.execute(update(Unit).where(Unit.tier == Tier.CITY, Unit.id > 1).values(parent_id=1))
        session.execute(insert(Person), [_person(number, size) for number in range(1, size.people + 1)])
        session.execute(insert(RoleAssignment), list(_roles(size)))
        session.execute(insert(Document), [_document(number, size) for number in range(1, size.documents + 1)])
        session.execute(insert(Delivery), list(_deliveries(size)))
    with runtime.engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def head(runtime: Runtime, role: Role) -> Person:
    """Who holds `role` in the municipal office."""
    with unit_of_work(runtime.engine, writes=False) as session:
        return session.scalars(
            select(Person).join(RoleAssignment).where(Person.unit_id == 1, RoleAssignment.role == role)
        ).first() or session.get_one(Person, 1)


def _unit(number: int, units: int) -> dict[str, Any]:
    district = number > units // 2
    government = district and (number - units // 2 - 1) % PER_DISTRICT == 0
    seat = units // 2 + 1 + (number - units // 2 - 1) // PER_DISTRICT * PER_DISTRICT if district else None
    name = f"南澄市第{number}区人民政府" if government else f"南澄市第{number}局"
    return {
        "id": number,
        "code": with_check_character(f"114500{0 if not district else 1:02d}MB{number:07d}"),
        "name": "南澄市人民政府办公室" if number == 1 else name,
        "short_name": f"{number}局",
        "kind": UnitKind.GOVERNMENT if government else UnitKind.DEPARTMENT,
        "tier": Tier.DISTRICT if district else Tier.CITY,
        "parent_id": seat if seat != number else None,
        "district_id": seat,
        "sort_key": number,
        "document_code": f"南{number}发",
        "red_head": f"{name}文件",
        "is_office": number == 1,
        "joined_at": now(),
    }


def _person(number: int, size: Size) -> dict[str, Any]:
    """The first dozen and the information centre work in the office, the others are spread evenly."""
    at = now()
    return {
        "id": number,
        "account": f"p{number}",
        "name": f"张{number}",
        "unit_id": 1 if number <= len(ROLES) + 1 else 2 + number % (size.units - 1),
        "password_hash": "!",
        "password_changed_at": at,
        "must_change_password": False,
        "created_at": at,
        "totp_seed": b"set up",
    }


def _roles(size: Size) -> Iterator[dict[str, Any]]:
    at = now()
    for number in range(1, size.people + 1):
        role = Role.INFORMATION_CENTRE if number == len(ROLES) + 1 else ROLES[number % len(ROLES)]
        yield {"person_id": number, "role": role, "in_office": number <= len(ROLES) + 1, "given_at": at}


def _document(number: int, size: Size) -> dict[str, Any]:
    """Half of them old, so that lists have a past; the office is sender of as many in either city."""
    sender = 1 if number <= SMALL.documents // 2 else 2 + number % (size.units - 1)
    at = now() - timedelta(minutes=number)
    return {
        "id": number,
        "unit_id": sender,
        "holder_id": sender,
        "drafter_id": 1,
        "kind": "通知",
        "direction": "down",
        "red_head": f"南{sender}文件",
        "signature": f"南{sender}",
        "title": f"关于第{number}项工作的通知",
        "text": "各单位：请按要求办理。",
        "state": "sent",
        "created_at": at,
        "sent_at": at,
        "number_code": f"南{sender}发",
        "number_year": 2026,
        "number_serial": number,
    }


def _deliveries(size: Size) -> Iterator[dict[str, Any]]:
    """Each document goes to ten units; the office gets the same number in either city."""
    for number in range(1, size.documents + 1):
        first = {1} if number % (size.documents // 20) == 0 else set()
        others = {2 + (number * 7 + place) % (size.units - 1) for place in range(RECIPIENTS - len(first))}
        for unit in sorted(first | others):
            yield {
                "document_id": number,
                "unit_id": unit,
                "holder_id": unit,
                "kind": "main",
                "state": "delivered",
                "delivered_at": now() - timedelta(minutes=number),
                "print_quota": 1,
            }
