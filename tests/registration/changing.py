"""Changes of units for tests, brought to where a test needs them by the same operations as the pages."""

from __future__ import annotations

import io

from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.runtime import Runtime
from portal.people.roles import Role
from portal.registration import change_work, changes
from portal.registration.application_lifecycle import JoinState
from portal.registration.application_models import UnitApplication
from portal.registration.change_models import MergeForm, UnitChange
from portal.registration.changes import Evidence, Wish
from portal.units.hooks import ChangeKind, Disposal
from tests.city import City
from tests.registration.joining import CONTENT

NEW_NAME = "南澄市财政和国有资产管理局"


def rename_wish(city: City, unit: str = "finance", **facts: object) -> Wish:
    """The unit gets a new name; all its people stay."""
    administrator = city.person(unit, Role.UNIT_ADMINISTRATOR)
    values: dict[str, object] = {
        "kind": ChangeKind.RENAME,
        "reason": "机构改革，单位更名。",
        "name": NEW_NAME,
        "short_name": "市财政国资局",
        "red_head": f"{NEW_NAME}文件",
        "document_code": "南财资发",
        "administrator_id": administrator.id,
        "staying": [person.id for (key, _), person in city.people.items() if key == unit],
    }
    return Wish(**(values | facts))  # type: ignore[arg-type]  # named fields of Wish


def letter() -> Evidence:
    """The unit's letter with the approval of what changes."""
    return Evidence(io.BytesIO("市委编办批复".encode()), "批复.txt")


def dissolve_wish(city: City, heir: str | None = "education", disposal: Disposal = Disposal.HAND_OVER) -> Wish:
    """The unit is dissolved."""
    heir_id = city.units[heir].id if heir else None
    return Wish(kind=ChangeKind.DISSOLVE, reason="机构改革，单位撤销。", heir_id=heir_id, disposal=disposal)


def merge_wish(city: City, heir: str, *going: str, form: MergeForm = MergeForm.KEPT, staying: object = ()) -> Wish:
    """Units go into the heir."""
    return Wish(
        kind=ChangeKind.MERGE,
        reason="机构改革，单位合并。",
        merge_form=form,
        heir_id=city.units[heir].id,
        going=[city.units[key].id for key in going],
        staying=staying,  # type: ignore[arg-type]
    )


def reviewed(session: Session, work: Runtime, city: City, wish: Wish, unit: str = "finance") -> UnitChange:
    """A case that waits to be carried out; every going unit has named nobody or, in its own case, those wished."""
    change = changes.file_change(work, session, city.person(unit, Role.UNIT_ADMINISTRATOR), wish, letter())
    keys = {known.id: key for key, known in city.units.items()}
    for member in change.members:
        if member.named_at is None and change.kind == ChangeKind.MERGE:
            changes.name_people(member, city.person(keys[member.unit_id], Role.UNIT_ADMINISTRATOR), ())
    for concerned in change.to_agree:
        changes.agree(change, city.person(keys[concerned.id], Role.UNIT_HEAD), "同意。")
    changes.review(change, city.person("office", Role.INFORMATION_CENTRE), "材料齐全，拟同意。")
    session.flush()
    return change


def joined(session: Session, city: City, key: str) -> None:
    """The unit came by an application of its own."""
    unit = city.units[key]
    session.add(
        UnitApplication(
            **CONTENT.values() | {"name": unit.name, "code": unit.code},
            token_hash=unit.code,
            identity_hash=unit.code,
            reason="",
            state=JoinState.REGISTERED,
            unit_id=unit.id,
            entered_at=now(),
        )
    )
    session.flush()


def done(
    session: Session, work: Runtime, city: City, wish: Wish, unit: str = "finance", receiver_id: int | None = None
) -> UnitChange:
    """A case carried out."""
    change = reviewed(session, work, city, wish, unit)
    officer = city.person("office", Role.INFORMATION_CENTRE)
    change_work.confirm(session, change, officer, receiver_id)
    change_work.carry_out(session, change, officer)
    session.flush()
    return change
