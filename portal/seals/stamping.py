"""Stamping: one seal pressed on its signature block, as a PAdES B-LTA signature over the frozen file.

GB/T 9704 7.3.5: the seal presses the signatory's name and the date. GZ18: it is a cryptographic signature.
Only bytes come in and go out; who may stamp, and what was approved, is checked by the seal server before.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from asn1crypto import cms, tsp
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import PdfContent, ResourceType
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import (
    AxisAlignment,
    BoxConstraints,
    InnerScaling,
    Margins,
    SimpleBoxLayoutRule,
)
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, SigDSSPlacementPreference
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext

from portal.core.errors import Refused, Unavailable
from portal.core.text import N_
from portal.seals.fields import entry, only_signatures

POINTS_PER_MM = 72 / 25.4
CHUNK = 1 << 20
# A chain of three certificates and a time stamp take about 6 KB; a fixed room saves a trial signature.
BYTES_RESERVED = 16384
# Revocation lists go into the revision that the document time stamp closes, so that nothing stands behind it.
_EVIDENCE = DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_NEXT_TS)
# What a parser meets in a broken file.
_BROKEN = (PdfError, LookupError, TypeError, ValueError, AttributeError, RecursionError, zlib.error)

Box = tuple[float, float, float, float]


class NoSignatureBlock(Refused):
    """The file has no place for the seal: a blank sheet is never stamped (S-10)."""


class NotSealable(Refused):
    """The file can't carry a seal that means anything: broken, encrypted, or with fields to fill in."""


class SealUnusable(Refused):
    """The seal's certificate can't be relied on now: revoked, expired or of an unknown issuer."""


@dataclass(frozen=True)
class Impression:
    """One seal on one file. `page` counts from 0, `box_pt` is left, bottom, right, top; digests are hex."""

    page: int
    box_pt: Box
    source_digest: str
    sealed_digest: str
    size: int
    signed_at: dt.datetime


def stamp(
    source: Path,
    target: Path,
    *,
    face_pdf: bytes,
    diameter_mm: float,
    anchor: str = "seal-1",
    signer: signers.Signer,
    timestamper: TimeStamper,
    validation_context: ValidationContext,
    reason: str,
    location: str,
    name: str,
    field_name: str = "Seal1",
    approved_digest: str | None = None,
) -> Impression:
    """Stamp `source` and write the sealed file to `target`, whole or not at all.

    The bytes of `source` stay untouched at the head of the result; with `approved_digest` (hex SHA-256) they
    must be the approved ones. `validation_context` holds the trusted roots and current revocation lists; both
    are embedded. Raises NoSignatureBlock, NotSealable, SealUnusable, Unavailable.
    """
    with source.open("rb") as given, _whole_or_nothing(target) as output:
        writer = _open(given, field_name)
        page, box = find_block(writer.prev, anchor, diameter_mm)
        _add_field(writer, field_name, page, box)
        metadata = signers.PdfSignatureMetadata(
            field_name=field_name,
            reason=reason,
            location=location,
            name=name,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            # The first seal certifies the file: from then on only further signatures may be added.
            certify=not writer.prev.embedded_signatures,
            docmdp_permissions=fields.MDPPerm.FILL_FORMS,
            validation_context=validation_context,
            embed_validation_info=True,
            use_pades_lta=True,
            dss_settings=_EVIDENCE,
        )
        witness = _Witness(timestamper)
        _press(writer, output, metadata, signer, witness, face_pdf)
        size = os.fstat(given.fileno()).st_size
        source_digest, _ = _digest(output, size)
        if approved_digest not in (None, source_digest):
            raise NotSealable(N_("The file isn't the one that was approved; nothing was sealed."))
        sealed_digest, sealed_size = _digest(output, None)
        return Impression(page, box, source_digest, sealed_digest, sealed_size, witness.moments[0])


def find_block(pdf: PdfFileReader, anchor: str, diameter_mm: float) -> tuple[int, Box]:
    """Return page number and box of the seal: its exact diameter, centred between the block's two corners.

    The typesetter leaves them as the named destinations `<anchor>-tl` and `<anchor>-br`.
    """
    corners = [_destination(pdf, f"{anchor}-{corner}") for corner in ("tl", "br")]
    (page, left, top), (other_page, right, bottom) = corners
    if page != other_page:
        raise NoSignatureBlock(N_("The signature block is broken across two pages. Typeset it again."))
    x, y, radius = (left + right) / 2, (top + bottom) / 2, diameter_mm * POINTS_PER_MM / 2
    return page, (x - radius, y - radius, x + radius, y + radius)


class _Face(PdfContent):
    """The seal's vector face, pressed like ink: the print beneath stays readable (GB/T 9704 7.3.5.1)."""

    def __init__(self, face_pdf: bytes) -> None:
        super().__init__()
        self.face_pdf = face_pdf

    def render(self) -> bytes:
        """Import the face as a form and draw it with the blend mode Multiply."""
        form = self._ensure_writer.import_page_as_xobject(PdfFileReader(BytesIO(self.face_pdf)))
        left, bottom, right, top = map(float, form.get_object()["/BBox"])
        self.box = BoxConstraints(width=right - left, height=top - bottom)
        self.set_resource(ResourceType.XOBJECT, pdf_name("/Face"), form)
        ink = generic.DictionaryObject({pdf_name("/BM"): pdf_name("/Multiply")})
        self.set_resource(ResourceType.EXT_G_STATE, pdf_name("/Ink"), ink)
        return b"/Ink gs 1 0 0 1 %g %g cm /Face Do" % (-left, -bottom)


