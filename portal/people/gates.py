"""Between being let in and the act: dedicated computers (A-11), and a fresh proof of identity."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.db import unit_of_work
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.core.rules import Dedicated
from portal.people import computers, passwords, reauthentication, sessions
from portal.people.computers import Caller
from portal.people.forms import ProveForm
from portal.people.models import LoginSession, Person
from portal.web.access import Access, current_person, requires, send_to
from portal.web.database import READ_METHODS, db, request_writes, runtime
from portal.web.errors import same_site_referrer

blueprint = Blueprint("proof", __name__)
PREFIX = "proof-"
SEAL = "carried-seal"
NOT_CARRIED = ("csrf_token", SEAL)


# ---- dedicated computers ----


def require_computer(access: Access) -> Any:
    """Refuse an act that the rules bind to the unit's computers, anywhere else; the refusal is put on record."""
    if not computers.is_bound(access.from_computer, runtime().rules) or _only_looks():
        return None
    person = current_person()
    registered, caller = computers.of_unit(db(), person.unit_id), caller_of_request()
    if computers.recognised(registered, caller) is not None:
        return None
    _note_refusal(person, caller)
    bound = access.from_computer is Dedicated.SEALS
    page = render_template("computers/refused.html", registered=registered, machine=caller, seals=bound)
    return (page, 403) if not request.headers.get("HX-Request") else send_to(url_for("computers.index"))


def caller_of_request() -> Caller:
    """The machine the request comes from. What a header says of its certificate counts from our own proxies only."""
    settings = runtime().settings
    original = request.environ.get("werkzeug.proxy_fix.orig", {})
    peer = str(original.get("REMOTE_ADDR", request.environ.get("REMOTE_ADDR")) or "")
    header = request.headers.get(settings.client_certificate_header) if settings.client_certificate_header else None
    believed = header is not None and computers.is_believed(peer, settings.proxy_addresses)
    return Caller(request.remote_addr or "", computers.fingerprint_in(header or "") if believed else None)


def _only_looks() -> bool:
    """Whether the request only shows the page from which the act is done."""
    methods = (request.url_rule.methods if request.url_rule else None) or set()
    return request.method in READ_METHODS and "POST" in methods


def _note_refusal(person: Person, caller: Caller) -> None:
    act = request.endpoint or ""
    if request_writes():
        computers.note_refusal(person, act, caller)
        db().commit()  # the view, which would commit, is never reached
    else:
        with unit_of_work(runtime().engine) as own:
            computers.note_refusal(own.get_one(Person, person.id), act, caller)


# ---- a fresh proof ----


def require_proof(access: Access) -> Any:
    """A proof of the last minutes before an act that can't be undone; else a page asks for one and goes on."""
    if not access.fresh or request.method in READ_METHODS:
        return None
    login_session = sessions.current_login()
    if reauthentication.is_fresh(login_session):
        return None
    form = ProveForm(prefix=PREFIX, meta={"csrf": False})
    if any(name.startswith(PREFIX) for name in request.form) and _prove(form, login_session):
        return None
    return _proof_page(access, form, login_session)


def _prove(form: ProveForm, login_session: LoginSession) -> bool:
    """Take the proof on the form; it stands whatever becomes of the act, as do failures."""
    try:
        if not form.validate() or not _is_as_shown(login_session):
            return False
        _take(form, login_session)
    except Invalid as error:
        form.attach(error)
        return False
    finally:
        db().commit()
    return True


def _is_as_shown(login_session: LoginSession) -> bool:
    if SEAL not in request.form:  # the page of its own carries nothing
        return True
    if request.form[SEAL] == _seal(login_session):
        return True
    raise Invalid("What this page carried was changed on the way. Go back and do it once more.")


def _take(form: ProveForm, login_session: LoginSession) -> None:
    if form.password.data and not form.assertion.data and not form.code.data:
        stored = login_session.person.password_hash
        db().commit()  # comparing takes long, and others want to write
        right = passwords.matches(stored, form.password.data)
        reauthentication.prove_by_password(login_session, right)
    else:
        reauthentication.prove_by_factor(login_session, form.proof())


def _carried() -> list[tuple[str, str]]:
    fields = request.form.items(multi=True)
    return [(name, value) for name, value in fields if name not in NOT_CARRIED and not name.startswith(PREFIX)]


def _seal(login_session: LoginSession) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return reauthentication.seal_of(key, login_session.id, request.full_path, _carried())


def _proof_page(access: Access, form: ProveForm, login_session: LoginSession) -> Any:
    if request.headers.get("HX-Request"):
        # htmx tells the page it stands on; a fragment can't hold the form.
        page = urlsplit(request.headers.get("HX-Current-URL", "")).path or same_site_referrer()
        return send_to(url_for("proof.prove", next=page))
    page = render_template(
        "guard/prove.html",
        form=form,
        by=reauthentication.ways(login_session.person),
        act=access.fresh if isinstance(access.fresh, str) else None,
        carried=_carried(),
        seal=_seal(login_session),
        back=same_site_referrer() or url_for("desk.home"),
        files=any(item.filename for item in request.files.values()),
    )
    return page, 422 if form.errors else 401


@blueprint.route("/prove", methods=["GET", "POST"])
@requires(Permission.PEOPLE_PROFILE)
def prove() -> Any:
    """Prove oneself, then go back to where the act is."""
    login_session, form = sessions.current_login(), ProveForm(prefix=PREFIX)
    if request.method == "POST" and _prove(form, login_session):
        flash(gettext("You have proved that it is you. Go on with what you were about to do."), "success")
        return redirect(sessions.safe_next(request.args.get("next")), 303)
    by = reauthentication.ways(login_session.person)
    page = render_template(
        "guard/prove.html", form=form, by=by, act=None, carried=[], seal=None, back=None, files=False
    )
    return page, 422 if form.errors else 200
