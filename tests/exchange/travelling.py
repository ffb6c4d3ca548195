"""Documents on their way: stamped, sent, opened, checked. `quick_*` have no device behind the seal, `real_*` have."""

from __future__ import annotations

import io

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.documents import finishing, operations, queries
from portal.documents.models import Document
from portal.exchange import operations as exchange
from portal.exchange.findings import Check, Finding, Findings, Outcome
from portal.exchange.models import Delivery
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals.lifecycle import StampState
from portal.seals.models import SealClass, UnitSeal
from portal.seals.use_models import StampRequest
from tests.city import City
from tests.documents.making import numbered
from tests.documents.sealing import give_seal
from tests.hsm.device import shared_device
from tests.seals.ceremony import SEED, fresh_code, make_unit_seals
from tests.work import drain, drain_all


def clerk(city: City, unit: str = "office") -> Person:
    """The exchange clerk of a unit."""
    return city.person(unit, Role.EXCHANGE_CLERK)


def holder(city: City, unit: str = "finance") -> Person:
    """The holder of a unit's verification seal."""
    return city.person(unit, Role.VERIFICATION_HOLDER)


def quick_sealed(session: Session, work: Runtime, city: City, **changes: object) -> Document:
    """A stamped document whose file is a stand-in: enough for everything that doesn't read the file."""
    document = numbered(session, work, city, **changes)
    stored = work.store.put(io.BytesIO(f"%PDF stand-in {document.id}".encode()))
    finishing.take_frozen(document, stored, pages=1)
    custodian = city.person("office", Role.SEAL_CUSTODIAN)
    seal = _seal_of(session, document) or give_seal(session, document.unit, custodian)
    document.state = "sealing"
    request = StampRequest(
        seal=seal,
        state=StampState.STAMPED,
        reference=queries.reference_of(document),
        purpose=document.title,
        digest=stored.digest,
        asked_by=custodian,
        asked_at=now(),
        sealed_digest=stored.digest,
    )
    session.add(request)
    session.flush()
    operations.take_stamped(session, request)
    session.flush()
    return document


def _seal_of(session: Session, document: Document) -> UnitSeal | None:
    return session.scalars(select(UnitSeal).where(UnitSeal.unit_id == document.unit_id)).first()


def quick_sent(session: Session, work: Runtime, city: City, **changes: object) -> Document:
    """A sent document with a stand-in for its file."""
    document = quick_sealed(session, work, city, **changes)
    exchange.send_document(session, document, clerk(city))
    return document


def delivery_to(session: Session, document: Document, city: City, unit: str = "finance") -> Delivery:
    """The delivery of a document to a unit."""
    return session.scalars(
        select(Delivery).where(Delivery.document_id == document.id, Delivery.unit_id == city.units[unit].id)
    ).one()


def all_good(delivery: Delivery) -> None:
    """Let every check of an opened delivery have passed."""
    items = tuple(Finding(check, Outcome.GOOD, "The document has no attachments.") for check in Check)
    exchange.take_findings(delivery, Findings(items))


def quick_checked(session: Session, work: Runtime, city: City, unit: str = "finance") -> Delivery:
    """A delivery whose checks are confirmed, its unit having a verification seal without a device."""
    delivery = delivery_to(session, quick_sent(session, work, city), city, unit)
    give_seal(session, delivery.unit, holder(city, unit), seal_class=SealClass.VERIFICATION)
    exchange.open_delivery(delivery, clerk(city, unit))
    all_good(delivery)
    exchange.confirm(delivery, clerk(city, unit))
    session.flush()
    return delivery


def real_sealed(session: Session, work: Runtime, city: City, *recipients: str) -> Document:
    """A document typeset, and stamped in the device; the recipients named have their seals too. Commits."""
    for unit in ("office", *recipients):
        make_unit_seals(work, session, city, unit)
    trust_the_device(work)
    document = numbered(session, work, city)
    session.commit()
    drain(work)
    session.expire_all()
    custodian = city.person("office", Role.SEAL_CUSTODIAN)
    stamp(session, document, custodian)
    session.commit()
    drain_all(work)
    session.expire_all()
    return document


def trust_the_device(work: Runtime) -> None:
    """Put the test device's Seal CA where everybody who verifies looks for it."""
    work.settings.seal_ca_file.write_text(shared_device().settings.pinned.ca_certificate_pem)


def stamp(session: Session, document: Document, custodian: Person) -> None:
    """The custodian asks for the seal with a second factor."""
    from portal.people import second_factor

    if custodian.totp_seed is None:
        second_factor.keep_seed(custodian, SEED)
    operations.ask_stamp(document, custodian, document.frozen_digest or "", fresh_code(custodian))


def real_opened(session: Session, work: Runtime, city: City, unit: str = "finance") -> Delivery:
    """A delivery of a really stamped document, opened; its checks are promised. Commits."""
    document = real_sealed(session, work, city, unit)
    exchange.send_document(session, document, clerk(city))
    delivery = delivery_to(session, document, city, unit)
    exchange.open_delivery(delivery, clerk(city, unit))
    session.commit()
    return delivery
