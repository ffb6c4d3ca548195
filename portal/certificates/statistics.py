"""The service in numbers (《认证办法》第二十一条（四）, 第三十二条): for the page and for the year's report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from portal.certificates.lifecycle import LIVE, CertificateState
from portal.certificates.models import Certificate, CertificateApplication, Kind
from portal.certificates.service_models import ContinuityDrill, PublishedText, RevocationList
from portal.core.clock import CITY_ZONE, now, to_city
from portal.ledger.models import LedgerEvent
from portal.ledger.vocabulary import Event
from portal.units.models import Unit

MONTHS = 12


@dataclass(frozen=True)
class Figures:
    """What stands today, and what happened by month."""

    valid: int
    held: int
    ending: int
    ended: int
    entered: Sequence[tuple[str, int]]
    revoked: Sequence[tuple[str, int]]
    by_unit: Sequence[tuple[str, int]]
    by_kind: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Year:
    """The figures of one year's report."""

    entered: Counter[str]
    ended: Counter[str]
    applications: Counter[tuple[str, str]]
    reports: Sequence[Certificate]
    lists: int
    texts: Sequence[PublishedText]
    drills: Sequence[ContinuityDrill]
    standing: Counter[str]
    longest_answer: int | None
    """Seconds between the report of a loss and the list that shows it, at worst."""


def figures(session: Session) -> Figures:
    """Everything the page of statistics shows."""
    at = now()
    live = and_(Certificate.state.in_(LIVE), Certificate.valid_until > at)
    counts = session.execute(
        select(
            func.count().filter(live, Certificate.state == CertificateState.VALID),
            func.count().filter(live, Certificate.state == CertificateState.HELD),
            func.count().filter(live, Certificate.valid_until <= at + timedelta(days=90)),
            func.count().filter(~live),
        ).select_from(Certificate)
    ).one()
    since = _month_start(at, MONTHS - 1)
    months = [_name(since, step) for step in range(MONTHS)]
    by_unit = session.execute(
        select(Unit.short_name, func.count())
        .join(Certificate, Certificate.unit_id == Unit.id)
        .where(live)
        .group_by(Unit.id, Unit.short_name)
        .order_by(func.count().desc(), Unit.id)
        .limit(10)
    )
    by_kind = session.execute(select(CertificateApplication.kind, func.count()).group_by(CertificateApplication.kind))
    known: dict[str, int] = dict(by_kind.all())
    return Figures(
        valid=counts[0],
        held=counts[1],
        ending=counts[2],
        ended=counts[3],
        entered=_monthly(
            months, session.scalars(select(Certificate.entered_at).where(Certificate.entered_at >= since))
        ),
        revoked=_monthly(
            months,
            session.scalars(
                select(Certificate.revoked_at).where(
                    Certificate.state == CertificateState.REVOKED, Certificate.revoked_at >= since
                )
            ),
        ),
        by_unit=[(name, count) for name, count in by_unit],
        by_kind=[(kind.value, known.get(kind.value, 0)) for kind in Kind],
    )


def of_year(session: Session, year: int) -> Year:
    """The figures of a calendar year of the city."""
    begins, ends = datetime(year, 1, 1, tzinfo=CITY_ZONE), datetime(year + 1, 1, 1, tzinfo=CITY_ZONE)

    def within(column):  # type: ignore[no-untyped-def]  # any moment's column
        return and_(column >= begins, column < ends)

    entered = session.execute(
        select(Certificate.subject_kind, func.count())
        .where(within(Certificate.entered_at))
        .group_by(Certificate.subject_kind)
    )
    ended = session.execute(
        select(Certificate.revoked_reason, func.count())
        .where(within(Certificate.revoked_at))
        .group_by(Certificate.revoked_reason)
    )
    table = CertificateApplication
    asked = session.execute(
        select(table.kind, table.state, func.count()).where(within(table.applied_at)).group_by(table.kind, table.state)
    )
    reports = session.scalars(
        select(Certificate).where(within(Certificate.reported_at)).order_by(Certificate.reported_at)
    ).all()
    standing = session.execute(
        select(Certificate.subject_kind, func.count())
        .where(Certificate.state.in_(LIVE), Certificate.valid_until > now())
        .group_by(Certificate.subject_kind)
    )
    return Year(
        entered=Counter(dict(entered.all())),
        ended=Counter({reason or "": count for reason, count in ended}),
        applications=Counter({(kind, state): count for kind, state, count in asked}),
        reports=reports,
        lists=session.scalar(
            select(func.count()).select_from(RevocationList).where(within(RevocationList.signed_at))
        ) or 0,
        texts=session.scalars(select(PublishedText).where(within(PublishedText.published_at))).all(),
        drills=session.scalars(
            select(ContinuityDrill).where(
                ContinuityDrill.held_on >= begins.date(), ContinuityDrill.held_on < ends.date()
            )
        ).all(),
        standing=Counter(dict(standing.all())),
        longest_answer=_longest_answer(session, reports),
    )  # fmt: skip


def _longest_answer(session: Session, reports: Iterable[Certificate]) -> int | None:
    waits = []
    for certificate in reports:
        assert certificate.reported_at is not None  # chosen by it
        whose = "seal" if certificate.seal_id is not None else "people"
        signed = session.scalar(
            select(func.min(RevocationList.signed_at)).where(
                RevocationList.authority == whose, RevocationList.signed_at >= certificate.reported_at
            )
        )
        if signed is not None:
            waits.append(int((signed - certificate.reported_at).total_seconds()))
    return max(waits) if waits else None


def warnings_given(session: Session, year: int) -> int:
    """How many expiry warnings the year saw, counted from the ledger."""
    begins, ends = datetime(year, 1, 1, tzinfo=CITY_ZONE), datetime(year + 1, 1, 1, tzinfo=CITY_ZONE)
    statement = select(func.count()).where(
        LedgerEvent.kind == Event.CERTIFICATE_EXPIRY_WARNED, LedgerEvent.at >= begins, LedgerEvent.at < ends
    )
    return session.scalar(statement) or 0


def _month_start(at: datetime, back: int) -> datetime:
    day = to_city(at)
    month = day.year * 12 + day.month - 1 - back
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=CITY_ZONE)


def _name(since: datetime, step: int) -> str:
    month = since.year * 12 + since.month - 1 + step
    return f"{month // 12}-{month % 12 + 1:02d}"


def _monthly(months: Sequence[str], moments: Iterable[datetime | None]) -> list[tuple[str, int]]:
    counted = Counter(to_city(at).strftime("%Y-%m") for at in moments if at is not None)
    return [(month, counted[month]) for month in months]
