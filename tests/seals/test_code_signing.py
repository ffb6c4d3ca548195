"""Codes of copies: one for each reference, of a file that was sealed, in the name the certificate holds (S-1, X-5)."""

from __future__ import annotations

import io

import pytest
from sqlalchemy.orm import Session

from portal.core.jobs import Queue, enqueue
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import codes, custody_check, device, operations, queries
from portal.seals.consent import Consent
from portal.seals.models import UnitSeal
from portal.seals.use_models import CodeRequest, StampRequest
from tests.city import City
from tests.seals.ceremony import make_unit_seals
from tests.seals.keyed import frozen_digest
from tests.seals.samples import frozen_bytes
from tests.seals.test_seal_server import ask_code
from tests.work import drain_all

pytestmark = pytest.mark.req("S-1", "X-5")
UNIT = "finance"


@pytest.fixture
def stamped(runtime: Runtime, session: Session, city: City) -> StampRequest:
    """A file sealed by this seal server; the unit has a verification seal."""
    make_unit_seals(runtime, session, city, UNIT)
    seal = queries.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    request = operations.ask_stamp(
        session,
        seal=seal,
        custodian=city.person(UNIT, Role.SEAL_CUSTODIAN),
        reference="test:1",
        purpose="通知",
        digest=frozen_digest(runtime),
        given=Consent("totp"),
    )
    session.commit()
    drain_all(runtime)
    session.refresh(request)
    return request


def verification(session: Session, city: City) -> UnitSeal:
    seal = queries.verification_seal(session, city.units[UNIT].id)
    assert seal is not None
    return seal


def counted(session: Session, city: City) -> int:
    """How many codes the seal server remembers."""
    _, certificate = custody_check.genuine_record(verification(session, city))
    return len(device.current().memory.uses.of(custody_check.public_key_digest(certificate)))


def signed(runtime: Runtime, session: Session, request: CodeRequest) -> CodeRequest:
    """What the seal server makes of a request."""
    drain_all(runtime)
    session.refresh(request)
    return request


def put_back(runtime: Runtime, session: Session, request: CodeRequest, **changes: object) -> CodeRequest:
    """As whoever owns the database can: the request is open again, with other facts, and offered again."""
    request.code, request.signed_at, request.error = None, None, None
    request.facts = {**request.facts, **changes}
    enqueue(session, Queue.SEAL, operations.SIGN_CODE_JOB, request_id=request.id)
    session.commit()
    return signed(runtime, session, request)


def test_a_reference_has_one_code(runtime: Runtime, session: Session, city: City, stamped: StampRequest) -> None:
    """Put back it is given the same one; with any other fact none, also the holder's and the day's."""
    request = signed(runtime, session, ask_code(session, city))
    first = request.code
    assert first and counted(session, city) == 1
    assert put_back(runtime, session, request).code == first
    for changes in ({"document_number": "伪造〔2026〕9号"}, {"copy": 2}, {"day": "2020-01-01"}):
        kept = request.facts
        refused = put_back(runtime, session, request, **changes)
        assert (refused.code, refused.error) == (
            None,
            "Another code was signed for this copy before. Ask for the copy again.",
        )
        request.facts = kept
    assert counted(session, city) == 1
    again = signed(runtime, session, ask_code(session, city))
    assert again.code and counted(session, city) == 2, "asked for anew, the same copy is another use"


def test_no_code_for_a_file_nobody_sealed(
    runtime: Runtime, session: Session, city: City, stamped: StampRequest
) -> None:
    """Nor for one that the database alone calls sealed, in the store or not."""
    refused = "The file of this copy isn't one that was sealed."
    assert signed(runtime, session, ask_code(session, city, digest="f" * 32)).error == refused
    for content in (None, b"%PDF-1.7 nothing", frozen_bytes()):
        digest = runtime.store.put(io.BytesIO(content)).digest if content else "e" * 64
        stamped.sealed_digest = digest
        assert signed(runtime, session, ask_code(session, city)).error == refused
    assert counted(session, city) == 0


def test_a_file_another_seal_server_sealed_proves_itself(
    runtime: Runtime, session: Session, city: City, stamped: StampRequest
) -> None:
    """This one remembers nothing of it, and verifies its seals."""
    memory = device.current().memory
    assert memory.uses.is_sealed((stamped.sealed_digest or "")[:32])
    memory.path.unlink()
    stamped.state, stamped.stamped_at = "failed", None  # so that the book tells nothing to a new memory
    session.commit()
    request = signed(runtime, session, ask_code(session, city))
    assert not memory.uses.is_sealed((stamped.sealed_digest or "")[:32])
    assert request.code and request.error is None


def test_the_unit_is_named_as_its_certificate_names_it(
    runtime: Runtime, session: Session, city: City, stamped: StampRequest
) -> None:
    """Whatever the row says."""
    request = signed(runtime, session, ask_code(session, city, unit_name="南澄市人民政府"))
    assert request.code is not None
    facts, _ = codes.decode(request.code)
    assert facts.unit_name == request.facts["unit_name"] == city.units[UNIT].name


@pytest.mark.parametrize("changes", [{"kind": 9}, {"day": "gestern"}, {"digest": "00"}, {"copy": -1}, {"more": 1}])
def test_facts_that_fit_in_no_code_are_refused_at_once(
    runtime: Runtime, session: Session, city: City, stamped: StampRequest, changes: dict[str, object]
) -> None:
    refused = signed(runtime, session, ask_code(session, city, **changes))
    assert (refused.code, refused.error) == (None, "These facts can't be written into the code of a copy.")
    assert counted(session, city) == 0
