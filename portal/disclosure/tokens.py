"""The secret link by which somebody without an account comes back."""

from __future__ import annotations

import hashlib


def token_hash(token: str) -> str:
    """How the token of a link is kept: who reads the database can't act as the applicant."""
    return hashlib.sha256(token.encode()).hexdigest()
