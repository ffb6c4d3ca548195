"""Health of the installation, for load balancers and watchers; no detail beyond good or bad."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify

from portal.health.checks import run_checks
from portal.web.access import public
from portal.web.database import runtime

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
@public
def live() -> Any:
    """The web process answers."""
    return jsonify(live=True)


@blueprint.get("/ready")
@public
def ready() -> Any:
    """Database, queue, store, worker and a test signature of the last minute are good; 503 otherwise."""
    results = run_checks(runtime())
    good = all(results.values())
    return jsonify(ready=good, checks=results), 200 if good else 503
