"""Verifying a sealed file offline: the seals on it, and everything that could have been done to it since.

pyHanko's judgement alone lets some changes pass (field values, the title in Info, bytes after the end, a return to
an earlier revision). So three rules are added: no form fields but signatures, the last revision is a document time
stamp over the whole file byte for byte, and, where the register knows it, the whole file's SHA-256.

A seal is judged at the moment its own time stamp proves, so one revoked or run out later stays good (GZ18).
"""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate
from pyhanko.sign.diff_analysis import DiffPolicy, DiffResult, ModificationLevel, StandardDiffPolicy
from pyhanko.sign.diff_analysis.form_rules_api import FormUpdatingRule
from pyhanko.sign.diff_analysis.rules.file_structure_rules import (
    CatalogModificationRule,
    ObjectStreamRule,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.rules.form_field_rules import (
    DSSCompareRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
)
from pyhanko.sign.diff_analysis.rules.metadata_rules import DocInfoRule, MetadataUpdateRule
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel, SignatureStatus
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.path import ValidationPath

from portal.core.text import N_
from portal.seals import certificates
from portal.seals.fields import only_signatures
from portal.seals.revocations import Fate
from portal.seals.revocations import Knowledge as Fates
from portal.seals.sparing import SparingReader

# 100 MB for a document (LYG) and room for its seals.
MOST_BYTES = 128 << 20
MOST_SIGNATURES = 64
CHUNK = 1 << 20


class Reason(enum.Enum):
    """Why a file isn't valid; the value is a msgid in plain words."""

    TOO_LARGE = N_("The file is too large to be checked.")
    UNREADABLE = N_("The file is damaged or isn't a PDF.")
    ENCRYPTED = N_("The file is encrypted, so its seals can't be checked.")
    NO_SEAL = N_("The file carries no seal.")
    OTHER_FILE = N_("The file isn't, byte for byte, the one in the register.")
    UNREGISTERED = N_(
        "The register knows the seal, but no file like this: it was changed, or the register is an older one that was "
        "restored and doesn't know what was sealed since. Ask the unit."
    )
    FILLABLE = N_("The file holds fields to fill in, which a seal doesn't protect.")
    FOREIGN = N_("The file carries a seal of a kind that can't be checked.")
    NOT_A_SEAL = N_("It is a signature, not a seal: its authority certifies seals under other policies.")
    CHANGED = N_("The file was changed after it was sealed.")
    ADDED = N_("Something was added to the file or altered in it after it was sealed.")
    UNFINISHED = N_("The file is only a stage of a joint document: further seals were pressed on it later.")
    NOT_CLOSED = N_("The file isn't closed by a time stamp: something was appended or cut off.")
    UNKNOWN_ISSUER = N_("A seal was issued by an authority that isn't recognised here.")
    REVOKED = N_("A seal had been revoked before it was used.")
    OUT_OF_TIME = N_("A seal was used outside the period its certificate is valid for.")
    UNCHECKED = N_("It can't be told whether a seal had been revoked when it was used.")
    NO_TIME = N_("The time of sealing isn't proven by a recognised time stamp.")


@dataclass(frozen=True)
class SealFinding:
    """What was found of one seal. `signed_at` is proven only with a `time_source`, the authority's name."""

    name: str
    unit: str
    issuer: str
    serial: str
    signed_at: dt.datetime | None
    time_source: str | None
    intact: bool
    trusted: bool
    revoked: bool
    fate: Fate | None = None
    """What is known here of its certificate, besides the file's own evidence; None: nothing."""
    issued_for_seals: bool | None = True
    """None where its authority certifies others too and it isn't known under which policies seals."""


@dataclass(frozen=True)
class Verdict:
    """The judgement on a file: valid without any reason against it, never otherwise."""

    reasons: tuple[Reason, ...]
    seals: tuple[SealFinding, ...]
    digest: str

    @property
    def valid(self) -> bool:
        """Tell whether nothing speaks against the file."""
        return not self.reasons


# As pyHanko's own, without its leave to change the values of other form fields.
DIFF_POLICY: DiffPolicy = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        *(
            rule.as_qualified(ModificationLevel.LTA_UPDATES)
            for rule in (
                DocInfoRule(),
                MetadataUpdateRule(),
                ObjectStreamRule(),
                XrefStreamRule(),
                DSSCompareRule(),
            )
        ),
    ],
    form_rule=FormUpdatingRule(
        # The seals of a joint document follow the first, certifying one (GB/T 9704 7.3.5.1).
        field_rules=[
            SigFieldCreationRule(allow_new_visible_after_certify=True),
            SigFieldModificationRule(),
        ]
    ),
)

