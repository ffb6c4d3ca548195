"""Joint documents for tests: the office with 财政局 and 教育局, to the two districts."""

from __future__ import annotations

import io

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.documents import finishing, operations, queries, reviewing
from portal.documents.drafting import Addressee
from portal.documents.models import Document, RecipientKind
from portal.people import second_factor
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals.lifecycle import StampState
from portal.seals.use_models import StampRequest
from tests.city import City
from tests.documents.making import issued
from tests.documents.sealing import give_seal
from tests.seals.ceremony import SEED, fresh_code

JOINT = ("finance", "education")
OPINION = "同意会签。"


def named(city: City, *joint: str) -> dict[str, object]:
    """What the drafter writes beside the text."""
    to = tuple(Addressee(RecipientKind.MAIN, unit_id=city.units[key].id, print_quota=1) for key in ("east", "west"))
    return {"addressees": to, "joint": tuple(city.units[key].id for key in joint)}


def at_first(session: Session, work: Runtime, city: City, *joint: str) -> Document:
    """Issued by the office's leader; the first joint unit is asked to sign."""
    return issued(session, work, city, **named(city, *(joint or JOINT)))


def sign(document: Document, city: City, *units: str) -> None:
    """The heads of these units sign, in this order."""
    for unit in units:
        reviewing.countersign(document, city.person(unit, Role.UNIT_HEAD), OPINION)


def frozen(session: Session, work: Runtime, city: City, *joint: str) -> Document:
    """Signed by all and numbered, with a stand-in for its file; each unit has its seal. Commits."""
    joint = joint or JOINT
    document = at_first(session, work, city, *joint)
    sign(document, city, *joint)
    finishing.number_document(document, city.person("office", Role.REGISTRAR))
    session.flush()
    finishing.take_frozen(document, work.store.put(io.BytesIO(b"%PDF stand-in")), pages=2)
    for unit in ("office", *joint):
        give_seal(session, city.units[unit], custodian(city, unit))
    session.commit()
    return document


def custodian(city: City, unit: str) -> Person:
    """The custodian of a unit's seal."""
    return city.person(unit, Role.SEAL_CUSTODIAN)


def ask(document: Document, person: Person) -> StampRequest:
    """The custodian asks for the seal on the file that stands."""
    if person.totp_seed is None:
        second_factor.keep_seed(person, SEED)
    return operations.ask_stamp(document, person, queries.file_digest(document) or "", fresh_code(person))


def press(session: Session, document: Document, city: City, unit: str) -> StampRequest:
    """The custodian asks, and the seal server has stamped."""
    request = ask(document, custodian(city, unit))
    request.state, request.stamped_at = StampState.STAMPED, now()
    request.sealed_digest = f"{request.place}" * 64
    session.flush()
    operations.take_stamped(session, request)
    session.flush()
    return request
