"""Accounts with passwords, and browsers that log in like people do."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from portal.people import passwords


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 at its cheapest: strength isn't what these tests are about."""
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
