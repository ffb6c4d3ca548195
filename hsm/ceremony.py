"""The ceremony process: started anew for one approved action under two PIN shares, then gone.

`run_child` is called by the seal server. The child (`python -m hsm.ceremony`) reads one JSON object from its
standard input, does one action, writes one JSON object and exits: ending the process is the only sure way to
forget a PIN in Python. Shares never appear in arguments, environment, output or logs.
"""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from hsm import settings as settings_file
from hsm import shares
from hsm.acts import OpenCeremony
from hsm.errors import CeremonyAborted, HsmError, RequestInvalid, error_from_code
from hsm.hardening import harden
from hsm.module import load_module
from hsm.orders import Action, RotateShares, action_from_json, action_to_json
from hsm.refused_pins import Refusals
from hsm.rotation import Sheets, rotate
from hsm.sealed_shares import SealedShares
from hsm.settings import SealServerSettings
from hsm.shares import Holder, Purpose
from hsm.token import open_token
from hsm.transcript import Transcript

log = logging.getLogger(__name__)
TOLD_CHARACTERS = 2000
MAYBE_SECRET = re.compile(r"[A-Za-z0-9+/=_-]{16,}")
REFUSED = 2  # the exit code that comes with {"error": …}
SOURCE_ROOT = Path(__file__).resolve().parent.parent
KEPT_ENVIRONMENT = ("PATH", "SOFTHSM2_CONF")
REQUEST_FIELDS = {"settings_path", "share_a", "share_b", "action", "room", "sheets", "sealed"}


def run_child(
    settings_path: Path,
    share_a: str,
    share_b: str,
    action: Action,
    timeout: float = 60,
    room: Mapping[str, Any] | None = None,
    sheets: Sheets | None = None,
    sealed: SealedShares | None = None,
) -> Transcript:
    """Run one action in a fresh process and return its transcript, signed by the custody key.

    share_a, share_b: as typed by the two operators; timeout: seconds until the child is killed; room: who is there and
    for which application, to be signed with the account; sheets: all old and new shares when the action is
    RotateShares; sealed: all these shares in the envelopes that the operators' browsers closed, instead.
    Raises what the child refused with (ShareTypo, ShareWrong, TokenMissing, KeyExists …), CeremonyAborted
    when it ended without an answer, RecordForged when the transcript is not signed by the pinned key.
    """
    request = {
        "settings_path": str(settings_path),
        "share_a": share_a,
        "share_b": share_b,
        "action": action_to_json(action),
        "room": dict(room or {}),
        "sheets": sheets.to_json() if sheets else None,
        "sealed": sealed.to_json() if sealed else None,
    }
    environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-s", "-m", "hsm.ceremony"],
            input=json.dumps(request).encode(),
            capture_output=True,
            env={**environment, "PYTHONPATH": str(SOURCE_ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CeremonyAborted(f"The ceremony was not done after {timeout:g} seconds and was stopped.") from error
    if done.returncode:
        _tell(done.stderr)
    transcript = _read_answer(done.returncode, done.stdout)
    transcript.verify(settings_file.load(settings_path).pinned.custody_public_key_pem)
    return transcript


def perform(
    settings: SealServerSettings, share_a: str, share_b: str, action: Action, room: Mapping[str, Any] | None = None
) -> Transcript:
    """Check the shares, open both tokens, do the action, close everything. Raises HsmError."""
    pin = _combine(settings, share_a, share_b)
    device = settings.device
    module = load_module(device.module_path)
    with (
        open_token(module, device.ceremony_label, device.ceremony_serial, pin, writable=True) as ceremony,
        open_token(module, device.seals_label, device.seals_serial, settings.seals.pin, writable=True) as seals,
    ):
        del pin
        return OpenCeremony(settings, ceremony, seals, room or {}).perform(action)


def main() -> int:
    """The child: one request in, one answer out."""
    harden()
    answers = _private_output()
    try:
        request = _read_request()
        action = action_from_json(request["action"])
        path = Path(request["settings_path"])
        if isinstance(action, RotateShares):
            transcript = rotate(path, _sheets_of(request), action, request["room"])
        else:
            settings = settings_file.load(path)
            load_module(settings.device.module_path, Refusals.beside(path))
            transcript = perform(settings, *_shares_of(request), action, request["room"])
    except HsmError as error:
        json.dump({"error": error.code, "which": error.which, "message": error.message}, answers)
        return REFUSED
    except Exception as error:  # a traceback could quote a secret: only the type goes out
        json.dump({"error": HsmError.code, "which": "", "message": f"Unexpected {type(error).__name__}."}, answers)
        return REFUSED
    else:
        json.dump({"transcript": transcript.to_json()}, answers)
        return 0
    finally:
        answers.close()


def _shares_of(request: dict[str, Any]) -> tuple[str, str]:
    sealed = request.pop("sealed")
    if sealed is not None:
        return SealedShares.from_json(sealed).typed()
    return request.pop("share_a"), request.pop("share_b")


def _sheets_of(request: dict[str, Any]) -> Sheets:
    sealed = request.pop("sealed")
    return SealedShares.from_json(sealed).sheets() if sealed is not None else Sheets.from_json(request.pop("sheets"))


def _combine(settings: SealServerSettings, text_a: str, text_b: str) -> str:
    """The ceremony PIN of two typed shares, which are checked before any PIN is tried."""
    share_a = shares.parse_share(text_a, Holder.A)
    share_b = shares.parse_share(text_b, Holder.B)
    try:
        purpose = Purpose.CEREMONY_PIN
        shares.check_any(share_a, share_b, purpose, settings.verifiers(purpose))
        return shares.combine(share_a, share_b)
    finally:
        shares.wipe(share_a)
        shares.wipe(share_b)


def _read_request() -> dict[str, Any]:
    try:
        request = json.loads(sys.stdin.buffer.read())
    except ValueError:
        # `from None`: the parser's error keeps the whole input, which holds the shares.
        raise RequestInvalid("The request is not JSON.") from None
    if not isinstance(request, dict) or request.keys() != REQUEST_FIELDS:
        raise RequestInvalid("The request does not have the expected fields.")
    if not all(isinstance(request[field], str) for field in REQUEST_FIELDS - {"action", "room", "sheets", "sealed"}):
        raise RequestInvalid("The request does not have the expected fields.")
    if not isinstance(request["room"], dict):
        raise RequestInvalid("The request does not have the expected fields.", "room")
    return request


def _read_answer(exit_code: int, output: bytes) -> Transcript:
    try:
        answer = json.loads(output)
        if exit_code == 0:
            return Transcript.from_json(answer["transcript"])
        error = error_from_code(answer["error"], answer["message"], answer["which"])
    except (ValueError, KeyError, TypeError) as cause:
        raise CeremonyAborted(f"The ceremony process ended without an answer (exit code {exit_code}).") from cause
    raise error


def _tell(errors: bytes) -> None:
    """Log the end of what a failing child, or the vendor's module in it, printed, without what may be a secret.

    A share is typed in groups of four, a PIN is one long word: neither passes.
    """
    text = errors.decode("utf-8", errors="replace")[-TOLD_CHARACTERS:].strip()
    if text:
        log.warning("the ceremony's process said: %s", MAYBE_SECRET.sub("[…]", text))


def _private_output() -> TextIO:
    """Our answer's own way out: whatever a vendor's module prints goes to standard error instead."""
    private = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return os.fdopen(private, "w", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
