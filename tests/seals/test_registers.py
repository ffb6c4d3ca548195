"""Use books, the register, lives, rules of units: found by filters, printed, exported (S-10, S-12, S-13)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.errors import AlreadyDone, Denied, Refused
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import carriers, losses, operations, register, unit_rules
from portal.seals.consent import Consent
from portal.seals.evidence import Brought
from portal.seals.life import life_of
from portal.seals.use_models import StampApproval
from tests.city import City
from tests.seals.filing import both_seals
from tests.seals.pki import Authority
from tests.seals.samples import frozen_bytes
from tests.seals.test_unusual import MORNING, stamped
from tests.work import drain

ClientFor = Callable[[Person], FlaskClient]


def page_of(client: FlaskClient, address: str) -> str:
    client.set_cookie("language", "en")
    answer = client.get(address)
    assert answer.status_code == 200, address
    return unescape(answer.text)


@pytest.mark.req("S-10")
def test_the_use_book_is_filtered_and_exported(
    session: Session, city: City, runtime: Runtime, client_for: ClientFor
) -> None:
    """By day, person and words; a file holds what the filters let through, with the consents."""
    seal, _ = both_seals(session, city)
    custodian = city.person("finance", Role.SEAL_CUSTODIAN)
    for place in range(3):
        request = stamped(session, seal, custodian, MORNING + timedelta(days=place), place + 1)
        at = request.asked_at
        session.add(StampApproval(request_id=request.id, person=custodian, digest=request.digest, factor="totp", at=at))
    session.commit()
    client, book = client_for(city.person("finance", Role.UNIT_HEAD)), f"/seals/{seal.id}/uses"
    whole = page_of(client, book)
    assert all(f"通知第{number}件" in whole for number in (1, 2, 3))
    assert "通知第1件" not in page_of(client, f"{book}?since=2026-11-26")
    assert "通知第3件" not in page_of(client, f"{book}?until=2026-11-26")
    assert "No use matches." in page_of(client, f"{book}?who=查无此人")
    assert "通知第2件" in page_of(client, f"{book}?what=第2件")
    asked = [client.post(f"{book}/file", data={"format": kind, "what": "第2件"}) for kind in ("csv", "xlsx", "pdf")]
    drain(runtime)
    table, workbook, printed = (client.get(f"{answer.location}/file").data for answer in asked)
    assert table.decode().startswith("\ufeff编号")
    assert "通知第2件" in table.decode()
    assert "通知第1件" not in table.decode()
    sheet = load_workbook(io.BytesIO(workbook)).active
    assert sheet is not None
    assert custodian.name in str(sheet.cell(2, 7).value)
    assert printed.startswith(b"%PDF")
    assert client_for(city.person("education", Role.UNIT_HEAD)).get(book).status_code == 404


@pytest.mark.req("S-12")
def test_the_register_finds_what_ends_soon(
    session: Session, city: City, runtime: Runtime, client_for: ClientFor, authority: Authority
) -> None:
    """Warnings at 90, 30 and 7 days, on the desks of the unit's head and the secrecy office; only the office's list."""
    seal, other = both_seals(session, city)
    seal.certificate = authority.seal.certificate.public_bytes(Encoding.PEM).decode()
    for days, warning in ((100, None), (89, 90), (29, 30), (6, 7), (-1, 7)):
        seal.valid_until = now() + timedelta(days=days, hours=1)
        assert register.warning(seal) == warning
    seal.valid_until = now() + timedelta(days=20, hours=1)
    session.commit()
    office = client_for(city.person("office", Role.SECRECY_OFFICE))
    assert f'href="/seals/{other.id}"' not in page_of(office, "/seals/register?ends=30")
    assert "20 days left" in page_of(office, "/seals/register?ends=30")
    assert "No seal matches." in page_of(office, "/seals/register?ends=7")
    assert f'href="/seals/{other.id}"' in page_of(office, "/seals/register?seal_class=verification&unit=财政")
    answer = office.post("/seals/register/file", data={"format": "csv", "seal_class": "verification"})
    drain(runtime)
    table = office.get(f"{answer.location}/file").data.decode()
    assert "验证印章" in table
    assert "签名印章" not in table
    head = client_for(city.person("finance", Role.UNIT_HEAD))
    assert head.get("/seals/register").status_code == 403
    for client in (head, office):
        assert "Ends within 30 days" in page_of(client, "/")
    assert "Ends within" not in page_of(client_for(city.person("education", Role.UNIT_HEAD)), "/")
    assert "The certificate ends in 20 days" in page_of(head, f"/seals/{seal.id}")


@pytest.mark.req("S-12")
def test_a_life_is_told_whole(session: Session, city: City, client_for: ClientFor) -> None:
    seal, _ = both_seals(session, city)
    custodian, secrecy = city.person("finance", Role.SEAL_CUSTODIAN), city.person("office", Role.SECRECY_OFFICE)
    carriers.hand_out(seal, secrecy, custodian, "YZ-3")
    losses.report_loss(seal, custodian, "会议途中遗失", "YZ-3")
    operations.take_back(seal, secrecy, "已找回并交回")
    session.commit()
    told = [line.what for line in life_of(session, seal)]
    assert told == [
        "Carrier handed out",
        "Suspended",
        "Carrier reported lost",
        "Reported lost",
        "Handed back to the secrecy office",
    ]
    session.commit()
    page = page_of(client_for(city.person("finance", Role.UNIT_HEAD)), f"/seals/{seal.id}/life")
    assert "会议途中遗失" in page
    assert client_for(city.person("education", Role.UNIT_HEAD)).get(f"/seals/{seal.id}/life").status_code == 404


@pytest.mark.req("S-13")
def test_custodians_read_the_newest_rules_before_stamping(session: Session, city: City, client_for: ClientFor) -> None:
    """A version is acknowledged once; a newer one again; without rules nothing stands in the way."""
    seal, _ = both_seals(session, city)
    head, custodian = city.person("finance", Role.UNIT_HEAD), city.person("finance", Role.SEAL_CUSTODIAN)

    def stamp(number: int) -> None:
        operations.ask_stamp(
            session,
            seal=seal,
            custodian=custodian,
            reference=f"document:{number}",
            purpose="通知",
            digest=f"{number:064x}",
            given=Consent("totp"),
        )

    stamp(1)
    with pytest.raises(Denied):
        unit_rules.upload_rules(session, custodian, "办法", Brought("a.pdf", "application/pdf", 1, "1" * 64))
    for number in (1, 2):
        brought = Brought("a.pdf", "application/pdf", 1, str(number) * 64)
        rules = unit_rules.upload_rules(session, head, "电子印章管理使用办法", brought)
        assert rules.version == number
        with pytest.raises(AlreadyDone):
            unit_rules.upload_rules(session, head, "电子印章管理使用办法", brought)
        with pytest.raises(Refused, match="Read your unit's rules"):
            stamp(number + 1)
        with pytest.raises(Denied):
            unit_rules.acknowledge(session, rules, city.person("education", Role.SEAL_CUSTODIAN))
        unit_rules.acknowledge(session, rules, custodian)
        with pytest.raises(AlreadyDone):
            unit_rules.acknowledge(session, rules, custodian)
        stamp(number + 1)


@pytest.mark.req("S-13")
def test_the_unit_uploads_and_the_office_sees_who_has_none(session: Session, city: City, client_for: ClientFor) -> None:
    both_seals(session, city)
    session.commit()
    office, head = (
        client_for(city.person("office", Role.SECRETARIAT)),
        client_for(city.person("finance", Role.UNIT_HEAD)),
    )
    custodian = client_for(city.person("finance", Role.SEAL_CUSTODIAN))
    assert "南澄市财政局" in page_of(office, "/seals/rules/missing")
    files = {"title": "用印办法", "file": (io.BytesIO(frozen_bytes()), "用印办法.pdf")}
    assert custodian.post("/seals/rules", data={"title": "用印办法"}).status_code == 403
    assert head.post("/seals/rules", data={"title": "用印办法"}).status_code == 422
    assert head.post("/seals/rules", data=files).status_code == 303
    assert "南澄市财政局" not in page_of(office, "/seals/rules/missing")
    assert "Rules of use to be read" in page_of(custodian, "/")
    assert "You have not acknowledged" in page_of(custodian, "/seals/rules")
    held = unit_rules.newest(session, city.units["finance"].id)
    assert held is not None
    session.commit()
    assert custodian.get(f"/seals/rules/{held.id}/file").mimetype == "application/pdf"
    assert custodian.post(f"/seals/rules/{held.id}/read").status_code == 303
    assert "Rules of use to be read" not in page_of(custodian, "/")
    stranger = client_for(city.person("education", Role.SEAL_CUSTODIAN))
    assert stranger.get(f"/seals/rules/{held.id}/file").status_code == 404
