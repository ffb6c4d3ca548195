"""Files made of seals: asked for, being made, fetched."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for

from portal.core.permissions import Permission
from portal.seals import papers, queries
from portal.seals.paper_models import PAPER_LABELS, Paper, SealPaper
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.files import send_stored

blueprint = Blueprint("seal_papers", __name__, url_prefix="/seals")


@blueprint.post("/applications/<int:application_id>/form")
@requires(Permission.SEALS_VIEW)
def form(application_id: int) -> Any:
    """Ask for the printable form of an application."""
    person = current_person()
    application = queries.get_application(db(), person, application_id)
    return redirect(url_for(".paper", paper_id=papers.ask_form(db(), person, application).id), 303)


@blueprint.get("/papers/<int:paper_id>")
@requires(Permission.SEALS_VIEW)
def paper(paper_id: int) -> str:
    """A file that is being made, then its download."""
    g.nav = "seals.index"
    wanted = papers.get(db(), current_person(), paper_id)
    label = PAPER_LABELS[Paper(wanted.what)]
    return render_template("seals/paper.html", paper=wanted, label=label, back=_where_from(wanted))


@blueprint.get("/papers/<int:paper_id>/file")
@requires(Permission.SEALS_VIEW)
def paper_file(paper_id: int) -> Any:
    """The file."""
    digest, media_type, name = papers.file_of(papers.get(db(), current_person(), paper_id))
    return send_stored(digest, media_type, name)


def _where_from(paper: SealPaper) -> str:
    if paper.application_id is not None:
        return url_for("seals.application", application_id=paper.application_id)
    if paper.seal_id is not None:
        return url_for("seal_uses.book", seal_id=paper.seal_id)
    return url_for("seal_register.index")
