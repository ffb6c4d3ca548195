"""The main job on the real thing, in Chinese: from a unit without seals to a stranger who checks a printed copy.

The tests are the steps of one story and run in order, each person in a browser of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from portal.core.db import unit_of_work
from portal.documents.models import Document
from portal.exchange.models import Delivery
from portal.seals.models import Seat
from tests.browser import acts, papers
from tests.browser.acts import OFFICE, Notice
from tests.browser.installation import Installation
from tests.browser.newcomers import open_second_holder
from tests.browser.people import PATIENCE, People, Someone, zh

pytestmark = pytest.mark.timeout(600)

DATA, EDUCATION = "南澄市数据局", "南澄市教育局"
APPLICANT, HEAD, FIRST_HOLDER, SECOND_HOLDER = "sulianwang", "yunshuhai", "mayanzheng", "qinyanzhen"
RETURNING_CLERK = "bizhenglou"
SECRECY, CENTRE = "baomiyan", "xinxizhong"
TITLE = "南澄市人民政府办公室关于做好公文交换工作的通知"
QUOTA = 2
A, B = Seat.SECRECY_OFFICE, Seat.INFORMATION_CENTRE


@dataclass
class Story:
    """What one step leaves to the next: addresses of pages and files."""

    folder: Path
    application: str = ""
    room: str = ""
    document: str = ""
    watch: str = ""
    delivery: str = ""
    sealed: bytes = b""
    copy: bytes = b""
    number: str = ""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The story told so far."""
    yield Story(tmp_path_factory.mktemp("story"))


@pytest.fixture(scope="module")
def second_holder(installation: Installation) -> str:
    """A second person in the bureau who may keep its verification seal."""
    open_second_holder(installation, SECOND_HOLDER, "覃验真")
    return SECOND_HOLDER


@pytest.mark.req("S-2", "S-3")
def test_1_the_bureau_applies_for_its_seals(people: People, story: Story, second_holder: str) -> None:
    applicant = people(APPLICANT)
    applicant.go("/seals/apply/make")
    expect(applicant.page.get_by_role("img", name=DATA)).to_have_count(2)  # the faces, drawn from the name alone
    applicant.fill("Reason", "首次参加电子公文交换。")
    applicant.page.get_by_label("马彦征").first.check()
    for holder in ("马彦征", "覃验真"):
        applicant.page.get_by_role("group", name=zh("Holders of the verification seal")).get_by_label(holder).check()
    applicant.press("File the application").told("The application is filed; the head of your unit decides next.")
    story.application = applicant.page.url
    decisions = [
        (HEAD, "Agree", "You have agreed; the secretariat reviews next."),
        ("wenmishu", "Pass the review", "The review is recorded; the leader of the office decides next."),
        ("zhengdaguan", "Approve", "The application is approved; a ceremony can be called."),
    ]
    for account, act, answer in decisions:
        people(account).go(story.application).fill("Opinion", "同意。").press(act).told(answer)


@pytest.mark.req("S-2", "S-4", "S-5")
def test_2_three_people_hold_the_ceremony(people: People, story: Story, installation: Installation) -> None:
    secrecy, centre, head = people(SECRECY), people(CENTRE), people(HEAD)
    story.room = acts.call_ceremony(secrecy, story.application)
    for someone in (secrecy, centre, head):
        acts.take_seat(someone, story.room)
    posted = [acts.give_share(operator, installation.share(seat)) for operator, seat in ((secrecy, A), (centre, B))]
    for someone in (secrecy, centre, head):
        someone.reads("The seals are made")
    for sent, seat in zip(posted, (A, B), strict=True):
        assert "share=" in sent
        assert [group for group in installation.share(seat).split("-") if group in sent] == []  # encrypted
    head.follow("Account of the ceremony").sees(DATA)


@pytest.mark.req("D-1", "D-3", "D-5", "D-7", "D-11", "D-12")
def test_3_the_office_writes_a_notice(people: People, story: Story) -> None:
    attachment = papers.plain_pdf(story.folder / "交换业务联系表.pdf")
    text = f"{acts.TEXT}联系方式见附件。"
    notice = Notice(TITLE, text, main={DATA: QUOTA}, copies={EDUCATION: 1}, files=(attachment,))
    drafter = people(OFFICE.drafter)
    story.document = acts.write(drafter, Notice(TITLE, f"机密★5年\n{text}", notice.main, notice.copies))
    drafter.sees("机密★")
    acts.submit(drafter)
    acts.in_state(drafter, "Drafting")  # the gate has stopped it
    drafter.go(f"{story.document}/edit")
    acts.enter(drafter, notice)
    drafter.press("Save and look at it").reads("The checklist and the content gate found nothing.")
    acts.submit(drafter)
    drafter.told("The draft is submitted.")
    head = people(OFFICE.reviewers[0])
    head.go(story.document).press("Pass on")
    expect(head.page.get_by_role("alert")).to_contain_text(zh("Opinion"))
    acts.in_state(head, "In review")  # an empty opinion is refused
    acts.decide(head, story.document, "拟同意，请审核。")
    acts.decide(people(OFFICE.reviewers[1]), story.document, "文字已核，请签发。")
    acts.issue(people(OFFICE.leader), story.document)


