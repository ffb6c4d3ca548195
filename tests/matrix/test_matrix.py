"""Every route × everybody answers what the table says, and what belongs to others does not exist."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.people.roles import Role
from tests.databases import SqliteMaker
from tests.matrix import table
from tests.matrix.actors import ACTORS, Actor
from tests.matrix.house import Stage, stage

pytestmark = [pytest.mark.req("A-8"), pytest.mark.timeout(300)]

# What everybody may see of everybody: the register itself, and what the office offers to all.
SEEN_BY_ALL = frozenset(
    {
        "authority.practice_version",
        "certification.text",
        "disclosure.open_category",
        "disclosure.open_guide",
        "preferences.language",
        "support.attendance",
        "support.ask_list",
        "support.cancel_training",
        "support.enrol",
        "support.material",
        "support.material_file",
        "support.training",
        "support.training_file",
        "units.edit",
        "units.show",
    }
)


@pytest.fixture(scope="module")
def built(sqlite_maker: SqliteMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The application with the scene, for one actor after the other."""
    with stage(sqlite_maker, tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.name)
def test_every_door_answers_as_the_table_says(actor: Actor, built: Stage) -> None:
    expected = table.read()
    tried = built.walk(actor)
    missing = [one.door for one in tried if one.door not in expected]
    assert not missing, f"not in the table: {missing}; place them with `python -m tests.matrix` and read what it says"
    wrong = [
        f"{one.door} answers {one.cell}, not {expected[one.door][actor.name]}"
        for one in tried
        if one.cell != expected[one.door][actor.name]
    ]
    assert not wrong, "\n".join(wrong)
    assert not [one.door for one in tried if one.cell.startswith("5") or "/5" in one.cell if "health" not in one.door]
    if actor.foreign:
        hints = [
            one.door
            for one in tried
            if one.found is not None and one.found != one.absent and one.endpoint not in SEEN_BY_ALL
        ]
        assert not hints, f"what belongs to others answers otherwise than what isn't there: {hints}"


def test_the_table_has_every_role_and_only_known_actors() -> None:
    assert {role.value for role in Role} <= {actor.name for actor in ACTORS}
    for cells in table.read().values():
        assert list(cells) == [actor.name for actor in ACTORS]