_TRUST: dict[object, Reason] = {
    AdESFailure.REVOKED: Reason.REVOKED,
    AdESIndeterminate.REVOKED_NO_POE: Reason.REVOKED,
    AdESIndeterminate.REVOKED_CA_NO_POE: Reason.REVOKED,
    AdESIndeterminate.EXPIRED: Reason.OUT_OF_TIME,
    AdESIndeterminate.NOT_YET_VALID: Reason.OUT_OF_TIME,
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: Reason.OUT_OF_TIME,
    AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED: Reason.OUT_OF_TIME,
    AdESIndeterminate.TRY_LATER: Reason.UNCHECKED,
    AdESIndeterminate.REVOCATION_OUT_OF_BOUNDS_NO_POE: Reason.UNCHECKED,
}


def verify(
    path: Path,
    *,
    trust_roots: Sequence[x509.Certificate],
    expected_digest: str | None = None,
    crls: Sequence[bytes] = (),
    time_roots: Sequence[x509.Certificate] = (),
    former: Sequence[tuple[x509.Certificate, dt.datetime]] = (),
    between: Sequence[x509.Certificate] = (),
    policies: Mapping[bytes, frozenset[str]] | None = None,
    fates: Fates = lambda _certificate: None,
) -> Verdict:
    """Judge the file at `path`.

    `trust_roots` are believed about seals and time stamps, `time_roots` about time stamps alone, `former` about seals
    used before the moment beside them; `between` are certificates of theirs that a file may lack. `crls` are the
    issuers' latest revocation lists (DER), `fates` tells what else is known of a seal's certificate, `policies` under
    which each root (DER) that certifies others too certifies seals, `expected_digest` is the register's SHA-256 (hex).
    Works without a network and never raises on account of the file's content.
    """
    with SparingReader(path) as file:
        digest, size = _digest(file)
        if size > MOST_BYTES:
            return Verdict((Reason.TOO_LARGE,), (), digest)
        against = [] if expected_digest in (None, digest) else [Reason.OTHER_FILE]
        seals: list[SealFinding] = []
        try:
            known = _Knowledge(trust_roots, time_roots, former, between, crls, policies or {}, fates)
            against += asyncio.run(_examine(file, size, known, seals))
        except Exception:
            # Whatever a hostile file provokes in the parsers is an answer, not a failure of ours.
            against.append(Reason.UNREADABLE)
    return Verdict(tuple(reason for reason in Reason if reason in against), tuple(seals), digest)


