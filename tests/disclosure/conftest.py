"""What the tests of disclosure share."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.people.models import Person
from tests.city import City


@pytest.fixture(autouse=True)
def second_factors(session: Session, city: City) -> None:
    """Office roles and heads of units have set up what proves them."""
    session.execute(update(Person).values(totp_seed=b"set up"))
    session.commit()
