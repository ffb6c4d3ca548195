"""What the seals capability tells whoever asked for a stamp or a signed code, in the same transaction.

It knows the asker by `reference` only, e.g. `document:12`; each connected function looks whether it is meant.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from portal.core.hooks import Hook
from portal.seals.use_models import CodeRequest, StampRequest

stamped: Hook[[Session, StampRequest], None] = Hook("seals.stamped")
stamp_failed: Hook[[Session, StampRequest], None] = Hook("seals.stamp-failed")
code_signed: Hook[[Session, CodeRequest], None] = Hook("seals.code-signed")
code_failed: Hook[[Session, CodeRequest], None] = Hook("seals.code-failed")
reference_page: Hook[[str], tuple[str, dict[str, Any]] | None] = Hook("seals.reference-page")
"""Asks where what a reference names can be read: endpoint and values of its page."""
