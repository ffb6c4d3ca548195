"""Writes the pages of docs/ that are generated from the code: permissions, lifecycles, ledger events.

`python -m scripts.reference` writes them; a test compares them with what the code says now.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from portal.core.lifecycle import Lifecycle
from portal.documents.lifecycle import DOCUMENT
from portal.exchange.lifecycle import COPY, DELIVERY
from portal.ledger.vocabulary import FACTS, Event
from portal.people import permission_table
from portal.seals.lifecycle import APPLICATION, CEREMONY, SEAL, STAMP

DOCS = Path(__file__).parent.parent / "docs"

LIFECYCLES: tuple[tuple[str, Lifecycle], ...] = (
    ("Document", DOCUMENT),
    ("Delivery", DELIVERY),
    ("Copy", COPY),
    ("Application for seals", APPLICATION),
    ("Seal", SEAL),
    ("Ceremony", CEREMONY),
    ("Stamp request", STAMP),
)


def lifecycles() -> str:
    """docs/lifecycles.md: a diagram of each table."""
    parts = [
        "# Lifecycles\n\nWritten by `make docs` from the tables the program obeys (`portal/*/lifecycle.py`). "
        "A move that isn't drawn is refused.\n"
    ]
    for title, lifecycle in LIFECYCLES:
        parts.append(f"## {title}\n\n```mermaid\n{_diagram(lifecycle)}\n```\n")
    return "\n".join(parts)


def _diagram(lifecycle: Lifecycle) -> str:
    lines = ["stateDiagram-v2", f"    [*] --> {_node(lifecycle.start)}"]
    lines += [
        f"    {_node(state)} --> {_node(following)}: {act.value.replace('-', ' ')}"
        for (state, act), following in lifecycle.moves.items()
    ]
    moving = {state for state, _ in lifecycle.moves}
    lines += [f"    {_node(state)} --> [*]" for state in lifecycle.states if state not in moving]
    return "\n".join(lines)


def _node(state: str) -> str:
    return state.replace("-", "_")


def events() -> str:
    """docs/events.md: the ledger's vocabulary with its fields."""
    lines = [
        "# Ledger events",
        "",
        "Written by `make docs` from `portal/ledger/vocabulary.py`. Every event also has its time, who acted,",
        "of which unit, and the thing it is about. Anything else can't be recorded.",
        "",
        "| Event | Facts |",
        "|---|---|",
    ]
    lines += [f"| `{event}` | {', '.join(sorted(FACTS[event])) or '–'} |" for event in Event]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "events.md": events,
    "lifecycles.md": lifecycles,
    "permissions.md": permission_table.markdown,
}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
