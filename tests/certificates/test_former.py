"""Certificates overwritten in the seals' rows by versions before are found again in the register of certificates."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import select

from portal import migrate
from portal.certificates.models import Certificate, SubjectKind
from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import queries
from portal.seals.former_models import FormerCertificate
from tests.certificates.people import UNIT
from tests.city import City
from tests.documents.sealing import give_seal

KEPT = "0024"
OWN, OVERWRITTEN, NOT_YET_BOUND = "0A", "0B", "0C"


@pytest.mark.req("S-7", "S-11")
def test_an_upgrade_finds_what_was_overwritten(runtime: Runtime, city: City) -> None:
    url = runtime.engine.url.render_as_string(hide_password=False)
    with unit_of_work(runtime.engine) as session:
        unit, keeper = session.merge(city.units[UNIT]), session.merge(city.person(UNIT, Role.SEAL_CUSTODIAN))
        seal, at = give_seal(session, unit, keeper), now()
        seal.certificate_serial, seal.imported_certificate = OWN, NOT_YET_BOUND
        for serial in (OWN, OVERWRITTEN, NOT_YET_BOUND):
            session.add(
                Certificate(
                    subject_kind=SubjectKind.SEAL, seal_id=seal.id, unit_id=seal.unit_id, name=seal.name, issuer="x",
                    external=serial != OVERWRITTEN, serial=serial, fingerprint=serial, pem=serial, valid_from=at,
                    valid_until=at, entered_at=at, changed_at=at,
                )
            )  # fmt: skip
        seal_id = seal.id
    runtime.engine.dispose()
    command.downgrade(migrate.configuration(url), KEPT)
    command.downgrade(migrate.configuration(url), "-1")
    migrate.upgrade(url)
    with unit_of_work(runtime.engine, writes=False) as session:
        assert session.scalars(select(FormerCertificate.serial)).all() == [OVERWRITTEN]
        found = queries.by_certificate_serial(session, OVERWRITTEN)
        assert found is not None and found.id == seal_id
        assert queries.certificate_numbered(session, found, OVERWRITTEN) == OVERWRITTEN
