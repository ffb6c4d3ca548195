"""Looking for units and people while an item is written or its readers are set."""

from __future__ import annotations

from flask import Response, jsonify, render_template, request

from portal.content import addressees as choosing
from portal.content.views.blueprint import blueprint
from portal.core.permissions import Permission
from portal.web.access import current_person, requires
from portal.web.database import db


@blueprint.get("/addressees")
@requires(Permission.CONTENT_VIEW)
def addressees() -> str:
    """Those found by a text or in an address group, as boxes to tick."""
    group = request.args.get("group", 0, type=int) if request.args.get("pick") == "group" else 0
    find = "" if group else " ".join(request.args.get("find", "").split())
    found = choosing.look(db(), current_person(), find=find, group=group)
    return render_template("content/addressees.html", found=found, looked=bool(find or group))


@blueprint.get("/names")
@requires(Permission.CONTENT_VIEW)
def names() -> Response:
    """Names of units or people that fit, for the list under a text field."""
    find = " ".join(request.args.get("find", "").split())
    people = request.args.get("of") == "person"
    look = choosing.people_names if people else choosing.unit_names
    return jsonify(look(db(), current_person(), find) if find else [])
