"""The seal server's hold on the device: one login for the life of the process, signers cached, a key per ceremony.

Only the seal server imports this module.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko_certvalidator import ValidationContext

from hsm import authority
from hsm import settings as settings_file
from hsm.errors import (
    DeviceLost,
    HsmError,
    KeyDiffers,
    KeyMissing,
    TokenMissing,
    TokenReplaced,
    TooManyOrphans,
    WrongPin,
)
from hsm.http_timestamp import HttpTimeStamper, RevocationList
from hsm.keys import (
    HEALTH_KEY,
    OCSP_KEY,
    SEAL_PREFIX,
    TSA_KEY,
    HsmEcKey,
    key_digest,
    key_labels,
    read_public_key,
)
from hsm.memory import Memory
from hsm.module import load_module
from hsm.refused_pins import Refusals
from hsm.settings import SealServerSettings
from hsm.signers import CertifiedSigner, Signer, open_signer, pyhanko_signer, to_asn1
from hsm.timestamp import HsmTimeStamper
from hsm.token import Token, open_token
from portal.core.clock import now
from portal.core.errors import Unavailable
from portal.core.text import N_
from portal.seals import certificates
from portal.seals.prepared import PreparedCeremonies
from portal.seals.stamping import NO_TIME_STAMP

STATUS_FOR = dt.timedelta(minutes=5)
NO_OTHER_ISSUER = N_("The authority that issued this seal's certificate can't be asked just now. Try again later.")
OTHER_KEY = N_(
    "The register names another key for this seal than the device holds for its certificate. Nothing was destroyed; "
    "somebody may have changed the register. Tell the security administrator."
)
_OF_THE_SETTINGS = ("root", "responder", "time_stamper", "time_stamping_certificate", "_issuer_list", "_other_list")
"""What is kept ready of them."""
_LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


class Device:
    """The device as one process of the seal server holds it."""

    def __init__(self, settings_path: Path, softhsm_conf: Path | None = None) -> None:
        if softhsm_conf is not None and softhsm_conf.is_file():
            os.environ.setdefault("SOFTHSM2_CONF", str(softhsm_conf))
        self.settings_path = settings_path
        self.settings: SealServerSettings = settings_file.load(settings_path)
        self.memory = Memory.beside(settings_path)
        self._token: Token | None = None
        self._signers: dict[str, Signer] = {}
        self._statuses: dict[int, tuple[dt.datetime, bytes]] = {}
        self.prepared = PreparedCeremonies(settings_path.parent)
        self.lost = False
        """Set when the device failed under our hands: this process can't use it again."""

    def refresh(self) -> None:
        """Take over what another process wrote into the settings: a renewed Seal CA, verifiers of new shares."""
        known = settings_file.load(self.settings_path)
        if known == self.settings:
            return
        self.settings = known
        self.close()
        for name in _OF_THE_SETTINGS:
            self.__dict__.pop(name, None)

    @cached_property
    def root(self) -> x509.Certificate:
        """The pinned certificate of the Seal CA."""
        return authority.load_certificate(self.settings.pinned.ca_certificate_pem)

    def token(self) -> Token:
        """The seals token, logged in. Raises HsmError."""
        if self._token is None:
            device = self.settings.device
            module = load_module(device.module_path, Refusals.beside(self.settings_path))
            self._token = open_token(module, device.seals_label, device.seals_serial, self.settings.seals.pin)
        return self._token

    def close(self) -> None:
        """Log out and forget every handle; the next use logs in again."""
        self._signers.clear()
        self.__dict__.pop("time_stamper", None)
        if self._token is not None:
            self._token.close()
            self._token = None

    def signer(self, label: str) -> Signer:
        """The signer of a key; its self-test runs once."""
        if label not in self._signers:
            self._signers[label] = open_signer(self.token(), label)
        return self._signers[label]

    def key_digests(self, labels: Iterable[str]) -> dict[str, str]:
        """SHA-256 (hex) of the public key under each label; half a pair, which signs nothing, is passed over."""
        found = {}
        for label in labels:
            with suppress(KeyMissing):
                found[label] = key_digest(read_public_key(self.token(), label))
        return found

    def seal_signer(self, label: str, certificate: x509.Certificate) -> CertifiedSigner:
        """A seal's key with its certificate, for pyHanko."""
        return pyhanko_signer(self.signer(label), certificate, [self.issuer_of(certificate)])

    def issuer_of(self, certificate: x509.Certificate) -> x509.Certificate:
        """Who issued a seal's certificate: the Seal CA or the other pinned issuer. Raises Unavailable for others."""
        pem = self.settings.other_issuer.ca_certificate_pem
        known = [self.root, *([authority.load_certificate(pem)] if pem else [])]
        for issuer in known:
            if authority.is_issued_by(certificate, issuer):
                return issuer
        raise Unavailable(NO_OTHER_ISSUER)

    @cached_property
    def time_stamper(self) -> TimeStamper:
        """Our own authority, or the one in the settings; one for the process: it measures a token's size once."""
        if self.settings.time_stamping.url:
            return HttpTimeStamper(self.settings.time_stamping.url)
        return HsmTimeStamper(self.signer(TSA_KEY), self.time_stamping_certificate, [self.root])

    def validation_context(self, certificate: x509.Certificate) -> ValidationContext:
        """Trust in the pinned CA and a fresh status of the seal's certificate, both embedded when stamping.

        The device certifies only what it issued itself, so the other time-stamping authority's root can't pass a seal:
        the certificate was compared with the custody record before. Raises Unavailable when that authority's
        revocation list can't be had.
        """
        issuer = self.issuer_of(certificate)
        if issuer != self.root:
            return self._context_of_other(issuer)
        roots, others = [to_asn1(self.root)], [to_asn1(self.responder)]
        if self._other_list is not None:
            other = authority.load_certificate(self.settings.time_stamping.ca_certificate_pem)
            lists, answers = [self._fetched_list()], [self._recent_status(certificate)]
            return certificates.context([*roots, to_asn1(other)], others=others, ocsps=answers, crls=lists)
        answers = [self._recent_status(certificate), self._recent_status(self.time_stamping_certificate)]
        others.append(to_asn1(self.time_stamping_certificate))
        return certificates.context(roots, others=others, ocsps=answers)

    def _context_of_other(self, issuer: x509.Certificate) -> ValidationContext:
        """The same for a seal that the other pinned issuer certified: its own revocation list is embedded (S-7)."""
        roots = [to_asn1(issuer), to_asn1(self.root)]
        try:
            lists = [self._issuer_list.current(now())]
        except TimestampRequestError as error:
            raise Unavailable(NO_OTHER_ISSUER) from error
        if self._other_list is not None:
            roots.append(to_asn1(authority.load_certificate(self.settings.time_stamping.ca_certificate_pem)))
            return certificates.context(roots, crls=[*lists, self._fetched_list()])
        others = [to_asn1(self.responder), to_asn1(self.time_stamping_certificate)]
        answers = [self._recent_status(self.time_stamping_certificate)]
        return certificates.context(roots, others=others, ocsps=answers, crls=lists)

    @cached_property
    def _issuer_list(self) -> RevocationList:
        return RevocationList(self.settings.other_issuer.crl_url)

    @cached_property
    def _other_list(self) -> RevocationList | None:
        url = self.settings.time_stamping.crl_url
        return RevocationList(url) if url else None

    def _fetched_list(self) -> bytes:
        if self._other_list is None:
            raise RuntimeError("our own authority's certificate is asked for in the device")
        try:
            return self._other_list.current(now())
        except TimestampRequestError as error:
            raise Unavailable(NO_TIME_STAMP) from error

    @cached_property
    def responder(self) -> x509.Certificate:
        """The certificate under which statuses are signed."""
        return authority.load_certificate(self.settings.pinned.ocsp_certificate_pem)

    @cached_property
    def time_stamping_certificate(self) -> x509.Certificate:
        """The certificate of our time-stamping authority."""
        return authority.load_certificate(self.settings.pinned.tsa_certificate_pem)

    def _recent_status(self, certificate: x509.Certificate) -> bytes:
        """A status signed within the last minutes; whether the seal may be used at all was asked before."""
        signed_at, answer = self._statuses.get(certificate.serial_number, (_LONG_AGO, b""))
        if now() - signed_at > STATUS_FOR:
            signed_at, answer = now(), self.status(certificate)
            self._statuses[certificate.serial_number] = signed_at, answer
        return answer

    def status(
        self,
        certificate: x509.Certificate,
        held_since: dt.datetime | None = None,
        revoked_at: dt.datetime | None = None,
        reason: str | None = None,
    ) -> bytes:
        """A freshly signed OCSP answer (DER): good, on hold (a suspended seal) or revoked since. Raises HsmError."""
        key = HsmEcKey(self.token(), OCSP_KEY)
        entry = None
        if revoked_at is not None:
            flag = x509.ReasonFlags[reason] if reason else x509.ReasonFlags.cessation_of_operation
            entry = authority.Revocation(certificate.serial_number, revoked_at, flag)
        elif held_since is not None:
            entry = authority.Revocation(certificate.serial_number, held_since, x509.ReasonFlags.certificate_hold)
        answer = authority.ocsp_response(certificate, self.root, key, self.responder, entry)
        return answer.public_bytes(serialization.Encoding.DER)

    def test_signature(self) -> None:
        """Sign and verify a known message with the health key. Raises HsmError; also when the token is gone."""
        self._signers.pop(HEALTH_KEY, None)
        self.signer(HEALTH_KEY)

    def describe(self) -> dict[str, Any]:
        """What the ceremony room shows of the device (S-4). Raises HsmError."""
        held = self.token().info
        info = self.token().module.token_info(held.slot_id)  # asked anew: sessions and space change
        return {
            "label": info.label,
            "serial": info.serial,
            "manufacturer": info.manufacturer,
            "model": info.model,
            "firmware": info.firmware,
            "ceremony_serial": self.settings.device.ceremony_serial,
            "sessions": info.sessions,
            "max_sessions": info.max_sessions,
            "free_bytes": info.free_bytes,
            "keys": len(key_labels(self.token(), SEAL_PREFIX)),
        }

    def pin_root(self, certificate: x509.Certificate, public_file: Path) -> None:
        """Trust this renewed certificate of the Seal CA from now on, and publish it for those who verify.

        Raises SettingsInvalid.
        """
        pem = authority.to_pem(certificate)
        known = settings_file.load(self.settings_path)  # new shares may have been written by a ceremony meanwhile
        pinned = dataclasses.replace(known.pinned, ca_certificate_pem=pem)
        self.settings = dataclasses.replace(known, pinned=pinned)
        settings_file.replace(self.settings, self.settings_path)
        draft = public_file.with_name(f"{public_file.name}.new")
        draft.write_text(pem)  # over what a killed process left
        draft.replace(public_file)
        for name in _OF_THE_SETTINGS:
            self.__dict__.pop(name, None)


