"""What goes wrong in offices: each time a sentence the person understands, nothing changed, nothing lost."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, expect
from redis import Redis
from sqlalchemy import select, text

from hsm.shares import format_share
from portal.core.db import unit_of_work
from portal.documents.lifecycle import DocumentState
from portal.documents.models import Attachment, Document
from portal.seals import queries as seals
from portal.seals.models import SealApplication, Seat
from tests.browser import acts
from tests.browser.acts import FINANCE, Notice
from tests.browser.installation import Installation, eventually
from tests.browser.newcomers import BUREAU, BUREAU_HEAD, approve_bureau
from tests.browser.people import People, zh
from tests.content import hostile

pytestmark = pytest.mark.timeout(600)

WRONG_CODE = "The code is wrong or has expired. Enter the one your device shows now."
MEGABYTE = 1024 * 1024
A, B = Seat.SECRECY_OFFICE, Seat.INFORMATION_CENTRE


def state_of(installation: Installation, document: str) -> str:
    """The state of a document in the database; `document` is the address of its page."""
    with unit_of_work(installation.runtime.engine, writes=False) as session:
        return str(session.get_one(Document, int(document.rpartition("/")[2])).state)


def test_a_wrong_and_an_expired_code_open_nothing(people: People, installation: Installation) -> None:
    account = "cenzhenyu"
    someone = people.passer_by()
    someone.go("/login").fill("Account", account).fill("Password", installation.password).press("Log in")
    for code in ("000000", installation.expired_code(account)):
        someone.fill("Code", code).press("Go on")
        expect(someone.page.get_by_role("alert")).to_contain_text(zh(WRONG_CODE))
        someone.go("/")
        expect(someone.page).to_have_url(re.compile("/login/code"))
    someone.fill("Code", installation.code(account)).press("Go on")
    expect(someone.page.get_by_role("link", name=zh("Home"))).to_be_visible()
    assert someone.faults == []


@pytest.fixture(scope="module")
def approved(installation: Installation) -> str:
    """The address of an approved application for seals."""
    return f"{installation.address}/seals/applications/{approve_bureau(installation)}"


@pytest.mark.req("S-5")
def test_wrong_shares_and_an_abandoned_ceremony_make_no_seal(
    people: People, installation: Installation, approved: str
) -> None:
    secrecy, centre, head = people("baomiyan"), people("xinxizhong"), people(BUREAU_HEAD)
    seated = (secrecy, centre, head)
    room = acts.call_ceremony(secrecy, approved)
    for someone in seated:
        acts.take_seat(someone, room)
    own = installation.share(A)
    swapped = own[:2] + own[0] + own[3:] if own[0] != own[2] else own[:2] + ("A" if own[0] != "A" else "B") + own[3:]
    typed = secrecy.page.locator("#typed-share")
    typed.fill(swapped)
    secrecy.reads("There is a typing error. Compare with the sheet group by group.")
    typed.fill("")
    for second, sentence in (
        (format_share(secrets.token_bytes(32)), "The share of the information centre is not the right one."),
        (own, "The same share was entered twice. Each office enters its own share."),
    ):
        acts.give_share(secrecy, own)
        acts.give_share(centre, second)
        for someone in seated:
            someone.reads(sentence)
    head.page.locator("[name=why]").fill("分管领导临时外出")
    head.confirm("Stop the ceremony", "Stop it").told("The ceremony is stopped. Nothing was made.")
    secrecy.reads("The ceremony was stopped. Nothing was made").sees("分管领导临时外出")
    assert made(installation, approved) == 0
    again = acts.call_ceremony(secrecy, approved)
    assert again != room
    for someone in seated:
        acts.take_seat(someone, again)
    acts.give_share(secrecy, own)
    acts.give_share(centre, installation.share(B))
    head.reads("The seals are made").sees(BUREAU)
    assert made(installation, approved) == 2


def made(installation: Installation, application: str) -> int:
    """How many seals the unit of an application has."""
    with unit_of_work(installation.runtime.engine, writes=False) as session:
        row = session.get_one(SealApplication, int(application.rpartition("/")[2]))
        return len(seals.live_seals(session, row.unit_id))


HARMLESS = FilePayload(name="附表.pdf", mimeType="application/pdf", buffer=hostile.pdf())
HOSTILE = {
    "表单.pdf": ("%(name)s holds form fields or a signature: print it to a new PDF and attach that.", "form field"),
    "脚本.pdf": ("%(name)s holds a script: print it to a new PDF and attach that.", "script on opening"),
    "夹带.pdf": ("%(name)s holds an embedded file: take it out and attach it by itself.", "embedded file"),
}


@pytest.mark.req("D-5", "D-11")
def test_hostile_files_stay_outside_and_the_rest_is_kept(people: People, installation: Installation) -> None:
    files = [
        FilePayload(name=name, mimeType="application/pdf", buffer=hostile.HOSTILE_PDFS[key][1]())
        for name, (_, key) in HOSTILE.items()
    ]
    files.append(FilePayload(name="程序.pdf", mimeType="application/pdf", buffer=hostile.EXECUTABLE))
    drafter = people(FINANCE.drafter)
    drafter.go("/documents/new")
    drafter.page.get_by_label(zh("Kind and direction")).select_option("notice:down")
    acts.enter(drafter, Notice("关于报送财政数据的通知"))
    drafter.page.locator("input[name=files]").set_input_files([*files, HARMLESS])
    drafter.press("Save and look at it")
    for name, (sentence, _) in HOSTILE.items():
        drafter.reads(sentence, name=name)
    drafter.reads(
        "%(name)s isn't a %(expected)s file, whatever its name says: attach the real %(expected)s file.",
        name="程序.pdf",
        expected="PDF",
    ).reads("The draft is saved.")
    assert attached(installation, "关于报送财政数据的通知") == ["附表.pdf"]


def attached(installation: Installation, title: str) -> list[str]:
    """Names of the files of the newest document with this title."""
    with unit_of_work(installation.runtime.engine, writes=False) as session:
        document = session.scalars(select(Document).where(Document.title == title).order_by(Document.id.desc())).first()
        assert document is not None
        return list(session.scalars(select(Attachment.name).where(Attachment.document_id == document.id)))


@pytest.fixture
def too_large(tmp_path: Path) -> Iterator[Path]:
    """A sound PDF but for its size of 101 MB."""
    path = tmp_path / "图集.pdf"
    path.write_bytes(hostile.pdf())
    with path.open("r+b") as file:
        file.truncate(101 * MEGABYTE)
    yield path
    path.unlink()


@pytest.mark.req("X-11")
def test_a_file_of_101_mb_is_refused_before_and_after_it_travels(
    people: People, installation: Installation, too_large: Path
) -> None:
    title = "关于印发图集的通知"
    drafter = people(FINANCE.drafter)
    drafter.go("/documents/new")
    acts.enter(drafter, Notice(title))
    box = drafter.page.locator("input[name=files]")
    box.set_input_files(too_large)
    expect(drafter.page.locator("[data-chosen]")).to_contain_text("图集.pdf")
    assert "100" in str(box.evaluate("box => box.validationMessage"))  # the browser holds the form back
    box.set_input_files([])
    drafter.press("Save and look at it").reads("The draft is saved.")
    document = drafter.page.url
    plain = people.again(
        FINANCE.drafter, java_script_enabled=False
    )  # an old browser without script sends it all the same
    plain.go(f"{document}/edit")
    plain.page.locator("input[name=files]").set_input_files(too_large)
    plain.press("Save and look at it")
    plain.reads(
        "%(name)s has %(size)s MB, but a document with all its files may have at most %(limit)s MB.",
        name=too_large.name,
        size="101",
        limit="100",
    )
    assert attached(installation, title) == []


@pytest.fixture(scope="module")
def issued(everybody: People) -> str:
    """A document of the finance bureau that waits for its number."""
    return acts.issued(everybody, FINANCE, Notice("南澄市财政局关于做好年终决算工作的通知"))


@pytest.mark.req("P-5", "D-10")
def test_a_worker_killed_at_work_loses_nothing(people: People, installation: Installation, issued: str) -> None:
    registrar = people(FINANCE.registrar)
    with installation.held("worker"):
        acts.number(registrar, issued)
        registrar.reads("The document is being typeset.")
        lock = ExitStack()
        lock.enter_context(unit_of_work(installation.runtime.engine)).execute(text("SELECT 1"))
    with lock:  # the worker takes the job and waits for us to write
        eventually(lambda: at_work(installation), "the worker has taken the job")
        installation.kill("worker")
    assert state_of(installation, issued) == DocumentState.NUMBERED
    acts.in_state(registrar, "Frozen, to be stamped")


def at_work(installation: Installation) -> bool:
    """Whether the worker has a job in its hands."""
    redis = Redis.from_url(installation.settings.redis, decode_responses=True)
    with closing(redis):
        return any(redis.hget(str(key), "current_job") for key in redis.scan_iter("rq:worker:*"))


@pytest.mark.req("S-4", "S-11")
def test_without_the_device_nothing_is_stamped_and_nothing_lost(
    people: People, installation: Installation, issued: str
) -> None:
    custodian = people(FINANCE.custodian)
    with installation.without_device():
        acts.consent(custodian, issued)
        custodian.reads("The encryption device isn't connected. Tell the secrecy office.")
        assert state_of(installation, issued) == DocumentState.FROZEN
        eventually(lambda: not installation.is_ready(), "the readiness page tells that the device is missing")
    eventually(installation.is_ready, "the seal server found the device again")
    acts.consent(custodian, issued)
    custodian.reads("The document is stamped.")


@pytest.mark.req("P-5")
def test_without_redis_people_work_on_and_the_work_is_done_later(people: People, installation: Installation) -> None:
    document = acts.issued(people, FINANCE, Notice("南澄市财政局关于开展资产清查的通知"))
    registrar = people(FINANCE.registrar)
    with installation.held("supervisor"):  # who would start it again at once
        installation.kill("redis-server")
        acts.number(registrar, document)
        registrar.reads("The document is being typeset.")
        people("taoliyuan").go("/inbox").reads("Incoming documents")
    acts.in_state(registrar, "Frozen, to be stamped")
    eventually(installation.is_ready, "all processes have found Redis again")
