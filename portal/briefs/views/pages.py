"""Adopted texts for their readers; writing, and the page of a brief."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.briefs import editing, policy, queries, scoring, topics
from portal.briefs import operations as acts
from portal.briefs.forms import AwardForm, BriefForm, CommentForm, DecisionForm, ParticularsForm
from portal.briefs.lifecycle import BRIEF, BRIEF_LABELS, BRIEF_TONES, BriefAct, BriefState
from portal.briefs.models import AWARD_LABELS, Brief
from portal.briefs.views.blueprint import blueprint, number, tabs
from portal.content import queries as items
from portal.content.kinds import ItemKind
from portal.content.lifecycle import ITEM_LABELS, ITEM_TONES, ItemState
from portal.content.models import Item
from portal.content.reading import note_reading
from portal.content.views.acts import MAKERS, attach_error, received, save, upload_values
from portal.content.views.pages import item_values, place_address, place_asked
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.web.access import current_person, requires
from portal.web.database import db, runtime

STATES = {state: (BRIEF_LABELS[state], BRIEF_TONES[state]) for state in BriefState}
ITEM_STATES = {state: (ITEM_LABELS[state], ITEM_TONES[state]) for state in ItemState}


def state_of(item: Item, brief: Brief) -> tuple[str, str]:
    """Where a brief stands: in its unit until it is sent, then with the office."""
    return STATES[BriefState(brief.state)] if item.state == ItemState.PUBLISHED else ITEM_STATES[ItemState(item.state)]


@blueprint.get("/")
@requires(Permission.CONTENT_VIEW)
def index() -> str:
    """Adopted texts the office lets me read."""
    before = place_asked()
    page = queries.adopted(db(), current_person(), before)
    return render_template(
        "briefs/index.html",
        tabs=tabs("index"),
        rows=page.rows,
        read=items.read_ids(db(), current_person(), page.rows),
        newest=url_for(".index") if before else None,
        older=url_for(".index", **place_address(page.older)) if page.older else None,
    )


@blueprint.get("/written")
@requires(Permission.CONTENT_WRITE, Permission.CONTENT_APPROVE)
def written() -> str:
    """Ours in every state, with what the office made of it."""
    before = number("before")
    rows, more = queries.written(db(), current_person(), before)
    return render_template(
        "briefs/written.html",
        tabs=tabs("written"),
        rows=rows,
        state_of=state_of,
        newest=url_for(".written") if before else None,
        older=url_for(".written", before=rows[-1][0].id) if more else None,
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.CONTENT_WRITE)
def new() -> Any:
    """Write information for the office; `topic` and `revises` in the address fill the marks."""
    person, form = current_person(), BriefForm()
    _offer(form)
    if request.method == "GET":
        _prefill(form)
    if form.validate_on_submit():
        try:
            files = received(form)
            about = form.particulars(db())
            form.title.data = policy.marked(form.title.data or "", about.mark)
            item = acts.draft_brief(db(), person, form.title.data, form.text.data or "", about)
            form.version.data = str(item.version)
            save(form, item, person, files)
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            flash(gettext("The draft is saved. Look it over, then hand it in for approval."), "success")
            return redirect(url_for(".brief", item_id=item.id), 303)
    tabs("written")
    return render_template("briefs/new.html", form=form, **upload_values()), 422 if form.errors else 200


def _offer(form: ParticularsForm, brief: Brief | None = None) -> None:
    drafts = queries.revisable(db(), current_person())
    form.offer(topics.offered(db(), current_person()), drafts)


def _prefill(form: BriefForm) -> None:
    topic, revises = number("topic"), number("revises")
    if topic in {choice.value for choice in form.topic.choices}:
        form.mark.data, form.topic.data = "commissioned", topic
    drafts = {one.id: one for one in queries.revisable(db(), current_person())}
    if revises in drafts:
        former = drafts[revises]
        form.mark.data, form.revises.data = "revised", revises
        form.title.data, form.text.data = policy.marked(former.title, "none"), former.text
        _fill(form, queries.get_brief(db(), former))


def _fill(form: ParticularsForm, brief: Brief) -> None:
    form.authors.data = brief.authors
    form.joint.data = "\n".join(f"{row.unit.name}：{row.authors}" for row in brief.joint)
    if brief.topic_id in {choice.value for choice in form.topic.choices}:
        form.topic.data = brief.topic_id


@blueprint.route("/<int:item_id>/particulars", methods=["GET", "POST"])
@requires(*MAKERS)
def particulars(item_id: int) -> Any:
    """Marks, authors and joint units of a draft."""
    person = current_person()
    item = items.get_inside(db(), person, item_id)
    if item.kind != ItemKind.BRIEF:
        raise NotFound(items.GONE)
    brief, form = queries.get_brief(db(), item), ParticularsForm()
    _offer(form)
    if request.method == "GET":
        _fill(form, brief)
        form.mark.data, form.revises.data = brief.mark, brief.revises_id or 0
    if form.validate_on_submit():
        try:
            acts.set_particulars(item, person, form.particulars(db()))
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The draft is saved."), "success")
            return redirect(url_for(".brief", item_id=item.id), 303)
    tabs("written")
    return render_template("briefs/particulars.html", form=form, item=item), 422 if form.errors else 200


@blueprint.get("/<int:item_id>")
@requires(Permission.CONTENT_VIEW, notes=True)
def brief(item_id: int) -> str:
    """A brief, for its unit, its joint units and the office's editors."""
    item = items.get_readable(db(), current_person(), item_id, ItemKind.BRIEF)
    page = brief_page(item)
    note_reading(runtime(), item, current_person())
    return page


