"""All tables of the portal, for migrations and tests, and the triggers that keep the ledger append-only."""

from __future__ import annotations

from sqlalchemy import MetaData

from portal.briefs import models as briefs
from portal.certificates import models as certificates
from portal.certificates import service_models as certification
from portal.content import models as content
from portal.core import releasing, vitals
from portal.core.db import Base
from portal.core.jobs import PendingJob
from portal.disclosure import models as disclosure
from portal.disclosure import request_models as disclosure_requests
from portal.documents import models as documents
from portal.exchange import models as exchange
from portal.journals import models as journals
from portal.ledger import models as ledger
from portal.notices import models as notices
from portal.people import access_models as access
from portal.people import account_models as accounts
from portal.people import headship_models as headships
from portal.people import models as people
from portal.registration import application_models as applications
from portal.registration import change_models as changes
from portal.registration import import_models as imports
from portal.reports import models as reports
from portal.seals import carrier_models as carriers
from portal.seals import former_models as former_certificates
from portal.seals import models as seals
from portal.seals import paper_models as seal_papers
from portal.seals import revocation_models as revocations
from portal.seals import rules_models as seal_rules
from portal.seals import trust_models as trust
from portal.seals import unusual_models as unusual
from portal.seals import use_models as uses
from portal.support import models as support
from portal.tasks import models as tasks
from portal.units import models as units
from portal.workstatus import models as workstatus

MODULES = (
    access,
    accounts,
    applications,
    briefs,
    carriers,
    certificates,
    certification,
    changes,
    content,
    disclosure,
    disclosure_requests,
    documents,
    exchange,
    former_certificates,
    headships,
    imports,
    journals,
    ledger,
    notices,
    people,
    releasing,
    reports,
    revocations,
    seal_papers,
    seal_rules,
    seals,
    support,
    tasks,
    trust,
    units,
    unusual,
    uses,
    vitals,
    workstatus,
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
