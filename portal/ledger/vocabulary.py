"""The closed vocabulary of the ledger: every kind of event with the exact fields of its facts.

`subject.act`, in order of subject. A kind that isn't here, or facts that don't match, can't be recorded.
"""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """What can happen."""

    ADDRESS_GROUP_KEPT = "address-group.kept"
    ADDRESS_GROUP_REMOVED = "address-group.removed"
    ASSIGNMENT_ACCEPTED = "assignment.accepted"
    ASSIGNMENT_ASSIGNED = "assignment.assigned"
    ASSIGNMENT_CANCELLED = "assignment.cancelled"
    ASSIGNMENT_CLOSED = "assignment.closed"
    ASSIGNMENT_DELAY_EXPLAINED = "assignment.delay-explained"
    ASSIGNMENT_EXTENDED = "assignment.extended"
    ASSIGNMENT_EXTENSION_ASKED = "assignment.extension-asked"
    ASSIGNMENT_EXTENSION_REFUSED = "assignment.extension-refused"
    ASSIGNMENT_HANDED_OVER = "assignment.handed-over"
    ASSIGNMENT_INHERITED = "assignment.inherited"
    ASSIGNMENT_REMINDED = "assignment.reminded"
    ASSIGNMENT_REPLIED = "assignment.replied"
    ASSIGNMENT_SENT = "assignment.sent"
    ASSIGNMENT_SENT_BACK = "assignment.sent-back"
    BRIEF_ADOPTED = "brief.adopted"
    BRIEF_COMMENTED = "brief.commented"
    BRIEF_EXPORT_ASKED = "brief-export.asked"
    BRIEF_PARTICULARS_SET = "brief.particulars-set"
    BRIEF_PASSED_OVER = "brief.passed-over"
    BRIEF_POINTS_SET = "brief-points.set"
    BRIEF_RELEASED = "brief.released"
    BRIEF_RETURNED = "brief.returned"
    BRIEF_SCORED = "brief.scored"
    BRIEF_SENT = "brief.sent"
    BRIEF_TAKEN_UP = "brief.taken-up"
    BRIEF_TOPIC_ASKED = "brief-topic.asked"
    BRIEF_TOPIC_CLOSED = "brief-topic.closed"
    BRIEF_TOPIC_INHERITED = "brief-topic.inherited"
    CARRIER_ENDED = "carrier.ended"
    CARRIER_HANDED_OUT = "carrier.handed-out"
    CEREMONY_ABORTED = "ceremony.aborted"
    CEREMONY_CALLED = "ceremony.called"
    CEREMONY_CA_RENEWED = "ceremony.ca-renewed"
    CEREMONY_DONE = "ceremony.done"
    CEREMONY_OPENED = "ceremony.opened"
    CEREMONY_ORPHANS_CLEARED = "ceremony.orphans-cleared"
    CEREMONY_REMARKED = "ceremony.remarked"
    CEREMONY_RENUMBERED = "ceremony.renumbered"
    CEREMONY_SEAT_TAKEN = "ceremony.seat-taken"
    CEREMONY_SHARES_ROTATED = "ceremony.shares-rotated"
    CEREMONY_SHARE_GIVEN = "ceremony.share-given"
    CEREMONY_SHARE_REFUSED = "ceremony.share-refused"
    CERTIFICATE_APPLICATION_AGREED = "certificate-application.agreed"
    CERTIFICATE_APPLICATION_APPROVED = "certificate-application.approved"
    CERTIFICATE_APPLICATION_FILED = "certificate-application.filed"
    CERTIFICATE_APPLICATION_REFUSED = "certificate-application.refused"
    CERTIFICATE_APPLICATION_WITHDRAWN = "certificate-application.withdrawn"
    CERTIFICATE_ENTERED = "certificate.entered"
    CERTIFICATE_EXPIRY_WARNED = "certificate.expiry-warned"
    CERTIFICATE_FILE_ASKED = "certificate-file.asked"
    CERTIFICATE_HELD = "certificate.held"
    CERTIFICATE_IMPORTED = "certificate.imported"
    CERTIFICATE_ISSUED = "certificate.issued"
    CERTIFICATE_RECOVERED = "certificate.recovered"
    CERTIFICATE_REPLACED = "certificate.replaced"
    CERTIFICATE_REPORTED = "certificate.reported"
    CERTIFICATE_REVOKED = "certificate.revoked"
    CIRCULATION_HASTENED = "circulation.hastened"
    CIRCULATION_PASSED_ON = "circulation.passed-on"
    CIRCULATION_READ = "circulation.read"
    COMPUTER_REGISTERED = "computer.registered"
    COMPUTER_REMOVED = "computer.removed"
    CONSULTATION_ANSWERED = "consultation.answered"
    CONSULTATION_CONCLUDED = "consultation.concluded"
    CONSULTATION_PUBLISHED = "consultation.published"
    CONTINUITY_DRILL_RECORDED = "continuity-drill.recorded"
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
    DISCLOSURE_CATEGORY_ADDED = "disclosure-category.added"
    DISCLOSURE_CATEGORY_CLOSED = "disclosure-category.closed"
    DISCLOSURE_CATEGORY_INHERITED = "disclosure-category.inherited"
    DISCLOSURE_CATEGORY_RENAMED = "disclosure-category.renamed"
    DISCLOSURE_COMPLAINT_ANSWERED = "disclosure-complaint.answered"
    DISCLOSURE_COMPLAINT_RECEIVED = "disclosure-complaint.received"
    DISCLOSURE_GUIDE_KEPT = "disclosure-guide.kept"
    DISCLOSURE_ITEM_FILED = "disclosure-item.filed"
    DISCLOSURE_ITEM_REVIEWED = "disclosure-item.reviewed"
    DISCLOSURE_REPORT_PUBLISHED = "disclosure-report.published"
    DISCLOSURE_REPORT_WRITTEN = "disclosure-report.written"
    DISCLOSURE_REQUEST_ACCEPTED = "disclosure-request.accepted"
    DISCLOSURE_REQUEST_ANSWERED = "disclosure-request.answered"
    DISCLOSURE_REQUEST_CORRECTED = "disclosure-request.corrected"
    DISCLOSURE_REQUEST_CORRECTION_ASKED = "disclosure-request.correction-asked"
    DISCLOSURE_REQUEST_DELIVERED = "disclosure-request.delivered"
    DISCLOSURE_REQUEST_EXTENDED = "disclosure-request.extended"
    DISCLOSURE_REQUEST_EXTENSION_ASKED = "disclosure-request.extension-asked"
    DISCLOSURE_REQUEST_EXTENSION_REFUSED = "disclosure-request.extension-refused"
    DISCLOSURE_REQUEST_HANDED_OVER = "disclosure-request.handed-over"
    DISCLOSURE_REQUEST_INHERITED = "disclosure-request.inherited"
    DISCLOSURE_REQUEST_LAPSED = "disclosure-request.lapsed"
    DISCLOSURE_REQUEST_RECEIVED = "disclosure-request.received"
    DISCLOSURE_REQUEST_WITHDRAWN = "disclosure-request.withdrawn"
    DISCLOSURE_SURVEY_CLOSED = "disclosure-survey.closed"
    DISCLOSURE_SURVEY_DRAFTED = "disclosure-survey.drafted"
    DISCLOSURE_SURVEY_INHERITED = "disclosure-survey.inherited"
    DISCLOSURE_SURVEY_PUBLISHED = "disclosure-survey.published"
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
    DOCUMENT_COUNTERSIGNED = "document.countersigned"
    DOCUMENT_DETACHED = "document.detached"
    DOCUMENT_DRAFTED = "document.drafted"
    DOCUMENT_FREEZE_FAILED = "document.freeze-failed"
    DOCUMENT_FROZEN = "document.frozen"
    DOCUMENT_HANDED_OVER = "document.handed-over"
    DOCUMENT_HEAD_CHANGED = "document.head-changed"
    DOCUMENT_INHERITED = "document.inherited"
    DOCUMENT_ISSUED = "document.issued"
    DOCUMENT_JOINT_CHANGED = "document.joint-changed"
    DOCUMENT_NUMBERED = "document.numbered"
    DOCUMENT_PLACE_INHERITED = "document.place-inherited"
    DOCUMENT_PRESSED = "document.pressed"
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
    EXTERNAL_ISSUER_ADDED = "external-issuer.added"
    EXTERNAL_ISSUER_WITHDRAWN = "external-issuer.withdrawn"
    IMPORT_ASKED = "import.asked"
    IMPORT_CONFIRMED = "import.confirmed"
    IMPORT_DISCARDED = "import.discarded"
    IMPORT_DONE = "import.done"
    IMPORT_FAILED = "import.failed"
    ITEM_ATTACHED = "item.attached"
    ITEM_CHANGED = "item.changed"
    ITEM_DETACHED = "item.detached"
    ITEM_DISCARDED = "item.discarded"
    ITEM_DRAFTED = "item.drafted"
    ITEM_HANDED_OVER = "item.handed-over"
    ITEM_INHERITED = "item.inherited"
    ITEM_KEEPER_NAMED = "item.keeper-named"
    ITEM_MOVED = "item.moved"
    ITEM_NUMBERED = "item.numbered"
    ITEM_PROOF_ASKED = "item.proof-asked"
    ITEM_PUBLISHED = "item.published"
    ITEM_READERS_SET = "item.readers-set"
    ITEM_RETURNED = "item.returned"
    ITEM_SUBMITTED = "item.submitted"
    ITEM_TAKEN_BACK = "item.taken-back"
    ITEM_TAKEN_DOWN = "item.taken-down"
    ITEM_WITHDRAWN = "item.withdrawn"
    JOURNAL_CHANGED = "journal.changed"
    JOURNAL_FOLLOWED = "journal.followed"
    JOURNAL_FOUNDED = "journal.founded"
    JOURNAL_INHERITED = "journal.inherited"
    JOURNAL_READERS_SET = "journal.readers-set"
    KEY_COUNT_REFUSED = "key.count-refused"
    KEY_REGISTERED = "key.registered"
    KEY_RENAMED = "key.renamed"
    KEY_REVOKED = "key.revoked"
    MATERIAL_PUBLISHED = "material.published"
    MATERIAL_TAKEN = "material.taken"
    NOTICE_REMINDED = "notice.reminded"
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
    PUBLISHED_TEXT_PUBLISHED = "published-text.published"
    READER_GROUP_KEPT = "reader-group.kept"
    READER_GROUP_REMOVED = "reader-group.removed"
    REGISTER_EXPORT_ASKED = "register-export.asked"
    REGISTER_EXPORT_FETCHED = "register-export.fetched"
    REPORT_INSTRUCTED = "report.instructed"
    REPORT_TIMED = "report.timed"
    REVOCATION_LIST_SIGNED = "revocation-list.signed"
    ROLE_ASKED = "role.asked"
    ROLE_CONFIRMED = "role.confirmed"
    ROLE_GIVEN = "role.given"
    ROLE_REFUSED = "role.refused"
    ROLE_TAKEN = "role.taken"
    ROLE_WITHDRAWN = "role.withdrawn"
    SEAL_APPLICATION_AGREED = "seal-application.agreed"
    SEAL_APPLICATION_APPROVED = "seal-application.approved"
    SEAL_APPLICATION_FILED = "seal-application.filed"
    SEAL_APPLICATION_REFUSED = "seal-application.refused"
    SEAL_APPLICATION_REVIEWED = "seal-application.reviewed"
    SEAL_APPLICATION_WITHDRAWN = "seal-application.withdrawn"
    SEAL_CARRIER_DESTROYED = "seal-carrier.destroyed"
    SEAL_CARRIER_HANDED_IN = "seal-carrier.handed-in"
    SEAL_CARRIER_HANDED_OUT = "seal-carrier.handed-out"
    SEAL_CARRIER_LOST = "seal-carrier.lost"
    SEAL_COUNT_DIFFERS = "seal.count-differs"
    SEAL_CUSTODY_CHANGED = "seal.custody-changed"
    SEAL_DESTROYED = "seal.destroyed"
    SEAL_IN_CUSTODY = "seal.in-custody"
    SEAL_KEEPER_LEFT = "seal.keeper-left"
    SEAL_LOSS_REPORTED = "seal.loss-reported"
    SEAL_MADE = "seal.made"
    SEAL_PAPER_ASKED = "seal-paper.asked"
    SEAL_REVOKED = "seal.revoked"
    SEAL_RULES_READ = "seal-rules.read"
    SEAL_RULES_UPLOADED = "seal-rules.uploaded"
    SEAL_SUSPENDED = "seal.suspended"
    SEAL_TAKEN_BACK = "seal.taken-back"
    SEAL_UNFROZEN = "seal.unfrozen"
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
    TRUSTED_AUTHORITY_IMPORTED = "trusted-authority.imported"
    TRUSTED_AUTHORITY_WITHDRAWN = "trusted-authority.withdrawn"
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
    UNUSUAL_USE_FOUND = "unusual-use.found"
    UNUSUAL_USE_REMARKED = "unusual-use.remarked"
    WORK_COLUMN_CLOSED = "work-column.closed"
    WORK_COLUMN_KEPT = "work-column.kept"
    WORK_DUE_ANNOUNCED = "work-due.announced"
    WORK_DUE_REMINDED = "work-due.reminded"
    WORK_ENTRY_PLACED = "work-entry.placed"
    WORK_EXEMPTION_GRANTED = "work-exemption.granted"
    WORK_EXEMPTION_LIFTED = "work-exemption.lifted"
    WORK_EXPORT_ASKED = "work-export.asked"
    WORK_EXPORT_FETCHED = "work-export.fetched"


