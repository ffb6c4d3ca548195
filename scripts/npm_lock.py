"""Takes the addresses out of package-lock.json: what is installed is named by its hash, not by a place."""

from __future__ import annotations

import json
from pathlib import Path

LOCK = Path(__file__).resolve().parent.parent / "package-lock.json"
ADDRESSES = ("funding", "resolved")


def main() -> None:
    """Rewrite the lock without addresses."""
    lock = json.loads(LOCK.read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        for key in ADDRESSES:
            package.pop(key, None)
    LOCK.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
