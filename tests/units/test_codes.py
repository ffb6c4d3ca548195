"""Names of units: what may go round a seal and into a certificate."""

from __future__ import annotations

import pytest

from portal.core.errors import Invalid
from portal.units.codes import check_name


@pytest.mark.parametrize("name", ["南澄市财政局", "澄东区人民政府（本级）", "南政办发", "12345热线办", "市一中A校区"])
def test_names_of_units_pass(name: str) -> None:
    assert check_name(name, "name") == name


@pytest.mark.parametrize("name", ["南澄市财政局<b>", "=cmd()", "局\u202e", "局;", "局{{x}}"])
def test_what_no_name_has_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_name(name, "red_head")
    assert refusal.value.field == "red_head"
