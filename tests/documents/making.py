"""Documents for tests, brought to where a test needs them by the same operations as the pages."""

from __future__ import annotations

from sqlalchemy.orm import Session

from portal.content.gate import Declaration
from portal.core.runtime import Runtime
from portal.documents import drafting, finishing, reviewing
from portal.documents.drafting import Addressee, Content
from portal.documents.kinds import Direction
from portal.documents.models import Document, RecipientKind
from portal.people.roles import Role
from tests.city import City

DECLARED = Declaration(unclassified=True, not_urgent=True, official=True)
TITLE = "南澄市人民政府办公室关于做好冬季供暖准备工作的通知"
TEXT = """为做好今年冬季供暖准备工作，现将有关事项通知如下。
一、落实责任
（一）各单位指定专人负责。
（二）供热企业每日报告设备检修情况。
二、加强检查
有关部门于10月底前完成检查。"""


def content(city: City, **changes: object) -> Content:
    """A notice of the office to two departments and, copied, a district."""
    values: dict[str, object] = {
        "kind": "notice",
        "direction": Direction.DOWN,
        "title": TITLE,
        "text": TEXT,
        "addressees": (
            Addressee(RecipientKind.MAIN, unit_id=city.units["finance"].id, print_quota=2),
            Addressee(RecipientKind.MAIN, unit_id=city.units["education"].id, print_quota=2),
            Addressee(RecipientKind.COPY, unit_id=city.units["east"].id, print_quota=1),
        ),
    }
    return Content(**(values | changes))  # type: ignore[arg-type]  # named fields of Content


def draft(session: Session, work: Runtime, city: City, **changes: object) -> Document:
    """A draft of the office's drafter."""
    drafter = city.person("office", Role.DRAFTER)
    return drafting.draft_document(session, work.rules, drafter, content(city, **changes))


def submitted(session: Session, work: Runtime, city: City, **changes: object) -> Document:
    """A draft at its first desk."""
    document = draft(session, work, city, **changes)
    reviewing.submit(work, document, city.person("office", Role.DRAFTER), DECLARED)
    session.flush()
    return document


def issued(session: Session, work: Runtime, city: City, **changes: object) -> Document:
    """A document that a leader has issued."""
    document = submitted(session, work, city, **changes)
    reviewing.pass_step(document, city.person("office", Role.DEPARTMENT_HEAD), "拟同意，请办公室审核。")
    reviewing.pass_step(document, city.person("office", Role.OFFICE_HEAD), "格式无误，请领导签发。")
    reviewing.issue_document(work, document, city.person("office", Role.UNIT_HEAD), "同意印发。")
    session.flush()
    return document


def numbered(session: Session, work: Runtime, city: City, **changes: object) -> Document:
    """A document with its number, waiting for the worker."""
    document = issued(session, work, city, **changes)
    finishing.number_document(document, city.person("office", Role.REGISTRAR))
    session.flush()
    return document
