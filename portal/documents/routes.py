"""Review routes as data (D-1): which desks a draft passes before a leader issues it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.core.text import N_
from portal.documents.kinds import Direction
from portal.people.roles import Role


class StepKind(StrEnum):
    """A desk on the route."""

    DEPARTMENT_HEAD = "department-head"
    OFFICE_HEAD = "office-head"
    ISSUE = "issue"
    COUNTERSIGN = "countersign"


STEP_LABELS = {
    StepKind.DEPARTMENT_HEAD: N_("Department head's review"),
    StepKind.OFFICE_HEAD: N_("Office head's review"),
    StepKind.ISSUE: N_("Issue"),
    StepKind.COUNTERSIGN: N_("Countersigning by a joint unit"),
}


@dataclass(frozen=True)
class RouteStep:
    """One desk: who may sit at it. `by_another`: not the drafter, unless nobody else holds the role (HW8)."""

    kind: StepKind
    roles: frozenset[Role]
    by_another: bool = False


_HEAD = RouteStep(StepKind.DEPARTMENT_HEAD, frozenset({Role.DEPARTMENT_HEAD}), by_another=True)
_OFFICE = RouteStep(StepKind.OFFICE_HEAD, frozenset({Role.OFFICE_HEAD}))
_LEADER = RouteStep(StepKind.ISSUE, frozenset({Role.LEADER, Role.UNIT_HEAD}))
# 条例 art 22: an upward document is issued by the head of the unit itself.
_CHIEF = RouteStep(StepKind.ISSUE, frozenset({Role.UNIT_HEAD}))

ROUTES: dict[Direction, tuple[RouteStep, ...]] = {
    Direction.DOWN: (_HEAD, _OFFICE, _LEADER),
    Direction.LEVEL: (_HEAD, _OFFICE, _LEADER),
    Direction.UP: (_HEAD, _OFFICE, _CHIEF),
}
# 联合发文: after the unit's own leader those of the joint units sign, each holding the role that issues (条例 art 22).
COUNTERSIGNERS = {direction: route[-1].roles for direction, route in ROUTES.items()}
