"""Pages of seals, their applications and their use books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.ledger.queries import history
from portal.people import queries as people
from portal.seals import applications as acts
from portal.seals import (
    carriers,
    custody,
    evidence,
    faces,
    handing_in,
    kinds,
    listing,
    losses,
    operations,
    other_certificates,
    policy,
    presentation,
    queries,
    register,
    unit_rules,
)
from portal.seals.applying_forms import LossForm
from portal.seals.carrier_lifecycle import CARRIER_LABELS
from portal.seals.forms import FreezeForm, OpinionForm, TakeBackForm
from portal.seals.lifecycle import APPLICATION_LABELS, CEREMONY_LABELS, SEAL_LABELS, ApplicationAct
from portal.seals.models import (
    APPLICATION_KIND_LABELS,
    MAKING,
    SEAL_CLASS_LABELS,
    ApplicationKind,
    SealApplication,
    SealClass,
    UnitSeal,
)
from portal.units.models import UnitKind
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.files import send_stored
from portal.web.navigation import NavItem

blueprint = Blueprint("seals", __name__, url_prefix="/seals")
NAVIGATION = [
    NavItem(
        N_("Seals"), "rubber-stamp", "seals.index", (Permission.SEALS_VIEW,), order=40, count=listing.waiting_count
    ),
]
DECIDING = (Permission.SEALS_AGREE, Permission.SEALS_REVIEW, Permission.SEALS_APPROVE)
DECISIONS = {
    ApplicationAct.AGREE: (acts.agree, N_("You have agreed; the secretariat reviews next.")),
    ApplicationAct.REVIEW: (acts.review, N_("The review is recorded; the leader of the office decides next.")),
    ApplicationAct.APPROVE: (acts.approve, N_("The application is approved; a ceremony can be called.")),
    ApplicationAct.REFUSE: (acts.refuse, N_("The application is refused; the applicant sees your reason.")),
}


@blueprint.get("/")
@requires(Permission.SEALS_VIEW)
def index() -> str:
    """What waits for me, and the seals of my unit or, for the office, of all units."""
    person, wanted = current_person(), _wanted()
    rows, more = listing.seals(db(), person, wanted)
    return render_template(
        "seals/index.html",
        **_list_page(rows, more, wanted, SEAL_LABELS),
        waiting=listing.waiting(db(), person),
        called=listing.called(db(), person),
        own_application=queries.live_application(db(), person.unit_id),
        own_seals=queries.live_seals(db(), person.unit_id),
        tones=presentation.SEAL_TONES,
    )


@blueprint.get("/applications")
@requires(Permission.SEALS_VIEW)
def application_list() -> str:
    """Applications, newest first."""
    wanted = _wanted()
    g.nav = "seals.index"
    rows, more = listing.applications(db(), current_person(), wanted)
    return render_template(
        "seals/applications.html",
        **_list_page(rows, more, wanted, APPLICATION_LABELS),
        tones=presentation.APPLICATION_TONES,
        kinds=APPLICATION_KIND_LABELS,
        badge=presentation.application_badge,
    )


@blueprint.get("/applications/<int:application_id>")
@requires(Permission.SEALS_VIEW)
def application(application_id: int) -> Any:
    """Everything that will be made, who decided, and what is to be done."""
    return application_page(queries.get_application(db(), current_person(), application_id))


@blueprint.get("/applications/<int:application_id>/evidence/<int:number>")
@requires(Permission.SEALS_VIEW)
def evidence_file(application_id: int, number: int) -> Any:
    """A file brought with an application; it was cleaned when it came."""
    file = evidence.file_of(queries.get_application(db(), current_person(), application_id), number)
    return send_stored(file.digest, file.media_type, file.name, inline="keep" not in request.args)


def application_page(application: SealApplication, status: int = 200, **forms: Any) -> Any:
    """The page of an application; `forms` are those with errors."""
    g.nav = "seals.index"
    events = history(db(), "seal-application", application.id)
    page = render_template(
        "seals/application.html",
        application=application,
        custodians=listing.people_named(db(), application.custodian_ids),
        holders=listing.people_named(db(), application.holder_ids),
        sides=presentation.sides_of(application),
        way=presentation.way_of(application),
        course=[
            (line, person_named(line.person_id), person_named(line.acting_for_id))
            for line in presentation.course_of(application, events)
        ],
        state=presentation.application_badge(application),
        decision=policy.decision_of(application, current_person()),
        took_part=policy.took_part(application, current_person()),
        ceremonies=listing.ceremonies_of(db(), application),
        ceremony_labels=CEREMONY_LABELS,
        ceremony_tones=presentation.CEREMONY_TONES,
        seals=listing.seals_of(db(), application),
        kind_label=APPLICATION_KIND_LABELS[ApplicationKind(application.kind)],
        facts=kinds.FACTS[ApplicationKind(application.kind)],
        makes=application.kind in MAKING,
        concerned=queries.seals_named(db(), application.seal_ids),
        cause=kinds.cause_label(application.details.get("cause")),
        files=evidence.files_of(application),
        reports=losses.reports_of(db(), application),
        others=other_certificates.named(application),
        outstanding=handing_in.outstanding(db(), application),
        classes=SEAL_CLASS_LABELS,
        **{"opinion": OpinionForm(), "withdrawal": OpinionForm(prefix="withdrawal-"), **forms},
    )
    return page, status


@blueprint.post("/applications/<int:application_id>/decide")
@requires(*DECIDING, fresh=N_("Decide on an application for seals"))
def decide(application_id: int) -> Any:
    """Agree, review, approve or refuse, whichever is this person's step."""
    application = queries.get_application(db(), current_person(), application_id)
    form, act = OpinionForm(), request.form.get("act", "")
    if act not in DECISIONS:
        abort(400)
    decision, told = DECISIONS[ApplicationAct(act)]
    try:
        decision(application, current_person(), form.opinion.data or "")
    except Invalid as error:
        form.attach(error)
        return application_page(application, 422, opinion=form)
    flash(gettext(told), "success")
    return redirect(url_for(".application", application_id=application.id), 303)


