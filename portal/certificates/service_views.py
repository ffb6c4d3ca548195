"""Pages of the certification service: statistics, rules, drills, files; what departments need (K-3, K-6)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext

from portal.certificates import service as acts
from portal.certificates import service_queries as queries
from portal.certificates import statistics
from portal.certificates.forms import DrillForm, FileForm, TextForm
from portal.certificates.models import KIND_LABELS
from portal.certificates.service_models import FILE_LABELS, TEXT_LABELS, FileKind, TextKind
from portal.core.clock import now, today
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.seals import trusting
from portal.seals.trust_models import TRUSTED_FOR_LABELS
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.files import send_stored

blueprint = Blueprint("certification", __name__, url_prefix="/certification")
NAV = "certificates.index"
MEDIA = {
    FileKind.REGISTER: ("text/csv", "证书登记簿.csv"),
    FileKind.REPORT: ("application/pdf", "{year}年度电子认证服务情况报告.pdf"),
    FileKind.HANDOVER: ("application/zip", "业务承接移交包.zip"),
}


@blueprint.get("/statistics")
@requires(Permission.CERTIFICATES_APPROVE)
def figures() -> str:
    """The service in numbers."""
    g.nav = NAV
    return render_template("certificates/statistics.html", figures=statistics.figures(db()), kinds=KIND_LABELS)


@blueprint.get("/")
@requires(Permission.CERTIFICATES_MANAGE)
def service() -> Any:
    """What the service publishes and keeps."""
    return _page()


def _page(drill: DrillForm | None = None, file: FileForm | None = None) -> Any:
    g.nav = NAV
    files, due = queries.files(db()), queries.drill_due(db(), runtime().rules.drill_months)
    page = render_template(
        "certificates/service.html",
        versions={kind: queries.versions(db(), kind) for kind in TextKind},
        texts=TEXT_LABELS,
        drills=queries.drills(db()),
        drill_due=due,
        drill_overdue=due is not None and due <= today(),
        report_year=queries.report_overdue(db(), current_person()),
        authorities=trusting.in_force(db()),
        trusted_for=TRUSTED_FOR_LABELS,
        files=files,
        file_labels=FILE_LABELS,
        working=any(one.waiting for one in files),
        drill_form=drill or DrillForm(formdata=None),
        file_form=file or FileForm(formdata=None, year=now().year - 1),
        now=now(),
    )
    return page, 422 if any(one is not None and one.errors for one in (drill, file)) else 200


@blueprint.route("/texts/<kind>/new", methods=["GET", "POST"])
@requires(Permission.CERTIFICATES_MANAGE)
def new_text(kind: str) -> Any:
    """Publish the next version of the business rules or of the continuity plan."""
    g.nav = NAV
    what = _text_kind(kind)
    last, form = queries.version(db(), what, None), TextForm()
    if form.validate_on_submit():
        try:
            acts.publish(
                db(), current_person(), kind=what, title=form.title.data or "", text=form.text.data or "",
                change=form.change.data or "", service_kept=form.service_kept.data,
            )  # fmt: skip
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The new version is published."), "success")
            return redirect(url_for(".service"), 303)
    elif last is not None and not form.is_submitted():
        form.title.data, form.text.data = last.title, last.text
    page = render_template("certificates/text_new.html", form=form, last=last, kind=what, label=TEXT_LABELS[what])
    return page, 422 if form.errors else 200


def _text_kind(kind: str) -> TextKind:
    if kind not in set(TextKind):
        raise NotFound("There is no such page, or it is not yours to see.")
    return TextKind(kind)


@blueprint.get("/texts/<kind>/<int:number>")
@requires(Permission.CERTIFICATES_VIEW)
def text(kind: str, number: int) -> str:
    """One version."""
    g.nav = NAV
    what = _text_kind(kind)
    found = queries.version(db(), what, number)
    if found is None:
        raise NotFound("There is no such page, or it is not yours to see.")
    return render_template("certificates/text.html", item=found, label=TEXT_LABELS[what])


@blueprint.post("/drills")
@requires(Permission.CERTIFICATES_MANAGE)
def drill() -> Any:
    """Record a drill."""
    form = DrillForm()
    try:
        if form.held_on.data is None:
            raise Invalid("Enter the day of the drill.", field="held_on")
        acts.record_drill(
            db(), current_person(), held_on=form.held_on.data, scenario=form.scenario.data or "",
            participants=form.participants.data or "", result=form.result.data or "", lessons=form.lessons.data or "",
        )  # fmt: skip
    except Invalid as error:
        form.attach(error)
        return _page(drill=form)
    flash(gettext("The drill is recorded."), "success")
    return redirect(url_for(".service"), 303)


@blueprint.post("/files")
@requires(Permission.CERTIFICATES_MANAGE)
def ask_file() -> Any:
    """Have a file made."""
    form = FileForm()
    try:
        acts.ask_file(db(), current_person(), kind=form.kind.data or "", year=form.year.data)
    except Invalid as error:
        form.attach(error)
        return _page(file=form)
    return redirect(url_for(".service"), 303)


@blueprint.get("/files/<int:file_id>")
@requires(Permission.CERTIFICATES_MANAGE)
def file(file_id: int) -> Any:
    """A file that was made."""
    item = queries.get_file(db(), file_id)
    if item.digest is None:
        raise NotFound("There is no such page, or it is not yours to see.")
    media_type, name = MEDIA[FileKind(item.kind)]
    return send_stored(item.digest, media_type, name.format(year=item.year))


@blueprint.get("/integration")
@requires(Permission.PEOPLE_PROFILE)
def integration() -> str:
    """Addresses and examples for departments that check certificates in their own systems."""
    g.nav = NAV
    return render_template("certificates/integration.html", base=runtime().settings.base_url.rstrip("/"))
