"""Using seals: asking the seal server for a stamp or for the signed code of a copy; suspending at once.

Seals knows bytes, a digest and a reference, never what a document is.

Everybody takes locks in one order (decision 29): ceremony, application, requests by id, seals by id, then what the
asking capability keeps, and the seal server's memory last of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.core.clock import now
from portal.core.db import session_of
from portal.core.errors import AlreadyDone, Denied, Invalid, Refused
from portal.core.jobs import Queue, enqueue
from portal.core.permissions import Permission
from portal.core.text import N_
from portal.ledger.operations import record
from portal.ledger.vocabulary import Event
from portal.people.models import Person
from portal.people.roles import Role
from portal.seals import answers, consent, custody, hooks, queries, unit_rules
from portal.seals.consent import Consent
from portal.seals.lifecycle import SEAL, STAMP, SealAct, SealState, StampAct, StampState
from portal.seals.models import SealClass, UnitSeal
from portal.seals.use_models import CodeRequest, StampRequest

STAMP_JOB = "portal.seals.sealing.stamp"
FORGET_JOB = "portal.seals.sealing.forget_request"
COUNT_JOB = "portal.seals.counting.compare"
STATUS_JOB = "portal.seals.sealing.renew_statuses"
LONGEST_NOTE = 200
REVOKED = N_("The seal was revoked before it was stamped.")
SUSPENDED = N_("The seal was suspended before it was stamped.")
SIGN_CODE_JOB = "portal.seals.sealing.sign_code"


def ask_stamp(
    session: Session,
    *,
    seal: UnitSeal,
    custodian: Person,
    reference: str,
    purpose: str,
    digest: str,
    given: Consent,
    place: int = 1,
    straddling: bool = False,
) -> StampRequest:
    """Ask for the seal on the file with this digest; the asker's own consent is the first (S-6, GZ24).

    `reference` tells the asker's capability what was stamped; `given` is the consent that `consent.prove` took for
    these very facts. `place` is the issuer's in a joint document: from the second on, the file is the one its
    predecessor's seal left. Raises Refused, Denied.
    """
    _require_usable(seal, custodian, SealClass.SIGNATURE)
    _require_turn(session, seal, digest, place, straddling)
    what = consent.matter(
        session, seal, reference=reference, purpose=purpose, digest=digest, place=place, straddling=straddling
    )
    request = StampRequest(
        seal=seal,
        reference=what.reference,
        purpose=what.purpose,
        digest=what.digest,
        attempt=what.attempt,
        place=what.place,
        straddling=what.straddling,
        asked_by=custodian,
        asked_at=now(),
    )
    session.add(request)
    session.flush()
    approve_stamp(request, custodian, given)
    return request


def lock_request(request: StampRequest) -> Session:
    """Read a stamp request anew and keep its row. Before the asker's own row: the seal server locks in that order."""
    session = session_of(request)
    session.flush()
    session.refresh(request, with_for_update=True)
    return session


def approve_stamp(request: StampRequest, custodian: Person, given: Consent) -> None:
    """A custodian consents to stamping exactly this digest; the seal server works once enough have (S-6).

    Raises AlreadyDone, Denied, and Refused for somebody whose side has consented already.
    """
    seal = request.seal
    _require_usable(seal, custodian, SealClass.SIGNATURE)
    if request.state != StampState.ASKED:
        raise AlreadyDone("This request was already dealt with.")
    acting = {approval.person_id for approval in request.approvals}
    if custodian.id in acting:
        raise AlreadyDone("You have already approved this stamping; another custodian must approve as well.")
    rule = custody.of(seal)
    if rule.is_enough(acting):
        raise AlreadyDone("This request was already dealt with.")
    if not rule.helps(custodian.id, acting):
        raise Refused("Your side has consented already: now somebody who keeps the other part must consent.")
    session = session_of(request)
    consent.keep(request, custodian, given, now())
    session.flush()
    if rule.is_enough({*acting, custodian.id}):
        enqueue(session, Queue.SEAL, STAMP_JOB, request_id=request.id)


