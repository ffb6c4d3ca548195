"""Every (state, act) pair of a document moves as the table says or refuses."""

from __future__ import annotations

from itertools import product

import pytest

from portal.core.lifecycle import WrongState
from portal.documents.kinds import KINDS, Direction
from portal.documents.lifecycle import DOCUMENT, STATE_LABELS, DocumentAct, DocumentState
from portal.documents.routes import ROUTES, STEP_LABELS, StepKind


@pytest.mark.req("X-1")
@pytest.mark.parametrize("state, act", list(product(DocumentState, DocumentAct)))
def test_each_pair_moves_or_refuses(state: DocumentState, act: DocumentAct) -> None:
    if (state, act) in DOCUMENT.moves:
        assert DOCUMENT.advance(state, act) == DOCUMENT.moves[state, act]
        return
    with pytest.raises(WrongState):
        DOCUMENT.advance(state, act)


@pytest.mark.req("X-1")
def test_nothing_is_sent_without_being_made_and_stamped() -> None:
    ways = {after: {before for (before, _), to in DOCUMENT.moves.items() if to == after} for after in DocumentState}
    assert ways[DocumentState.SENT] == {DocumentState.SEALED}
    assert ways[DocumentState.SEALED] == {DocumentState.SEALING}
    assert ways[DocumentState.SEALING] == {DocumentState.FROZEN}


@pytest.mark.req("D-1")
def test_every_direction_has_a_route_that_ends_with_issue() -> None:
    assert set(ROUTES) == set(Direction)
    for route in ROUTES.values():
        assert [step.kind for step in route].index(StepKind.ISSUE) == len(route) - 1


def test_every_state_step_and_kind_has_its_words() -> None:
    assert set(STATE_LABELS) == set(DocumentState) and set(STEP_LABELS) == set(StepKind)
    assert all(kind.directions for kind in KINDS.values())
