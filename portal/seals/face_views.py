"""The sample sheet of a unit's seal faces: true to size beside a ruler, with the measures they follow (S-2)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, url_for

from portal.core.permissions import Permission
from portal.seals import faces, queries
from portal.seals.models import SEAL_CLASS_LABELS, SealClass
from portal.units.models import UnitKind
from portal.web.access import current_person, requires
from portal.web.database import db

blueprint = Blueprint("seal_faces", __name__, url_prefix="/seals")


@blueprint.get("/applications/<int:application_id>/faces")
@requires(Permission.SEALS_VIEW)
def of_application(application_id: int) -> Any:
    """The faces that an application would have made."""
    application = queries.get_application(db(), current_person(), application_id)
    urls = {
        seal_class: url_for("seals.application_face", application_id=application.id, seal_class=seal_class)
        for seal_class in SealClass
    }
    back = url_for("seals.application", application_id=application.id)
    return _sheet(UnitKind(application.unit.kind), application.face_text, urls, back)


@blueprint.get("/apply/faces")
@requires(Permission.SEALS_APPLY)
def of_own_unit() -> Any:
    """The faces of one's own unit, before applying. Raises Invalid for a name no seal can hold."""
    unit = current_person().unit
    urls = {seal_class: url_for("seals.preview", seal_class=seal_class) for seal_class in SealClass}
    return _sheet(UnitKind(unit.kind), unit.name, urls, url_for("applying.choose"))


def _sheet(kind: UnitKind, name: str, urls: dict[SealClass, str], back: str) -> str:
    g.nav = "seals.index"
    drawn = {seal_class: faces.face_for(kind, name, seal_class) for seal_class in SealClass}
    return render_template(
        "seals/faces.html",
        name=name,
        drawn=[(_class, urls[_class], face, faces.measures(face)) for _class, face in drawn.items()],
        classes=SEAL_CLASS_LABELS,
        back=back,
    )
