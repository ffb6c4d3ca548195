"""Exchange rules 交换规则 (P-1): where regulations differ, the value is a typed field here, with its article.

Presets are files in `portal/presets/`; an installation names one and may lay a file of its own over it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Any

from portal.core.errors import Invalid
from portal.core.settings import Settings

PRESETS = Path(__file__).parent.parent / "presets"
# What a file must hold for a field: no text for a number, no fraction for a count.
KINDS: dict[str, type] = {
    "str": str,
    "int": int,
    "bool": bool,
    "time": time,
    "SecondFactor": str,
    "Dedicated": str,
    "SealIssuer": str,
    "Mapping[str, str]": dict,
}


class SecondFactor(StrEnum):
    """How custodians, operators and office roles prove themselves besides the password (A-9).

    `WEBAUTHN` demands a hardware key of them, a code is no longer enough; `TOTP` is the weaker rule: either will do.
    """

    TOTP = "totp"
    WEBAUTHN = "webauthn"


class Dedicated(StrEnum):
    """Which acts are bound to a unit's registered computers (A-11)."""

    NOTHING = "nothing"
    SEALS = "seals"
    EXCHANGE = "exchange"
    """Sending and receiving as well as seals."""


class SealIssuer(StrEnum):
    """Who issues the seals of districts' governments (S-7)."""

    OFFICE = "office"
    PROVINCE = "province"
    """They are made by the provincial authority; the office imports their certificates and makes none."""


CHOICES: dict[str, type[StrEnum]] = {
    "second_factor": SecondFactor,
    "dedicated_computers": Dedicated,
    "district_seals_from": SealIssuer,
}
MONTHS = 12
PATTERNS = frozenset({"organisation_code", "account_name"})


@dataclass(frozen=True, kw_only=True)
class ExchangeRules:
    """The rules in force. Every field has a source in `articles`."""

    name: str
    title: str
    same_day_until: time
    urgent_documents: bool
    max_document_mb: int
    reception_check_hours: int
    inbox_checks_a_day: int
    fault_answer_hours: int
    second_factor: SecondFactor
    password_days: int
    password_history: int
    password_length: int
    login_attempts: int
    lockout_minutes: int
    session_idle_minutes: int
    session_hours: int
    reauthentication_minutes: int
    """How long a proof of identity covers acts that can't be undone."""
    mobile_code_minutes: int
    delegation_days: int
    """The longest period an acting person is named for (A-6)."""
    dedicated_computers: Dedicated
    organisation_code: str
    """`uscc`: 18 characters with their check character (GB 32100-2015); anything else is a regular expression."""
    account_name: str
    """Regular expression of a whole account name."""
    disclosure_answer_days: int
    """Working days for the answer to a request for disclosure."""
    disclosure_extension_days: int
    """The longest extension of that time, in working days."""
    disclosure_notice_days: int
    """Working days within which an applicant is told what to correct."""
    disclosure_correction_days: int
    """Working days the applicant has for it."""
    disclosure_complaint_days: int
    """Working days for the answer to a complaint about disclosure."""
    disclosure_personal_days: int
    """How long an applicant's personal data are kept after the end of the request."""
    ceremony_minutes: int
    consent_hours: int
    """How long a keeper's consent to a stamping is good while it waits for others, or for the seal server."""
    seal_valid_years: int
    personal_certificate_years: int
    certificate_retention_years: int
    drill_months: int
    """How often the continuity plan of the certification service is tried."""
    district_seals_from: SealIssuer
    seal_night_from: time
    seal_night_until: time
    """Between these, over midnight, the use of a seal is unusual (S-10)."""
    seal_holidays_unusual: bool
    seal_burst_uses: int
    seal_burst_minutes: int
    """So many uses of one seal within so many minutes are unusual."""
    year_work_due_month: int
    """By the end of which month each unit publishes its yearly summary and plan (M-2)."""
    month_work_due_day: int
    """By which day of the month it publishes last month's report and this month's plan."""
    work_due_next_working_day: bool
    """Whether a day that is no working day moves on to the next one that is."""
    work_reminder_days: int
    """How many working days before units are reminded."""
    task_days: int
    """The limit of a request to deal with a matter, in working days, unless it says another (GZ42)."""
    task_most_days: int
    task_warning_days: int
    """From so many working days before the end on, the limit shines yellow."""
    articles: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Missing or zero thresholds are refused at start-up (architecture §4).
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, int) and not isinstance(value, bool) and value < 1:
                raise Invalid("The exchange rule %(key)s must be at least 1.", key=item.name)
        if self.year_work_due_month > MONTHS:
            raise _unknown_value("year_work_due_month")
        for key in PATTERNS:
            try:
                re.compile(getattr(self, key))
            except re.error:
                raise _unknown_value(key) from None

    @property
    def max_document_bytes(self) -> int:
        """Largest exchanged document with its files, in bytes (X-11)."""
        return self.max_document_mb * 1024 * 1024

    def article(self, key: str) -> str:
        """The article the rule `key` comes from, as shown in a quiet line on pages that apply it."""
        return self.articles[key]


def load_rules(settings: Settings) -> ExchangeRules:
    """The preset the settings name, with the installation's own file laid over it."""
    values = read_preset(settings.exchange_rules)
    if settings.exchange_rules_file is not None:
        own = tomllib.loads(settings.exchange_rules_file.read_text(encoding="utf-8"))
        values["articles"] = {**values["articles"], **own.pop("articles", {})}
        values.update(own)
    return build_rules(values)


def read_preset(name: str) -> dict[str, Any]:
    """The values of a preset file. Raises Invalid for an unknown name."""
    path = PRESETS / f"{name}.toml"
    if not path.is_file():
        raise Invalid("There are no exchange rules named %(name)s.", name=name)
    return tomllib.loads(path.read_text(encoding="utf-8"))


def build_rules(values: Mapping[str, Any]) -> ExchangeRules:
    """Rules from plain values. Raises Invalid for an unknown, missing or mistyped key, or one without its article."""
    known = {item.name for item in fields(ExchangeRules)}
    for key in values:
        if key not in known:
            raise Invalid("There is no exchange rule named %(key)s.", key=key)
    for key in known - set(values):
        raise Invalid("The exchange rule %(key)s is missing.", key=key)
    for key in known - {"name", "title", "articles"}:
        if key not in values["articles"]:
            raise Invalid("The exchange rule %(key)s doesn't name its article.", key=key)
    for item in fields(ExchangeRules):
        if type(values[item.name]) is not KINDS[str(item.type)]:
            raise _unknown_value(item.name)
    return ExchangeRules(**{**values, **{key: _chosen(key, values[key]) for key in CHOICES}})


def _chosen(key: str, value: str) -> StrEnum:
    try:
        return CHOICES[key](value)
    except ValueError:
        raise _unknown_value(key) from None


def _unknown_value(key: str) -> Invalid:
    return Invalid("The exchange rule %(key)s has an unknown value.", key=key)
