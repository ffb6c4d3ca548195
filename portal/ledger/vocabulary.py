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
    COMPUTER_REGISTERED = "computer.registered"
    COMPUTER_REMOVED = "computer.removed"
    CONSULTATION_ANSWERED = "consultation.answered"
    CONSULTATION_CONCLUDED = "consultation.concluded"
    CONSULTATION_PUBLISHED = "consultation.published"
    COPY_ASKED = "copy.asked"
    COPY_MADE = "copy.made"
    DELEGATION_ENDED = "delegation.ended"
    DELEGATION_NAMED = "delegation.named"
    DELIVERY_CHECKED = "delivery.checked"
    DELIVERY_CLAIMED = "delivery.claimed"
    DELIVERY_DELIVERED = "delivery.delivered"
    DELIVERY_FILE_TAKEN = "delivery.file-taken"
    DELIVERY_HANDED_OVER = "delivery.handed-over"
    DELIVERY_MORE_ASKED = "delivery.more-asked"
    DELIVERY_MORE_GRANTED = "delivery.more-granted"
    DELIVERY_MORE_REFUSED = "delivery.more-refused"
    DELIVERY_OPENED = "delivery.opened"
    DELIVERY_RECALLED = "delivery.recalled"
    DELIVERY_RECEIVED = "delivery.received"
    DELIVERY_RELEASED = "delivery.released"
    DELIVERY_RETURNED = "delivery.returned"
    DELIVERY_TAKEN_OVER = "delivery.taken-over"
    DELIVERY_URGED = "delivery.urged"
    DISPUTE_ANSWERED = "dispute.answered"
    DISPUTE_CLOSED = "dispute.closed"
    DISPUTE_COORDINATED = "dispute.coordinated"
    DISPUTE_ESCALATED = "dispute.escalated"
    DISPUTE_INHERITED = "dispute.inherited"
    DISPUTE_OPENED = "dispute.opened"
    DISPUTE_PROPOSED = "dispute.proposed"
    DISPUTE_SETTLED = "dispute.settled"
    DISPUTE_WITHDRAWN = "dispute.withdrawn"
    DOCUMENT_ATTACHED = "document.attached"
    DOCUMENT_CANCELLED = "document.cancelled"
    DOCUMENT_DETACHED = "document.detached"
    DOCUMENT_DRAFTED = "document.drafted"
    DOCUMENT_FREEZE_FAILED = "document.freeze-failed"
    DOCUMENT_FROZEN = "document.frozen"
    DOCUMENT_HANDED_OVER = "document.handed-over"
    DOCUMENT_HEAD_CHANGED = "document.head-changed"
    DOCUMENT_INHERITED = "document.inherited"
    DOCUMENT_ISSUED = "document.issued"
    DOCUMENT_NUMBERED = "document.numbered"
    DOCUMENT_READDRESSED = "document.readdressed"
    DOCUMENT_RETURNED = "document.returned"
    DOCUMENT_REVIEWED = "document.reviewed"
    DOCUMENT_SEALED = "document.sealed"
    DOCUMENT_SENT = "document.sent"
    DOCUMENT_STAMP_ASKED = "document.stamp-asked"
    DOCUMENT_STAMP_FAILED = "document.stamp-failed"
    DOCUMENT_SUBMITTED = "document.submitted"
    DOCUMENT_VOIDED = "document.voided"
    DOCUMENT_WRITTEN = "document.written"
    IMPORT_ASKED = "import.asked"
    IMPORT_CONFIRMED = "import.confirmed"
    IMPORT_DISCARDED = "import.discarded"
    IMPORT_DONE = "import.done"
    ITEM_ATTACHED = "item.attached"
    ITEM_CHANGED = "item.changed"
    ITEM_DETACHED = "item.detached"
    ITEM_DISCARDED = "item.discarded"
    ITEM_DRAFTED = "item.drafted"
    ITEM_HANDED_OVER = "item.handed-over"
    ITEM_INHERITED = "item.inherited"
    ITEM_MOVED = "item.moved"
    ITEM_NUMBERED = "item.numbered"
    ITEM_PROOF_ASKED = "item.proof-asked"
    ITEM_PUBLISHED = "item.published"
    ITEM_READERS_SET = "item.readers-set"
    ITEM_RETURNED = "item.returned"
    ITEM_SUBMITTED = "item.submitted"
    ITEM_TAKEN_BACK = "item.taken-back"
    ITEM_WITHDRAWN = "item.withdrawn"
    JOURNAL_CHANGED = "journal.changed"
    JOURNAL_FOLLOWED = "journal.followed"
    JOURNAL_FOUNDED = "journal.founded"
    JOURNAL_INHERITED = "journal.inherited"
    JOURNAL_READERS_SET = "journal.readers-set"
    IMPORT_FAILED = "import.failed"
    KEY_COUNT_REFUSED = "key.count-refused"
    KEY_REGISTERED = "key.registered"
    KEY_RENAMED = "key.renamed"
    KEY_REVOKED = "key.revoked"
    MATERIAL_PUBLISHED = "material.published"
    MATERIAL_TAKEN = "material.taken"
    PAPER_ARRIVAL_RECORDED = "paper-arrival.recorded"
    PAPER_ARRIVAL_SETTLED = "paper-arrival.settled"
    PEOPLE_LIST_ASKED = "people-list.asked"
    PERSON_ACTING_BEGAN = "person.acting-began"
    PERSON_ACTING_ENDED = "person.acting-ended"
    PERSON_ADMINISTRATION_ENDED = "person.administration-ended"
    PERSON_CHANGED = "person.changed"
    PERSON_CLOSED = "person.closed"
    PERSON_COMPUTER_REFUSED = "person.computer-refused"
    PERSON_KEY_ALLOWED = "person.key-allowed"
    PERSON_LEFT = "person.left"
    PERSON_LOCKED = "person.locked"
    PERSON_LOCK_LIFTED = "person.lock-lifted"
    PERSON_LOGGED_IN = "person.logged-in"
    PERSON_LOGGED_OUT = "person.logged-out"
    PERSON_LOGIN_FAILED = "person.login-failed"
    PERSON_MOBILE_CONFIRMED = "person.mobile-confirmed"
    PERSON_MOVED = "person.moved"
    PERSON_OPENED = "person.opened"
    PERSON_PASSWORD_CHANGED = "person.password-changed"
    PERSON_PASSWORD_ISSUED = "person.password-issued"
    PERSON_PASSWORD_VOIDED = "person.password-voided"
    PERSON_PROFILE_CHANGED = "person.profile-changed"
    PERSON_PROVED = "person.proved"
    PERSON_REOPENED = "person.reopened"
    PERSON_SECOND_FACTOR_SET = "person.second-factor-set"
    PERSON_SESSION_ENDED = "person.session-ended"
    PERSON_TRANSFERRED = "person.transferred"
    READER_GROUP_KEPT = "reader-group.kept"
    READER_GROUP_REMOVED = "reader-group.removed"
    REGISTER_EXPORT_ASKED = "register-export.asked"
    REGISTER_EXPORT_FETCHED = "register-export.fetched"
    ROLE_GIVEN = "role.given"
    ROLE_TAKEN = "role.taken"
    SEAL_APPLICATION_AGREED = "seal-application.agreed"
    SEAL_APPLICATION_APPROVED = "seal-application.approved"
    SEAL_APPLICATION_FILED = "seal-application.filed"
    SEAL_APPLICATION_REFUSED = "seal-application.refused"
    SEAL_APPLICATION_REVIEWED = "seal-application.reviewed"
    SEAL_APPLICATION_WITHDRAWN = "seal-application.withdrawn"
    SEAL_IN_CUSTODY = "seal.in-custody"
    SEAL_KEEPER_LEFT = "seal.keeper-left"
    SEAL_MADE = "seal.made"
    SEAL_REVOKED = "seal.revoked"
    SEAL_SUSPENDED = "seal.suspended"
    SEAL_TAKEN_BACK = "seal.taken-back"
    SEAL_USED = "seal.used"
    SELF_CHECK_KEPT = "self-check.kept"
    SLIP_ASKED = "slip.asked"
    SLIP_FAILED = "slip.failed"
    SLIP_FETCHED = "slip.fetched"
    SLIP_MADE = "slip.made"
    SLIP_VOIDED = "slip.voided"
    TRAINING_ANNOUNCED = "training.announced"
    TRAINING_ATTENDED = "training.attended"
    TRAINING_CANCELLED = "training.cancelled"
    TRAINING_ENROLLED = "training.enrolled"
    TRAINING_LEFT = "training.left"
    TRAINING_LIST_MADE = "training.list-made"
    TRAINING_MOVED_UP = "training.moved-up"
    UNIT_APPLICATION_ATTACHED = "unit-application.attached"
    UNIT_APPLICATION_CHANGED = "unit-application.changed"
    UNIT_APPLICATION_DETACHED = "unit-application.detached"
    UNIT_APPLICATION_ENTERED = "unit-application.entered"
    UNIT_APPLICATION_FILED = "unit-application.filed"
    UNIT_APPLICATION_REFUSED = "unit-application.refused"
    UNIT_APPLICATION_REGISTERED = "unit-application.registered"
    UNIT_APPLICATION_RETURNED = "unit-application.returned"
    UNIT_APPLICATION_SUBMITTED = "unit-application.submitted"
    UNIT_APPLICATION_WITHDRAWN = "unit-application.withdrawn"
    UNIT_CHANGE_AGREED = "unit-change.agreed"
    UNIT_CHANGE_CARRIED_OUT = "unit-change.carried-out"
    UNIT_CHANGE_CONFIRMED = "unit-change.confirmed"
    UNIT_CHANGE_FILED = "unit-change.filed"
    UNIT_CHANGE_PEOPLE_NAMED = "unit-change.people-named"
    UNIT_CHANGE_REFUSED = "unit-change.refused"
    UNIT_CHANGE_REVIEWED = "unit-change.reviewed"
    UNIT_CHANGE_WITHDRAWN = "unit-change.withdrawn"
    UNIT_CONTACTS_CHANGED = "unit.contacts-changed"
    UNIT_LEFT = "unit.left"
    UNIT_REGISTERED = "unit.registered"
    UNIT_RENAMED = "unit.renamed"
    UNIT_SCOPE_SET = "unit.scope-set"


