"""Rate limits by address, counted in Redis; in memory while Redis can't be reached."""

from __future__ import annotations

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from portal.core.settings import Settings

limiter = Limiter(key_func=get_remote_address, default_limits=[], headers_enabled=False)


def install(app: Flask, settings: Settings) -> None:
    """Connect the limiter to the queue server."""
    app.config.setdefault("RATELIMIT_STORAGE_URI", _storage(settings.redis))
    app.config.setdefault("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", True)
    app.config.setdefault("RATELIMIT_SWALLOW_ERRORS", True)
    limiter.init_app(app)


def _storage(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+unix://", 1)
