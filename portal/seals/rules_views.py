"""Pages of a unit's own rules for its seals (S-13, GZ26)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.seals import unit_rules, uploading
from portal.seals.applying_forms import RulesForm
from portal.units.models import Unit
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.files import send_stored

blueprint = Blueprint("seal_rules", __name__, url_prefix="/seals/rules")
MOST = 50


@blueprint.get("")
@requires(Permission.SEALS_VIEW)
def index() -> Any:
    """The rules of one's own unit, all versions, and who has read the newest."""
    return _page(RulesForm(formdata=None))


@blueprint.post("")
@requires(Permission.SEALS_AGREE, Permission.SEALS_APPLY)
def upload() -> Any:
    """Lay down a new version."""
    form = RulesForm()
    try:
        _take_in(form)
    except Invalid as error:
        form.attach(error)
        return _page(form)
    flash(
        gettext("The rules hold from now on. Each custodian is asked to read them before the next stamping."), "success"
    )
    return redirect(url_for(".index"), 303)


def _take_in(form: RulesForm) -> None:
    file = form.file.data
    if not file or not file.filename:
        raise Invalid("Choose the file.", field="file")
    db().commit()  # nothing is changed yet, and no lock may be held while the file is taken in
    brought = uploading.receive_pdf(runtime(), file.stream, file.filename)
    unit_rules.upload_rules(db(), current_person(), form.title.data or "", brought)


@blueprint.get("/missing")
@requires(Permission.SEALS_REGISTER)
def missing() -> str:
    """Units with seals in use and without rules."""
    g.nav = "seals.index"
    after = request.args.get("after", 0, type=int)
    rows = db().scalars(unit_rules.without_rules().where(Unit.id > after).limit(MOST + 1)).all()
    more = url_for(".missing", after=rows[MOST - 1].id) if len(rows) > MOST else None
    newest = url_for(".missing") if after else None
    return render_template("seals/rules_missing.html", units=rows[:MOST], older=more, newest=newest)


@blueprint.get("/<int:rules_id>/file")
@requires(Permission.SEALS_VIEW)
def file(rules_id: int) -> Any:
    """The rules themselves."""
    rules = unit_rules.get(db(), current_person(), rules_id)
    return send_stored(rules.digest, "application/pdf", f"{rules.title}.pdf", inline=True)


@blueprint.post("/<int:rules_id>/read")
@requires(Permission.SEALS_VIEW)
def acknowledge(rules_id: int) -> Any:
    """Whoever stamps says that they have read the newest version."""
    rules = unit_rules.get(db(), current_person(), rules_id)
    unit_rules.acknowledge(db(), rules, current_person())
    flash(gettext("It is recorded that you have read these rules."), "success")
    document = request.form.get("document", type=int)
    if document is not None:
        return redirect(url_for("documents.stamp", document_id=document), 303)
    return redirect(url_for(".index"), 303)


def _page(form: RulesForm) -> Any:
    person = current_person()
    g.nav = "seals.index"
    newest = unit_rules.newest(db(), person.unit_id)
    page = render_template(
        "seals/rules.html",
        form=form,
        unit=person.unit,
        newest=newest,
        versions=unit_rules.versions(db(), person.unit_id),
        readings=unit_rules.readings(db(), newest) if newest else [],
        unread=db().scalars(unit_rules.unread_for(person)).first() if person.acting is None else None,
        may_upload=unit_rules.may_upload(person),
        largest=uploading.LARGEST,
    )
    return page, 422 if form.errors else 200
