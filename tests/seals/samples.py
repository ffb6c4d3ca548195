"""Small PDF files for the seal tests: a frozen document with its signature blocks, a red ring for a face."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
from pyhanko.sign.timestamps import TimeStamper
from weasyprint import HTML

from portal.seals import certificates
from portal.seals.stamping import Impression, stamp
from tests.seals.pki import Authority

DIAMETER_MM = 42.0

_PAGE = """<title>关于示例事项的通知</title><style>
@page {{ size: A4; margin: 37mm 26mm 35mm 28mm; @bottom-center {{ content: "— " counter(page) " —" }} }}
p {{ font-size: 16pt; break-after: page }} i, b {{ position: absolute }}
b {{ left: 88mm; top: 78mm; font-size: 16pt }}
</style>{pages}<div><b>南澄市人民政府办公室</b>
<i id="seal-1-tl" style="left:90mm; top:60mm"></i><i id="seal-1-br" style="left:132mm; top:102mm"></i>
<i id="seal-2-tl" style="left:20mm; top:60mm"></i><i id="seal-2-br" style="left:62mm; top:102mm"></i></div>"""


@cache
def frozen_bytes(pages: int = 2) -> bytes:
    """Return a PDF/A-3u whose last page holds the signature blocks seal-1 and seal-2."""
    text = "<p>各单位：现将有关事项通知如下。</p>" * (pages - 1)
    data = HTML(string=_PAGE.format(pages=text)).write_pdf(pdf_variant="pdf/a-3u")
    assert isinstance(data, bytes)
    return data


@cache
def face() -> bytes:
    """Return the vector face of a seal, 42 mm wide: a red ring and a bar."""
    side = DIAMETER_MM * 72 / 25.4
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(side, side))
    middle, radius = side / 2, side / 2 - 2
    k = radius * 0.5523
    ring = (
        f"0.84 0 0.06 RG 0.84 0 0.06 rg 3 w {middle + radius} {middle} m "
        f"{middle + radius} {middle + k} {middle + k} {middle + radius} {middle} {middle + radius} c "
        f"{middle - k} {middle + radius} {middle - radius} {middle + k} {middle - radius} {middle} c "
        f"{middle - radius} {middle - k} {middle - k} {middle - radius} {middle} {middle - radius} c "
        f"{middle + k} {middle - radius} {middle + radius} {middle - k} {middle + radius} {middle} c S "
        f"20 {middle - 4} {side - 40} 8 re f"
    )
    page.obj.Contents = pdf.make_stream(ring.encode())
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()


def seal(
    source: Path,
    target: Path,
    authority: Authority,
    *,
    crl: bytes | None = None,
    number: int = 1,
    timestamper: TimeStamper | None = None,
    straddling: bool = False,
) -> Impression:
    """Stamp `source` with the authority's seal on block `number`, as the seal server does."""
    context = certificates.context([authority.root.asn1], crls=[crl or authority.crl()])
    return stamp(
        source,
        target,
        face_pdf=face(),
        diameter_mm=DIAMETER_MM,
        place=number,
        straddling=straddling,
        signer=authority.signer(),
        timestamper=timestamper or authority.timestamper(),
        validation_context=context,
        reason="用印",
        location="南澄市",
        name="南澄市人民政府办公室",
    )
