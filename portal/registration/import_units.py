"""Units from a file: the rules of a line, parents in any order, and writing them by the single act (U-7, GZ8)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.core.errors import Invalid
from portal.core.rules import ExchangeRules
from portal.registration.import_checks import Checked, LineReader, Problem, Tick
from portal.registration.import_tables import Row
from portal.registration.import_words import KIND_OF, TIER_OF, UNITS, plain
from portal.units.codes import NAMED, check_code, check_name
from portal.units.models import Tier, Unit, UnitKind
from portal.units.operations import register_unit

UNIQUE = ("code", "name", "document_code")
COMPARED = ("name", "short_name", "kind", "tier", "document_code", "red_head")
MOST_SORT = 1_000_000


class UnitsCheck:
    """Checks the lines of one file against the register and one another."""

    def __init__(self, session: Session, rows: list[Row], rules: ExchangeRules) -> None:
        self.rows, self.rules = rows, rules
        here = session.scalars(select(Unit).where(Unit.left_at.is_(None))).all()
        self.taken = {key: {plain(getattr(unit, key)): unit for unit in here} for key in UNIQUE}
        self.seen: dict[str, dict[str, int]] = {key: {} for key in UNIQUE}
        self.checked = Checked()

    def run(self, tick: Tick) -> Checked:
        """Check everything, then put parents before those under them."""
        lines = []
        for number, row in enumerate(self.rows, 1):
            reader = LineReader(row, UNITS, self.checked.problems)
            lines.append((reader, self._values(reader)))
            if number % 1000 == 0:
                tick(number)
        self._place(lines)
        return self.checked

    def _values(self, reader: LineReader) -> dict[str, Any]:
        name = reader.text("name", 100)
        values = {
            "line": reader.row.line,
            "code": self._code(reader),
            "name": name,
            "short_name": reader.text("short_name", 40, default=name[:40]),
            "kind": _word(reader, "kind", KIND_OF),
            "tier": _word(reader, "tier", TIER_OF),
            "document_code": reader.text("document_code", 20),
            "red_head": reader.text("red_head", 60, default=f"{name}文件"[:60]),
            "sort_key": _number(reader),
            "parent": reader.row.texts.get("parent", ""),
        }
        for key in NAMED:
            try:
                check_name(str(values[key]), key)
            except Invalid as error:
                reader.blame(key, error)
        for key in UNIQUE:
            self._once(reader, key, str(values[key]))
        return values

    def _code(self, reader: LineReader) -> str:
        code = reader.text("code", 40)
        try:
            return check_code(code, self.rules) if code and not code.startswith("=") else code
        except Invalid as error:
            reader.blame("code", error)
            return code

    def _once(self, reader: LineReader, key: str, value: str) -> None:
        """No two lines of a file share a code, a name or a document code."""
        line = self.seen[key].setdefault(plain(value), reader.row.line) if value else reader.row.line
        if line != reader.row.line:
            reader.blame(key, Invalid("“%(value)s” stands in line %(line)s already.", value=value[:60], line=line))

    def _place(self, lines: list[tuple[LineReader, dict[str, Any]]]) -> None:
        waiting = []
        for reader, values in lines:
            known = self.taken["code"].get(plain(values["code"]))
            if known is not None:
                self._compare(reader, values, known)
            else:
                self._not_taken(reader, values)
                waiting.append((reader, values))
        self._order(waiting)

    def _compare(self, reader: LineReader, values: dict[str, Any], known: Unit) -> None:
        if not reader.faultless:
            return
        differing = [key for key in COMPARED if values[key] != getattr(known, key)]
        if differing:
            why = Invalid("The unit is in the register with other particulars: they are changed there, not by import.")
            reader.blame(differing[0], why)
        else:
            self.checked.same += 1

    def _not_taken(self, reader: LineReader, values: dict[str, Any]) -> None:
        for key in ("name", "document_code"):
            if plain(values[key]) in self.taken[key]:
                reader.blame(key, Invalid("“%(value)s” belongs to another unit already.", value=values[key][:60]))

    def _order(self, waiting: list[tuple[LineReader, dict[str, Any]]]) -> None:
        """Parents first; who waits for a parent that never comes is told so."""
        placed: dict[str, str] = {}
        for key in ("code", "name"):
            placed |= {word: unit.code for word, unit in self.taken[key].items()}
        while True:
            later = []
            for reader, values in waiting:
                parent = plain(values["parent"])
                if parent and parent not in placed:
                    later.append((reader, values))
                elif reader.faultless and self._may_stand(reader, values):
                    self.checked.plan.append({**values, "parent_code": placed.get(parent)})
                    placed[plain(values["code"])] = placed[plain(values["name"])] = values["code"]
            if len(later) == len(waiting):
                break
            waiting = later
        for reader, values in waiting:
            reader.blame(
                "parent",
                Invalid("There is no unit “%(unit)s”, or its own line is wrong.", unit=values["parent"][:60]),
            )

    def _may_stand(self, reader: LineReader, values: dict[str, Any]) -> bool:
        """A district's units hang under its government, which hangs under nothing (EE4)."""
        alone = values["tier"] == Tier.DISTRICT and values["kind"] != UnitKind.GOVERNMENT and not values["parent"]
        if alone:
            reader.blame("parent", Invalid("A unit of a district names the district's government as its parent."))
        return not alone


def write_units(session: Session, lines: list[dict[str, Any]]) -> list[Problem]:
    """Register the units of some lines. Returns what has come between since the check; the rest is written."""
    problems = []
    wanted = {line["parent_code"] for line in lines if line["parent_code"]}
    known = {unit.code: unit for unit in session.scalars(_here(wanted))}
    for line in lines:
        parent = known.get(line["parent_code"] or "")
        if line["parent_code"] and parent is None:
            problems.append(_problem(line, "上级单位", Invalid("The parent unit isn't in the register.")))
            continue
        try:
            with session.begin_nested():
                known[line["code"]] = _register(session, line, parent)
        except IntegrityError:
            why = Invalid("Meanwhile another unit has this code, name or document code.")
            problems.append(_problem(line, "组织机构代码", why))
    return problems


def _register(session: Session, line: dict[str, Any], parent: Unit | None) -> Unit:
    return register_unit(
        session,
        code=line["code"],
        name=line["name"],
        short_name=line["short_name"],
        kind=UnitKind(line["kind"]),
        tier=Tier(line["tier"]),
        document_code=line["document_code"],
        red_head=line["red_head"],
        parent=parent,
        sort_key=line["sort_key"],
    )


def _here(codes: set[str]) -> Any:
    return select(Unit).where(Unit.code.in_(codes), Unit.left_at.is_(None))


def _problem(line: dict[str, Any], heading: str, error: Invalid) -> Problem:
    return Problem(line["line"], heading, error.message, dict(error.params))


def _word(reader: LineReader, key: str, table: dict[str, Any]) -> str:
    text = reader.text(key, 40)
    found = table.get(plain(text))
    if text and found is None:
        reader.blame(key, Invalid("“%(word)s” isn't known here: take a word of the template.", word=text))
    return str(found or "")


def _number(reader: LineReader) -> int:
    """The place in lists; without one, the order of the file."""
    text = reader.row.texts.get("sort_key", "")
    if text and not (text.isascii() and text.isdigit() and int(text) <= MOST_SORT):
        reader.blame("sort_key", Invalid("This must be a whole number up to %(most)s.", most=MOST_SORT))
        return 0
    return int(text) if text else reader.row.line
