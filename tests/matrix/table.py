"""The table `routes.tsv`: a line a route, a column an actor, in each cell the status of the answer.

`404/200` means: 404 for an object that isn't there, 200 for the one of the scene. `python -m tests.matrix` writes it
anew; what changes in it is to be read before it is committed, because it says who gets in where.
"""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).parent / "routes.tsv"
Cells = dict[str, str]
Table = dict[str, Cells]


def read() -> Table:
    """The table by `METHOD endpoint`, then by actor."""
    head, *lines = FILE.read_text("utf-8").splitlines()
    actors = head.split("\t")[1:]
    rows = (line.split("\t") for line in lines)
    return {door: dict(zip(actors, cells, strict=True)) for door, *cells in rows}


def write(table: Table) -> None:
    """Write the table, doors in order."""
    actors = list(next(iter(table.values())))
    lines = ["\t".join(["door", *actors])]
    lines += ["\t".join([door, *(table[door][actor] for actor in actors)]) for door in sorted(table)]
    FILE.write_text("\n".join(lines) + "\n", "utf-8")
