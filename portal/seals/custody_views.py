"""The page of a seal's custody: who keeps it, by which keys, how many must act, whether the record is genuine."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, g, render_template

from portal.core.permissions import Permission
from portal.seals import custody, presentation, queries
from portal.seals.models import SEAL_CLASS_LABELS
from portal.web.access import current_person, requires
from portal.web.database import db, runtime

blueprint = Blueprint("custody", __name__, url_prefix="/seals")


@blueprint.get("/<int:seal_id>/custody")
@requires(Permission.SEALS_VIEW)
def show(seal_id: int) -> Any:
    """The signed record in words, to print and file."""
    seal = queries.get_seal(db(), current_person(), seal_id)
    g.nav = "seals.index"
    facts = json.loads(seal.custody_record)
    return render_template(
        "seals/custody.html",
        seal=seal,
        custody=custody.of(seal),
        facts=facts,
        genuine=custody.is_genuine(seal, runtime().settings.custody_key_file),
        signed_in=queries.ceremony_numbered(db(), seal.custody_sequence),
        current={keeper.person_id for keeper in seal.keepers},
        state=presentation.seal_badge(seal),
        classes=SEAL_CLASS_LABELS,
        group_labels=custody.GROUP_LABELS,
    )
