"""The request at one receiver: its course, and what either side can do now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext

from portal.content import queries as items
from portal.content.reading import note_reading
from portal.content.views.acts import attach_error, upload_values
from portal.content.views.pages import item_values
from portal.content.views.receiving import take_each
from portal.core.errors import Invalid, NotFound, Refused
from portal.core.permissions import Permission as P
from portal.core.text import N_
from portal.people import queries as people
from portal.people.models import Person
from portal.reports import queries as reports
from portal.tasks import course, files, handling, policy, queries
from portal.tasks import operations as asking
from portal.tasks.forms import ActForm
from portal.tasks.lifecycle import OPEN, RUNNING, AssignmentState
from portal.tasks.models import Assignment
from portal.tasks.views.blueprint import blueprint, shown
from portal.tasks.views.writing import document_of
from portal.web.access import current_person, requires
from portal.web.database import db, runtime
from portal.web.files import send_stored

S = AssignmentState
Act = Callable[[Assignment, Person, ActForm], Any]


def _assign(row: Assignment, person: Person, form: ActForm) -> None:
    to = db().get(Person, form.assignee.data) if form.assignee.data else None
    handling.assign(row, person, to, form.assign_reason.data or "")


def _ask_extension(row: Assignment, person: Person, form: ActForm) -> None:
    handling.ask_extension(row, person, runtime().rules, form.until.data, form.why.data or "")


def _reply(row: Assignment, person: Person, form: ActForm) -> None:
    incoming, text = form.incoming(), form.reply.data or ""
    handling.check_reply(row, person, text, len(incoming))
    received = take_each(incoming, lambda one: files.take(runtime(), one))
    handling.reply(row, person, text, received)


def _extend(row: Assignment, person: Person, form: ActForm) -> None:
    asking.extend(row, person, runtime().rules, form.new_until.data, form.decision.data or "")


def _send_back(row: Assignment, person: Person, form: ActForm) -> None:
    asking.send_back(row, person, runtime().rules, form.again.data or "", form.again_until.data)


ACTS: dict[str, tuple[Act, str]] = {
    "accept": (lambda row, person, _form: handling.accept(row, person), N_("Accepted; the other side sees it.")),
    "assign": (_assign, N_("Assigned.")),
    "explain": (
        lambda row, person, form: handling.explain(row, person, form.delay.data or ""),
        N_("The requester reads your explanation."),
    ),
    "ask-extension": (_ask_extension, N_("The requester decides about the new limit.")),
    "reply": (_reply, N_("The reply is sent.")),
    "extend": (_extend, N_("The new limit holds.")),
    "refuse-extension": (
        lambda row, person, form: asking.refuse_extension(row, person, form.decision.data or ""),
        N_("Refused; the limit stays."),
    ),
    "close": (lambda row, person, _form: asking.close(row, person), N_("Accepted: the matter is done.")),
    "send-back": (_send_back, N_("The reply is sent back.")),
    "cancel": (
        lambda row, person, form: asking.cancel(row, person, form.cancel_reason.data or ""),
        N_("The request is cancelled; the receivers read why."),
    ),
}


@blueprint.get("/assignments/<int:assignment_id>")
@requires(P.CONTENT_VIEW, notes=True)
def assignment(assignment_id: int) -> str:
    """What was asked, how it went, what can be done."""
    row = queries.get_assignment(db(), current_person(), assignment_id)
    page = _page(row, ActForm(new_until=row.asked_until))
    note_reading(runtime(), row.task.item, current_person())
    return page


@blueprint.post("/assignments/<int:assignment_id>/<act>")
@requires(P.CONTENT_VIEW)
def act(assignment_id: int, act: str) -> Any:
    """Do one of the acts; what was typed stays when it is refused."""
    if act not in ACTS:
        raise NotFound(items.GONE)
    person, form = current_person(), ActForm()
    row = queries.get_assignment(db(), person, assignment_id)
    work, done = ACTS[act]
    form.offer(people.people_of(db(), row.holder_id))
    if not form.validate():
        return _page(row, form), 422
    try:
        work(row, person, form)
    except (Invalid, Refused) as error:
        db().rollback()
        attach_error(form, error)
        return _page(queries.get_assignment(db(), person, assignment_id), form), 422
    flash(gettext(done), "success")
    return redirect(url_for(".assignment", assignment_id=assignment_id), 303)


def _page(row: Assignment, form: ActForm) -> str:
    g.nav, person, rules = "tasks.index", current_person(), runtime().rules
    assigns = policy.may_assign(row, person)
    if assigns:
        here = [one for one in people.people_of(db(), row.holder_id) if one.id != row.assignee_id and not one.closed_at]
        form.offer(here)
    return render_template(
        "tasks/assignment.html",
        **item_values(row.task.item, person),
        row=row,
        task=row.task,
        form=form,
        mark=shown(row),
        can=_possible(row, person, assigns=assigns),
        events=course.course_of(db(), row),
        document=document_of(row.task),
        report=reports.report_of(db(), person, row.item_id),
        ours=policy.asks(row.task, person),
        days=rules.task_days,
        **upload_values(),
    )


def _possible(row: Assignment, person: Person, *, assigns: bool) -> set[str]:
    """Which acts the page offers; the operations ask again."""
    deals, decides = policy.deals_with(row, person), policy.decides(row.task, person)
    offers = {
        "accept": deals and row.state == S.SENT,
        "reply": deals and row.state == S.ACCEPTED,
        "ask-extension": deals and row.state == S.ACCEPTED and row.asked_at is None,
        "explain": deals and row.state in RUNNING,
        "assign": assigns,
        "judge": decides and row.state == S.REPLIED,
        "decide": decides and row.asked_at is not None,
        "cancel": decides and row.state in OPEN,
    }
    return {name for name, offered in offers.items() if offered}


@blueprint.get("/assignments/<int:assignment_id>/files/<int:file_id>")
@requires(P.CONTENT_VIEW)
def reply_file(assignment_id: int, file_id: int) -> Any:
    """A file of a reply, for either side."""
    file = queries.get_file(db(), current_person(), assignment_id, file_id)
    return send_stored(file.digest, file.media_type, file.name)
