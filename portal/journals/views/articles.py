"""Making articles: entering, changing, moving and taking out."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.content import policy as item_policy
from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.models import Item
from portal.content.views.acts import attach_error, received, save, upload_values
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.journals import operations as acts
from portal.journals import queries
from portal.journals.forms import ArticleForm
from portal.journals.views.blueprint import blueprint
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.errors import say

WRITES = Permission.CONTENT_PUBLISH


@blueprint.route("/issues/<int:item_id>/articles/new", methods=["GET", "POST"])
@requires(WRITES)
def new_article(item_id: int) -> Any:
    """Add an article to an issue being made."""
    person, form = current_person(), ArticleForm()
    top = _editable(items.get_inside(db(), person, item_id), ItemKind.JOURNAL_ISSUE)
    if form.validate_on_submit():
        try:
            files = received(form)
            item = acts.draft_article(
                top,
                person,
                form.title.data or "",
                form.text.data or "",
                column=form.column.data or "",
                byline=form.byline.data or "",
            )
            form.version.data = str(item.version)
            save(form, item, person, files)
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The article is in the issue."), "success")
            return _to(item)
    return _page(form, top, None), 422 if form.errors else 200


@blueprint.route("/articles/<int:article_id>/edit", methods=["GET", "POST"])
@requires(WRITES)
def edit_article(article_id: int) -> Any:
    """Change an article of an issue being made."""
    person = current_person()
    item = _editable(items.get_inside(db(), person, article_id), ItemKind.ARTICLE)
    piece = next(one for one in queries.articles(db(), queries.issue_of(item)) if one.item.id == item.id)
    form = ArticleForm(
        title=item.title, text=item.text, version=str(item.version), column=piece.column, byline=piece.byline
    )
    if form.validate_on_submit():
        try:
            files = received(form)
            save(form, item, person, files)
            acts.change_article(item, person, column=form.column.data or "", byline=form.byline.data or "")
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The article is saved."), "success")
            return _to(item)
    return _page(form, queries.issue_of(item), item), 422 if form.errors else 200


def _page(form: ArticleForm, top: Item, item: Item | None) -> str:
    row = queries.issue_row(db(), top)
    return render_template(
        "journals/edit_article.html",
        form=form,
        top=top,
        item=item,
        row=row,
        columns=row.journal.columns.splitlines(),
        **upload_values(),
    )


@blueprint.post("/articles/<int:article_id>/move")
@requires(WRITES)
def move_article(article_id: int) -> Response:
    """Move an article up or down; the focus goes with it."""
    item = _of_kind(items.get_inside(db(), current_person(), article_id), ItemKind.ARTICLE)
    try:
        acts.move_article(item, current_person(), -1 if request.form.get("way") == "up" else 1)
    except Refused as error:
        flash(say(error), "warning")
    return _to(item)


@blueprint.post("/articles/<int:article_id>/remove")
@requires(WRITES)
def remove_article(article_id: int) -> Response:
    """Take an article out of an issue being made."""
    item = _of_kind(items.get_inside(db(), current_person(), article_id), ItemKind.ARTICLE)
    top = queries.issue_of(item)
    acts.remove_article(item, current_person())
    flash(gettext("The article is taken out."), "success")
    return redirect(url_for(".issue", item_id=top.id), 303)


def _of_kind(item: Item, kind: ItemKind) -> Item:
    if item.kind != kind:
        raise NotFound(items.GONE)
    return item


def _editable(item: Item, kind: ItemKind) -> Item:
    if not item_policy.may_edit(_of_kind(item, kind), current_person()):
        raise NotFound(items.GONE)
    return item


def _to(article: Item) -> Response:
    top = queries.issue_of(article)
    return redirect(url_for(".issue", item_id=top.id, _anchor=f"article-{article.id}"), 303)
