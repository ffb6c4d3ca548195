"""Who edits government information, and what its title must show."""

from __future__ import annotations

from portal.briefs.models import Mark
from portal.content import policy as items
from portal.content.models import Item
from portal.content.readers import Key
from portal.core.errors import Denied
from portal.core.permissions import Permission
from portal.people.models import Person
from portal.people.policy import PERMISSIONS
from portal.people.roles import Role
from portal.units.models import Unit

SIGNS = {Mark.NONE: "", Mark.COMMISSIONED: "【约稿】", Mark.REVISED: "【修改稿】"}
"""Chinese as the readers of the title are (GZ44)."""
EDITORS = tuple(role for role in Role if Permission.BRIEFS_EDIT in PERMISSIONS[role])
_MAKERS = tuple(role for role in Role if PERMISSIONS[role] & {Permission.CONTENT_WRITE, Permission.CONTENT_APPROVE})


def marked(title: str, mark: str) -> str:
    """The title with the sign of the mark in front, once, whatever stood there."""
    for sign in SIGNS.values():
        title = title.removeprefix(sign) if sign else title
    return SIGNS[Mark(mark)] + title.strip()


def readers(office: Unit, joint_ids: list[int]) -> tuple[Key, ...]:
    """Who reads a brief the unit has sent: the office's editors, and who writes in the joint units."""
    keys = [Key("unit", str(office.id), role) for role in EDITORS]
    keys += [Key("unit", str(number), role) for number in joint_ids for role in _MAKERS if role not in EDITORS]
    return tuple(keys)


def require_editor(person: Person) -> None:
    """Raises Denied for whoever doesn't edit for the office."""
    if not person.may(Permission.BRIEFS_EDIT):
        raise Denied("Only the office's editors do this.")


def may_comment(item: Item, person: Person) -> bool:
    """The office's editors and those who made the brief."""
    return person.may(Permission.BRIEFS_EDIT) or items.sees_inside(item, person)
