"""Role → permissions: the one table. Rendered as docs/permissions.md."""

from __future__ import annotations

from functools import cache

from portal.core.permissions import Permission as P
from portal.people.roles import Role

EVERYONE = frozenset({P.CONTENT_VIEW, P.DESK_VIEW, P.PEOPLE_PROFILE, P.SUPPORT_VIEW, P.UNITS_VIEW})
_DOCUMENTS = frozenset({P.DOCUMENTS_VIEW})
# Information exchange: clerks write, heads approve and answer for it (GZ40).
_WRITES = frozenset({P.CONTENT_WRITE})
_APPROVES = frozenset({P.CONTENT_APPROVE, P.CONTENT_WRITE})
# Who sees to it that units publish what they owe: columns of the city, exemptions, the board (GZ41).
_OVERSEES_WORK = frozenset({P.WORKSTATUS_MANAGE, P.WORKSTATUS_OVERSEE})
# Requests (GZ42): heads ask and answer for the unit; its clerks and handlers take on what it is asked.
_HANDLES = frozenset({P.TASKS_HANDLE})
_ASKS = frozenset({P.TASKS_HANDLE, P.TASKS_REQUEST})
_INCOMING = frozenset({P.EXCHANGE_VIEW})
# What the municipal office does for the whole city, a district's manager does for the units under it (EE4).
_MANAGES = frozenset(
    {
        P.EXCHANGE_SUPERVISE,
        P.PEOPLE_ADMINISTER,
        P.PEOPLE_COMPUTERS,
        P.REGISTRATION_IMPORT,
        P.REGISTRATION_REVIEW,
        P.SUPPORT_TRAIN,
        P.UNITS_MAINTAIN,
    }
)

