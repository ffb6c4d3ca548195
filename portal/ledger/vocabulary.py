"""The closed vocabulary of the ledger: every kind of event with the exact fields of its facts.

`subject.act`, in order of subject. A kind that isn't here, or facts that don't match, can't be recorded.
"""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """What can happen."""

    ADDRESS_GROUP_KEPT = "address-group.kept"
    ADDRESS_GROUP_REMOVED = "address-group.removed"
    CEREMONY_ABORTED = "ceremony.aborted"
    CEREMONY_CALLED = "ceremony.called"
    CEREMONY_DONE = "ceremony.done"
    CEREMONY_OPENED = "ceremony.opened"
    CEREMONY_SEAT_TAKEN = "ceremony.seat-taken"
    CEREMONY_SHARE_GIVEN = "ceremony.share-given"
    CEREMONY_SHARE_REFUSED = "ceremony.share-refused"
    COPY_ASKED = "copy.asked"
    COPY_MADE = "copy.made"
    DELIVERY_CHECKED = "delivery.checked"
    DELIVERY_DELIVERED = "delivery.delivered"
    DELIVERY_FILE_TAKEN = "delivery.file-taken"
    DELIVERY_MORE_ASKED = "delivery.more-asked"
    DELIVERY_MORE_GRANTED = "delivery.more-granted"
    DELIVERY_MORE_REFUSED = "delivery.more-refused"
    DELIVERY_OPENED = "delivery.opened"
    DELIVERY_RECALLED = "delivery.recalled"
    DELIVERY_RECEIVED = "delivery.received"
    DELIVERY_RETURNED = "delivery.returned"
    DELIVERY_URGED = "delivery.urged"
    DOCUMENT_ATTACHED = "document.attached"
    DOCUMENT_CANCELLED = "document.cancelled"
    DOCUMENT_DETACHED = "document.detached"
    DOCUMENT_DRAFTED = "document.drafted"
    DOCUMENT_FREEZE_FAILED = "document.freeze-failed"
    DOCUMENT_FROZEN = "document.frozen"
    DOCUMENT_ISSUED = "document.issued"
    DOCUMENT_NUMBERED = "document.numbered"
    DOCUMENT_RETURNED = "document.returned"
    DOCUMENT_REVIEWED = "document.reviewed"
    DOCUMENT_SEALED = "document.sealed"
    DOCUMENT_SENT = "document.sent"
    DOCUMENT_STAMP_ASKED = "document.stamp-asked"
    DOCUMENT_STAMP_FAILED = "document.stamp-failed"
    DOCUMENT_SUBMITTED = "document.submitted"
    DOCUMENT_WRITTEN = "document.written"
    PAPER_ARRIVAL_RECORDED = "paper-arrival.recorded"
    PAPER_ARRIVAL_SETTLED = "paper-arrival.settled"
    PERSON_LOCKED = "person.locked"
    PERSON_LOGGED_IN = "person.logged-in"
    PERSON_LOGGED_OUT = "person.logged-out"
    PERSON_LOGIN_FAILED = "person.login-failed"
    PERSON_OPENED = "person.opened"
    PERSON_PASSWORD_CHANGED = "person.password-changed"
    PERSON_PROFILE_CHANGED = "person.profile-changed"
    PERSON_SECOND_FACTOR_SET = "person.second-factor-set"
    REGISTER_EXPORT_ASKED = "register-export.asked"
    REGISTER_EXPORT_FETCHED = "register-export.fetched"
    ROLE_GIVEN = "role.given"
    SEAL_APPLICATION_AGREED = "seal-application.agreed"
    SEAL_APPLICATION_APPROVED = "seal-application.approved"
    SEAL_APPLICATION_FILED = "seal-application.filed"
    SEAL_APPLICATION_REFUSED = "seal-application.refused"
    SEAL_APPLICATION_REVIEWED = "seal-application.reviewed"
    SEAL_APPLICATION_WITHDRAWN = "seal-application.withdrawn"
    SEAL_IN_CUSTODY = "seal.in-custody"
    SEAL_MADE = "seal.made"
    SEAL_SUSPENDED = "seal.suspended"
    SEAL_USED = "seal.used"
    UNIT_CONTACTS_CHANGED = "unit.contacts-changed"
    UNIT_REGISTERED = "unit.registered"
    UNIT_SCOPE_SET = "unit.scope-set"


OPINION = frozenset({"opinion"})
NOTHING: frozenset[str] = frozenset()

