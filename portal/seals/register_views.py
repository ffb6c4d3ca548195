"""The register of all seals, the life of one, and the files made of them (S-12)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.permissions import Permission
from portal.seals import life, papers, presentation, queries, register
from portal.seals.lifecycle import SEAL_LABELS
from portal.seals.models import APPLICATION_KIND_LABELS, SEAL_CLASS_LABELS
from portal.seals.paper_models import Format
from portal.web.access import current_person, requires
from portal.web.database import db

blueprint = Blueprint("seal_register", __name__, url_prefix="/seals")
FILTERS = ("unit", "seal_class", "state", "ends")


@blueprint.get("/register")
@requires(Permission.SEALS_REGISTER)
def index() -> str:
    """All seals there ever were."""
    wanted = _filters(request.args, request.args.get("before", type=int))
    g.nav = "seals.index"
    rows, more = register.page(db(), wanted)
    kept = {name: value for name, value in wanted.facts().items() if value}
    return render_template(
        "seals/register.html",
        rows=rows,
        wanted=wanted,
        filtered=bool(kept),
        classes=SEAL_CLASS_LABELS,
        class_choices=[(str(key), gettext(label)) for key, label in SEAL_CLASS_LABELS.items()],
        states=[(str(key), gettext(label)) for key, label in SEAL_LABELS.items()],
        ends=[(str(days), gettext("Ends within %(days)s days", days=days)) for days in register.WARNINGS],
        labels=SEAL_LABELS,
        tones=presentation.SEAL_TONES,
        warning=register.warning,
        days_left=register.days_left,
        newest=url_for(".index", **kept) if wanted.before else None,
        older=url_for(".index", **kept, before=rows[-1].id) if more else None,
        formats=list(Format),
    )


@blueprint.post("/register/file")
@requires(Permission.SEALS_REGISTER)
def as_file() -> Any:
    """Ask for the register as a file, filtered as shown."""
    text = request.form.get("format", "")
    kind = Format(text) if text in list(Format) else Format.XLSX
    paper = papers.ask_register(db(), current_person(), kind, _filters(request.form).facts())
    return redirect(url_for("seal_papers.paper", paper_id=paper.id), 303)


@blueprint.get("/<int:seal_id>/life")
@requires(Permission.SEALS_VIEW)
def seal_life(seal_id: int) -> str:
    """Everything that happened to a seal."""
    seal = queries.get_seal(db(), current_person(), seal_id)
    g.nav = "seals.index"
    return render_template(
        "seals/life.html",
        seal=seal,
        state=presentation.seal_badge(seal),
        classes=SEAL_CLASS_LABELS,
        kinds=APPLICATION_KIND_LABELS,
        happenings=life.life_of(db(), seal),
        applications=life.concerning(db(), seal),
        badge=presentation.application_badge,
    )


def _filters(values: Any, before: int | None = None) -> register.Wanted:
    texts = {name: values.get(name, "").strip() for name in FILTERS}
    return replace(register.Wanted(**texts), before=before)
