"""The page of a seal's custody: keepers, keys, rule, verdict (S-6)."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import device, queries
from tests.city import City
from tests.seals.ceremony import make_unit_seals
from tests.seals.keyed import give_key

pytestmark = pytest.mark.req("S-6")
ClientFor = Callable[[Person], FlaskClient]
UNIT = "finance"


def test_it_says_who_keeps_it_by_which_key_and_whether_the_record_is_genuine(
    runtime: Runtime, session: Session, city: City, client_for: ClientFor
) -> None:
    """Unknown without the ceremonies' key, genuine with it, forged once a word was changed; nothing for strangers."""
    give_key(session, city.person(UNIT, Role.SEAL_CUSTODIAN), "守印盘")
    make_unit_seals(runtime, session, city, UNIT)
    seal = queries.signature_seal(session, city.units[UNIT].id)
    assert seal is not None
    address = f"/seals/{seal.id}/custody"
    head, stranger = city.person(UNIT, Role.UNIT_HEAD), city.person("education", Role.UNIT_HEAD)
    for row in (head, stranger, seal):
        session.refresh(row)
    session.commit()
    client = client_for(head)
    client.set_cookie("language", "en")

    def page() -> str:
        return unescape(client.get(address).text)

    first = page()
    assert "The record can't be checked on this page" in first
    assert "守印盘" in first and "Each of them consents by a hardware key" in first
    assert "1 custodian is enough to stamp" in first
    runtime.settings.custody_key_file.write_text(device.current().settings.pinned.custody_public_key_pem)
    assert "The record is genuine" in page()
    seal.custody_record = seal.custody_record.replace("守印盘", "守印板")
    session.commit()
    assert "The record is forged" in page()
    assert client_for(stranger).get(address).status_code == 404
