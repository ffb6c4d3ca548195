"""Pages of the authorities of other places whose seals are recognised here (S-7)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import gettext

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.seals import trusting
from portal.seals.trust_forms import AuthorityForm, WithdrawForm
from portal.seals.trust_models import TRUSTED_FOR_LABELS, TrustedAuthority
from portal.web.access import current_person, requires
from portal.web.database import db
from portal.web.navigation import NavItem
from portal.web.pem_fields import LARGEST_PEM, brought

blueprint = Blueprint("authorities", __name__, url_prefix="/seals/authorities")
READERS = (Permission.SEALS_TRUST, Permission.CERTIFICATES_MANAGE)
"""Who decides, and the certification service, which brings in what these authorities issue."""
NAVIGATION = [
    NavItem(N_("Recognised authorities"), "certificate", "authorities.index", READERS, order=44),
]


@blueprint.get("/")
@requires(*READERS)
def index() -> Any:
    """Whose seals and time stamps are recognised, and whose were."""
    return _page(AuthorityForm(formdata=None))


@blueprint.post("/")
@requires(Permission.SEALS_TRUST, fresh=N_("Recognise an authority"))
def import_authority() -> Any:
    """Recognise an authority."""
    form = AuthorityForm()
    if form.validate_on_submit():
        try:
            trusting.import_authority(
                db(),
                current_person(),
                chain=brought(form.chain, form.file),
                fingerprint=form.fingerprint.data or "",
                trusted_for=form.trusted_for.data,
                policies=form.policies.data or "",
                reason=form.reason.data or "",
            )
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The authority is recognised from now on."), "success")
            return redirect(url_for(".index"), 303)
    return _page(form, 422)


@blueprint.get("/<int:authority_id>")
@requires(*READERS)
def authority(authority_id: int) -> Any:
    """One authority with its certificates."""
    return _one(trusting.get_for(db(), current_person(), authority_id), WithdrawForm(formdata=None))


@blueprint.post("/<int:authority_id>/withdraw")
@requires(Permission.SEALS_TRUST, fresh=N_("Withdraw the recognition of an authority"))
def withdraw(authority_id: int) -> Any:
    """Recognise an authority no more."""
    found = trusting.get_for(db(), current_person(), authority_id)
    form = WithdrawForm()
    try:
        trusting.withdraw_authority(
            found, current_person(), form.reason.data or "", past_stands=form.past.data == "stands"
        )
    except Invalid as error:
        form.attach(error)
        return _one(found, form, 422)
    flash(gettext("The recognition is withdrawn."), "success")
    return redirect(url_for(".index"), 303)


def _page(form: AuthorityForm, status: int = 200) -> Any:
    page = render_template(
        "seals/authorities.html",
        form=form,
        authorities=trusting.all_of(db()),
        labels=TRUSTED_FOR_LABELS,
        deciding=_decides(),
        largest=LARGEST_PEM,
    )
    return page, status


def _one(found: TrustedAuthority, form: WithdrawForm, status: int = 200) -> Any:
    g.nav = "authorities.index"
    page = render_template(
        "seals/authority.html", authority=found, form=form, labels=TRUSTED_FOR_LABELS, deciding=_decides()
    )
    return page, status


def _decides() -> bool:
    return current_person().may(Permission.SEALS_TRUST)
