"""Pages of applying for seals: every act by its own person, every refusal told, other units see nothing."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.ledger.queries import history
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals.models import SealApplication
from tests.city import City, make_person
from tests.seals.ceremony import approved_application

ClientFor = Callable[[Person], FlaskClient]


def application_form(city: City, **changes: object) -> dict[str, object]:
    """What the finance bureau's administrator sends."""
    form: dict[str, object] = {
        "reason": "首次申领电子印章",
        "custodians": [city.person("finance", Role.SEAL_CUSTODIAN).id],
        "holders": [city.person("finance", Role.VERIFICATION_HOLDER).id],
        "threshold": "1",
    }
    return {**form, **changes}


def file_one(session: Session, city: City, client_for: ClientFor) -> SealApplication:
    """File an application by the page."""
    client = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    answer = client.post("/seals/apply/make", data=application_form(city))
    assert answer.status_code == 303
    return only_application(session)


def only_application(session: Session) -> SealApplication:
    """The application as it is stored, the transaction closed again: SQLite has one writer."""
    application = session.scalars(select(SealApplication).execution_options(populate_existing=True)).one()
    session.commit()
    return application


def state_of(session: Session, application: SealApplication) -> str:
    """Its state as it is stored."""
    session.refresh(application)
    session.commit()
    return application.state


def text_of(client: FlaskClient, address: str) -> str:
    """The page in English."""
    client.set_cookie("language", "en")
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


@pytest.mark.req("S-2", "S-3")
def test_an_application_goes_its_way(session: Session, city: City, client_for: ClientFor) -> None:
    """Unit, head, secretariat, leader: four people, each with an opinion that the page then shows."""
    application = file_one(session, city, client_for)
    page = f"/seals/applications/{application.id}"
    deciders = (
        (city.person("finance", Role.UNIT_HEAD), "agree", "同意申领。", "agreed"),
        (city.person("office", Role.SECRETARIAT), "review", "材料齐全。", "reviewed"),
        (city.person("office", Role.OFFICE_LEADER), "approve", "同意。", "approved"),
    )
    for person, act, opinion, state in deciders:
        client = client_for(person)
        waiting = text_of(client, "/seals/")
        assert "Applications waiting for me" in waiting
        assert page in waiting
        assert "Your decision" in text_of(client, page)
        answer = client.post(f"{page}/decide", data={"act": act, "opinion": opinion})
        assert (answer.status_code, answer.location) == (303, page)
        assert state_of(session, application) == state
        assert opinion in text_of(client, page)
        assert "Your decision" not in text_of(client, page)


@pytest.mark.req("S-3")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": "   "}, "Say why the unit needs its seals."),
        ({"custodians": []}, "Name at least one person of the unit."),
        ({"threshold": "2"}, "As many custodians must act together as are named"),
        ({"threshold": "0"}, "As many custodians must act together as are named"),
    ],
)
def test_a_faulty_application_is_told_and_not_kept(
    session: Session, city: City, client_for: ClientFor, changes: dict[str, object], message: str
) -> None:
    client = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    client.set_cookie("language", "en")
    answer = client.post("/seals/apply/make", data=application_form(city, **changes))
    assert answer.status_code == 422
    assert message in unescape(answer.text)
    assert session.scalars(select(SealApplication)).all() == []


@pytest.mark.req("S-3", "S-6")
def test_only_people_of_the_unit_can_be_named(session: Session, city: City, client_for: ClientFor) -> None:
    """Somebody of another unit can't be smuggled in by a changed form."""
    client = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    stranger = city.person("education", Role.SEAL_CUSTODIAN).id
    assert client.post("/seals/apply/make", data=application_form(city, custodians=[stranger])).status_code == 422
    assert session.scalars(select(SealApplication)).all() == []


def test_a_unit_without_keepers_is_told_whom_to_ask(session: Session, city: City, client_for: ClientFor) -> None:
    for role in (Role.SEAL_CUSTODIAN, Role.VERIFICATION_HOLDER):
        city.person("finance", role).role_rows.clear()
    session.commit()
    page = text_of(client_for(city.person("finance", Role.UNIT_ADMINISTRATOR)), "/seals/apply/make")
    assert "Nobody in your unit is a custodian" in page
    assert "Ask the information centre" in page
    assert "<textarea" not in page


def test_a_second_application_isn_t_offered(session: Session, city: City, client_for: ClientFor) -> None:
    application = file_one(session, city, client_for)
    client = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    assert f"/seals/applications/{application.id}" in text_of(client, "/seals/apply/make")
    assert "/seals/apply/make" not in text_of(client, "/seals/apply")
    client.post("/seals/apply/make", data=application_form(city))
    assert len(session.scalars(select(SealApplication)).all()) == 1


@pytest.mark.req("S-3")
def test_an_empty_opinion_changes_nothing(session: Session, city: City, client_for: ClientFor) -> None:
    """Neither agreeing nor refusing nor withdrawing goes without words."""
    application = file_one(session, city, client_for)
    page = f"/seals/applications/{application.id}"
    head = client_for(city.person("finance", Role.UNIT_HEAD))
    applicant = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    for client, address, data in (
        (head, f"{page}/decide", {"act": "agree", "opinion": " "}),
        (head, f"{page}/decide", {"act": "refuse", "opinion": ""}),
        (applicant, f"{page}/withdraw", {"withdrawal-opinion": ""}),
    ):
        client.set_cookie("language", "en")
        answer = client.post(address, data=data)
        assert answer.status_code == 422
        assert "The opinion must not be empty." in answer.text
        assert state_of(session, application) == "applied"
    assert [event.kind for event in history(session, "seal-application", application.id)] == ["seal-application.filed"]


