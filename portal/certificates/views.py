"""Pages of certificates: the register, one's own, applications."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.certificates import operations as acts
from portal.certificates import policy, queries
from portal.certificates.files import kept_until
from portal.certificates.forms import (
    CarrierForm,
    ImportForm,
    KindForm,
    OpinionForm,
    PersonForm,
    ReportForm,
)
from portal.certificates.lifecycle import APPLICATION_LABELS, CERTIFICATE_LABELS, LIVE, ApplicationState
from portal.certificates.models import KIND_LABELS, SUBJECT_LABELS, Certificate, CertificateApplication
from portal.core.clock import now
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.ledger.queries import history
from portal.seals import queries as seals
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.navigation import NavItem
from portal.web.pem_fields import brought

blueprint = Blueprint("certificates", __name__, url_prefix="/certificates")
NAV = "certificates.index"
NAVIGATION = [
    NavItem(
        N_("Certificates"),
        "certificate",
        NAV,
        (Permission.CERTIFICATES_VIEW,),
        order=41,
        count=queries.waiting_count,
    )
]
CERTIFICATE_TONES = {"valid": "good", "held": "warn", "replaced": "neutral", "revoked": "bad"}
APPLICATION_TONES = {
    "applied": "info",
    "agreed": "info",
    "approved": "active",
    "done": "good",
    "refused": "bad",
    "withdrawn": "neutral",
}


def words() -> dict[str, Any]:
    """Labels and tones every page of certificates needs."""
    return {
        "states": CERTIFICATE_LABELS,
        "state_tones": CERTIFICATE_TONES,
        "application_states": APPLICATION_LABELS,
        "application_tones": APPLICATION_TONES,
        "kinds": KIND_LABELS,
        "subjects": SUBJECT_LABELS,
        "now": now(),
        "live": LIVE,
    }


def before() -> int | None:
    """The id the page before this one ended with."""
    return request.args.get("before", type=int)


@blueprint.get("/")
@requires(Permission.CERTIFICATES_VIEW)
def index() -> str:
    """The register: of one's unit, or for the offices that approve, of all."""
    tab = request.args.get("tab", "live")
    tab = tab if tab in queries.TABS else "live"
    q = request.args.get("q", "")[:80]
    rows, more = queries.listed(db(), current_person(), tab, q, before())
    kept = {"tab": tab, "q": q or None}
    return render_template(
        "certificates/index.html",
        rows=rows,
        tab=tab,
        q=q,
        waiting=db().scalars(queries.waiting_for(current_person()).limit(queries.PAGE_ROWS)).all(),
        newest=url_for(".index", **kept) if before() else None,  # type: ignore[arg-type]
        older=url_for(".index", before=rows[-1].id, **kept) if more else None,  # type: ignore[arg-type]
        **words(),
    )


@blueprint.get("/mine")
@requires(Permission.PEOPLE_PROFILE)
def mine() -> str:
    """One's own certificates and applications."""
    g.nav = NAV
    person = current_person()
    return render_template(
        "certificates/mine.html",
        rows=queries.all_of(db(), person),
        applications=queries.applications_of(db(), person),
        under_way=queries.under_way(db(), person=person),
        **words(),
    )


@blueprint.route("/apply", methods=["GET", "POST"])
@requires(Permission.PEOPLE_PROFILE)
def apply() -> Any:
    """Apply about one's own certificate."""
    g.nav, person, form = NAV, current_person(), PersonForm()
    certificate = queries.live_of(db(), person)
    form.offer(policy.kinds_for(certificate))
    if form.validate_on_submit():
        try:
            csr = brought(form.csr, form.file, "CERTIFICATE REQUEST")
            made = acts.apply_for_person(
                db(), person, kind=form.kind.data or "", reason=form.reason.data or "", csr=csr
            )
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The application is filed."), "success")
            return redirect(url_for(".application", application_id=made.id), 303)
    page = render_template("certificates/apply.html", form=form, certificate=certificate, account=person.account)
    return page, 422 if form.errors else 200


