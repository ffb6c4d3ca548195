"""Files and entries for the tests of help."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from portal.support.models import Dispute, Training
from portal.support.operations import disputes, training
from tests.city import City

ClientFor = Callable[[Person], FlaskClient]


def text_file(name: str = "说明.txt", text: str = "收文打印份数核对说明") -> tuple[io.BytesIO, str]:
    """A harmless file as a form brings it."""
    return io.BytesIO(text.encode()), name


def entry(text: str = "份数不符，请说明。", *files: tuple[io.BytesIO, str]) -> disputes.Entry:
    """Something to put on record."""
    return disputes.Entry(text, uuid4().hex, files)


def opened(work: Runtime, session: Session, city: City) -> Dispute:
    """The finance bureau's dispute with the education bureau."""
    found = disputes.open_dispute(
        work,
        session,
        city.person("finance", Role.UNIT_HEAD),
        entry("贵局10月来文份数与清单不符。", text_file("清单.txt")),
        other_id=city.units["education"].id,
        subject="来文份数不符",
    )
    session.commit()
    return found


def announced(session: Session, organiser: Person, *, places: int = 1, roles: tuple[str, ...] = ()) -> Training:
    """A session in ten days, enrolment for a week."""
    at = now()
    made = training.announce(
        session,
        organiser,
        training.Announcement(
            title="公文交换操作培训",
            place="市政府三楼会议室",
            starts_at=at + timedelta(days=10),
            ends_at=at + timedelta(days=10, hours=2),
            enrol_until=at + timedelta(days=6),
            places=places,
            roles=roles,
        ),
        uuid4().hex,
    )
    session.commit()
    return made


def english(client: FlaskClient, address: str, status: int = 200) -> str:
    """The page in English."""
    client.set_cookie("language", "en")
    answer = client.get(address)
    assert answer.status_code == status, answer.text[:2000]
    return answer.text