@blueprint.post("/applications/<int:application_id>/withdraw")
@requires(Permission.SEALS_APPLY)
def withdraw(application_id: int) -> Any:
    """The applicant takes the application back."""
    application = queries.get_application(db(), current_person(), application_id)
    form = OpinionForm(prefix="withdrawal-")
    try:
        acts.withdraw(application, current_person(), form.opinion.data or "")
    except Invalid as error:
        form.attach(error)
        return application_page(application, 422, withdrawal=form)
    flash(gettext("The application is withdrawn."), "success")
    return redirect(url_for(".application", application_id=application.id), 303)


@blueprint.get("/<int:seal_id>")
@requires(Permission.SEALS_VIEW)
def seal(seal_id: int) -> Any:
    """A seal with its custody record and its use book (S-10)."""
    return _seal_page(queries.get_seal(db(), current_person(), seal_id), FreezeForm())


def _seal_page(
    seal: UnitSeal,
    form: FreezeForm,
    status: int = 200,
    back: TakeBackForm | None = None,
    loss: LossForm | None = None,
) -> Any:
    g.nav = "seals.index"
    before = request.args.get("before", type=int)
    uses, more = listing.use_book(db(), seal, before)
    here = url_for(".seal", seal_id=seal.id)
    page = render_template(
        "seals/seal.html",
        seal=seal,
        form=form,
        certificate=presentation.certificate_of(seal),
        custody=custody.of(seal),
        state=presentation.seal_badge(seal),
        classes=SEAL_CLASS_LABELS,
        may_freeze=policy.may_freeze(seal, current_person()),
        may_take_back=policy.may_take_back(seal, current_person()),
        back_form=back or TakeBackForm(formdata=None, prefix="back"),
        loss_form=loss or LossForm(formdata=None, prefix="loss"),
        may_report=losses.may_report(seal, current_person()),
        loss=losses.open_loss(db(), seal),
        carriers=carriers.of_seal(db(), seal),
        carrier_labels=CARRIER_LABELS,
        rules_held=unit_rules.newest(db(), seal.unit_id),
        days_left=register.days_left(seal),
        warning=register.warning(seal),
        uses=[presentation.use_of(use) for use in uses],
        newest=here if before else None,
        older=f"{here}?before={uses[-1].id}" if more else None,
    )
    return page, status


@blueprint.post("/<int:seal_id>/suspend")
@requires(Permission.SEALS_FREEZE, fresh=N_("Suspend a seal"))
def suspend(seal_id: int) -> Any:
    """Freeze a seal at once (S-12)."""
    seal, form = queries.get_seal(db(), current_person(), seal_id), FreezeForm()
    try:
        operations.suspend(seal, current_person(), form.reason.data or "")
    except Invalid as error:
        form.attach(error)
        return _seal_page(seal, form, 422)
    flash(gettext("The seal is suspended. Nobody can stamp with it any more."), "success")
    return redirect(url_for(".seal", seal_id=seal.id), 303)


