"""How long stamping, verifying and copying a ten-page document take, with a key in memory instead of the device."""

from __future__ import annotations

import datetime as dt
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from portal.seals.codes import CopyKind
from portal.seals.copies import CopyMarks, make_copy
from portal.seals.verifying import verify
from tests.seals.pki import Authority
from tests.seals.samples import face, frozen_bytes, seal

PAGES, ROUNDS = 10, 9
LIMIT_SECONDS = {"stamp": 0.15, "copy": 0.3}


def median_seconds(act: Callable[[], object]) -> tuple[float, float]:
    """Return the medians of elapsed and of processor seconds of several runs after one to warm up."""
    act()
    elapsed, used = [], []
    for _ in range(ROUNDS):
        begun, begun_cpu = time.perf_counter(), time.process_time()
        act()
        elapsed.append(time.perf_counter() - begun)
        used.append(time.process_time() - begun_cpu)
    return statistics.median(elapsed), statistics.median(used)


def measure() -> dict[str, object]:
    """Return the seconds of each act, elapsed and on the processor, and whether they keep their limits."""
    authority = Authority()
    with tempfile.TemporaryDirectory() as folder:
        frozen, sealed, copy = (Path(folder) / f"{name}.pdf" for name in ("frozen", "sealed", "copy"))
        frozen.write_bytes(frozen_bytes(PAGES))
        code = "A" * 340
        marks = CopyMarks(
            CopyKind.PRINT, "南澄市教育局", "张敏", dt.datetime.now(dt.UTC), "7K3M-2QXA", 3, 10,
            f"https://gongwen.nancheng.example/v/{code}", face(),
        )  # fmt: skip
        timestamper = authority.timestamper()
        found = {
            "stamp": median_seconds(lambda: seal(frozen, sealed, authority, timestamper=timestamper)),
            "verify": median_seconds(lambda: verify(sealed, trust_roots=[authority.root.asn1])),
            "copy": median_seconds(lambda: make_copy(sealed, copy, marks)),
        }
    return {
        "bench": "stamping",
        "pages": PAGES,
        "seconds": {act: round(elapsed, 4) for act, (elapsed, _) in found.items()},
        "cpu_seconds": {act: round(used, 4) for act, (_, used) in found.items()},
        "limit_seconds": LIMIT_SECONDS,
        "kept": all(found[act][0] <= limit for act, limit in LIMIT_SECONDS.items()),
    }


if __name__ == "__main__":
    print(json.dumps(measure()))
