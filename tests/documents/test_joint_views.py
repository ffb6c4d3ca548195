"""The pages of a joint document, as the people of several units use them (D-4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from portal.core.runtime import Runtime
from portal.documents import queries
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Document
from portal.people import second_factor
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.conventions.markup import faults
from tests.documents.jointly import JOINT, at_first, custodian, frozen, press, sign
from tests.documents.making import TEXT, TITLE
from tests.seals.ceremony import SEED, fresh_code

pytestmark = pytest.mark.req("D-4")
ClientFor = Callable[[Person], FlaskClient]


def _decide(client: FlaskClient, document: Document, decision: str, opinion: str = "同意会签。") -> TestResponse:
    step = queries.open_step(document)
    data = {"decision": decision, "opinion": opinion, "step_id": step.id if step else "", "confirmed": "yes"}
    return client.post(f"/documents/{document.id}/review", data=data)


def test_the_drafter_writes_down_the_joint_units(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    client = client_for(city.person("office", Role.DRAFTER))
    to = str(city.units["east"].id)
    values = {"kind": "notice:down", "urgency": "", "title": TITLE, "text": TEXT, "main": [to], "joint": "财政\n"}
    page = client.post("/documents/new", data=values)
    assert page.status_code == 422 and "您是否指：南澄市财政局？" in page.get_data(as_text=True)
    answer = client.post("/documents/new", data=values | {"joint": "南澄市教育局\r\n 南澄市财政局 \r\n"})
    assert answer.status_code == 303
    document = session.scalars(select(Document)).one()
    assert [item.signature for item in document.joint] == ["南澄市教育局", "南澄市财政局"]
    session.commit()
    shown = client.get(f"/documents/{document.id}").get_data(as_text=True)
    assert "联合发文" in shown and faults(shown) == []
    assert "南澄市教育局\n南澄市财政局" in client.get(f"/documents/{document.id}/edit").get_data(as_text=True)


def test_a_joint_unit_signs_on_its_own_pages(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = at_first(session, runtime, city)
    session.commit()
    address = f"/documents/{document.id}"
    for unit in ("education", "east", "west"):
        stranger = client_for(city.person(unit, Role.LEADER))
        for path in ("", "/file", "/stamp", "/versions"):
            assert stranger.get(address + path).status_code in (403, 404), (unit, path)
        assert stranger.get(address).status_code == 404
        assert _decide(stranger, document, "countersign").status_code == 404
    leader = client_for(city.person("finance", Role.LEADER))
    assert TITLE in leader.get("/documents/waiting").get_data(as_text=True)
    assert "待会签（联合发文）" in leader.get("/").get_data(as_text=True)
    page = leader.get(address).get_data(as_text=True)
    assert 'value="countersign"' in page and "不予会签，退回起草人" in page and faults(page) == []
    assert "拟同意，请办公室审核。" not in page, "how the first unit reviewed it is its own affair"
    assert leader.get(f"{address}/versions").status_code == 404
    assert leader.get(f"{address}/edit").status_code in (403, 404)
    for _ in range(2):
        assert _decide(leader, document, "countersign").status_code == 303
        session.commit()
    session.expire_all()
    assert [item.asked_at is not None for item in document.joint] == [True, True]
    assert len([step for step in document.steps if step.kind == "countersign" and step.done_at]) == 1


def test_a_refusal_goes_back_and_a_second_click_finds_it_done(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = at_first(session, runtime, city)
    session.commit()
    leader, step = client_for(city.person("finance", Role.LEADER)), queries.open_step(document)
    assert step is not None
    data = {"decision": "return", "opinion": "", "step_id": step.id, "confirmed": "yes"}
    assert leader.post(f"/documents/{document.id}/review", data=data).status_code == 422
    data["opinion"] = "经费来源未明确，不予会签。"
    for _ in range(2):
        answer = leader.post(f"/documents/{document.id}/review", data=data)
        assert answer.status_code == 303 and answer.location.endswith("/documents/waiting")
    assert leader.get(f"/documents/{document.id}").status_code == 404
    session.refresh(document)
    assert document.state == DocumentState.DRAFTING
    session.commit()
    drafter = client_for(city.person("office", Role.DRAFTER))
    assert "经费来源未明确，不予会签。" in drafter.get(f"/documents/{document.id}").get_data(as_text=True)


@pytest.mark.req("S-10")
def test_custodians_of_all_units_stamp_in_turn(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = frozen(session, runtime, city)
    press(session, document, city, "office")
    for unit in ("office", "east", *JOINT):
        second_factor.keep_seed(custodian(city, unit), SEED)
    session.commit()
    address = f"/documents/{document.id}/stamp"
    stranger = client_for(custodian(city, "east"))
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, data={"digest": document.sealed_digest, "code": "000000"}).status_code == 404
    late = client_for(custodian(city, "education")).get(address).get_data(as_text=True)
    assert "现应用印的单位：南澄市财政局" in late and 'name="digest"' not in late and faults(late) == []
    done = client_for(custodian(city, "office")).get(address).get_data(as_text=True)
    assert "本单位的印章已加盖" in done and 'name="digest"' not in done
    person = custodian(city, "finance")
    client = client_for(person)
    assert TITLE in client.get("/documents?tab=stamp").get_data(as_text=True)
    assert TITLE in client.get("/").get_data(as_text=True)
    page = client.get(address).get_data(as_text=True)
    assert f'value="{document.sealed_digest}"' in page and 'name="straddling"' not in page and faults(page) == []
    code = fresh_code(person)
    session.commit()
    stale = client.post(address, data={"digest": document.frozen_digest, "code": code, "act": "agree"})
    assert stale.status_code == 409
    for _ in range(2):
        client.post(address, data={"digest": document.sealed_digest, "code": code, "act": "agree", "confirmed": "yes"})
    session.expire_all()
    request = queries.stamp_request(session, document)
    assert document.state == DocumentState.SEALING and request is not None
    assert (request.place, request.attempt, request.seal.unit_id) == (2, 1, city.units["finance"].id)


def test_a_joint_unit_keeps_the_document_on_record(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = frozen(session, runtime, city)
    for unit in ("office", *JOINT):
        press(session, document, city, unit)
    document.sealed_digest, document.state = document.frozen_digest, DocumentState.SENT  # the stand-in is in the store
    session.commit()
    reader = client_for(city.person("education", Role.DRAFTER))
    assert TITLE in reader.get("/documents?tab=joint").get_data(as_text=True)
    assert TITLE not in reader.get("/documents?tab=all").get_data(as_text=True)
    assert reader.get(f"/documents/{document.id}/file").data == b"%PDF stand-in"
    other = client_for(city.person("east-education", Role.DRAFTER))
    assert other.get(f"/documents/{document.id}/file").status_code == 404


def test_only_the_first_unit_numbers_voids_and_sends(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = at_first(session, runtime, city)
    sign(document, city, *JOINT)
    session.commit()
    number = client_for(city.person("finance", Role.REGISTRAR))
    assert number.post(f"/documents/{document.id}/number", data={"confirmed": "yes"}).status_code == 403
    head = client_for(city.person("finance", Role.LEADER))
    void = {"void-reason": "不发了", "confirmed": "yes"}
    assert head.post(f"/documents/{document.id}/void", data=void).status_code == 403
    assert client_for(city.person("finance", Role.EXCHANGE_CLERK)).get(
        f"/exchange/sending/{document.id}"
    ).status_code in (
        403,
        404,
    )