def ask_code(
    session: Session, *, seal: UnitSeal, holder: Person, reference: str, facts: Mapping[str, Any]
) -> CodeRequest:
    """Ask for the code of one copy, signed by the unit's verification seal (S-1, X-5)."""
    _require_usable(seal, holder, SealClass.VERIFICATION)
    request = CodeRequest(seal=seal, reference=reference, asked_by=holder, facts=dict(facts), asked_at=now())
    session.add(request)
    session.flush()
    enqueue(session, Queue.SEAL, SIGN_CODE_JOB, request_id=request.id)
    return request


def suspend(seal: UnitSeal, person: Person, reason: str) -> None:
    """Freeze a seal at once: one person is enough, only a ceremony unfreezes it (S-12)."""
    if person.acting is not None:
        raise Denied("Nobody stands in for another over a seal. Switch back to your own work first.")
    if person.unit_id != seal.unit_id and Role.SECRECY_OFFICE not in person.roles:
        raise Denied("Only the unit itself or the secrecy office can suspend this seal.")
    if not reason.strip():
        raise Invalid("Say why the seal is suspended.", field="reason")
    session = session_of(seal)
    lock_waiting(session, [seal.id])
    session.refresh(seal, ["state"], with_for_update={"of": UnitSeal})
    if seal.state == SealState.SUSPENDED:
        raise AlreadyDone("This seal was already suspended.")
    freeze(session, seal)
    record(Event.SEAL_SUSPENDED, subject=seal, actor=person, reason=reason.strip())


def freeze(session: Session, seal: UnitSeal) -> None:
    """Suspend a seal that the caller has locked, after what waits for it: nothing is stamped with it any more."""
    seal.state, seal.suspended_at = SEAL.advance(seal.state, SealAct.SUSPEND), now()
    answers.outdate(session, seal.certificate_serial)
    enqueue(session, Queue.SEAL, STATUS_JOB)
    call_off_waiting(session, seal, SUSPENDED)


def revoke_at_once(seal: UnitSeal, person: Person, reason: str, why: str) -> None:
    """End a seal whose key or carrier is lost, or whose end was approved: at once, without a ceremony (CA31).

    `reason` as in RFC 5280. Its key is destroyed in a later ceremony; nothing can be stamped with it from now on.
    Raises Denied, AlreadyDone.
    """
    if person.acting is not None:
        raise Denied("Nobody stands in for another over a seal. Switch back to your own work first.")
    head = Role.UNIT_HEAD in person.own_roles and person.unit_id == seal.unit_id
    if not head and Role.SECRECY_OFFICE not in person.own_roles:
        raise Denied("Only the head of the seal's unit or the secrecy office revokes a seal.")
    session = lock_with_waiting(seal)
    if not SEAL.allows(seal.state, SealAct.REVOKE):
        raise AlreadyDone("This seal is revoked already.")
    seal.state = SEAL.advance(seal.state, SealAct.REVOKE)
    seal.revoked_at, seal.revoked_reason = now(), reason
    answers.outdate(session, seal.certificate_serial)
    enqueue(session, Queue.SEAL, STATUS_JOB)
    record(Event.SEAL_REVOKED, subject=seal, actor=person, unit_id=seal.unit_id, reason=why)
    call_off_waiting(session, seal, REVOKED)


def lock_with_waiting(seal: UnitSeal) -> Session:
    """Lock the stamp requests that wait for a seal, then the seal: the seal server locks in that order."""
    session = session_of(seal)
    session.flush()
    lock_waiting(session, [seal.id])
    session.refresh(seal, ["state"], with_for_update={"of": UnitSeal})
    return session


