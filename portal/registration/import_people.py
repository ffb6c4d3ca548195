"""People from a file: the rules of a line, the same as for a single account (GZ12, GZ13, GZ15)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.crypto import StorageKeys
from portal.core.errors import Invalid, Refused
from portal.core.rules import ExchangeRules
from portal.people.identity import hash_of
from portal.people.models import Person, RoleAssignment
from portal.people.operations import MOBILE
from portal.people.roles import DISTRICT_ROLES, OFFICE_ROLES, SEPARATED_ROLES, Role
from portal.registration.import_checks import Checked, LineReader, Tick, some_at_a_time
from portal.registration.import_scope import CITY_ROLES, units_in
from portal.registration.import_tables import Row
from portal.registration.import_words import PEOPLE, ROLE_OF, plain, roles_in
from portal.units.models import Tier, Unit, UnitKind
from portal.units.policy import Scope

FIELDS = {"name": 40, "division": 60, "title": 60}
TICK_LINES = 1000


@dataclass(frozen=True)
class Place:
    """What the rules ask of a unit."""

    id: int
    is_office: bool
    is_district_office: bool


@dataclass(frozen=True)
class Known:
    """An account of the register."""

    id: int
    unit_id: int
    closed: bool
    identity_hash: str | None
    values: dict[str, str]
    roles: frozenset[Role]


class Register:
    """What the register says of the accounts, identity numbers and units of a file: read in a few statements."""

    def __init__(self, session: Session, scope: Scope | str, unit: Unit, accounts: list[str]) -> None:
        columns = (Unit.id, Unit.code, Unit.name, Unit.is_office, Unit.tier, Unit.kind)
        self.places: dict[str, Place] = {}
        for row in session.execute(select(*columns).where(units_in(scope, unit))):
            district = row.tier == Tier.DISTRICT and row.kind == UnitKind.GOVERNMENT
            self.places[plain(row.name)] = self.places[plain(row.code)] = Place(row.id, row.is_office, district)
        self.scope, self.unit_id = scope, unit.id
        self.own = self.places.get(plain(unit.name)) if scope == Scope.UNIT else None
        self.known: dict[str, Known] = {}
        for some in some_at_a_time(dict.fromkeys(accounts)):
            self.known |= known_accounts(session, some)

    def from_above(self, place: Place) -> bool:
        """Whether who imports looks after this unit from above, as `people.scope.names_heads` asks it."""
        return self.scope == Scope.CITY or place.id != self.unit_id

    @staticmethod
    def holders(session: Session, hashes: list[str]) -> dict[str, str]:
        """The accounts of identity numbers, by hash."""
        found: dict[str, str] = {}
        for some in some_at_a_time(hashes):
            rows = session.execute(select(Person.identity_hash, Person.account).where(Person.identity_hash.in_(some)))
            found |= {hashed: account for hashed, account in rows if hashed}
        return found


def known_accounts(session: Session, accounts: list[str]) -> dict[str, Known]:
    """The accounts that exist, with their roles."""
    roles: dict[int, set[Role]] = {}
    chosen = select(Person.id).where(Person.account.in_(accounts))
    held = select(RoleAssignment.person_id, RoleAssignment.role).where(RoleAssignment.person_id.in_(chosen))
    for person_id, role in session.execute(held):
        roles.setdefault(person_id, set()).add(Role(role))
    columns = (Person.id, Person.account, Person.unit_id, Person.closed_at, Person.identity_hash)
    details = (Person.name, Person.division, Person.title, Person.mobile)
    return {
        row.account: Known(
            row.id,
            row.unit_id,
            row.closed_at is not None,
            row.identity_hash,
            {"name": row.name, "division": row.division, "title": row.title, "mobile": row.mobile or ""},
            frozenset(roles.get(row.id, ())),
        )
        for row in session.execute(select(*columns, *details).where(Person.account.in_(accounts)))
    }


class PeopleCheck:
    """Checks the lines of one file one after the other, against the register and one another."""

    def __init__(
        self,
        session: Session,
        rows: list[Row],
        *,
        scope: Scope | str,
        unit: Unit,
        keys: StorageKeys,
        rules: ExchangeRules,
    ) -> None:
        self.session, self.rows, self.scope, self.keys = session, rows, scope, keys
        self.account_rule = re.compile(rules.account_name)
        self.register = Register(session, scope, unit, [_account(row) for row in rows])
        self.accounts: dict[str, int] = {}
        self.identities: dict[str, int] = {}
        self.checked = Checked()

    def run(self, tick: Tick) -> Checked:
        """Check everything; `tick` is told how many lines are done."""
        lines = []
        for number, row in enumerate(self.rows, 1):
            reader = LineReader(row, PEOPLE, self.checked.problems)
            values = self._values(reader)
            lines.append((reader, values))
            if number % TICK_LINES == 0:
                tick(number)
        self._compare(lines)
        return self.checked

    def _values(self, reader: LineReader) -> dict[str, Any]:
        place = self._place(reader)
        values: dict[str, Any] = {
            "line": reader.row.line,
            "account": self._account(reader),
            "unit_id": place.id if place else None,
            **{key: reader.text(key, longest) for key, longest in FIELDS.items()},
            "mobile": _mobile(reader),
            "identity_hash": self._identity(reader),
        }
        values["roles"] = self._roles(reader, place, self.register.known.get(values["account"]))
        return values

    def _account(self, reader: LineReader) -> str:
        account = _account(reader.row)
        if not account:
            reader.text("account", 40)
        elif not self.account_rule.fullmatch(account):
            reader.blame("account", Invalid("The account isn't formed by the city's rule for accounts."))
        elif (line := self.accounts.setdefault(account, reader.row.line)) != reader.row.line:
            reader.blame("account", Invalid("The account stands in line %(line)s already.", line=line))
        return account

    def _place(self, reader: LineReader) -> Place | None:
        text = reader.row.texts.get("unit", "")
        if not text and self.register.own:
            return self.register.own
        place = self.register.places.get(plain(text))
        if not text:
            reader.blame("unit", Invalid("This must be filled in."))
        elif place is None:
            reader.blame(
                "unit",
                Invalid(
                    "There is no unit “%(unit)s” among those you look after: write its full name or code.",
                    unit=text[:60],
                ),
            )
        return place

    def _identity(self, reader: LineReader) -> str | None:
        number = reader.row.texts.get("identity", "")
        if not number or number.startswith("="):
            return None
        try:
            hashed = hash_of(number, self.keys)
        except Invalid as error:
            reader.blame("identity", error)
            return None
        if (line := self.identities.setdefault(hashed, reader.row.line)) != reader.row.line:
            reader.blame("identity", Invalid("This person stands in line %(line)s already.", line=line))
        return hashed

    def _roles(self, reader: LineReader, place: Place | None, known: Known | None) -> list[Role]:
        roles = set()
        for word in roles_in(reader.row.texts.get("roles", "")):
            role = ROLE_OF.get(plain(word))
            if role is None:
                reader.blame("roles", Invalid("There is no role “%(role)s”.", role=word[:40]))
            else:
                roles.add(role)
        fresh = roles - (known.roles if known else frozenset())
        if place and (why := self._hindrance(place, fresh, roles | (known.roles if known else frozenset()))):
            reader.blame("roles", why)
        return sorted(fresh)

    def _hindrance(self, place: Place, fresh: set[Role], together: set[Role] | frozenset[Role]) -> Refused | None:
        """Why these roles can't be given there, in the words of `give_role`."""
        if fresh & OFFICE_ROLES and not place.is_office:
            return Refused("Only people of the municipal government office can hold this role.")
        if fresh & DISTRICT_ROLES and not place.is_district_office:
            return Refused("Only people of a district government can hold this role.")
        if fresh & CITY_ROLES and self.scope != Scope.CITY:
            return Refused("This role is given by the information centre alone.")
        if Role.UNIT_HEAD in fresh and not self.register.from_above(place):
            return Refused("The unit files who heads it, on the person's page; the office confirms it.")
        if fresh and together & SEPARATED_ROLES and len(together) > 1:
            return Refused("The three separated roles are held by three different people who hold no other role.")
        return None

    def _compare(self, lines: list[tuple[LineReader, dict[str, Any]]]) -> None:
        """Against the register: what is new, what is changed, what contradicts it."""
        holders = self.register.holders(self.session, list(self.identities))
        for reader, values in lines:
            known = self.register.known.get(values["account"])
            holder = holders.get(values["identity_hash"] or "")
            if holder is not None and holder != values["account"]:
                reader.blame("identity", Invalid("This person has an account already: one person, one account."))
            if known is not None:
                self._compare_known(reader, values, known)
            elif reader.faultless:
                self.checked.plan.append(values)

    def _compare_known(self, reader: LineReader, values: dict[str, Any], known: Known) -> None:
        if why := contradiction(values, known):
            reader.blame("account", why)
        if not reader.faultless:
            return
        changes = changes_of(values, known)
        if changes or values["roles"]:
            self.checked.plan.append({**values, "person_id": known.id, "changes": changes})
        else:
            self.checked.same += 1


def contradiction(values: dict[str, Any], known: Known) -> Invalid | None:
    """Why the line can't be that of an account which exists."""
    if known.unit_id != values["unit_id"]:
        return Invalid("The account %(account)s is taken.", account=values["account"])
    if known.closed:
        return Invalid("The account %(account)s is closed.", account=values["account"])
    if values["identity_hash"] and known.identity_hash and values["identity_hash"] != known.identity_hash:
        return Invalid("The account %(account)s is taken.", account=values["account"])
    return None


def changes_of(values: dict[str, Any], known: Known) -> dict[str, str]:
    """What the line says otherwise than the register; an empty cell says nothing."""
    changes = {key: values[key] for key, old in known.values.items() if values[key] and values[key] != old}
    if values["identity_hash"] and not known.identity_hash:
        changes["identity_hash"] = values["identity_hash"]
    return changes


def _account(row: Row) -> str:
    return "".join(row.texts.get("account", "").split())


def _mobile(reader: LineReader) -> str:
    mobile = re.sub(r"[\s-]", "", reader.row.texts.get("mobile", ""))
    if mobile and not MOBILE.fullmatch(mobile):
        reader.blame("mobile", Invalid("A mobile number has 11 digits and begins with 1."))
    return mobile