ENTRY = frozenset({"entry"})
OPINION = frozenset({"opinion"})
NOTHING: frozenset[str] = frozenset()

FACTS: dict[Event, frozenset[str]] = {
    Event.ADDRESS_GROUP_KEPT: frozenset({"name", "members"}),
    Event.ADDRESS_GROUP_REMOVED: frozenset({"name"}),
    Event.ASSIGNMENT_ACCEPTED: NOTHING,
    Event.ASSIGNMENT_ASSIGNED: frozenset({"former", "assignee", "reason"}),
    Event.ASSIGNMENT_CANCELLED: frozenset({"reason"}),
    Event.ASSIGNMENT_CLOSED: frozenset({"reply"}),
    Event.ASSIGNMENT_DELAY_EXPLAINED: frozenset({"reason"}),
    Event.ASSIGNMENT_EXTENDED: frozenset({"until", "reason"}),
    Event.ASSIGNMENT_EXTENSION_ASKED: frozenset({"until", "reason"}),
    Event.ASSIGNMENT_EXTENSION_REFUSED: frozenset({"reason"}),
    Event.ASSIGNMENT_HANDED_OVER: frozenset({"former", "assignee"}),
    Event.ASSIGNMENT_INHERITED: frozenset({"former", "heir"}),
    Event.ASSIGNMENT_REMINDED: frozenset({"why", "due_on"}),
    Event.ASSIGNMENT_REPLIED: frozenset({"reply", "files"}),
    Event.ASSIGNMENT_SENT: frozenset({"due_on"}),
    Event.ASSIGNMENT_SENT_BACK: frozenset({"reply", "reason", "due_on"}),
    Event.BRIEF_ADOPTED: frozenset({"adopted"}),
    Event.BRIEF_COMMENTED: NOTHING,
    Event.BRIEF_EXPORT_ASKED: frozenset({"month"}),
    Event.BRIEF_PARTICULARS_SET: frozenset({"mark", "topic", "revises", "joint"}),
    Event.BRIEF_PASSED_OVER: frozenset({"reason"}),
    Event.BRIEF_POINTS_SET: frozenset({"award", "points", "note"}),
    Event.BRIEF_RELEASED: frozenset({"adopted"}),
    Event.BRIEF_RETURNED: frozenset({"reason"}),
    Event.BRIEF_SCORED: frozenset({"award", "points", "units", "note"}),
    Event.BRIEF_SENT: frozenset({"mark", "title"}),
    Event.BRIEF_TAKEN_UP: frozenset({"adopted"}),
    Event.BRIEF_TOPIC_ASKED: frozenset({"title", "units", "due"}),
    Event.BRIEF_TOPIC_CLOSED: NOTHING,
    Event.BRIEF_TOPIC_INHERITED: frozenset({"former", "heir"}),
    Event.CARRIER_ENDED: frozenset({"number", "how"}),
    Event.CARRIER_HANDED_OUT: frozenset({"number", "person"}),
    Event.CEREMONY_ABORTED: frozenset({"why"}),
    Event.CEREMONY_CALLED: frozenset({"application", "content_hash"}),
    Event.CEREMONY_CA_RENEWED: frozenset({"fingerprint", "ends"}),
    Event.CEREMONY_DONE: frozenset({"transcript_digest", "seals"}),
    Event.CEREMONY_OPENED: frozenset({"seats"}),
    Event.CEREMONY_ORPHANS_CLEARED: frozenset({"labels"}),
    Event.CEREMONY_REMARKED: frozenset({"text"}),
    Event.CEREMONY_RENUMBERED: frozenset({"number", "remembered"}),
    Event.CEREMONY_SEAT_TAKEN: frozenset({"seat"}),
    Event.CEREMONY_SHARES_ROTATED: frozenset(),
    Event.CEREMONY_SHARE_GIVEN: frozenset({"seat"}),
    Event.CEREMONY_SHARE_REFUSED: frozenset({"seat", "why"}),
    Event.CERTIFICATE_APPLICATION_AGREED: frozenset({"opinion"}),
    Event.CERTIFICATE_APPLICATION_APPROVED: frozenset({"opinion"}),
    Event.CERTIFICATE_APPLICATION_FILED: frozenset({"what", "reason"}),
    Event.CERTIFICATE_APPLICATION_REFUSED: frozenset({"opinion"}),
    Event.CERTIFICATE_APPLICATION_WITHDRAWN: frozenset(),
    Event.CERTIFICATE_ENTERED: frozenset({"serial"}),
    Event.CERTIFICATE_EXPIRY_WARNED: frozenset({"days"}),
    Event.CERTIFICATE_FILE_ASKED: frozenset({"what", "year"}),
    Event.CERTIFICATE_HELD: frozenset(),
    Event.CERTIFICATE_IMPORTED: frozenset({"serial", "issuer"}),
    Event.CERTIFICATE_ISSUED: frozenset({"serial", "what", "valid_until"}),
    Event.CERTIFICATE_RECOVERED: frozenset(),
    Event.CERTIFICATE_REPLACED: frozenset(),
    Event.CERTIFICATE_REPORTED: frozenset({"what", "why"}),
    Event.CERTIFICATE_REVOKED: frozenset({"reason", "why"}),
    Event.CIRCULATION_HASTENED: frozenset({"to"}),
    Event.CIRCULATION_PASSED_ON: frozenset({"to", "remark"}),
    Event.CIRCULATION_READ: frozenset({"opinion"}),
    Event.COMPUTER_REGISTERED: frozenset({"unit", "computer_kind", "value"}),
    Event.COMPUTER_REMOVED: frozenset({"unit", "value"}),
    Event.CONSULTATION_ANSWERED: frozenset({"version"}),
    Event.CONSULTATION_CONCLUDED: frozenset({"answers"}),
    Event.CONSULTATION_PUBLISHED: frozenset({"title", "units", "due_on"}),
    Event.CONTINUITY_DRILL_RECORDED: frozenset({"scenario", "held_on"}),
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
    Event.DISCLOSURE_CATEGORY_ADDED: frozenset({"code", "name"}),
    Event.DISCLOSURE_CATEGORY_CLOSED: NOTHING,
    Event.DISCLOSURE_CATEGORY_INHERITED: frozenset({"former", "heir"}),
    Event.DISCLOSURE_CATEGORY_RENAMED: frozenset({"before", "name"}),
    Event.DISCLOSURE_COMPLAINT_ANSWERED: frozenset({"justified"}),
    Event.DISCLOSURE_COMPLAINT_RECEIVED: frozenset({"unit"}),
    Event.DISCLOSURE_GUIDE_KEPT: frozenset({"version"}),
    Event.DISCLOSURE_ITEM_FILED: frozenset({"category"}),
    Event.DISCLOSURE_ITEM_REVIEWED: frozenset({"ground", "index_number"}),
    Event.DISCLOSURE_REPORT_PUBLISHED: frozenset({"year"}),
    Event.DISCLOSURE_REPORT_WRITTEN: frozenset({"year", "version"}),
    Event.DISCLOSURE_REQUEST_ACCEPTED: NOTHING,
    Event.DISCLOSURE_REQUEST_ANSWERED: frozenset({"answer_kind", "digest"}),
    Event.DISCLOSURE_REQUEST_CORRECTED: NOTHING,
    Event.DISCLOSURE_REQUEST_CORRECTION_ASKED: frozenset({"until"}),
    Event.DISCLOSURE_REQUEST_DELIVERED: frozenset({"way"}),
    Event.DISCLOSURE_REQUEST_EXTENDED: frozenset({"days", "due"}),
    Event.DISCLOSURE_REQUEST_EXTENSION_ASKED: frozenset({"days", "reason"}),
    Event.DISCLOSURE_REQUEST_EXTENSION_REFUSED: frozenset({"reason"}),
    Event.DISCLOSURE_REQUEST_HANDED_OVER: frozenset({"before", "responsible", "reason"}),
    Event.DISCLOSURE_REQUEST_INHERITED: frozenset({"former", "heir"}),
    Event.DISCLOSURE_REQUEST_LAPSED: NOTHING,
    Event.DISCLOSURE_REQUEST_RECEIVED: frozenset({"number"}),
    Event.DISCLOSURE_REQUEST_WITHDRAWN: NOTHING,
    Event.DISCLOSURE_SURVEY_CLOSED: NOTHING,
    Event.DISCLOSURE_SURVEY_DRAFTED: frozenset({"title"}),
    Event.DISCLOSURE_SURVEY_INHERITED: frozenset({"former", "heir"}),
    Event.DISCLOSURE_SURVEY_PUBLISHED: frozenset({"opens", "closes"}),
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
    Event.DOCUMENT_COUNTERSIGNED: frozenset({"opinion", "place", "digest"}),
    Event.DOCUMENT_DETACHED: frozenset({"name", "digest"}),
    Event.DOCUMENT_DRAFTED: frozenset({"title"}),
    Event.DOCUMENT_FREEZE_FAILED: frozenset({"why"}),
    Event.DOCUMENT_FROZEN: frozenset({"digest", "pages", "size"}),
    Event.DOCUMENT_HANDED_OVER: frozenset({"before", "drafter"}),
    Event.DOCUMENT_HEAD_CHANGED: frozenset({"name"}),
    Event.DOCUMENT_INHERITED: frozenset({"former", "heir"}),
    Event.DOCUMENT_ISSUED: frozenset({"opinion", "digest"}),
    Event.DOCUMENT_JOINT_CHANGED: frozenset({"units"}),
    Event.DOCUMENT_NUMBERED: frozenset({"number"}),
    Event.DOCUMENT_PLACE_INHERITED: frozenset({"former", "heir"}),
    Event.DOCUMENT_PRESSED: frozenset({"digest", "seal", "place"}),
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
    Event.EXTERNAL_ISSUER_ADDED: frozenset({"name", "fingerprint"}),
    Event.EXTERNAL_ISSUER_WITHDRAWN: frozenset({"name"}),
    Event.IMPORT_ASKED: frozenset({"what", "name", "digest"}),
    Event.IMPORT_CONFIRMED: frozenset({"fresh", "changed", "left_out"}),
    Event.IMPORT_DISCARDED: NOTHING,
    Event.IMPORT_DONE: frozenset({"written", "left_out"}),
    Event.IMPORT_FAILED: frozenset({"written", "why"}),
    Event.ITEM_ATTACHED: frozenset({"name", "digest"}),
    Event.ITEM_CHANGED: frozenset({"version"}),
    Event.ITEM_DETACHED: frozenset({"name", "digest"}),
    Event.ITEM_DISCARDED: NOTHING,
    Event.ITEM_DRAFTED: frozenset({"kind_of_item", "title"}),
    Event.ITEM_HANDED_OVER: frozenset({"before", "author"}),
    Event.ITEM_INHERITED: frozenset({"former", "heir"}),
    Event.ITEM_KEEPER_NAMED: frozenset({"before", "keeper"}),
    Event.ITEM_MOVED: frozenset({"position"}),
    Event.ITEM_NUMBERED: frozenset({"journal", "number", "label"}),
    Event.ITEM_PROOF_ASKED: frozenset({"version"}),
    Event.ITEM_PUBLISHED: frozenset({"kind_of_item", "title", "included", "excluded"}),
    Event.ITEM_READERS_SET: frozenset({"included", "excluded"}),
    Event.ITEM_RETURNED: frozenset({"reason"}),
    Event.ITEM_SUBMITTED: NOTHING,
    Event.ITEM_TAKEN_BACK: NOTHING,
    Event.ITEM_TAKEN_DOWN: frozenset({"reason"}),
    Event.ITEM_WITHDRAWN: frozenset({"reason"}),
    Event.JOURNAL_CHANGED: frozenset({"name", "closed"}),
    Event.JOURNAL_FOLLOWED: frozenset({"following"}),
    Event.JOURNAL_FOUNDED: frozenset({"name"}),
    Event.JOURNAL_INHERITED: frozenset({"former", "heir"}),
    Event.JOURNAL_READERS_SET: frozenset({"included", "excluded"}),
    Event.KEY_COUNT_REFUSED: frozenset({"stored", "shown"}),
    Event.KEY_REGISTERED: frozenset({"name"}),
    Event.KEY_RENAMED: frozenset({"name"}),
    Event.KEY_REVOKED: frozenset({"why", "reason", "person"}),
    Event.MATERIAL_PUBLISHED: frozenset({"title", "version", "digest"}),
    Event.MATERIAL_TAKEN: frozenset({"version", "digest"}),
    Event.NOTICE_REMINDED: frozenset({"unread"}),
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
    Event.PUBLISHED_TEXT_PUBLISHED: frozenset({"what", "number", "change"}),
    Event.READER_GROUP_KEPT: frozenset({"name", "members"}),
    Event.READER_GROUP_REMOVED: frozenset({"name"}),
    Event.REGISTER_EXPORT_ASKED: NOTHING,
    Event.REGISTER_EXPORT_FETCHED: frozenset({"digest"}),
    Event.REPORT_INSTRUCTED: frozenset({"instruction", "text", "task"}),
    Event.REPORT_TIMED: frozenset({"since", "until"}),
    Event.REVOCATION_LIST_SIGNED: frozenset({"authority", "number", "entries"}),
    Event.ROLE_ASKED: frozenset({"role", "wish", "reason"}),
    Event.ROLE_CONFIRMED: frozenset({"role", "wish"}),
    Event.ROLE_GIVEN: frozenset({"role"}),
    Event.ROLE_REFUSED: frozenset({"role", "wish", "reason"}),
    Event.ROLE_TAKEN: frozenset({"role"}),
    Event.ROLE_WITHDRAWN: frozenset({"role", "wish"}),
    Event.SEAL_APPLICATION_AGREED: OPINION,
    Event.SEAL_APPLICATION_APPROVED: frozenset({"opinion", "content_hash"}),
    Event.SEAL_APPLICATION_FILED: frozenset({"content_hash"}),
    Event.SEAL_APPLICATION_REFUSED: OPINION,
    Event.SEAL_APPLICATION_REVIEWED: OPINION,
    Event.SEAL_APPLICATION_WITHDRAWN: OPINION,
    Event.SEAL_CARRIER_DESTROYED: NOTHING,
    Event.SEAL_CARRIER_HANDED_IN: frozenset({"condition", "note"}),
    Event.SEAL_CARRIER_HANDED_OUT: frozenset({"seal", "number", "holder"}),
    Event.SEAL_CARRIER_LOST: NOTHING,
    Event.SEAL_COUNT_DIFFERS: frozenset({"counted", "booked", "missing", "unfinished", "invented"}),
    Event.SEAL_CUSTODY_CHANGED: frozenset({"keepers", "threshold", "sequence"}),
    Event.SEAL_DESTROYED: frozenset({"key_label", "found"}),
    Event.SEAL_IN_CUSTODY: frozenset({"custodians"}),
    Event.SEAL_KEEPER_LEFT: frozenset({"person"}),
    Event.SEAL_LOSS_REPORTED: frozenset({"circumstances", "carrier"}),
    Event.SEAL_MADE: frozenset({"seal_class", "certificate", "device_serial", "signer"}),
    Event.SEAL_PAPER_ASKED: frozenset({"what", "format"}),
    Event.SEAL_REVOKED: frozenset({"reason"}),
    Event.SEAL_RULES_READ: frozenset({"version"}),
    Event.SEAL_RULES_UPLOADED: frozenset({"version", "title", "digest"}),
    Event.SEAL_SUSPENDED: frozenset({"reason"}),
    Event.SEAL_TAKEN_BACK: frozenset({"note"}),
    Event.SEAL_UNFROZEN: frozenset({"sequence"}),
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
    Event.TRUSTED_AUTHORITY_IMPORTED: frozenset({"name", "fingerprint", "trusted_for", "policies", "reason"}),
    Event.TRUSTED_AUTHORITY_WITHDRAWN: frozenset({"reason", "past_stands"}),
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
    Event.UNUSUAL_USE_FOUND: frozenset({"seal", "request", "sign"}),
    Event.UNUSUAL_USE_REMARKED: frozenset({"side", "remark"}),
    Event.WORK_COLUMN_CLOSED: frozenset({"name"}),
    Event.WORK_COLUMN_KEPT: frozenset({"name", "writers", "position"}),
    Event.WORK_DUE_ANNOUNCED: frozenset({"title", "due_on"}),
    Event.WORK_DUE_REMINDED: frozenset({"units"}),
    Event.WORK_ENTRY_PLACED: frozenset({"column", "due"}),
    Event.WORK_EXEMPTION_GRANTED: frozenset({"exempted", "first_on", "last_on", "reason"}),
    Event.WORK_EXEMPTION_LIFTED: frozenset({"exempted"}),
    Event.WORK_EXPORT_ASKED: frozenset({"year", "form"}),
    Event.WORK_EXPORT_FETCHED: frozenset({"digest"}),
}

RETIRED = (Event.EXTERNAL_ISSUER_ADDED, Event.EXTERNAL_ISSUER_WITHDRAWN)
"""Recorded by earlier versions and never again: what stands in the ledger must stay readable."""

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
