"""The editors' desk of the office."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.briefs import editing, queries, scoring
from portal.briefs.forms import AwardForm, DecisionForm
from portal.briefs.lifecycle import BriefState
from portal.briefs.models import Award
from portal.briefs.views.blueprint import blueprint, number, tabs
from portal.briefs.views.pages import ITEM_STATES, STATES, adopted_page, brief_page
from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.errors import say

SHOWN = (BriefState.WAITING, BriefState.ADOPTED, BriefState.NOT_USED, BriefState.RETURNED)


@blueprint.get("/desk")
@requires(Permission.BRIEFS_EDIT)
def desk() -> str:
    """What units have sent, by what became of it; several can be made into one text."""
    wanted, before = request.args.get("state", ""), number("before")
    state = BriefState(wanted) if wanted in SHOWN else BriefState.WAITING
    rows, more = queries.at_desk(db(), current_person(), state, before)
    return render_template(
        "briefs/desk.html",
        tabs=tabs("desk"),
        state=state,
        shown=SHOWN,
        states=STATES,
        item_states=ITEM_STATES,
        rows=rows,
        taken=queries.taken_up(db(), [item.id for item, _ in rows]),
        making=queries.adopted_own(db(), current_person()) if before is None else [],
        newest=url_for(".desk", state=state) if before else None,
        older=url_for(".desk", state=state, before=rows[-1][0].id) if more else None,
    )


@blueprint.post("/take-up")
@requires(Permission.BRIEFS_EDIT)
def take_up() -> Any:
    """Make one text of the chosen briefs."""
    numbers = [int(one) for one in request.form.getlist("brief") if one.isdecimal()]
    found = queries.chosen(db(), current_person(), numbers) if numbers else []
    try:
        text = editing.take_up(db(), current_person(), found, request.form.get("title", ""))
    except (Invalid, Refused) as error:
        db().rollback()
        flash(say(error), "danger")
        return redirect(url_for(".desk"), 303)
    flash(gettext("A text is begun from what you chose. Edit it, say who reads it, then hand it in."), "success")
    return redirect(url_for(".adopted", item_id=text.id), 303)


ACTS = {"return": editing.send_back, "pass-over": editing.pass_over}


@blueprint.post("/<int:item_id>/decide/<decision>")
@requires(Permission.BRIEFS_EDIT)
def decide(item_id: int, decision: str) -> Any:
    """Return a brief or set it aside, with the reason."""
    if decision not in ACTS:
        raise NotFound(items.GONE)
    item = items.get_readable(db(), current_person(), item_id, ItemKind.BRIEF)
    form = DecisionForm()
    try:
        ACTS[decision](item, current_person(), form.reason.data or "")
    except Invalid as error:
        form.attach(error)
        return brief_page(item, decision=form), 422
    flash(gettext("Done; the unit reads your reason."), "success")
    return redirect(url_for(".desk"), 303)


@blueprint.post("/adopted/<int:item_id>/award")
@requires(Permission.BRIEFS_EDIT)
def award(item_id: int) -> Any:
    """Points for a higher level or a leader's instruction."""
    item = items.get_readable(db(), current_person(), item_id, ItemKind.ADOPTED_BRIEF)
    form = AwardForm()
    if form.validate_on_submit():
        try:
            scoring.award_adopted(db(), item, current_person(), Award(form.award.data), form.note.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The points are given to every unit of this text."), "success")
            return redirect(url_for(".adopted", item_id=item.id), 303)
    return adopted_page(item, form), 422
