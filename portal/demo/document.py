"""Drives a text through the whole main job on the demo city, by the same operations as the pages.

Each act is one committed transaction of the person who would do it, and the work in between is done by the functions
of the worker and the seal server.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.content.gate import Declaration
from portal.core.db import unit_of_work
from portal.core.errors import Refused
from portal.core.jobs import run_inline
from portal.core.runtime import Runtime
from portal.demo.ceremonies import fresh_code, one
from portal.documents import drafting, finishing, reviewing
from portal.documents import operations as documents
from portal.documents.drafting import Addressee, Content
from portal.documents.kinds import KINDS, Direction
from portal.documents.models import Document, RecipientKind
from portal.documents.routes import ROUTES
from portal.documents.typesetting.source import SourceText, split_recipients
from portal.exchange import copying, receiving, sending
from portal.exchange.models import Copy, Delivery
from portal.people.roles import Role
from portal.sealserver import ALLOWED as SEAL_JOBS
from portal.units import queries as units
from portal.units.models import Unit
from portal.worker import ALLOWED as WORKER_JOBS

OPINIONS = ("拟同意，请审核。", "文字已核，请签发。", "同意印发。")
FIRST_QUOTA, COPY_QUOTA = 3, 1
COPIED = 2
"""How many of the recipients are copied; the others are main recipients."""


@dataclass(frozen=True)
class Travelled:
    """Where the document and its first recipient's copy are to be found."""

    document_id: int
    delivery_id: int
    copy_id: int


class Drive:
    """One document on its way from the office to all other units of the city."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.document_id = 0

    def run(self, source: SourceText) -> Travelled:
        """Draft, review, issue, number, freeze, stamp, send, check, print. Raises what the operations raise."""
        self._draft(source)
        self._review()
        self._finish()
        delivery_id = self._send()
        self._receive(delivery_id)
        return Travelled(self.document_id, delivery_id, self._print(delivery_id))

    @contextmanager
    def _act(self) -> Iterator[tuple[Session, Unit]]:
        with unit_of_work(self.runtime.engine) as session:
            yield session, units.office(session)
        run_inline(self.runtime, WORKER_JOBS | SEAL_JOBS)

    def _document(self, session: Session) -> Document:
        return session.get_one(Document, self.document_id)

    def _draft(self, source: SourceText) -> None:
        with self._act() as (session, office):
            drafter = one(session, office, Role.DRAFTER)
            others = [unit for unit in units.all_units(session) if unit.id != office.id]
            content = Content(
                kind=kind_of(source.title),
                direction=Direction.DOWN,
                title=source.title,
                text=split_recipients(source.body)[1],  # the recipients are the city's units
                note="此件公开发布",
                addressees=tuple(_addressees(others)),
            )
            document = drafting.draft_document(session, self.runtime.rules, drafter, content)
            session.flush()
            self.document_id = document.id
        with self._act() as (session, office):
            document = self._document(session)
            declared = Declaration(unclassified=True, not_urgent=True, official=True)
            reviewing.submit(self.runtime, document, document.drafter, declared)

    def _review(self) -> None:
        *desks, leader = ROUTES[Direction.DOWN]
        for desk, opinion in zip(desks, OPINIONS, strict=False):
            with self._act() as (session, office):
                reviewing.pass_step(self._document(session), one(session, office, *desk.roles), opinion)
        with self._act() as (session, office):
            issuer = one(session, office, *leader.roles)
            reviewing.issue_document(self.runtime, self._document(session), issuer, OPINIONS[-1])

    def _finish(self) -> None:
        with self._act() as (session, office):
            finishing.number_document(self._document(session), one(session, office, Role.REGISTRAR))
        with self._act() as (session, office):
            document = self._document(session)
            if document.frozen_digest is None:
                raise Refused(document.freeze_error or "The document could not be typeset.")
            custodian = one(session, office, Role.SEAL_CUSTODIAN)
            documents.ask_stamp(document, custodian, document.frozen_digest, fresh_code(custodian))
        with self._act() as (session, _):
            document = self._document(session)
            if document.sealed_digest is None:
                raise Refused(document.stamp_error or "The document could not be stamped.")

    def _send(self) -> int:
        with self._act() as (session, office):
            clerk = one(session, office, Role.EXCHANGE_CLERK)
            deliveries = sending.send_document(session, self._document(session), clerk)
            session.flush()
            return min(delivery.id for delivery in deliveries)

    def _receive(self, delivery_id: int) -> None:
        with self._act() as (session, _):
            delivery = session.get_one(Delivery, delivery_id)
            receiving.open_delivery(delivery, one(session, delivery.unit, Role.EXCHANGE_CLERK))
        with self._act() as (session, _):
            delivery = session.get_one(Delivery, delivery_id)
            receiving.confirm(delivery, one(session, delivery.unit, Role.EXCHANGE_CLERK))

    def _print(self, delivery_id: int) -> int:
        with self._act() as (session, _):
            delivery = session.get_one(Delivery, delivery_id)
            holder = one(session, delivery.unit, Role.VERIFICATION_HOLDER)
            copy = copying.ask_print(delivery, holder, secrets.token_hex(16))
            session.flush()
            copy_id = copy.id
        with self._act() as (session, _):
            copy = session.get_one(Copy, copy_id)
            if copy.digest is None:
                raise Refused(copy.error or "The copy could not be made.")
        return copy_id


def kind_of(title: str) -> str:
    """The kind whose name the title ends with; a notice otherwise."""
    return next((code for code, kind in KINDS.items() if title.endswith(kind.name) and code != "request"), "notice")


def _addressees(others: list[Unit]) -> Iterator[Addressee]:
    main = len(others) - COPIED
    for place, unit in enumerate(others):
        kind = RecipientKind.MAIN if place < main else RecipientKind.COPY
        yield Addressee(kind=kind, unit_id=unit.id, print_quota=FIRST_QUOTA if place < main else COPY_QUOTA)
