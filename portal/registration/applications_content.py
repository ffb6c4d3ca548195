"""What a unit writes in its application, and what can be wrong with it (U-1, EE6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.core.errors import Invalid
from portal.core.runtime import current
from portal.core.text import N_
from portal.people.identity import hash_of
from portal.people.operations import MOBILE
from portal.registration.application_models import UnitApplication
from portal.units.codes import NAMED, check_code, check_name
from portal.units.models import Tier, Unit, UnitKind

TAKEN = {
    "name": N_("A unit of this name takes part in the exchange already."),
    "code": N_("A unit with this organisation code takes part in the exchange already."),
    "document_code": N_("Another unit uses this document code already."),
}


@dataclass(frozen=True, kw_only=True)
class Content:
    """The fields of the form; `identity` is the number itself and goes no further than its hash."""

    name: str
    short_name: str
    code: str
    kind: UnitKind
    tier: Tier
    district_id: int | None
    document_code: str
    red_head: str
    address: str
    contact_name: str
    contact_phone: str
    head_name: str
    head_title: str
    admin_name: str
    admin_title: str
    admin_mobile: str
    admin_account: str
    identity: str = ""

    def values(self) -> dict[str, Any]:
        """The columns of the application's row."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "identity"}


def tidied(content: Content) -> Content:
    """The same without stray blanks; codes and accounts in their one way of writing."""
    texts: dict[str, Any] = {
        item.name: " ".join(value.split())
        for item in fields(content)
        if type(value := getattr(content, item.name)) is str
    }
    texts["code"] = "".join(content.code.split()).upper()
    texts["admin_mobile"] = "".join(content.admin_mobile.split())
    texts["admin_account"] = content.admin_account.strip().lower()
    return replace(content, **texts)


def problems(session: Session, content: Content, *, identity_known: bool = False) -> list[Invalid]:
    """Everything that is wrong with a tidied content, each naming its field.

    Of other units nothing is told but that a name or code is taken; whether a person has an account is told to nobody.
    """
    found = [*_wrong_place(session, content), *taken(session, content)]
    found += _attempt(lambda: check_code(content.code, current().rules))
    for name in NAMED:
        found += _attempt(partial(check_name, getattr(content, name), name))
    found += wrong_account(content.admin_account)
    if not MOBILE.fullmatch(content.admin_mobile):
        found.append(Invalid("A mobile number has 11 digits and begins with 1.", field="admin_mobile"))
    if content.identity or not identity_known:
        found += _attempt(lambda: hash_of(content.identity, current().storage_keys))
    return found


def taken(session: Session, content: Content | UnitApplication) -> list[Invalid]:
    """Which of name, code and document code (机关代字) a unit in exchange bears already."""
    ours = {key: getattr(content, key) for key in TAKEN}
    rows = session.execute(
        select(Unit.name, Unit.code, Unit.document_code).where(
            Unit.left_at.is_(None), or_(*(getattr(Unit, key) == value for key, value in ours.items()))
        )
    ).all()
    return [
        Invalid(text, field=key) for key, text in TAKEN.items() if any(getattr(row, key) == ours[key] for row in rows)
    ]


def wrong_account(account: str) -> list[Invalid]:
    """What the city's rule has against an account name (EE6)."""
    if re.fullmatch(current().rules.account_name, account):
        return []
    return [Invalid("This account name is not by the city's rule.", field="admin_account")]


def _wrong_place(session: Session, content: Content) -> list[Invalid]:
    """Whether kind, tier and superior fit together (EE4)."""
    if content.district_id is not None:
        district = session.get(Unit, content.district_id)
        if district is None or not district.is_district_office or district.left_at is not None:
            return [Invalid("Choose the superior from the list.", field="superior")]
        if content.tier is not Tier.DISTRICT or content.kind is UnitKind.GOVERNMENT:
            return [Invalid("A unit under a district belongs to the district's tier.", field="tier")]
    elif content.tier is Tier.DISTRICT and content.kind is not UnitKind.GOVERNMENT:
        return [Invalid("Choose the district the unit belongs to.", field="superior")]
    return []


def _attempt(check: Any) -> list[Invalid]:
    try:
        check()
    except Invalid as error:
        return [error]
    return []
