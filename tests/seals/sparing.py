"""How much memory verifying takes, in a process of its own; shared with `bench/stamping_limits.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pikepdf

from tests.seals.samples import frozen_bytes

ROOT = Path(__file__).resolve().parents[2]
_VERIFY = """
import sys
from pathlib import Path
from asn1crypto import x509
from portal.seals.verifying import verify
root = x509.Certificate.load(Path(sys.argv[2]).read_bytes())
verdict = verify(Path(sys.argv[1]), trust_roots=[root])
assert verdict.valid, verdict.reasons
lines = Path("/proc/self/status").read_text().splitlines()  # as `peak_mb`, without what its module loads
print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024)
"""


def peak_mb() -> float:
    """The most memory this program has held at once. What getrusage tells may be the parent's, from before exec."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def write_large(path: Path, size: int) -> None:
    """A frozen document with one attachment of so many bytes that nothing makes smaller."""
    small = path.with_suffix(".small")
    small.write_bytes(frozen_bytes(2))
    with pikepdf.open(small) as pdf:
        pdf.attachments["map.bin"] = pikepdf.AttachedFileSpec(
            pdf, os.urandom(size), filename="map.bin", description="", mime_type="", creation_date="", mod_date=""
        )
        pdf.save(path, compress_streams=False)
    small.unlink()


def mb_to_verify(path: Path, root: Path) -> float:
    """Memory in MB, the interpreter and all it loads included, that it takes to find this file valid."""
    done = subprocess.run(
        [sys.executable, "-c", _VERIFY, str(path), str(root)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
