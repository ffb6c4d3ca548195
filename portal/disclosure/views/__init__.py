"""Pages of disclosure: inside for those who make it, under /open for everybody."""

from portal.disclosure.views import catalogue, complaints, items, public, public_forms, reports, requests, surveys
from portal.disclosure.views.blueprint import NAVIGATION, blueprint

__all__ = [
    "NAVIGATION",
    "blueprint",
    "catalogue",
    "complaints",
    "items",
    "public",
    "public_forms",
    "reports",
    "requests",
    "surveys",
]
