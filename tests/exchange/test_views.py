"""Pages of the exchange: who sees what, what two clicks do, what a page says when something is refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.documents.models import Attachment
from portal.exchange import operations
from portal.exchange.models import Copy, Delivery
from portal.people import second_factor
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City, make_person
from tests.exchange.travelling import clerk, delivery_to, holder, quick_checked, quick_sealed, quick_sent
from tests.seals.ceremony import SEED

ClientFor = Callable[[Person], FlaskClient]


def english(client: FlaskClient) -> FlaskClient:
    """A client that reads English, so that the tests can be read too."""
    client.set_cookie("language", "en")
    return client


def with_factor(session: Session, person: Person) -> Person:
    """A person whose second factor is set up, as their role demands."""
    second_factor.keep_seed(person, SEED)
    session.commit()
    return person


@pytest.mark.req("X-1", "X-2", "X-3")
def test_the_send_page_tells_the_day_and_sends_once(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    document = quick_sealed(session, runtime, city)
    address, quota = f"/sending/{document.id}", {f"quota-{document.recipients[0].id}": "9"}
    session.commit()
    client = english(client_for(clerk(city)))
    page = client.get(address).text
    assert "it counts as the exchange of" in page
    assert page.count("<h1") == 1
    assert client.post(address, data=quota).location == f"/sent/{document.id}"
    again = client.post(address, data=quota, headers={"Referer": "http://localhost/sent"})
    assert (again.status_code, again.location) == (303, "/sent")
    assert "already sent" in client.get("/sent").text
    session.expire_all()
    quotas = session.scalars(select(Delivery.print_quota).order_by(Delivery.id)).all()
    assert quotas == [9, 2, 1]
    assert client.get(address).location == f"/sent/{document.id}"


@pytest.mark.parametrize("quota", ["-1", "abc", "1000", "٣"])
def test_a_wrong_quota_is_told_and_nothing_is_sent(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor, quota: str
) -> None:
    document = quick_sealed(session, runtime, city)
    name = f"quota-{document.recipients[0].id}"
    session.commit()
    client = english(client_for(clerk(city)))
    answer = client.post(f"/sending/{document.id}", data={name: quota})
    assert answer.status_code == 422
    assert "must be between 0 and 999" in answer.text
    assert session.scalars(select(Delivery)).all() == []


def test_the_inbox_lists_filters_and_selects(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    first = quick_sent(session, runtime, city)
    second = quick_sent(session, runtime, city, title="南澄市人民政府办公室关于开展春季植树活动的通知")
    operations.urge(delivery_to(session, first, city), clerk(city))
    session.commit()
    client = english(client_for(clerk(city, "finance")))
    page = client.get("/inbox").text
    assert page.index(second.title) < page.index(first.title), "newest first"
    assert "urged by the sender" in page
    assert second.title not in client.get("/inbox?text=供暖").text.split('id="side"')[0]
    assert first.title in client.get(f"/inbox?text={first.number}").text
    assert "No document fits" in client.get("/inbox?kind=letter").text
    older = delivery_to(session, first, city)
    chosen = client.get(f"/inbox?selected={older.id}").text.split('id="side"')[1]
    assert first.title in chosen
    assert "Reminded" in chosen


def test_the_inbox_pages_by_keyset(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    for _ in range(21):
        quick_sent(session, runtime, city)
    session.commit()
    client = client_for(clerk(city, "finance"))
    page = client.get("/inbox").text
    assert page.count('class="row-title"') == 20
    found = re.search(r'href="([^"]*before=\d+[^"]*)" rel="next"', page)
    assert found is not None
    older = client.get(found[1].replace("&amp;", "&")).text
    assert older.count('class="row-title"') == 1


def test_nothing_of_the_content_shows_before_opening(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    delivery = delivery_to(session, quick_sent(session, runtime, city), city)
    session.commit()
    client = english(client_for(clerk(city, "finance")))
    address = f"/inbox/{delivery.id}"
    assert "has not been opened yet" in client.get(address).text
    assert client.get(f"{address}/pages/1").status_code == 404
    assert client.post(f"{address}/open").location == address
    page = client.get(address).text
    assert "being checked" in page
    assert 'hx-trigger="every 1s"' in page
    assert "Compared, all right" not in page


def test_a_return_without_reason_is_told_at_its_field(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    delivery = quick_checked(session, runtime, city)
    session.commit()
    client = english(client_for(clerk(city, "finance")))
    answer = client.post(f"/inbox/{delivery.id}/return", data={"reason": "  "})
    assert answer.status_code == 422
    assert 'href="#reason"' in answer.text
    assert client.post(f"/inbox/{delivery.id}/return", data={"reason": "主送有误"}).status_code == 303
    watch = english(client_for(clerk(city))).get(f"/sent/{delivery.document_id}").text
    assert "主送有误" in watch


@pytest.mark.req("X-5")
def test_two_clicks_on_print_lead_to_one_copy(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    delivery = quick_checked(session, runtime, city)
    client = english(client_for(with_factor(session, holder(city))))
    key = {"request_key": str(uuid4())}
    first, second = (client.post(f"/inbox/{delivery.id}/print", data=key) for _ in range(2))
    copy = session.scalars(select(Copy)).one()
    assert first.location == second.location == f"/inbox/{delivery.id}/copies/{copy.id}"
    assert "signs the code" in client.get(first.location or "").text
    assert client.get(f"{first.location}/file").status_code == 404, "there is no file yet"


@pytest.mark.req("X-6")
def test_the_download_page_says_what_it_is(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    delivery = quick_checked(session, runtime, city)
    session.commit()
    client = english(client_for(clerk(city, "finance")))
    assert "ranks as a photocopy" in client.get(f"/inbox/{delivery.id}/download").text
    answer = client.post(f"/inbox/{delivery.id}/download", data={"request_key": str(uuid4())})
    assert "being made" in client.get(answer.location or "").text


@pytest.mark.req("X-6", "X-7")
def test_an_attachment_is_taken_by_a_button_never_by_a_link(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    """Taking one is the reception: a browser that fetches ahead or a link from elsewhere must not receive."""
    delivery = quick_checked(session, runtime, city)
    stored = runtime.store.put(io.BytesIO("清单".encode()))
    document = delivery.document
    item = Attachment(
        position=1,
        name="清单.txt",
        media_type="text/plain",
        size=stored.size,
        digest=stored.digest,
        text_excerpt="清单",
        added_at=now(),
    )
    document.attachments.append(item)
    session.commit()
    client = english(client_for(clerk(city, "finance")))
    address = f"/inbox/{delivery.id}/attachments/{item.id}"
    page = client.get(f"/inbox/{delivery.id}").text
    assert f'<form method="post" action="{address}">' in page and f'href="{address}"' not in page
    assert client.get(address).status_code == 405
    session.refresh(delivery)
    assert delivery.state == "checked"
    session.commit()
    answer = client.post(address)
    assert (answer.status_code, answer.data.decode()) == (200, "清单")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    session.refresh(delivery)
    assert (delivery.state, delivery.received_how) == ("received", "download")


@pytest.mark.req("X-8", "X-9")
def test_the_sender_watches_and_answers(session: Session, runtime: Runtime, city: City, client_for: ClientFor) -> None:
    delivery = quick_checked(session, runtime, city)
    operations.ask_more(delivery, holder(city), 3, "分送各科室")
    session.commit()
    client = english(client_for(clerk(city)))
    watch = client.get(f"/sent/{delivery.document_id}").text
    assert "received 0 of 3" in watch
    assert "分送各科室" in watch
    page = client.get(f"/sent/deliveries/{delivery.id}").text
    grant = re.search(r'action="(/sent/requests/\d+/grant)"', page)
    assert grant is not None
    assert client.post(grant[1], data={"granted": "2"}).status_code == 303
    session.refresh(delivery)
    assert delivery.print_quota == 4
    assert "0 / 3" in client.get("/sent").text


RECIPIENT_GETS = ("", "/pages/1", "/download", "/copies/{copy}", "/copies/{copy}/file")
RECIPIENT_POSTS = (
    *("/open", "/check", "/confirm", "/return", "/more", "/print", "/download"),
    *("/copies/{copy}/retry", "/attachments/1"),
)


def test_another_units_people_find_nothing(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    """Every route of a delivery answers 404, as if there were none, to a unit it wasn't sent to."""
    delivery = quick_checked(session, runtime, city)
    copy = operations.ask_download(delivery, clerk(city, "finance"), str(uuid4()))
    asked = operations.ask_more(delivery, holder(city), 1, "分送各科室")
    everything = (Role.EXCHANGE_CLERK, Role.VERIFICATION_HOLDER)
    stranger = make_person(session, city.units["education"], *everything, account="stranger")
    client = client_for(with_factor(session, stranger))
    data = {"request_key": str(uuid4()), "reason": "x", "wanted": "1", "granted": "1", "recall-reason": "x"}
    base = f"/inbox/{delivery.id}"
    for path in RECIPIENT_GETS:
        assert client.get(base + path.format(copy=copy.id)).status_code == 404, path
    for path in RECIPIENT_POSTS:
        assert client.post(base + path.format(copy=copy.id), data=data).status_code == 404, path
    assert client.get(f"/inbox?selected={delivery.id}").status_code == 404
    document_id = delivery.document_id
    for path in (f"/sent/{document_id}", f"/sent/deliveries/{delivery.id}", f"/sending/{document_id}"):
        assert client.get(path).status_code == 404, path
    for path in ("urge", "recall"):
        assert client.post(f"/sent/deliveries/{delivery.id}/{path}", data=data).status_code == 404, path
    for path in ("grant", "refuse"):
        answer = client.post(f"/sent/requests/{asked.id}/{path}", data=data | {"refuse-reason": "x"})
        assert answer.status_code == 404, path


