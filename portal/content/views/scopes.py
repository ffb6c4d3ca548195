"""Saying who may read an item, and seeing whom that means before publishing (M-6)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from portal.content import addressees, operations, policy, queries, readers, words
from portal.content.forms import ReaderForm
from portal.content.models import Item
from portal.content.readers import ALL, Key, Scope
from portal.content.views.acts import MAKERS
from portal.content.views.blueprint import address_of, blueprint
from portal.core.errors import Invalid, NotFound
from portal.people.roles import Role
from portal.units import queries as units
from portal.web.access import current_person, requires
from portal.web.database import db

PAGE = 50


@blueprint.route("/<int:item_id>/readers", methods=["GET", "POST"])
@requires(*MAKERS)
def scope(item_id: int) -> Any:
    """The lines of the scope, one more to add, and the people it means."""
    item, form = _settable(item_id), ReaderForm()
    form.group.choices = group_choices()
    if form.validate_on_submit():
        try:
            operations.add_reader(item, current_person(), key_of(form), excluded=excludes(form))
        except Invalid as error:
            form.attach(error)
        else:
            return redirect(url_for(".scope", item_id=item_id), 303)
    return _page(item, form), 422 if form.errors else 200


@blueprint.post("/<int:item_id>/readers/remove")
@requires(*MAKERS)
def remove_line(item_id: int) -> Response:
    """Take a line out of the scope."""
    item, (key, excluded) = _settable(item_id), line_pressed()
    operations.remove_reader(item, current_person(), key, excluded=excluded)
    flash(gettext("The line is taken out."), "success")
    return redirect(url_for(".scope", item_id=item_id), 303)


def _settable(item_id: int) -> Item:
    item = queries.get_inside(db(), current_person(), item_id)
    if not policy.may_set_readers(item, current_person()):
        raise NotFound(queries.GONE)
    return item


def _page(item: Item, form: ReaderForm) -> str:
    values = scope_values(Scope.of(item), form, "content.scope", item_id=item.id)
    values["widens"] = policy.may_widen(item, current_person())
    return render_template("content/readers.html", item=item, back=address_of(item), **values)


def scope_values(scope: Scope, form: ReaderForm, endpoint: str, **address: int) -> dict[str, Any]:
    """What `macros/readers.html` shows of a scope: its lines, a page of the people it means, the form for one more."""
    after = request.args.get("after", 0, type=int)
    people_there = queries.people_page(db(), scope, after, PAGE + 1)
    on: dict[str, Any] = {**address, "after": people_there[PAGE - 1].id} if people_there[PAGE:] else {}
    return {
        "form": form,
        "lines": words.lines(db(), scope),
        "people": people_there[:PAGE],
        "count": queries.people_count(db(), scope),
        "more": url_for(endpoint, **on) if on else None,
        "newest": url_for(endpoint, **address) if after else None,  # type: ignore[arg-type]
        "units": units.find(db(), "", 200),
        "widens": True,
    }


def excludes(form: ReaderForm) -> bool:
    """Whether the line the form names keeps people out."""
    return form.effect.data == "exclude"


def line_pressed() -> tuple[str, bool]:
    """The line whose button was pressed: its key, and whether it keeps people out."""
    return request.form.get("key", ""), request.form.get("excluded") == "yes"


def group_choices() -> list[SelectChoice]:
    """The groups that the person's unit keeps."""
    return [SelectChoice(group.id, group.name) for group in queries.groups_of(db(), current_person())]


def key_of(form: ReaderForm) -> Key:
    """The set the form names, in the form it is stored in. Raises Invalid naming the field."""
    return Key.read(str(_named(form)))


def _named(form: ReaderForm) -> Key:
    of, role = form.of.data, _role(form.role.data)
    if role and of not in readers.NARROWED:
        raise Invalid("A role narrows units and levels, not groups or persons.", field="role")
    match of:
        case "all":
            return Key(ALL, role=role)
        case "tier":
            return Key(of, form.tier.data, role)
        case "kind":
            return Key(of, form.kind.data, role)
        case "group":
            return Key(of, str(form.group.data))
        case "person":
            person = addressees.person_named(db(), form.name.data or "")
            if person is None:
                raise Invalid("There is no such person. Choose the name from the list.", field="name")
            return Key(of, str(person.id))
    return Key(of, _unit_value(of, form.name.data or ""), role)


def _role(name: str | None) -> Role | None:
    try:
        return Role(name) if name else None
    except ValueError:
        raise Invalid("There is no such set of readers.", field="role") from None


def _unit_value(of: str, name: str) -> str:
    if of == "district" and not name.strip():
        return "0"
    unit = units.named(db(), name)
    if unit is None:
        raise Invalid("There is no unit with exactly this name. Choose it from the list.", field="name")
    if of == "district" and not unit.is_district_office:
        raise Invalid("A district is named by its government.", field="name")
    return str(unit.id)
