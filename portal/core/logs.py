"""Structured logs without secrets: what looks like one is masked before anything is written."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

SECRET_WORDS = ("password", "pin", "share", "secret", "token", "code", "cookie", "authorization", "seed", "key")
MASK = "[masked]"


def mask_secrets(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every field whose name contains a word for a secret, however deep it lies."""
    return {name: _masked(name, value) for name, value in entry.items()}


def _masked(name: str, value: Any) -> Any:
    if any(word in name.lower().split("_") for word in SECRET_WORDS):
        return MASK
    if isinstance(value, Mapping):
        return {str(inner): _masked(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list):
        return [_masked("", item) for item in value]
    return value


def configure(log_format: str = "text") -> None:
    """Set up logging of this process to stderr, as text for people or JSON for collectors."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            mask_secrets,
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # pyHanko quotes whole tracebacks for every hostile file; what matters of them is in our own errors.
    for chatty in ("pyhanko", "pyhanko_certvalidator"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
