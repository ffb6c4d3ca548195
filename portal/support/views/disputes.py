"""Pages of disputes."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.content.uploads import SUFFIXES
from portal.core.clock import now
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.ledger.queries import history
from portal.support import policy
from portal.support.forms import DisputeForm, EntryForm
from portal.support.lifecycle import DISPUTE, DISPUTE_LABELS, DisputeAct
from portal.support.lifecycle import DisputeState as S
from portal.support.models import Dispute
from portal.support.operations import disputes as acts
from portal.support.queries import disputes as queries
from portal.support.views.blueprint import before, blueprint, pages
from portal.units.queries import all_units
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.errors import say
from portal.web.files import send_stored

TONES = {
    S.OPEN: "active",
    S.PROPOSED: "info",
    S.ESCALATED: "warn",
    S.SETTLED: "good",
    S.DECIDED: "neutral",
    S.WITHDRAWN: "neutral",
}
ACTS = {
    "answer": (acts.answer, N_("Recorded; the other side sees it now.")),
    "propose": (acts.propose, N_("The proposal is recorded; the other unit accepts it or answers.")),
    "accept": (acts.accept, N_("The dispute is settled.")),
    "escalate": (acts.escalate, N_("The dispute is before the office now.")),
    "withdraw": (acts.withdraw, N_("The dispute is withdrawn.")),
    "coordinate": (acts.coordinate, N_("Recorded; both units see it now.")),
    "close": (acts.close, N_("The dispute is closed; both units see the decision.")),
}
DONE = {
    "dispute.opened": N_("Dispute recorded"),
    "dispute.answered": N_("Answer"),
    "dispute.proposed": N_("Settlement proposed"),
    "dispute.settled": N_("Settlement accepted"),
    "dispute.escalated": N_("Brought before the office"),
    "dispute.coordinated": N_("Word of the office"),
    "dispute.closed": N_("Closed by the office"),
    "dispute.withdrawn": N_("Withdrawn"),
}
SEE = (Permission.SUPPORT_DISPUTE, Permission.SUPPORT_OVERSEE)


@blueprint.get("/disputes")
@requires(*SEE)
def disputes() -> str:
    """The unit's disputes; for the office those brought before it."""
    live = request.args.get("tab") != "all"
    rows, more = queries.listed(db(), current_person(), live=live, before=before())
    last = rows[-1].id if rows else None
    return render_template(
        "support/disputes.html",
        rows=rows,
        live=live,
        labels=DISPUTE_LABELS,
        tones=TONES,
        is_late=_is_late,
        **pages("support.disputes", last, more, tab="" if live else "all"),
    )


@blueprint.route("/disputes/new", methods=["GET", "POST"])
@requires(Permission.SUPPORT_DISPUTE)
def new_dispute() -> Any:
    """Record a dispute with another unit."""
    person, form = current_person(), DisputeForm()
    _offer(form)
    if form.validate_on_submit():
        try:
            dispute = acts.open_dispute(
                runtime(),
                db(),
                person,
                _entry(form),
                other_id=form.other.data,
                subject=form.subject.data,
                delivery_id=form.delivery.data or None,
            )
        except AlreadyDone as error:  # the same click twice: on to what the first one made
            flash(say(error), "info")
            return redirect(url_for(".disputes"), 303)
        except (Invalid, Refused) as error:
            _attach(form, error)
        else:
            flash(gettext("The dispute is recorded; the other unit has %(days)s working days.", days=3), "success")
            return redirect(url_for(".dispute", dispute_id=dispute.id), 303)
    g.nav = "support.disputes"
    page = render_template(
        "support/dispute_new.html", form=form, limit=runtime().rules.max_document_bytes, suffixes=SUFFIXES
    )
    return page, 422 if form.errors else 200


def _offer(form: DisputeForm) -> None:
    person = current_person()
    others = [(unit.id, unit.name) for unit in all_units(db()) if unit.id != person.unit_id]
    form.other.choices = [(0, gettext("Choose a unit")), *others]
    found = queries.deliveries_to_choose(db(), person)
    form.delivery.choices = [(0, gettext("None in particular"))] + [
        (delivery.id, f"{delivery.document.number or ''} {delivery.document.title[:40]} · {unit.short_name}")
        for delivery, unit in found
    ]


def _entry(form: EntryForm) -> acts.Entry:
    return acts.Entry(form.text.data or "", form.request_key, form.incoming())


def _attach(form: Any, error: Invalid | Refused) -> None:
    """A file that isn't accepted stays at the form, with everything else that was typed."""
    form.attach(error if isinstance(error, Invalid) else Invalid(error.message, field="files", **error.params))


@blueprint.get("/disputes/<int:dispute_id>")
@requires(*SEE)
def dispute(dispute_id: int) -> Any:
    """What was said, whose turn it is, and what can be done now."""
    return _page(queries.get_for(db(), current_person(), dispute_id), EntryForm(formdata=None))


def _page(item: Dispute, form: EntryForm, status: int = 200) -> Any:
    g.nav = "support.disputes"
    page = render_template(
        "support/dispute.html",
        dispute=item,
        form=form,
        can=_possible(item),
        course=[(DONE[event.kind], event) for event in history(db(), "dispute", item.id)],
        entries={entry.id: entry for entry in item.entries},
        people=queries.named(db(), item),
        label=DISPUTE_LABELS[S(item.state)],
        tone=TONES[S(item.state)],
        late=_is_late(item),
        days=acts.ANSWER_DAYS,
        limit=runtime().rules.max_document_bytes,
        suffixes=SUFFIXES,
    )
    return page, status


def _possible(item: Dispute) -> set[str]:
    """The acts the person can do now."""
    person = current_person()
    open_acts = {act.value for act in DisputeAct if DISPUTE.allows(item.state, act)}
    can: set[str] = set()
    if policy.speaks_in(person, item):
        can |= {"answer", "propose", "accept", "escalate", "withdraw"}
        mine = item.proposed_by_id == person.unit_id
        can -= {"accept", "answer"} if item.state == S.PROPOSED and mine else set()
        can -= set() if person.unit_id == item.opener_id else {"withdraw"}
        can -= set() if acts.may_escalate(item, person.unit_id) else {"escalate"}
    if policy.coordinates(person, item):
        can |= {"coordinate", "close"}
    return can & open_acts


def _is_late(item: Dispute) -> bool:
    return item.closed_at is None and now() >= item.due_at


@blueprint.post("/disputes/<int:dispute_id>")
@requires(Permission.SUPPORT_DISPUTE, Permission.SUPPORT_MANAGE)
def act_in_dispute(dispute_id: int) -> Any:
    """Answer, propose, accept, escalate, withdraw; the office coordinates and closes."""
    item, form = queries.get_for(db(), current_person(), dispute_id), EntryForm()
    act, told = ACTS.get(request.form.get("act", ""), ACTS["answer"])
    if form.validate_on_submit():
        try:
            act(runtime(), item, current_person(), _entry(form))
        except AlreadyDone as error:
            flash(say(error), "info")
            return redirect(url_for(".dispute", dispute_id=item.id), 303)
        except (Invalid, Refused) as error:
            _attach(form, error)
        else:
            flash(gettext(told), "success")
            return redirect(url_for(".dispute", dispute_id=item.id), 303)
    return _page(item, form, 422)


@blueprint.get("/disputes/<int:dispute_id>/files/<int:file_id>")
@requires(*SEE)
def dispute_file(dispute_id: int, file_id: int) -> Any:
    """A file that came with an entry."""
    file = queries.file_of(queries.get_for(db(), current_person(), dispute_id), file_id)
    return send_stored(file.digest, file.media_type, file.name)
