"""How long stamping, verifying and copying a ten-page document take, with a key in memory instead of the device."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

from bench.lines import Line, measured
from portal.seals.codes import CopyKind
from portal.seals.copies import CopyMarks, make_copy
from portal.seals.verifying import verify
from tests.seals.pki import Authority
from tests.seals.samples import face, frozen_bytes, seal

PAGES = 10
STAMP_SECONDS, COPY_SECONDS = 0.15, 0.3


def measure() -> list[Line]:
    """Stamp, verify, copy."""
    authority = Authority()
    with tempfile.TemporaryDirectory() as folder:
        frozen, sealed, copy = (Path(folder) / f"{name}.pdf" for name in ("frozen", "sealed", "copy"))
        frozen.write_bytes(frozen_bytes(PAGES))
        code = "A" * 340
        marks = CopyMarks(
            kind=CopyKind.PRINT,
            unit="南澄市教育局",
            person="张敏",
            at=dt.datetime.now(dt.UTC),
            copy_id="7K3M-2QXA",
            copy=3,
            copies=10,
            address=f"https://gongwen.nancheng.example/v/{code}",
            face_pdf=face(),
        )
        timestamper = authority.timestamper()
        return [
            measured("stamp 10 pages, key in memory", lambda: seal(frozen, sealed, authority, timestamper=timestamper)),
            measured("verify 10 pages", lambda: verify(sealed, trust_roots=[authority.root.asn1])),
            measured("numbered copy of 10 pages", lambda: make_copy(sealed, copy, marks), COPY_SECONDS),
        ]
