"""The scene: one object of each kind, as the office and the finance bureau have them; others have no part in it.

A new variable in an address fails until it has its object here: `blueprint.variable`, or `variable` for all blueprints.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.documents.drafting import Addressee
from portal.documents.models import Attachment, PageImage, RecipientKind
from portal.exchange.lifecycle import CopyState
from portal.exchange.models import Copy, CopyKind, MoreCopiesRequest
from portal.people.roles import Role
from portal.seals.models import SealClass
from tests.city import City
from tests.documents.sealing import give_seal
from tests.exchange.travelling import delivery_to, quick_sent
from tests.seals.pki import Authority

Value = int | str


@dataclass(frozen=True)
class Scene:
    """The values that lead to the objects."""

    values: Mapping[str, Value]

    def value(self, blueprint: str, variable: str) -> Value:
        """What to put into an address. Fails for a variable that has no object yet."""
        for key in (f"{blueprint}.{variable}", variable):
            if key in self.values:
                return self.values[key]
        raise AssertionError(f"place {blueprint}.{variable} in tests/matrix/objects.py: it has no object in the scene")


def set_scene(session: Session, work: Runtime, city: City) -> Scene:
    """Put the objects into the database."""
    values: dict[str, Value] = {"code": "nothing", "token": "nothing", "encoded": "nothing", "value": "zh", "number": 1}
    for part in (_documents, _seals):
        values |= part(session, work, city)
    session.flush()
    return Scene(values)


def _documents(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A document of the office with an attachment; the finance bureau has it, printed it and asks for more."""
    to = Addressee(RecipientKind.MAIN, unit_id=city.units["finance"].id, print_quota=2)
    document = quick_sent(session, work, city, addressees=(to,))
    delivery = delivery_to(session, document, city)
    file = work.store.put(io.BytesIO("附件".encode()))
    attachment = Attachment(
        document=document, position=1, name="附件.txt", media_type="text/plain", size=file.size, digest=file.digest,
        added_at=now(),
    )  # fmt: skip
    page = PageImage(
        document_id=document.id, digest=str(document.sealed_digest), number=1, image=file.digest, width=1, height=1
    )
    holder = city.person("finance", Role.VERIFICATION_HOLDER)
    copy = Copy(
        delivery=delivery, kind=CopyKind.PRINT, number=1, state=CopyState.READY, request_key="k", mark="0000-0000-0000",
        asked_by=holder, asked_at=now(), digest=file.digest, made_at=now(),
    )  # fmt: skip
    request = MoreCopiesRequest(delivery=delivery, wanted=1, reason="不够", asked_by=holder, asked_at=now())
    session.add_all([attachment, page, copy, request])
    session.flush()
    return {
        "document_id": document.id,
        "delivery_id": delivery.id,
        "attachment_id": attachment.id,
        "page_id": page.id,
        "copy_id": copy.id,
        "request_id": request.id,
    }


def _seals(session: Session, work: Runtime, city: City) -> dict[str, Value]:
    """A seal of the finance bureau with the application and the ceremony it came from."""
    seal = give_seal(session, city.units["finance"], city.person("finance", Role.SEAL_CUSTODIAN))
    seal.certificate = Authority().seal.certificate.public_bytes(Encoding.PEM).decode()
    return {
        "seal_id": seal.id,
        "application_id": seal.ceremony.application_id,
        "ceremony_id": seal.ceremony_id,
        "seal_class": SealClass.SIGNATURE.value,
    }
