"""A file of 100 MB is verified in less memory than it takes itself (S-11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.seals.sparing import LONG, SparingReader
from portal.seals.verifying import Reason, verify
from tests.seals.pki import Authority
from tests.seals.samples import seal
from tests.seals.sparing import mb_to_verify, write_large

LARGE = 100 << 20
MOST_MB = 100


@pytest.mark.req("S-11")
def test_a_file_of_100_mb_is_verified_in_less(tmp_path: Path, authority: Authority) -> None:
    """In all, with the interpreter; and a byte changed inside the long stretch is still found."""
    large, sealed, root = tmp_path / "large.pdf", tmp_path / "sealed.pdf", tmp_path / "root.der"
    write_large(large, LARGE)
    seal(large, sealed, authority)
    large.unlink()
    root.write_bytes(authority.root.asn1.dump())
    assert mb_to_verify(sealed, root) <= MOST_MB
    with sealed.open("r+b") as file:
        file.seek(LARGE // 2)
        byte = file.read(1)
        file.seek(LARGE // 2)
        file.write(bytes([byte[0] ^ 1]))
    assert Reason.CHANGED in verify(sealed, trust_roots=[authority.root.asn1]).reasons
    sealed.unlink()


def test_long_stretches_are_equal_to_what_is_read(tmp_path: Path) -> None:
    path, content = tmp_path / "file", bytes(range(256)) * (LONG // 128)
    path.write_bytes(content)
    with SparingReader(path) as file:
        assert file.read(10) == content[:10]
        view = file.read(LONG + 5)
        assert isinstance(view, memoryview)
        assert view == content[10 : LONG + 15]
        assert (file.tell(), file.read(3)) == (LONG + 15, content[LONG + 15 : LONG + 18])
        assert file.read(2 * len(content)) == content[LONG + 18 :]
        assert file.read(LONG + 1) == b""
        assert file.read() == b""
    path.write_bytes(b"")
    with SparingReader(path) as file:
        assert file.read(2 * LONG) == b""