@pytest.mark.req("D-9", "D-10")
def test_4_the_registrar_numbers_it(people: People, story: Story) -> None:
    registrar = people(OFFICE.registrar)
    acts.number(registrar, story.document)
    acts.in_state(registrar, "Frozen, to be stamped")  # by itself, without a reload
    registrar.sees("南政办发〔")
    expect(registrar.page.locator("#pages img").first).to_be_visible(timeout=PATIENCE)


@pytest.mark.req("S-1", "S-6", "S-11", "X-1")
def test_5_the_custodian_stamps(people: People, story: Story) -> None:
    clerk = people(OFFICE.clerk)
    clerk.go(story.document)
    expect(clerk.page.get_by_role("link", name=zh("Send"), exact=True)).to_have_count(0)  # not before the seal
    custodian = people(OFFICE.custodian)
    acts.consent(custodian, story.document)
    custodian.reads("The document is stamped.")
    custodian.go(story.document)
    story.sealed = custodian.download("Download the PDF")
    assert b"/ByteRange" in story.sealed


@pytest.mark.req("X-1", "X-2", "X-3")
def test_6_the_clerk_sends_it_once(people: People, story: Story, installation: Installation) -> None:
    clerk = people(OFFICE.clerk)
    clerk.go(story.document).follow("Send")
    sent: list[str] = []
    clerk.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    late = clerk.new_page()
    late.goto(clerk.page.url)
    clerk.press("Send the document")
    clerk.page.get_by_role("dialog").get_by_role("button", name=zh("Send it now"), exact=True).dblclick()
    clerk.told("The document was sent to %(count)s units.", count=2)
    story.watch = clerk.page.url
    assert len(sent) == 1
    late.get_by_role("button", name=zh("Send the document"), exact=True).click()  # in another tab, still as it was
    late.get_by_role("dialog").get_by_role("button", name=zh("Send it now"), exact=True).click()
    expect(late.get_by_role("alert")).to_contain_text(zh("This document was already sent."))
    late.close()
    with unit_of_work(installation.runtime.engine, writes=False) as session:
        document_id = int(story.document.rpartition("/")[2])
        deliveries = session.scalars(select(Delivery).where(Delivery.document_id == document_id)).all()
        assert sorted(delivery.unit.name for delivery in deliveries) == sorted((DATA, EDUCATION))


@pytest.mark.req("X-4")
def test_7_the_recipients_check_it(people: People, story: Story) -> None:
    clerk = people(APPLICANT)
    story.delivery = open_newest(clerk)
    for check in ("Sender", "Integrity", "Attachments", "Seal", "Layout"):
        clerk.reads(check)
    clerk.reads("Compared, all right: confirm").press("Compared, all right: confirm")
    clerk.told("The checks are confirmed. The document can now be printed and downloaded.")
    other = people(RETURNING_CLERK)
    open_newest(other)
    other.reads("Return the document")
    other.confirm("Return the document", "Return it")  # without a reason
    expect(other.page.get_by_role("alert")).to_contain_text(zh("Reason"))
    other.fill("Reason", "附件与正文所列不符，请核对后重发。").confirm("Return the document", "Return it")
    other.reads("This document was returned to the sender.")


def open_newest(clerk: Someone) -> str:
    """Open what has arrived last; returns the address of its page."""
    clerk.go("/inbox")
    clerk.page.get_by_role("link", name=TITLE).first.click()
    clerk.follow("View")
    clerk.press("Open and check").reads("Checks")
    return clerk.page.url


@pytest.mark.req("S-1", "X-5", "X-7")
def test_8_the_holders_print_within_the_quota(people: People, story: Story, second_holder: str) -> None:
    first, second = people(FIRST_HOLDER), people(second_holder)
    first.go(story.delivery)
    press_print(first, 1)
    first.reads("The copy is ready.")
    story.copy = first.download("Open for printing")
    story.number = papers.number_in(first.page.locator("main").inner_text())
    assert "南政办发〔" in papers.text_of(story.copy, story.folder)
    assert b"/ByteRange" not in story.copy  # a copy is never taken for the original
    # Both look at the last copy; only one gets it.
    for someone in (first, second):
        someone.go(story.delivery)
    press_print(first, QUOTA)
    first.reads("The copy is ready.")
    press_print(second, QUOTA)
    second.told("The quota of %(quota)s copies is used up. Ask the sender for more, with the reason.", quota=QUOTA)
    second.go(story.delivery).sees(zh("printed %(printed)s of %(quota)s", printed=QUOTA, quota=QUOTA))


