"""Personal data of those who ask or complain: sealed in one column, opened for who handles it, then forgotten."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Protocol

from portal.core.errors import Invalid
from portal.core.runtime import current

PURPOSE = "disclosure applicant"


@dataclass(frozen=True)
class Applicant:
    """Who asks; `identity` is the number of a certificate or the code of an organisation."""

    name: str
    phone: str
    identity: str = ""
    email: str = ""
    address: str = ""


class Holds(Protocol):
    """A row that holds personal data."""

    @property
    def personal(self) -> str | None: ...

    @property
    def token_hash(self) -> str: ...


LENGTHS = {"name": 60, "phone": 30, "identity": 30, "email": 100, "address": 200}


def tidied(applicant: Applicant) -> Applicant:
    """Without spaces around. Raises Invalid for what is missing or too long."""
    values = {key: " ".join(str(value).split()) for key, value in asdict(applicant).items()}
    for key, value in values.items():
        if len(value) > LENGTHS[key]:
            raise Invalid("At most %(longest)s characters.", field=key, longest=LENGTHS[key])
    for key in ("name", "phone"):
        if not values[key]:
            raise Invalid("This must be filled in.", field=key)
    return Applicant(**values)


def seal(applicant: Applicant, token_hash: str) -> str:
    """As the column keeps it; it opens only in the row of this token."""
    return current().storage_keys.seal_text(json.dumps(asdict(applicant)), purpose=PURPOSE, row=token_hash)


def opened(row: Holds) -> Applicant | None:
    """Whose it is; None once it is forgotten."""
    if row.personal is None:
        return None
    return Applicant(
        **json.loads(current().storage_keys.unseal_text(row.personal, purpose=PURPOSE, row=row.token_hash))
    )