@dataclass(frozen=True)
class _Knowledge:
    """What the verifier trusts and knows besides the file."""

    roots: Sequence[x509.Certificate]
    time_roots: Sequence[x509.Certificate]
    former: Sequence[tuple[x509.Certificate, dt.datetime]]
    between: Sequence[x509.Certificate]
    crls: Sequence[bytes]
    policies: Mapping[bytes, frozenset[str]]
    fates: Fates

    @property
    def all_roots(self) -> list[x509.Certificate]:
        """Whoever is believed about a time."""
        return [*self.roots, *self.time_roots]

    def _former(self, moment: dt.datetime | None) -> list[x509.Certificate]:
        """Who was still recognised at `moment`; that it is proven is another's word (NO_TIME)."""
        return [root for root, until in self.former if moment is not None and moment < until]

    def issued_for_seals(self, certificate: x509.Certificate, path: ValidationPath | None) -> bool | None:
        """Tell whether the root at the end of the path certifies seals like this; None where that isn't stated."""
        root = path.first if path is not None else None
        stated = self.policies.get(root.dump()) if isinstance(root, x509.Certificate) else None
        if stated is None:
            return True  # the own Seal CA certifies nothing else; an unknown issuer has its own word
        under = {str(one["policy_identifier"].dotted) for one in certificate.certificate_policies_value or ()}
        return bool(stated & under) if stated else None

    def at(
        self, moment: dt.datetime | None, store: DocumentSecurityStore | None, *, of_time: bool = False
    ) -> ValidationContext:
        """Return the circumstances at `moment`, with the evidence the file brings along."""
        return certificates.context(
            self.all_roots if of_time else [*self.roots, *self._former(moment)],
            others=[*self.between, *(store.load_certs() if store else ())],
            crls=[*self.crls, *(item.get_object().data for item in (store.crls if store else ()))],
            ocsps=[item.get_object().data for item in (store.ocsps if store else ())],
            moment=moment,
        )


async def _examine(file: IO[bytes], size: int, knowledge: _Knowledge, seals: list[SealFinding]) -> list[Reason]:
    """Return what speaks against the file, and add its seals to `seals`."""
    pdf = PdfFileReader(file, strict=True)
    if pdf.encrypted:
        return [Reason.ENCRYPTED]
    against = [] if only_signatures(pdf) else [Reason.FILLABLE]
    filled = list(enumerate_sig_fields(pdf, filled_status=True))
    if len(filled) > MOST_SIGNATURES:
        return [*against, Reason.FOREIGN]
    signatures = pdf.embedded_signatures
    if len(signatures) != len(filled):
        against.append(Reason.FOREIGN)
    if not any(item.sig_object_type == "/Sig" for item in signatures):
        return [*against, Reason.NO_SEAL]
    store = _evidence(pdf)
    for item in signatures:
        if item.sig_object_type == "/Sig":
            finding, reasons = await _judge_seal(item, knowledge, store)
            seals.append(finding)
        else:
            reasons = await _judge_time_stamp(item, knowledge, store)
        against += reasons
    known = {root.dump() for root in knowledge.all_roots}
    known |= {certificate.dump() for certificate in (store.load_certs() if store else ())}
    if not _closes(file, size, signatures[-1], known):
        against.append(Reason.NOT_CLOSED)
    return against


def _evidence(pdf: PdfFileReader) -> DocumentSecurityStore | None:
    """Return the certificates and revocation lists kept in the file, if any."""
    try:
        return DocumentSecurityStore.read_dss(pdf)
    except NoDSSFoundError:
        return None


async def _judge_seal(
    item: EmbeddedPdfSignature, knowledge: _Knowledge, store: DocumentSecurityStore | None
) -> tuple[SealFinding, list[Reason]]:
    """Judge one seal at the moment its time stamp names; the time stamp itself is judged with it."""
    token = next(iter(extract_tst_data_iter(item.signer_info, signed=False)), None)
    moment = _gen_time(token) if token is not None else item.self_reported_timestamp
    status = await async_validate_pdf_signature(
        item, knowledge.at(moment, store), knowledge.at(moment, store, of_time=True), diff_policy=DIFF_POLICY
    )
    stamped = status.timestamp_validity
    # The token that is believed must be the one whose time was taken: a signature can carry more than one.
    timely = bool(stamped and stamped.intact and stamped.valid and stamped.trusted and stamped.timestamp == moment)
    reasons = [*_integrity(item, status), *_trust(status)]
    if not timely:
        reasons.append(Reason.NO_TIME)
    fate = knowledge.fates(item.signer_cert)
    # An answer in the file that says “good” hides every list from pyHanko, also a later one that says “revoked before”.
    if fate is not None and fate.ended_by(moment):
        reasons.append(Reason.REVOKED)
    for_seals = knowledge.issued_for_seals(item.signer_cert, status.validation_path)
    if for_seals is False:
        reasons.append(Reason.NOT_A_SEAL)
    described = certificates.describe(item.signer_cert)
    source = certificates.describe(stamped.signing_cert).name if stamped and timely else None
    finding = SealFinding(
        name=described.name,
        unit=described.unit,
        issuer=described.issuer,
        serial=described.serial,
        signed_at=moment,
        time_source=source,
        intact=not {Reason.CHANGED, Reason.ADDED} & set(reasons),
        trusted=bool(status.trusted),
        revoked=Reason.REVOKED in reasons,
        fate=fate,
        issued_for_seals=for_seals,
    )
    return finding, reasons


