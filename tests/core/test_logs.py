"""Logs hold no secret, whatever a caller hands them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from portal.core import logs
from portal.core.logs import MASK


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Leave logging as other tests know it."""
    yield
    structlog.reset_defaults()


SECRETS = [
    "password",
    "new_password",
    "pin",
    "so_pin",
    "share",
    "share_a",
    "secret",
    "token",
    "session_token",
    "code",
    "cookie",
    "Authorization",
    "totp_seed",
    "storage_key",
    "private_key_pem",
]


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("name", SECRETS)
def test_a_field_named_like_a_secret_is_masked(name: str, log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(log_format)
    structlog.get_logger("test").warning("something happened", **{name: "hunter2"})
    said = capsys.readouterr().err
    assert "hunter2" not in said
    assert MASK in said


@pytest.mark.parametrize("name", ["data", "request", "facts"])
def test_a_secret_inside_a_field_is_masked(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    inner = {"password": "hunter2", "list": [{"pin": "hunter2"}], "unit": "finance"}
    structlog.get_logger("test").warning("something happened", **{name: inner})
    said = json.loads(capsys.readouterr().err)
    assert said[name] == {"password": MASK, "list": [{"pin": MASK}], "unit": "finance"}


def test_what_is_no_secret_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    structlog.get_logger("test").warning("sent", document=7, keys_loaded=2, pinned=True, shares_given=1, unit="财政局")
    said = json.loads(capsys.readouterr().err)
    assert {name: said[name] for name in ("document", "keys_loaded", "pinned", "shares_given", "unit")} == {
        "document": 7,
        "keys_loaded": 2,
        "pinned": True,
        "shares_given": 1,
        "unit": "财政局",
    }
    assert said["level"] == "warning" and said["event"] == "sent" and said["timestamp"].endswith("Z")


def test_masking_leaves_the_callers_own_data_alone(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    facts = {"password": "hunter2"}
    structlog.get_logger("test").warning("something happened", facts=facts)
    assert "hunter2" not in capsys.readouterr().err
    assert facts == {"password": "hunter2"}
