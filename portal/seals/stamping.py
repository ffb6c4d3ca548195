"""Stamping: one seal pressed on its signature block, as a PAdES B-LTA signature over the frozen file.

GB/T 9704 7.3.5: the seal presses the signatory's name and the date. GZ18: it is a cryptographic signature.
Only bytes come in and go out; who may stamp, and what was approved, is checked by the seal server before.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
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
from portal.seals.blocks import BROKEN, Box, NotSealable, anchor_of, field_of, find_block, require_turn
from portal.seals.fields import only_signatures
from portal.seals.straddling import straddle

CHUNK = 1 << 20
# A chain of three certificates and a time stamp take about 6 KB; a fixed room saves a trial signature.
BYTES_RESERVED = 16384
NO_TIME_STAMP = N_("No time stamp could be had; nothing was sealed. Try again later.")
_UNSOUND = N_("The file isn't a sound PDF and can't be sealed.")
# Revocation lists go into the revision that the document time stamp closes, so that nothing stands behind it.
_EVIDENCE = DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_NEXT_TS)


class SealUnusable(Refused):
    """The seal's certificate can't be relied on now: revoked, expired or of an unknown issuer."""


@dataclass(frozen=True)
class Impression:
    """One seal on one file. `page` counts from 0, `box_pt` is left, bottom, right, top; digests are hex.

    `edges`: how many pages show a strip of the straddling seal.
    """

    page: int
    box_pt: Box
    source_digest: str
    sealed_digest: str
    size: int
    signed_at: dt.datetime
    edges: int


def stamp(
    source: Path,
    target: Path,
    *,
    face_pdf: bytes,
    diameter_mm: float,
    place: int = 1,
    straddling: bool = False,
    signer: signers.Signer,
    timestamper: TimeStamper,
    validation_context: ValidationContext,
    reason: str,
    location: str,
    name: str,
    approved_digest: str | None = None,
) -> Impression:
    """Stamp `source` and write the sealed file to `target`, whole or not at all.

    The bytes of `source` stay untouched at the head of the result; with `approved_digest` (hex SHA-256) they
    must be the approved ones. `place` is the issuer's, from 1: the seals of a joint document are pressed in order,
    each over the file the one before left. `straddling` draws the seal across the pages' edges as well, in the
    same revision. `validation_context` holds the trusted roots and current revocation lists; both are embedded.
    Raises NoSignatureBlock, NotSealable, NoEdge, SealUnusable, Unavailable.
    """
    with source.open("rb") as given, _whole_or_nothing(target) as output:
        _require_approved(_digest(given, None)[0], approved_digest)  # before the device signs anything
        field_name = field_of(place)
        writer = _open(given)
        page, box = find_block(writer.prev, anchor_of(place), diameter_mm)
        edges = _prepare(writer, place, page, box, face_pdf if straddling else None)
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
        _require_approved(source_digest, approved_digest)
        sealed_digest, sealed_size = _digest(output, None)
        return Impression(page, box, source_digest, sealed_digest, sealed_size, witness.moments[0], edges)


def _require_approved(digest: str, approved: str | None) -> None:
    if approved not in (None, digest):
        raise NotSealable(N_("The file isn't the one that was approved; nothing was sealed."))


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
        raise Unavailable(NO_TIME_STAMP) from error
    except SigningError as error:
        message = N_("The seal's certificate isn't valid now: revoked, expired or of an unknown issuer.")
        raise SealUnusable(message) from error
    except BROKEN as error:
        raise NotSealable(_UNSOUND) from error


def _prepare(writer: IncrementalPdfFileWriter, place: int, page: int, box: Any, edge_face: bytes | None) -> int:
    """Add the straddling marks, if wanted, and the seal's empty field; return how many pages bear a mark.

    `box` may hold fractions, whatever pyHanko's types say.
    """
    try:
        require_turn(writer.prev, place, page, box)
        edges = straddle(writer, edge_face) if edge_face else 0
        fields.append_signature_field(writer, fields.SigFieldSpec(field_of(place), on_page=page, box=box))
    except BROKEN as error:
        raise NotSealable(_UNSOUND) from error
    return edges


def _open(given: IO[bytes]) -> IncrementalPdfFileWriter:
    """Open the frozen file for one more revision; refuse what a seal couldn't protect."""
    try:
        writer = IncrementalPdfFileWriter(given)
        if writer.prev.encrypted:
            raise NotSealable(N_("The file is encrypted and can't be sealed."))
        fillable = not only_signatures(writer.prev)
    except BROKEN as error:
        raise NotSealable(_UNSOUND) from error
    if fillable:
        raise NotSealable(N_("The file holds fields to fill in; they could be changed under the seal."))
    return writer


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
