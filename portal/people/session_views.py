"""Pages of one's own sessions, and of the security administrator: sessions, locks, keys (A-2, A-9)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people import guarding, keys, login, queries, scope, sessions
from portal.people.access_models import KEY_END_LABELS
from portal.people.models import Person
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.navigation import REGISTER, NavItem

blueprint = Blueprint("guard", __name__)
NAVIGATION = [
    NavItem(
        N_("Keys and sessions"), "shield-lock", "guard.keys", (P.PEOPLE_GUARD, P.PEOPLE_ADMINISTER), 80, group=REGISTER
    )
]
ENDINGS = {
    login.Ending.LOGGED_OUT: N_("logged out"),
    login.Ending.DISPLACED: N_("ended by a login elsewhere"),
    login.Ending.IDLE: N_("ended without activity"),
    login.Ending.TOO_LONG: N_("ended after its longest time"),
    login.Ending.CLOSED: N_("account closed"),
    login.Ending.ENDED: N_("ended by the security administrator"),
    login.Ending.RESET: N_("ended by a reset of the password"),
    login.Ending.MOVED: N_("ended by moving to another unit"),
    login.Ending.UNIT_CHANGED: N_("ended by a change of the unit"),
}


@blueprint.get("/sessions")
@requires(P.PEOPLE_PROFILE)
def own_sessions() -> str:
    """From where one's account was used."""
    before = request.args.get("before", type=int)
    rows, more = guarding.own_sessions(db(), current_person(), before)
    return render_template(
        "people/sessions.html",
        rows=rows,
        current=sessions.current_login(),
        ending=lambda row: login.ending_of(row, runtime().rules),
        words=ENDINGS,
        browser=guarding.browser_words,
        newest=url_for(".own_sessions") if before else None,
        older=url_for(".own_sessions", before=rows[-1].id) if more else None,
    )


@blueprint.get("/guard/keys", endpoint="keys")
@requires(P.PEOPLE_GUARD, P.PEOPLE_ADMINISTER)
def keys_of_others() -> str:
    """Hardware keys of the people one looks after."""
    text, before = _wanted()
    rows, more = guarding.keys_of_others(db(), current_person(), text, before)
    waiting = {row.person_id for row in rows if row.person_id != current_person().id and keys.has_lost_all(row.person)}
    return _list("guard/keys.html", rows, more, text, ends=KEY_END_LABELS, waiting=waiting)


@blueprint.get("/guard/sessions")
@requires(P.PEOPLE_GUARD)
def live_sessions() -> str:
    """Who is logged in."""
    text, before = _wanted()
    rows, more = guarding.live_sessions(db(), text, before)
    live = [row for row in rows if login.ending_of(row, runtime().rules) is None]
    own = sessions.current_login().id
    extra: dict[str, Any] = {"browser": guarding.browser_words, "own": own, "last": rows[-1].id if rows else None}
    return _list("guard/sessions.html", live, more, text, **extra)


@blueprint.get("/guard/locks")
@requires(P.PEOPLE_GUARD)
def locks() -> str:
    """Accounts locked by failed log-ins."""
    text, before = _wanted()
    rows, more = guarding.locked_people(db(), text, before)
    return _list("guard/locks.html", rows, more, text)


@blueprint.post("/guard/sessions/<int:login_session_id>/end")
@requires(P.PEOPLE_GUARD, fresh=N_("End somebody's session"))
def end_session(login_session_id: int) -> Response:
    """End a session, with the reason."""
    guarding.end_session(db(), current_person(), login_session_id, request.form.get("reason", ""))
    flash(gettext("The session is ended."), "success")
    return redirect(url_for(".live_sessions"), 303)


@blueprint.post("/guard/people/<int:person_id>/unlock")
@requires(P.PEOPLE_GUARD, fresh=N_("Lift the lock of an account"))
def lift_lock(person_id: int) -> Response:
    """Lift a lock, with the reason."""
    guarding.lift_lock(queries.get(db(), person_id), current_person(), request.form.get("reason", ""))
    flash(gettext("The lock is lifted."), "success")
    return redirect(url_for(".locks"), 303)


@blueprint.post("/guard/keys/<int:key_id>/revoke")
@requires(P.PEOPLE_GUARD, P.PEOPLE_ADMINISTER, fresh=N_("Revoke a hardware key"))
def revoke_key(key_id: int) -> Response:
    """Revoke somebody's key, with the reason."""
    key = keys.get_for(current_person(), key_id)
    keys.revoke(key, current_person(), request.form.get("reason", ""))
    flash(gettext("The key is revoked: nobody can use it any more."), "success")
    return redirect(url_for(".keys"), 303)


@blueprint.post("/guard/people/<int:person_id>/allow-key")
@requires(P.PEOPLE_GUARD, P.PEOPLE_ADMINISTER, fresh=N_("Allow somebody to register a new key"))
def allow_key(person_id: int) -> Response:
    """Let somebody who lost all keys register a first one again."""
    keys.allow_new(_person_in_reach(person_id), current_person())
    flash(gettext("They can register a new key within three days."), "success")
    return redirect(url_for(".keys"), 303)


def _person_in_reach(person_id: int) -> Person:
    person = queries.get(db(), person_id)
    scope.require_guard(current_person(), person)
    return person


def _wanted() -> tuple[str, int | None]:
    return request.args.get("q", "").strip()[:40], request.args.get("before", type=int)


def _list(template: str, rows: Any, more: bool, text: str, last: int | None = None, **extra: Any) -> str:
    g.nav = "guard.keys"
    here: dict[str, Any] = {"q": text or None}
    last = last or (rows[-1].id if rows else None)
    return render_template(
        template,
        rows=rows,
        q=text,
        here=request.path,
        newest=url_for(request.endpoint or "", **here) if request.args.get("before") else None,
        older=url_for(request.endpoint or "", **here, before=last) if more else None,
        **extra,
    )
