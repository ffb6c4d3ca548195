"""Yearly figures, the annual report as PDF, and opinions gathered by questionnaire (M-10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import frozen, today
from portal.core.runtime import Runtime
from portal.disclosure import figures
from portal.disclosure.models import DisclosureReport
from portal.disclosure.request_models import DisclosureSheet, DisclosureSurvey
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City
from tests.disclosure.test_requests import asked, fresh, only
from tests.work import drain

ClientFor = Callable[[Person], FlaskClient]
QUESTIONS = "您对信息公开是否满意？\n( ) 满意\n( ) 不满意\n您常用哪些渠道？\n[ ] 网站\n[ ] 公开栏\n您的建议"
pytestmark = pytest.mark.req("M-10")


def test_the_report_of_a_year(
    session: Session, runtime: Runtime, city: City, app: Flask, client_for: ClientFor
) -> None:
    with frozen(datetime(2026, 3, 2, 2, tzinfo=UTC)) as clock:
        asked(app.test_client(), city)
        clerk = city.person("finance", Role.EXCHANGE_CLERK)
        here = f"/disclosure/requests/{only(session).id}"
        client_for(clerk).post(f"{here}/accept")
        client_for(clerk).post(f"{here}/answer", data={"answer-kind": "given", "answer-text": "见附件"})
        for unit, count in (("finance", 1), ("education", 0), ("office", 1)):  # the office's are the whole city's
            found = figures.of_year(session, city.units[unit], 2026)
            assert (found["received"], found["answered"], found["late"]) == (count, count, 0)
        assert figures.of_year(session, city.units["finance"], 2025)["received"] == 0
        session.commit()
        words = {"year": 2026, "text": "总体平稳。"}
        assert client_for(clerk).post("/disclosure/reports", data=words).status_code == 303
        drain(runtime)
        publish = f"/disclosure/reports/{fresh(session, DisclosureReport).id}/publish"
        clock.at = datetime(2027, 2, 1, 2, tzinfo=UTC)
        # Written while the year ran, it has the figures of a part of it.
        early = client_for(city.person("finance", Role.LEADER)).post(publish)
        assert early.status_code == 409
        assert "2026-03-02" in early.text
        home = client_for(clerk).get("/").text
        assert "2026年度政府信息公开工作年度报告" in home
        assert "is-late" in home
        assert "2026年度" not in client_for(city.person("education", Role.EXCHANGE_CLERK)).get("/").text
        assert client_for(clerk).post("/disclosure/reports", data=words).status_code == 303
        drain(runtime)
        report = fresh(session, DisclosureReport)
        assert report.figures["answers"] == {"given": 1}
        assert app.test_client().get(f"/open/reports/{report.id}/pdf").status_code == 404
        assert client_for(clerk).post(publish).status_code == 403
        assert client_for(city.person("education", Role.LEADER)).post(publish).status_code == 404
        assert client_for(city.person("finance", Role.LEADER)).post(publish).status_code == 303
        assert app.test_client().get(f"/open/reports/{report.id}/pdf").data.startswith(b"%PDF")
        assert "2026年度" not in client_for(clerk).get("/").text


def test_opinions(session: Session, city: City, app: Flask, client_for: ClientFor) -> None:
    clerk = client_for(city.person("finance", Role.EXCHANGE_CLERK))
    days = {"opens_on": today().isoformat(), "closes_on": (today() + timedelta(days=5)).isoformat()}
    wrong = clerk.post("/disclosure/surveys/new", data={"title": "满意度", "questions": "一问\n( ) 只有一项", **days})
    assert wrong.status_code == 422
    assert (
        clerk.post("/disclosure/surveys/new", data={"title": "满意度", "questions": QUESTIONS, **days}).status_code
        == 303
    )
    survey = fresh(session, DisclosureSurvey)
    here, public = f"/disclosure/surveys/{survey.id}", f"/open/surveys/{survey.id}"
    first, second, third = (question.id for question in survey.questions)
    session.commit()
    citizen, other = app.test_client(), app.test_client()
    assert citizen.get(public).status_code == 404
    assert clerk.post(f"{here}/publish").status_code == 403
    assert client_for(city.person("finance", Role.LEADER)).post(f"{here}/publish").status_code == 303
    said = {f"q{first}": "0", f"q{second}": ["0", "1"], f"q{third}": "=多公开"}
    assert citizen.post(public, data={f"q{first}": "7"}).status_code == 422
    assert citizen.post(public, data=said).status_code == 303
    assert citizen.post(public, data=said).status_code == 422  # once a browser
    assert other.post(public, data={f"q{first}": "1"}).status_code == 303
    assert len(session.scalars(select(DisclosureSheet)).all()) == 2
    session.commit()
    assert client_for(city.person("education", Role.EXCHANGE_CLERK)).get(here).status_code == 404
    assert "50%" in clerk.get(here).text
    table = clerk.get(f"{here}/csv").get_data(as_text=True)
    assert "网站；公开栏,'=多公开" in table
    assert clerk.post(f"{here}/close").status_code == 303
    assert other.post(public, data=said).status_code == 422
    assert "50%" in other.get(public).text
