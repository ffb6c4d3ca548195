"""What the seal server remembers of each use: reserved before, finished after, and what former files remembered."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hsm.errors import RecordOld, SettingsInvalid, UseDiffers
from hsm.memory import Memory
from hsm.uses import Use

pytestmark = pytest.mark.req("S-6", "S-10")
AT = "2026-11-25T08:00:00+00:00"
FORMER = """
CREATE TABLE seal (key TEXT PRIMARY KEY, sequence INTEGER NOT NULL, before INTEGER NOT NULL) STRICT;
CREATE TABLE held (key TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT;
CREATE TABLE use (key TEXT NOT NULL, matter TEXT NOT NULL, result TEXT NOT NULL,
                  PRIMARY KEY (key, matter)) STRICT, WITHOUT ROWID;
INSERT INTO seal VALUES ('k', 4, 5);
INSERT INTO held VALUES ('k', 4);
INSERT INTO use VALUES ('k', 'stamping', '{"sealed_digest": "abcdef", "page": 1}');
INSERT INTO use VALUES ('k', 'code', '');
"""


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "memory.db")


def test_the_newest_record_is_remembered(memory: Memory) -> None:
    """An older one is refused, by a second seal server on the machine too; the same one is seen again and again."""
    memory.see("k", 3, "seal", list)
    memory.see("k", 4, "renamed", list)
    with pytest.raises(RecordOld):
        Memory(memory.path).see("k", 3, "seal", list)
    memory.see("k", 4, "renamed", list)
    memory.see("other", 1, "seal", list)
    assert (memory.name_of("k"), memory.name_of("unknown")) == ("renamed", "unknown")
    assert memory.path.stat().st_mode & 0o777 == 0o600


def test_a_use_counts_once_it_is_reserved(memory: Memory) -> None:
    """Open it may be made again, by whoever comes after a kill; finished it stays what it is."""
    assert memory.uses.count("k") is None
    memory.see("k", 1, "seal", list)
    for _ in range(2):
        assert memory.uses.reserve("k", "a", {"purpose": "x"}, AT) is None
        assert memory.uses.count("k") == 1
    assert memory.uses.of("k") == [Use("a", {"purpose": "x"}, AT, None)]
    assert memory.uses.finish("k", "a", {"sealed_digest": "first"}) == {"sealed_digest": "first"}
    assert memory.uses.finish("k", "a", {"sealed_digest": "second"}) == {"sealed_digest": "first"}
    assert memory.uses.reserve("k", "a", {"purpose": "y"}, AT) == {"sealed_digest": "first"}
    memory.uses.release("k", "a")
    assert memory.uses.count("k") == 1, "what is finished isn't released"


def test_what_was_not_reserved_cannot_be_finished(memory: Memory) -> None:
    """Released because the device made nothing: then nothing can be made of it afterwards."""
    memory.uses.reserve("k", "a", {}, AT)
    memory.uses.release("k", "a")
    with pytest.raises(UseDiffers):
        memory.uses.finish("k", "a", {})
    assert memory.uses.of("k") == []


def test_a_slot_takes_one_matter_for_ever(memory: Memory) -> None:
    assert memory.uses.reserve("k", "a", {}, AT, "slot") is None
    assert memory.uses.reserve("k", "a", {}, AT, "slot") is None
    with pytest.raises(UseDiffers):
        memory.uses.reserve("k", "b", {}, AT, "slot")
    assert memory.uses.reserve("other", "b", {}, AT, "slot") is None


def test_sealed_files_are_known_by_the_head_of_their_digest(memory: Memory) -> None:
    memory.uses.reserve("k", "a", {}, AT)
    assert not memory.uses.is_sealed("")
    memory.uses.finish("k", "a", {"sealed_digest": "abcdef"})
    assert [memory.uses.is_sealed(head) for head in ("abc", "abcdef", "abd", "b")] == [True, True, False, False]
    assert [memory.uses.has_result(digest) for digest in ("abc", "abcdef")] == [False, True]


def test_lines_of_before_are_believed_when_a_key_is_new(memory: Memory) -> None:
    """And never again: what the book shows later is compared."""
    line = Use("a", {"purpose": "x"}, AT, {"sealed_digest": "abcdef"}, "slot")
    memory.see("k", 1, "seal", lambda: [line])
    memory.see("k", 2, "seal", lambda: [line, Use("b", {}, AT, {})])
    assert memory.uses.of("k") == [Use("a", {"purpose": "x"}, AT, {"sealed_digest": "abcdef"})]
    with pytest.raises(UseDiffers):
        memory.uses.reserve("k", "other", {}, AT, "slot")


def test_a_difference_is_told_once(memory: Memory) -> None:
    assert [memory.uses.tell("k", what) for what in ("", "x", "x", "y", "", "")] == [
        False,
        True,
        False,
        True,
        True,
        False,
    ]


def test_a_file_of_the_former_shape_is_taken_over(memory: Memory) -> None:
    """Nothing of it is forgotten: records, suspensions, how often, what came of it, and which references had a code."""
    with closing(sqlite3.connect(memory.path)) as file:
        file.executescript(FORMER)
    assert memory.uses.count("k") == 7
    assert memory.is_held("k", 4)
    with pytest.raises(RecordOld):
        memory.see("k", 3, "seal", list)
    assert memory.uses.reserve("k", "stamping", {}, AT) == {"sealed_digest": "abcdef", "page": 1}
    assert memory.uses.is_sealed("abc")
    with pytest.raises(UseDiffers):
        memory.uses.reserve("k", "another code", {}, AT, "code")
    memory.uses.learn(
        "k",
        [("stamping", Use("stamping", {"purpose": "x"}, AT, {"sealed_digest": "abcdef"}))],
        [Use("c", {}, AT, {}), Use("d", {}, AT, {})],
    )
    assert (memory.uses.before("k"), memory.uses.count("k")) == (3, 7)
    facts = {use.matter: use.facts for use in memory.uses.of("k")}
    assert facts == {"stamping": {"purpose": "x"}, "code": None, "c": {}, "d": {}}
    with closing(sqlite3.connect(memory.path)) as file:
        assert file.execute("SELECT name FROM sqlite_master WHERE name = 'use'").fetchall() == []


def test_a_broken_memory_stops_the_seal_server(memory: Memory) -> None:
    """Nothing is forgotten in silence."""
    memory.path.write_bytes(b"no database" * 500)
    with pytest.raises(SettingsInvalid):
        memory.see("k", 1, "seal", list)
    with pytest.raises(SettingsInvalid):
        memory.uses.reserve("k", "a", json.loads("{}"), AT)
