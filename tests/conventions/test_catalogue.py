"""Every text a user may read has its Chinese, with the same placeholders; texts that are gone are gone."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from scripts import catalogue

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def entry(msgid: str, msgstr: str) -> str:
    return f'msgid "{msgid}"\nmsgstr "{msgstr}"\n\n'


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty tree in place of ours: portal/, templates/ and the fragments' folder."""
    fragments = tmp_path / "portal" / "translations" / "zh_CN"
    fragments.mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    monkeypatch.setattr(catalogue, "FRAGMENTS", fragments)
    monkeypatch.setattr(catalogue, "COMPILED", tmp_path / "messages.mo")
    return tmp_path


def write(house: Path, name: str, *entries: str) -> None:
    (house / "portal" / "translations" / "zh_CN" / name).write_text(HEAD + "".join(entries), "utf-8")


def test_every_text_has_its_chinese() -> None:
    assert [str(finding) for finding in catalogue.findings()] == []


def test_fragments_agree_with_one_another() -> None:
    assert len(catalogue.merged()) > 0


def test_texts_are_found_in_code_errors_and_templates(house: Path) -> None:
    (house / "portal" / "acts.py").write_text(
        'raise Refused("Out of %(what)s.", what=1)\n'
        'TITLE = N_("Title")\n'
        'ngettext("%(num)s copy", "%(num)s copies", 2)\n'
    )
    (house / "templates" / "page.html").write_text("<h1>{{ _('Inbox') }}</h1>{% trans %}Empty{% endtrans %}")
    assert catalogue.used() == {
        "Out of %(what)s.": "portal/acts.py:1",
        "Title": "portal/acts.py:2",
        "%(num)s copy": "portal/acts.py:3",
        "Inbox": "templates/page.html:1",
        "Empty": "templates/page.html:1",
    }


def test_a_missing_a_stale_and_a_differing_entry_are_each_reported(house: Path) -> None:
    (house / "portal" / "acts.py").write_text('N_("Send")\nN_("%(n)s left")\n')
    write(house, "exchange.po", entry("Send", ""), entry("%(n)s left", "还剩 %(m)s 份"), entry("Gone", "没了"))
    assert [(finding.what, finding.msgid) for finding in catalogue.findings()] == [
        ("no longer used", "Gone"),
        ("placeholders differ", "%(n)s left"),
        ("no Chinese text", "Send"),
    ]


def test_two_fragments_may_share_a_text_but_not_contradict_each_other(house: Path) -> None:
    write(house, "a.po", entry("Send", "发送"))
    write(house, "b.po", entry("Send", "发送"))
    catalogue.compile_catalogue()
    with (house / "messages.mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Send") == "发送"
    write(house, "b.po", entry("Send", "寄出"))
    with pytest.raises(catalogue.Contradiction, match=r"b\.po"):
        catalogue.compile_catalogue()
