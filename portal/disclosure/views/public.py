"""What everybody reads without an account: catalogue, items, guides, reports, figures."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from portal.content import texts
from portal.content.lifecycle import ItemState
from portal.core.errors import NotFound
from portal.disclosure import queries, report_queries, shelves, survey_queries
from portal.disclosure.operations.surveys import is_open
from portal.disclosure.views.blueprint import blueprint
from portal.disclosure.words import KEEPS_TITLE, WITHDRAWAL_LABELS, Withdrawal
from portal.web.access import public as anybody
from portal.web.database import db
from portal.web.files import send_stored
from portal.web.limits import limiter

# By address: far above what a reader needs, far below copying the whole catalogue at once by force.
READ_RATE = "240 per minute"


@blueprint.get("/open/")
@anybody
@limiter.limit(READ_RATE)
def front() -> str:
    """The front page: catalogue, newest items, ways to ask."""
    text = request.args.get("q", "").strip()[:60]
    unit_id, before = request.args.get("unit", type=int), request.args.get("before", type=int)
    page = shelves.page(db(), shelves.of_unit(unit_id) if unit_id else shelves.ALL, text=text, before=before)
    tree = queries.categories(db())
    kept: dict[str, Any] = {"q": text or None, "unit": unit_id}
    return render_template(
        "open/front.html",
        rows=page.rows,
        categories=tree,
        counts=queries.counts_by_category(tree),
        guides=queries.units_with_guide(db()),
        surveys=[(one, is_open(one)) for one in survey_queries.public_surveys(db())[:5]],
        q=text,
        unit=unit_id,
        newest=url_for(".front", **kept) if before else None,
        older=url_for(".front", before=page.older, **kept) if page.older else None,
    )


@blueprint.get("/open/categories/<int:category_id>")
@anybody
@limiter.limit(READ_RATE)
def open_category(category_id: int) -> str:
    """A category with all below it."""
    found, before = queries.get_category(db(), category_id), request.args.get("before", type=int)
    page = shelves.page(db(), shelves.of_category(found.code), before=before)
    tree = queries.categories(db())
    return render_template(
        "open/category.html",
        category=found,
        above=[one for one in tree if found.code.startswith(one.code) and one.id != found.id],
        below=[one for one in tree if one.parent_id == found.id],
        counts=queries.counts_by_category(tree),
        rows=page.rows,
        newest=url_for(".open_category", category_id=category_id) if before else None,
        older=url_for(".open_category", category_id=category_id, before=page.older) if page.older else None,
    )


@blueprint.get("/open/items/<int:item_id>")
@anybody
@limiter.limit(READ_RATE)
def open_item(item_id: int) -> Any:
    """An item at its lasting address; of a withdrawn one, that it was, in one of a few wordings."""
    fact = queries.public_item(db(), item_id)
    withdrawn, said = fact.item.state == ItemState.WITHDRAWN, Withdrawal(fact.withdrawn_as)
    titled = not withdrawn or said in KEEPS_TITLE
    page = render_template(
        "open/item.html",
        fact=fact,
        item=fact.item,
        title=fact.item.title if titled else fact.index_number,
        withdrawn=withdrawn,
        said=WITHDRAWAL_LABELS[said],
        body="" if withdrawn else texts.html(fact.item.text),
    )
    return page, 410 if withdrawn else 200


@blueprint.get("/open/items/<int:item_id>/files/<int:file_id>")
@anybody
@limiter.limit(READ_RATE)
def open_file(item_id: int, file_id: int) -> Response:
    """A file of an item on show."""
    file = queries.public_file(db(), item_id, file_id)
    return send_stored(file.digest, file.media_type, file.name)


@blueprint.get("/open/guides/<int:unit_id>")
@anybody
@limiter.limit(READ_RATE)
def open_guide(unit_id: int) -> str:
    """A unit's guide: the newest version, or an earlier one."""
    unit = queries.get_unit(db(), unit_id)
    found = queries.guide(db(), unit_id, request.args.get("version", type=int))
    if found is None:
        raise NotFound(queries.GONE)
    return render_template(
        "open/guide.html",
        guide=found,
        unit=unit,
        body=texts.html(found.text),
        versions=queries.guide_versions(db(), unit_id),
    )


@blueprint.get("/open/reports")
@anybody
@limiter.limit(READ_RATE)
def open_reports() -> str:
    """The annual reports of all units."""
    return render_template("open/reports.html", rows=report_queries.public_reports(db()))


@blueprint.get("/open/reports/<int:report_id>/pdf")
@anybody
@limiter.limit(READ_RATE)
def open_report(report_id: int) -> Response:
    """A published report."""
    report = report_queries.public_report(db(), report_id)
    if report.digest is None:
        raise NotFound(queries.GONE)
    return send_stored(report.digest, "application/pdf", f"{report.year}年度报告.pdf", inline=True)
