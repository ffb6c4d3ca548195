"""The recipients' picker of the editor: rows that are chosen, and a finder for more.

With script the finder takes only its own part out of the ordinary page; without, it posts the whole form, keeps what
was typed and saves nothing.
"""

from __future__ import annotations

from typing import Any

from flask import request

from portal.documents import picking
from portal.documents.forms import Picker, posted_recipients, stored_recipients
from portal.documents.models import Document, RecipientKind
from portal.units import groups
from portal.units.queries import by_ids
from portal.web.access import current_person
from portal.web.database import db

FINDING = "pick"
"""The button that was pressed: `find`, or the kind as which a group's units are added."""


def picker_for(document: Document | None) -> Picker:
    """What is chosen, from the form or from the document, with the units the finder shows."""
    posted = request.method == "POST"
    chosen = posted_recipients(request.form) if posted else stored_recipients(document.recipients if document else [])
    picker = Picker(chosen, by_ids(db(), list(chosen)) if chosen else {}, current_person().unit_id)
    pick, find = request.values.get(FINDING, ""), _text()
    if pick in tuple(RecipientKind) and (members := _group()):
        if posted:
            picker.add(members, pick)
        else:
            picker.offer(members, pick)
            return picker
    if find and pick == "find":
        picker.offer(picking.found(db(), find))
    else:
        picker.offer(picking.offered(db(), current_person().unit_id, len(picker.rows)))
        del picker.found[picking.OFFERED :]
    return picker


def finder() -> dict[str, Any]:
    """What the finder's boxes show."""
    text = _text() if request.values.get(FINDING) == "find" else ""
    return {"text": text, "groups": groups.names_of(db(), current_person()), "group": request.values.get("group", "")}


def _text() -> str:
    return request.values.get("find", "").strip()[:100]


def _group() -> list[Any]:
    """The units of the group that was named, if it can be addressed by this person."""
    named = request.values.get("group", type=int)
    if named is None:
        return []
    return list(groups.members(db(), groups.get_for(db(), current_person(), named)))
