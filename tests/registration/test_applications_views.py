"""Pages of applying and deciding: the way without an account, and who sees what."""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.people import second_factor
from portal.people.models import Person
from portal.people.roles import Role
from portal.registration import applications, applying_views
from portal.registration.application_models import UnitApplication
from portal.registration.applications_content import Content
from portal.units.codes import with_check_character
from portal.units.models import Unit
from portal.web.limits import limiter
from tests.city import City
from tests.content.hostile import picture
from tests.conventions.markup import faults
from tests.registration.joining import CONTENT, bring_all, district_content, entered, filed, submitted
from tests.seals.ceremony import SEED
from tests.work import drain

ClientFor = Callable[[Person], FlaskClient]
GOOD = "材料齐全，同意。"


@pytest.fixture
def outsider(app: Flask) -> FlaskClient:
    """Somebody without an account, reading English so that the tests can be read too."""
    return english(app.test_client())


@pytest.fixture
def reviewer(session: Session, city: City, client_for: ClientFor) -> Callable[[str], FlaskClient]:
    """A client of the office, or of the manager of a district."""

    def make(key: str) -> FlaskClient:
        role = Role.INFORMATION_CENTRE if key == "office" else Role.DISTRICT_MANAGER
        person = city.person(key, role)
        second_factor.keep_seed(person, SEED)
        session.commit()
        return english(client_for(person))

    return make


def english(client: FlaskClient) -> FlaskClient:
    client.set_cookie("language", "en")
    return client


def filled(content: Content = CONTENT, **changes: str) -> dict[str, str]:
    """The form as a browser sends it."""
    data = {item.name: str(getattr(content, item.name)) for item in fields(content) if item.name != "district_id"}
    return {**data, "superior": str(content.district_id or "city"), **changes}


def scan(name: str, evidence: str, width: int) -> dict[str, object]:
    return {"evidence": evidence, "file": (io.BytesIO(picture(size=(width, 8))), name)}


@pytest.mark.req("U-1", "U-2")
def test_the_whole_way_of_a_city_unit(
    outsider: FlaskClient, reviewer: Callable[[str], FlaskClient], runtime: Runtime, session: Session, city: City
) -> None:
    assert "Application to join the exchange" in outsider.get("/registration/apply").text
    answer = outsider.post("/registration/apply", data=filled())
    assert answer.status_code == 303
    home = answer.location
    assert "The form is being made." in outsider.get(home).text
    assert outsider.get(f"{home}/form.pdf").status_code == 404
    drain(runtime)
    page = outsider.get(home).text
    assert "Print the application form" in page and faults(page) == []
    assert outsider.get(f"{home}/form.pdf").data.startswith(b"%PDF")
    early = outsider.post(f"{home}/submit", headers={"Referer": f"http://localhost{home}"})
    assert early.location == home
    assert "have it signed and sealed" in outsider.get(home).text
    for number, (name, evidence) in enumerate((("申请表.png", "signed-form"), ("批文.png", "establishment"))):
        assert outsider.post(f"{home}/files", data=scan(name, evidence, 8 + number)).status_code == 303
    assert "申请表.png" in outsider.get(home).text
    outsider.post(f"{home}/submit")
    assert "The application is with the municipal government office." in outsider.get(home).text
    assert outsider.post(f"{home}/submit").status_code == 409  # the second click changes nothing
    office = reviewer("office")
    listed = office.get("/registration/applications").text
    (address,) = re.findall(r"/registration/applications/\d+(?=\")", listed)
    page = office.get(address).text
    assert faults(page) == [] and "Register the unit" in page
    (shown, *_) = re.findall(rf"{address}/files/\d+", page)
    assert office.get(shown).mimetype == "image/png"
    assert "attachment" in office.get(f"{shown}?keep=1").headers["Content-Disposition"]
    assert office.get(f"{address}/form.pdf").mimetype == "application/pdf"
    refused = office.post(f"{address}/decide", data={"act": "register", "account": CONTENT.admin_account})
    assert refused.status_code == 422 and "The opinion must not be empty." in refused.text
    data = {"act": "register", "opinion": GOOD, "account": CONTENT.admin_account}
    assert office.post(f"{address}/decide", data=data).status_code == 303
    page = office.get(address).text
    assert "The unit is registered" in page and CONTENT.admin_account in page
    again = office.post(f"{address}/decide", data=data, headers={"Referer": f"http://localhost{address}"})
    assert again.status_code == 303 and "already done" in office.get(address).text
    assert "The unit is registered" in outsider.get(home).text
    assert session.scalars(select(Unit.id).where(Unit.name == CONTENT.name)).one()


