"""Lists each row of docs/requirements.md with the tests marked `@pytest.mark.req("X-5")`, which prove it.

Tests are read, not imported. A mark on a class or in `pytestmark` counts for the class or module as a whole.
A mark that names no row is an error: it is a slip of the pen, and a proof nobody would find.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| ([A-Z]-\d+) \| (.+) \|$", re.MULTILINE)


def rows(table: str) -> dict[str, str]:
    """The duties of the document by ID, in its order."""
    return {match[1]: match[2].rpartition(" | ")[0] or match[2] for match in ROW.finditer(table)}


def marks(tree: ast.AST, owner: str = "") -> Iterator[tuple[str, str]]:
    """Each requirement that a `mark.req(…)` below this node names, with the test or class that carries it."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from marks(child, f"{owner}::{child.name}")
            continue
        if isinstance(child, ast.Call) and ast.unparse(child.func).endswith("mark.req"):
            for argument in child.args:
                yield str(ast.literal_eval(argument)), owner
        yield from marks(child, owner)


def proofs(tests: Path) -> dict[str, list[str]]:
    """The tests by requirement ID, as pytest would address them."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(tests.rglob("*.py")):
        place = path.relative_to(tests.parent).as_posix()
        for row, owner in marks(ast.parse(path.read_text("utf-8"))):
            found[row].append(place + owner)
    return found


def main() -> int:
    """Prints the list and the count; the exit code is 1 when a mark names no row."""
    duties = rows((ROOT / "docs" / "requirements.md").read_text("utf-8"))
    proven = proofs(ROOT / "tests")
    for row, duty in duties.items():
        print(f"{'✓' if row in proven else '·'} {row:<5} {duty}")
        for test in dict.fromkeys(proven.get(row, [])):
            print(f"        {test}")
    for row in sorted(proven.keys() - duties.keys()):
        print(f"{', '.join(proven[row])}: docs/requirements.md has no row {row}", file=sys.stderr)
    print(f"requirements: {len(proven.keys() & duties.keys())} of {len(duties)} proven")
    return 1 if proven.keys() - duties.keys() else 0


if __name__ == "__main__":
    sys.exit(main())
