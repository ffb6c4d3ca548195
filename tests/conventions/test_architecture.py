"""The house stands: imports go one way, one migration leads, the tree speaks of the project alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from importlinter.application.use_cases import FAILURE, lint_imports
from importlinter.configuration import configure

from portal import migrate
from tests.conventions.code import ROOT, calls, modules

# What belongs to the place where somebody works, not to the project.
FOREIGN = re.compile(
    r"/" + r"work/|/home/[a-z]|/root\b|/Users/"
    r"|registry\.(?:npm|yarn)|files\.pythonhosted|pypi\.org|npmmirror|mirrors\.|tsinghua",
    re.IGNORECASE,
)
# Lock files name where a package's maker can be supported: not a registry.
FUNDING = re.compile(r'^\s*"url": "https://[^"]+"$')
BINARY = frozenset({".png", ".jpg", ".ico", ".woff2", ".ttf", ".pdf", ".db", ".mo", ".docx", ".ofd"})
KEPT_FOLDERS = (".ci", "bench", "docs", "hsm", "migrations", "portal", "requirements", "scripts", "templates", "tests")
HERE = Path(__file__).resolve()


def files() -> list[Path]:
    """Every text file of the tree but what is made from it."""
    inside = [ROOT / name for name in KEPT_FOLDERS]
    found = [path for folder in inside for path in folder.rglob("*")] + list(ROOT.iterdir())
    return [path for path in found if path.is_file() and path.suffix not in BINARY and not _made(path)]


def _made(path: Path) -> bool:
    return path == HERE or "vendor" in path.parts or path.suffix == ".pyc"


def test_imports_keep_their_direction(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    result = lint_imports(config_filename=str(ROOT / "setup.cfg"), cache_dir=None)
    assert result != FAILURE, capsys.readouterr().out


def test_one_migration_leads() -> None:
    script = ScriptDirectory.from_config(migrate.configuration("sqlite://"))
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


def test_no_file_names_a_place_of_work() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in files()
        if path.name != "package-lock.json"
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert found == []


def test_lock_files_hold_no_addresses() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        assert "://" not in path.read_text("utf-8"), path.name
    lines = (ROOT / "package-lock.json").read_text("utf-8").splitlines()
    assert [line for line in lines if "://" in line and not FUNDING.match(line)] == []


def test_every_locked_package_has_its_hash() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        if path.name.startswith("debian"):
            continue
        pinned = re.findall(r"^[a-z0-9._-]+==[^\n]+(?:\n    --hash=sha256:[0-9a-f]{64}[^\n]*)*", path.read_text(), re.M)
        assert pinned, path.name
        assert [line.splitlines()[0] for line in pinned if "--hash=" not in line] == []
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert [name for name, facts in packages.items() if name and "integrity" not in facts] == []


def test_a_row_that_is_locked_is_read_anew() -> None:
    """`get` with a lock alone gives the object as it was loaded before: what another has written is overwritten."""
    stale = [
        f"{name}:{call.lineno}"
        for name, tree in modules().items()
        for call in calls(tree, "get", "get_one")
        if {keyword.arg for keyword in call.keywords} & {"with_for_update", "populate_existing"} == {"with_for_update"}
    ]
    assert stale == []