FACTS: dict[Event, frozenset[str]] = {
    Event.ADDRESS_GROUP_KEPT: frozenset({"name", "members"}),
    Event.ADDRESS_GROUP_REMOVED: frozenset({"name"}),
    Event.CEREMONY_ABORTED: frozenset({"why"}),
    Event.CEREMONY_CALLED: frozenset({"application", "content_hash"}),
    Event.CEREMONY_DONE: frozenset({"transcript_digest", "seals"}),
    Event.CEREMONY_OPENED: frozenset({"seats"}),
    Event.CEREMONY_SEAT_TAKEN: frozenset({"seat"}),
    Event.CEREMONY_SHARE_GIVEN: frozenset({"seat"}),
    Event.CEREMONY_SHARE_REFUSED: frozenset({"seat", "why"}),
    Event.COPY_ASKED: frozenset({"copy_kind", "number"}),
    Event.COPY_MADE: frozenset({"copy_kind", "number", "digest"}),
    Event.DELIVERY_CHECKED: frozenset({"checks", "digest"}),
    Event.DELIVERY_DELIVERED: frozenset({"document", "recipient_kind", "print_quota"}),
    Event.DELIVERY_FILE_TAKEN: frozenset({"name", "digest"}),
    Event.DELIVERY_MORE_ASKED: frozenset({"wanted", "reason"}),
    Event.DELIVERY_MORE_GRANTED: frozenset({"granted"}),
    Event.DELIVERY_MORE_REFUSED: frozenset({"reason"}),
    Event.DELIVERY_OPENED: NOTHING,
    Event.DELIVERY_RECALLED: frozenset({"reason"}),
    Event.DELIVERY_RECEIVED: frozenset({"how", "counted_on"}),
    Event.DELIVERY_RETURNED: frozenset({"reason"}),
    Event.DELIVERY_URGED: frozenset({"message"}),
    Event.DOCUMENT_ATTACHED: frozenset({"name", "size", "digest"}),
    Event.DOCUMENT_CANCELLED: frozenset({"reason"}),
    Event.DOCUMENT_DETACHED: frozenset({"name", "digest"}),
    Event.DOCUMENT_DRAFTED: frozenset({"title"}),
    Event.DOCUMENT_FREEZE_FAILED: frozenset({"why"}),
    Event.DOCUMENT_FROZEN: frozenset({"digest", "pages", "size"}),
    Event.DOCUMENT_ISSUED: frozenset({"opinion", "digest"}),
    Event.DOCUMENT_NUMBERED: frozenset({"number"}),
    Event.DOCUMENT_RETURNED: frozenset({"opinion", "step"}),
    Event.DOCUMENT_REVIEWED: frozenset({"opinion", "step", "digest"}),
    Event.DOCUMENT_SEALED: frozenset({"digest", "seal"}),
    Event.DOCUMENT_SENT: frozenset({"digest", "recipients", "counted_on"}),
    Event.DOCUMENT_STAMP_ASKED: frozenset({"seal", "digest"}),
    Event.DOCUMENT_STAMP_FAILED: frozenset({"why"}),
    Event.DOCUMENT_SUBMITTED: frozenset({"version", "digest"}),
    Event.DOCUMENT_WRITTEN: frozenset({"version"}),
    Event.PAPER_ARRIVAL_RECORDED: frozenset({"delivery", "title", "number", "arrived_on"}),
    Event.PAPER_ARRIVAL_SETTLED: frozenset({"how"}),
    Event.PERSON_LOCKED: frozenset({"until"}),
    Event.PERSON_LOGGED_IN: frozenset({"address"}),
    Event.PERSON_LOGGED_OUT: frozenset({"why"}),
    Event.PERSON_LOGIN_FAILED: frozenset({"address", "why"}),
    Event.PERSON_OPENED: frozenset({"account"}),
    Event.PERSON_PASSWORD_CHANGED: NOTHING,
    Event.PERSON_PROFILE_CHANGED: frozenset({"fields"}),
    Event.PERSON_SECOND_FACTOR_SET: frozenset({"factor"}),
    Event.REGISTER_EXPORT_ASKED: NOTHING,
    Event.REGISTER_EXPORT_FETCHED: frozenset({"digest"}),
    Event.ROLE_GIVEN: frozenset({"role"}),
    Event.SEAL_APPLICATION_AGREED: OPINION,
    Event.SEAL_APPLICATION_APPROVED: frozenset({"opinion", "content_hash"}),
    Event.SEAL_APPLICATION_FILED: frozenset({"content_hash"}),
    Event.SEAL_APPLICATION_REFUSED: OPINION,
    Event.SEAL_APPLICATION_REVIEWED: OPINION,
    Event.SEAL_APPLICATION_WITHDRAWN: OPINION,
    Event.SEAL_IN_CUSTODY: frozenset({"custodians"}),
    Event.SEAL_MADE: frozenset({"seal_class", "certificate", "device_serial", "signer"}),
    Event.SEAL_SUSPENDED: frozenset({"reason"}),
    Event.SEAL_USED: frozenset({"reference", "digest_before", "digest_after", "page", "signer"}),
    Event.UNIT_CONTACTS_CHANGED: frozenset({"fields"}),
    Event.UNIT_REGISTERED: frozenset({"code", "name"}),
    Event.UNIT_SCOPE_SET: frozenset({"document_class", "mode", "since"}),
}
