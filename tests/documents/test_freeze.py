"""Typesetting in the worker: once, with its metadata inside, failures told (D-6, D-10)."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.db import unit_of_work
from portal.core.errors import AlreadyDone, Unavailable
from portal.core.jobs import PendingJob, Queue, enqueue
from portal.core.runtime import Runtime
from portal.documents import drafting, finishing, jobs, queries, reviewing
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.documents.typesetting.typeset import typeset
from portal.ledger.queries import history
from portal.people.roles import Role
from tests.city import City
from tests.documents.making import DECLARED, content, draft, issued, numbered
from tests.work import drain


def _drained(session: Session, runtime: Runtime, document: Document) -> None:
    session.commit()
    drain(runtime)
    session.refresh(document)


@pytest.mark.req("D-10", "D-6")
def test_a_numbered_document_is_frozen_with_its_pages(session: Session, runtime: Runtime, city: City) -> None:
    document = numbered(session, runtime, city)
    _drained(session, runtime, document)
    assert document.state == DocumentState.FROZEN
    data = runtime.store.open(document.frozen_digest or "").read()
    assert hashlib.sha256(data).hexdigest() == document.frozen_digest
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == document.frozen_pages
    pages = queries.page_images(session, document.id, document.frozen_digest)
    assert [page.number for page in pages] == list(range(1, (document.frozen_pages or 0) + 1))
    picture = runtime.store.open(pages[0].image).read()
    assert picture[8:12] == b"WEBP" and pages[0].height > pages[0].width


@pytest.mark.req("D-10", "X-2")
def test_the_file_holds_the_eighteen_elements_and_every_digest(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city, text="现将有关事项通知如下，具体要求见附件。")
    drafter = document.drafter
    listed = drafting.attach_file(runtime, document, drafter, io.BytesIO("清单".encode()), "供暖清单.txt")
    reviewing.submit(runtime, document, drafter, DECLARED)
    reviewing.pass_step(document, city.person("office", Role.DEPARTMENT_HEAD), "同意。")
    reviewing.pass_step(document, city.person("office", Role.OFFICE_HEAD), "同意。")
    reviewing.issue_document(runtime, document, city.person("office", Role.LEADER), "同意。")
    finishing.number_document(document, city.person("office", Role.REGISTRAR))
    _drained(session, runtime, document)
    with pikepdf.open(io.BytesIO(runtime.store.open(document.frozen_digest or "").read())) as pdf:
        facts = json.loads(pdf.attachments["gongwen.json"].get_file().read_bytes())
    assert len(facts["elements"]) == 18
    assert facts["elements"]["发文字号"] == document.number
    assert facts["elements"]["主送机关"] == ["南澄市财政局", "南澄市教育局"]
    assert facts["elements"]["附件说明"] == ["供暖清单"]
    assert facts["elements"]["签发人"] == city.person("office", Role.LEADER).name
    assert facts["text_digest"] == document.text_digest
    assert facts["attachments"] == [
        {"name": "供暖清单.txt", "size": 6, "media_type": "text/plain", "sha256": listed.digest}
    ]
    assert [item["print_quota"] for item in facts["recipients"]] == [2, 2, 1]


def test_freezing_again_changes_nothing(session: Session, runtime: Runtime, city: City) -> None:
    document = numbered(session, runtime, city)
    _drained(session, runtime, document)
    digest, events = document.frozen_digest, len(history(session, "document", document.id))
    enqueue(session, Queue.WORK, finishing.FREEZE_JOB, document_id=document.id)
    _drained(session, runtime, document)
    assert document.frozen_digest == digest
    assert len(history(session, "document", document.id)) == events


def test_a_failure_is_told_and_can_be_tried_again(
    session: Session, runtime: Runtime, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, registrar = numbered(session, runtime, city), city.person("office", Role.REGISTRAR)

    def missing(*_: object) -> None:
        raise Unavailable("A font is missing.")

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "typeset", missing)
        _drained(session, runtime, document)
    assert (document.state, document.freeze_error) == (DocumentState.NUMBERED, "A font is missing.")
    assert history(session, "document", document.id)[-1].kind == "document.freeze-failed"
    finishing.freeze_again(document, registrar)
    with pytest.raises(AlreadyDone):
        finishing.freeze_again(document, registrar)
    _drained(session, runtime, document)
    assert document.state == DocumentState.FROZEN and document.freeze_error is None


@pytest.mark.req("D-10")
def test_what_was_issued_is_what_is_frozen(session: Session, runtime: Runtime, city: City) -> None:
    document = numbered(session, runtime, city)
    document.text = "另一篇文字。"
    _drained(session, runtime, document)
    assert document.state == DocumentState.NUMBERED and document.frozen_digest is None
    assert "changed outside" in (document.freeze_error or "")


def test_a_draft_gets_a_proof_of_each_version(session: Session, runtime: Runtime, city: City) -> None:
    document = draft(session, runtime, city)
    _drained(session, runtime, document)
    first = document.proof_digest
    assert document.proof_version == 1 and queries.page_images(session, document.id, first)
    drafting.attach_file(runtime, document, document.drafter, io.BytesIO("清单".encode()), "清单.txt")
    _drained(session, runtime, document)
    assert document.proof_version == 2 and document.proof_digest != first
    assert queries.page_images(session, document.id, first) == []


def test_an_issued_document_shows_its_proof_until_it_is_frozen(session: Session, runtime: Runtime, city: City) -> None:
    document = issued(session, runtime, city)
    _drained(session, runtime, document)
    assert document.proof_version == document.version and document.frozen_digest is None


def test_nobody_waits_for_typesetting(
    session: Session, runtime: Runtime, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The draft is saved while its proof is made: saving is not held up, and the old text's proof is not kept."""
    document = draft(session, runtime, city)
    session.commit()
    saved: list[int] = []

    def save_meanwhile(*arguments: Any) -> Any:
        if not saved:
            with unit_of_work(runtime.engine) as other:
                found = other.get_one(Document, document.id, with_for_update={"nowait": True})
                drafting.save_draft(runtime.rules, found, found.drafter, found.version, content(city, title="新标题"))
                saved.append(found.version)
        return typeset(*arguments)

    monkeypatch.setattr(jobs, "typeset", save_meanwhile)
    promised = session.scalars(select(PendingJob.id)).one()
    session.commit()
    jobs.make_proof(promised)
    session.refresh(document)
    assert (saved, document.version, document.proof_version) == ([2], 2, None)
    _drained(session, runtime, document)
    assert document.proof_version == 2 and queries.page_images(session, document.id, document.proof_digest)
