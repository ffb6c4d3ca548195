"""All tables of the portal, for migrations and tests, and the triggers that keep the ledger append-only."""

from __future__ import annotations

from sqlalchemy import MetaData

from portal.content import models as content
from portal.core import releasing, vitals
from portal.core.db import Base
from portal.core.jobs import PendingJob
from portal.documents import models as documents
from portal.exchange import models as exchange
from portal.journals import models as journals
from portal.ledger import models as ledger
from portal.notices import models as notices
from portal.people import access_models as access
from portal.people import account_models as accounts
from portal.people import models as people
from portal.registration import application_models as applications
from portal.registration import change_models as changes
from portal.registration import import_models as imports
from portal.seals import models as seals
from portal.support import models as support
from portal.units import models as units

MODULES = (
    access,
    accounts,
    applications,
    changes,
    content,
    documents,
    exchange,
    imports,
    journals,
    ledger,
    notices,
    people,
    releasing,
    seals,
    support,
    units,
    vitals,
)
METADATA: MetaData = Base.metadata
OUTBOX = PendingJob.__tablename__

# P-2: not even the portal's own database account changes or deletes an event.
APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER event_no_{verb.lower()} BEFORE {verb} ON event "
        "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$",
        "CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()",
    ),
}
