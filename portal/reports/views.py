"""Pages of special reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from wtforms.fields.choices import SelectChoice

from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ITEM_LABELS, ITEM_TONES, ItemState
from portal.content.models import Item
from portal.content.reading import note_reading
from portal.content.views.acts import MAKERS, attach_error, received, save, upload_values
from portal.content.views.pages import item_values, place_address, place_asked
from portal.core.clock import now, to_city
from portal.core.errors import AlreadyDone, Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people import queries as people
from portal.people.models import Person
from portal.reports import hooks, policy, queries
from portal.reports import operations as acts
from portal.reports.forms import InstructionForm, ReportForm, TimeForm
from portal.reports.models import Instruction
from portal.units import queries as units
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.navigation import INFORMATION, NavItem

blueprint = Blueprint("reports", __name__, url_prefix="/reports")
NAVIGATION = [
    NavItem(
        N_("Special reports"), "report", "reports.index", (Permission.CONTENT_VIEW,), 64, queries.unread, INFORMATION
    )
]

MOST_UNITS = 200
"""Names the list of units offers; any other may be typed."""


@blueprint.get("/")
@requires(Permission.CONTENT_VIEW)
def index() -> str:
    """Reports for me, newest first."""
    before, unread = place_asked(), request.args.get("unread") == "yes"
    page = queries.received(db(), current_person(), before, unread=unread)
    kept: dict[str, Any] = {"unread": "yes"} if unread else {}
    return render_template(
        "reports/index.html",
        rows=page.rows,
        read=items.read_ids(db(), current_person(), page.rows),
        unread=unread,
        newest=url_for(".index", **kept) if before else None,
        older=url_for(".index", **kept, **place_address(page.older)) if page.older else None,
    )


@blueprint.get("/written")
@requires(Permission.CONTENT_WRITE, Permission.CONTENT_APPROVE)
def written() -> str:
    """Our reports in every state."""
    g.nav, before = "reports.index", request.args.get("before", type=int)
    rows, more = queries.written(db(), current_person(), before)
    return render_template(
        "reports/written.html",
        rows=rows,
        now=now(),
        states={state: (ITEM_LABELS[state], ITEM_TONES[state]) for state in ItemState},
        newest=url_for(".written") if before else None,
        older=url_for(".written", before=rows[-1].id) if more else None,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.CONTENT_WRITE)
def new() -> Any:
    """Write a report to leaders; who approves it in the unit sees it next."""
    g.nav, person, form = "reports.index", current_person(), ReportForm()
    leaders = queries.leaders_above(db(), person)
    form.leaders.choices = [
        SelectChoice(one.id, f"{one.name}（{one.unit.short_name}{one.title}）")
        for one in leaders
        if one.id != person.id
    ]
    if form.validate_on_submit():
        try:
            files = received(form)
            item = acts.draft_report(
                db(),
                person,
                form.title.data or "",
                form.text.data or "",
                leaders=form.leaders.data or [],
                **form.times(),
            )
            form.version.data = str(item.version)
            save(form, item, person, files)
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The draft is saved. Look it over, then hand it in for approval."), "success")
            return redirect(url_for(".report", item_id=item.id), 303)
    page = render_template("reports/new.html", form=form, **upload_values())
    return page, 422 if form.errors else 200


@blueprint.get("/<int:item_id>")
@requires(Permission.CONTENT_VIEW, notes=True)
def report(item_id: int) -> str:
    """A report, for its readers and for those who made it."""
    item = items.get_readable(db(), current_person(), item_id, ItemKind.REPORT)
    page = _page(item, InstructionForm(formdata=None, unit=item.holder.name, days=runtime().rules.task_days))
    note_reading(runtime(), item, current_person())
    return page


def _page(item: Item, form: InstructionForm) -> str:
    g.nav, person = "reports.index", current_person()
    values = item_values(item, person)
    found = queries.instructions(db(), item, of=None if values["inside"] else person)
    may_instruct = policy.is_leader(person) and items.is_addressed(db(), person, item)
    return render_template(
        "reports/report.html",
        **values,
        report=queries.get_report(db(), item),
        now=now(),
        instructions=found,
        standings=_standings(found),
        form=form,
        may_instruct=may_instruct,
        units=units.find(db(), "", MOST_UNITS) if may_instruct else [],
    )


def _standings(found: Sequence[Instruction]) -> dict[int, hooks.Standing]:
    """How what was instructed stands, by the number of its request."""
    numbers = [one.task_id for one in found]
    answers = hooks.standings.call(db(), current_person(), numbers) if numbers else []
    return {number: standing for answer in answers for number, standing in answer.items()}


@blueprint.route("/<int:item_id>/time", methods=["GET", "POST"])
@requires(*MAKERS)
def time(item_id: int) -> Any:
    """From when and until when the leaders see it."""
    g.nav, person = "reports.index", current_person()
    item = _draft(item_id, person)
    report = queries.get_report(db(), item)
    form = TimeForm(
        shown_from=to_city(report.shown_from) if report.shown_from else None,
        shown_until=to_city(report.shown_until) if report.shown_until else None,
    )
    if form.validate_on_submit():
        try:
            acts.set_time(item, person, **form.times())
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The time is set."), "success")
            return redirect(url_for(".report", item_id=item.id), 303)
    return render_template("reports/time.html", form=form, item=item), 422 if form.errors else 200


def _draft(item_id: int, person: Person) -> Item:
    item = items.get_inside(db(), person, item_id)
    if item.kind != ItemKind.REPORT:
        raise NotFound(items.GONE)
    return item


@blueprint.post("/<int:item_id>/instruct")
@requires(Permission.CONTENT_VIEW)
def instruct(item_id: int) -> Any:
    """A leader writes an instruction, which goes out as a request."""
    person = current_person()
    item = items.get_readable(db(), person, item_id, ItemKind.REPORT)
    form = InstructionForm()
    if form.validate_on_submit():
        try:
            unit = units.named(db(), form.unit.data or item.holder.name)
            if unit is None:
                raise Invalid("There is no unit with exactly this name. Choose it from the list.", field="unit")
            named = people.named(db(), unit, form.person.data or "")
            acts.instruct(db(), item, person, form.text.data or "", form.days.data or 0, unit=unit, named=named)
        except (Invalid, Refused) as error:
            if isinstance(error, AlreadyDone):
                raise
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The instruction is given: %(name)s has it as a request.", name=unit.name), "success")
            return redirect(url_for(".report", item_id=item.id), 303)
    return _page(item, form), 422