@pytest.mark.req("S-3")
def test_refusing_ends_the_application_with_its_reason(session: Session, city: City, client_for: ClientFor) -> None:
    application = file_one(session, city, client_for)
    page = f"/seals/applications/{application.id}"
    client = client_for(city.person("finance", Role.UNIT_HEAD))
    client.post(f"{page}/decide", data={"act": "refuse", "opinion": "保管人员待定，暂缓。"})
    assert state_of(session, application) == "refused"
    shown = text_of(client_for(city.person("finance", Role.UNIT_ADMINISTRATOR)), page)
    assert "保管人员待定，暂缓。" in shown
    assert "Refused" in shown


def test_the_applicant_takes_it_back(session: Session, city: City, client_for: ClientFor) -> None:
    application = file_one(session, city, client_for)
    client = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    page = f"/seals/applications/{application.id}"
    client.post(f"{page}/withdraw", data={"withdrawal-opinion": "名称即将变更。"})
    assert state_of(session, application) == "withdrawn"
    assert "Withdraw this application?" not in text_of(client, page)


@pytest.mark.req("S-3")
def test_a_step_is_only_for_its_own_person(session: Session, city: City, client_for: ClientFor) -> None:
    """Roles that don't decide are kept out; a role whose turn it isn't is refused; a double click changes nothing."""
    application = file_one(session, city, client_for)
    address = f"/seals/applications/{application.id}/decide"
    data = {"act": "agree", "opinion": "同意"}
    for unit, role in (("finance", Role.SEAL_CUSTODIAN), ("office", Role.SECRECY_OFFICE), ("office", Role.SECRETARIAT)):
        assert client_for(city.person(unit, role)).post(address, data=data).status_code == 403
    head = client_for(city.person("finance", Role.UNIT_HEAD))
    assert head.post(address, data={"act": "fulfil", "opinion": "同意"}).status_code == 400
    assert head.post(address, data=data).status_code == 303
    assert head.post(address, data=data).status_code == 409
    assert state_of(session, application) == "agreed"
    assert len(application.approvals) == 1


@pytest.mark.req("S-3")
def test_nobody_decides_what_they_applied_for(session: Session, city: City, client_for: ClientFor) -> None:
    """An applicant who is also the head is told that somebody else must decide."""
    both = make_person(session, city.units["finance"], Role.UNIT_ADMINISTRATOR, Role.UNIT_HEAD, account="both-roles")
    session.commit()
    client = client_for(both)
    assert client.post("/seals/apply/make", data=application_form(city)).status_code == 303
    application = only_application(session)
    page = f"/seals/applications/{application.id}"
    assert "Somebody else with this role must decide" in text_of(client, page)
    assert client.post(f"{page}/decide", data={"act": "agree", "opinion": "同意"}).status_code == 409
    assert state_of(session, application) == "applied"


def test_other_units_see_nothing(session: Session, city: City, client_for: ClientFor) -> None:
    """A page that isn't one's own answers as if it didn't exist."""
    application = file_one(session, city, client_for)
    client = client_for(city.person("education", Role.UNIT_HEAD))
    page = f"/seals/applications/{application.id}"
    for address in (page, f"{page}/signature.svg"):
        assert client.get(address).status_code == 404
    assert client.post(f"{page}/decide", data={"act": "agree", "opinion": "同意"}).status_code == 404
    assert application.face_text not in text_of(client, "/seals/applications")
    assert client_for(city.person("finance", Role.DRAFTER)).get(page).status_code == 403


def test_the_office_finds_applications_by_unit_and_state(session: Session, city: City, client_for: ClientFor) -> None:
    file_one(session, city, client_for)
    approved_application(session, city, "education")
    session.commit()
    client = client_for(city.person("office", Role.SECRETARIAT))
    finance, education = (f"/seals/applications/{number}" for number in (1, 2))
    everything = text_of(client, "/seals/applications")
    assert finance in everything
    assert education in everything
    approved = text_of(client, "/seals/applications?state=approved")
    assert education in approved
    assert f'href="{finance}"' not in approved
    by_unit = text_of(client, f"/seals/applications?unit={city.units['finance'].id}")
    assert f'href="{education}"' not in by_unit
    assert "No application matches." in text_of(client, "/seals/applications?state=withdrawn")


@pytest.mark.req("S-2")
def test_faces_are_drawn_true_to_size(session: Session, city: City, client_for: ClientFor) -> None:
    """The preview before applying is the picture of the application."""
    application = file_one(session, city, client_for)
    client = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    for seal_class in ("signature", "verification"):
        before = client.get(f"/seals/apply/{seal_class}.svg")
        assert before.mimetype == "image/svg+xml"
        assert 'width="42mm" height="42mm"' in before.text
        assert client.get(f"/seals/applications/{application.id}/{seal_class}.svg").data == before.data
    assert client.get("/seals/apply/other.svg").status_code == 404


@pytest.mark.req("S-2")
def test_the_sample_sheet_shows_both_faces_beside_a_ruler(
    session: Session, city: City, client_for: Callable[[Person], FlaskClient]
) -> None:
    applicant = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    page = applicant.get("/seals/apply/faces").text
    assert page.count('class="ruler"') == 2 and 'width="46mm"' in page
    assert page.count("42 mm") >= 2 and "/seals/apply/verification.svg" in page
    stranger = client_for(city.person("education", Role.UNIT_ADMINISTRATOR))
    filed = approved_application(session, city, "finance")
    session.commit()
    address = f"/seals/applications/{filed.id}/faces"
    assert f"/seals/applications/{filed.id}/signature.svg" in applicant.get(address).text
    assert stranger.get(address).status_code == 404
