"""A document that two units issue together 联合发文, from the draft to the second seal, by the operations of the pages.

Each act is a transaction of its own; what is there already isn't done again, so a loading that was stopped goes on.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.content.gate import Declaration
from portal.core.db import unit_of_work
from portal.core.errors import Refused
from portal.core.jobs import run_inline
from portal.core.runtime import Runtime
from portal.demo.ceremonies import fresh_code, one
from portal.documents import drafting, finishing, queries, reviewing
from portal.documents import operations as documents
from portal.documents.drafting import Addressee, Content
from portal.documents.finishing import FREEZE_JOB
from portal.documents.kinds import Direction
from portal.documents.lifecycle import DocumentState as S
from portal.documents.models import Document, RecipientKind
from portal.documents.routes import ROUTES, StepKind
from portal.people.roles import Role
from portal.seals import queries as seals
from portal.seals.operations import STAMP_JOB
from portal.units.models import Unit

FIRST, JOINED = "南澄市教育局", "南澄市财政局"
TO = ("澄东区人民政府", "澄西区人民政府")
TITLE = "南澄市教育局、南澄市财政局关于做好冬季校园供暖经费保障工作的通知"
TEXT = """为切实做好冬季校园供暖经费保障工作，现将有关事项通知如下。
一、全面排查隐患
各区要组织学校对教室、宿舍、食堂和实验室的供暖、用电、用气设施逐一排查，建立台账，限期整改。
二、保障供暖经费
各区财政部门会同教育部门核实学校供暖支出，12月15日前将补助资金拨付到校。
三、落实值班值守
寒假前后实行二十四小时值班，遇有情况按规定及时报告。"""
MOST_ACTS = 20
OPINIONS = {
    StepKind.DEPARTMENT_HEAD: "拟同意，请办公室审核。",
    StepKind.OFFICE_HEAD: "文字已核，请领导签发后送市财政局会签。",
    StepKind.ISSUE: "同意，送市财政局会签。",
    StepKind.COUNTERSIGN: "同意会签。",
}


def load(runtime: Runtime) -> None:
    """Take the document on, act by act, until all seals are on."""
    for _ in range(MOST_ACTS):
        with unit_of_work(runtime.engine) as session:
            if not _act(session, runtime):
                return
        run_inline(runtime, {FREEZE_JOB, STAMP_JOB})
    raise Refused("The document could not be stamped.")


def _act(session: Session, runtime: Runtime) -> bool:
    """Do what comes next; False when nothing does."""
    document = session.scalars(select(Document).where(Document.title == TITLE)).first()
    if document is None:
        return _draft(session, runtime)
    unit = document.unit
    if document.state == S.DRAFTING and document.text_digest is None:
        declared = Declaration(unclassified=True, not_urgent=True, official=True)
        reviewing.submit(runtime, document, document.drafter, declared)
    elif document.state == S.REVIEWING:
        _decide(session, runtime, document)
    elif document.state == S.ISSUED:
        finishing.number_document(document, one(session, unit, Role.REGISTRAR))
    elif document.state in (S.FROZEN, S.SEALING):
        _consent(session, document)
    else:  # sealed, or somebody has taken it in hand
        return False
    return True


def _draft(session: Session, runtime: Runtime) -> bool:
    units = {unit.name: unit for unit in session.scalars(select(Unit).where(Unit.name.in_((FIRST, JOINED, *TO))))}
    if len(units) < 2 + len(TO) or any(
        seals.signature_seal(session, units[name].id) is None for name in (FIRST, JOINED)
    ):
        return False
    content = Content(
        kind="notice",
        direction=Direction.DOWN,
        title=TITLE,
        text=TEXT,
        note="此件公开发布",
        addressees=tuple(Addressee(RecipientKind.MAIN, unit_id=units[name].id, print_quota=2) for name in TO),
        joint=(units[JOINED].id,),
    )
    drafting.draft_document(session, runtime.rules, one(session, units[FIRST], Role.DRAFTER), content)
    return True


def _decide(session: Session, runtime: Runtime, document: Document) -> None:
    step = queries.open_step(document)
    assert step is not None  # in review it lies at a desk
    kind = StepKind(step.kind)
    if kind is StepKind.COUNTERSIGN:
        leader = one(session, session.get_one(Unit, step.unit_id), Role.UNIT_HEAD)
        reviewing.countersign(document, leader, OPINIONS[kind])
        return
    person = one(session, document.unit, *ROUTES[Direction.DOWN][step.position].roles)
    if kind is StepKind.ISSUE:
        reviewing.issue_document(runtime, document, person, OPINIONS[kind])
    else:
        reviewing.pass_step(document, person, OPINIONS[kind])


def _consent(session: Session, document: Document) -> None:
    """The next keeper of the unit whose turn it is agrees."""
    assert document.turn_id is not None  # a seal is still to come
    seal = seals.signature_seal(session, document.turn_id)
    if seal is None:
        raise Refused("The document could not be stamped.")
    request = queries.stamp_request(session, document) if document.state == S.SEALING else None
    given = {approval.person_id for approval in request.approvals} if request else set()
    keeper = next(row.person for row in seal.keepers if row.person_id not in given)
    digest = queries.file_digest(document) or ""
    if request is None:
        documents.ask_stamp(document, keeper, digest, fresh_code(keeper))
    else:
        documents.approve_stamp(document, request, keeper, digest, fresh_code(keeper))
