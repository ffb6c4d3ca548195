"""The self-check of this computer (IG6, GZ10)."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext

from portal.core.clock import now
from portal.core.errors import Invalid
from portal.core.permissions import Permission
from portal.support.forms import SelfCheckForm
from portal.support.operations import selfcheck as acts
from portal.support.operations.selfcheck import Light
from portal.support.queries import selfcheck as queries
from portal.support.views.blueprint import before, blueprint, pages
from portal.web.access import current_person, requires
from portal.web.database import db

NAV = "support.downloads"


@blueprint.route("/self-check", methods=["GET", "POST"])
@requires(Permission.SUPPORT_VIEW)
def self_check() -> Any:
    """What is ready and what isn't; the findings can be sent to the unit's record."""
    g.nav, form, seen = NAV, SelfCheckForm(), seen_by_server()
    if form.validate_on_submit():
        try:
            _keep(form, seen)
        except Invalid as error:
            form.attach(error)
        else:
            flash(gettext("The findings are in your unit's record."), "success")
            return redirect(url_for(".self_checks"), 303)
    page = render_template(
        "support/self_check.html",
        form=form,
        checks=acts.CHECKS,
        seen=seen,
        address=request.remote_addr,
        server_time=int(now().timestamp() * 1000),
    )
    return page, 422 if form.errors else 200


def _keep(form: SelfCheckForm, seen: dict[str, Light]) -> None:
    told = {key: request.form.get(f"finding-{key}", "")[:10] for key in acts.CHECKS}
    acts.keep(
        db(),
        current_person(),
        computer=form.computer.data,
        seen=seen,
        told=told,
        address=request.remote_addr or "",
        agent=request.user_agent.string,
    )


def seen_by_server() -> dict[str, Light]:
    """What needs no script: a cookie came back, an address is known, the line is encrypted or stays in the house."""
    local = request.host.partition(":")[0] in {"localhost", "127.0.0.1"}
    return {
        "connection": Light.GOOD if request.is_secure else Light.WARN if local else Light.BAD,
        "address": Light.GOOD if request.remote_addr else Light.WARN,
        "cookies": Light.GOOD if request.cookies else Light.BAD,
    }


@blueprint.get("/self-check/records")
@requires(Permission.SUPPORT_VIEW)
def self_checks() -> str:
    """The last self-check of each computer: of the own unit, for the office of all."""
    g.nav = NAV
    rows, more = queries.listed(db(), current_person(), before())
    last = rows[-1].id if rows else None
    return render_template(
        "support/self_checks.html", rows=rows, checks=acts.CHECKS, **pages("support.self_checks", last, more)
    )


@blueprint.get("/self-check/test-page")
@requires(Permission.SUPPORT_VIEW)
def test_page() -> str:
    """A sheet to print: frames and rulers in millimetres to compare with a real one."""
    g.nav = NAV
    return render_template("support/test_page.html")