@pytest.mark.req("U-6")
def test_a_district_sees_its_own_and_the_office_its_filings(
    session: Session, runtime: Runtime, city: City, reviewer: Callable[[str], FlaskClient], client_for: ClientFor
) -> None:
    application = submitted(session, runtime, district_content(city))
    address = f"/registration/applications/{application.id}"
    file = f"{address}/files/{application.files[0].id}"
    east, west, office = reviewer("east"), reviewer("west"), reviewer("office")
    assert application.name in east.get("/").text
    assert application.name not in office.get("/").text
    for part in (address, file, f"{address}/form.pdf"):
        assert west.get(part).status_code == 404
    assert west.post(f"{address}/decide", data={"act": "file", "opinion": GOOD}).status_code == 404
    assert application.name not in west.get("/registration/applications?tab=under-way").text
    assert "Agree and file" not in office.get(address).text
    assert office.post(f"{address}/decide", data={"act": "register", "opinion": GOOD}).status_code == 403
    assert east.post(f"{address}/decide", data={"act": "file", "opinion": GOOD}).status_code == 303
    assert "Agreed by the district" in east.get(address).text
    assert application.name in office.get("/registration/applications?tab=filings").text
    assert application.name in office.get("/").text
    assert office.post(f"{address}/decide", data={"act": "register", "opinion": GOOD}).status_code == 303
    assert english(client_for(city.person("east", Role.UNIT_ADMINISTRATOR))).get(address).status_code == 403


@pytest.mark.req("U-1", "U-2")
def test_the_applicant_reads_the_reason_and_completes(
    session: Session, runtime: Runtime, city: City, outsider: FlaskClient, reviewer: Callable[[str], FlaskClient]
) -> None:
    application, token = entered(session)
    bring_all(runtime, application)
    applications.submit_application(application)
    session.commit()
    home, address = f"/registration/a/{token}", f"/registration/applications/{application.id}"
    office = reviewer("office")
    assert office.post(f"{address}/decide", data={"act": "return", "opinion": ""}).status_code == 422
    office.post(f"{address}/decide", data={"act": "return", "opinion": "编办批文不清晰"})
    page = outsider.get(home).text
    assert "编办批文不清晰" in page and "Change the application" in page
    assert f'value="{CONTENT.name}"' in outsider.get(f"{home}/change").text
    changed = outsider.post(f"{home}/change", data=filled(identity="", address="南澄市新址2号"))
    assert changed.status_code == 303 and "南澄市新址2号" in outsider.get(home).text
    assert outsider.post(f"{home}/withdraw").status_code == 303
    assert "Withdrawn" not in outsider.get(home).text  # the box was not ticked
    outsider.post(f"{home}/withdraw", data={"confirmed": "yes"})
    assert "The application was withdrawn." in outsider.get(home).text
    assert outsider.post(f"{home}/files", data=scan("a.png", "signed-form", 9)).status_code == 409


@pytest.mark.req("U-1")
def test_an_outsider_learns_nothing_of_others(
    outsider: FlaskClient, session: Session, runtime: Runtime, city: City
) -> None:
    page = outsider.get("/registration/apply").text
    shown = [unit.name for unit in city.units.values() if unit.name in page]
    assert shown == ["澄东区人民政府", "澄西区人民政府"]
    taken = outsider.post("/registration/apply", data=filled(name="南澄市财政局", code="1", admin_account="x"))
    assert taken.status_code == 422
    for sentence in ("takes part in the exchange already", "18 digits and capital letters", "by the city"):
        assert sentence in taken.text
    assert 'value="温度计"' in taken.text  # nothing is lost
    assert outsider.post("/registration/apply", data={}).status_code == 422
    assert outsider.get("/registration/a/guessed").status_code == 404
    first, token = entered(session)
    session.commit()
    other = submitted(
        session,
        runtime,
        replace(CONTENT, name="乙局", code=with_check_character("11450000MB3000001"), document_code="乙发"),
    )
    assert outsider.get(f"/registration/a/{token}/files/{other.files[0].id}").status_code == 404
    assert token not in str(session.scalars(select(UnitApplication.token_hash)).all()) and first.id


@pytest.mark.req("U-6")
def test_the_list_costs_few_queries(
    session: Session, runtime: Runtime, city: City, reviewer: Callable[[str], FlaskClient]
) -> None:
    filed(session, runtime, city)
    office = reviewer("office")
    statements: list[str] = []
    event.listen(runtime.engine, "before_cursor_execute", lambda *facts: statements.append(facts[2]))
    assert office.get("/registration/applications?tab=under-way").status_code == 200
    assert sum("unit_application" in statement for statement in statements) <= 3


@pytest.mark.req("U-1")
@pytest.mark.usefixtures("own_app")
def test_too_many_applications_from_one_address_are_stopped(app: Flask, outsider: FlaskClient) -> None:
    limiter.enabled = True
    allowed = int(applying_views.APPLY_RATE.split()[0])
    # One more than allowed, and one that may pass uncounted while the limiter notices that Redis isn't there.
    somewhere = {"REMOTE_ADDR": f"10.0.{secrets.randbelow(256)}.{secrets.randbelow(256)}"}  # counted on its own
    answers = [outsider.post("/registration/apply", data={}, environ_base=somewhere) for _ in range(allowed + 2)]
    limiter.enabled = False
    assert [answer.status_code for answer in answers[:allowed]] == [422] * allowed
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
