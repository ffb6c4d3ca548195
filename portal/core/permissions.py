"""Every permission of the portal: `capability:act`, in alphabetical order.

Roles map to permissions in `portal.people.policy`; a route names the one it needs (`portal.web.access`).
"""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What a person may do; held through roles, never directly."""

    DESK_VIEW = "desk:view"
    DOCUMENTS_DRAFT = "documents:draft"
    DOCUMENTS_ISSUE = "documents:issue"
    DOCUMENTS_NUMBER = "documents:number"
    DOCUMENTS_REVIEW = "documents:review"
    DOCUMENTS_SEND = "documents:send"
    DOCUMENTS_STAMP = "documents:stamp"
    DOCUMENTS_VIEW = "documents:view"
    EXCHANGE_CHECK = "exchange:check"
    EXCHANGE_DOWNLOAD = "exchange:download"
    EXCHANGE_PRINT = "exchange:print"
    EXCHANGE_VIEW = "exchange:view"
    LEDGER_AUDIT = "ledger:audit"
    PEOPLE_PROFILE = "people:profile"
    SEALS_AGREE = "seals:agree"
    SEALS_APPLY = "seals:apply"
    SEALS_APPROVE = "seals:approve"
    SEALS_FREEZE = "seals:freeze"
    SEALS_OPEN_CEREMONY = "seals:open-ceremony"
    SEALS_REVIEW = "seals:review"
    SEALS_TAKE_SEAT = "seals:take-seat"
    SEALS_VIEW = "seals:view"
    UNITS_VIEW = "units:view"
