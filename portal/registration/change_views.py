"""Pages of changes of units 变更: apply, decide, look at the dry run, carry out (GZ9)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people import queries as people
from portal.registration import change_policy as policy
from portal.registration import change_presentation as look
from portal.registration import change_queries as queries
from portal.registration import change_work as work
from portal.registration import changes as acts
from portal.registration.change_forms import FORMS, ChangeForm, ConfirmForm, DecisionForm, InstructionForm, StayingForm
from portal.registration.change_lifecycle import CHANGE_LABELS, ChangeState
from portal.registration.change_models import KIND_LABELS, MERGE_FORM_LABELS, UnitChange
from portal.units import queries as units
from portal.units.hooks import DISPOSAL_LABELS, ChangeKind
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.files import send_stored
from portal.web.navigation import REGISTER, NavItem

blueprint = Blueprint("changes", __name__, url_prefix="/registration/changes")
NAVIGATION = [
    NavItem(
        N_("Changes of units"),
        "arrow-forward-up",
        "changes.index",
        policy.TAKES_PART,
        order=30,
        count=queries.waiting_count,
        group=REGISTER,
    ),
]
DECISIONS = {
    "agree": (acts.agree, N_("You have agreed; the office reviews next.")),
    "review": (acts.review, N_("The review is recorded; the municipal office carries the change out.")),
    "refuse": (acts.refuse, N_("The case is refused; the applicant sees your reason.")),
}
KINDS = "<any(rename, dissolve, merge):kind>"


@blueprint.get("/")
@requires(*policy.TAKES_PART)
def index() -> str:
    """Cases, newest first."""
    state, before = request.args.get("state", ""), request.args.get("before", type=int)
    rows, more = queries.page(db(), current_person(), state if state in list(ChangeState) else "", before)
    here = url_for(".index", state=state or None)
    return render_template(
        "registration/changes.html",
        rows=rows,
        state=state,
        filtered=bool(state or before),
        labels=CHANGE_LABELS,
        kinds=KIND_LABELS,
        tones=look.TONES,
        states=[(str(key), gettext(label)) for key, label in CHANGE_LABELS.items()],
        older=url_for(".index", state=state or None, before=rows[-1].id) if more else None,
        newest=here if before else None,
    )


@blueprint.route(f"/new/{KINDS}", methods=["GET", "POST"])
@requires(P.REGISTRATION_APPLY)
def new(kind: str) -> Any:
    """Apply for a change of one's own unit."""
    g.nav = "changes.index"
    person, wanted = current_person(), ChangeKind(kind)
    form = FORMS[wanted]()
    form.offer(units.all_units(db()), people.people_of(db(), person.unit_id), person.unit)
    if form.validate_on_submit():
        try:
            change = acts.file_change(runtime(), db(), person, form.wish(), form.evidence())
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The application is filed; the head of your unit decides next."), "success")
            return redirect(url_for(".show", change_id=change.id), 303)
    return _new_page(wanted, form)


def _new_page(kind: ChangeKind, form: ChangeForm) -> Any:
    page = render_template(
        "registration/change_new.html", form=form, kind=kind, unit=current_person().unit, kinds=KIND_LABELS
    )
    return page, 422 if form.errors else 200


@blueprint.get("/<int:change_id>")
@requires(*policy.TAKES_PART)
def show(change_id: int) -> Any:
    """A case: facts, decisions, the dry run and what came of it."""
    return _page(_case(change_id))


def _case(change_id: int) -> UnitChange:
    return queries.get_for(db(), current_person(), change_id)


def _page(change: UnitChange, status: int = 200, **forms: Any) -> Any:
    g.nav = "changes.index"
    person = current_person()
    page = render_template(
        "registration/change.html",
        change=change,
        way=look.way_of(change),
        course=look.course_of(db(), change),
        label=CHANGE_LABELS[ChangeState(change.state)],
        tone=look.TONES[ChangeState(change.state)],
        kinds=KIND_LABELS,
        merge_forms=MERGE_FORM_LABELS,
        disposals=DISPOSAL_LABELS,
        open=look.is_open(change),
        decision=policy.decision_of(change, person),
        may_withdraw=policy.may_withdraw(change, person),
        decision_form=forms.get("decision") or DecisionForm(formdata=None),
        withdrawal=forms.get("withdrawal") or DecisionForm(formdata=None, prefix="withdrawal-"),
        people_form=_people_form(change, forms.get("staying")),
        instruction=_instruction(change, forms.get("instruction")),
        **_dry_run(change, forms.get("confirm")),
    )
    return page, status


def _own_member(change: UnitChange) -> Any:
    return next((one for one in change.members if policy.may_name_people(one, current_person())), None)


def _people_form(change: UnitChange, form: StayingForm | None) -> StayingForm | None:
    member = _own_member(change)
    if member is None:
        return None
    form = form or StayingForm(formdata=None, prefix="people-")
    form.offer_people(people.people_of(db(), member.unit_id), member.staying_ids)
    return form


def _instruction(change: UnitChange, form: InstructionForm | None) -> InstructionForm | None:
    if not policy.may_instruct(change, current_person()):
        return None
    form = form or InstructionForm(formdata=None, prefix="instruction-")
    form.offer_heirs(units.all_units(db()), change.unit)
    return form


