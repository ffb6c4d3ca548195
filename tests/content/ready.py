"""People whose role demands a second factor, with one set up: their clients come straight to the pages."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.people import second_factor
from tests.city import City


def with_second_factors(session: Session, city: City) -> City:
    """The city, ready to work."""
    for person in city.people.values():
        if person.needs_second_factor:
            second_factor.keep_seed(person, "JBSWY3DPEHPK3PXP")
    session.commit()
    return city
