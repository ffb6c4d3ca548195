"""The closed lists of disclosure: grounds, kinds of answers, of applicants, of questions, ways of delivery."""

from __future__ import annotations

from enum import StrEnum

from portal.core.text import N_


class Ground(StrEnum):
    """Why an item may be published, as its reviewer finds (《政府信息公开条例》第十九条至第二十一条)."""

    DUTY = "duty"
    PUBLIC_INTEREST = "public-interest"
    AGREED = "agreed"
    PART = "part"


GROUND_LABELS = {
    Ground.DUTY: N_("Must be published on one's own initiative"),
    Ground.PUBLIC_INTEREST: N_("Touches third parties; not publishing it would harm the public interest"),
    Ground.AGREED: N_("Touches third parties, who have agreed"),
    Ground.PART: N_("Publishable after parts were taken out"),
}


class Withdrawal(StrEnum):
    """What the public reads of why an item was withdrawn; the reason itself stays inside."""

    UNSAID = "unsaid"
    PERSONAL = "personal"
    MISTAKE = "mistake"
    REPLACED = "replaced"
    ENDED = "ended"


WITHDRAWAL_LABELS = {
    Withdrawal.UNSAID: N_("The unit has withdrawn this information."),
    Withdrawal.PERSONAL: N_("Withdrawn to protect rights of third parties."),
    Withdrawal.MISTAKE: N_("Withdrawn because it was not to be published."),
    Withdrawal.REPLACED: N_("Replaced by newer information."),
    Withdrawal.ENDED: N_("No longer in force."),
}
KEEPS_TITLE = frozenset({Withdrawal.REPLACED, Withdrawal.ENDED})
"""Where nothing was wrong with the words; elsewhere the title goes too, and the index number stands in its place."""


class AnswerKind(StrEnum):
    """How a request is answered (《政府信息公开条例》第三十六条)."""

    GIVEN = "given"
    PARTLY = "partly"
    PUBLIC = "public"
    REFUSED = "refused"
    NOT_HELD = "not-held"
    OTHER_ORGAN = "other-organ"
    REPEATED = "repeated"


ANSWER_LABELS = {
    AnswerKind.GIVEN: N_("Given"),
    AnswerKind.PARTLY: N_("Given in part"),
    AnswerKind.PUBLIC: N_("Already public; where it is found"),
    AnswerKind.REFUSED: N_("Not given, with the legal basis"),
    AnswerKind.NOT_HELD: N_("Not held"),
    AnswerKind.OTHER_ORGAN: N_("Another organ is responsible"),
    AnswerKind.REPEATED: N_("Repeated request, answered before"),
}
NEEDS_BASIS = frozenset({AnswerKind.PARTLY, AnswerKind.REFUSED})
"""Whoever withholds anything names the law."""
NEEDS_ORGAN = frozenset({AnswerKind.OTHER_ORGAN})


class ApplicantKind(StrEnum):
    """Who asks."""

    CITIZEN = "citizen"
    COMPANY = "company"
    OTHER = "other"


APPLICANT_LABELS = {
    ApplicantKind.CITIZEN: N_("Natural person"),
    ApplicantKind.COMPANY: N_("Legal person"),
    ApplicantKind.OTHER: N_("Other organisation"),
}


class Way(StrEnum):
    """How the applicant gets the answer."""

    PAGE = "page"
    EMAIL = "email"
    POST = "post"
    COUNTER = "counter"


WAY_LABELS = {
    Way.PAGE: N_("On the page of the receipt"),
    Way.EMAIL: N_("By e-mail"),
    Way.POST: N_("By post"),
    Way.COUNTER: N_("Fetched at the counter"),
}


class QuestionKind(StrEnum):
    """How a question is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TEXT = "text"


QUESTION_LABELS = {
    QuestionKind.SINGLE: N_("One choice"),
    QuestionKind.MULTIPLE: N_("Several choices"),
    QuestionKind.TEXT: N_("Text"),
}


def listed(kinds: type[StrEnum]) -> str:
    """The values for a CHECK."""
    return ", ".join(f"'{kind.value}'" for kind in kinds)
