"""The blueprint all pages of registration belong to."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("registration", __name__, url_prefix="/registration")