@blueprint.route("/seals/<int:seal_id>/apply", methods=["GET", "POST"])
@requires(Permission.SEALS_APPLY)
def apply_for_seal(seal_id: int) -> Any:
    """Apply about the certificate of a seal of one's unit."""
    g.nav, form = NAV, KindForm()
    seal = seals.get_seal(db(), current_person(), seal_id)
    form.offer(policy.SEAL_KINDS)
    if form.validate_on_submit():
        try:
            made = acts.apply_for_seal(
                db(), current_person(), seal, kind=form.kind.data or "", reason=form.reason.data or ""
            )
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The application is filed; the head of your unit decides next."), "success")
            return redirect(url_for(".application", application_id=made.id), 303)
    return render_template("certificates/apply_for_seal.html", form=form, seal=seal), 422 if form.errors else 200


@blueprint.get("/applications")
@requires(Permission.CERTIFICATES_VIEW)
def applications() -> str:
    """Applications, newest first, and the unit's seals something can be applied for."""
    g.nav, person = NAV, current_person()
    rows, more = queries.applications(db(), person, before())
    return render_template(
        "certificates/applications.html",
        rows=rows,
        seals=queries.unit_seals(db(), person) if person.may(Permission.SEALS_APPLY) else (),
        newest=url_for(".applications") if before() else None,
        older=url_for(".applications", before=rows[-1].id) if more else None,
        **words(),
    )


@blueprint.get("/applications/<int:application_id>")
@requires(Permission.PEOPLE_PROFILE)
def application(application_id: int) -> Any:
    """An application: what, why, whose turn, what came of it."""
    return _application_page(_got(application_id))


def _got(application_id: int) -> CertificateApplication:
    return queries.get_application(db(), current_person(), application_id)


def _application_page(
    item: CertificateApplication, form: OpinionForm | None = None, bringing: ImportForm | None = None
) -> Any:
    g.nav, person = NAV, current_person()
    made = item.csr is not None and item.subject_kind == "seal" and item.state == ApplicationState.APPROVED
    page = render_template(
        "certificates/application.html",
        item=item,
        form=form or OpinionForm(formdata=None),
        bringing=bringing or ImportForm(formdata=None),
        turn=policy.decision_of(item, person),
        may_withdraw=policy.may_withdraw(item, person),
        may_import=made and person.may(Permission.CERTIFICATES_APPROVE),
        working=item.state == ApplicationState.APPROVED and not made,
        result=db().scalars(queries.visible_certificates(person).where(Certificate.application_id == item.id)).first(),
        **words(),
    )
    failed = any(one is not None and one.errors for one in (form, bringing))
    return page, 422 if failed else 200


@blueprint.post("/applications/<int:application_id>/decide")
@requires(
    Permission.SEALS_AGREE, Permission.CERTIFICATES_APPROVE, fresh=N_("Decide on an application about a certificate.")
)
def decide(application_id: int) -> Any:
    """Agree, approve or refuse."""
    item, form = _got(application_id), OpinionForm()
    try:
        acts.decide(item, current_person(), request.form.get("act", ""), form.opinion.data or "")
    except Invalid as error:
        form.attach(error)
        return _application_page(item, form)
    flash(gettext("Your decision is recorded."), "success")
    return redirect(url_for(".application", application_id=item.id), 303)


@blueprint.post("/applications/<int:application_id>/withdraw")
@requires(Permission.PEOPLE_PROFILE)
def withdraw(application_id: int) -> Any:
    """Take an application back."""
    acts.withdraw(_got(application_id), current_person())
    flash(gettext("The application is withdrawn."), "success")
    return redirect(url_for(".application", application_id=application_id), 303)


@blueprint.get("/applications/<int:application_id>/request.csr")
@requires(Permission.CERTIFICATES_VIEW)
def certification_request(application_id: int) -> Response:
    """The request to hand to the other authority."""
    item = _got(application_id)
    if item.csr is None:
        raise NotFound(queries.NOT_THERE)
    return _text(item.csr, f"request-{item.id}.csr", "application/pkcs10")


@blueprint.post("/applications/<int:application_id>/import")
@requires(Permission.CERTIFICATES_APPROVE, fresh=N_("Bring in a certificate of another authority."))
def bring_in(application_id: int) -> Any:
    """Bring in the certificate another authority issued."""
    item, form = _got(application_id), ImportForm()
    try:
        pem = brought(form.certificate, form.file)
        made = acts.import_certificate(item, current_person(), certificate=pem, chain=form.chain.data or "")
    except Invalid as error:
        form.attach(error)
        return _application_page(item, bringing=form)
    db().flush()
    flash(gettext("The certificate is checked. The seal bears it once a ceremony has changed its custody."), "success")
    return redirect(url_for(".show", certificate_id=made.id), 303)


