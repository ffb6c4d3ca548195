"""What the worker makes about seals: the application form, use books, the register."""

from __future__ import annotations

import io
from collections.abc import Iterator

from sqlalchemy.orm import Session

from portal.core import paper as sheets_of_paper
from portal.core import sheets
from portal.core.clock import now
from portal.core.errors import PortalError
from portal.core.jobs import job
from portal.core.runtime import Runtime
from portal.seals import listing, other_certificates, paper_texts, queries, register, use_book
from portal.seals.evidence import files_of
from portal.seals.kinds import Cause
from portal.seals.models import MAKING, ApplicationKind, SealApplication
from portal.seals.paper_models import Format, Paper, SealPaper

TITLES = {Paper.USES: "用印登记簿", Paper.REGISTER: "印章登记簿"}


def _tell(session: Session, error: PortalError, *, paper_id: int) -> None:
    session.get_one(SealPaper, paper_id).error = str(error)


def _made(work: Runtime, session: Session, *, paper_id: int) -> str | None:
    wanted = session.get(SealPaper, paper_id)
    if wanted is None or wanted.digest is not None:
        return None
    return work.store.put(io.BytesIO(_bytes(work, session, wanted))).digest


@job(on_failure=_tell, prepare=_made)
def make(_work: Runtime, session: Session, digest: str | None, *, paper_id: int) -> None:
    """Keep the file somebody asked for."""
    wanted = session.get_one(SealPaper, paper_id)
    if wanted.digest is None and digest is not None:
        wanted.digest = digest


def _bytes(work: Runtime, session: Session, wanted: SealPaper) -> bytes:
    if wanted.application is not None:
        return _form(work, session, wanted.application)
    rows = list(_rows(session, wanted))
    title = TITLES[Paper(wanted.what)]
    if wanted.format == Format.CSV:
        return "".join(sheets.csv_lines(rows)).encode()
    if wanted.format == Format.XLSX:
        return sheets.workbook(title, rows).getvalue()
    heading = f"{wanted.seal.name}{title}" if wanted.seal else title
    return sheets_of_paper.render(
        "seal_table.html", title=heading, headings=rows[0], rows=rows[1:], made_at=now(), city=work.settings.city_name
    )


def _rows(session: Session, wanted: SealPaper) -> Iterator[tuple[str, ...]]:
    if wanted.seal is not None:
        return paper_texts.use_rows(use_book.whole(session, wanted.seal, use_book.Wanted(**wanted.wanted)))
    return paper_texts.register_rows(register.whole(session, register.Wanted(**wanted.wanted)))


def _form(work: Runtime, session: Session, application: SealApplication) -> bytes:
    details, kind = application.details, ApplicationKind(application.kind)
    cause = details.get("cause")
    return sheets_of_paper.render(
        "seal_application.html",
        application=application,
        city=work.settings.city_name,
        kind=paper_texts.KINDS[kind],
        makes=kind in MAKING,
        cause=paper_texts.CAUSES[Cause(cause)] if cause else "",
        circumstances=details.get("circumstances", ""),
        carrier=details.get("carrier", ""),
        seals=queries.seals_named(session, application.seal_ids),
        classes=paper_texts.CLASSES,
        custodians=listing.people_named(session, application.custodian_ids),
        holders=listing.people_named(session, application.holder_ids),
        others=other_certificates.named(application),
        files=files_of(application),
        opinions=paper_texts.opinions(application),
        printed_at=now(),
    )