_device: Device | None = None


def install(device: Device | None) -> None:
    """Make `device` the one of this process."""
    global _device
    _device = device


def current() -> Device:
    """The device of this process. Raises RuntimeError outside the seal server."""
    if _device is None:
        raise RuntimeError("this process is no seal server")
    return _device


def unavailable(error: HsmError) -> Unavailable:
    """An HSM error as the sentence a user is told; detail stays in the log."""
    if isinstance(error, TokenReplaced):
        current().lost = True
        return Unavailable(
            "The connected encryption device isn't the registered one: its serial differs. Tell the secrecy office."
        )
    if isinstance(error, WrongPin):
        return Unavailable(
            "The device did not accept the PIN and is not asked again. If a renewal of shares was broken off, call a "
            "new ceremony and use the other sheets."
        )
    if isinstance(error, KeyDiffers):
        return Unavailable(OTHER_KEY)
    if isinstance(error, TooManyOrphans):
        return Unavailable(
            "The device holds many keys the register doesn't know. Nothing was destroyed; check the register first."
        )
    if isinstance(error, DeviceLost | TokenMissing) or (isinstance(error, KeyMissing) and not _answers(current())):
        current().lost = True
        return Unavailable("The encryption device isn't connected. Tell the secrecy office.")
    return Unavailable("The encryption device refused the work. Tell the secrecy office.")


def _answers(device: Device) -> bool:
    """Whether the device still has the key it is tested with: one that was unplugged may just show no keys at all."""
    try:
        device.test_signature()
    except HsmError:
        return False
    return True