async def _judge_time_stamp(
    item: EmbeddedPdfSignature, knowledge: _Knowledge, store: DocumentSecurityStore | None
) -> list[Reason]:
    """Judge a document time stamp at its own moment."""
    moment = _gen_time(item.signed_data)
    context = knowledge.at(moment, store, of_time=True)
    status = await async_validate_pdf_timestamp(item, context, diff_policy=DIFF_POLICY)
    return [*_integrity(item, status), *([] if status.trusted else [Reason.NO_TIME])]


def _integrity(item: EmbeddedPdfSignature, status: SignatureStatus) -> Iterator[Reason]:
    """Yield what happened to the bytes under a signature, and after it."""
    if not (status.intact and status.valid):
        yield Reason.CHANGED
    later = item.diff_result
    level = later.modification_level if isinstance(later, DiffResult) else ModificationLevel.OTHER
    covered = item.coverage is not None and item.coverage >= SignatureCoverageLevel.ENTIRE_REVISION
    permitted = item.docmdp_level
    beyond = permitted is not None and level.value > permitted.value
    if level == ModificationLevel.OTHER or beyond or not covered:
        yield Reason.ADDED


def _trust(status: SignatureStatus) -> Iterator[Reason]:
    """Yield why the chain of certificates isn't believed."""
    if not status.trusted:
        yield _TRUST.get(status.trust_problem_indic, Reason.UNKNOWN_ISSUER)


def _gen_time(token: cms.SignedData) -> dt.datetime:
    """Return the time a time stamp names."""
    moment: dt.datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def _closes(file: IO[bytes], size: int, last: EmbeddedPdfSignature, known: set[bytes]) -> bool:
    """Tell whether the last signature is a document time stamp over every byte but its own, and these are sound.

    They are the only bytes no digest covers: one of them could be changed unseen unless they are exactly the
    hexadecimal of one DER value and zeros, with plain headers and no certificate but the signer's and `known` ones.
    """
    if last.sig_object_type != "/DocTimeStamp":
        return False
    start, before, after, length = map(int, last.byte_range)
    if start != 0 or after + length != size or not before < after:
        return False
    file.seek(before)
    hole = file.read(after - before)
    content = last.pkcs7_content
    digits = b"<" + content.hex().encode() + b">"
    others = {certificate.dump() for certificate in last.other_embedded_certs}
    return hole in (digits, digits.upper()) and _alone(content) and _plain(last) and others <= known


def _alone(content: bytes) -> bool:
    """Tell whether `content` is one value of two parts, and nothing follows it but zeros."""
    value = cms.ContentInfo.load(content)
    parts = value["content_type"].dump() + value["content"].dump()
    return value.contents == parts and not content[len(value.dump()) :].strip(b"\0")


def _plain(item: EmbeddedPdfSignature) -> bool:
    """Tell whether the headers that no one signs say what RFC 5652 and RFC 3161 demand of a time stamp."""
    signed, signer = item.signed_data, item.signer_info
    named = [algorithm.dump() for algorithm in signed["digest_algorithms"]]
    versions = (signed["version"].native, signer["version"].native)
    return versions == ("v3", "v1") and named == [signer["digest_algorithm"].dump()]


def _digest(file: IO[bytes]) -> tuple[str, int]:
    """Return SHA-256 (hex) and size, giving up on the size soon after the most that is checked."""
    digest, size = hashlib.sha256(), 0
    while size <= MOST_BYTES and (block := file.read(CHUNK)):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size
