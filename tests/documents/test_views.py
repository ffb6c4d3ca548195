"""The pages of documents, as people use them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.content import uploads
from portal.core.db import unit_of_work
from portal.core.runtime import Runtime
from portal.documents import drafting, queries, reviewing
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.people import second_factor
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.documents.making import DECLARED, TEXT, TITLE, content, draft, issued, numbered, submitted
from tests.documents.sealing import give_seal
from tests.work import drain

ClientFor = Callable[[Person], FlaskClient]
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def _fresh(session: Session, document: Document) -> None:
    """Read the document anew and let go of the database: SQLite has one writer, and the next is a request."""
    session.refresh(document)
    session.commit()


def _form(city: City, **changes: str | list[str]) -> dict[str, object]:
    values: dict[str, object] = {
        "kind": "notice:down",
        "urgency": "",
        "title": TITLE,
        "text": TEXT,
        "note": "此件公开发布",
        "main": [str(city.units["finance"].id)],
        "copy": [str(city.units["east"].id)],
        f"quota-{city.units['finance'].id}": "5",
        "paper_copy": "南澄供热有限公司\n",
    }
    return values | changes


@pytest.mark.req("D-5", "X-2")
def test_drafting_a_document_in_the_browser(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    client = client_for(city.person("office", Role.DRAFTER))
    page = client.get("/documents/new").get_data(as_text=True)
    assert "南澄市财政局" in page and "第四条" in page and 'name="main"' in page
    values = _form(city) | {"files": [(io.BytesIO("清单".encode()), "清单.txt"), (io.BytesIO(b"MZ\x90"), "坏.pdf")]}
    answer = client.post("/documents/new", data=values)
    assert answer.status_code == 303
    document = session.scalars(select(Document)).one()
    assert [(item.name, item.kind, item.print_quota) for item in document.recipients] == [
        ("南澄市财政局", "main", 5),
        ("澄东区人民政府", "copy", 1),
        ("南澄供热有限公司", "copy", 0),
    ]
    assert [item.name for item in document.attachments] == ["清单.txt"]
    session.commit()
    editor = client.get(answer.location).get_data(as_text=True)
    assert answer.location.endswith("/edit") and "坏.pdf" in editor and 'name="remove"' in editor


def test_a_refused_draft_keeps_what_was_entered(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    client = client_for(city.person("office", Role.DRAFTER))
    answer = client.post("/documents/new", data=_form(city, title="", text="写了很久的正文"))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "写了很久的正文" in page
    assert f'value="{city.units["finance"].id}" aria-label' in page and "checked" in page
    assert session.scalars(select(Document)).all() == []


def test_a_text_saved_in_another_window_is_not_overwritten(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = draft(session, runtime, city)
    drafting.save_draft(runtime.rules, document, document.drafter, 1, content(city, text="另一窗口的正文"))
    session.commit()
    client = client_for(city.person("office", Role.DRAFTER))
    address = f"/documents/{document.id}/edit"
    answer = client.post(address, data=_form(city, text="我的正文", version="1"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "我的正文" in page and "另一窗口的正文" in page
    assert 'name="version" type="hidden" value="2"' in page
    assert client.post(address, data=_form(city, text="我的正文", version="2")).status_code == 303
    _fresh(session, document)
    assert document.text == "我的正文"


def test_what_was_typed_is_kept_when_the_draft_was_submitted_meanwhile(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = submitted(session, runtime, city)
    session.commit()
    client, address = client_for(document.drafter), f"/documents/{document.id}/edit"
    answer = client.post(address, data=_form(city, text="还没存的正文", version="1"))
    assert answer.status_code == 422 and "还没存的正文" in answer.get_data(as_text=True)
    assert client.get(address).status_code == 409


@pytest.mark.req("D-11", "D-12")
def test_the_page_shows_what_stops_the_draft(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = draft(session, runtime, city, text="机密★1年\n" + TEXT)
    session.commit()
    client = client_for(city.person("office", Role.DRAFTER))
    page = client.get(f"/documents/{document.id}").get_data(as_text=True)
    assert "checklist-stop" in page and "机密★1年" in page
    declared = {"unclassified": "y", "not_urgent": "y", "official": "y"}
    address = f"/documents/{document.id}"
    answer = client.post(f"{address}/submit", data=declared, headers={"Referer": f"http://localhost{address}"})
    assert answer.status_code == 303
    _fresh(session, document)
    assert document.state == DocumentState.DRAFTING


@pytest.mark.req("D-1", "D-3", "D-9")
def test_from_submission_to_a_number_by_its_pages(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = draft(session, runtime, city)
    session.commit()
    address = f"/documents/{document.id}"
    drafter = client_for(city.person("office", Role.DRAFTER))
    assert drafter.post(f"{address}/submit", data={"unclassified": "y", "official": "y"}).status_code == 422
    declared = {"unclassified": "y", "not_urgent": "y", "official": "y"}
    assert drafter.post(f"{address}/submit", data=declared).status_code == 303
    head = client_for(city.person("office", Role.DEPARTMENT_HEAD))
    assert TITLE in head.get("/documents/waiting").get_data(as_text=True)
    empty = head.post(f"{address}/review", data={"decision": "pass", "opinion": " "})
    assert empty.status_code == 422 and "error-summary" in empty.get_data(as_text=True)
    for role, decision in (
        (Role.DEPARTMENT_HEAD, "pass"),
        (Role.OFFICE_HEAD, "pass"),
        (Role.LEADER, "issue"),
    ):
        client = client_for(city.person("office", role))
        with unit_of_work(runtime.engine, writes=False) as own:
            step = queries.open_step(own.get_one(Document, document.id))
        assert step is not None
        data = {"decision": decision, "opinion": "同意。", "step_id": str(step.id)}
        assert client.post(f"{address}/review", data=data).status_code == 303
    registrar = client_for(city.person("office", Role.REGISTRAR))
    assert registrar.post(f"{address}/number", data={"confirmed": "yes"}).status_code == 303
    assert "南政办发〔" in registrar.get(address).get_data(as_text=True)
    _fresh(session, document)
    assert document.number_serial == 1
    drain(runtime)
    page = registrar.get(address).get_data(as_text=True)
    assert "同意。" in page and f"{address}/pages/" in page


@pytest.mark.req("D-3")
def test_versions_are_compared_side_by_side(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = submitted(session, runtime, city)
    reviewing.return_step(document, city.person("office", Role.DEPARTMENT_HEAD), "请改时限。")
    drafting.save_draft(runtime.rules, document, document.drafter, 1, content(city, text=TEXT.replace("10月", "11月")))
    reviewing.submit(runtime, document, document.drafter, DECLARED)
    session.commit()
    page = client_for(city.person("office", Role.LEADER)).get(f"/documents/{document.id}/versions")
    text = page.get_data(as_text=True)
    assert "<del>0</del>" in text and "<ins>1</ins>" in text


def _custodian(session: Session, city: City) -> Person:
    custodian = city.person("office", Role.SEAL_CUSTODIAN)
    give_seal(session, city.units["office"], custodian)
    second_factor.keep_seed(custodian, SEED)
    return custodian


@pytest.mark.req("S-6", "D-10")
def test_the_custodian_sees_the_pages_and_agrees_with_a_code(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document, custodian = numbered(session, runtime, city), _custodian(session, city)
    session.commit()
    drain(runtime)
    _fresh(session, document)
    client, address = client_for(custodian), f"/documents/{document.id}/stamp"
    page = client.get(address).get_data(as_text=True)
    digest = document.frozen_digest or ""
    assert digest[:8] in page and f"/documents/{document.id}/pages/" in page
    wrong = client.post(address, data={"digest": digest, "code": "12345"})
    assert wrong.status_code == 422
    code = second_factor.code_of(SEED, second_factor.step_now())
    assert client.post(address, data={"digest": digest, "code": code, "straddling": "y"}).status_code == 303
    _fresh(session, document)
    assert document.state == DocumentState.SEALING
    asked = queries.stamp_request(session, document)
    assert asked is not None and (asked.place, asked.straddling) == (1, True)
    session.commit()
    assert "hx-get" in client.get(address).get_data(as_text=True)


def test_files_are_for_people_of_the_unit_alone(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = draft(session, runtime, city, text=TEXT + "\n详见附件。")
    drafter = document.drafter
    kept = drafting.attach_file(runtime, document, drafter, io.BytesIO("清单".encode()), "清单.txt")
    session.commit()
    address = f"/documents/{document.id}"
    answer = client_for(drafter).get(f"{address}/attachments/{kept.id}")
    assert answer.get_data() == "清单".encode()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    stranger = client_for(city.person("finance", Role.DRAFTER))
    for path in ("", "/edit", "/file", f"/attachments/{kept.id}", "/pages/1", "/versions"):
        assert stranger.get(address + path).status_code == 404


def test_the_pdf_is_given_out_whole(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    document = numbered(session, runtime, city)
    session.commit()
    drain(runtime)
    _fresh(session, document)
    answer = client_for(city.person("office", Role.LEADER)).get(f"/documents/{document.id}/file")
    assert answer.mimetype == "application/pdf" and answer.get_data().startswith(b"%PDF-")
    assert answer.content_length == len(answer.get_data())
    pages = queries.page_images(session, document.id, document.frozen_digest)
    session.commit()
    picture = client_for(city.person("office", Role.LEADER)).get(f"/documents/{document.id}/pages/{pages[0].id}")
    assert picture.mimetype == "image/webp"


@pytest.mark.parametrize("role", [Role.HANDLER, Role.PUBLISHER, Role.UNIT_ADMINISTRATOR])
def test_roles_without_documents_see_no_list(city: City, client_for: ClientFor, role: Role) -> None:
    assert client_for(city.person("office", role)).get("/documents").status_code == 403


def test_a_second_click_on_the_number_is_told_as_information(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = issued(session, runtime, city)
    session.commit()
    client, address = client_for(city.person("office", Role.REGISTRAR)), f"/documents/{document.id}"
    headers = {"Referer": f"http://localhost{address}"}
    for _ in range(2):
        assert client.post(f"{address}/number", data={"confirmed": "yes"}, headers=headers).status_code == 303
    _fresh(session, document)
    assert document.number_serial == 1


@contextmanager
def counted(runtime: Runtime) -> Iterator[list[str]]:
    """The statements that reach the database."""
    statements: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(runtime.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(runtime.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("path", ["/documents?tab=progress", "/documents?tab=all", "/documents/waiting"])
def test_a_list_of_twenty_asks_no_more_than_a_list_of_one(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor, path: str
) -> None:
    submitted(session, runtime, city)
    session.commit()
    client = client_for(city.person("office", Role.DEPARTMENT_HEAD))
    client.get(path)
    with counted(runtime) as one:
        client.get(path)
    for _ in range(20):
        submitted(session, runtime, city)
    session.commit()
    with counted(runtime) as many:
        page = client.get(path).get_data(as_text=True)
    assert len(many) == len(one)
    assert page.count("row-title") == 20 and "before=" in page


def test_lists_are_filtered_and_paged_by_key(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    for number in range(21):
        submitted(session, runtime, city, title=f"关于第{number}项工作的通知")
    session.commit()
    client = client_for(city.person("office", Role.DRAFTER))
    first = client.get("/documents?tab=all").get_data(as_text=True)
    assert "第20项" in first and "第0项" not in first
    with unit_of_work(runtime.engine, writes=False) as own:
        oldest_shown = sorted(own.scalars(select(Document.id)))[1]
    second = client.get(f"/documents?tab=all&before={oldest_shown}").get_data(as_text=True)
    assert "第0项" in second and second.count("row-title") == 1
    found = client.get("/documents?tab=all&text=第7项").get_data(as_text=True)
    assert found.count("row-title") == 1
    assert client.get("/documents?tab=all&kind=letter").get_data(as_text=True).count("row-title") == 0


@pytest.mark.req("X-11")
def test_nobody_waits_while_a_file_is_looked_into(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large file takes seconds: somebody else saves meanwhile, and the text saved with the file is there already."""
    client, accept = client_for(city.person("office", Role.DRAFTER)), uploads.accept
    seen: list[str] = []

    def write_meanwhile(*arguments: Any) -> Any:
        with unit_of_work(runtime.engine) as other:
            document = other.scalars(select(Document).with_for_update(nowait=True)).one()
            document.note = "另一人写的"
            seen.append(document.title)
        return accept(*arguments)

    monkeypatch.setattr(uploads, "accept", write_meanwhile)
    values = _form(city) | {"files": [(io.BytesIO(b"MZ"), "坏.pdf"), (io.BytesIO("清单".encode()), "清单.txt")]}
    assert client.post("/documents/new", data=values).status_code == 303
    assert seen == [TITLE, TITLE]
    (document,) = session.scalars(select(Document))
    assert [item.name for item in document.attachments] == ["清单.txt"]
