"""The exchange rules: three presets, each value with its article; no rule can be forgotten or switched to nought."""

from __future__ import annotations

from dataclasses import fields
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from portal.core.errors import Invalid
from portal.core.rules import PRESETS, ExchangeRules, build_rules, load_rules, read_preset
from portal.core.settings import Settings

pytestmark = pytest.mark.req("P-1")

NAMES = sorted(path.stem for path in PRESETS.glob("*.toml"))
PLAIN = {"name", "title", "articles"}
THRESHOLDS = [item.name for item in fields(ExchangeRules) if item.type == "int"]


@pytest.fixture
def values() -> dict[str, Any]:
    """Guangzhou's rules, to be spoilt."""
    return read_preset("guangzhou")


def test_there_are_three_presets() -> None:
    assert NAMES == ["guangzhou", "lianyungang", "ordos"]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_loads_with_an_article_for_each_rule(name: str) -> None:
    rules = load_rules(Settings(exchange_rules=name))
    assert rules.name == name
    assert set(rules.articles) == {item.name for item in fields(ExchangeRules)} - PLAIN
    assert all(rules.article(key).strip() for key in rules.articles)
    assert rules.max_document_bytes == rules.max_document_mb * 2**20


def test_presets_differ_where_the_regulations_do() -> None:
    presets = [read_preset(name) for name in NAMES]
    assert len({tuple(str(preset[key]) for key in sorted(set(preset) - PLAIN)) for preset in presets}) == len(NAMES)


def test_an_unknown_rule_is_refused_by_name(values: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="no exchange rule named max_documents"):
        build_rules(values | {"max_documents": 1})


@pytest.mark.parametrize("key", sorted({item.name for item in fields(ExchangeRules)} - {"articles"}))
def test_a_missing_rule_is_refused_by_name(key: str, values: dict[str, Any]) -> None:
    del values[key]
    with pytest.raises(Invalid, match=f"The exchange rule {key} is missing"):
        build_rules(values)


@pytest.mark.parametrize("key", sorted({item.name for item in fields(ExchangeRules)} - PLAIN))
def test_a_rule_without_its_article_is_refused_by_name(key: str, values: dict[str, Any]) -> None:
    del values["articles"][key]
    with pytest.raises(Invalid, match=f"The exchange rule {key} doesn't name its article"):
        build_rules(values)


@pytest.mark.parametrize("value", [0, -1])
@pytest.mark.parametrize("key", THRESHOLDS)
def test_a_threshold_is_at_least_one(key: str, value: int, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=f"The exchange rule {key} must be at least 1"):
        build_rules(values | {key: value})


def test_thresholds_are_numbers() -> None:
    assert {"login_attempts", "ceremony_minutes", "password_length"} <= set(THRESHOLDS)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("login_attempts", "5"),
        ("login_attempts", 1.5),
        ("login_attempts", True),
        ("urgent_documents", 1),
        ("same_day_until", "15:00"),
        ("title", 7),
        ("second_factor", "none"),
        ("second_factor", 0),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(key: str, value: object, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=f"The exchange rule {key}"):
        build_rules(values | {key: value})


def test_an_unknown_preset_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="no exchange rules named atlantis"):
        load_rules(Settings(exchange_rules="atlantis"))


def test_an_installation_lays_its_own_values_over_a_preset(tmp_path: Path) -> None:
    own = tmp_path / "rules.toml"
    own.write_text('same_day_until = 16:30:00\n[articles]\nsame_day_until = "《南澄办法》第三条"\n', "utf-8")
    rules = load_rules(Settings(exchange_rules_file=own))
    assert (rules.same_day_until, rules.article("same_day_until")) == (time(16, 30), "《南澄办法》第三条")
    assert rules.login_attempts == read_preset("guangzhou")["login_attempts"]


def test_an_own_value_outside_the_rules_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "rules.toml"
    own.write_text("login_attempts = 0\n")
    with pytest.raises(Invalid, match="login_attempts must be at least 1"):
        load_rules(Settings(exchange_rules_file=own))
