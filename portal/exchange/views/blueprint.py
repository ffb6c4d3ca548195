"""The blueprint all pages of the exchange belong to."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("exchange", __name__)
