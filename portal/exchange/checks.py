"""The automatic checks of an opened delivery (X-4, GZ34): sender, integrity, attachments, seal, layout.

They read the stored bytes themselves and compare them with the register; nothing the sender's page said counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from sqlalchemy.orm import Session

from portal.core.errors import PortalError
from portal.core.store import FileStore, StoreDamaged, StoreMissing
from portal.core.text import N_
from portal.documents.models import Attachment, Document
from portal.documents.typesetting.pdf import METADATA_NAME
from portal.exchange.findings import Check, Finding, Findings, Outcome
from portal.exchange.layout import faults
from portal.seals import queries as seals
from portal.seals.lifecycle import SealState
from portal.seals.models import UnitSeal
from portal.seals.verifying import Reason, Verdict

# What a reason of the verifier speaks against; what isn't here speaks against the seal.
AGAINST_INTEGRITY = frozenset(
    {
        Reason.TOO_LARGE,
        Reason.UNREADABLE,
        Reason.ENCRYPTED,
        Reason.OTHER_FILE,
        Reason.UNREGISTERED,
        Reason.FILLABLE,
        Reason.CHANGED,
        Reason.ADDED,
        Reason.NOT_CLOSED,
    }
)


@dataclass(frozen=True)
class Evidence:
    """What the checks look at. `path` is None when the store gave nothing; `seals` are the register's, by serial."""

    document: Document
    store: FileStore
    path: Path | None
    verdict: Verdict | None
    seals: dict[str, UnitSeal]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Everything the verifier has against the file."""
        return self.verdict.reasons if self.verdict else ()


def register_of(session: Session, verdict: Verdict | None) -> dict[str, UnitSeal]:
    """The register's entry of each seal found on the file."""
    serials = [found.serial for found in verdict.seals] if verdict else []
    known = ((serial, seals.by_certificate_serial(session, serial)) for serial in serials)
    return {serial: seal for serial, seal in known if seal is not None}


def run(evidence: Evidence) -> Findings:
    """Make every check; each gives at least one line."""
    return Findings(tuple(finding for check in CHECKS for finding in check(evidence)))


def _sender(evidence: Evidence) -> Iterator[Finding]:
    """A seal's certificate belongs to each unit the register names as an issuer, and the first is the sender."""
    document, stamped = evidence.document, {seal.unit_id for seal in evidence.seals.values()}
    for unit in (document.unit, *(item.unit for item in document.joint)):
        name = unit.name_at(document.sent_at)
        if unit.id in stamped:
            yield _good(Check.SENDER, N_("Stamped with the seal of %(unit)s, the sender."), unit=name)
        else:
            yield _bad(Check.SENDER, N_("No seal on the file belongs to %(unit)s, the sender."), unit=name)


def _integrity(evidence: Evidence) -> Iterator[Finding]:
    """The stored bytes are those of the register and of the seal."""
    if evidence.path is None:
        yield _bad(Check.INTEGRITY, N_("The stored file is damaged or missing."))
        return
    against = [reason for reason in evidence.reasons if reason in AGAINST_INTEGRITY]
    for reason in against:
        yield _bad(Check.INTEGRITY, reason.value)
    if not against:
        yield _good(Check.INTEGRITY, N_("The file is, byte for byte, the one that was sealed and registered."))


def _attachments(evidence: Evidence) -> Iterator[Finding]:
    """Every file named inside the sealed document is there and whole, and no other one is."""
    named = _named_files(evidence.path)
    if named is None:
        yield _bad(Check.ATTACHMENTS, N_("The list of attachments inside the document can't be read."))
        return
    registered = {item.digest: item for item in evidence.document.attachments}
    faulty = [*_lost(named, registered, evidence.store), *_strange(named, registered)]
    yield from faulty
    if not faulty and named:
        yield _good(Check.ATTACHMENTS, N_("All %(count)s attachments are there and unchanged."), count=len(named))
    elif not faulty:
        yield _good(Check.ATTACHMENTS, N_("The document has no attachments."))


