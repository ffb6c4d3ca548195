"""Pages of the use of seals: the book of one seal, and what was unusual (S-10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people.models import Person
from portal.seals import hooks, papers, presentation, queries, unusual, use_book
from portal.seals.applying_forms import RemarkForm
from portal.seals.models import SEAL_CLASS_LABELS, SealClass, UnitSeal
from portal.seals.paper_models import Format
from portal.seals.unusual_models import SIDE_LABELS, SIGN_LABELS, UnusualUse
from portal.seals.use_models import StampRequest
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.navigation import NavItem

blueprint = Blueprint("seal_uses", __name__, url_prefix="/seals")
NAVIGATION = [
    NavItem(
        N_("Unusual use of seals"), "alert-triangle", "seal_uses.unusual_list", (Permission.LEDGER_AUDIT,), order=41
    )
]
PAGE_ROWS = 20


@blueprint.get("/<int:seal_id>/uses")
@requires(Permission.SEALS_VIEW)
def book(seal_id: int) -> str:
    """The use book of one seal: who, when, what, why, with whose consent."""
    person, wanted = current_person(), _wanted(request.args, request.args.get("before", type=int))
    seal = queries.get_seal(db(), person, seal_id)
    g.nav = "seals.index"
    rows, more = use_book.page(db(), seal, wanted)
    kept = {name: value for name, value in wanted.facts().items() if value}
    return render_template(
        "seals/uses.html",
        seal=seal,
        wanted=wanted,
        filtered=bool(kept),
        stamping=seal.seal_class == SealClass.SIGNATURE,
        classes=SEAL_CLASS_LABELS,
        uses=[(presentation.use_of(row), _consents(row), _page_of(person, seal, row)) for row in rows],
        newest=url_for(".book", seal_id=seal.id, **kept) if wanted.before else None,
        older=url_for(".book", seal_id=seal.id, **kept, before=rows[-1].id) if more else None,
        formats=list(Format),
    )


@blueprint.post("/<int:seal_id>/uses/file")
@requires(Permission.SEALS_VIEW)
def book_file(seal_id: int) -> Any:
    """Ask for the book as a file, filtered as shown."""
    person = current_person()
    seal = queries.get_seal(db(), person, seal_id)
    paper = papers.ask_uses(db(), person, seal, _format(), _wanted(request.form).facts())
    return redirect(url_for("seal_papers.paper", paper_id=paper.id), 303)


@blueprint.get("/unusual")
@requires(Permission.SEALS_UNUSUAL)
def unusual_list() -> str:
    """Unusual uses, newest first: of one's unit, for the auditor of all."""
    before, waiting = request.args.get("before", type=int), "all" not in request.args
    person = current_person()
    audits = person.may(Permission.LEDGER_AUDIT)
    g.nav = "seal_uses.unusual_list" if audits else "seals.index"
    statement = unusual.waiting_for(person) if waiting else unusual.visible(person)
    if before is not None:
        statement = statement.where(UnusualUse.id < before)
    statement = statement.options(*unusual.shown()).order_by(UnusualUse.id.desc()).limit(PAGE_ROWS + 1)
    rows = db().scalars(statement).unique().all()
    kept: dict[str, Any] = {} if waiting else {"all": 1}
    return render_template(
        "seals/unusual_list.html",
        rows=rows[:PAGE_ROWS],
        waiting=waiting,
        audits=audits,
        signs=SIGN_LABELS,
        sides=SIDE_LABELS,
        newest=url_for(".unusual_list", **kept) if before else None,
        older=url_for(".unusual_list", **kept, before=rows[PAGE_ROWS - 1].id) if len(rows) > PAGE_ROWS else None,
    )


@blueprint.get("/unusual/<int:use_id>")
@requires(Permission.SEALS_UNUSUAL)
def unusual_use(use_id: int) -> Any:
    """One unusual use, what was said to it, and one's own word."""
    return _unusual_page(unusual.get(db(), current_person(), use_id), RemarkForm(formdata=None))


@blueprint.post("/unusual/<int:use_id>/remark")
@requires(Permission.SEALS_UNUSUAL)
def remark(use_id: int) -> Any:
    """Acknowledge it with a remark."""
    use, form = unusual.get(db(), current_person(), use_id), RemarkForm()
    try:
        unusual.remark(use, current_person(), form.remark.data or "")
    except Invalid as error:
        form.attach(error)
        return _unusual_page(use, form, 422)
    flash(gettext("Your remark is recorded."), "success")
    return redirect(url_for(".unusual_use", use_id=use.id), 303)


def _unusual_page(use: UnusualUse, form: RemarkForm, status: int = 200) -> Any:
    person = current_person()
    audits = person.may(Permission.LEDGER_AUDIT)
    g.nav = "seal_uses.unusual_list" if audits else "seals.index"
    side = unusual.side_of(person, use)
    page = render_template(
        "seals/unusual.html",
        use=use,
        form=form,
        mine=side is not None and all(known.side != side for known in use.remarks),
        signs=SIGN_LABELS,
        sides=SIDE_LABELS,
        consents=_consents(use.request),
        of_own_unit=use.unit_id == person.unit_id and person.may(Permission.SEALS_VIEW),
        document=_page_of(person, use.seal, use.request),
    )
    return page, status


def _consents(row: Any) -> list[Any]:
    return list(row.approvals) if isinstance(row, StampRequest) else []


def _page_of(person: Person, seal: UnitSeal, row: Any) -> str | None:
    """Where the people of the seal's unit read what was stamped."""
    if person.unit_id != seal.unit_id or not person.may(Permission.DOCUMENTS_VIEW):
        return None
    found = [target for target in hooks.reference_page.call(row.reference) if target is not None]
    return url_for(found[0][0], **found[0][1]) if found else None


def _format() -> Format:
    text = request.form.get("format", "")
    return Format(text) if text in list(Format) else Format.PDF


def _wanted(values: Any, before: int | None = None) -> use_book.Wanted:
    texts = {name: values.get(name, "").strip() for name in ("since", "until", "who", "what")}
    return replace(use_book.Wanted(**texts), before=before)
