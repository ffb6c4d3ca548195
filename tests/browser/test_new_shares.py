"""Both offices get new shares: made, shown, typed again and encrypted in their own browsers (S-5)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from hsm.initialise import read_sheet
from hsm.shares import Purpose
from portal.commands.preparation import shares_folder
from portal.core import runtime as runtimes
from portal.core.clock import now
from portal.core.db import unit_of_work
from portal.demo.ceremonies import one
from portal.people.roles import Role
from portal.seals import applications
from portal.seals.models import ApplicationKind, SealApplication, Seat
from portal.units.queries import office
from tests.browser import acts
from tests.browser.installation import SHEETS, Installation
from tests.browser.people import PATIENCE, People, Someone, zh

pytestmark = pytest.mark.timeout(600)

SECRECY, CENTRE, HEAD = "baomiyan", "xinxizhong", "hongyanbo"
OPERATORS = {Seat.SECRECY_OFFICE: SECRECY, Seat.INFORMATION_CENTRE: CENTRE}


def approve(installation: Installation) -> int:
    """An approved application for new shares; returns its id."""
    runtimes.install(installation.runtime)
    with unit_of_work(installation.runtime.engine) as session:
        unit = office(session)
        application = SealApplication(
            unit=unit,
            applicant=one(session, unit, Role.UNIT_ADMINISTRATOR),
            kind=ApplicationKind.ROTATE_SHARES,
            reason="信息中心操作员轮岗，更换口令份额。",
            seal_ids=[],
            details={},
            face_text="",
            unit_code=unit.code,
            diameter_mm=42,
            custodian_ids=[],
            holder_ids=[],
            threshold=1,
            content_hash="",
            applied_at=now(),
        )
        application.content_hash = applications.content_hash(application)
        session.add(application)
        session.flush()
        applications.agree(application, one(session, unit, Role.UNIT_HEAD), "同意。")
        applications.review(application, one(session, unit, Role.SECRETARIAT), "情况属实。")
        applications.approve(application, one(session, unit, Role.OFFICE_LEADER), "同意。")
        return application.id


def renew(operator: Someone, old: list[str]) -> list[str]:
    """Type the old sheet, copy the new one, hide it, type it again, hand both over; returns the new shares."""
    page = operator.page
    for place, share in enumerate(old):
        page.locator(f"#old-share-{place}").fill(share)
        expect(page.locator(f"#old-share-{place}-status")).to_have_text(zh("All fourteen groups are right."))
    copied = page.locator(".new-share").all_inner_texts()
    assert all(re.fullmatch(r"([A-Z2-7]{4}-){13}[A-Z2-7]{4}", share) for share in copied)
    operator.press("I have it on paper: hide it")
    page.locator("#new-share-0").fill(old[0])
    expect(page.locator("#new-share-0-status")).to_contain_text(
        zh("This isn't what was shown. Compare with your paper group by group.")
    )
    for place, share in enumerate(copied):
        page.locator(f"#new-share-{place}").fill(share)
    with page.expect_request(lambda request: request.url.endswith("/share")) as posted:
        operator.press("Hand over my share")
    sent = posted.value.post_data or ""
    assert [group for share in (*old, *copied) for group in share.split("-") if group in sent.split("&")[-1]] == []
    operator.told("Your share was handed over, encrypted.")
    return copied


@pytest.mark.req("S-5")
def test_new_shares_are_made_in_two_browsers(people: People, installation: Installation) -> None:
    room = acts.call_ceremony(people(SECRECY), f"/seals/applications/{approve(installation)}")
    for account in (SECRECY, CENTRE, HEAD):
        acts.take_seat(people(account), room)
    sheets = {seat: shares_folder(installation.settings) / SHEETS[seat] for seat in OPERATORS}
    new = {}
    for seat, account in OPERATORS.items():
        operator = people(account)
        expect(operator.page.locator("#old-share-0")).to_be_visible(timeout=PATIENCE)
        new[seat] = renew(operator, [read_sheet(sheets[seat])[purpose] for purpose in Purpose])
    for account in (SECRECY, CENTRE, HEAD):
        people(account).reads("The new shares are in force")
    for seat, path in sheets.items():  # the sheets on paper, for whoever holds the next ceremony
        text = path.read_text("utf-8")
        for purpose, share in zip(Purpose, new[seat], strict=True):
            text = text.replace(read_sheet(path)[purpose], share)
        path.write_text(text, "utf-8")
