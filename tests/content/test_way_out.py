"""What goes out is what was looked at: the content gate sees what readers see, the approver publishes what they saw."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.content import gate, operations, texts
from portal.content.kinds import ItemKind
from portal.core.errors import Refused
from portal.core.runtime import Runtime
from portal.people.models import Person
from portal.people.roles import Role
from tests.city import City

ClientFor = Callable[[Person], FlaskClient]


@pytest.mark.req("M-11")
@pytest.mark.parametrize(
    "text",
    [
        "&#26426;&#23494;★1年",
        "机密&#9733;1年",
        "【机&#8203;密】",
        r"机密\*1年",
        "本件为机密*1年文件",  # every star is taken for a mark of emphasis
        "机_密_★1年",
        "**机**密★1年",
        "|名称|密级|\n|-|-|\n|某件|机密|",
    ],
)
def test_a_mark_of_secrecy_is_found_however_it_is_written(
    session: Session, city: City, runtime: Runtime, text: str
) -> None:
    item = operations.draft(
        session, city.person("finance", Role.DRAFTER), ItemKind.NOTICE, "通知", f"各单位：\n\n{text}"
    )
    with pytest.raises(Refused, match="classified mark"):
        gate.require_clean(operations.gate_parts(item))


@pytest.mark.req("M-11")
@pytest.mark.parametrize(
    "text", ["做好**机密**文件清退工作。", "# 保密要求\n\n- 不得在网上处理秘密事项\n- 报送 *10* 份"]
)
def test_words_about_secrecy_pass_with_their_marks(session: Session, city: City, runtime: Runtime, text: str) -> None:
    item = operations.draft(session, city.person("finance", Role.DRAFTER), ItemKind.NOTICE, "通知", text)
    gate.require_clean(operations.gate_parts(item))


def test_what_is_shown_has_no_escapes_and_no_tags() -> None:
    assert texts.shown(r"**甲** &lt;乙&gt; \# &#9733; [丙](http://x)").strip() == "甲 <乙> # ★ 丙"
