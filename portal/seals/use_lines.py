"""The lines of the use book as the seal server remembers them: what each use was for, and what came of it (S-10).

Made from rows with the same words by whoever reserves a use and by whoever compares, so that equal lines are equal.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from hsm.uses import SEALED, Use
from portal.core.clock import to_city
from portal.seals.consent import Matter
from portal.seals.lifecycle import StampState
from portal.seals.use_models import CodeRequest, StampApproval, StampRequest

Facts = dict[str, Any]
_STAMP = ("reference", "purpose", "digest", "attempt", "place", "straddling")


def stamp_facts(request: Any, keepers: Iterable[int]) -> Facts:
    """What a stamping is for. request: a `StampRequest` or the columns of one; keepers: who consented."""
    what = {name: getattr(request, name) for name in _STAMP}
    return {**what, **_asked(request), "keepers": sorted(keepers)}


def stamp_result(sealed_digest: str, page: int, signer: str, at: datetime) -> Facts:
    """What came of a stamping."""
    return {SEALED: sealed_digest, "page": page, "signer": signer, "at": moment(at)}


def code_facts(request: Any) -> Facts:
    """What the code of a copy says. request: a `CodeRequest` or the columns of one."""
    return {"reference": request.reference, "copy": request.facts, **_asked(request)}


def code_result(code: str | None, at: datetime) -> Facts:
    """What came of asking for a code."""
    return {"code": code, "at": moment(at)}


def slot_of(reference: str) -> str:
    """Under which a copy's code is signed once."""
    return sha256(reference.encode()).hexdigest()


def moment(at: datetime) -> str:
    """A time as it is remembered."""
    return at.astimezone(UTC).isoformat()


def booked(session: Session, seal_ids: Iterable[int], certificate_sha256: str) -> list[Use]:
    """The lines of these seals' books, oldest first. They have one key, certified by this certificate."""
    ids = list(seal_ids)
    # Asked while the memory is locked: writing rows that wait here could wait for somebody who waits for the memory.
    with session.no_autoflush:
        return [*_stamps(session, ids, certificate_sha256), *_codes(session, ids)]


def line_of(use: Use) -> str:
    """What two equal lines have in common, times and people too."""
    return json.dumps([use.facts, use.result], ensure_ascii=False, sort_keys=True)


def words_of(use: Use) -> str:
    """A line in a few words, for a person who looks for it."""
    facts, result = use.facts or {}, use.result or {}
    copy = facts.get("copy")
    told = f"{copy.get('title', '')} {copy.get('copy_id', '')}" if isinstance(copy, dict) else facts.get("purpose", "")
    at = result.get("at") or use.at
    day = f"{to_city(datetime.fromisoformat(at)):%Y-%m-%d %H:%M}" if at else ""
    return " · ".join(part for part in (str(told).strip(), day, str(result.get(SEALED) or use.matter)[:16]) if part)


def _stamps(session: Session, seal_ids: list[int], certificate_sha256: str) -> Iterator[Use]:
    wanted = (StampRequest.seal_id.in_(seal_ids), StampRequest.state == StampState.STAMPED)
    rows = session.execute(select(StampRequest.__table__).where(*wanted).order_by(StampRequest.id)).all()
    approvals = select(StampApproval.request_id, StampApproval.person_id).join(
        StampRequest, StampRequest.id == StampApproval.request_id
    )
    keepers = defaultdict(list)
    for request_id, person_id in session.execute(approvals.where(*wanted)):
        keepers[request_id].append(person_id)
    for row in rows:
        what = Matter(certificate_sha256, *(getattr(row, name) for name in _STAMP))
        at = row.stamped_at or row.asked_at
        result = stamp_result(row.sealed_digest, row.page, row.signer, at)
        yield Use(what.identity, stamp_facts(row, keepers[row.id]), moment(at), result)


def _codes(session: Session, seal_ids: list[int]) -> Iterator[Use]:
    wanted = (CodeRequest.seal_id.in_(seal_ids), CodeRequest.signed_at.is_not(None))
    for row in session.execute(select(CodeRequest.__table__).where(*wanted).order_by(CodeRequest.id)):
        result = code_result(row.code, row.signed_at)
        slot = slot_of(row.reference)
        yield Use(slot, code_facts(row), moment(row.signed_at), result, slot)


def _asked(request: Any) -> Facts:
    return {"asked_by": request.asked_by_id, "asked_at": moment(request.asked_at)}
