"""Requests for disclosure inside the unit that handles them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from wtforms.fields.choices import SelectChoice

from portal.content.uploads import SUFFIXES
from portal.content.views.receiving import take_each
from portal.core.clock import now
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.disclosure import forms, personal, policy, queries, request_queries
from portal.disclosure.lifecycle import REQUEST_LABELS, REQUEST_TONES, RUNNING, RequestState
from portal.disclosure.operations import answering
from portal.disclosure.operations import requests as acts
from portal.disclosure.presentation import request_values
from portal.disclosure.request_models import DisclosureRequest
from portal.disclosure.views.blueprint import HANDLERS, blueprint, tabs_of
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.errors import say
from portal.web.files import send_stored

Act = Callable[[DisclosureRequest, Any], None]


@blueprint.get("/disclosure/requests")
@requires(*HANDLERS)
def requests() -> str:
    """The unit's requests, the most urgent first."""
    tab = "ended" if request.args.get("tab") == "ended" else "open"
    before = request.args.get("before", type=int)
    rows, more = request_queries.request_page(db(), current_person(), tab, before)
    return render_template(
        "disclosure/requests.html",
        tabs_=tabs_of("disclosure.requests"),
        tab=tab,
        rows=rows,
        labels={state: (REQUEST_LABELS[state], REQUEST_TONES[state]) for state in RequestState},
        running=RUNNING,
        moment=now(),
        board=request_queries.board(db(), now()) if current_person().may(P.DISCLOSURE_MANAGE) else [],
        newest=url_for(".requests", tab=tab) if before else None,
        older=url_for(".requests", tab=tab, before=rows[-1].id) if more else None,
    )


@blueprint.route("/disclosure/requests/new", methods=["GET", "POST"])
@requires(P.DISCLOSURE_HANDLE)
def new_request() -> Any:
    """Take a request in at the counter; the clerk was thereby asked first."""
    g.nav, person, form = "disclosure.index", current_person(), forms.RequestForm()
    form.offer([person.unit])
    if request.method == "POST" and not form.unit.data:
        form.unit.data = person.unit_id
    if form.validate_on_submit():
        try:
            found, token = acts.enter_request(db(), person.unit, form.entry, runtime().rules, person)
        except (Invalid, Refused) as error:
            db().rollback()
            form.attach(error if isinstance(error, Invalid) else Invalid(say(error)))
        else:
            return render_template(
                "disclosure/receipt.html",
                asked=found,
                link=url_for(".receipt", token=token, _external=True),
            )
    return render_template("disclosure/new_request.html", form=form, inside=True), 422 if form.errors else 200


@blueprint.get("/disclosure/requests/<int:request_id>")
@requires(*HANDLERS)
def asked(request_id: int) -> str:
    """A request, for the unit that handles it."""
    return _page(request_queries.get_request(db(), current_person(), request_id), {})


@blueprint.get("/disclosure/requests/<int:request_id>/file")
@requires(*HANDLERS)
def answer_file(request_id: int) -> Any:
    """The file of the answer."""
    found = request_queries.get_request(db(), current_person(), request_id)
    if found.file_digest is None:
        raise NotFound(queries.GONE)
    return send_stored(found.file_digest, found.file_type, found.file_name)


def _accept(found: DisclosureRequest, form: forms.EmptyForm) -> None:
    acts.accept(found, current_person())


def _hand_over(found: DisclosureRequest, form: forms.HandOverForm) -> None:
    to = request_queries.get_colleague(db(), form.to.data or 0)
    if to is None:
        raise Invalid("Please choose", field="to")
    acts.hand_over(found, current_person(), to, form.reason.data or "")


def _ask(found: DisclosureRequest, form: forms.AskForm) -> None:
    acts.ask_correction(found, current_person(), form.reason.data or "", runtime().rules)


def _correct(found: DisclosureRequest, form: forms.CorrectionForm) -> None:
    acts.correct(found, form.text.data or "", runtime().rules, current_person())


def _extend(found: DisclosureRequest, form: forms.ExtensionForm) -> None:
    acts.ask_extension(found, current_person(), form.days.data or 0, form.reason.data or "", runtime().rules)


