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
    EXCHANGE_SUPERVISE = "exchange:supervise"
    EXCHANGE_VIEW = "exchange:view"
    LEDGER_AUDIT = "ledger:audit"
    PEOPLE_ADMINISTER = "people:administer"
    PEOPLE_COMPUTERS = "people:computers"
    PEOPLE_DELEGATE = "people:delegate"
    PEOPLE_FILINGS = "people:filings"
    PEOPLE_GUARD = "people:guard"
    PEOPLE_PROFILE = "people:profile"
    REGISTRATION_AGREE = "registration:agree"
    REGISTRATION_APPLY = "registration:apply"
    REGISTRATION_ENTER = "registration:enter"
    REGISTRATION_IMPORT = "registration:import"
    REGISTRATION_REVIEW = "registration:review"
    SEALS_AGREE = "seals:agree"
    SEALS_APPLY = "seals:apply"
    SEALS_APPLY_DEVICE = "seals:apply-device"
    SEALS_APPROVE = "seals:approve"
    SEALS_FREEZE = "seals:freeze"
    SEALS_OPEN_CEREMONY = "seals:open-ceremony"
    SEALS_REGISTER = "seals:register"
    SEALS_REPORT_LOSS = "seals:report-loss"
    SEALS_REVIEW = "seals:review"
    SEALS_TAKE_BACK = "seals:take-back"
    SEALS_TAKE_SEAT = "seals:take-seat"
    SEALS_UNUSUAL = "seals:unusual"
    SEALS_VIEW = "seals:view"
    SUPPORT_DISPUTE = "support:dispute"
    SUPPORT_MANAGE = "support:manage"
    SUPPORT_OVERSEE = "support:oversee"
    SUPPORT_TRAIN = "support:train"
    SUPPORT_VIEW = "support:view"
    UNITS_MAINTAIN = "units:maintain"
    UNITS_SCOPE = "units:scope"
    UNITS_VIEW = "units:view"
