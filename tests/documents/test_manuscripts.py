"""What is printed of the recipients: units of one tier are joined, tiers are set apart."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.documents import drafting
from portal.documents.drafting import Addressee
from portal.documents.manuscripts import grouped_names, names_of
from portal.documents.models import RecipientKind
from portal.people.roles import Role
from tests.city import City
from tests.documents.making import content


@pytest.mark.req("X-2", "D-6")
def test_units_of_one_tier_are_joined(session: Session, runtime: Runtime, city: City) -> None:
    """Departments by 、, then the district, then whoever gets paper."""
    main = RecipientKind.MAIN
    addressees = (
        *(Addressee(main, unit_id=city.units[key].id, print_quota=1) for key in ("finance", "education", "east")),
        Addressee(main, paper_name="南澄市气象站"),
    )
    drafter = city.person("office", Role.DRAFTER)
    document = drafting.draft_document(session, runtime.rules, drafter, content(city, addressees=addressees))
    session.flush()
    assert names_of(document, main) == ("南澄市财政局", "南澄市教育局", "澄东区人民政府", "南澄市气象站")
    assert grouped_names(document, main) == ("南澄市财政局、南澄市教育局", "澄东区人民政府", "南澄市气象站")
