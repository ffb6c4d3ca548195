"""Forms of government information."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from wtforms import DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from portal.briefs import editing, scoring
from portal.briefs import topics as topic_acts
from portal.briefs.models import AWARD_LABELS, LATER, MARK_LABELS, Award, Mark
from portal.briefs.operations import LONGEST_AUTHORS, Particulars
from portal.content.forms import ItemForm
from portal.core.errors import Invalid
from portal.units import queries as units
from portal.web.forms import PortalForm

_PARTS = re.compile(r"[:：]")


class ParticularsForm(PortalForm):
    """Marks, authors and joint units of a brief."""

    mark = RadioField(
        _("Mark in the title"), choices=[SelectChoice(str(mark), _(label)) for mark, label in MARK_LABELS.items()],
        default=str(Mark.NONE),
    )  # fmt: skip
    topic = SelectField(_("Topic asked for"), coerce=int, default=0)
    revises = SelectField(_("Which draft it revises"), coerce=int, default=0)
    authors = StringField(_("Further authors of our unit"), [Length(max=LONGEST_AUTHORS)])
    joint = TextAreaField(_("Joint units with their authors"), [Length(max=4000)])

    def offer(self, topics: Any, drafts: Any) -> None:
        """What may be chosen."""
        none = SelectChoice(0, _("none"))
        self.topic.choices = [none, *(SelectChoice(one.id, f"{one.title}（{one.due_on}）") for one in topics)]
        self.revises.choices = [none, *(SelectChoice(one.id, one.title) for one in drafts)]

    def particulars(self, session: Session) -> Particulars:
        """What the form says. Raises Invalid for a joint unit that can't be read."""
        return Particulars(
            mark=Mark(self.mark.data),
            topic_id=self.topic.data or None,
            revises_id=self.revises.data or None,
            authors=self.authors.data or "",
            joint=tuple(self._joint(session)),
        )

    def _joint(self, session: Session) -> Iterator[tuple[int, str]]:
        for line in filter(str.strip, (self.joint.data or "").splitlines()):
            name, *rest = _PARTS.split(line, maxsplit=1)
            unit = units.named(session, name)
            if unit is None:
                raise Invalid("There is no unit called “%(name)s”.", field="joint", name=name.strip())
            yield unit.id, (rest[0] if rest else "").strip()


class BriefForm(ItemForm, ParticularsForm):
    """New information for the office."""


class CommentForm(PortalForm):
    """A remark on a brief."""

    text = TextAreaField(_("Comment"), [Length(max=editing.LONGEST_COMMENT)])


class DecisionForm(PortalForm):
    """Why a brief is returned or set aside."""

    reason = TextAreaField(_("Reason"), [Length(max=editing.LONGEST_REASON)])


class AwardForm(PortalForm):
    """Points for a higher level or an instruction."""

    award = SelectField(_("For what"), choices=[SelectChoice(str(one), _(AWARD_LABELS[one])) for one in LATER])
    note = StringField(_("Where, or by whom"), [Length(max=scoring.LONGEST_NOTE)])


class PointsForm(PortalForm):
    """A line of the table of points."""

    award = SelectField(_("For what"), choices=[SelectChoice(str(one), _(AWARD_LABELS[one])) for one in Award])
    points = IntegerField(_("Points"), [InputRequired(), NumberRange(0, scoring.MOST_POINTS)])
    note = StringField(_("Why it is changed"), [Length(max=scoring.LONGEST_NOTE)])


class TopicForm(PortalForm):
    """A topic units are asked to write on."""

    title = StringField(_("Topic"), [InputRequired(), Length(max=topic_acts.LONGEST_TITLE)])
    text = TextAreaField(_("What is wanted"), [Length(max=topic_acts.LONGEST_TOPIC)])
    due_on = DateField(_("To be sent by"), [InputRequired()])
    units = TextAreaField(_("Units, one a line"), [InputRequired(), Length(max=20_000)])

    def unit_ids(self, session: Session) -> list[int]:
        """The units named. Raises Invalid."""
        found = []
        for name in filter(str.strip, (self.units.data or "").splitlines()):
            unit = units.named(session, name)
            if unit is None:
                raise Invalid("There is no unit called “%(name)s”.", field="units", name=name.strip())
            found.append(unit.id)
        return found