def take_back(seal: UnitSeal, officer: Person, note: str) -> None:
    """The secrecy office records that the unit handed the seal back (GZ25); nobody uses it from then on.

    Raises Denied, AlreadyDone, Refused for a seal that is revoked, Invalid for an empty note.
    """
    if not officer.may(Permission.SEALS_TAKE_BACK):
        raise Denied("Only the secrecy office takes seals back.")
    note = note.strip()
    if not note or len(note) > LONGEST_NOTE:
        raise Invalid("Say in at most %(longest)s characters what was handed over.", field="note", longest=LONGEST_NOTE)
    session = session_of(seal)
    session.flush()
    lock_waiting(session, [seal.id])
    session.refresh(seal, ["state", "returned_at"], with_for_update={"of": UnitSeal})
    if seal.returned_at is not None:
        raise AlreadyDone("This seal was already handed back.")
    if seal.state not in queries.LIVE_SEALS:
        raise Refused("This seal is revoked; there is nothing to hand back.")
    if seal.state == SealState.IN_CUSTODY:
        freeze(session, seal)
    seal.returned_at, seal.returned_by, seal.returned_note = now(), officer, note
    record(Event.SEAL_TAKEN_BACK, subject=seal, actor=officer, note=note)


def call_off(request: StampRequest, why: str) -> None:
    """End a request, locked by the caller, that the seal server has not done yet; nothing for one that is done."""
    if request.state == StampState.ASKED:
        request.state, request.error = STAMP.advance(request.state, StampAct.FAIL), why
        enqueue(session_of(request), Queue.SEAL, FORGET_JOB, request_id=request.id)


def call_off_waiting(session: Session, seal: UnitSeal, why: str) -> None:
    """Tell whoever waits for a stamp of this seal that it won't come.

    The caller holds the seal, so a request that came after `lock_waiting` and is somebody else's now is left to them:
    they wait for the seal, and find out what became of it.
    """
    waiting = _waiting([seal.id]).with_for_update(of=StampRequest, skip_locked=True)
    for request in session.scalars(waiting.execution_options(populate_existing=True)).all():
        call_off(request, why)
        hooks.stamp_failed.call(session, request)


def lock_waiting(session: Session, seal_ids: Iterable[int]) -> None:
    """Lock what waits for a stamp of these seals, before the seals themselves."""
    session.scalars(_waiting(seal_ids).with_for_update(of=StampRequest)).all()


def lock_seal(session: Session, seal: UnitSeal) -> None:
    """Read the seal of a request anew and keep it from ending; others may use it meanwhile. After the request."""
    session.refresh(seal, with_for_update={"of": UnitSeal, "read": True, "key_share": True})


def _waiting(seal_ids: Iterable[int]) -> Select[StampRequest]:
    return (
        select(StampRequest)
        .where(StampRequest.seal_id.in_(sorted(seal_ids)), StampRequest.state == StampState.ASKED)
        .order_by(StampRequest.id)
    )


def _require_turn(session: Session, seal: UnitSeal, digest: str, place: int, straddling: bool) -> None:
    """The issuers of a joint document seal in their order, each once (GB/T 9704 7.3.5.1); the first may straddle."""
    if place == 1:
        return
    if straddling:
        raise Refused("Only the first seal can straddle the pages: afterwards nothing may be drawn on them.")
    before = queries.pressed_on(session, digest)
    if place < 1 or len(before) != place - 1:
        raise Refused("The seals of a joint document are pressed one after another, in the issuers' order.")
    if any(request.seal.unit_id == seal.unit_id for request in before):
        raise Refused("This unit's seal is on the document already.")


def _require_usable(seal: UnitSeal, person: Person, seal_class: SealClass) -> None:
    if seal.seal_class != seal_class:
        raise Refused("This seal is of the other kind.")
    if seal.state != SealState.IN_CUSTODY:
        raise Refused("This seal is suspended or revoked and can't be used.")
    if not seal.valid_from <= now() <= seal.valid_until:
        raise Refused("This seal's certificate isn't valid today. It must be renewed.")
    if person.unit_id != seal.unit_id or not queries.keeps(seal, person):
        raise Denied("You don't keep this seal; only the people named in its custody record can use it.")
    if seal_class is SealClass.SIGNATURE:
        unit_rules.require_read(session_of(seal), seal.unit_id, person)
