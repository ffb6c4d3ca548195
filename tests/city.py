"""A small city for tests: the office, two departments, two districts, a bureau of one; a person per role and unit."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from portal.core.clock import now
from portal.people.models import Person, RoleAssignment
from portal.people.roles import DISTRICT_ROLES, OFFICE_ROLES, SEPARATED_ROLES, Role
from portal.units.codes import with_check_character
from portal.units.models import Tier, Unit, UnitKind
from portal.units.operations import register_unit

UNIT_ROLES = tuple(role for role in Role if role not in OFFICE_ROLES | DISTRICT_ROLES | SEPARATED_ROLES)
# Never a real hash: these people come in by `client_for`, login has tests of its own.
NO_PASSWORD = "!"
KEYS = ("office", "finance", "education", "east", "east-education", "west")
DISTRICTS = ("east", "west")


@dataclass
class City:
    """Units by short key and people by (unit key, role)."""

    units: dict[str, Unit] = field(default_factory=dict)
    people: dict[tuple[str, Role], Person] = field(default_factory=dict)

    def person(self, unit: str, role: Role) -> Person:
        """The person holding `role` in `unit`."""
        return self.people[unit, role]

    def holder(self, role: Role) -> Person:
        """Who holds `role` where it is at home: in the office, or in the first district."""
        return self.people["east" if role in DISTRICT_ROLES else "office", role]


def build_city(session: Session) -> City:
    """Build the city in `session`; the caller commits."""
    city = City()
    office = _unit(session, city, "office", "南澄市人民政府办公室", UnitKind.GOVERNMENT_OFFICE, "南政办发", office=True)
    _unit(session, city, "finance", "南澄市财政局", UnitKind.DEPARTMENT, "南财发", parent=office)
    _unit(session, city, "education", "南澄市教育局", UnitKind.DEPARTMENT, "南教发", parent=office)
    east = _unit(session, city, "east", "澄东区人民政府", UnitKind.GOVERNMENT, "澄东政发", tier=Tier.DISTRICT)
    bureau = UnitKind.DEPARTMENT
    _unit(session, city, "east-education", "澄东区教育局", bureau, "澄东教发", tier=Tier.DISTRICT, parent=east)
    _unit(session, city, "west", "澄西区人民政府", UnitKind.GOVERNMENT, "澄西政发", tier=Tier.DISTRICT)
    for key, unit in city.units.items():
        for role in UNIT_ROLES:
            city.people[key, role] = make_person(session, unit, role)
    for role in (*sorted(OFFICE_ROLES), *sorted(SEPARATED_ROLES)):
        city.people["office", role] = make_person(session, office, role)
    for key in DISTRICTS:
        for role in DISTRICT_ROLES:
            city.people[key, role] = make_person(session, city.units[key], role)
    session.flush()
    return city


def read_city(session: Session) -> City:
    """The city that `build_city` put into this database."""
    units = session.scalars(select(Unit).order_by(Unit.sort_key)).all()
    city = City(units=dict(zip(KEYS, units, strict=True)))
    keys = {unit.id: key for key, unit in city.units.items()}
    for person in session.scalars(select(Person).options(selectinload(Person.role_rows))):
        (role,) = person.roles
        city.people[keys[person.unit_id], role] = person
    return city


def _unit(
    session: Session,
    city: City,
    key: str,
    name: str,
    kind: UnitKind,
    document_code: str,
    *,
    tier: Tier = Tier.CITY,
    parent: Unit | None = None,
    office: bool = False,
) -> Unit:
    serial = len(city.units) + 1
    city.units[key] = register_unit(
        session,
        code=with_check_character(f"114500{0 if tier is Tier.CITY else serial:02d}MB{serial:07d}"),
        name=name,
        short_name=name.removeprefix("南澄市"),
        kind=kind,
        tier=tier,
        document_code=document_code,
        red_head=f"{name}文件",
        parent=parent,
        sort_key=serial,
        is_office=office,
    )
    return city.units[key]


def make_person(session: Session, unit: Unit, *roles: Role, account: str | None = None) -> Person:
    """A person of `unit` with `roles`, ready to work."""
    at = now()
    first = roles[0] if roles else "staff"
    person = Person(
        account=account or f"u{unit.id}-{first}",
        name=f"{unit.short_name[:2]}{str(first)[:8]}",
        unit=unit,
        password_hash=NO_PASSWORD,
        password_changed_at=at,
        must_change_password=False,
        created_at=at,
        role_rows=[
            RoleAssignment(role=role, in_office=unit.is_office, in_district_office=unit.is_district_office, given_at=at)
            for role in roles
        ],
    )
    session.add(person)
    session.flush()
    return person