def _dry_run(change: UnitChange, form: ConfirmForm | None) -> dict[str, Any]:
    """The rows to show: of what was confirmed and done, or as things stand now, for those who may look."""
    looks = change.state == ChangeState.REVIEWED and current_person().may(P.REGISTRATION_ENTER)
    ready = change.heir is not None and change.disposal is not None
    rows = change.confirmed or []
    if looks and ready:
        rows = work.dry_run(db(), change)
    form = form or ConfirmForm(formdata=None)
    form.offer(queries.receivers(db(), change), change.receiver_id)
    same = change.confirmed is not None and work.totals(change.confirmed) == work.totals(rows)
    return {
        "groups": look.compared(rows, change.result),
        "blocked": any(row["blocking"] for row in rows),
        "ready": ready,
        "same": same,
        "confirm_form": form,
    }


@blueprint.get("/<int:change_id>/letter")
@requires(*policy.TAKES_PART)
def letter(change_id: int) -> Response:
    """The uploaded letter."""
    change = _case(change_id)
    if change.evidence_digest is None or change.evidence_type is None:
        raise NotFound("There is no such page, or it is not yours to see.")
    return send_stored(change.evidence_digest, change.evidence_type, change.evidence_name)


@blueprint.post("/<int:change_id>/decide")
@requires(P.REGISTRATION_AGREE, P.REGISTRATION_ENTER, P.REGISTRATION_REVIEW, fresh=N_("Decide on the change of a unit"))
def decide(change_id: int) -> Any:
    """Agree, review or refuse, whichever is this person's step."""
    change, form = _case(change_id), DecisionForm()
    act, told = DECISIONS.get(request.form.get("act", ""), (None, ""))
    if act is None:
        abort(400)
    try:
        act(change, current_person(), form.opinion.data or "")
    except Invalid as error:
        form.attach(error)
        db().rollback()
        return _page(_case(change_id), 422, decision=form)
    flash(gettext(told), "success")
    return redirect(url_for(".show", change_id=change_id), 303)


@blueprint.post("/<int:change_id>/withdraw")
@requires(P.REGISTRATION_APPLY)
def withdraw(change_id: int) -> Any:
    """The applicant takes the case back."""
    change, form = _case(change_id), DecisionForm(prefix="withdrawal-")
    try:
        acts.withdraw(change, current_person(), form.opinion.data or "")
    except Invalid as error:
        form.attach(error)
        return _page(change, 422, withdrawal=form)
    flash(gettext("The application is withdrawn."), "success")
    return redirect(url_for(".show", change_id=change_id), 303)


@blueprint.post("/<int:change_id>/people")
@requires(P.REGISTRATION_APPLY)
def name_people(change_id: int) -> Any:
    """Say who of one's unit stays."""
    change, form = _case(change_id), StayingForm(prefix="people-")
    member = _own_member(change)
    if member is None:
        raise Refused("Only the administrator of the unit names its people, until the case is closed.")
    form.offer_people(people.people_of(db(), member.unit_id), member.staying_ids)
    try:
        acts.name_people(member, current_person(), form.staying.data or ())
    except Invalid as error:
        form.attach(error)
        return _page(change, 422, staying=form)
    flash(gettext("The list of people is kept."), "success")
    return redirect(url_for(".show", change_id=change_id), 303)


@blueprint.post("/<int:change_id>/instruction")
@requires(P.REGISTRATION_APPLY)
def instruct(change_id: int) -> Any:
    """Record what becomes of a dissolved unit's documents (GZ9(2))."""
    change, form = _case(change_id), InstructionForm(prefix="instruction-")
    form.offer_heirs(units.all_units(db()), change.unit)
    try:
        if not form.validate() or form.chosen is None:
            raise Invalid("Choose what becomes of the documents.", field="disposal")
        acts.instruct(db(), change, current_person(), form.chosen, form.heir.data or None)
    except Invalid as error:
        form.attach(error)
        return _page(change, 422, instruction=form)
    flash(gettext("The instruction is on record."), "success")
    return redirect(url_for(".show", change_id=change_id), 303)


@blueprint.post("/<int:change_id>/confirm")
@requires(P.REGISTRATION_ENTER)
def confirm(change_id: int) -> Any:
    """Stand for the numbers of the dry run."""
    change, form = _case(change_id), ConfirmForm()
    form.offer(queries.receivers(db(), change), change.receiver_id)
    if not form.validate():
        return _page(change, 422, confirm=form)
    work.confirm(db(), change, current_person(), form.receiver.data or None)
    flash(gettext("The numbers are confirmed. The change can be carried out as long as they stay the same."), "success")
    return redirect(url_for(".show", change_id=change_id), 303)


@blueprint.post("/<int:change_id>/carry-out")
@requires(P.REGISTRATION_ENTER, fresh=N_("Carry out the change of a unit"))
def carry_out(change_id: int) -> Response:
    """Do what was confirmed, in one transaction."""
    change = _case(change_id)
    if request.form.get("confirmed") != "yes":
        raise Refused("Confirm it first.")
    work.carry_out(db(), change, current_person())
    flash(gettext("The change is carried out; the numbers are those that were confirmed."), "success")
    return redirect(url_for(".show", change_id=change_id), 303)
