"""What a benchmark reports, and how time is taken: medians of several rounds after one to warm up."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

ROUNDS = 9


@dataclass(frozen=True)
class Line:
    """One figure: medians in seconds, elapsed and on the processor; `limit` of the elapsed ones, if there is one.

    A line of kind `ratio` tells in the same fields how many times as long the one takes as the other.
    """

    name: str
    seconds: float
    cpu_seconds: float
    limit: float | None = None
    kind: str = "seconds"

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        return self.limit is None or self.seconds <= self.limit


def measured(name: str, act: Callable[[], object], limit: float | None = None) -> Line:
    """Take the time of `act`."""
    act()
    elapsed, used = [], []
    for _ in range(ROUNDS):
        begun, begun_cpu = time.perf_counter(), time.process_time()
        act()
        elapsed.append(time.perf_counter() - begun)
        used.append(time.process_time() - begun_cpu)
    return Line(name, round(statistics.median(elapsed), 4), round(statistics.median(used), 4), limit)
