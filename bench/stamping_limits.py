"""Stamping held against its limits: pyHanko alone, two seal servers against one, a full token, a file of 100 MB.

Ratios are taken in turns within one run, so that other work on the machine falls on both sides alike.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers

from bench.lines import ROUNDS, Line
from hsm.keys import HsmEcKey, generate_key
from hsm.module import load_module
from hsm.token import Token, open_token
from portal.seals import certificates
from tests.hsm.device import Device, shared_device
from tests.seals.pki import Authority
from tests.seals.samples import frozen_bytes, seal
from tests.seals.sparing import mb_to_verify, write_large

PAGES = 10
LARGE_BYTES = 100 << 20
TO_PYHANKO, TO_A_SERVER, TO_TEN_SEALS = 2.0, 1 / 1.7, 1.2
MOST_EXTRA_MB, MOST_MB_VERIFYING = 100.0, 100.0  # beyond a small file; in all
STAMPS, MANY, FEW, SIGNATURES = 20, 3000, 10, 200

_WORKER = """
import sys, time
from pathlib import Path
from tests.seals.pki import Authority
from tests.seals.samples import seal
folder, count = Path(sys.argv[1]), int(sys.argv[2])
authority = Authority()
timestamper = authority.timestamper()
seal(folder / "frozen.pdf", folder / f"warm-{sys.argv[3]}.pdf", authority, timestamper=timestamper)
print("ready", flush=True)
sys.stdin.readline()
for _ in range(count):
    seal(folder / "frozen.pdf", folder / f"sealed-{sys.argv[3]}.pdf", authority, timestamper=timestamper)
print("done", flush=True)
"""
_LARGE = """
import sys
from pathlib import Path
from tests.seals.pki import Authority
from tests.seals.samples import seal
from tests.seals.sparing import peak_mb
folder = Path(sys.argv[1])
authority = Authority()
seal(folder / "small.pdf", folder / "small-sealed.pdf", authority)
before = peak_mb()
seal(folder / "large.pdf", folder / "large-sealed.pdf", authority)
print(peak_mb() - before)
(folder / "root.der").write_bytes(authority.root.asn1.dump())
"""


def measure() -> Iterator[Line]:
    """All four, one after another: the full token takes minutes."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "frozen.pdf").write_bytes(frozen_bytes(PAGES))
        yield to_pyhanko(folder)
        yield two_servers(folder)
        yield from of_memory(folder)
    yield full_token()


def ratio(name: str, one: Callable[[], float], other: Callable[[], float], limit: float) -> Line:
    """How many times as long `one` takes as `other`, both giving seconds, the median of rounds taken in turns."""
    found = [one() / other() for _ in range(ROUNDS)]
    return Line(name, round(statistics.median(found), 3), 0.0, limit, "ratio")


def seconds(act: Callable[[], object]) -> float:
    """How long it takes once."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def to_pyhanko(folder: Path) -> Line:
    """Our stamping to the same calls of pyHanko without anything of ours around."""
    authority = Authority()
    timestamper, source = authority.timestamper(), folder / "frozen.pdf"

    def ours() -> None:
        seal(source, folder / "ours.pdf", authority, timestamper=timestamper)

    def alone() -> None:
        with source.open("rb") as given, (folder / "alone.pdf").open("w+b") as output:
            writer = IncrementalPdfFileWriter(given)
            fields.append_signature_field(
                writer, fields.SigFieldSpec("Seal1", on_page=PAGES - 1, box=(60, 60, 179, 179))
            )
            metadata = signers.PdfSignatureMetadata(
                field_name="Seal1",
                md_algorithm="sha256",
                subfilter=fields.SigSeedSubFilter.PADES,
                certify=True,
                validation_context=certificates.context([authority.root.asn1], crls=[authority.crl()]),
                embed_validation_info=True,
                use_pades_lta=True,
            )
            maker = signers.PdfSigner(metadata, signer=authority.signer(), timestamper=timestamper)
            maker.sign_pdf(writer, output=output)

    ours()
    alone()
    return ratio("stamping to pyHanko alone", lambda: seconds(ours), lambda: seconds(alone), TO_PYHANKO)


def two_servers(folder: Path) -> Line:
    """As many stamps by two processes as by one: two seal servers share the work of a queue."""
    return ratio(
        "stamps by two servers to one (1/1.7 = 0.59)",
        lambda: served(folder, 2),
        lambda: served(folder, 1),
        TO_A_SERVER,
    )


def served(folder: Path, servers: int) -> float:
    """Seconds for the same number of stamps by so many processes, warm when they start."""
    command = [sys.executable, "-c", _WORKER, str(folder), str(STAMPS // servers)]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    running = [
        subprocess.Popen(
            [*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        for number in range(servers)
    ]
    for server in running:
        _read(server)
    begun = time.perf_counter()
    for server in running:
        if server.stdin:
            server.stdin.write("go\n")
            server.stdin.flush()
    for server in running:
        _read(server)
    taken = time.perf_counter() - begun
    for server in running:
        server.communicate()
    return taken


def _read(server: subprocess.Popen[str]) -> None:
    if server.stdout is None or not server.stdout.readline():
        raise RuntimeError("a stamping process ended early")


def of_memory(folder: Path) -> list[Line]:
    """Memory in MB for a file of 100 MB: to stamp, beyond what a small one needed; to verify, in all."""
    write_large(folder / "large.pdf", LARGE_BYTES)
    (folder / "small.pdf").write_bytes(frozen_bytes(2))
    said = subprocess.run(
        [sys.executable, "-c", _LARGE, str(folder)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    ).stdout
    verifying = mb_to_verify(folder / "large-sealed.pdf", folder / "root.der")
    return [
        Line("MB of memory to stamp 100 MB", round(float(said), 1), 0.0, MOST_EXTRA_MB, "megabytes"),
        Line("MB in all to verify 100 MB", round(verifying, 1), 0.0, MOST_MB_VERIFYING, "megabytes"),
    ]


def full_token() -> Line:
    """Signing with a held handle while the token has 3,000 seals, to the same with 10."""
    made = shared_device()
    with _opened(made) as token:
        for number in range(FEW):
            generate_key(token, f"seal-few-{number}")
        few = statistics.median(_signing(token, "seal-few-0") for _ in range(ROUNDS))
        for number in range(FEW, MANY):
            generate_key(token, f"seal-many-{number}")
        many = statistics.median(_signing(token, "seal-few-0") for _ in range(ROUNDS))
    return Line("signing among 3,000 seals to among 10", round(many / few, 3), 0.0, TO_TEN_SEALS, "ratio")


def _opened(made: Device) -> Token:
    known = made.settings.device
    module = load_module(known.module_path)
    return open_token(module, known.seals_label, known.seals_serial, made.settings.seals.pin, writable=True)


def _signing(token: Token, label: str) -> float:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = HsmEcKey(token, label)
    return seconds(lambda: [key.sign(b"document", ec.ECDSA(hashes.SHA256())) for _ in range(SIGNATURES)])


if __name__ == "__main__":
    for line in measure():
        over = "" if line.kept else "  over"
        print(f"{line.name:<52}{line.seconds:>9.3f}{line.limit or 0:>8.2f}{over}", flush=True)
