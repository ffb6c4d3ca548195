"""The blueprint of requests, and how rows are shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from portal.tasks import limits
from portal.tasks.lifecycle import ASSIGNMENT_LABELS, ASSIGNMENT_TONES, AssignmentState
from portal.tasks.models import Assignment
from portal.web.database import runtime

blueprint = Blueprint("tasks", __name__, url_prefix="/tasks")


def shown(row: Assignment) -> dict[str, Any]:
    """State, light and lateness of a row, as pages show them."""
    state = AssignmentState(row.state)
    light = limits.light(row, runtime().rules)
    return {
        "label": ASSIGNMENT_LABELS[state],
        "tone": {limits.RED: "bad", limits.YELLOW: "warn"}.get(light, ASSIGNMENT_TONES[state]),
        "light": light,
        "late": limits.is_overdue(row),
        "was_late": limits.was_late(row),
    }