ENTRY = frozenset({"entry"})
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
    Event.COMPUTER_REGISTERED: frozenset({"unit", "computer_kind", "value"}),
    Event.COMPUTER_REMOVED: frozenset({"unit", "value"}),
    Event.CONSULTATION_ANSWERED: frozenset({"version"}),
    Event.CONSULTATION_CONCLUDED: frozenset({"answers"}),
    Event.CONSULTATION_PUBLISHED: frozenset({"title", "units", "due_on"}),
    Event.COPY_ASKED: frozenset({"copy_kind", "number"}),
    Event.COPY_MADE: frozenset({"copy_kind", "number", "digest"}),
    Event.DELEGATION_ENDED: frozenset({"why"}),
    Event.DELEGATION_NAMED: frozenset({"principal", "delegate", "roles", "starts_at", "ends_at", "reason"}),
    Event.DELIVERY_CHECKED: frozenset({"checks", "digest"}),
    Event.DELIVERY_CLAIMED: NOTHING,
    Event.DELIVERY_DELIVERED: frozenset({"document", "recipient_kind", "print_quota"}),
    Event.DELIVERY_FILE_TAKEN: frozenset({"name", "digest"}),
    Event.DELIVERY_HANDED_OVER: frozenset({"former", "claimed_by"}),
    Event.DELIVERY_MORE_ASKED: frozenset({"wanted", "reason"}),
    Event.DELIVERY_MORE_GRANTED: frozenset({"granted"}),
    Event.DELIVERY_MORE_REFUSED: frozenset({"reason"}),
    Event.DELIVERY_OPENED: NOTHING,
    Event.DELIVERY_RECALLED: frozenset({"reason"}),
    Event.DELIVERY_RECEIVED: frozenset({"how", "counted_on"}),
    Event.DELIVERY_RELEASED: NOTHING,
    Event.DELIVERY_RETURNED: frozenset({"reason"}),
    Event.DELIVERY_TAKEN_OVER: frozenset({"former", "reason"}),
    Event.DELIVERY_URGED: frozenset({"message"}),
    Event.DISPUTE_ANSWERED: ENTRY,
    Event.DISPUTE_CLOSED: ENTRY,
    Event.DISPUTE_COORDINATED: ENTRY,
    Event.DISPUTE_ESCALATED: ENTRY,
    Event.DISPUTE_INHERITED: frozenset({"former", "heir"}),
    Event.DISPUTE_OPENED: frozenset({"entry", "other"}),
    Event.DISPUTE_PROPOSED: ENTRY,
    Event.DISPUTE_SETTLED: ENTRY,
    Event.DISPUTE_WITHDRAWN: ENTRY,
    Event.DOCUMENT_ATTACHED: frozenset({"name", "size", "digest"}),
    Event.DOCUMENT_CANCELLED: frozenset({"reason"}),
    Event.DOCUMENT_DETACHED: frozenset({"name", "digest"}),
    Event.DOCUMENT_DRAFTED: frozenset({"title"}),
    Event.DOCUMENT_FREEZE_FAILED: frozenset({"why"}),
    Event.DOCUMENT_FROZEN: frozenset({"digest", "pages", "size"}),
    Event.DOCUMENT_HANDED_OVER: frozenset({"before", "drafter"}),
    Event.DOCUMENT_HEAD_CHANGED: frozenset({"name"}),
    Event.DOCUMENT_INHERITED: frozenset({"former", "heir"}),
    Event.DOCUMENT_ISSUED: frozenset({"opinion", "digest"}),
    Event.DOCUMENT_NUMBERED: frozenset({"number"}),
    Event.DOCUMENT_READDRESSED: frozenset({"former", "heir"}),
    Event.DOCUMENT_RETURNED: frozenset({"opinion", "step"}),
    Event.DOCUMENT_REVIEWED: frozenset({"opinion", "step", "digest"}),
    Event.DOCUMENT_SEALED: frozenset({"digest", "seal"}),
    Event.DOCUMENT_SENT: frozenset({"digest", "recipients", "counted_on"}),
    Event.DOCUMENT_STAMP_ASKED: frozenset({"seal", "digest"}),
    Event.DOCUMENT_STAMP_FAILED: frozenset({"why"}),
    Event.DOCUMENT_SUBMITTED: frozenset({"version", "digest"}),
    Event.DOCUMENT_VOIDED: frozenset({"number", "reason"}),
    Event.DOCUMENT_WRITTEN: frozenset({"version"}),
    Event.IMPORT_ASKED: frozenset({"what", "name", "digest"}),
    Event.IMPORT_CONFIRMED: frozenset({"fresh", "changed", "left_out"}),
    Event.IMPORT_DISCARDED: NOTHING,
    Event.IMPORT_DONE: frozenset({"written", "left_out"}),
    Event.ITEM_ATTACHED: frozenset({"name", "digest"}),
    Event.ITEM_CHANGED: frozenset({"version"}),
    Event.ITEM_DETACHED: frozenset({"name", "digest"}),
    Event.ITEM_DISCARDED: NOTHING,
    Event.ITEM_DRAFTED: frozenset({"kind_of_item", "title"}),
    Event.ITEM_HANDED_OVER: frozenset({"before", "author"}),
    Event.ITEM_INHERITED: frozenset({"former", "heir"}),
    Event.ITEM_MOVED: frozenset({"position"}),
    Event.ITEM_NUMBERED: frozenset({"journal", "number", "label"}),
    Event.ITEM_PROOF_ASKED: frozenset({"version"}),
    Event.ITEM_PUBLISHED: frozenset({"kind_of_item", "title"}),
    Event.ITEM_READERS_SET: frozenset({"included", "excluded"}),
    Event.ITEM_RETURNED: frozenset({"reason"}),
    Event.ITEM_SUBMITTED: NOTHING,
    Event.ITEM_TAKEN_BACK: NOTHING,
    Event.ITEM_WITHDRAWN: frozenset({"reason"}),
    Event.JOURNAL_CHANGED: frozenset({"name", "closed"}),
    Event.JOURNAL_FOLLOWED: frozenset({"following"}),
    Event.JOURNAL_FOUNDED: frozenset({"name"}),
    Event.JOURNAL_INHERITED: frozenset({"former", "heir"}),
    Event.JOURNAL_READERS_SET: frozenset({"included", "excluded"}),
    Event.IMPORT_FAILED: frozenset({"written", "why"}),
    Event.KEY_COUNT_REFUSED: frozenset({"stored", "shown"}),
    Event.KEY_REGISTERED: frozenset({"name"}),
    Event.KEY_RENAMED: frozenset({"name"}),
    Event.KEY_REVOKED: frozenset({"why", "reason", "person"}),
    Event.MATERIAL_PUBLISHED: frozenset({"title", "version", "digest"}),
    Event.MATERIAL_TAKEN: frozenset({"version", "digest"}),
    Event.PAPER_ARRIVAL_RECORDED: frozenset({"delivery", "title", "number", "arrived_on"}),
    Event.PAPER_ARRIVAL_SETTLED: frozenset({"how"}),
    Event.PEOPLE_LIST_ASKED: frozenset({"scope"}),
    Event.PERSON_ACTING_BEGAN: frozenset({"delegation"}),
    Event.PERSON_ACTING_ENDED: frozenset({"delegation", "why"}),
    Event.PERSON_ADMINISTRATION_ENDED: NOTHING,
    Event.PERSON_CHANGED: frozenset({"fields"}),
    Event.PERSON_CLOSED: frozenset({"reason", "successors"}),
    Event.PERSON_COMPUTER_REFUSED: frozenset({"act", "address"}),
    Event.PERSON_KEY_ALLOWED: NOTHING,
    Event.PERSON_LEFT: frozenset({"kind_of_change"}),
    Event.PERSON_LOCKED: frozenset({"until"}),
    Event.PERSON_LOCK_LIFTED: frozenset({"reason"}),
    Event.PERSON_LOGGED_IN: frozenset({"address"}),
    Event.PERSON_LOGGED_OUT: frozenset({"why"}),
    Event.PERSON_LOGIN_FAILED: frozenset({"address", "why"}),
    Event.PERSON_MOBILE_CONFIRMED: NOTHING,
    Event.PERSON_MOVED: frozenset({"before", "unit", "successors"}),
    Event.PERSON_OPENED: frozenset({"account"}),
    Event.PERSON_PASSWORD_CHANGED: NOTHING,
    Event.PERSON_PASSWORD_ISSUED: frozenset({"slip"}),
    Event.PERSON_PASSWORD_VOIDED: frozenset({"slip"}),
    Event.PERSON_PROFILE_CHANGED: frozenset({"fields"}),
    Event.PERSON_PROVED: frozenset({"factor"}),
    Event.PERSON_REOPENED: frozenset({"unit"}),
    Event.PERSON_SECOND_FACTOR_SET: frozenset({"factor"}),
    Event.PERSON_SESSION_ENDED: frozenset({"reason"}),
    Event.PERSON_TRANSFERRED: frozenset({"former", "roles_ended"}),
    Event.READER_GROUP_KEPT: frozenset({"name", "members"}),
    Event.READER_GROUP_REMOVED: frozenset({"name"}),
    Event.REGISTER_EXPORT_ASKED: NOTHING,
    Event.REGISTER_EXPORT_FETCHED: frozenset({"digest"}),
    Event.ROLE_GIVEN: frozenset({"role"}),
    Event.ROLE_TAKEN: frozenset({"role"}),
    Event.SEAL_APPLICATION_AGREED: OPINION,
    Event.SEAL_APPLICATION_APPROVED: frozenset({"opinion", "content_hash"}),
    Event.SEAL_APPLICATION_FILED: frozenset({"content_hash"}),
    Event.SEAL_APPLICATION_REFUSED: OPINION,
    Event.SEAL_APPLICATION_REVIEWED: OPINION,
    Event.SEAL_APPLICATION_WITHDRAWN: OPINION,
    Event.SEAL_IN_CUSTODY: frozenset({"custodians"}),
    Event.SEAL_KEEPER_LEFT: frozenset({"person"}),
    Event.SEAL_MADE: frozenset({"seal_class", "certificate", "device_serial", "signer"}),
    Event.SEAL_REVOKED: frozenset({"reason"}),
    Event.SEAL_SUSPENDED: frozenset({"reason"}),
    Event.SEAL_TAKEN_BACK: frozenset({"note"}),
    Event.SEAL_USED: frozenset({"reference", "digest_before", "digest_after", "page", "signer"}),
    Event.SELF_CHECK_KEPT: frozenset({"computer", "worst"}),
    Event.SLIP_ASKED: frozenset({"people"}),
    Event.SLIP_FAILED: frozenset({"why"}),
    Event.SLIP_FETCHED: NOTHING,
    Event.SLIP_MADE: frozenset({"digest"}),
    Event.SLIP_VOIDED: NOTHING,
    Event.TRAINING_ANNOUNCED: frozenset({"title", "places"}),
    Event.TRAINING_ATTENDED: frozenset({"present", "absent"}),
    Event.TRAINING_CANCELLED: frozenset({"reason"}),
    Event.TRAINING_ENROLLED: frozenset({"person", "seat"}),
    Event.TRAINING_LEFT: frozenset({"person"}),
    Event.TRAINING_LIST_MADE: frozenset({"digest"}),
    Event.TRAINING_MOVED_UP: frozenset({"person", "seat"}),
    Event.UNIT_APPLICATION_ATTACHED: frozenset({"name", "digest", "evidence"}),
    Event.UNIT_APPLICATION_CHANGED: frozenset({"fields"}),
    Event.UNIT_APPLICATION_DETACHED: frozenset({"name", "digest"}),
    Event.UNIT_APPLICATION_ENTERED: frozenset({"name", "code"}),
    Event.UNIT_APPLICATION_FILED: OPINION,
    Event.UNIT_APPLICATION_REFUSED: OPINION,
    Event.UNIT_APPLICATION_REGISTERED: frozenset({"opinion", "unit", "account"}),
    Event.UNIT_APPLICATION_RETURNED: OPINION,
    Event.UNIT_APPLICATION_SUBMITTED: frozenset({"files"}),
    Event.UNIT_APPLICATION_WITHDRAWN: NOTHING,
    Event.UNIT_CHANGE_AGREED: OPINION,
    Event.UNIT_CHANGE_CARRIED_OUT: frozenset({"kind_of_change", "heir", "numbers"}),
    Event.UNIT_CHANGE_CONFIRMED: frozenset({"numbers"}),
    Event.UNIT_CHANGE_FILED: frozenset({"kind_of_change"}),
    Event.UNIT_CHANGE_PEOPLE_NAMED: frozenset({"staying"}),
    Event.UNIT_CHANGE_REFUSED: OPINION,
    Event.UNIT_CHANGE_REVIEWED: OPINION,
    Event.UNIT_CHANGE_WITHDRAWN: OPINION,
    Event.UNIT_CONTACTS_CHANGED: frozenset({"fields"}),
    Event.UNIT_LEFT: frozenset({"kind_of_change", "heir"}),
    Event.UNIT_REGISTERED: frozenset({"code", "name"}),
    Event.UNIT_RENAMED: frozenset({"former", "name"}),
    Event.UNIT_SCOPE_SET: frozenset({"document_class", "mode", "since"}),
}

FILED = (
    Event.PERSON_CHANGED,
    Event.PERSON_CLOSED,
    Event.PERSON_MOVED,
    Event.PERSON_OPENED,
    Event.PERSON_REOPENED,
    Event.ROLE_GIVEN,
    Event.ROLE_TAKEN,
)
"""Changes of people and roles, which are filed with the office 备案 (GZ13): the ledger itself is the file."""