class _Witness(TimeStamper):
    """Passes requests on to the time-stamping authority and notes its times; the first is the seal's."""

    def __init__(self, authority: TimeStamper) -> None:
        super().__init__()
        self.authority = authority
        self.moments: list[dt.datetime] = []

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """Return a token to measure room by; the authority keeps it for the next stamping."""
        return await self.authority.async_dummy_response(md_algorithm)

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """Return a token over `message_digest`."""
        token = await self.authority.async_timestamp(message_digest, md_algorithm)
        info = token["content"]["encap_content_info"]["content"].parsed
        self.moments.append(info["gen_time"].native)
        return token

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Answer as the authority does."""
        return await self.authority.async_request_tsa_response(req)


def _press(
    writer: IncrementalPdfFileWriter,
    output: IO[bytes],
    metadata: signers.PdfSignatureMetadata,
    signer: signers.Signer,
    timestamper: TimeStamper,
    face_pdf: bytes,
) -> None:
    """Sign with the visible face; errors of pyHanko and of the time stamp become ours."""
    middle, none = AxisAlignment.ALIGN_MID, Margins(0, 0, 0, 0)
    fit = SimpleBoxLayoutRule(middle, middle, none, InnerScaling.STRETCH_TO_FIT)
    style = StaticStampStyle(border_width=0, background=_Face(face_pdf), background_layout=fit)
    pdf_signer = signers.PdfSigner(metadata, signer=signer, timestamper=timestamper, stamp_style=style)
    try:
        pdf_signer.sign_pdf(writer, output=output, bytes_reserved=BYTES_RESERVED, chunk_size=CHUNK)
    except TimestampRequestError as error:
        raise Unavailable(N_("No time stamp could be had; nothing was sealed. Try again later.")) from error
    except SigningError as error:
        message = N_("The seal's certificate isn't valid now: revoked, expired or of an unknown issuer.")
        raise SealUnusable(message) from error
    except _BROKEN as error:
        raise NotSealable(N_("The file isn't a sound PDF and can't be sealed.")) from error


def _add_field(writer: IncrementalPdfFileWriter, name: str, page: int, box: Any) -> None:
    """Add the seal's empty signature field; `box` may hold fractions, whatever pyHanko's types say."""
    fields.append_signature_field(writer, fields.SigFieldSpec(name, on_page=page, box=box))


def _open(given: IO[bytes], field_name: str) -> IncrementalPdfFileWriter:
    """Open the frozen file for one more revision; refuse what a seal couldn't protect."""
    try:
        writer = IncrementalPdfFileWriter(given)
        if writer.prev.encrypted:
            raise NotSealable(N_("The file is encrypted and can't be sealed."))
        fillable = not only_signatures(writer.prev)
        taken = any(fields.enumerate_sig_fields(writer.prev, with_name=field_name))
    except _BROKEN as error:
        raise NotSealable(N_("The file isn't a sound PDF and can't be sealed.")) from error
    if fillable:
        raise NotSealable(N_("The file holds fields to fill in; they could be changed under the seal."))
    if taken:
        raise NotSealable(N_("The file already carries this seal."))
    return writer


def _destination(pdf: PdfFileReader, name: str) -> tuple[int, float, float]:
    """Return (page, x, y) of a named destination; raises NoSignatureBlock when there is none."""
    try:
        root: Any = pdf.root["/Names"]["/Dests"]
        place = _look_up(root, name)
        target = place["/D"] if isinstance(place, generic.DictionaryObject) else place
        return _page_number(pdf, target.raw_get(0)), float(target[2]), float(target[3])
    except _BROKEN as error:
        message = N_("The file has no signature block, and a blank sheet is never stamped. Typeset it again.")
        raise NoSignatureBlock(message) from error


def _look_up(node: Any, name: str, depth: int = 8) -> Any:
    """Find `name` in a name tree (ISO 32000-1 7.9.6); raises KeyError."""
    pairs = entry(node, "/Names", ())
    for index in range(0, len(pairs), 2):
        if str(pairs[index]) == name:
            return pairs[index + 1]
    kids = entry(node, "/Kids", ()) if depth else ()
    for index in range(len(kids)):
        kid = kids[index]
        low, high = map(str, entry(kid, "/Limits", (name, name)))
        if low <= name <= high:
            return _look_up(kid, name, depth - 1)
    raise KeyError(name)


def _page_number(pdf: PdfFileReader, reference: Any) -> int:
    """Return the index of the page with this reference; raises KeyError."""
    for number in range(int(pdf.root["/Pages"]["/Count"])):
        if pdf.find_page_for_modification(number)[0].reference == reference.reference:
            return number
    raise KeyError(reference)


def _digest(file: IO[bytes], size: int | None) -> tuple[str, int]:
    """Return SHA-256 (hex) and number of bytes of the first `size` bytes, or of all."""
    file.seek(0)
    digest, done = hashlib.sha256(), 0
    while size is None or done < size:
        block = file.read(CHUNK if size is None else min(CHUNK, size - done))
        if not block:
            break
        digest.update(block)
        done += len(block)
    return digest.hexdigest(), done


@contextmanager
def _whole_or_nothing(target: Path) -> Iterator[IO[bytes]]:
    """Give a temporary file beside `target` that takes its name only when all went well."""
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
