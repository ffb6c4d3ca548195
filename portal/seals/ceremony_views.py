"""Pages of the ceremony: the room three people share, and the account it leaves (S-5)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.clock import now
from portal.core.errors import Invalid, NotFound
from portal.core.permissions import Permission
from portal.core.rules import Dedicated
from portal.core.text import N_
from portal.core.vitals import FRESH, Process, is_fresh
from portal.ledger.queries import history
from portal.ledger.vocabulary import Event
from portal.people import reauthentication
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import accounts, envelope, key_lines, listing, other_certificates, presentation, queries
from portal.seals import ceremonies as acts
from portal.seals.aftermath_words import names_of
from portal.seals.applications import content_hash
from portal.seals.forms import AbortForm, SeatForm, ShareForm, UnitSeatForm
from portal.seals.models import (
    APPLICATION_KIND_LABELS,
    MAKING,
    OF_THE_DEVICE,
    SEAL_CLASS_LABELS,
    ApplicationKind,
    Ceremony,
    Seat,
    UnitSeal,
)
from portal.seals.presentation import CEREMONY_STEPS
from portal.seals.room import Room, Task, room_for, texts_of
from portal.seals.room_forms import RemarkForm
from portal.seals.room_words import KEEP_BOTH, script_of, seats_of, words_of
from portal.seals.views import person_named
from portal.web.access import current_identity, current_person, requires
from portal.web.database import db, runtime
from portal.web.filters import city_time
from portal.web.navigation import NavItem

blueprint = Blueprint("ceremonies", __name__, url_prefix="/ceremonies")
NAVIGATION: list[NavItem] = []
REFRESH_SECONDS = 4


@blueprint.post("/call/<int:application_id>")
@requires(Permission.SEALS_OPEN_CEREMONY, fresh=N_("Call a ceremony"))
def call(application_id: int) -> Any:
    """The secrecy office calls the ceremony of an approved application."""
    application = queries.get_application(db(), current_person(), application_id)
    ceremony = acts.call_ceremony(db(), current_person(), application, runtime().rules)
    flash(gettext("The ceremony is called. The other two see it on their home page."), "success")
    return redirect(url_for(".room", ceremony_id=ceremony.id), 303)


@blueprint.get("/<int:ceremony_id>")
@requires(Permission.SEALS_VIEW, writes=True)
def room(ceremony_id: int) -> Any:
    """The room. Looking at it reports one's presence."""
    ceremony = queries.get_ceremony(db(), current_person(), ceremony_id)
    acts.report_presence(ceremony, current_person())
    return _room_page(ceremony)


@blueprint.get("/<int:ceremony_id>/room")
@requires(Permission.SEALS_VIEW, writes=True)
def live(ceremony_id: int) -> Response:
    """The part of the room that renews itself. When the form on the page isn't the one needed any more, all of it."""
    ceremony = queries.get_ceremony(db(), current_person(), ceremony_id)
    acts.report_presence(ceremony, current_person())
    seen = room_for(ceremony, current_person())
    response = make_response(render_template("seals/room_live.html", **_shown(seen)))
    if request.args.get("form") != _form_kind(seen):
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/<int:ceremony_id>/seat")
@requires(Permission.SEALS_TAKE_SEAT, from_computer=Dedicated.SEALS)
def take_seat(ceremony_id: int) -> Any:
    """Take one's seat with a fresh code."""
    person = current_person()
    ceremony = queries.get_ceremony(db(), person, ceremony_id, lock=True)
    form = _seat_form(acts.seat_for(ceremony, person))
    if form.validate_on_submit():
        try:
            acts.take_seat(ceremony, person, current_identity().login_session_id, form.proof())
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("You have taken your seat."), "success")
            return redirect(url_for(".room", ceremony_id=ceremony.id), 303)
    return _room_page(ceremony, 422, seat_form=form)


