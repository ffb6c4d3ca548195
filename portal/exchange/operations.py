"""Every act of the exchange under one name; each lives in the file of its part of the way."""

from __future__ import annotations

from portal.exchange.claiming import claim, release, take_over
from portal.exchange.copying import (
    ask_download,
    ask_print,
    retry_copy,
    take_code_failure,
    take_copy,
    take_copy_failure,
    take_signed_code,
)
from portal.exchange.receiving import (
    ask_more,
    check_again,
    confirm,
    open_delivery,
    return_delivery,
    take_file,
    take_findings,
)
from portal.exchange.sending import grant_more, recall, refuse_more, send_document, urge

__all__ = [
    "ask_download",
    "ask_more",
    "ask_print",
    "check_again",
    "claim",
    "confirm",
    "grant_more",
    "open_delivery",
    "recall",
    "refuse_more",
    "release",
    "retry_copy",
    "return_delivery",
    "send_document",
    "take_code_failure",
    "take_copy",
    "take_copy_failure",
    "take_file",
    "take_findings",
    "take_over",
    "take_signed_code",
    "urge",
]