def _consent(found: DisclosureRequest, form: forms.EmptyForm) -> None:
    acts.consent(found, current_person())


def _refuse(found: DisclosureRequest, form: forms.RefusalForm) -> None:
    acts.refuse_extension(found, current_person(), form.reason.data or "")


def _answer(found: DisclosureRequest, form: forms.AnswerForm) -> None:
    upload = form.file.data
    incoming = [upload] if upload and upload.filename and policy.is_responsible(found, current_person()) else []
    received = take_each(incoming, lambda one: answering.take(runtime(), one.stream, one.filename))
    given = answering.Answer(
        kind=form.kind.data or "",
        text=form.text.data or "",
        basis=form.basis.data or "",
        organ=form.organ.data or "",
        file=received[0] if received else None,
    )
    answering.answer(runtime(), found, current_person(), given)


def _deliver(found: DisclosureRequest, form: forms.DeliveryForm) -> None:
    answering.deliver(found, current_person(), form.way.data or "", form.note.data or "", runtime().rules)


def _lapse(found: DisclosureRequest, form: forms.EmptyForm) -> None:
    acts.lapse(found, current_person(), runtime().rules)


ACTS: dict[str, tuple[type[Any], Callable[..., None], str]] = {
    "accept": (forms.EmptyForm, _accept, N_("Accepted; you are responsible for it now.")),
    "hand-over": (forms.HandOverForm, _hand_over, N_("Handed over; your colleague is responsible now.")),
    "ask-correction": (forms.AskForm, _ask, N_("The applicant reads it on the page of the receipt.")),
    "correct": (forms.CorrectionForm, _correct, N_("The correction is recorded; the time begins anew.")),
    "extend": (forms.ExtensionForm, _extend, N_("A leader of the unit is asked for consent.")),
    "consent": (forms.EmptyForm, _consent, N_("The time is extended; the applicant reads why.")),
    "refuse-extension": (forms.RefusalForm, _refuse, N_("The time stays as it was.")),
    "answer": (forms.AnswerForm, _answer, N_("The answer is recorded.")),
    "deliver": (forms.DeliveryForm, _deliver, N_("The delivery is recorded.")),
    "lapse": (forms.EmptyForm, _lapse, N_("The request has lapsed.")),
}


@blueprint.post("/disclosure/requests/<int:request_id>/<act>")
@requires(*HANDLERS)
def do(request_id: int, act: str) -> Any:
    """One of the acts on a request."""
    found = request_queries.get_request(db(), current_person(), request_id)
    if act not in ACTS:
        raise NotFound(queries.GONE)
    kind, work, done = ACTS[act]
    form = kind(prefix=act)
    try:
        work(found, form)
    except (Invalid, Refused) as error:
        db().rollback()
        form.attach(error if isinstance(error, Invalid) else Invalid(say(error)))
        return _page(request_queries.get_request(db(), current_person(), request_id), {act: form}), 422
    flash(gettext(done), "success")
    return redirect(url_for(".asked", request_id=request_id), 303)


def _page(found: DisclosureRequest, filled: dict[str, Any]) -> str:
    g.nav, person = "disclosure.index", current_person()
    shown = {act: filled.get(act) or kind(formdata=None, prefix=act) for act, (kind, _, _) in ACTS.items()}
    responsible = policy.is_responsible(found, person)
    hands_over = policy.may_hand_over(found, person) and found.responsible_id is not None
    if hands_over:
        shown["hand-over"].to.choices = [
            SelectChoice(one.id, one.name) for one in request_queries.colleagues(db(), found)
        ]
    if "deliver" not in filled:
        shown["deliver"].way.data = found.way
    return render_template(
        "disclosure/request.html",
        forms=shown,
        responsible=responsible,
        may_ask=acts.may_ask_correction(found, runtime().rules),
        hands_over=hands_over,
        may_accept=policy.may_accept(found, person),
        may_consent=policy.may_consent(found, person),
        applicant=personal.opened(found),
        limit=runtime().rules.max_document_bytes,
        suffixes=SUFFIXES,
        **request_values(found),
    )
