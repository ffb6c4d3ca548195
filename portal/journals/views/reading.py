"""What readers see: new issues, journals and their archives, an issue, an article."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.content import feeds, jobs, texts
from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.reading import note_reading
from portal.content.views.pages import item_values, place_address, place_asked
from portal.core.permissions import Permission
from portal.journals import operations as acts
from portal.journals import policy, queries
from portal.journals.views.blueprint import blueprint
from portal.web.access import current_person, requires
from portal.web.database import db, runtime


@blueprint.get("/")
@requires(Permission.CONTENT_VIEW)
def index() -> str:
    """New issues for me, newest first; or what a search finds."""
    person, before, unread = current_person(), place_asked(), request.args.get("unread") == "yes"
    text = request.args.get("q", "").strip()[:100]
    page = feeds.Page([], None) if text else queries.received(db(), person, before, unread=unread)
    kept: dict[str, Any] = {"unread": "yes"} if unread else {}
    return render_template(
        "journals/index.html",
        q=text,
        looked_through=feeds.LOOKED_THROUGH,
        found=queries.search(db(), person, text),
        rows=page.rows,
        labels=queries.labels(db(), [item.id for item in page.rows]),
        read=items.read_ids(db(), person, page.rows),
        unread=unread,
        makes=policy.makes(person),
        newest=url_for(".index", **kept) if before else None,
        older=url_for(".index", **kept, **place_address(page.older)) if page.older else None,
    )


@blueprint.get("/all")
@requires(Permission.CONTENT_VIEW)
def journals() -> str:
    """The journals there are for me."""
    rows = queries.journals(db(), current_person())
    return render_template("journals/journals.html", rows=rows, makes=policy.makes(current_person()))


@blueprint.get("/<int:journal_id>")
@requires(Permission.CONTENT_VIEW)
def journal(journal_id: int) -> str:
    """A journal: what it is, and its archive by year."""
    person = current_person()
    found = queries.get_journal(db(), person, journal_id)
    years = queries.archive_years(db(), person, journal_id)
    year = request.args.get("year", years[0][0] if years else 0, type=int)
    rows = queries.archive(db(), person, journal_id, year)
    return render_template(
        "journals/journal.html",
        journal=found,
        years=years,
        year=year,
        rows=rows,
        read=items.read_ids(db(), person, [item for item, _row in rows]),
        follows=queries.follows(db(), person, found),
        edits=policy.edits(found, person),
        inside=policy.sees_inside(found, person),
    )


@blueprint.post("/<int:journal_id>/follow")
@requires(Permission.CONTENT_VIEW)
def follow(journal_id: int) -> Response:
    """Follow a journal."""
    acts.follow(db(), queries.get_journal(db(), current_person(), journal_id), current_person())
    flash(gettext("You follow this journal: its new issues lie on your home page until you open them."), "success")
    return redirect(url_for(".journal", journal_id=journal_id), 303)


@blueprint.post("/<int:journal_id>/unfollow")
@requires(Permission.CONTENT_VIEW)
def unfollow(journal_id: int) -> Response:
    """Follow it no more."""
    acts.unfollow(db(), queries.get_journal(db(), current_person(), journal_id), current_person())
    flash(gettext("You don’t follow this journal any more."), "success")
    return redirect(url_for(".journal", journal_id=journal_id), 303)


@blueprint.get("/issues/<int:item_id>")
@requires(Permission.CONTENT_VIEW, notes=True)
def issue(item_id: int) -> str:
    """An issue: contents, and for those who make it what is to be done."""
    person = current_person()
    item = items.get_readable(db(), person, item_id, ItemKind.JOURNAL_ISSUE)
    row = queries.issue_row(db(), item)
    pieces = queries.articles(db(), item)
    before, after = queries.neighbours(db(), person, item, row)
    changed = max([item.changed_at, *(piece.item.changed_at for piece in pieces)])
    page = render_template(
        "journals/issue.html",
        **item_values(item, person),
        row=row,
        pieces=pieces,
        columns=queries.by_column(pieces),
        before=before,
        after=after,
        setting=jobs.setting_of(db(), item),
        stale=row.proofed_at is not None and changed > row.proofed_at,
    )
    note_reading(runtime(), item, person)
    return page


@blueprint.get("/articles/<int:item_id>")
@requires(Permission.CONTENT_VIEW, notes=True)
def article(item_id: int) -> str:
    """An article with the contents of its issue, the one before and the one after."""
    person = current_person()
    item = items.get_readable(db(), person, item_id, ItemKind.ARTICLE)
    top = queries.issue_of(item)
    pieces = queries.articles(db(), top)
    place = next(place for place, piece in enumerate(pieces) if piece.item.id == item.id)
    page = render_template(
        "journals/article.html",
        **item_values(item, person),
        top=top,
        row=queries.issue_row(db(), top),
        piece=pieces[place],
        columns=queries.by_column(pieces),
        before=pieces[place - 1] if place else None,
        after=pieces[place + 1] if place + 1 < len(pieces) else None,
        words=len(texts.plain(item.text)),
    )
    for one in (top, item):  # whoever came straight to an article has opened the issue
        note_reading(runtime(), one, person)
    return page
