"""Connects the hooks of lower capabilities to the functions upper ones offer; called by every process."""

from __future__ import annotations

from typing import Any

from portal.briefs import desk as briefs_desk
from portal.briefs import operations as briefs
from portal.briefs import succession as brief_succession
from portal.briefs.models import BriefExport
from portal.certificates import desk as certificates_desk
from portal.content import desk as content_desk
from portal.content import hooks as content
from portal.content import hooks as items
from portal.content import staffing as writers
from portal.content import succession as content_succession
from portal.disclosure import desk as disclosure_desk
from portal.disclosure import shelves
from portal.disclosure import staffing as disclosure_clerks
from portal.disclosure import succession as disclosure_succession
from portal.disclosure.operations import items as disclosure_items
from portal.documents import desk as documents_desk
from portal.documents import hooks as document_hooks
from portal.documents import joint_succession
from portal.documents import operations as documents
from portal.documents import staffing as drafters
from portal.documents import succession as document_succession
from portal.exchange import claiming, ways
from portal.exchange import desk as exchange_desk
from portal.exchange import operations as exchange
from portal.exchange import succession as exchange_succession
from portal.journals import desk as journals_desk
from portal.journals import operations as journals
from portal.journals import succession as journal_succession
from portal.notices import desk as notices_desk
from portal.notices import operations as notices
from portal.notices import passing
from portal.notices import succession as passing_succession
from portal.people import delegations, gaps, leaving, piles
from portal.people import desk as people_desk
from portal.people import hooks as people
from portal.people import succession as people_succession
from portal.registration import desk as registration_desk
from portal.reports import desk as reports_desk
from portal.reports import hooks as report_hooks
from portal.reports import operations as reports
from portal.seals import desk as seals_desk
from portal.seals import hooks as seals
from portal.seals import staffing as keepers
from portal.seals import succession as seal_succession
from portal.seals import unit_facts, unusual
from portal.support import desk as support_desk
from portal.support import succession as support_succession
from portal.tasks import desk as tasks_desk
from portal.tasks import instructions
from portal.tasks import operations as tasks
from portal.tasks import staffing as task_handlers
from portal.tasks import succession as task_succession
from portal.tasks.models import TaskExport
from portal.units import hooks as units
from portal.units import succession as unit_succession
from portal.workstatus import desk as workstatus_desk
from portal.workstatus import operations as workstatus
from portal.workstatus import succession as workstatus_succession
from portal.workstatus.models import WorkExport

# Documents and deliveries ask who their people and unit are: those change last. Requests ask who holds their item.
SUCCESSIONS = (
    seal_succession,
    document_succession,
    joint_succession,
    exchange_succession,
    task_succession,
    content_succession,
    workstatus_succession,
    brief_succession,
    disclosure_succession,
    passing_succession,
    journal_succession,
    support_succession,
    people_succession,
    unit_succession,
)
DESKS = (
    content_desk,
    notices_desk,
    workstatus_desk,
    tasks_desk,
    reports_desk,
    briefs_desk,
    disclosure_desk,
    journals_desk,
    seals_desk,
    certificates_desk,
    documents_desk,
    exchange_desk,
    people_desk,
    registration_desk,
    support_desk,
)


def export_tables() -> tuple[type[Any], ...]:
    """The tables of files that a worker makes for who asks."""
    return BriefExport, TaskExport, WorkExport


def wire() -> None:
    """Connect everything; calling it again is harmless."""
    seals.stamped.connect(documents.take_stamped)
    seals.reference_page.connect(documents.page_of_reference)
    seals.stamped.connect(unusual.take_stamped)
    seals.stamp_failed.connect(documents.take_stamp_failure)
    seals.code_signed.connect(exchange.take_signed_code)
    seals.code_failed.connect(exchange.take_code_failure)
    for told in (reports, briefs):
        content.completing.connect(told.check_complete)
        content.published.connect(told.when_published)
    content.scoping.connect(reports.check_scope)
    content.changing.connect(notices.check_speaker)
    content.withdrawing.connect(briefs.keep_adopted)
    content.withdrawn.connect(briefs.when_withdrawn)
    items.published.connect(disclosure_items.take_published)
    items.withdrawn.connect(shelves.take_away)
    content.published.connect(passing.begin)
    document_hooks.way_to.connect(ways.way_to)
    content.published.connect(journals.give_number)
    content.exports.connect(export_tables)
    content.typeset.connect(journals.take_pages)
    content.paper.connect(journals.paper)
    content.group_used.connect(journals.names_group)
    units.unit_facts.connect(unit_facts.seals_of)
    units.unit_gaps.connect(gaps.no_exchange_clerk)
    content.completing.connect(workstatus.check_complete)
    content.scoping.connect(workstatus.check_scope)
    content.published.connect(workstatus.note_published)
    content.withdrawn.connect(workstatus.note_withdrawn)
    for capability in SUCCESSIONS:
        units.survey.connect(capability.survey)
        units.carry_out.connect(capability.carry_out)
    for desk in DESKS:
        piles.sections.connect(desk.sections)
        piles.piles.connect(desk.piles)
    content.published.connect(tasks.send_out)
    content.withdrawing.connect(tasks.keep_published)
    content.withdrawn.connect(tasks.stop)
    report_hooks.instructed.connect(instructions.begin)
    report_hooks.standings.connect(instructions.standings)
    people.open_work.connect(drafters.open_work)
    people.open_work.connect(keepers.open_work)
    people.key_ended.connect(keepers.key_ended)
    people.open_work.connect(leaving.own_work)
    people.open_work.connect(disclosure_clerks.open_work)
    people.hand_over.connect(disclosure_clerks.hand_over)
    people.open_work.connect(writers.open_work)
    people.open_work.connect(task_handlers.open_work)
    people.hand_over.connect(drafters.hand_over)
    people.hand_over.connect(writers.hand_over)
    people.hand_over.connect(task_handlers.hand_over)
    people.hand_over.connect(keepers.hand_over)
    people.open_work.connect(claiming.open_work)
    people.open_work.connect(delegations.open_work)
    people.hand_over.connect(claiming.hand_over)
    people.hand_over.connect(delegations.hand_over)
