"""The certification service's own list of authorities joins the one by which files are judged (S-7, decision 26)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic import command
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection, select, text

from portal import migrate
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.seals import trusting
from portal.seals.trust_models import TrustedAuthority, TrustedFor
from tests.city import City
from tests.seals.pki import Authority

MERGED = "0015"
ADDED, WITHDRAWN = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC)


def _add(connection: Connection, given: Authority, by: int, withdrawn: datetime | None = None) -> int:
    """A row as the version before kept it; returns its id."""
    root = given.root.certificate
    values = {
        "name": given.name, "fingerprint": root.fingerprint(hashes.SHA256()).hex(),
        "pem": root.public_bytes(Encoding.PEM).decode(), "until": root.not_valid_after_utc, "by": by, "added": ADDED,
        "withdrawn": withdrawn,
    }  # fmt: skip
    statement = (
        "INSERT INTO external_issuer (name, fingerprint, pem, valid_until, added_by_id, added_at, withdrawn_at) "
        "VALUES (:name, :fingerprint, :pem, :until, :by, :added, :withdrawn) RETURNING id"
    )
    return int(connection.execute(text(statement), values).scalar_one())


def _note_withdrawal(connection: Connection, issuer: int, by: int) -> None:
    statement = (
        "INSERT INTO event (at, kind, actor_id, subject_kind, subject_id, facts) "
        "VALUES (:at, 'external-issuer.withdrawn', :by, 'external-issuer', :issuer, '{\"name\": \"旧\"}')"
    )
    connection.execute(text(statement), {"at": WITHDRAWN, "by": by, "issuer": issuer})


@pytest.mark.req("S-7")
def test_both_lists_become_one(runtime: Runtime, city: City) -> None:
    url = runtime.engine.url.render_as_string(hide_password=False)
    both, other, ended = (Authority(name=name) for name in ("两处都有", "只在原名单", "原名单已撤销"))
    centre, office = (city.person("office", role).id for role in (Role.INFORMATION_CENTRE, Role.SECRECY_OFFICE))
    with unit_of_work(runtime.engine) as session:
        officer = city.person("office", Role.SECRECY_OFFICE)
        trusting.import_authority(
            session, session.merge(officer), chain=both.root.certificate.public_bytes(Encoding.PEM).decode(),
            fingerprint=both.root.certificate.fingerprint(hashes.SHA256()).hex(), trusted_for="seals", reason="省级",
        )  # fmt: skip
    runtime.engine.dispose()
    command.downgrade(migrate.configuration(url), MERGED)
    command.downgrade(migrate.configuration(url), "-1")
    with runtime.engine.begin() as connection:
        _add(connection, both, centre)
        _add(connection, other, centre)
        _note_withdrawal(connection, _add(connection, ended, centre, WITHDRAWN), office)
    runtime.engine.dispose()
    migrate.upgrade(url)
    with unit_of_work(runtime.engine, writes=False) as session:
        rows = {row.name: row for row in session.scalars(select(TrustedAuthority))}
        assert len(rows) == 3 and rows["两处都有"].reason == "省级"
        assert {row.trusted_for for row in rows.values()} == {TrustedFor.SEALS}
        moved, gone = rows["只在原名单"], rows["原名单已撤销"]
        assert (moved.imported_by_id, moved.imported_at, moved.withdrawn_at) == (centre, ADDED, None)
        assert (gone.withdrawn_by_id, gone.withdrawn_at, gone.past_stands) == (office, WITHDRAWN, False)
        assert {row.name for row in trusting.in_force(session)} == {"两处都有", "只在原名单"}
        assert len(trusting.issuers(session)[0]) == 2
