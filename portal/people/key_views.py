"""Pages of one's hardware keys (A-9)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Denied, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people import key_proofs, keys, login, sessions
from portal.people.access_models import KEY_END_LABELS
from portal.people.forms import KeyForm, NameForm
from portal.people.models import LoginSession
from portal.web.access import current_person, freshly_logged_in, logged_in, requires
from portal.web.database import db, runtime
from portal.web.errors import say
from portal.web.limits import limiter

blueprint = Blueprint("keys", __name__, url_prefix="/keys")
# The steps on which keys may be registered: those before them come first.
OPEN_STEPS = (None, "keys.index", "people.set_up_second_factor")


@blueprint.get("/")
@logged_in
def index() -> Any:
    """One's keys, and how to register one; the first step of whoever must have a key."""
    login_session = sessions.current_login()
    step = sessions.first_step(login_session)
    if step not in OPEN_STEPS:
        return redirect(url_for(step, next=request.args.get("next")), 303)
    return _page(login_session, KeyForm(formdata=None))


@blueprint.post("/challenge")
@logged_in
@limiter.limit("60 per minute")
def challenge() -> Any:
    """What a key is asked, for keys.js; the answer is good for this purpose in this session only."""
    login_session, purpose = sessions.current_login(), request.form.get("purpose", "")
    person = login_session.person
    verified = purpose == key_proofs.REGISTER and keys.must_verify(person)
    return jsonify(key_proofs.ask(login_session, purpose, keys.live(person), verified=verified))


@blueprint.post("/")
@freshly_logged_in
def register() -> Any:
    """Register a key."""
    login_session, form = sessions.current_login(), KeyForm()
    if sessions.first_step(login_session) not in OPEN_STEPS:
        raise Denied("Prove yourself first.")
    if form.validate_on_submit():
        try:
            keys.register(login_session, form.credential.data, form.name.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The key is registered. You will be asked for it at each login."), "success")
            answer = redirect(url_for("keys.index", next=request.args.get("next")), 303)
            return sessions.give_cookie(answer, login.prove_second_factor(login_session))
    form.credential.data, form.credential.raw_data = "", None
    return _page(login_session, form, 422)


@blueprint.post("/<int:key_id>/name")
@requires(Permission.PEOPLE_PROFILE)
def rename(key_id: int) -> Response:
    """Give a key another name."""
    key, form = keys.own(current_person(), key_id), NameForm()
    keys.rename(key, current_person(), form.name.data or "")
    flash(gettext("The key has its new name."), "success")
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:key_id>/lost")
@requires(Permission.PEOPLE_PROFILE)
def report_lost(key_id: int) -> Response:
    """Report a key lost: it is revoked at once, so nothing is asked but whether it is meant."""
    key = keys.own(current_person(), key_id)
    if request.form.get("confirmed") != "yes":
        raise Refused("Confirm it first.")
    keys.report_lost(key, current_person())
    db().flush()
    last = not keys.live(current_person())
    flash(gettext(LAST_LOST if last else LOST), "warning" if last else "success")
    return redirect(url_for(".index"), 303)


LOST = N_("The key is revoked: nobody can use it any more.")
LAST_LOST = N_(
    "The key is revoked: nobody can use it any more. It was your last one: your unit's administrator or the security "
    "administrator must allow you to register another."
)


def _page(login_session: LoginSession, form: KeyForm, status: int = 200) -> Any:
    step, person = sessions.first_step(login_session), login_session.person
    rows = keys.of(db(), person)
    try:
        key_proofs.relying_party(runtime().settings)
        impossible = None
    except Refused as error:
        impossible = say(error)
    page = render_template(
        "people/keys.html",
        form=form,
        keys=[key for key in rows if key.revoked_at is None],
        gone=[key for key in rows if key.revoked_at is not None],
        ends=KEY_END_LABELS,
        forced=step is not None,
        first=not rows,
        lost=keys.has_lost_all(person),
        demanded=keys.demanded(person),
        recommended=keys.RECOMMENDED,
        most=keys.MOST,
        code_possible=step == "people.set_up_second_factor",
        next=sessions.safe_next(request.args.get("next")),
        impossible=impossible,
    )
    return page, status
