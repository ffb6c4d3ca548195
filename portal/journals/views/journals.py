"""Making journals: founding, changing, who reads them as a rule, and their figures."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.content.forms import ReaderForm
from portal.content.views.acts import attach_error
from portal.content.views.scopes import excludes, group_choices, key_of, line_pressed, scope_values
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.journals import figures, queries
from portal.journals import operations as acts
from portal.journals.forms import JournalForm
from portal.journals.models import Journal
from portal.journals.views.blueprint import MAKERS, blueprint
from portal.web.access import current_person, requires
from portal.web.database import db


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.CONTENT_PUBLISH)
def new() -> Any:
    """Found a journal; its readers follow."""
    form = JournalForm(editors=current_person().account)
    if form.validate_on_submit():
        try:
            journal = acts.found_journal(db(), current_person(), form.masthead)
        except Invalid as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The journal is founded. Say who reads it as a rule."), "success")
            return redirect(url_for(".readers", journal_id=journal.id), 303)
    return render_template("journals/masthead.html", form=form, journal=None), 422 if form.errors else 200


@blueprint.route("/<int:journal_id>/edit", methods=["GET", "POST"])
@requires(Permission.CONTENT_PUBLISH)
def edit(journal_id: int) -> Any:
    """Change what a journal is called, or end it."""
    journal = queries.get_inside(db(), current_person(), journal_id, edits=True)
    form = JournalForm.of(journal)
    if form.validate_on_submit():
        try:
            acts.change_journal(journal, current_person(), form.masthead, closed=bool(form.closed.data))
        except Invalid as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The journal is kept."), "success")
            return redirect(url_for(".journal", journal_id=journal_id), 303)
    return render_template("journals/masthead.html", form=form, journal=journal), 422 if form.errors else 200


@blueprint.route("/<int:journal_id>/readers", methods=["GET", "POST"])
@requires(Permission.CONTENT_PUBLISH)
def readers(journal_id: int) -> Any:
    """Who reads a journal as a rule: each new issue begins with that."""
    journal, form = queries.get_inside(db(), current_person(), journal_id, edits=True), ReaderForm()
    form.group.choices = group_choices()
    if form.validate_on_submit():
        try:
            acts.add_default_reader(journal, current_person(), key_of(form), excluded=excludes(form))
        except Invalid as error:
            form.attach(error)
        else:
            return redirect(url_for(".readers", journal_id=journal_id), 303)
    return _scope_page(journal, form), 422 if form.errors else 200


def _scope_page(journal: Journal, form: ReaderForm) -> str:
    values = scope_values(queries.default_scope(journal), form, "journals.readers", journal_id=journal.id)
    return render_template("journals/readers.html", journal=journal, **values)


@blueprint.post("/<int:journal_id>/readers/remove")
@requires(Permission.CONTENT_PUBLISH)
def remove_line(journal_id: int) -> Response:
    """Take a line out of the scope of a journal."""
    journal = queries.get_inside(db(), current_person(), journal_id, edits=True)
    key, excluded = line_pressed()
    acts.remove_default_reader(journal, current_person(), key, excluded=excluded)
    flash(gettext("The line is taken out."), "success")
    return redirect(url_for(".readers", journal_id=journal_id), 303)


@blueprint.get("/<int:journal_id>/figures")
@requires(*MAKERS)
def statistics(journal_id: int) -> str:
    """Readership of a journal by issue, month and unit, and the paper saved."""
    journal = queries.get_inside(db(), current_person(), journal_id)
    issues = figures.issues(db(), journal_id)
    return render_template(
        "journals/figures.html",
        journal=journal,
        issues=issues,
        months=figures.months(db(), journal_id),
        units=figures.units(db(), journal_id),
        readers=sum(one.readers for one in issues),
        saved=sum(one.saved for one in issues),
    )
