"""`make bench`: all benchmarks in one run; JSON lines to var/bench.jsonl, then a table."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from bench import items, pages, sealing, stamping, typesetting
from bench.lines import Line
from portal.core import clock, logs

BENCHES: tuple[Callable[[], list[Line]], ...] = (
    typesetting.measure,
    stamping.measure,
    sealing.measure,
    pages.measure,
    items.measure,
)
RESULTS = Path("var/bench.jsonl")


def main() -> None:
    """Run, keep, show."""
    logs.configure()
    lines = [line for bench in BENCHES for line in bench()]
    at, load = clock.now().isoformat(timespec="seconds"), round(os.getloadavg()[0], 2)
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps({"at": at, "load": load, **asdict(line)}, ensure_ascii=False) + "\n")
    print(f"{'what':<52}{'seconds':>9}{'cpu':>9}{'limit':>8}")
    for line in lines:
        limit = "" if line.limit is None else f"{line.limit:.2f}"
        name = f"{line.name} ×" if line.kind == "ratio" else line.name
        over = "" if line.kept else "  over"
        print(f"{name:<52}{line.seconds:>9.3f}{line.cpu_seconds:>9.3f}{limit:>8}{over}")


if __name__ == "__main__":
    main()
