"""Requests for disclosure: first asked, in time, answered by the law's kinds; nobody else reads who asks (M-10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import frozen, now
from portal.core.runtime import Runtime
from portal.disclosure.lifecycle import RequestState as S
from portal.disclosure.limits import due_after
from portal.disclosure.request_models import DisclosureComplaint, DisclosureRequest
from portal.people.models import Person
from portal.people.roles import Role
from portal.scheduler import forget_disclosure_applicants
from tests.city import City
from tests.work import drain

ClientFor = Callable[[Person], FlaskClient]
ModelT = TypeVar("ModelT")
WHO = {"kind": "citizen", "name": "林晓岚", "phone": "13800001111", "identity": "4599X"}
pytestmark = pytest.mark.req("M-10")


def asked(everybody: FlaskClient, city: City, **more: object) -> str:
    """A request of the public to the finance bureau; the address of its receipt."""
    data = {**WHO, "unit": city.units["finance"].id, "wanted": "2025年城区道路养护支出明细", "way": "page", **more}
    answer = everybody.post("/open/requests/new", data=data)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def fresh(session: Session, model: type[ModelT]) -> ModelT:
    """The one row there is, as it stands now; the session holds no lock afterwards."""
    found = session.scalars(select(model).execution_options(populate_existing=True)).one()
    session.commit()
    return found


def only(session: Session) -> DisclosureRequest:
    return fresh(session, DisclosureRequest)


def test_asked_first_answers(session: Session, city: City, app: Flask, client_for: ClientFor) -> None:
    everybody = app.test_client()
    receipt = asked(everybody, city, key="k1")
    assert everybody.post("/open/requests/new", data={**WHO, "key": "k1", "unit": city.units["finance"].id,
        "wanted": "x", "way": "page"}).status_code == 409  # fmt: skip
    request = only(session)
    assert request.due_at == due_after(request.received_at, 20)
    assert "林晓岚" not in str(request.personal)
    first, second = city.person("finance", Role.EXCHANGE_CLERK), city.person("finance", Role.HANDLER)
    theirs, others = client_for(first), client_for(second)
    here = f"/disclosure/requests/{request.id}"
    assert "2025年城区道路养护支出明细" in theirs.get("/").text
    assert "林晓岚" in theirs.get(here).text
    for stranger in (city.person("education", Role.EXCHANGE_CLERK), city.person("office", Role.SECRETARIAT)):
        assert client_for(stranger).get(here).status_code == 404
        assert client_for(stranger).post(f"{here}/accept").status_code == 404
        assert "2025年城区道路" not in client_for(stranger).get("/disclosure/requests").text
    assert client_for(city.person("finance", Role.DRAFTER)).get(here).status_code == 403
    assert theirs.post(f"{here}/accept").status_code == 303
    assert others.post(f"{here}/accept").status_code == 409
    assert first.name in everybody.get(receipt).text
    answer = {"answer-kind": "refused", "answer-text": "不予公开。"}
    assert others.post(f"{here}/answer", data=answer).status_code == 403
    assert theirs.post(f"{here}/answer", data=answer).status_code == 422  # no legal basis
    moved = {"hand-over-to": second.id, "hand-over-reason": "业务归口"}
    assert theirs.post(f"{here}/hand-over", data=moved).status_code == 303
    assert theirs.post(f"{here}/answer", data={**answer, "answer-basis": "条例第十六条"}).status_code == 403
    assert others.post(f"{here}/answer", data={**answer, "answer-basis": "条例第十六条"}).status_code == 303
    request = only(session)
    assert (request.state, request.first_id, request.responsible_id) == (S.DELIVERED, first.id, second.id)
    page = everybody.get(receipt).text
    assert "条例第十六条" in page
    assert "不予公开。" in page


def test_correction_extension_and_neglect(session: Session, city: City, app: Flask, client_for: ClientFor) -> None:
    with frozen(now()) as clock:
        everybody = app.test_client()
        receipt = asked(everybody, city, way="post", address="府前路2号")
        clerk, head = city.person("finance", Role.EXCHANGE_CLERK), city.person("finance", Role.OFFICE_HEAD)
        here = f"/disclosure/requests/{only(session).id}"
        client = client_for(clerk)
        client.post(f"{here}/accept")
        assert client.post(f"{here}/ask-correction", data={"ask-correction-reason": "请明确路段"}).status_code == 303
        assert "请明确路段" in everybody.get(receipt).text
        clock.advance(timedelta(days=3))
        assert everybody.post(f"{receipt}/correct", data={"text": "人民路"}).status_code == 303
        request = only(session)
        assert request.due_at == due_after(now(), 20)
        again = client_for(clerk).post(f"{here}/ask-correction", data={"ask-correction-reason": "再明确"})
        assert again.status_code == 422  # once only
        more = {"extend-days": 21, "extend-reason": "需征求第三方意见"}
        assert client_for(clerk).post(f"{here}/extend", data=more).status_code == 422
        assert client_for(clerk).post(f"{here}/extend", data={**more, "extend-days": 10}).status_code == 303
        leading = client_for(head)
        assert "2025年城区道路养护支出明细" in leading.get("/").text
        assert client_for(clerk).post(f"{here}/consent").status_code == 403
        assert leading.post(f"{here}/consent").status_code == 303
        assert leading.post(f"{here}/consent").status_code == 409
        assert only(session).due_at == due_after(due_after(now(), 20), 10)
        assert "需征求第三方意见" in everybody.get(receipt).text
        clock.at = only(session).due_at + timedelta(minutes=1)
        # Late: before the eyes of the clerk, the head and the applicant; the office sees the number.
        for person in (clerk, head):
            assert "is-late" in client_for(person).get("/").text
        assert "is-late" in client_for(clerk).get("/disclosure/requests").text
        assert "投诉" in everybody.get(receipt).text
        assert "财政局" in client_for(city.person("office", Role.SECRETARIAT)).get("/disclosure/requests").text


def test_counter_delivery_and_forgetting(
    session: Session, runtime: Runtime, city: City, app: Flask, client_for: ClientFor
) -> None:
    clerk = client_for(city.person("finance", Role.EXCHANGE_CLERK))
    data = {**WHO, "wanted": "收费标准", "way": "counter", "unit": city.units["finance"].id}
    page = clerk.post("/disclosure/requests/new", data=data)
    assert "/open/r/" in page.text
    request = only(session)
    assert (request.state, request.first_id) == (S.IN_HAND, city.person("finance", Role.EXCHANGE_CLERK).id)
    here = f"/disclosure/requests/{request.id}"
    assert clerk.post(f"{here}/answer", data={"answer-kind": "given", "answer-text": "见附件"}).status_code == 303
    assert only(session).state == S.ANSWERED
    assert clerk.post(f"{here}/deliver", data={"deliver-way": "counter", "deliver-note": "本人领取"}).status_code == 303
    request = only(session)
    assert request.personal_until is not None
    request.personal_until -= timedelta(days=800)
    forget_disclosure_applicants(session)
    session.commit()
    drain(runtime)
    assert only(session).personal is None
    assert "林晓岚" not in clerk.get(here).text


@pytest.mark.parametrize("wrong", [{"wanted": ""}, {"wanted": "机密★1年\n内容"}, {"way": "email"}, {"name": ""}])
def test_what_is_refused(session: Session, city: City, app: Flask, wrong: dict[str, str]) -> None:
    data = {**WHO, "unit": city.units["finance"].id, "wanted": "支出明细", "way": "page", **wrong}
    assert app.test_client().post("/open/requests/new", data=data).status_code == 422
    assert session.scalars(select(DisclosureRequest)).all() == []


def test_complaints_are_the_offices(session: Session, city: City, app: Flask, client_for: ClientFor) -> None:
    everybody = app.test_client()
    data = {**WHO, "unit": city.units["finance"].id, "text": "逾期没有答复我的申请"}
    link = everybody.post("/open/complaints/new", data=data).location
    made = fresh(session, DisclosureComplaint)
    office = client_for(city.person("office", Role.SECRETARIAT))
    here = f"/disclosure/complaints/{made.id}"
    assert "逾期没有答复" in office.get("/").text
    assert client_for(city.person("finance", Role.EXCHANGE_CLERK)).get(here).status_code == 403
    assert office.post(here, data={"text": "属实"}).status_code == 422
    assert office.post(here, data={"text": "已责令限期答复", "justified": "yes"}).status_code == 303
    assert "已责令限期答复" in everybody.get(link).text
