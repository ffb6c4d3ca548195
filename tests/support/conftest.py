"""The city of these tests: everybody has set up what their role demands."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.city import City, read_city


@pytest.fixture
def city(session: Session) -> City:
    """The small city, second factors included, committed."""
    found = read_city(session)
    for person in found.people.values():
        person.totp_seed = b"set up"
    session.commit()
    return found
