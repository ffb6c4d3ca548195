"""Running promised work inline, in place of the worker and the seal server."""

from __future__ import annotations

from portal.core.jobs import run_inline
from portal.core.runtime import Runtime
from portal.worker import ALLOWED as WORKER_JOBS


def drain(runtime: Runtime) -> int:
    """Run the worker's pending jobs, and those they promise in turn; returns how many ran."""
    return run_inline(runtime, WORKER_JOBS)


def drain_all(runtime: Runtime) -> int:
    """Run the worker's and the seal server's pending jobs; the test must have installed a device."""
    from portal.sealserver import ALLOWED as SEAL_JOBS

    return run_inline(runtime, WORKER_JOBS | SEAL_JOBS)
