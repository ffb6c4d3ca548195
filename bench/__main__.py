"""Benchmarks in one run; JSON lines to var/bench.jsonl, then a table.

python -m bench                 # `make bench`: what a day's work takes
python -m bench seals           # `make bench-seals`: stamping at its limits, with a token full of keys
python -m bench --share 0.05    # cities and lists a twentieth as large: whether everything runs, not how fast
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

from bench import items, pages, sealing, stamping, stamping_limits, typesetting
from bench.limits import pages as limits
from bench.lines import Line
from portal.core import clock, logs

Bench = Callable[[float], Iterable[Line]]
GROUPS: dict[str, tuple[Bench, ...]] = {
    "day": (
        lambda _: typesetting.measure(),
        lambda _: stamping.measure(),
        lambda _: sealing.measure(),
        limits.measure,
        pages.measure,
        items.measure,
    ),
    "seals": (stamping_limits.measure,),
}
RESULTS = Path("var/bench.jsonl")


def main() -> None:
    """Run, keep, show; each line as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("group", nargs="?", choices=GROUPS, default="day")
    parser.add_argument("--share", type=float, default=1.0, help="size of large cities and lists, 1 being the whole")
    wanted = parser.parse_args()
    logs.configure()
    RESULTS.parent.mkdir(exist_ok=True)
    print(f"{'what':<60}{'seconds':>9}{'cpu':>9}{'limit':>8}")
    for bench in GROUPS[wanted.group]:
        for line in bench(wanted.share):
            _keep(line, wanted.share)
            _show(line)


def _keep(line: Line, share: float) -> None:
    at, load = clock.now().isoformat(timespec="seconds"), round(os.getloadavg()[0], 2)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": at, "load": load, "share": share, **asdict(line)}, ensure_ascii=False) + "\n")


def _show(line: Line) -> None:
    limit = "" if line.limit is None else f"{line.limit:.2f}"
    name = f"{line.name} ×" if line.kind == "ratio" else line.name
    over = "" if line.kept else "  over"
    print(f"{name:<60}{line.seconds:>9.3f}{line.cpu_seconds:>9.3f}{limit:>8}{over}", flush=True)


if __name__ == "__main__":
    main()
