"""Pages of imports: bring a file, see what it would do, confirm, see what became of it; lists of people to take."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField, FileRequired
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.validators import InputRequired

from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.registration import import_scope, import_tables, imports
from portal.registration.import_lifecycle import STATE_LABELS, STATE_TONES, UNDER_WAY, ImportState
from portal.registration.import_models import WHAT_LABELS, ImportProblem, ImportRun, What
from portal.registration.import_words import COLUMNS
from portal.units.policy import Scope
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.forms import PortalForm
from portal.web.navigation import REGISTER, NavItem

blueprint = Blueprint("imports", __name__, url_prefix="/registration/imports")
NAVIGATION = [
    NavItem(
        N_("Imports and lists"), "upload", "imports.index", (Permission.REGISTRATION_IMPORT,), order=80, group=REGISTER
    )
]
PAGE_ROWS = 20
SHOWN_PROBLEMS = 100
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ImportForm(PortalForm):
    """A file with what it holds."""

    what = RadioField(_("The file holds"), [InputRequired()])
    file = FileField(_("File"), [FileRequired()])


@blueprint.get("")
@requires(Permission.REGISTRATION_IMPORT)
def index() -> str:
    """The imports of one's scope, newest first."""
    person, before = current_person(), request.args.get("before", type=int)
    statement = select(ImportRun).order_by(ImportRun.id.desc()).limit(PAGE_ROWS + 1)
    own = import_scope.scope_of(person)
    if own != Scope.CITY:
        statement = statement.where(ImportRun.unit_id == person.unit_id, ImportRun.scope == own)
    if before is not None:
        statement = statement.where(ImportRun.id < before)
    rows = db().scalars(statement).all()
    older = url_for("imports.index", before=rows[PAGE_ROWS - 1].id) if len(rows) > PAGE_ROWS else None
    return render_template(
        "registration/imports.html",
        rows=rows[:PAGE_ROWS],
        older=older,
        first=before is None,
        **_words(),
        kinds=import_scope.kinds_for(person),
    )


def _words() -> dict[str, Any]:
    return {"what_labels": WHAT_LABELS, "state_labels": STATE_LABELS, "state_tones": STATE_TONES}


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.REGISTRATION_IMPORT)
def new() -> Any:
    """Bring a file."""
    g.nav = "imports.index"
    person, form = current_person(), ImportForm()
    kinds = import_scope.kinds_for(person)
    form.what.choices = [(what.value, gettext(WHAT_LABELS[what])) for what in kinds]
    form.what.data = form.what.data or What.PEOPLE.value
    if form.validate_on_submit():
        file, what = form.file.data, What(form.what.data)
        try:
            run = imports.bring_file(
                runtime(), db(), person, what=what, filename=file.filename or "", stream=file.stream
            )
            return redirect(url_for("imports.show", run_id=run.id), 303)
        except Invalid as error:
            form.attach(error)
    page = render_template(
        "registration/import_new.html",
        form=form,
        kinds=kinds,
        columns=COLUMNS,
        tables=import_tables,
        **_words(),
    )
    return page, 422 if form.errors else 200


@blueprint.get("/templates/<any(people,units):what>.<any(csv,xlsx):kind>")
@requires(Permission.REGISTRATION_IMPORT)
def template(what: str, kind: str) -> Response:
    """The empty file to fill in."""
    name = {"people": "人员导入模板", "units": "单位导入模板"}[what]
    content = BytesIO(import_tables.template(What(what), kind))
    return send_file(content, mimetype=MEDIA[kind], as_attachment=True, download_name=f"{name}.{kind}")


@blueprint.get("/<int:run_id>")
@requires(Permission.REGISTRATION_IMPORT)
def show(run_id: int) -> str:
    """An import: how far it is, what it would do, what is wrong, what became of it."""
    g.nav = "imports.index"
    run = import_scope.get_for(db(), current_person(), run_id)
    shown = db().scalars(_problems(run).limit(SHOWN_PROBLEMS)).all()
    return render_template(
        "registration/import.html",
        run=run,
        problems=shown,
        under_way=run.state in UNDER_WAY,
        said=[gettext(problem.message) % problem.params for problem in shown],
        why=gettext(run.error) % (run.error_params or {}) if run.error else "",
        kept=imports.MOST_PROBLEMS,
        expires=run.asked_at + timedelta(days=1),
        **_words(),
    )


def _problems(run: ImportRun) -> Any:
    return select(ImportProblem).where(ImportProblem.run_id == run.id).order_by(ImportProblem.line, ImportProblem.id)


@blueprint.get("/<int:run_id>/problems.csv")
@requires(Permission.REGISTRATION_IMPORT)
def problems(run_id: int) -> Response:
    """Everything that is wrong in the file, as a table."""
    run = import_scope.get_for(db(), current_person(), run_id)
    rows = [[gettext("Line"), gettext("Column"), gettext("What is wrong")]]
    rows += [
        [str(item.line), item.heading, gettext(item.message) % item.params] for item in db().scalars(_problems(run))
    ]
    content = BytesIO(import_tables.table_bytes(rows, "csv", sheet=""))
    return send_file(content, mimetype=MEDIA["csv"], as_attachment=True, download_name=f"导入{run.id}问题清单.csv")


@blueprint.post("/<int:run_id>/confirm")
@requires(Permission.REGISTRATION_IMPORT)
def confirm(run_id: int) -> Response:
    """Have the checked lines written."""
    run = import_scope.get_for(db(), current_person(), run_id, lock=True)
    imports.confirm_import(run, current_person(), good_only=request.form.get("good_only") == "yes")
    return redirect(url_for("imports.show", run_id=run.id), 303)


@blueprint.post("/<int:run_id>/discard")
@requires(Permission.REGISTRATION_IMPORT)
def discard(run_id: int) -> Response:
    """Give the import up."""
    run = import_scope.get_for(db(), current_person(), run_id, lock=True)
    if run.state == ImportState.CHECKED and request.form.get("confirmed") != "yes":
        raise Invalid("Tick that you confirm it.")
    imports.discard_import(run, current_person())
    flash(gettext("The import was discarded; nothing was written."), "success")
    return redirect(url_for("imports.index"), 303)


@blueprint.post("/lists")
@requires(Permission.REGISTRATION_IMPORT)
def ask_list() -> Response:
    """Ask for the list of the people one looks after."""
    wanted = imports.ask_list(db(), current_person(), request.form.get("kind", ""))
    return redirect(url_for("imports.people_list", list_id=wanted.id), 303)


@blueprint.get("/lists/<int:list_id>")
@requires(Permission.REGISTRATION_IMPORT)
def people_list(list_id: int) -> str:
    """A list while it is made, and the way to it."""
    g.nav = "imports.index"
    wanted = import_scope.list_for(db(), current_person(), list_id)
    return render_template("registration/import_list.html", wanted=wanted, under_way=wanted.digest is None)


@blueprint.get("/lists/<int:list_id>/file")
@requires(Permission.REGISTRATION_IMPORT)
def list_file(list_id: int) -> Response:
    """The list itself."""
    wanted = import_scope.list_for(db(), current_person(), list_id)
    if wanted.digest is None:
        raise NotFound(import_scope.NOT_THERE)
    file = imports.store_of(runtime(), wanted.token).open(wanted.digest)
    return send_file(
        file,
        mimetype=MEDIA[wanted.kind],
        as_attachment=True,
        download_name=f"使用人员名册.{wanted.kind}",
        conditional=False,
        etag=False,
    )
