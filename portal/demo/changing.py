"""In the demo city a unit is about to be renamed: its head has agreed, the office reviews and carries it out."""

from __future__ import annotations

import io

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core import paper
from portal.core.runtime import Runtime
from portal.demo.ceremonies import one
from portal.demo.city import UNITS
from portal.documents import drafting
from portal.documents.drafting import Content
from portal.documents.kinds import Direction
from portal.people import queries as people
from portal.people.models import Person
from portal.people.roles import Role
from portal.registration import changes
from portal.registration.change_models import UnitChange
from portal.registration.changes import Evidence, Wish
from portal.units.hooks import ChangeKind
from portal.units.models import Unit

CODE = next(row.code for row in UNITS if row.key == "grain")
NAME = "南澄市粮食和物资储备局"
REASON = "根据市机构改革方案，市粮食局更名为市粮食和物资储备局。"
LETTER = "关于市粮食局更名的批复.pdf"
TITLE = "南澄市粮食局关于做好秋粮收购工作的通知"
TEXT = """为做好秋粮收购工作，现将有关事项通知如下。
一、严格执行收购政策，不得压级压价。
二、及时结算售粮款，切实保护种粮农民利益。"""


def load(session: Session, runtime: Runtime) -> None:
    """File the case and begin a draft that it touches, unless a case of the unit is there already."""
    unit = session.scalars(select(Unit).where(Unit.code == CODE)).one()
    if session.scalars(select(UnitChange.id).where(UnitChange.unit_id == unit.id)).first() is None:
        content = Content(kind="notice", direction=Direction.DOWN, title=TITLE, text=TEXT)
        drafting.draft_document(session, runtime.rules, one(session, unit, Role.DRAFTER), content)
        _file(session, runtime, one(session, unit, Role.UNIT_ADMINISTRATOR))


def _file(session: Session, runtime: Runtime, applicant: Person) -> None:
    wish = Wish(
        kind=ChangeKind.RENAME,
        reason=REASON,
        name=NAME,
        short_name="市粮食和储备局",
        red_head=f"{NAME}文件",
        document_code="南粮储发",
        administrator_id=applicant.id,
        staying=[person.id for person in people.people_of(session, applicant.unit_id)],
    )
    title = LETTER.removesuffix(".pdf")
    sheet = paper.render(
        "demo_evidence.html", title=title, addressee=applicant.unit.name, text=f"{REASON}请按规定办理。"
    )
    change = changes.file_change(runtime, session, applicant, wish, Evidence(io.BytesIO(sheet), LETTER))
    changes.agree(change, one(session, applicant.unit, Role.UNIT_HEAD), "同意更名。")
