"""Pressing a seal: one set of consents makes one impression, and none exists that the seal server doesn't know of.

The use is reserved in the seal server's memory before the device signs. The sealed file lies in a folder of the seal
server alone until the memory knows its digest; only then the store, which others read, gets it. So whatever is killed
when: what left is known, and a repetition hands out the same file or presses where nothing had left (S-6, S-10).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from cryptography import x509

from hsm.errors import HsmError, SettingsInvalid
from hsm.uses import SEALED
from portal.core.clock import now
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.core.text import N_
from portal.core.workspace import LEFT_OVER_AFTER
from portal.seals import device, use_lines
from portal.seals.consent import Matter
from portal.seals.custody_check import Checked
from portal.seals.stamping import Impression
from portal.seals.stamping import stamp as press
from portal.seals.use_models import StampRequest

log = structlog.get_logger(__name__)

FOLDER = "pressing"
GONE = N_("This stamping was done before, but its file is gone. Ask for the stamp again.")


def press_once(runtime: Runtime, request: StampRequest, checked: Checked, what: Matter) -> dict[str, Any]:
    """The impression made on these consents, pressed now unless it was before; its file is in the store then.

    Returns what `use_lines.stamp_result` holds. Raises Refused, Unavailable; SettingsInvalid, with nothing signed,
    when the memory can't be written.
    """
    facts = use_lines.stamp_facts(request, (approval.person_id for approval in request.approvals))
    memory = device.current().memory
    made = memory.uses.reserve(checked.key, what.identity, facts, use_lines.moment(now()))
    if made is None:
        made = _press_reserved(runtime, request, checked, what)
    _hand_out(runtime, made[SEALED])
    return made


def sweep(runtime: Runtime) -> None:
    """Remove what killed stampings left in the clear, but no finished file that the store still lacks."""
    memory = device.current().memory
    for path in private_folder().iterdir():
        if now().timestamp() - path.stat().st_mtime <= LEFT_OVER_AFTER:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif runtime.store.exists(path.stem) or not memory.uses.has_result(path.stem):
            path.unlink(missing_ok=True)


def _press_reserved(runtime: Runtime, request: StampRequest, checked: Checked, what: Matter) -> dict[str, Any]:
    uses = device.current().memory.uses
    with tempfile.TemporaryDirectory(dir=private_folder()) as folder:
        source, target = Path(folder) / "frozen.pdf", Path(folder) / "sealed.pdf"
        try:
            runtime.store.copy_to(request.digest, source)
            impression = _press(runtime, request, _face(runtime, checked.facts), source, target)
            kept = _keep(target, impression.sealed_digest)
        except BaseException:
            # Whatever the device may have signed is gone with the folder, unseen by anybody.
            with suppress(SettingsInvalid):
                uses.release(checked.key, what.identity)
            raise
    signer = request.seal.signer
    made = use_lines.stamp_result(impression.sealed_digest, impression.page, signer, now())
    in_force = uses.finish(checked.key, what.identity, made)
    if in_force[SEALED] != impression.sealed_digest:  # another seal server was quicker: this one never left
        kept.unlink()
    return in_force


def _hand_out(runtime: Runtime, digest: str) -> None:
    """See that the store has a finished file. Raises Refused when it is nowhere."""
    kept = _kept(digest)
    if not runtime.store.exists(digest):
        try:
            with kept.open("rb") as file:
                runtime.store.put(file)
        except FileNotFoundError as error:
            raise Refused(GONE) from error
    kept.unlink(missing_ok=True)


def private_folder() -> Path:
    """Where files lie that aren't finished; only the seal server's account reads it."""
    folder = device.current().settings_path.with_name(FOLDER)
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _kept(digest: str) -> Path:
    return private_folder() / f"{digest}.pdf"


def _keep(target: Path, digest: str) -> Path:
    """Make the sealed file durable under its digest's name."""
    with target.open("rb") as file:
        os.fsync(file.fileno())
    kept = _kept(digest)
    os.replace(target, kept)
    folder = os.open(kept.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return kept


def _face(runtime: Runtime, custody: dict[str, Any]) -> bytes:
    """The face the ceremony signed. Raises Refused when the store holds other bytes under its name."""
    digest = str(custody["face_sha256"])
    face = b"".join(runtime.store.reader(digest))
    if hashlib.sha256(face).hexdigest() != digest:
        raise Refused("The face of this seal isn't the one made in the ceremony.")
    return face


def _press(runtime: Runtime, request: StampRequest, face: bytes, source: Path, target: Path) -> Impression:
    seal, held = request.seal, device.current()
    certificate = x509.load_pem_x509_certificate(seal.certificate.encode())
    try:
        return press(
            source,
            target,
            face_pdf=face,
            diameter_mm=seal.diameter_mm,
            place=request.place,
            straddling=request.straddling,
            signer=held.seal_signer(seal.key_label, certificate),
            timestamper=held.time_stamper,
            validation_context=held.validation_context(certificate),
            reason=request.purpose,
            location=runtime.settings.city_name,
            name=seal.name,
            approved_digest=request.digest,
        )
    except HsmError as error:
        log.error("device refused to stamp", error=error.code, seal=seal.id)
        raise device.unavailable(error) from error
