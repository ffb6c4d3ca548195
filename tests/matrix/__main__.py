"""`python -m tests.matrix` writes the table anew from what the application answers now. Read the difference."""

from __future__ import annotations

import tempfile
from pathlib import Path

from portal.core import logs
from tests.databases import SqliteMaker
from tests.matrix import table
from tests.matrix.actors import ACTORS
from tests.matrix.house import stage


def main() -> None:
    """Let everybody walk and note what happened."""
    logs.configure()
    found: table.Table = {}
    with tempfile.TemporaryDirectory() as place:
        maker = SqliteMaker(Path(place))
        folder = Path(place) / "stage"
        folder.mkdir()
        with stage(maker, folder) as built:
            for actor in ACTORS:
                for tried in built.walk(actor):
                    found.setdefault(tried.door, {})[actor.name] = tried.cell
    table.write(found)


if __name__ == "__main__":
    main()