def press_print(holder: Someone, number: int) -> None:
    """Ask for a numbered copy on the page that is open."""
    holder.press("Print copy %(number)s of %(quota)s", number=number, quota=QUOTA)


@pytest.mark.req("X-6")
def test_9_the_clerk_downloads_it_declassified(people: People, story: Story) -> None:
    clerk = people(APPLICANT)
    clerk.go(story.delivery).follow("Declassified download")
    clerk.press("Make the download").reads("The copy is ready.")
    file = clerk.download("Save the file")
    assert TITLE[-8:] in papers.text_of(file, story.folder)
    assert b"/ByteRange" not in file
    clerk.go(story.delivery).reads("Download no. %(number)s", number=1)


@pytest.mark.req("X-7", "X-9")
def test_10_the_sender_watches_the_receipts(people: People, story: Story) -> None:
    clerk = people(OFFICE.clerk)
    assert clerk.page.url == story.watch  # open since the sending: the receipts come in by themselves
    rows = clerk.page.get_by_role("row")
    expect(rows.filter(has_text=DATA)).to_contain_text(zh("Received"), timeout=PATIENCE)
    expect(rows.filter(has_text=EDUCATION)).to_contain_text("附件与正文所列不符")
    clerk.page.reload()  # all have dealt with it, so the page rests; later prints show when it is opened again
    expect(rows.filter(has_text=DATA)).to_contain_text(f"{QUOTA} / {QUOTA}")


@pytest.mark.req("S-1", "X-5")
def test_11_a_stranger_checks_the_copy(people: People, story: Story, installation: Installation) -> None:
    address = papers.scanned(story.copy)
    assert address.startswith(f"{installation.address}/v/")
    stranger = people.passer_by()
    stranger.go(address).sees(TITLE).sees(DATA).sees(story.number)
    expect(stranger.page.locator(".notice-good")).to_be_visible()
    stranger.go("/verify").fill("Number or code of the copy", story.number).press("Verify the copy")
    stranger.sees(TITLE).sees(story.number)
    forged = address[:-5] + ("A" if address[-5] != "A" else "B") + address[-4:]
    stranger.go(forged)
    expect(stranger.page.locator(".notice-bad")).to_be_visible()
    expect(stranger.page.locator("main")).not_to_contain_text(TITLE)
    assert stranger.faults == []


@pytest.mark.req("S-11")
def test_12_other_programs_trust_the_sealed_file(story: Story, installation: Installation) -> None:
    sealed = story.folder / "sealed.pdf"
    sealed.write_bytes(story.sealed)
    authority = installation.folder / "seal-ca.pem"
    said = papers.pdfsig(sealed, authority, story.folder)
    assert "Signature is Valid." in said
    assert "Certificate is Trusted." in said
    assert papers.run("qpdf", "--check", sealed).returncode == 0
    with unit_of_work(installation.runtime.engine, writes=False) as session:
        document = session.get_one(Document, int(story.document.rpartition("/")[2]))
        certificate = papers.seal_certificate(session, document, story.folder)
    assert papers.run("openssl", "verify", "-CAfile", authority, certificate).returncode == 0
    assert ": good" in ocsp(authority, certificate, installation)
    assert installation.command("verify", sealed).stdout.strip() == "valid"


def ocsp(authority: Path, certificate: Path, installation: Installation) -> str:
    """What the portal answers about a certificate, at the address that stands in it."""
    address = papers.run("openssl", "x509", "-noout", "-ocsp_uri", "-in", certificate).stdout.strip()
    assert address.startswith(installation.address)
    asked = papers.run(
        "openssl", "ocsp", "-issuer", authority, "-cert", certificate, "-url", address, "-CAfile", authority
    )
    assert "Response verify OK" in asked.stderr
    return asked.stdout


@pytest.mark.req("S-11", "D-10")
def test_13_one_flipped_byte_is_reported(people: People, story: Story, installation: Installation) -> None:
    changed = story.folder / "changed.pdf"
    content = bytearray(story.sealed)
    content[len(content) // 3] ^= 1
    changed.write_bytes(content)
    verdict = installation.command("verify", changed)
    assert verdict.stdout.startswith("invalid: ")
    assert verdict.returncode == 1
    stranger = people.passer_by()
    stranger.go("/verify").page.locator("input[name=file]").set_input_files(changed)
    stranger.press("Verify the file").reads("The file isn't genuine, or it can't be proven.")
    assert stranger.faults == []