@blueprint.get("/<int:certificate_id>")
@requires(Permission.PEOPLE_PROFILE)
def show(certificate_id: int) -> Any:
    """A certificate with its life."""
    return _certificate_page(_certificate(certificate_id))


def _certificate(certificate_id: int) -> Certificate:
    return queries.get_certificate(db(), current_person(), certificate_id)


def _certificate_page(item: Certificate, form: ReportForm | None = None, carrier: CarrierForm | None = None) -> Any:
    g.nav, person = NAV, current_person()
    page = render_template(
        "certificates/show.html",
        item=item,
        form=form or ReportForm(formdata=None),
        carrier=carrier or CarrierForm(formdata=None),
        may_report=policy.may_report(item, person),
        manages=person.may(Permission.CERTIFICATES_MANAGE),
        events=history(db(), "certificate", item.id),
        event_words=EVENTS,
        kept_until=kept_until(item, runtime().rules.certificate_retention_years),
        **words(),
    )
    return page, 422 if any(one is not None and one.errors for one in (form, carrier)) else 200


EVENTS = {
    "certificate.entered": N_("Entered from the ceremony"),
    "certificate.issued": N_("Issued"),
    "certificate.imported": N_("Brought in from another authority"),
    "certificate.expiry-warned": N_("Warned before its end"),
    "certificate.held": N_("Put on hold"),
    "certificate.recovered": N_("Recovered"),
    "certificate.replaced": N_("Replaced by another"),
    "certificate.reported": N_("Loss or compromise reported"),
    "certificate.revoked": N_("Revoked certificate"),
}


@blueprint.get("/<int:certificate_id>/certificate.pem")
@requires(Permission.PEOPLE_PROFILE)
def certificate_file(certificate_id: int) -> Response:
    """The certificate."""
    item = _certificate(certificate_id)
    return _text(item.pem, f"{item.serial}.pem", "application/x-pem-file")


@blueprint.get("/<int:certificate_id>/chain.pem")
@requires(Permission.PEOPLE_PROFILE)
def chain_file(certificate_id: int) -> Response:
    """The certificate with those of its issuers."""
    item = _certificate(certificate_id)
    chain = item.chain
    if not chain and not item.external and runtime().settings.seal_ca_file.is_file():
        chain = runtime().settings.seal_ca_file.read_text()
    return _text(item.pem + chain, f"{item.serial}-chain.pem", "application/x-pem-file")


@blueprint.post("/<int:certificate_id>/report")
@requires(Permission.PEOPLE_PROFILE, fresh=N_("Report a lost carrier or a compromised key."))
def report(certificate_id: int) -> Any:
    """Report a loss: on hold or revoked at once (K-5)."""
    item, form = _certificate(certificate_id), ReportForm()
    try:
        acts.report(item, current_person(), what=form.what.data or "", why=form.why.data or "")
    except Invalid as error:
        form.attach(error)
        return _certificate_page(item, form)
    flash(
        gettext("Reported. The answer about this certificate and the revocation list follow within minutes."), "success"
    )
    return redirect(url_for(".show", certificate_id=item.id), 303)


@blueprint.post("/<int:certificate_id>/carriers")
@requires(Permission.CERTIFICATES_MANAGE)
def hand_out(certificate_id: int) -> Any:
    """Record that a carrier was handed out."""
    item, form = _certificate(certificate_id), CarrierForm()
    try:
        acts.hand_out(item, current_person(), form.number.data or "")
    except Invalid as error:
        form.attach(error)
        return _certificate_page(item, carrier=form)
    flash(gettext("The carrier is recorded."), "success")
    return redirect(url_for(".show", certificate_id=item.id), 303)


@blueprint.post("/carriers/<int:carrier_id>/back")
@requires(Permission.CERTIFICATES_MANAGE)
def take_back(carrier_id: int) -> Any:
    """Record that a carrier was handed back."""
    carrier = queries.get_carrier(db(), carrier_id)
    acts.take_back(carrier, current_person())
    flash(gettext("The carrier is recorded as handed back."), "success")
    return redirect(url_for(".show", certificate_id=carrier.certificate_id), 303)


def _text(content: str, name: str, media_type: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response
