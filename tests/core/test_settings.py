"""Settings come from defaults, a file and the environment, in this order, and nothing unknown gets in."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from portal.core.errors import Invalid
from portal.core.settings import Settings, load


def test_the_defaults_are_one_machine() -> None:
    settings = load({})
    assert settings == Settings()
    assert settings.database == f"sqlite:///{Path('var').resolve()}/portal.db"
    assert settings.redis == f"unix://{Path('var').resolve()}/redis.sock?db=0"
    assert not settings.demo and not settings.secure_cookies


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('port = 9000\ncity_name = "澄江市"\nsecure_cookies = true\n', "utf-8")
    settings = load({"GONGWEN_SETTINGS": str(file), "GONGWEN_PORT": "9001", "HOME": "/nowhere"})
    assert (settings.port, settings.city_name, settings.secure_cookies) == (9001, "澄江市", True)


@pytest.mark.parametrize("name", ["GONGWEN_PROT", "GONGWEN_", "GONGWEN_DATABASE"])
def test_an_unknown_variable_is_refused_by_name(name: str) -> None:
    with pytest.raises(Invalid, match=f"no setting named {name.removeprefix('GONGWEN_').lower()}"):
        load({name: "1"})


def test_an_unknown_key_of_the_file_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("prot = 9000\n")
    with pytest.raises(Invalid, match="no setting named prot"):
        load({"GONGWEN_SETTINGS": str(file)})


@pytest.mark.parametrize(("key", "value"), [("PORT", "eighty"), ("DEMO", "perhaps"), ("WORKERS", "1.5"), ("DEMO", "")])
def test_a_value_of_the_wrong_kind_is_refused_by_name(key: str, value: str) -> None:
    with pytest.raises(Invalid, match=f"The setting {key.lower()} can't be {value}"):
        load({f"GONGWEN_{key}": value})


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]  # what the test is about


def test_secrets_are_no_settings() -> None:
    names = {item.name for item in dataclasses.fields(Settings)}
    assert [name for name in names if any(word in name for word in ("pin", "secret", "password"))] == []
