"""The sections of the home page as a table: what a line of each asks for, in the order in which it should be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from portal.core.text import N_


class Part(StrEnum):
    """What the reader does with a section: act, wait, or take note."""

    TODO = "todo"
    WATCH = "watch"
    NEWS = "news"


@dataclass(frozen=True)
class SectionKind:
    """One section; `more` is the endpoint of the whole list, texts are msgids."""

    key: str
    title: str
    icon: str
    part: Part
    more: str


@dataclass(frozen=True)
class Line:
    """One thing in a section: whose page it opens, and what tells it from others."""

    section: str
    title: str
    endpoint: str
    target: dict[str, Any]
    at: datetime
    party: str = ""
    number: str = ""
    urgency: str = ""
    state: str = ""
    late: bool = False


@dataclass(frozen=True)
class Section:
    """A section with the first of its lines; `count` may be more."""

    kind: SectionKind
    lines: tuple[Line, ...]
    count: int


DOCUMENT, DOCUMENTS, WAITING = "documents.show", "documents.index", "documents.waiting"
DELIVERY, INBOX = "exchange.show", "exchange.inbox"
APPLICATION, SEALS = "seals.application", "seals.index"
SEAL, UNUSUAL, UNUSUALS = "seals.seal", "seal_uses.unusual_use", "seal_uses.unusual_list"
APPLYING, SEAL_RULES = "applying.apply", "seal_rules.index"
CEREMONY = "ceremonies.room"
JOINING, JOININGS = "registration.application", "registration.applications"
PEOPLE = "staff.index"
DISPUTE, DISPUTES = "support.dispute", "support.disputes"
CONSULTATION, CONSULTATIONS = "support.consultation", "support.consultations"
TRAINING, TRAININGS = "support.training", "support.training_list"

_K, _P = SectionKind, Part

SECTIONS: tuple[SectionKind, ...] = (
    _K("ceremonies", N_("Take your seat"), "certificate", _P.TODO, SEALS),
    _K("returned", N_("To be revised"), "arrow-back-up", _P.TODO, DOCUMENTS),
    _K("review", N_("To be reviewed"), "checklist", _P.TODO, WAITING),
    _K("issue", N_("To be issued"), "signature", _P.TODO, WAITING),
    _K("number", N_("To be numbered"), "number", _P.TODO, DOCUMENTS),
    _K("stamp", N_("To be stamped"), "rubber-stamp", _P.TODO, DOCUMENTS),
    _K("send", N_("To be sent"), "send", _P.TODO, DOCUMENTS),
    _K("open", N_("To be opened"), "mail", _P.TODO, INBOX),
    _K("check", N_("To be checked"), "mail-opened", _P.TODO, INBOX),
    _K("print", N_("To be printed"), "printer", _P.TODO, INBOX),
    _K("more", N_("More copies asked for"), "copy", _P.TODO, DOCUMENTS),
    _K("applications", N_("Seal application"), "forms", _P.TODO, SEALS),
    _K("seal-lost", N_("Lost seal to be replaced"), "alert-triangle", _P.TODO, SEALS),
    _K("seal-unusual", N_("Unusual use of a seal"), "alert-triangle", _P.TODO, UNUSUALS),
    _K("seal-rules", N_("Rules of use to be read"), "book", _P.TODO, SEAL_RULES),
    _K("joining", N_("Application to join"), "building", _P.TODO, JOININGS),
    _K("drafts", N_("My draft"), "pencil", _P.TODO, DOCUMENTS),
    _K("unreceived", N_("Not received by the recipient in time"), "clock-exclamation", _P.WATCH, DOCUMENTS),
    _K("no-password", N_("People who can't log in yet"), "key", _P.WATCH, PEOPLE),
    _K("no-mobile", N_("People without a confirmed mobile number"), "phone", _P.WATCH, PEOPLE),
    _K("no-keeper", N_("Seals without a keeper"), "rubber-stamp", _P.WATCH, SEALS),
    _K("seal-ending", N_("Certificate of a seal ends"), "certificate", _P.WATCH, SEALS),
    _K("disputes", N_("Dispute to answer"), "message", _P.TODO, DISPUTES),
    _K("consultations", N_("Comments asked for"), "speakerphone", _P.TODO, CONSULTATIONS),
    _K("dispute-overdue", N_("Dispute not answered by the other unit"), "clock-exclamation", _P.WATCH, DISPUTES),
    _K("under-way", N_("My documents under way"), "hourglass", _P.WATCH, DOCUMENTS),
    _K("sent-back", N_("Returned by the recipient"), "mail", _P.NEWS, DOCUMENTS),
    _K("taken-over", N_("Taken over from you"), "user-check", _P.NEWS, INBOX),
    _K("arrived", N_("New in the unit's inbox"), "inbox", _P.NEWS, INBOX),
    _K("training", N_("Training: enrolment closes soon"), "calendar-event", _P.NEWS, TRAININGS),
)
KINDS = {kind.key: kind for kind in SECTIONS}
