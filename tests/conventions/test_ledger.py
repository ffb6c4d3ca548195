"""The ledger's vocabulary is closed, in order and in use."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from portal.ledger.facts import FACTS
from portal.ledger.vocabulary import RETIRED, Event
from tests.conventions.code import calls, modules

VOCABULARY = ("portal.ledger.vocabulary", "portal.ledger.facts")

pytestmark = pytest.mark.req("P-2")


def test_every_event_has_its_facts_in_order() -> None:
    assert list(FACTS) == list(Event)


def test_events_are_in_order() -> None:
    assert [event.name for event in Event] == sorted(event.name for event in Event)


@pytest.mark.parametrize("event", Event)
def test_an_event_is_named_subject_and_act(event: Event) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*", event)
    assert event.name == re.sub(r"[.-]", "_", event).upper()
    assert len(event) <= 40


@pytest.mark.parametrize("event", Event)
def test_an_event_is_recorded_somewhere_unless_it_is_retired(event: Event) -> None:
    assert (event.name in _named_by_code()) != (event in RETIRED)


@cache
def _named_by_code() -> set[str]:
    return {
        node.attr
        for name, tree in modules().items()
        if name not in VOCABULARY
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value).rpartition(".")[2] == "Event"
    }


def test_facts_are_recorded_as_the_vocabulary_names_them() -> None:
    wrong = [
        f"{name}:{call.lineno} {event.name} {sorted(facts ^ FACTS[event])}"
        for name, tree in modules().items()
        for call in calls(tree, "record")
        if (event := _event(call)) and (facts := _facts(call)) is not None and facts != FACTS[event]
    ]
    assert wrong == []


def _event(call: ast.Call) -> Event | None:
    kind = call.args[0] if call.args else None
    if isinstance(kind, ast.Attribute) and ast.unparse(kind.value) == "Event":
        return Event[kind.attr]
    return None


def _facts(call: ast.Call) -> set[str] | None:
    """The facts' names; None when they come as a mapping and only `record` itself can tell."""
    names = {keyword.arg for keyword in call.keywords}
    if None in names:
        return None
    return {name for name in names if name} - {"subject", "actor", "acting_for", "unit_id"}
