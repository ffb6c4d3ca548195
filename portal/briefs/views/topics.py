"""Topics the office asks units to write on."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from portal.briefs import topics as acts
from portal.briefs.forms import TopicForm
from portal.briefs.views.blueprint import blueprint, number, tabs
from portal.core.clock import today
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.units import queries as units
from portal.web.access import current_person, requires
from portal.web.database import db


@blueprint.get("/topics")
@requires(Permission.CONTENT_WRITE, Permission.CONTENT_APPROVE, Permission.BRIEFS_EDIT)
def topic_list() -> str:
    """Topics asked of my unit; for editors all."""
    before = number("before")
    rows, more = acts.listed(db(), current_person(), before)
    return render_template(
        "briefs/topics.html",
        tabs=tabs("topic_list"),
        rows=rows,
        today=today(),
        unit_id=current_person().unit_id,
        newest=url_for(".topic_list") if before else None,
        older=url_for(".topic_list", before=rows[-1].id) if more else None,
    )


@blueprint.route("/topics/new", methods=["GET", "POST"])
@requires(Permission.BRIEFS_EDIT)
def new_topic() -> Any:
    """Ask units to write on a topic."""
    form = TopicForm()
    if form.validate_on_submit():
        try:
            topic = acts.commission(
                db(),
                current_person(),
                form.title.data or "",
                form.text.data or "",
                form.unit_ids(db()),
                form.due_on.data or today(),
            )
        except Invalid as error:
            db().rollback()
            form.attach(error)
        else:
            flash(gettext("The units see the topic on their home pages now."), "success")
            return redirect(url_for(".topic", topic_id=topic.id), 303)
    tabs("topic_list")
    names = [unit.name for unit in units.find(db(), "", 200)]
    return render_template("briefs/new_topic.html", form=form, names=names), 422 if form.errors else 200


@blueprint.get("/topics/<int:topic_id>")
@requires(Permission.CONTENT_WRITE, Permission.CONTENT_APPROVE, Permission.BRIEFS_EDIT)
def topic(topic_id: int) -> str:
    """A topic: what is wanted, and for editors which units have written."""
    tabs("topic_list")
    person = current_person()
    found = acts.get_topic(db(), person, topic_id)
    edits = person.may(Permission.BRIEFS_EDIT)
    rows = [row for row in found.units if edits or row.unit_id == person.unit_id]
    return render_template(
        "briefs/topic.html", topic=found, rows=rows, edits=edits, today=today(), unit_id=person.unit_id
    )


@blueprint.post("/topics/<int:topic_id>/close")
@requires(Permission.BRIEFS_EDIT)
def close_topic(topic_id: int) -> Any:
    """No more is wanted."""
    acts.close(acts.get_topic(db(), current_person(), topic_id), current_person())
    flash(gettext("The topic is closed; it leaves the home pages of those who haven’t written."), "success")
    return redirect(url_for(".topic", topic_id=topic_id), 303)
