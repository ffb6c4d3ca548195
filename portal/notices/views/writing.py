"""Writing on one page: text, files, readers, declaration; the usual case is one click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext

from portal.content import addressees, queries
from portal.content import operations as items
from portal.content.forms import DeclarationForm, ItemForm
from portal.content.kinds import ItemKind
from portal.content.models import Item, ItemFile
from portal.content.readers import Key, Scope
from portal.content.views.acts import attach_error, received, save, upload_values
from portal.content.views.blueprint import address_of
from portal.core.clock import to_city
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission
from portal.notices import operations as acts
from portal.notices import passing
from portal.notices import queries as notices
from portal.notices.forms import AT_ONCE, DELIVERY, IN_TURN, NoticeForm, PassingForm
from portal.notices.views.blueprint import INDEX, blueprint
from portal.people.models import Person
from portal.web.access import current_person, requires
from portal.web.database import db, runtime

Write = Callable[[Person, list[Key], list[ItemFile]], Item]


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Permission.CONTENT_WRITE)
def new() -> Any:
    """Write a notice, say who reads it, publish it."""
    person = current_person()
    form = NoticeForm(of_unit="unit" if acts.speaks_for_unit(person) else "person")

    def write(author: Person, keys: list[Key], files: list[ItemFile]) -> Item:
        item = acts.draft_notice(db(), author, form.title.data or "", form.text.data or "", marks=form.marks)
        form.version.data = str(item.version)
        save(form, item, author, files)
        items.set_readers(item, author, Scope(tuple(keys)))
        return item

    return _written("notices/new.html", form, write, [], speaks=acts.speaks_for_unit(person), item=None)


@blueprint.route("/<int:item_id>/edit", methods=["GET", "POST"])
@requires(Permission.CONTENT_WRITE)
def edit(item_id: int) -> Any:
    """Go on writing a notice."""
    person, item = current_person(), _draft(item_id, (ItemKind.NOTICE,))
    scope, of_unit = Scope.of(item), notices.is_of_unit(db(), item)
    form = NoticeForm(
        title=item.title,
        text=item.text,
        version=item.version,
        of_unit="unit" if of_unit else "person",
        urgency=item.urgency,
        pinned=item.pinned,
        until=to_city(item.expires_at).date() if item.expires_at else None,
    )

    def write(author: Person, keys: list[Key], files: list[ItemFile]) -> Item:
        save(form, item, author, files)
        acts.mark_notice(item, author, form.marks)
        items.set_readers(item, author, Scope(tuple(keys), scope.excluded))
        return item

    speaks = of_unit or acts.speaks_for_unit(person)
    return _written("notices/new.html", form, write, scope.included, speaks=speaks, item=item)


@blueprint.route("/hand-over", methods=["GET", "POST"])
@requires(Permission.CONTENT_WRITE)
def new_passing() -> Any:
    """Deliver something to named people and units, or let it circulate among them."""
    form, document_id = PassingForm(way=_asked_way()), request.values.get("document", 0, type=int)
    document = notices.linkable(db(), current_person(), document_id) if document_id else None

    def write(author: Person, keys: list[Key], files: list[ItemFile]) -> Item:
        kind = ItemKind.DIRECT_DELIVERY if form.way.data == DELIVERY else ItemKind.CIRCULATION
        item = passing.draft_passing(db(), author, kind, form.title.data or "", form.text.data or "", document=document)
        form.version.data = str(item.version)
        return _saved(form, item, author, keys, files)

    return _written("notices/hand_over.html", form, write, [], document=document, item=None, named=True)


@blueprint.route("/hand-over/<int:item_id>/edit", methods=["GET", "POST"])
@requires(Permission.CONTENT_WRITE)
def edit_passing(item_id: int) -> Any:
    """Go on writing a delivery or a circulation."""
    item = _draft(item_id, notices.HANDED_OVER)
    circulation = notices.circulation_of(db(), item)
    way = DELIVERY if item.kind == ItemKind.DIRECT_DELIVERY else IN_TURN if circulation.in_turn else AT_ONCE
    form = PassingForm(title=item.title, text=item.text, version=item.version, way=way, urgency=item.urgency)
    # A delivery stays one: whoever gets it would otherwise pass on what was meant for them alone.
    ways = (DELIVERY,) if way == DELIVERY else (AT_ONCE, IN_TURN)
    form.way.choices = [choice for choice in form.way.choices or () if choice.value in ways]
    steps = [Key.read(step.key) for step in passing.steps_of(db(), item)]

    def write(author: Person, keys: list[Key], files: list[ItemFile]) -> Item:
        return _saved(form, item, author, keys, files)

    values = {"document": circulation.document, "item": item, "named": True}
    return _written("notices/hand_over.html", form, write, steps, **values)


def _saved(form: PassingForm, item: Item, author: Person, keys: list[Key], files: list[ItemFile]) -> Item:
    save(form, item, author, files)
    passing.address(item, author, keys, urgency=form.urgency.data or "", in_turn=form.way.data == IN_TURN)
    return item


def _asked_way() -> str:
    return AT_ONCE if request.args.get("way") == AT_ONCE else DELIVERY


def _draft(item_id: int, kinds: Sequence[ItemKind]) -> Item:
    item = queries.get_inside(db(), current_person(), item_id)
    if item.kind not in kinds:
        raise NotFound(queries.GONE)
    return item


def _written(template: str, form: ItemForm, write: Write, there: Sequence[Key], **values: Any) -> Any:
    """The page; what is sent is saved, and published if that was the button."""
    g.nav, keys = INDEX, list(there)
    looking, refused = bool(request.form.get("pick")), None
    if request.method == "POST":
        keys, refused = _keys(there)
    # Looking for somebody without script sends the whole form; nothing is saved by that.
    if not looking and form.validate_on_submit() and refused is None:
        try:
            item = write(current_person(), keys, received(form))
            _publish_if_asked(item)
        except (Invalid, Refused) as error:
            db().rollback()
            attach_error(form, error)
        else:
            return redirect(address_of(item), 303)
    if refused is not None:
        form.attach(refused)
    page = render_template(
        template, form=form, to=_picker(keys, named=bool(values.get("named"))), **values, **upload_values()
    )
    return page, 422 if form.errors else 200


def _keys(there: Sequence[Key]) -> tuple[list[Key], Invalid | None]:
    try:
        known = {str(key) for key in there}
        return addressees.keys_from(db(), current_person(), request.form.getlist("to"), known), None
    except Invalid as error:
        return [], error


def _picker(keys: list[Key], *, named: bool) -> addressees.Picker:
    group = request.form.get("group", 0, type=int) if request.form.get("pick") == "group" else 0
    find = "" if group else request.form.get("find", "")
    return addressees.picker(db(), current_person(), keys, find=find, group=group, named=named)


def _publish_if_asked(item: Item) -> None:
    if request.form.get("act") == "publish":
        items.publish(item, current_person(), runtime().rules, DeclarationForm().declaration)
        flash(gettext("Published; its readers see it now."), "success")
    else:
        flash(gettext("The draft is saved."), "success")
