"""The pages of docs/ that are generated from the code say what the code says."""

from __future__ import annotations

import pytest

from scripts.reference import DOCS, LIFECYCLES, PAGES


@pytest.mark.parametrize("name", sorted(PAGES))
def test_generated_pages_are_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize(("title", "lifecycle"), LIFECYCLES)
def test_every_move_is_drawn(title: str, lifecycle: object) -> None:
    section = PAGES["lifecycles.md"]().split(f"## {title}\n")[1].split("\n## ")[0]
    assert section.count("-->") >= len(lifecycle.moves) + 1  # type: ignore[attr-defined]  # a Lifecycle
