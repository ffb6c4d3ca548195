"""Lists: asked of us, asked by us, the supervision list 督办台账; each as a table too."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.core.clock import to_city, today
from portal.core.db import unit_of_work
from portal.core.errors import Refused
from portal.core.permissions import Permission as P
from portal.people.models import Person
from portal.tasks import export, queries
from portal.tasks.lifecycle import ASSIGNMENT_LABELS, AssignmentState
from portal.tasks.queries import BY_US, LATE, MORE_TIME, OF_US, SIDES, WITHOUT_RESULT, Filter
from portal.tasks.views.blueprint import blueprint, shown
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.files import send_stored

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = tuple(state for state in AssignmentState if state is not AssignmentState.PLANNED)


@blueprint.get("/")
@requires(P.CONTENT_VIEW)
def index() -> str:
    """What is asked of us, or by us, newest first."""
    person = current_person()
    wanted = _filter(side=request.args.get("side", OF_US))
    drafts = queries.drafts(db(), person) if wanted.side == BY_US and wanted.before is None else []
    return _page("tasks/index.html", ".index", wanted, drafts=drafts, states=STATES, labels=ASSIGNMENT_LABELS)


@blueprint.get("/supervision")
@requires(P.CONTENT_VIEW)
def supervision() -> str:
    """Leaders' matters, on either side, each until it has a result."""
    g.nav = "tasks.index"
    state = WITHOUT_RESULT if "state" not in request.args else None
    return _page("tasks/supervision.html", ".supervision", _filter(side="", leaders=True, state=state))


def _page(template: str, endpoint: str, wanted: Filter, **more: Any) -> str:
    rows, further = queries.listed(db(), current_person(), wanted)
    kept = wanted.address() | ({"state": wanted.state} if wanted.leaders else {})
    return render_template(
        template,
        rows=rows,
        shown=shown,
        wanted=wanted,
        kept=kept,
        newest=url_for(endpoint, **kept) if wanted.before else None,
        older=url_for(endpoint, **kept, before=rows[-1].id) if further else None,
        may_ask=current_person().may(P.TASKS_REQUEST),
        LATE=LATE,
        MORE_TIME=MORE_TIME,
        WITHOUT_RESULT=WITHOUT_RESULT,
        **more,
    )


def _filter(*, side: str, leaders: bool = False, state: str | None = None) -> Filter:
    """The filters as the address has them."""
    asked = request.values
    state = asked.get("state", "") if state is None else state
    return Filter(
        side=side if side in SIDES else ("" if leaders else OF_US),
        state=state if state in (*STATES, LATE, MORE_TIME, WITHOUT_RESULT) else "",
        q=asked.get("q", "").strip()[:100],
        leaders=leaders,
        before=asked.get("before", type=int),
    )


def _asked_for() -> Filter:
    leaders = request.values.get("leaders") == "yes"
    return _filter(side=request.values.get("side", ""), leaders=leaders)


@blueprint.get("/list.csv")
@requires(P.CONTENT_VIEW)
def list_csv() -> Response:
    """The list as a CSV file, line by line while it is read."""
    engine, wanted, person = runtime().engine, asdict(_asked_for()) | {"before": None}, current_person()
    number, roles = person.id, person.acting

    def body() -> object:
        with unit_of_work(engine, writes=False) as session:
            reader = session.get_one(Person, number)
            reader.acting = roles
            yield from export.lines(session, reader, Filter(**wanted))

    answer = Response(body(), mimetype="text/csv")  # type: ignore[arg-type]
    answer.headers["Content-Disposition"] = f'attachment; filename="requests-{today().isoformat()}.csv"'
    return answer


@blueprint.post("/workbook")
@requires(P.CONTENT_VIEW)
def ask_workbook() -> AnyResponse:
    """Ask for the list as a workbook."""
    made = export.ask_workbook(db(), current_person(), _asked_for())
    return redirect(url_for("tasks.workbook", export_id=made.id), 303)


@blueprint.get("/workbook/<int:export_id>")
@requires(P.CONTENT_VIEW)
def workbook(export_id: int) -> str:
    """Wait for it, then take it."""
    g.nav = "tasks.index"
    made = queries.get_export(db(), current_person(), export_id)
    back = url_for("tasks.supervision" if made.wanted.get("leaders") else "tasks.index")
    return render_template("tasks/workbook.html", export=made, back=back)


@blueprint.get("/workbook/<int:export_id>/file")
@requires(P.CONTENT_VIEW)
def workbook_file(export_id: int) -> AnyResponse:
    """The workbook. Refused before it is made."""
    made = queries.get_export(db(), current_person(), export_id)
    if made.digest is None:
        raise Refused("The workbook is not made yet.")
    name = "督办台账" if made.wanted.get("leaders") else "请求办理事项"
    return send_stored(made.digest, WORKBOOK, f"{name} {to_city(made.asked_at).date().isoformat()}.xlsx")
