"""The service's rules, drills, figures, report and hand-over (K-3, K-6)."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.certificates import operations, service, service_queries, statistics
from portal.certificates.service_models import TextKind
from portal.core import clock
from portal.core.errors import AlreadyDone, Denied, Invalid
from portal.core.runtime import Runtime
from portal.desk.queries import desk_of
from portal.people.models import Person
from portal.people.roles import Role
from tests.certificates.people import issued
from tests.city import City
from tests.seals.ceremony import install_device
from tests.work import drain_all

RULES = "第一条　本规则依据《电子政务电子认证服务管理办法（试行）》制定。"


def publish(session: Session, city: City, text: str, change: str = "", kept: bool = False) -> None:
    """The information centre publishes business rules."""
    service.publish(
        session, city.person("office", Role.INFORMATION_CENTRE), kind=TextKind.PRACTICE, title="电子认证业务规则",
        text=text, change=change, service_kept=kept,
    )  # fmt: skip
    session.flush()


@pytest.mark.req("K-6")
def test_a_change_of_the_rules_never_lowers_the_service(session: Session, city: City, app: Flask) -> None:
    """Its publisher confirms it and says what got better; older versions stay readable by everybody."""
    publish(session, city, RULES)
    with pytest.raises(Invalid, match="empty"):
        publish(session, city, RULES + "二", kept=True)
    with pytest.raises(Invalid, match="lower"):
        publish(session, city, RULES + "二", "撤销列表更新更快")
    with pytest.raises(AlreadyDone):
        publish(session, city, RULES, "没有", kept=True)
    publish(session, city, RULES + "第二条", "撤销列表由每日改为每小时发布", kept=True)
    with pytest.raises(Denied):
        service.publish(
            session, city.person("office", Role.SECRECY_OFFICE), kind=TextKind.PRACTICE, title="x", text="y",
            change="z", service_kept=True,
        )  # fmt: skip
    session.commit()
    client = app.test_client()
    assert "每小时发布" in client.get("/pki/practice").text
    old = client.get("/pki/practice/1").text
    assert RULES in old and "每小时发布" not in old
    assert client.get("/pki/practice/3").status_code == 404


@pytest.mark.req("K-6")
def test_an_overdue_drill_is_on_the_desk_until_one_is_recorded(runtime: Runtime, session: Session, city: City) -> None:
    install_device()
    issued(runtime, session, city)
    centre = city.person("office", Role.INFORMATION_CENTRE)

    def owed(person: Person) -> set[str]:
        return {section.kind.key for section in desk_of(session, person).sections} & {"drill-due", "service-report"}

    assert owed(centre) == set()
    with clock.frozen(clock.now() + timedelta(days=370)):
        assert owed(centre) == {"drill-due", "service-report"}
        assert owed(city.person("office", Role.SECRECY_OFFICE)) == set()
        with pytest.raises(Invalid, match="still to come"):
            _drill(session, centre, clock.today() + timedelta(days=1))
        _drill(session, centre, clock.today())
        with pytest.raises(AlreadyDone):
            _drill(session, centre, clock.today())
        session.flush()
        assert owed(centre) == {"service-report"}
    assert service_queries.drill_due(session, 12) is not None


def _drill(session: Session, centre: Person, day: date) -> None:
    service.record_drill(
        session, centre, held_on=day, scenario="加密设备故障切换", participants="政务信息中心、保密室",
        result="40 分钟恢复", lessons="备用设备每季度通电一次",
    )  # fmt: skip


@pytest.mark.req("K-3", "K-6")
def test_report_register_and_package_are_made_from_the_data(
    runtime: Runtime, session: Session, city: City, client_for: Callable[[Person], FlaskClient]
) -> None:
    """By the worker; the package has everything, each part with its digest."""
    install_device()
    owner, certificate = issued(runtime, session, city)
    operations.report(certificate, owner, what="compromised", why="疑似泄露")
    centre = city.person("office", Role.INFORMATION_CENTRE)
    publish(session, city, RULES)
    _drill(session, centre, clock.today())
    year, other, serial = clock.today().year, city.person("office", Role.SECRECY_OFFICE), certificate.serial
    assert other.id
    session.commit()
    drain_all(runtime)
    client = client_for(centre)
    for kind in ("report", "register", "handover"):
        assert client.post("/certification/files", data={"kind": kind, "year": str(year)}).status_code == 303
    with pytest.raises(AlreadyDone):
        service.ask_file(session, centre, kind="handover")
    session.commit()
    drain_all(runtime)
    report, register, package = (client.get(f"/certification/files/{number}") for number in (1, 2, 3))
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(report.data))
    assert f"{year}年度电子认证服务情况报告" in text and "收到报告 1 起" in text and "加密设备故障切换" in text
    assert register.data.startswith(b"\xef\xbb\xbf") and serial in register.data.decode("utf-8-sig")
    with zipfile.ZipFile(io.BytesIO(package.data)) as parts:
        names = set(parts.namelist())
        sums = json.loads(parts.read("manifest.json"))["sha256"]
        assert {hashlib.sha256(parts.read(name)).hexdigest() for name in sums} == set(sums.values())
    assert names == set(sums) | {"manifest.json"}
    assert {"register.csv", "drills.csv", "crl/people.crl", "crl/seal-signer.pem", "texts/practice-001.txt"} <= names
    assert "certificates/000001.pem" in names and f"status/{serial}.der" in names
    assert client_for(other).get("/certification/files/1").status_code == 403


@pytest.mark.req("K-3")
def test_figures_count_and_are_drawn(
    runtime: Runtime, session: Session, city: City, client_for: Callable[[Person], FlaskClient]
) -> None:
    install_device()
    issued(runtime, session, city)
    found = statistics.figures(session)
    assert (found.valid, found.held, found.ended) == (1, 0, 0)
    assert found.entered[-1] == (clock.today().strftime("%Y-%m"), 1) and len(found.entered) == 12
    assert dict(found.by_kind)["issue"] == 1
    person = city.person("office", Role.SECRECY_OFFICE)
    assert person.id
    session.commit()
    client = client_for(person)
    assert "<svg" in client.get("/certification/statistics").text
    assert "/pki/ocsp" in client.get("/certification/integration").text
