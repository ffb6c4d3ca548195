"""Pages of what is offered for download."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.content.uploads import SUFFIXES
from portal.core.errors import Invalid, Refused
from portal.core.permissions import Permission
from portal.support.forms import FilesForm, MaterialForm, VersionForm
from portal.support.models import CATEGORY_LABELS, Category, Material
from portal.support.operations import downloads as acts
from portal.support.queries import downloads as queries
from portal.support.views.blueprint import before, blueprint, pages
from portal.support.views.disputes import _attach
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.files import send_stored


@blueprint.get("/downloads")
@requires(Permission.SUPPORT_VIEW)
def downloads() -> str:
    """What can be downloaded, by kind."""
    category = request.args.get("category", "")
    category = category if category in set(Category) else ""
    rows, more = queries.listed(db(), category, before())
    return render_template(
        "support/downloads.html",
        rows=rows,
        category=category,
        labels=CATEGORY_LABELS,
        **pages("support.downloads", rows[-1].id if rows else None, more, category=category),
    )


@blueprint.route("/downloads/new", methods=["GET", "POST"])
@requires(Permission.SUPPORT_MANAGE)
def new_material() -> Any:
    """Offer something new."""
    g.nav, form = "support.downloads", MaterialForm()
    if form.validate_on_submit():
        try:
            material = acts.publish(
                runtime(),
                db(),
                current_person(),
                _only(form),
                category=form.category.data,
                title=form.title.data,
                description=form.description.data,
                label=form.label.data,
            )
        except (Invalid, Refused) as error:
            _attach(form, error)
        else:
            flash(gettext("It can be downloaded now."), "success")
            return redirect(url_for(".material", material_id=material.id), 303)
    page = render_template("support/material_new.html", form=form, **_upload())
    return page, 422 if form.errors else 200


def _only(form: FilesForm) -> Any:
    incoming = form.incoming()
    if len(incoming) != 1:
        raise Invalid("Choose one file.", field="files")
    return incoming[0]


def _upload() -> dict[str, Any]:
    return {"limit": runtime().rules.max_document_bytes, "suffixes": SUFFIXES}


@blueprint.get("/downloads/<int:material_id>")
@requires(Permission.SUPPORT_VIEW)
def material(material_id: int) -> Any:
    """Its versions; for the office who has taken it."""
    return _page(queries.get(db(), material_id), VersionForm(formdata=None))


def _page(item: Material, form: VersionForm) -> Any:
    g.nav = "support.downloads"
    manages = current_person().may(Permission.SUPPORT_MANAGE)
    page = render_template(
        "support/material.html",
        item=item,
        form=form,
        labels=CATEGORY_LABELS,
        taken=queries.taken_by_unit(db(), item.id) if manages else None,
        **_upload(),
    )
    return page, 422 if form.errors else 200


@blueprint.post("/downloads/<int:material_id>")
@requires(Permission.SUPPORT_MANAGE)
def replace_material(material_id: int) -> Any:
    """Offer a new version."""
    item, form = queries.get(db(), material_id), VersionForm()
    if form.validate_on_submit():
        try:
            acts.replace(runtime(), item, current_person(), _only(form), label=form.label.data)
        except (Invalid, Refused) as error:
            _attach(form, error)
        else:
            flash(gettext("The new version can be downloaded now; the former one is kept."), "success")
            return redirect(url_for(".material", material_id=item.id), 303)
    return _page(item, form)


@blueprint.get("/downloads/versions/<int:version_id>/file")
@requires(Permission.SUPPORT_VIEW, writes=True)
def material_file(version_id: int) -> Any:
    """The file; the download is counted for the unit."""
    version = queries.get_version(db(), version_id)
    acts.take(version, current_person())
    return send_stored(version.digest, version.media_type, version.name)