@blueprint.post("/<int:ceremony_id>/share")
@requires(Permission.SEALS_TAKE_SEAT, from_computer=Dedicated.SEALS)
def give_share(ceremony_id: int) -> Any:
    """Hand over one's share as the browser encrypted it."""
    ceremony = queries.get_ceremony(db(), current_person(), ceremony_id, lock=True)
    form = ShareForm()
    try:
        acts.give_share(ceremony, current_person(), form.share.data or "")
    except Invalid as error:
        form.attach(error)
        form.share.data, form.share.raw_data = "", None
        return _room_page(ceremony, 422, share_form=form)
    flash(gettext("Your share was handed over, encrypted."), "success")
    return redirect(url_for(".room", ceremony_id=ceremony.id), 303)


@blueprint.post("/<int:ceremony_id>/abort")
@requires(Permission.SEALS_TAKE_SEAT)
def abort_ceremony(ceremony_id: int) -> Any:
    """Stop everything, with the reason. The lock is the operation's: nobody waits while the device works."""
    ceremony, form = queries.get_ceremony(db(), current_person(), ceremony_id), AbortForm()
    if form.validate_on_submit():
        try:
            acts.abort(ceremony, current_person(), form.why.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The ceremony is stopped. Nothing was made."), "success")
            return redirect(url_for(".room", ceremony_id=ceremony.id), 303)
    return _room_page(ceremony, 422, abort_form=form)


@blueprint.post("/<int:ceremony_id>/remark")
@requires(Permission.SEALS_TAKE_SEAT)
def remark(ceremony_id: int) -> Any:
    """Write down something out of the ordinary."""
    ceremony, form = queries.get_ceremony(db(), current_person(), ceremony_id, lock=True), RemarkForm()
    if form.validate_on_submit():
        try:
            acts.remark(ceremony, current_person(), form.text.data or "")
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The remark is written down; it stands in the account."), "success")
            return redirect(url_for(".room", ceremony_id=ceremony.id), 303)
    return _room_page(ceremony, 422, remark_form=form)


@blueprint.get("/<int:ceremony_id>/account")
@requires(Permission.SEALS_VIEW)
def account(ceremony_id: int) -> str:
    """The account of a ceremony that is over, to print and file."""
    g.nav = "seals.index"
    ceremony = queries.get_ceremony(db(), current_person(), ceremony_id)
    if ceremony.ended_at is None:
        raise NotFound("The account is written when the ceremony is over.")
    events = history(db(), "ceremony", ceremony.id)
    application = ceremony.application
    kind = application.kind
    labels = seats_of(kind)
    body = (ceremony.transcript or {}).get("body", "")
    standing = accounts.standing_of(ceremony, runtime().settings.custody_key_file)
    return render_template(
        "seals/account.html",
        ceremony=ceremony,
        application=application,
        device=accounts.facts_of(ceremony),
        standing=standing,
        differs=[gettext(what) for what in standing.differs] if standing else [],
        digest=hashlib.sha256(body.encode()).hexdigest() if body else "",
        course=[(CEREMONY_STEPS[Event(event.kind)], event, person_named(event.actor_id)) for event in events],
        device_course=presentation.device_course(ceremony),
        seats=[(gettext(labels[Seat(seat["seat"])]), _seated(seat)) for seat in accounts.seats_of(ceremony)],
        people_signed=accounts.has_room(ceremony),
        others=other_certificates.named(application),
        seat_labels=labels,
        kind=APPLICATION_KIND_LABELS[ApplicationKind(kind)],
        making=kind in MAKING,
        concerned=_concerned(ceremony),
        classes=SEAL_CLASS_LABELS,
        state=presentation.ceremony_badge(ceremony),
    )


def _room_page(ceremony: Ceremony, status: int = 200, **forms: Any) -> Any:
    g.nav = "seals.index"
    seen = room_for(ceremony, current_person())
    application = ceremony.application
    concerned = _concerned(ceremony)
    shown_hash = content_hash(application)  # of what this page shows, whatever the row says of itself
    page = render_template(
        "seals/room.html",
        **_shown(seen),
        custodians=listing.people_named(db(), application.custodian_ids),
        sides=presentation.sides_of(application),
        holders=listing.people_named(db(), application.holder_ids),
        lines=key_lines.of(db(), application),
        marks=key_lines.MARK_LABELS,
        why=_why(ceremony),
        concerned=concerned,
        badges={seal.id: presentation.seal_badge(seal) for seal in concerned},
        by=reauthentication.ways(current_person()),
        fingerprint=envelope.fingerprint(ceremony.transport_key) if ceremony.transport_key else "",
        shown_hash=shown_hash,
        shown_groups=envelope.grouped(shown_hash),
        others=other_certificates.named(application),
        **{
            "seat_form": _seat_form(seen.own),
            "share_form": ShareForm(),
            "abort_form": AbortForm(),
            "remark_form": RemarkForm(),
            **forms,
        },
    )
    return page, status


def _shown(seen: Room) -> dict[str, Any]:
    """What both the page and its live part need."""
    kind = seen.ceremony.application.kind
    heading, words = texts_of(seen)
    return {
        "room": seen,
        "ceremony": seen.ceremony,
        "application": seen.ceremony.application,
        "heading": heading,
        "words": words,
        "ended_names": names_of(seen.ceremony.aftermath),
        "about": words_of(kind),
        "making": kind in MAKING,
        "of_device": kind in OF_THE_DEVICE,
        "rotating": kind == ApplicationKind.ROTATE_SHARES,
        "keep_both": KEEP_BOTH,
        "script": script_of(kind),
        "seat_labels": seats_of(kind),
        "device_lost": _device_lost(seen),
        "classes": SEAL_CLASS_LABELS,
        "form_kind": _form_kind(seen),
        "may_abort": seen.may_abort and _in_the_room(seen, current_person()),
        "may_remark": _in_the_room(seen, current_person()),
        "seconds": REFRESH_SECONDS,
    }


def _form_kind(seen: Room) -> str:
    """The form the person needs now; '' while they only wait, 'over' when there is nothing to come."""
    if not seen.running:
        return "over"
    # While the seal server doesn't begin, the ceremony can be stopped, which must be offered anew.
    return {Task.TAKE_SEAT: "seat", Task.GIVE_SHARE: "share", Task.WAIT_SERVER: "stop"}.get(seen.task, "")


def _device_lost(seen: Room) -> bool:
    """Whether the device signed no test for a while, after it was found ready (S-4)."""
    waited = now() - seen.ceremony.called_at
    return seen.running and waited > 2 * FRESH and not is_fresh(db(), Process.SEAL_SERVER)


def _concerned(ceremony: Ceremony) -> list[UnitSeal]:
    """The seals that end, stay or wake up in it; they may have changed since the application was filed."""
    return list(queries.seals_named(db(), ceremony.application.seal_ids))


def _in_the_room(seen: Room, person: Person) -> bool:
    return Role.SECRECY_OFFICE in person.roles or any(place.mine for place in seen.places)


def _seat_form(seat: Seat | None) -> SeatForm:
    return UnitSeatForm() if seat is Seat.UNIT else SeatForm()


def _seated(seat: dict[str, Any]) -> str:
    return gettext(
        "%(name)s, %(unit)s, seated %(time)s",
        name=seat["name"],
        unit=seat["unit"],
        time=city_time(datetime.fromisoformat(seat["taken_at"])),
    )


def _why(ceremony: Ceremony) -> tuple[str, Person | None] | None:
    """Why a ceremony ended without result, in the words of the person who stopped it."""
    for event in history(db(), "ceremony", ceremony.id):
        if event.kind == Event.CEREMONY_ABORTED and event.actor_id is not None:
            return str(event.facts["why"]), person_named(event.actor_id)
    return None