PERMISSIONS: dict[Role, frozenset[P]] = {
    Role.UNIT_ADMINISTRATOR: frozenset(
        {
            P.CERTIFICATES_VIEW,
            P.PEOPLE_ADMINISTER,
            P.PEOPLE_COMPUTERS,
            P.REGISTRATION_APPLY,
            P.REGISTRATION_IMPORT,
            P.SEALS_APPLY,
            P.SEALS_VIEW,
            P.SUPPORT_DISPUTE,
            P.UNITS_MAINTAIN,
        }
    ),
    Role.DRAFTER: _DOCUMENTS | _WRITES | {P.DOCUMENTS_DRAFT},
    Role.DEPARTMENT_HEAD: _DOCUMENTS | _APPROVES | _ASKS | {P.DOCUMENTS_REVIEW},
    Role.OFFICE_HEAD: _DOCUMENTS
    | _INCOMING
    | _APPROVES
    | _ASKS
    | {P.DISCLOSURE_CONSENT, P.DOCUMENTS_REVIEW, P.SUPPORT_DISPUTE},
    Role.LEADER: _DOCUMENTS | _INCOMING | _APPROVES | _ASKS | {P.DISCLOSURE_CONSENT, P.DOCUMENTS_ISSUE},
    Role.UNIT_HEAD: _DOCUMENTS
    | _INCOMING
    | _APPROVES
    | _ASKS
    | {
        P.CERTIFICATES_VIEW,
        P.CONTENT_TAKE_DOWN,
        P.DISCLOSURE_CONSENT,
        P.DOCUMENTS_ISSUE,
        P.PEOPLE_DELEGATE,
        P.REGISTRATION_AGREE,
        P.SEALS_AGREE,
        P.SEALS_FREEZE,
        P.SEALS_REPORT_LOSS,
        P.SEALS_TAKE_SEAT,
        P.SEALS_UNUSUAL,
        P.SEALS_VIEW,
        P.SUPPORT_DISPUTE,
    },
    Role.REGISTRAR: _DOCUMENTS | {P.DOCUMENTS_NUMBER},
    Role.EXCHANGE_CLERK: _DOCUMENTS
    | _INCOMING
    | _WRITES
    | _HANDLES
    | {P.CONTENT_GROUPS, P.DISCLOSURE_HANDLE, P.DOCUMENTS_SEND, P.EXCHANGE_CHECK, P.EXCHANGE_DOWNLOAD},
    Role.SEAL_CUSTODIAN: _DOCUMENTS | {P.DOCUMENTS_STAMP, P.SEALS_FREEZE, P.SEALS_REPORT_LOSS, P.SEALS_VIEW},
    Role.SEAL_PASSWORD_HOLDER: _DOCUMENTS | {P.DOCUMENTS_STAMP, P.SEALS_FREEZE, P.SEALS_REPORT_LOSS, P.SEALS_VIEW},
    Role.VERIFICATION_HOLDER: _INCOMING | {P.EXCHANGE_PRINT, P.SEALS_REPORT_LOSS, P.SEALS_VIEW},
    Role.HANDLER: _INCOMING | _WRITES | _HANDLES | {P.DISCLOSURE_HANDLE},
    Role.ARCHIVIST: _DOCUMENTS | _INCOMING,
    Role.PUBLISHER: _WRITES | {P.CONTENT_GROUPS, P.CONTENT_PUBLISH},
    Role.SECRETARIAT: _APPROVES
    | _ASKS
    | _OVERSEES_WORK
    | {
        P.BRIEFS_EDIT,
        P.CONTENT_GROUPS,
        P.DISCLOSURE_HANDLE,
        P.DISCLOSURE_MANAGE,
        P.EXCHANGE_SUPERVISE,
        P.SEALS_REGISTER,
        P.SEALS_REVIEW,
        P.SEALS_VIEW,
        P.SUPPORT_OVERSEE,
    },
    Role.SECRECY_OFFICE: frozenset(
        {
            P.CERTIFICATES_APPROVE,
            P.CERTIFICATES_VIEW,
            P.CONTENT_TAKE_DOWN,
            P.SEALS_APPLY_DEVICE,
            P.SEALS_FREEZE,
            P.SEALS_OPEN_CEREMONY,
            P.SEALS_REGISTER,
            P.SEALS_TAKE_BACK,
            P.SEALS_TAKE_SEAT,
            P.SEALS_TRUST,
            P.SEALS_VIEW,
        }
    ),
    # The exchange manager (GZ6): runs the register, the filings and the help.
    Role.INFORMATION_CENTRE: _MANAGES
    | _WRITES
    | _OVERSEES_WORK
    | {
        P.CERTIFICATES_APPROVE,
        P.CERTIFICATES_MANAGE,
        P.CERTIFICATES_VIEW,
        P.BRIEFS_EDIT,
        P.CONTENT_GROUPS,
        P.PEOPLE_FILINGS,
        P.REGISTRATION_ENTER,
        P.SEALS_APPLY_DEVICE,
        P.SEALS_REGISTER,
        P.SEALS_TAKE_SEAT,
        P.SEALS_VIEW,
        P.SUPPORT_MANAGE,
        P.SUPPORT_OVERSEE,
        P.UNITS_SCOPE,
    },
    # Whose instructions on reports go out as requests (GZ43).
    Role.OFFICE_LEADER: _ASKS | {P.SEALS_APPROVE, P.SEALS_REGISTER, P.SEALS_VIEW, P.WORKSTATUS_OVERSEE},
    Role.DISTRICT_MANAGER: _MANAGES,
    Role.SYSTEM_ADMINISTRATOR: frozenset(),
    Role.SECURITY_ADMINISTRATOR: frozenset({P.PEOPLE_GUARD, P.SEALS_TRUST}),
    Role.AUDITOR: frozenset({P.LEDGER_AUDIT, P.SEALS_UNUSUAL}),
}


# nobody stands in for another in a ceremony, over a seal or a printed copy, or in guarding and auditing.
NOT_DELEGATED = frozenset(
    {
        P.CERTIFICATES_APPROVE,
        P.CERTIFICATES_MANAGE,
        P.DOCUMENTS_STAMP,
        P.EXCHANGE_PRINT,
        P.LEDGER_AUDIT,
        P.PEOPLE_DELEGATE,  # no chains
        P.PEOPLE_GUARD,
        P.SEALS_FREEZE,
        P.SEALS_OPEN_CEREMONY,
        P.SEALS_REPORT_LOSS,
        P.SEALS_TAKE_BACK,
        P.SEALS_TAKE_SEAT,
        P.SEALS_TRUST,
        P.SEALS_UNUSUAL,
    }
)


@cache
def permissions_of(roles: frozenset[Role]) -> frozenset[P]:
    """What somebody with these roles may do."""
    return EVERYONE.union(*(PERMISSIONS[role] for role in roles))
