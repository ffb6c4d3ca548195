"""The pages of changes of units, walked through as the people concerned do (U-3, U-4, U-5)."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.registration.change_models import UnitChange
from tests.city import City
from tests.conventions.markup import faults
from tests.documents.making import issued
from tests.documents.sealing import give_seal
from tests.exchange.travelling import delivery_to, quick_sent
from tests.registration.changing import NEW_NAME, dissolve_wish, done, merge_wish, rename_wish, reviewed

ClientFor = Callable[[Person], FlaskClient]
AT = "/registration/changes/"


@pytest.fixture(autouse=True)
def everybody_is_ready(session: Session, city: City) -> None:
    """Nobody is sent to set up a second factor."""
    session.execute(update(Person).values(totp_seed=b"set up"))
    session.commit()


def newest(session: Session) -> int:
    """The id of the case filed last; nothing is kept locked for it."""
    found = session.scalar(select(func.max(UnitChange.id))) or 0
    session.commit()
    return found


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    html = answer.get_data(as_text=True)
    assert faults(html) == []
    return html


@pytest.mark.req("U-3")
def test_a_rename_from_application_to_result(session: Session, city: City, client_for: ClientFor) -> None:
    wish = rename_wish(city)
    administrator = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    page(administrator, AT + "new/rename")
    fields = {
        "name": wish.name,
        "short_name": wish.short_name,
        "red_head": wish.red_head,
        "document_code": wish.document_code,
        "administrator": wish.administrator_id,
        "staying": list(wish.staying),
    }
    assert administrator.post(AT + "new/rename", data=fields).status_code == 422
    without = administrator.post(AT + "new/rename", data={**fields, "reason": "机构改革"})
    assert without.status_code == 422
    letter = (io.BytesIO("市委编办批复".encode()), "批复.txt")
    answer = administrator.post(AT + "new/rename", data={**fields, "reason": "机构改革", "letter": letter})
    assert answer.status_code == 303
    case = f"{AT}{newest(session)}"
    assert NEW_NAME in page(administrator, case)
    assert administrator.get(case + "/letter").data == "市委编办批复".encode()
    assert client_for(city.person("education", Role.UNIT_ADMINISTRATOR)).get(case).status_code == 404
    head = client_for(city.person("finance", Role.UNIT_HEAD))
    page(head, case)
    assert head.post(case + "/decide", data={"act": "agree", "opinion": ""}).status_code == 422
    assert head.post(case + "/decide", data={"act": "agree", "opinion": "同意"}).status_code == 303
    assert head.post(case + "/carry-out", data={"confirmed": "yes"}).status_code == 403
    office = client_for(city.person("office", Role.INFORMATION_CENTRE))
    assert office.post(case + "/decide", data={"act": "review", "opinion": "同意"}).status_code == 303
    assert "确认数字" in page(office, case)
    assert office.post(case + "/carry-out", data={"confirmed": "yes"}).status_code == 409
    assert office.post(case + "/confirm", data={"receiver": "0"}).status_code == 303
    page(office, case)
    assert office.post(case + "/carry-out", data={}).status_code == 409
    assert office.post(case + "/carry-out", data={"confirmed": "yes"}).status_code == 303
    assert "办理结果" in page(office, case)
    assert NEW_NAME in page(head, "/")
    assert "单位更名" in page(office, AT)


@pytest.mark.req("U-4", "U-5")
@pytest.mark.parametrize("kind", ["dissolve", "merge"])
def test_the_other_kinds_are_filed(session: Session, city: City, client_for: ClientFor, kind: str) -> None:
    administrator = client_for(city.person("finance", Role.UNIT_ADMINISTRATOR))
    page(administrator, f"{AT}new/{kind}")
    finance, west = city.units["finance"].id, city.units["west"].id
    fields: dict[str, object] = {"reason": "机构改革", "heir": west}
    if kind == "merge":
        fields |= {"merge_form": "kept", "going": [finance]}
    answer = administrator.post(f"{AT}new/{kind}", data=fields)
    assert answer.status_code == 303
    case = f"{AT}{newest(session)}"
    page(administrator, case)
    if kind == "dissolve":
        assert administrator.post(case + "/instruction", data={}).status_code == 422
        chosen = {"instruction-disposal": "hand-over", "instruction-heir": west}
        assert administrator.post(case + "/instruction", data=chosen).status_code == 303
    else:
        assert administrator.post(case + "/people", data={"people-staying": []}).status_code == 303
    page(client_for(city.person("west", Role.UNIT_HEAD)), case)
    assert administrator.post(case + "/withdraw", data={"withdrawal-opinion": ""}).status_code == 422
    assert administrator.post(case + "/withdraw", data={"withdrawal-opinion": "暂缓"}).status_code == 303


@pytest.mark.req("U-4")
def test_the_secrecy_office_takes_a_seal_back(session: Session, city: City, client_for: ClientFor) -> None:
    seal = give_seal(session, city.units["finance"], city.person("finance", Role.SEAL_CUSTODIAN))
    session.commit()
    address = f"/seals/{seal.id}/take-back"
    assert client_for(city.person("finance", Role.UNIT_HEAD)).post(address, data={"back-note": "x"}).status_code == 403
    secrecy = client_for(city.person("office", Role.SECRECY_OFFICE))
    assert secrecy.post(address, data={"back-note": "UKey"}).status_code == 303
    session.refresh(seal)
    assert seal.returned_at is not None


@pytest.mark.req("U-4")
def test_blocking_rows_are_shown(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    give_seal(session, city.units["finance"], city.person("finance", Role.SEAL_CUSTODIAN))
    change = reviewed(session, runtime, city, dissolve_wish(city))
    session.commit()
    office = client_for(city.person("office", Role.INFORMATION_CENTRE))
    assert "尚未交回的印章" in page(office, f"{AT}{change.id}")
    assert office.post(f"{AT}{change.id}/confirm", data={"receiver": "0"}).status_code == 409


@pytest.mark.req("U-3")
def test_pages_show_the_name_of_the_day(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    old = delivery_to(session, quick_sent(session, runtime, city), city, "education")
    name = "南澄市人民政府办公室"
    from portal.seals import operations as seals
    from portal.seals.queries import live_seals

    for seal in live_seals(session, city.units["office"].id):
        seals.take_back(seal, city.person("office", Role.SECRECY_OFFICE), "UKey")
    done(session, runtime, city, rename_wish(city, "office"), "office")
    new = delivery_to(session, quick_sent(session, runtime, city), city, "education")
    session.commit()
    clerk = client_for(city.person("education", Role.EXCHANGE_CLERK))
    assert name in page(clerk, f"/inbox/{old.id}")
    assert NEW_NAME in page(clerk, f"/inbox/{new.id}")


@pytest.mark.req("U-5")
def test_the_heir_finds_what_was_on_its_way(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    done(session, runtime, city, merge_wish(city, "west", "finance"))
    session.commit()
    clerk = client_for(city.person("west", Role.EXCHANGE_CLERK))
    assert "原收文单位：南澄市财政局" in page(clerk, "/inbox")
    sender = client_for(city.person("office", Role.EXCHANGE_CLERK))
    assert "现由澄西区人民政府承接" in page(sender, f"/sent/{delivery.document_id}")


@pytest.mark.req("U-4")
def test_a_leader_voids_a_document(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    document = issued(session, runtime, city)
    session.commit()
    address = f"/documents/{document.id}"
    leader = client_for(city.person("office", Role.UNIT_HEAD))
    assert "作废" in page(leader, address)
    assert leader.post(address + "/void", data={"void-reason": ""}).status_code == 422
    assert leader.post(address + "/void", data={"void-reason": "重复印发"}).status_code == 303
    assert "重复印发" in page(client_for(city.person("office", Role.REGISTRAR)), address)


@pytest.mark.req("U-4")
def test_the_people_of_a_dissolved_unit_are_told(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    head = client_for(city.person("finance", Role.UNIT_HEAD))
    done(session, runtime, city, dissolve_wish(city))
    session.commit()
    assert head.get("/").status_code == 303
    assert "您所在单位已合并或者撤销" in page(head, "/login")
