"""Voiding 作废 what was issued and not sent yet (D-9): the number stays used, the register keeps no gap unexplained."""

from __future__ import annotations

from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Invalid, Refused
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.documents import policy, queries
from portal.documents.lifecycle import DOCUMENT, DocumentAct, DocumentState
from portal.documents.models import Document
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.seals import operations as seals

LONGEST_REASON = 200


def void(document: Document, leader: Person, reason: str) -> None:
    """A leader takes back what was issued; a stamp asked for meanwhile is called off.

    Raises Denied for anybody else, AlreadyDone, Refused for a document that was sent, Invalid for an empty reason.
    """
    request = queries.stamp_request(session_of(document), document)
    if request is not None:
        seals.lock_request(request)  # before the document: the seal server locks in that order
    queries.lock(document)
    policy.require(leader, document, Permission.DOCUMENTS_ISSUE)
    if document.state == DocumentState.CANCELLED:
        raise AlreadyDone("This document was already cancelled.")
    if document.state == DocumentState.SENT:
        raise Refused("This document was sent: recall it from the recipients who have not opened it.")
    state = DOCUMENT.advance(document.state, DocumentAct.VOID)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid("Say in at most %(longest)s characters why it is voided.", field="reason", longest=LONGEST_REASON)
    if request is not None:
        seals.call_off(request, N_("The document was voided."))
    document.state = state
    record(Event.DOCUMENT_VOIDED, actor=leader, subject=document, number=document.number or "", reason=reason)