def brief_page(item: Item, comment: CommentForm | None = None, decision: DecisionForm | None = None) -> str:
    """The page of a brief; the forms hold what was refused."""
    tabs("written")
    person, found = current_person(), queries.get_brief(db(), item)
    values, edits = item_values(item, person), person.may(Permission.BRIEFS_EDIT)
    made = queries.being_made_of(db(), item.id) if edits else None
    out = item.state == ItemState.PUBLISHED
    return render_template(
        "briefs/brief.html",
        **values | {"state": state_of(item, found)},
        brief=found,
        edits=edits and out,
        revises=_seen(found.revises),
        revised_by=queries.revised_by(db(), item),
        may_revise=values["inside"]
        and person.may(Permission.CONTENT_WRITE)
        and out
        and _allows(found, BriefAct.REPLACE),
        may_return=edits and out and _allows(found, BriefAct.RETURN),
        may_adopt=edits and out and _allows(found, BriefAct.ADOPT) and made is None,
        made=made,
        texts=[one for one in queries.made_into(db(), item) if items.may_read(db(), person, one)],
        scores=scoring.scores(db(), found) if values["inside"] or edits else [],
        awards=AWARD_LABELS,
        comments=queries.comments(db(), item) if policy.may_comment(item, person) else [],
        may_comment=policy.may_comment(item, person) and item.state != ItemState.DISCARDED,
        comment=comment or CommentForm(formdata=None),
        decision=decision or DecisionForm(formdata=None),
    )


def _allows(found: Brief, act: BriefAct) -> bool:
    return BRIEF.allows(found.state, act)


def _seen(former: Item | None) -> Item | None:
    return former if former is not None and items.may_read(db(), current_person(), former) else None


@blueprint.post("/<int:item_id>/comment")
@requires(Permission.CONTENT_VIEW)
def comment(item_id: int) -> Any:
    """A remark of the office or the unit."""
    item = items.get_readable(db(), current_person(), item_id, ItemKind.BRIEF)
    form = CommentForm()
    try:
        editing.comment(item, current_person(), form.text.data or "")
    except Invalid as error:
        form.attach(error)
        return brief_page(item, comment=form), 422
    flash(gettext("The comment is kept; the other side reads it."), "success")
    return redirect(url_for(".brief", item_id=item.id), 303)


@blueprint.get("/adopted/<int:item_id>")
@requires(Permission.CONTENT_VIEW, notes=True)
def adopted(item_id: int) -> str:
    """An adopted text, for those the office lets read it, and for those who make it."""
    item = items.get_readable(db(), current_person(), item_id, ItemKind.ADOPTED_BRIEF)
    page = adopted_page(item)
    note_reading(runtime(), item, current_person())
    return page


def adopted_page(item: Item, form: AwardForm | None = None) -> str:
    """The page of an adopted text; the form holds what was refused."""
    tabs("index")
    person = current_person()
    found = queries.sources(db(), item)
    return render_template(
        "briefs/adopted.html",
        **item_values(item, person),
        sources=found,
        edits=person.may(Permission.BRIEFS_EDIT),
        form=form or AwardForm(formdata=None),
        state_of=state_of,
    )
