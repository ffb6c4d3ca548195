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
begun = time.process_time()
for _ in range(count):
    seal(folder / "frozen.pdf", folder / f"sealed-{sys.argv[3]}.pdf", authority, timestamper=timestamper)
print(time.process_time() - begun, flush=True)
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


def measure(share: float = 1.0) -> Iterator[Line]:
    """All four, one after another: the full token takes minutes."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "frozen.pdf").write_bytes(frozen_bytes(PAGES))
        yield to_pyhanko(folder)
        yield two_servers(folder)
        yield from of_memory(folder)
    yield full_token(max(2 * FEW, round(MANY * share)))


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
    """As many stamps by two processes as by one: two seal servers share the work of a queue.

    Processor seconds beside tell whether two do more work than one; where that is 1 and elapsed time isn't near a half,
    others had the second core.
    """
    rounds = [(served(folder, 2), served(folder, 1)) for _ in range(ROUNDS)]
    elapsed, used = (statistics.median(two[place] / one[place] for two, one in rounds) for place in (0, 1))
    name = "stamps by two servers to one (1/1.7 = 0.59)"
    return Line(name, round(elapsed, 3), round(used, 3), TO_A_SERVER, "ratio")


def served(folder: Path, servers: int) -> tuple[float, float]:
    """Elapsed and processor seconds for the same number of stamps by so many processes, warm when they start."""
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
    used = sum(float(_read(server)) for server in running)
    taken = time.perf_counter() - begun
    for server in running:
        server.communicate()
    return taken, used


def _read(server: subprocess.Popen[str]) -> str:
    if server.stdout is None or not (said := server.stdout.readline()):
        raise RuntimeError("a stamping process ended early")
    return said


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


def full_token(keys: int = MANY) -> Line:
    """Signing with a held handle, as a seal server does, while the token has so many seals, to the same with 10."""
    made = shared_device()
    with _opened(made) as token:
        for number in range(FEW):
            generate_key(token, f"seal-few-{number}")
        few = statistics.median(_signing(token, "seal-few-0") for _ in range(ROUNDS))
        for number in range(FEW, keys):
            generate_key(token, f"seal-many-{number}")
        many = statistics.median(_signing(token, "seal-few-0") for _ in range(ROUNDS))
    return Line(f"signing among {keys:,} seals to among {FEW}", round(many / few, 3), 0.0, TO_TEN_SEALS, "ratio")


def _opened(made: Device) -> Token:
    known = made.settings.device
    module = load_module(known.module_path)
    return open_token(module, known.seals_label, known.seals_serial, made.settings.seals.pin, writable=True)


def _signing(token: Token, label: str) -> float:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = HsmEcKey(token, label)
    return seconds(lambda: [key.sign(b"document", ec.ECDSA(hashes.SHA256())) for _ in range(SIGNATURES)])
