"""One authority, one frozen and one sealed file for all seal tests of a run; none of them is ever changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.seals.pki import Authority
from tests.seals.samples import frozen_bytes, seal


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A seal CA with a seal and a time-stamping authority."""
    return Authority()


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frozen document of two pages, the signature blocks on the second."""
    path = tmp_path_factory.mktemp("frozen") / "frozen.pdf"
    path.write_bytes(frozen_bytes())
    return path


@pytest.fixture(scope="session")
def sealed(frozen: Path, authority: Authority) -> Path:
    """The frozen document with one seal."""
    path = frozen.with_name("sealed.pdf")
    seal(frozen, path, authority)
    return path
