"""Writing a request, saying whom it asks, sending it; the whole request on one page."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.content import policy as item_policy
from portal.content.reading import note_reading
from portal.content.views.acts import attach_error, received, save, upload_values
from portal.content.views.pages import item_values
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission as P
from portal.people import queries as people
from portal.reports import queries as reports
from portal.tasks import operations as acts
from portal.tasks import policy, queries
from portal.tasks.forms import CancelForm, ReceiverForm, TaskForm
from portal.tasks.lifecycle import OPEN
from portal.tasks.models import Task
from portal.tasks.views.blueprint import blueprint, shown
from portal.units import queries as units
from portal.web.access import current_person, requires
from portal.web.database import db, runtime


@blueprint.route("/new", methods=["GET", "POST"])
@requires(P.TASKS_REQUEST)
def new() -> Any:
    """Write a request; whom it asks follows."""
    g.nav, person, rules = "tasks.index", current_person(), runtime().rules
    form = TaskForm(days=rules.task_days)
    if form.validate_on_submit():
        try:
            files = received(form)
            task = acts.draft_task(db(), person, rules, form.title.data or "", form.text.data or "", _terms(form))
            form.version.data = str(task.item.version)
            save(form, task.item, person, files)
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The draft is saved. Say whom you ask, then send it."), "success")
            return redirect(url_for(".receivers", item_id=task.item_id), 303)
    return _write_page(form, None), 422 if form.errors else 200


@blueprint.route("/<int:item_id>/edit", methods=["GET", "POST"])
@requires(P.TASKS_REQUEST)
def edit(item_id: int) -> Any:
    """Go on writing a draft."""
    g.nav, person, task = "tasks.index", current_person(), _draft(item_id)
    number = task.document.number if task.document else ""
    values = {"days": task.days, "instructed_by": task.instructed_by, "number": number}
    form = TaskForm(obj=None if request.method == "POST" else task.item, data=values)
    if form.validate_on_submit():
        try:
            files = received(form)
            save(form, task.item, person, files)
            acts.set_terms(task, person, runtime().rules, _terms(form))
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The draft is saved."), "success")
            return redirect(url_for(".task", item_id=item_id), 303)
    return _write_page(form, task), 422 if form.errors else 200


def _write_page(form: TaskForm, task: Task | None) -> str:
    supervises = policy.may_supervise(current_person())
    return render_template("tasks/write.html", form=form, task=task, supervises=supervises, **upload_values())


def _terms(form: TaskForm) -> acts.Terms:
    """What was entered. Raises Invalid for a document the person may not see."""
    number = (form.number.data or "").strip()
    document = queries.document_named(db(), current_person(), number) if number else None
    if number and document is None:
        raise Invalid("You have no document with this number.", field="number")
    leader = form.instructed_by.data or ""
    return acts.Terms(form.days.data, leader, document.id if document else None)


def _draft(item_id: int) -> Task:
    task = queries.get_draft(db(), current_person(), item_id)
    if not item_policy.may_edit(task.item, current_person()):
        raise NotFound("There is no such page, or it is not yours to see.")
    return task


@blueprint.route("/<int:item_id>/receivers", methods=["GET", "POST"])
@requires(P.TASKS_REQUEST)
def receivers(item_id: int) -> Any:
    """Whom a draft asks: the list, and one more."""
    g.nav, task, form = "tasks.index", _draft(item_id), ReceiverForm()
    if form.validate_on_submit():
        try:
            unit = units.named(db(), form.unit.data or "")
            if unit is None:
                raise Invalid("There is no unit with exactly this name. Choose it from the list.", field="unit")
            named = people.named(db(), unit, form.person.data or "")
            acts.add_receiver(task, current_person(), unit, named)
        except Invalid as error:
            form.attach(error)
        else:
            return redirect(url_for(".receivers", item_id=item_id), 303)
    known = units.find(db(), "", 200)
    return render_template("tasks/receivers.html", task=task, form=form, units=known), 422 if form.errors else 200


@blueprint.post("/<int:item_id>/receivers/<int:assignment_id>/remove")
@requires(P.TASKS_REQUEST)
def remove_receiver(item_id: int, assignment_id: int) -> Response:
    """Take a receiver out of a draft."""
    task = _draft(item_id)
    row = next((row for row in task.assignments if row.id == assignment_id), None)
    if row is None:
        raise NotFound("There is no such page, or it is not yours to see.")
    acts.remove_receiver(task, current_person(), row)
    return redirect(url_for(".receivers", item_id=item_id), 303)


@blueprint.get("/<int:item_id>")
@requires(P.CONTENT_VIEW, notes=True)
def task(item_id: int) -> str:
    """The whole request: for the side that asked with every receiver, for a receiver with its own part."""
    found = queries.get_task(db(), current_person(), item_id)
    page = _task_page(found, CancelForm())
    note_reading(runtime(), found.item, current_person())
    return page


@blueprint.post("/<int:item_id>/cancel")
@requires(P.TASKS_REQUEST)
def cancel(item_id: int) -> Any:
    """Call the whole request off."""
    found, form = queries.get_draft(db(), current_person(), item_id), CancelForm()
    try:
        acts.cancel_all(found, current_person(), form.cancel_reason.data or "")
    except Invalid as error:
        form.attach(error)
        return _task_page(found, form), 422
    flash(gettext("The request is cancelled; the receivers read why."), "success")
    return redirect(url_for(".task", item_id=item_id), 303)


def _task_page(found: Task, form: CancelForm) -> str:
    g.nav, person = "tasks.index", current_person()
    rows = queries.seen_in(found, person)
    return render_template(
        "tasks/task.html",
        **item_values(found.item, person),
        task=found,
        rows=rows,
        shown=shown,
        form=form,
        ours=policy.asks(found, person),
        may_cancel=policy.decides(found, person) and any(row.state in OPEN for row in rows),
        document=document_of(found),
        report=reports.report_of(db(), person, found.item_id),
    )


def document_of(found: Task) -> Any:
    """The document the request is about, for whoever may follow the link; others see its number."""
    document = found.document
    if document is None:
        return None
    seen = queries.sees_document(db(), current_person(), document.id)
    url = url_for("documents.show", document_id=document.id) if seen else None
    return {"title": document.title, "number": document.number, "url": url}
