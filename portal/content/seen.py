"""What somebody has before them when they decide on an item, as one short text that changes with it (M-1)."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from sqlalchemy import select

from portal.content.models import Item, ItemFile, ReaderKey
from portal.core.db import session_of


def seen(item: Item) -> str:
    """Stands for title, text, files, readers and marks of an item and of its parts, in three statements.

    With the time it was handed in: what a capability keeps beside the item is changed in drafts only.
    """
    session = session_of(item)
    all_of_it = (item, *item.parts)
    numbers = [one.id for one in all_of_it]
    files = select(ItemFile.item_id, ItemFile.name, ItemFile.digest).where(ItemFile.item_id.in_(numbers))
    keys = select(ReaderKey.item_id, ReaderKey.key, ReaderKey.excluded).where(ReaderKey.item_id.in_(numbers))
    said = [
        [_words(one) for one in all_of_it],
        sorted(map(list, session.execute(files))),
        sorted(map(list, session.execute(keys))),
    ]
    return sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()[:32]


def _words(item: Item) -> list[Any]:
    times = [at.timestamp() if at else None for at in (item.submitted_at, item.expires_at)]
    return [item.id, item.version, item.title, item.text, item.urgency, item.pinned, *times]