@blueprint.post("/<int:seal_id>/report-loss")
@requires(Permission.SEALS_REPORT_LOSS)
def report_loss(seal_id: int) -> Any:
    """Report a seal as lost. No fresh proof is asked for: what is lost may be the very thing that proves."""
    person, seal = current_person(), queries.get_seal(db(), current_person(), seal_id)
    form = LossForm(prefix="loss")
    try:
        losses.report_loss(seal, person, form.circumstances.data or "", form.carrier.data or "")
    except Invalid as error:
        form.attach(error)
        return _seal_page(seal, FreezeForm(formdata=None), 422, loss=form)
    flash(gettext("The loss is recorded and the seal suspended. Now the unit applies to have it replaced."), "success")
    if person.may(Permission.SEALS_APPLY):
        return redirect(url_for("applying.apply", kind=ApplicationKind.REPLACE, seal=seal.id), 303)
    return redirect(url_for(".seal", seal_id=seal.id), 303)


@blueprint.post("/<int:seal_id>/take-back")
@requires(Permission.SEALS_TAKE_BACK, fresh=N_("Take a seal back"))
def take_back(seal_id: int) -> Any:
    """The secrecy office records that the unit handed the seal back (GZ25)."""
    seal, form = queries.get_seal(db(), current_person(), seal_id), TakeBackForm(prefix="back")
    try:
        operations.take_back(seal, current_person(), form.note.data or "")
    except Invalid as error:
        form.attach(error)
        return _seal_page(seal, FreezeForm(formdata=None), 422, form)
    flash(gettext("It is recorded that the seal was handed back."), "success")
    return redirect(url_for(".seal", seal_id=seal.id), 303)


@blueprint.get("/<int:seal_id>/face.svg")
@requires(Permission.SEALS_VIEW)
def face(seal_id: int) -> Response:
    """The face of a seal, true to size (S-2)."""
    seal = queries.get_seal(db(), current_person(), seal_id)
    return _picture(UnitKind(seal.unit.kind), seal.ceremony.application.face_text, SealClass(seal.seal_class))


@blueprint.get("/applications/<int:application_id>/<any(signature, verification):seal_class>.svg")
@requires(Permission.SEALS_VIEW)
def application_face(application_id: int, seal_class: str) -> Response:
    """A face as an application would have it made."""
    application = queries.get_application(db(), current_person(), application_id)
    return _picture(UnitKind(application.unit.kind), application.face_text, SealClass(seal_class))


@blueprint.get("/apply/<any(signature, verification):seal_class>.svg")
@requires(Permission.SEALS_APPLY)
def preview(seal_class: str) -> Response:
    """A face of one's own unit, before applying."""
    unit = current_person().unit
    return _picture(UnitKind(unit.kind), unit.name, SealClass(seal_class))


def _picture(kind: UnitKind, name: str, seal_class: SealClass) -> Response:
    drawn = faces.svg(faces.face_for(kind, name, seal_class), runtime().settings.fonts_dir)
    return Response(drawn, mimetype="image/svg+xml")


def person_named(person_id: int | None) -> Any:
    """A person who did something; None for the system itself."""
    return people.get(db(), person_id) if person_id is not None else None


def _wanted() -> listing.Filter:
    return listing.Filter(
        state=request.args.get("state", ""),
        unit_id=request.args.get("unit", type=int),
        before=request.args.get("before", type=int),
    )


def _list_page(rows: Any, more: bool, wanted: listing.Filter, labels: Mapping[Any, str]) -> dict[str, Any]:
    """What both lists hand to their page; the office gets a filter by unit."""
    oversees = bool(current_person().roles & queries.OVERSEERS)
    kept: dict[str, Any] = {"state": wanted.state or None, "unit": wanted.unit_id}
    return {
        "rows": rows,
        "wanted": wanted,
        "oversees": oversees,
        "units": [(unit.id, unit.name) for unit in listing.units_with_seals(db())] if oversees else [],
        "labels": labels,
        "states": [(str(state), gettext(label)) for state, label in labels.items()],
        "classes": SEAL_CLASS_LABELS,
        "older": url_for(request.endpoint or "", **kept, before=rows[-1].id) if more else None,
        "newest": url_for(request.endpoint or "", **kept) if wanted.before else None,
    }
