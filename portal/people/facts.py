"""What a statement about a person may depend on: the key under which it is kept (`portal.core.prepared`)."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cache
from operator import attrgetter
from typing import Any

from sqlalchemy import inspect

from portal.core.clock import today
from portal.core.runtime import current
from portal.people.models import Person
from portal.units.models import Unit

SECRETS = frozenset({"password_hash", "totp_seed", "totp_last_step", "identity_hash"})
"""Not to lie about in memory longer than a request."""


def facts_of(person: Person) -> Hashable:
    """Every column of the person and their unit but secrets, the roles, whom they act for; the day, and the rules.

    More than any statement needs, so that none can come to need what isn't here.
    """
    return (*_known(person), today(), id(current().rules))


def _known(person: Person) -> tuple[Any, ...]:
    acting = person.acting and (person.acting.delegation_id, person.acting.roles, *_known(person.acting.principal))
    return (*_columns(Person)(person), *_columns(Unit)(person.unit), person.own_roles, acting)


@cache
def _columns(model: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*(column.key for column in inspect(model).column_attrs if column.key not in SECRETS))
