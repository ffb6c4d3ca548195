"""Lists, the page of a document, its versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, render_template, request, url_for

from portal.core.errors import NotFound
from portal.core.permissions import Permission
from portal.documents import checklist, listing, proofs, queries
from portal.documents.forms import CancelForm, ReviewForm, SubmitForm, VoidForm
from portal.documents.kinds import KINDS
from portal.documents.lifecycle import STATE_LABELS, DocumentState
from portal.documents.listing import Filter, Tab
from portal.documents.models import Document
from portal.documents.versions import side_by_side
from portal.documents.views import presentation
from portal.documents.views.blueprint import blueprint
from portal.web.access import current_person, requires
from portal.web.database import db, runtime


@blueprint.get("")
@requires(Permission.DOCUMENTS_VIEW)
def index() -> str:
    """The unit's documents in tabs; first the tab where something waits for the reader."""
    tabs = listing.tabs_for(current_person())
    counts = {tab.key: queries.count(db(), listing.documents_in(tab, current_person())) for tab in tabs if tab.todo}
    first = next((tab for tab in tabs if counts.get(tab.key)), tabs[-1])
    tab = next((tab for tab in tabs if tab.key == request.args.get("tab")), first)
    return _list(tab, tabs, counts)


@blueprint.get("/waiting")
@requires(Permission.DOCUMENTS_REVIEW, Permission.DOCUMENTS_ISSUE)
def waiting() -> str:
    """Drafts at the reader's desk."""
    return _list(listing.WAITING, [], {})


def _list(tab: Tab, tabs: list[Tab], counts: Mapping[str, int]) -> str:
    wanted = Filter(
        text=request.args.get("text", "").strip()[:100],
        kind=request.args.get("kind", ""),
        before=request.args.get("before", type=int),
    )
    rows, more = listing.page(db(), current_person(), tab, wanted)
    here: dict[str, Any] = {"tab": tab.key if tabs else None, "text": wanted.text or None, "kind": wanted.kind or None}
    return render_template(
        "documents/list.html",
        tab=tab,
        tabs=tabs,
        counts=counts,
        rows=rows,
        wanted=wanted,
        endpoint=request.endpoint,
        older=url_for(request.endpoint or "", **here, before=rows[-1].id) if more else None,
        newest=url_for(request.endpoint or "", **here) if wanted.before else None,
        kinds=[(kind.code, kind.name) for kind in KINDS.values()],
        names={kind.code: kind.name for kind in KINDS.values()},
        labels=STATE_LABELS,
        tones=presentation.TONES,
    )


@blueprint.get("/<int:document_id>")
@requires(Permission.DOCUMENTS_VIEW)
def show(document_id: int) -> Any:
    """The page of a document."""
    return show_page(queries.get_for(db(), current_person(), document_id))


def show_page(document: Document, status: int = 200, **forms: Any) -> Any:
    """The page of a document, with forms as the person left them."""
    g.nav = "documents.index"
    person, session = current_person(), db()
    able = presentation.abilities(session, document, person)
    shown = queries.file_digest(document) or document.proof_digest
    images = list(queries.page_images(session, document.id, shown))
    early = document.state in (DocumentState.DRAFTING, DocumentState.REVIEWING)
    page = render_template(
        "documents/show.html",
        document=document,
        able=able,
        kind=KINDS[document.kind],
        life=presentation.life(document),
        timeline=presentation.timeline(session, document, person),
        issuers=presentation.issuers(document),
        own=person.unit_id == document.holder_id,
        findings=presentation.said(checklist.review(runtime(), document)) if early else [],
        pages=presentation.page_urls(document, images),
        first_page=images[0] if images else None,
        pages_awaited=_pages_awaited(document, bool(images)),
        label=STATE_LABELS[DocumentState(document.state)],
        tone=presentation.TONES[DocumentState(document.state)],
        submit_form=forms.get("submit") or SubmitForm(formdata=None),
        review_form=forms.get("review") or ReviewForm(formdata=None, step_id=able.step.id if able.step else None),
        cancel_form=forms.get("cancel") or CancelForm(formdata=None),
        void_form=forms.get("void") or VoidForm(formdata=None, prefix="void"),
    )
    return page, status


def _pages_awaited(document: Document, there: bool) -> bool:
    """Whether the worker is still to make what the page would show, so that the page looks again."""
    if document.state in (DocumentState.NUMBERED, DocumentState.SEALING):
        return document.freeze_error is None
    if queries.file_digest(document):
        return not there
    return document.state != DocumentState.CANCELLED and not proofs.has_proof(document)


@blueprint.get("/<int:document_id>/versions")
@requires(Permission.DOCUMENTS_VIEW)
def versions(document_id: int) -> str:
    """Two of the texts that were handed on, side by side (D-3)."""
    g.nav = "documents.index"
    document = queries.get_for(db(), current_person(), document_id)
    if document.holder_id != current_person().unit_id:  # a joint unit reads what it signs, not how it was written
        raise NotFound("There is no such page, or it is not yours to see.")
    kept = queries.text_versions(db(), document)
    if not kept:
        raise NotFound("No text was handed on yet.")
    numbers = {version.number: version for version in kept}
    right = numbers.get(request.args.get("right", type=int) or 0, kept[-1])
    left = numbers.get(request.args.get("left", type=int) or 0, numbers.get(right.number - 1, kept[0]))
    return render_template(
        "documents/versions.html",
        document=document,
        versions=kept,
        left=left,
        right=right,
        titles=side_by_side(left.title, right.title),
        rows=side_by_side(left.text, right.text),
    )
