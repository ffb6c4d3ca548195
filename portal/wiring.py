"""Connects the hooks of lower capabilities to the functions upper ones offer; called by every process."""

from __future__ import annotations

from portal.content import desk as content_desk
from portal.content import hooks as content
from portal.content import staffing as writers
from portal.content import succession as content_succession
from portal.documents import desk as documents_desk
from portal.documents import operations as documents
from portal.documents import staffing as drafters
from portal.documents import succession as document_succession
from portal.exchange import claiming
from portal.exchange import desk as exchange_desk
from portal.exchange import operations as exchange
from portal.exchange import succession as exchange_succession
from portal.journals import desk as journals_desk
from portal.journals import operations as journals
from portal.journals import succession as journal_succession
from portal.notices import desk as notices_desk
from portal.people import delegations, gaps, leaving, piles
from portal.people import desk as people_desk
from portal.people import hooks as people
from portal.people import succession as people_succession
from portal.registration import desk as registration_desk
from portal.seals import desk as seals_desk
from portal.seals import hooks as seals
from portal.seals import staffing as keepers
from portal.seals import succession as seal_succession
from portal.seals import unit_facts
from portal.support import desk as support_desk
from portal.support import succession as support_succession
from portal.units import hooks as units
from portal.units import succession as unit_succession

# Documents and deliveries ask who their people and unit are: those change last.
SUCCESSIONS = (
    seal_succession,
    document_succession,
    exchange_succession,
    content_succession,
    journal_succession,
    support_succession,
    people_succession,
    unit_succession,
)
DESKS = (
    content_desk,
    notices_desk,
    journals_desk,
    seals_desk,
    documents_desk,
    exchange_desk,
    people_desk,
    registration_desk,
    support_desk,
)


def wire() -> None:
    """Connect everything; calling it again is harmless."""
    seals.stamped.connect(documents.take_stamped)
    seals.stamp_failed.connect(documents.take_stamp_failure)
    seals.code_signed.connect(exchange.take_signed_code)
    seals.code_failed.connect(exchange.take_code_failure)
    content.published.connect(journals.give_number)
    content.typeset.connect(journals.take_pages)
    content.paper.connect(journals.paper)
    units.unit_facts.connect(unit_facts.seals_of)
    units.unit_gaps.connect(gaps.no_exchange_clerk)
    for capability in SUCCESSIONS:
        units.survey.connect(capability.survey)
        units.carry_out.connect(capability.carry_out)
    for desk in DESKS:
        piles.sections.connect(desk.sections)
        piles.piles.connect(desk.piles)
    people.open_work.connect(drafters.open_work)
    people.open_work.connect(keepers.open_work)
    people.open_work.connect(leaving.own_work)
    people.open_work.connect(writers.open_work)
    people.hand_over.connect(drafters.hand_over)
    people.hand_over.connect(writers.hand_over)
    people.hand_over.connect(keepers.hand_over)
    people.open_work.connect(claiming.open_work)
    people.open_work.connect(delegations.open_work)
    people.hand_over.connect(claiming.hand_over)
    people.hand_over.connect(delegations.hand_over)
