"""Every job that is promised has a process that may run it, and every list names only jobs that are promised."""

from __future__ import annotations

import ast
from importlib import import_module

import pytest

from portal import sealserver, worker
from portal.core.jobs import Queue, resolve
from tests.conventions.code import calls, modules

LISTS = {
    Queue.WORK: worker.ALLOWED,
    Queue.SEAL: sealserver.ALLOWED - sealserver.CEREMONIES,
    Queue.CEREMONY: sealserver.CEREMONIES,
}
OUTBOX = "portal.core.jobs"


def promises() -> list[tuple[str, Queue, str]]:
    """Module, queue and function of every promise in the code."""
    return [
        (name, *_promise(name, call))
        for name, tree in modules().items()
        if name != OUTBOX
        for call in calls(tree, "enqueue", "enqueue_once")
    ]


def _promise(module: str, call: ast.Call) -> tuple[Queue, str]:
    """The values of the two arguments as their module knows them."""
    names = vars(import_module(module))
    queue, function = (eval(ast.unparse(argument), names) for argument in call.args[1:3])
    return queue, function


def test_promises_are_found() -> None:
    assert len(promises()) > 10


@pytest.mark.parametrize(("module", "queue", "function"), promises())
def test_a_promised_job_is_on_the_list_of_its_queue_alone(module: str, queue: Queue, function: str) -> None:
    assert [name for name, functions in LISTS.items() if function in functions] == [queue]


@pytest.mark.parametrize("function", sorted(worker.ALLOWED | sealserver.ALLOWED))
def test_a_listed_name_is_a_job_and_promised(function: str) -> None:
    found = resolve(function)
    assert f"{found.__module__}.{found.__qualname__}" == function  # its rows are asked for by this name
    assert function in {promised for _, _, promised in promises()}


def test_arguments_are_named_rows() -> None:
    for name, tree in modules().items():
        if name == OUTBOX:
            continue
        for call in calls(tree, "enqueue"):
            assert len(call.args) == 3, name
            assert all(keyword.arg and keyword.arg.endswith("_id") for keyword in call.keywords), name
