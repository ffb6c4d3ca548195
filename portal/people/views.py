"""Pages of logging in, the second factor, the password, the profile, and the table of roles."""

from __future__ import annotations

from typing import Any

import segno
from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.people import keys, mobile, operations, passwords, permission_table, queries, reauthentication, sessions
from portal.people import login as acts
from portal.people import second_factor as factor
from portal.people.forms import LoginForm, PasswordForm, ProfileForm, ProofForm, SetUpForm
from portal.people.models import LoginSession, Person
from portal.web.access import current_person, logged_in, person_or_none, public, requires
from portal.web.database import db, runtime
from portal.web.limits import limiter
from portal.web.navigation import NavItem

blueprint = Blueprint("people", __name__)
NAVIGATION = [
    NavItem(N_("Roles and permissions"), "users-group", "people.roles", (Permission.PEOPLE_PROFILE,), order=95),
]

# By address, whatever the accounts: far above an office behind one address, far below guessing.
LOGIN_RATE = "30 per minute"
OFFERED = "totp-offer"

LOGIN_TEXTS = {
    Event.PERSON_LOGGED_IN: (N_("Logged in"), "done"),
    Event.PERSON_LOGIN_FAILED: (N_("Login refused"), "refused"),
    Event.PERSON_LOCKED: (N_("Account locked for a while"), "refused"),
}
REFUSALS = {
    "closed": N_("account closed"),
    "code": N_("wrong code"),
    "key": N_("wrong hardware key"),
    "locked": N_("account locked"),
    "password": N_("wrong password"),
}


@blueprint.route("/login", methods=["GET", "POST"])
@public
@limiter.limit(LOGIN_RATE, methods=["POST"])
def login() -> Any:
    """Account and password."""
    if person_or_none() is not None:
        return redirect(_next(), 303)
    form = LoginForm()
    if form.validate_on_submit():
        account = form.account.data.strip().lower()
        right = sessions.password_right(account, form.password.data)
        try:
            entry = acts.log_in(db(), account=account, password_right=right, **_caller())
        except Invalid as error:  # not raised further: the failure is committed with the page
            form.attach(error)
        else:
            session.clear()  # a form's token from before is worth nothing after
            return _enter(entry.login_session, entry.token)
    page = render_template("people/login.html", form=form, ended=sessions.ended())
    return page, 422 if form.errors else 200


@blueprint.route("/login/code", methods=["GET", "POST"])
@logged_in
@limiter.limit(LOGIN_RATE, methods=["POST"])
def second_factor() -> Any:
    """The second factor, when the password alone isn't enough (A-9)."""
    login_session = sessions.current_login()
    if sessions.first_step(login_session) != "people.second_factor":
        return _go_on(login_session)
    form = ProofForm()
    if form.validate_on_submit():
        try:
            token = acts.give_code(login_session, form.proof())
        except Invalid as error:
            form.attach(error)
        else:
            return _enter(login_session, token)
    by = reauthentication.ways(login_session.person)
    return render_template("people/second_factor.html", form=form, by=by), 422 if form.errors else 200


@blueprint.route("/second-factor", methods=["GET", "POST"])
@logged_in
def set_up_second_factor() -> Any:
    """Put a seed into the person's device and prove by a code that it arrived."""
    login_session = sessions.current_login()
    person = login_session.person
    if sessions.first_step(login_session) not in (None, "people.set_up_second_factor") or person.totp_seed:
        return _go_on(login_session)
    form = SetUpForm()
    offer = factor.offer(person, _offered_seed(form, login_session))
    if form.validate_on_submit():
        try:
            factor.set_up(person, offer.seed, form.code.data)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The second factor is set up. You will be asked for a code at each login."), "success")
            return _enter(login_session, acts.prove_second_factor(login_session))
    form.offered.data = _sealed_offer(offer.seed, login_session)
    picture = segno.make(offer.uri, error="m").svg_inline(scale=4, light="#fff", svgclass="qr")
    page = render_template("people/set_up_second_factor.html", form=form, offer=offer, picture=picture)
    return page, 422 if form.errors else 200


