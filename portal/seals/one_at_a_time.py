"""A ceremony has the device for itself until its result stands in the register, or is given up.

Between the child's answer and the commit its new keys are in no register: the next ceremony, of whatever seal server,
would take them for left-overs and destroy them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from hsm.locking import lock_device

ADVISORY_KEY = 0x53_45_41_4C
"""“SEAL”: one number for all seal servers of a database, whatever machines they run on."""


def hold_device(session: Session, settings_path: Path) -> None:
    """Take the device until the session's transaction ends.

    Twice: in the database for seal servers on several machines, and by a file for those who are shown another database.
    Raises HsmError when another ceremony has it for long.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(ADVISORY_KEY)))
    give_back = lock_device(settings_path)

    def ended(_session: Session, transaction: Any) -> None:
        if transaction.parent is None:
            give_back()

    event.listen(session, "after_transaction_end", ended)
