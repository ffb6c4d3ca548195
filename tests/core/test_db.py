"""What a failing statement may say: its kind and its words, never the values in it."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from portal.core.db import unit_of_work
from portal.core.runtime import Runtime

SECRET = "JBSWY3DPEHPK3PXP"


def test_values_stay_out_of_errors(runtime: Runtime) -> None:
    """Errors are logged whole."""
    with pytest.raises(DBAPIError) as caught, unit_of_work(runtime.engine) as session:
        session.execute(text("INSERT INTO no_such_table VALUES (:seed)"), {"seed": SECRET})
    assert "no_such_table" in str(caught.value)
    assert SECRET not in str(caught.value)
