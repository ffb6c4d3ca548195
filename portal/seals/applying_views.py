"""Applying: one page to choose what is wanted, one form for every kind (GZ21, LYS 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.errors import Invalid, Refused
from portal.core.permissions import Permission
from portal.people import queries as people
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import applications as acts
from portal.seals import faces, filing, kinds, losses, other_certificates, queries, uploading
from portal.seals.applying_forms import WishForm
from portal.seals.evidence import MOST_FILES
from portal.seals.filing import Wish
from portal.seals.kinds import FACTS, Cause
from portal.seals.models import (
    APPLICATION_KIND_LABELS,
    MAKING,
    OF_THE_DEVICE,
    SEAL_CLASS_LABELS,
    ApplicationKind,
    SealApplication,
    SealClass,
    UnitSeal,
)
from portal.units.models import UnitKind
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.errors import say

blueprint = Blueprint("applying", __name__, url_prefix="/seals/apply")
APPLIES = (Permission.SEALS_APPLY, Permission.SEALS_APPLY_DEVICE)
KIND = "<any({}):kind>".format(", ".join(f'"{kind}"' for kind in ApplicationKind))


@blueprint.get("")
@requires(*APPLIES)
def choose() -> str:
    """What can be applied for, with plain words when to take which."""
    person = current_person()
    g.nav = "seals.index"
    return render_template(
        "seals/choose.html",
        unit=person.unit,
        under_way=queries.live_application(db(), person.unit_id),
        losses=losses.open_losses(db(), person.unit_id),
        offers=[(kind, FACTS[kind], why_not(person, kind)) for kind in ApplicationKind if _for(person, kind)],
        labels=APPLICATION_KIND_LABELS,
    )


@blueprint.route(f"/{KIND}", methods=["GET", "POST"])
@requires(*APPLIES)
def apply(kind: str) -> Any:
    """The unified form for one kind."""
    person, wanted = current_person(), ApplicationKind(kind)
    seals = kinds.concerned(db(), person.unit_id, wanted)
    form, offered = WishForm(), _keepers(person)
    form.offer(**offered)
    form.shape(wanted, seals)
    if form.validate_on_submit():
        try:
            application = _file(form, wanted, offered, seals)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The application is filed; the head of your unit decides next."), "success")
            return redirect(url_for("seals.application", application_id=application.id), 303)
    elif request.method == "GET" and seals:
        form.prefill(*_known(wanted, seals))
    return _form_page(form, wanted, seals)


def _file(
    form: WishForm, kind: ApplicationKind, offered: dict[str, Sequence[Person]], seals: Sequence[UnitSeal]
) -> SealApplication:
    person, wish = current_person(), form.wish(kind, offered, seals)
    files = [file for file in form.evidence.data or () if file and file.filename]
    if files:
        db().commit()  # nothing is changed yet, and no lock may be held while files are taken in
    taken = files[: MOST_FILES + 1]  # one too many is told by the operation
    brought = [uploading.receive(runtime(), file.stream, file.filename or "") for file in taken]
    return filing.file_wish(db(), person, Wish(**{**vars(wish), "evidence": brought}))


def _known(kind: ApplicationKind, seals: Sequence[UnitSeal]) -> tuple[Sequence[UnitSeal], dict[str, str]]:
    """The seals to tick and what is known of them: those asked for in the address, those lost, or all."""
    asked = request.args.get("seal", type=int)
    chosen = [seal for seal in seals if asked in (None, seal.id)]
    if kind is not ApplicationKind.REPLACE:
        return chosen, {}
    found = {seal.id: loss for seal in chosen if (loss := losses.open_loss(db(), seal)) is not None}
    if not found:
        return chosen, {"cause": request.args.get("cause", "")}
    loss = next(iter(found.values()))
    said = {"circumstances": loss.circumstances, "carrier": loss.carrier_number, "reason": gettext("The seal is lost.")}
    return [seal for seal in chosen if seal.id in found], {"cause": Cause.LOSS.value, **said}


def _keepers(person: Person) -> dict[str, Sequence[Person]]:
    return {
        "custodians": people.holders(db(), person.unit_id, Role.SEAL_CUSTODIAN),
        "password_holders": people.holders(db(), person.unit_id, Role.SEAL_PASSWORD_HOLDER),
        "holders": people.holders(db(), person.unit_id, Role.VERIFICATION_HOLDER),
    }


def _form_page(form: WishForm, kind: ApplicationKind, seals: Sequence[UnitSeal]) -> Any:
    person = current_person()
    g.nav = "seals.index"
    page = render_template(
        "seals/apply.html",
        form=form,
        unit=person.unit,
        kind=kind,
        label=APPLICATION_KIND_LABELS[kind],
        facts=FACTS[kind],
        makes=kind in MAKING,
        concerned=seals,
        others=other_certificates.brought_in(seals) if kind is ApplicationKind.CHANGE_CUSTODY else (),
        classes=SEAL_CLASS_LABELS,
        largest=uploading.LARGEST,
        suffixes=uploading.EVIDENCE_SUFFIXES,
        under_way=queries.live_application(db(), person.unit_id),
        hindrance=why_not(person, kind),
        face=_face(person) if kind in MAKING else None,
    )
    return page, 422 if form.errors else 200


def _for(person: Person, kind: ApplicationKind) -> bool:
    return person.may(Permission.SEALS_APPLY_DEVICE if kind in OF_THE_DEVICE else Permission.SEALS_APPLY)


def why_not(person: Person, kind: ApplicationKind) -> str | None:
    """Why this can't be applied for just now, in the reader's words; None when it can."""
    if not _for(person, kind):
        return gettext("Somebody else applies for this.")
    if kind is ApplicationKind.MAKE:
        return _why_not_make(person)
    if kind not in OF_THE_DEVICE and not kinds.concerned(db(), person.unit_id, kind):
        return gettext("The unit has no seal that this application could concern.")
    return None


def _why_not_make(person: Person) -> str | None:
    try:
        acts.require_office_issues(person.unit)
        faces.face_for(UnitKind(person.unit.kind), person.unit.name, SealClass.SIGNATURE)
    except (Invalid, Refused) as error:
        return say(error)
    return gettext("This unit has its seals already.") if queries.live_seals(db(), person.unit_id) else None


def _face(person: Person) -> Any:
    try:
        return faces.face_for(UnitKind(person.unit.kind), person.unit.name, SealClass.SIGNATURE)
    except Invalid:
        return None
