"""The acts of a ceremony, with both tokens open: each fills the transcript with what it did and when."""

import base64
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from cryptography import x509

from hsm import custody
from hsm.authority import SealAuthority, is_issued_by, load_certificate, renew_root, to_pem
from hsm.errors import HsmError, KeyDiffers, KeyMissing, RequestInvalid, TooManyOrphans
from hsm.keys import (
    CA_KEY,
    CUSTODY_KEY,
    SEAL_PREFIX,
    HsmEcKey,
    destroy_key,
    generate_key,
    key_digest,
    key_labels,
    read_public_key,
)
from hsm.module import TokenInfo
from hsm.orders import (
    Action,
    ClearOrphans,
    CustodyOrder,
    DestroyKeys,
    MakeSeals,
    RenewCa,
    ReplaceSeals,
    RevokedSeal,
    RotateShares,
    SealOrder,
    SignCrl,
    SignCustody,
)
from hsm.settings import SealServerSettings
from hsm.token import Token
from hsm.transcript import Transcript

# A broken ceremony leaves a few keys. More mean that the register lost its seals: nothing is destroyed then.
MOST_ORPHANS = 8


class OpenCeremony:
    """A ceremony between its two PIN shares and its end: exactly one action, one transcript."""

    def __init__(
        self,
        settings: SealServerSettings,
        ceremony: Token,
        seals: Token,
        room: Mapping[str, Any],
        steps: Iterable[dict[str, Any]] = (),
    ) -> None:
        """room: who is there for what, as the seal server saw it; steps: done before both tokens stood open."""
        self._room = room
        self._settings = settings
        self._ceremony = ceremony
        self._seals = seals
        self._custody_key = HsmEcKey(ceremony, CUSTODY_KEY)
        root = load_certificate(settings.pinned.ca_certificate_pem)
        self._ca_key = HsmEcKey(ceremony, CA_KEY)
        self._authority = SealAuthority(self._ca_key, root, settings.addresses)
        if custody.public_key_pem(self._custody_key.public_key()) != settings.pinned.custody_public_key_pem:
            raise RequestInvalid("The custody key on the device is not the pinned one.", CUSTODY_KEY)
        self._steps: list[dict[str, Any]] = list(steps)
        self._results: dict[str, Any] = {field: [] for field in ("orphans", "destroyed", "absent", "records")}
        self._results |= {"crl_pem": "", "ca_certificate_pem": ""}

    def perform(self, action: Action) -> Transcript:
        """Do the action and account for it. Raises HsmError with nothing usable left behind."""
        started = self._steps[0]["at"] if self._steps else now_text()
        self._note("opened")
        self._act(action)
        facts = {
            "version": 2,
            "action": action.name,
            "approval": action.approval,
            "room": self._room,
            "started_at": started,
            "ended_at": now_text(),
            "ceremony_token": _describe(self._ceremony.info),
            "seals_token": _describe(self._seals.info),
            "steps": self._steps,
            **self._results,
        }
        body = custody.canonical(facts)
        return Transcript(body, custody.sign_record(self._custody_key, body))

    def _act(self, action: Action) -> None:
        match action:
            case MakeSeals():
                self._clear(action.known_labels)
                with self._unmade_on_error(action.seals):
                    self._make_seals(action.seals)
            case ReplaceSeals():
                self._require_keys(action.labels, action.keys)
                self._clear(action.known_labels)
                with self._unmade_on_error(action.seals):
                    self._make_seals(action.seals)
                    self._sign_crl(action.crl_number, action.revoked)
                self._destroy(action.labels)
            case DestroyKeys():
                self._require_keys(action.labels, action.keys)
                self._sign_crl(action.crl_number, action.revoked)
                self._destroy(action.labels)
            case SignCrl():
                self._sign_crl(action.crl_number, action.revoked)
            case SignCustody():
                for order in action.records:
                    self._sign_record("", self._certificate_of(order), order.custody)
            case ClearOrphans():
                self._clear(action.known_labels)
            case RenewCa():
                renewed = renew_root(self._ca_key, self._authority.certificate, years=action.years)
                self._results["ca_certificate_pem"] = to_pem(renewed)
                self._note("ca-renewed", custody.certificate_digest(renewed))
            case RotateShares():
                pass  # done before the tokens were opened (`hsm.rotation`); here it is only accounted for

    def _require_keys(self, labels: tuple[str, ...], digests: tuple[str, ...]) -> None:
        """Each label still names the key of its seal's certificate. Raises KeyDiffers before anything is done."""
        for label, digest in zip(labels, digests, strict=True):
            try:
                found = read_public_key(self._seals, label)
            except KeyMissing:
                continue  # destroyed in a ceremony that was broken off; half a pair signs nothing
            if key_digest(found) != digest:
                raise KeyDiffers(f"The key “{label}” on the device isn't the one of the seal's certificate.", label)

    def _clear(self, known_labels: tuple[str, ...]) -> None:
        """Destroy the seal keys that no register knows. Raises TooManyOrphans."""
        orphans = [label for label in key_labels(self._seals, SEAL_PREFIX) if label not in known_labels]
        if len(orphans) > MOST_ORPHANS:
            raise TooManyOrphans(
                f"{len(orphans)} seal keys on the device are not in the register; nothing was destroyed. "
                "Check the register first.",
                str(len(orphans)),
            )
        for label in orphans:
            destroy_key(self._seals, label)
            self._note("orphan-destroyed", label)
        self._results["orphans"] = orphans

    def _make_seals(self, orders: tuple[SealOrder, ...]) -> None:
        for order in orders:
            self._make_seal(order)

    @contextmanager
    def _unmade_on_error(self, orders: tuple[SealOrder, ...]) -> Iterator[None]:
        """Half-made seals must not stay usable; what can't be destroyed now is the next ceremony's orphan."""
        try:
            yield
        except HsmError:
            for order in orders:
                with suppress(HsmError):
                    destroy_key(self._seals, order.key_label)
            raise

    def _make_seal(self, order: SealOrder) -> None:
        key = generate_key(self._seals, order.key_label)
        self._note("key-made", order.key_label)
        certificate = self._authority.issue_seal_certificate(
            key.public_key(),
            common_name=order.common_name,
            organisation=order.organisation,
            organisation_code=order.organisation_code,
            years=order.valid_years,
        )
        self._note("certificate-issued", order.key_label)
        self._sign_record(order.key_label, certificate, order.custody)

    def _sign_record(self, label: str, certificate: x509.Certificate, facts: Mapping[str, Any]) -> None:
        record = custody.bind(facts, certificate)
        signature = custody.sign_record(self._custody_key, record)
        digest = custody.certificate_digest(certificate)
        self._note("custody-signed", label or digest)
        self._results["records"].append(
            {
                "key_label": label,
                "certificate_pem": to_pem(certificate),
                "certificate_sha256": digest,
                "custody_record": record.decode(),
                "custody_signature": base64.b64encode(signature).decode(),
            }
        )

    def _sign_crl(self, number: int, revoked: tuple[RevokedSeal, ...]) -> None:
        crl = self._authority.sign_crl([entry.revocation() for entry in revoked], number)
        self._results["crl_pem"] = to_pem(crl)
        self._note("crl-signed", str(number))

    def _destroy(self, labels: tuple[str, ...]) -> None:
        """Destroy keys; one that is already gone is noted, so that a repeated ceremony comes to its end."""
        for label in labels:
            try:
                destroy_key(self._seals, label)
            except KeyMissing:
                self._results["absent"].append(label)
                self._note("key-absent", label)
            else:
                self._results["destroyed"].append(label)
                self._note("key-destroyed", label)

    def _certificate_of(self, order: CustodyOrder) -> x509.Certificate:
        """The certificate to bind: of this Seal CA, or of the other pinned issuer and of the seal's own key."""
        certificate = load_certificate(order.certificate_pem)
        if is_issued_by(certificate, self._authority.certificate):
            return certificate
        other = self._settings.other_issuer.ca_certificate_pem
        if not other or not is_issued_by(certificate, load_certificate(other)):
            raise RequestInvalid(
                "Neither the Seal CA nor the other pinned issuer made the certificate.", "certificate_pem"
            )
        key = HsmEcKey(self._seals, order.key_label) if order.key_label else None
        if key is None or certificate.public_key() != key.public_key():
            raise RequestInvalid("The certificate is of another key than the seal's.", "certificate_pem")
        return certificate

    def _note(self, step: str, about: str = "") -> None:
        self._steps.append({"at": now_text(), "step": step, "about": about})


def _describe(info: TokenInfo) -> dict[str, str]:
    return {
        "label": info.label,
        "serial": info.serial,
        "manufacturer": info.manufacturer,
        "model": info.model,
        "firmware": info.firmware,
    }


def now_text() -> str:
    """The moment as an account writes it."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
