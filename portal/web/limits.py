"""Rate limits by address, counted in Redis; in memory while Redis can't be reached."""

from __future__ import annotations

from flask import Flask, Response
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from portal.core.clock import now
from portal.core.settings import Settings

limiter = Limiter(key_func=get_remote_address, default_limits=[], headers_enabled=False)


def install(app: Flask, settings: Settings) -> None:
    """Connect the limiter to the queue server."""
    app.config.setdefault("RATELIMIT_STORAGE_URI", _storage(settings.redis))
    app.config.setdefault("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", True)
    app.config.setdefault("RATELIMIT_SWALLOW_ERRORS", True)
    limiter.init_app(app)
    app.after_request(_tell_when)


def _tell_when(response: Response) -> Response:
    """Whoever is refused for haste learns in how many seconds the way is free again (RFC 6585)."""
    limit = limiter.current_limit
    if response.status_code == 429 and limit is not None:
        response.headers["Retry-After"] = str(max(1, int(limit.reset_at - now().timestamp())))
    return response


def _storage(redis_url: str) -> str:
    return redis_url.replace("unix://", "redis+unix://", 1)