def _seal(evidence: Evidence) -> Iterator[Finding]:
    """The seal was valid when it was used; what has become of it since is told."""
    if evidence.verdict is None or not evidence.verdict.seals:
        yield _bad(Check.SEAL, Reason.NO_SEAL.value)
        return
    against = [reason for reason in evidence.reasons if reason not in AGAINST_INTEGRITY]
    for reason in against:
        yield _bad(Check.SEAL, reason.value)
    for found in evidence.verdict.seals:
        yield from _register_says(found.name, evidence.seals.get(found.serial), bool(against))


def _register_says(name: str, seal: UnitSeal | None, doubted: bool) -> Iterator[Finding]:
    if seal is None:
        yield _bad(Check.SEAL, N_("The seal “%(name)s” isn't in the register."), name=name)
    elif seal.state == SealState.SUSPENDED:
        yield _warn(Check.SEAL, N_("The seal “%(name)s” was suspended meanwhile. Ask the sender."), name=name)
    elif seal.state != SealState.IN_CUSTODY:
        yield _warn(Check.SEAL, N_("The seal “%(name)s” was valid then and was revoked since."), name=name)
    elif not doubted:
        yield _good(Check.SEAL, N_("The seal “%(name)s” was valid when it was used and is valid now."), name=name)


def _layout(evidence: Evidence) -> Iterator[Finding]:
    """The page is an official document's: A4, archival, all fonts inside, the seal on its signature block."""
    found = [N_("The stored file is damaged or missing.")] if evidence.path is None else faults(evidence.path)
    for fault in found:
        yield _bad(Check.LAYOUT, fault)
    if not found:
        text = N_("A4, PDF/A-3, every font embedded, the seal on the signature block.")
        yield _good(Check.LAYOUT, text)


CHECKS: tuple[Callable[[Evidence], Iterator[Finding]], ...] = (_sender, _integrity, _attachments, _seal, _layout)


def _named_files(path: Path | None) -> dict[str, str] | None:
    """Names of the attachments by digest, as the sealed document itself has them; None when it can't be read."""
    if path is None:
        return None
    try:
        with pikepdf.open(path) as pdf:
            listed = json.loads(pdf.attachments[METADATA_NAME].get_file().read_bytes())["attachments"]
            return {item["sha256"]: item["name"] for item in listed}
    except (pikepdf.PdfError, LookupError, TypeError, ValueError):
        return None


def _lost(named: dict[str, str], registered: dict[str, Attachment], store: FileStore) -> Iterator[Finding]:
    for digest, name in named.items():
        if digest not in registered or not _whole(store, digest):
            yield _bad(Check.ATTACHMENTS, N_("The attachment %(name)s is missing or damaged."), name=name)


def _strange(named: dict[str, str], registered: dict[str, Attachment]) -> Iterator[Finding]:
    for digest, item in registered.items():
        if digest not in named:
            yield _bad(Check.ATTACHMENTS, N_("%(name)s doesn't belong to the sealed document."), name=item.name)


def _whole(store: FileStore, digest: str) -> bool:
    """Whether the stored bytes have this SHA-256; the store proves it while it reads."""
    try:
        for _ in store.reader(digest):
            pass
    except (StoreDamaged, StoreMissing):
        return False
    return True


def _good(check: Check, detail: str, **params: Any) -> Finding:
    return Finding(check, Outcome.GOOD, detail, params)


def _warn(check: Check, detail: str, **params: Any) -> Finding:
    return Finding(check, Outcome.WARN, detail, params)


def _bad(check: Check, detail: str, **params: Any) -> Finding:
    return Finding(check, Outcome.BAD, detail, params)


def unfinished(error: PortalError) -> Findings:
    """The checks could not be finished."""
    return Findings(error=str(error))
