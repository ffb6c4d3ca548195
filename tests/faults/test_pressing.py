"""Five hundred stampings by four seal servers at once."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from tests.city import City
from tests.seals.pressing import press_at_once


@pytest.mark.req("S-6")
@pytest.mark.timeout(1200)
def test_five_hundred_stamps_are_all_valid(runtime: Runtime, session: Session, city: City) -> None:
    """Each is made once, and each file verifies."""
    press_at_once(runtime, session, city, 500, 4)
