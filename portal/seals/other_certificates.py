"""Another authority's certificate for a seal that exists (S-7): approved by its fingerprint with the change of custody
that binds it, shown in the room, and bound by no ceremony unless it is that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from portal.core.errors import Refused
from portal.seals import certificates
from portal.seals.models import SealApplication, UnitSeal

DETAIL = "other_certificates"
"""Under this name an application's details keep them."""


def brought_in(seals: Iterable[UnitSeal]) -> list[dict[str, Any]]:
    """What was brought in for these seals, as an application names it."""
    return [_said_of(seal.id, seal.imported_certificate) for seal in seals if seal.imported_certificate]


def named(application: SealApplication) -> Sequence[dict[str, Any]]:
    """What an application names; nothing in those that bind none."""
    return (application.details or {}).get(DETAIL, ())


def approved_for(application: SealApplication, seal: UnitSeal) -> str | None:
    """The certificate (PEM) the ceremony is to bind to the seal; None when it keeps the one it has.

    Raises Refused when another one than the approved lies ready.
    """
    said = next((one for one in named(application) if one["seal"] == seal.id), None)
    if said is None:
        return None
    if seal.imported_certificate is None or _said_of(seal.id, seal.imported_certificate) != said:
        raise Refused(
            "The certificate of another authority that was brought in for the seal %(name)s isn't the one that was "
            "approved. The unit withdraws this application and applies anew.",
            name=seal.name,
        )
    return seal.imported_certificate


def _said_of(seal_id: int, pem: str) -> dict[str, Any]:
    found = certificates.describe(certificates.load(pem.encode()))
    return {"seal": seal_id, "issuer": found.issuer, "serial": found.serial, "sha256": found.fingerprint}