@blueprint.route("/password", methods=["GET", "POST"])
@logged_in
def change_password() -> Any:
    """Change the password; an initial or expired one before anything else (A-3)."""
    login_session = sessions.current_login()
    forced = sessions.first_step(login_session) == "people.change_password"
    if not forced and sessions.first_step(login_session) is not None:
        return _go_on(login_session)
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            prepared = sessions.prepare_password(login_session.person, form.password.data, form.new_password.data)
            operations.change_password(login_session.person, prepared, address=_address())
        except Invalid as error:  # a wrong present password counts
            form.attach(error)
        else:
            flash(gettext("Your password is changed."), "success")
            return _enter(login_session, acts.renew_token(login_session))
    page = render_template("people/password.html", form=form, forced=forced, person=login_session.person)
    return page, 422 if form.errors else 200


@blueprint.post("/logout")
@logged_in
def log_out() -> Response:
    """End the session."""
    acts.log_out(sessions.current_login())
    session.clear()
    flash(gettext("You are logged out."), "success")
    return sessions.take_cookie(redirect(url_for("people.login"), 303))


@blueprint.route("/profile", methods=["GET", "POST"])
@requires(Permission.PEOPLE_PROFILE)
def profile() -> Any:
    """Who I am here, what I may do, how I log in."""
    person = current_person()
    form = ProfileForm(obj=person)
    if form.validate_on_submit():
        try:
            return _take_mobile(person, form.mobile.data or "")
        except Invalid as error:
            form.attach(error)
    page = render_template(
        "people/profile.html",
        form=form,
        roles=permission_table.rows_of(person.own_roles),
        labels=permission_table.PERMISSION_LABELS,
        login_session=sessions.current_login(),
        logins=[_login_line(happened) for happened in queries.last_logins(db(), person)],
        password_days=passwords.days_left(person, runtime().rules),
        keys=len(keys.live(person)),
    )
    return page, 422 if form.errors else 200


@blueprint.get("/roles")
@requires(Permission.PEOPLE_PROFILE)
def roles() -> str:
    """Which role may do what (A-8)."""
    return render_template(
        "people/roles.html",
        groups=permission_table.groups(),
        everyone=permission_table.everyone(),
        labels=permission_table.PERMISSION_LABELS,
    )


def _take_mobile(person: Person, typed: str) -> Response:
    """A new number must be confirmed by a code first (A-5); an empty field removes the number."""
    if typed.strip():
        mobile.ask_code(person, typed)
        return redirect(url_for("slips.confirm_mobile"), 303)
    operations.remove_mobile(person)
    flash(gettext("Your profile is saved."), "success")
    return redirect(url_for("people.profile"), 303)


def _login_line(happened: LedgerEvent) -> dict[str, Any]:
    """An event of the account as an item of the timeline."""
    text, state = LOGIN_TEXTS[Event(happened.kind)]
    why = REFUSALS.get(happened.facts.get("why", ""))
    detail = [gettext(why)] if why else []
    if address := happened.facts.get("address"):
        detail.append(gettext("from %(address)s", address=address))
    return {"what": gettext(text), "at": happened.at, "state": state, "detail": " · ".join(detail)}


def _enter(login_session: LoginSession, token: str) -> Response:
    """Go on with a session that has just come to stand for more, under its new token."""
    return sessions.give_cookie(_go_on(login_session), token)


def _go_on(login_session: LoginSession) -> Response:
    """To the next page the person must pass, or where they wanted to go."""
    step = sessions.first_step(login_session)
    return redirect(url_for(step, next=request.args.get("next")) if step else _next(), 303)


def _next() -> str:
    return sessions.safe_next(request.args.get("next"))


def _address() -> str:
    return request.remote_addr or ""


def _caller() -> dict[str, str]:
    return {"address": _address(), "agent": request.user_agent.string}


def _offered_seed(form: SetUpForm, login_session: LoginSession) -> str | None:
    """The seed this form was made with; it opens in the session it was offered in and nowhere else."""
    if not form.is_submitted() or not form.offered.data:
        return None
    return runtime().storage_keys.unseal_text(form.offered.data, purpose=OFFERED, row=login_session.id)


def _sealed_offer(seed: str, login_session: LoginSession) -> str:
    return runtime().storage_keys.seal_text(seed, purpose=OFFERED, row=login_session.id)
