"""Writes the pages of docs/ that are generated from the code: permissions, lifecycles, ledger events, rules, routes.

`python -m scripts.reference` writes them; a test compares them with what the code says now.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.app import create_app
from portal.briefs.lifecycle import BRIEF
from portal.certificates.lifecycle import APPLICATION as CERTIFICATE_APPLICATION
from portal.certificates.lifecycle import CERTIFICATE
from portal.content.lifecycle import ITEM
from portal.core.lifecycle import Lifecycle
from portal.core.rules import load_rules
from portal.core.settings import Settings
from portal.disclosure.lifecycle import COMPLAINT, REQUEST, SURVEY
from portal.documents.lifecycle import DOCUMENT
from portal.exchange.lifecycle import COPY, DELIVERY
from portal.ledger.facts import FACTS
from portal.ledger.vocabulary import Event
from portal.people import permission_table
from portal.people.lifecycle import HEADSHIP, MESSAGE, SLIP
from portal.registration.application_lifecycle import JOINING
from portal.registration.change_lifecycle import CHANGE
from portal.registration.import_lifecycle import IMPORT
from portal.seals.lifecycle import APPLICATION, CEREMONY, SEAL, STAMP
from portal.support.lifecycle import DISPUTE
from portal.tasks.lifecycle import ASSIGNMENT
from portal.web.access import Access, access_of

DOCS = Path(__file__).parent.parent / "docs"

PRESET_NAMES = ("guangzhou", "lianyungang", "ordos")

LIFECYCLES: tuple[tuple[str, Lifecycle], ...] = (
    ("Document", DOCUMENT),
    ("Delivery", DELIVERY),
    ("Copy", COPY),
    ("Application for seals", APPLICATION),
    ("Seal", SEAL),
    ("Ceremony", CEREMONY),
    ("Stamp request", STAMP),
    ("Application about a certificate", CERTIFICATE_APPLICATION),
    ("Certificate", CERTIFICATE),
    ("Dispute", DISPUTE),
    ("Application to join", JOINING),
    ("Change of a unit", CHANGE),
    ("Filing about the head of a unit", HEADSHIP),
    ("Sheet of password slips", SLIP),
    ("Short message", MESSAGE),
    ("Import", IMPORT),
    ("Item of information exchange", ITEM),
    ("Request at one receiver", ASSIGNMENT),
    ("Government information", BRIEF),
    ("Request for disclosure", REQUEST),
    ("Complaint about disclosure", COMPLAINT),
    ("Questionnaire", SURVEY),
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
        "Written by `make docs` from `portal/ledger/vocabulary.py` and `facts.py`. Every event also has its time,",
        "who acted, of which unit, and the thing it is about. Anything else can't be recorded.",
        "",
        "| Event | Facts |",
        "|---|---|",
    ]
    lines += [f"| `{event}` | {', '.join(sorted(FACTS[event])) or '–'} |" for event in Event]
    return "\n".join(lines) + "\n"


def exchange_rules() -> str:
    """docs/exchange-rules.md: the presets side by side, each value with its article."""
    presets = [load_rules(Settings(exchange_rules=name)) for name in PRESET_NAMES]
    lines = [
        "# Exchange rules 交换规则",
        "",
        "Written by `make docs` from `portal/presets/`. Where regulations differ, an installation chooses a preset",
        "(`exchange_rules`) and may lay its own values over it (`exchange_rules_file`).",
        "",
        f"| Rule | {' | '.join(f'{rules.title} `{rules.name}`' for rules in presets)} |",
        "|---" * (len(presets) + 1) + "|",
    ]
    for key in presets[0].articles:
        cells = [f"{_plain(getattr(rules, key))} ({rules.article(key)})" for rules in presets]
        lines.append(f"| `{key}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


def routes() -> str:
    """docs/routes.md: every route with what it demands."""
    lines = [
        "# Routes",
        "",
        "Written by `make docs` from the application. A route that declares no access stops the start; one of the",
        "permissions named is enough. Whether a person may see the object behind an address, its `get_for` decides.",
        "",
        "| Address | Methods | Access |",
        "|---|---|---|",
    ]
    with TemporaryDirectory() as folder:
        app = create_app(Settings(data_dir=Path(folder)))
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        methods = " ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        lines.append(f"| `{rule.rule}` | {methods} | {_access(access_of(app, rule.endpoint))} |")
    return "\n".join(lines) + "\n"


def _access(access: Access) -> str:
    if access.public:
        return "anyone"
    if not access.permissions:
        return "logged in"
    named = ", ".join(f"`{permission}`" for permission in sorted(access.permissions))
    return f"{named}; a GET that changes something" if access.writes else named


PAGES: dict[str, Callable[[], str]] = {
    "events.md": events,
    "exchange-rules.md": exchange_rules,
    "lifecycles.md": lifecycles,
    "permissions.md": permission_table.markdown,
    "routes.md": routes,
}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
