"""New shares for every PIN that two people share (S-5): when a keeper of a sheet leaves, or a sheet was seen.

Each office's browser made its new shares; both offices give old and new ones together. What can be killed midway
must stay openable: first the old PINs are proved by logging in, then the verifiers of the new shares are written
beside the old ones, then the PINs are exchanged one by one, and only when the device has opened under the new ones
are the old verifiers forgotten. Broken off in between, either sheet is accepted for each PIN, and the device says
which of them is right.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hsm import settings as settings_file
from hsm import shares
from hsm.acts import OpenCeremony, now_text
from hsm.errors import RequestInvalid, SharesSame
from hsm.module import Module, TokenInfo, load_module
from hsm.orders import RotateShares
from hsm.refused_pins import Refusals
from hsm.settings import SealServerSettings, VerifierSettings
from hsm.shares import Holder, Purpose
from hsm.token import change_pin, find_token, open_token, require_officer_pin
from hsm.transcript import Transcript


@dataclass(frozen=True)
class Sheets:
    """What both offices typed: the old and the new share of each purpose, by holder."""

    old: Mapping[Holder, Mapping[Purpose, str]] = dataclasses.field(repr=False)
    new: Mapping[Holder, Mapping[Purpose, str]] = dataclasses.field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the child's standard input."""
        return {"old": self.old, "new": self.new}

    @classmethod
    def from_json(cls, content: Any) -> Sheets:
        """Raises RequestInvalid unless every share of both holders is there."""
        try:
            sheets = {
                age: {holder: {purpose: str(content[age][holder][purpose]) for purpose in Purpose} for holder in Holder}
                for age in ("old", "new")
            }
        except (KeyError, TypeError):
            raise RequestInvalid("The new shares are not complete.", "sheets") from None
        return cls(**sheets)


def rotate(
    settings_path: Path, sheets: Sheets, action: RotateShares, room: Mapping[str, Any] | None = None
) -> Transcript:
    """Exchange all three PINs and account for it. Raises ShareTypo, ShareWrong, WrongPin and the device's errors."""
    settings = settings_file.load(settings_path)
    new = _new_pins(sheets)
    device, module = settings.device, load_module(settings.device.module_path, Refusals.beside(settings_path))
    if settings.share_verifiers == verifiers_of(sheets.new):
        # Done before, but the register could not keep the account: it is given once more.
        return _account(settings, module, new[Purpose.CEREMONY_PIN], action, room or {}, [_step("pin-changed", "")])
    old = _old_pins(settings, sheets)
    tokens = {
        Purpose.SEALS_SO_PIN: find_token(module, device.seals_label, device.seals_serial),
        Purpose.CEREMONY_SO_PIN: find_token(module, device.ceremony_label, device.ceremony_serial),
        Purpose.CEREMONY_PIN: find_token(module, device.ceremony_label, device.ceremony_serial),
    }
    steps = _prove(module, tokens, old)
    settings = dataclasses.replace(
        settings, share_verifiers=verifiers_of(sheets.old), next_verifiers=verifiers_of(sheets.new)
    )
    settings_file.replace(settings, settings_path)
    for purpose, token in tokens.items():
        change_pin(module, token, old[purpose], new[purpose], officer=purpose is not Purpose.CEREMONY_PIN)
        steps.append(_step("pin-changed", purpose))
    transcript = _account(settings, module, new[Purpose.CEREMONY_PIN], action, room or {}, steps)
    settled = dataclasses.replace(settings, share_verifiers=verifiers_of(sheets.new), next_verifiers=None)
    settings_file.replace(settled, settings_path)
    return transcript


def verifiers_of(sheet: Mapping[Holder, Mapping[Purpose, str]]) -> VerifierSettings:
    """What is kept of the shares of both holders."""
    return VerifierSettings(
        **{
            f"{purpose}_{holder.lower()}": shares.verifier(shares.parse_share(text, holder), purpose, holder)
            for holder, texts in sheet.items()
            for purpose, text in texts.items()
        }
    )


def _old_pins(settings: SealServerSettings, sheets: Sheets) -> dict[Purpose, str]:
    pins = {}
    for purpose in Purpose:
        pair = _pair(sheets.old, purpose)
        shares.check_any(*pair, purpose, settings.verifiers(purpose))
        pins[purpose] = shares.combine(*pair)
    return pins


def _new_pins(sheets: Sheets) -> dict[Purpose, str]:
    """The new PINs. Raises SharesSame when a new share is an old one, or one serves twice."""
    new = [shares.parse_share(sheets.new[holder][purpose], holder) for holder in Holder for purpose in Purpose]
    old = [shares.parse_share(sheets.old[holder][purpose], holder) for holder in Holder for purpose in Purpose]
    if len(set(map(bytes, new))) < len(new) or not set(map(bytes, new)).isdisjoint(map(bytes, old)):
        raise SharesSame("A new share is not new.", "AB")
    return {purpose: shares.combine(*_pair(sheets.new, purpose)) for purpose in Purpose}


def _pair(sheet: Mapping[Holder, Mapping[Purpose, str]], purpose: Purpose) -> tuple[bytearray, bytearray]:
    return (
        shares.parse_share(sheet[Holder.A][purpose], Holder.A),
        shares.parse_share(sheet[Holder.B][purpose], Holder.B),
    )


def _prove(module: Module, tokens: Mapping[Purpose, TokenInfo], pins: Mapping[Purpose, str]) -> list[dict[str, Any]]:
    """Log in once with each old PIN, so that nothing is written before it is known which sheets are right."""
    steps = []
    for purpose, token in tokens.items():
        if purpose is Purpose.CEREMONY_PIN:
            open_token(module, token.label, token.serial, pins[purpose], writable=True).close()
        else:
            require_officer_pin(module, token, pins[purpose])
        steps.append(_step("pin-proved", purpose))
    return steps


def _account(
    settings: SealServerSettings,
    module: Module,
    pin: str,
    action: RotateShares,
    room: Mapping[str, Any],
    steps: list[dict[str, Any]],
) -> Transcript:
    """Open the device under the new PIN, which proves it, and sign the account there."""
    device = settings.device
    with (
        open_token(module, device.ceremony_label, device.ceremony_serial, pin, writable=True) as ceremony,
        open_token(module, device.seals_label, device.seals_serial, settings.seals.pin, writable=True) as seals,
    ):
        return OpenCeremony(settings, ceremony, seals, room, steps).perform(action)


def _step(step: str, about: str) -> dict[str, Any]:
    return {"at": now_text(), "step": step, "about": about}