def test_people_without_the_role_are_refused(
    session: Session, runtime: Runtime, city: City, client_for: ClientFor
) -> None:
    delivery = quick_checked(session, runtime, city)
    session.commit()
    reader = client_for(city.person("finance", Role.HANDLER))
    assert reader.get(f"/inbox/{delivery.id}").status_code == 200
    for path in ("open", "confirm", "return", "print", "download", "more"):
        assert reader.post(f"/inbox/{delivery.id}/{path}").status_code == 403, path
    assert client_for(city.person("finance", Role.DRAFTER)).get("/inbox").status_code == 403


def test_verification_is_public_and_says_no_plainly(app: Flask, session: Session, city: City) -> None:
    client = english(app.test_client())
    assert client.get("/verify").status_code == 200
    for code, words in (
        ("nonsense", "This isn't the code of a copy"),
        ("K7PM-3XQ9-VT2D", "No copy with this number is in the register."),
    ):
        assert words in client.post("/verify", data={"code": code}).text
    assert "This isn't the code" in client.get("/v/AAAA").text
    assert client.post("/verify", data={"code": ""}).status_code == 422
    assert client.get("/verify/result/unknown").status_code == 404


def test_what_is_no_pdf_is_not_taken_in(app: Flask, runtime: Runtime, session: Session, city: City) -> None:
    client = english(app.test_client())
    answer = client.post("/verify/file", data={"file": (io.BytesIO(b"<html>"), "a.pdf")})
    assert answer.status_code == 422
    assert "This isn&#39;t a PDF file." in answer.text
    folder = runtime.settings.store_dir / "verification"
    assert list(folder.iterdir()) == []
    taken = client.post("/verify/file", data={"file": (io.BytesIO(b"%PDF-1.7 not really"), "a.pdf")})
    assert "being judged" in client.get(taken.location or "").text
