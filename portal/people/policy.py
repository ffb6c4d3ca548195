"""Role → permissions: the one table. Rendered as docs/permissions.md."""

from __future__ import annotations

from collections.abc import Iterable

from portal.core.permissions import Permission as P
from portal.people.roles import Role

EVERYONE = frozenset({P.DESK_VIEW, P.PEOPLE_PROFILE, P.UNITS_VIEW})
_DOCUMENTS = frozenset({P.DOCUMENTS_VIEW})
_INCOMING = frozenset({P.EXCHANGE_VIEW})

PERMISSIONS: dict[Role, frozenset[P]] = {
    Role.UNIT_ADMINISTRATOR: frozenset({P.SEALS_APPLY, P.SEALS_VIEW}),
    Role.DRAFTER: _DOCUMENTS | {P.DOCUMENTS_DRAFT},
    Role.DEPARTMENT_HEAD: _DOCUMENTS | {P.DOCUMENTS_REVIEW},
    Role.OFFICE_HEAD: _DOCUMENTS | _INCOMING | {P.DOCUMENTS_REVIEW},
    Role.LEADER: _DOCUMENTS | _INCOMING | {P.DOCUMENTS_ISSUE},
    Role.UNIT_HEAD: _DOCUMENTS
    | _INCOMING
    | {P.DOCUMENTS_ISSUE, P.SEALS_AGREE, P.SEALS_FREEZE, P.SEALS_TAKE_SEAT, P.SEALS_VIEW},
    Role.REGISTRAR: _DOCUMENTS | {P.DOCUMENTS_NUMBER},
    Role.EXCHANGE_CLERK: _DOCUMENTS | _INCOMING | {P.DOCUMENTS_SEND, P.EXCHANGE_CHECK, P.EXCHANGE_DOWNLOAD},
    Role.SEAL_CUSTODIAN: _DOCUMENTS | {P.DOCUMENTS_STAMP, P.SEALS_FREEZE, P.SEALS_VIEW},
    Role.VERIFICATION_HOLDER: _INCOMING | {P.EXCHANGE_PRINT, P.SEALS_VIEW},
    Role.HANDLER: _INCOMING,
    Role.ARCHIVIST: _DOCUMENTS | _INCOMING,
    Role.PUBLISHER: frozenset(),
    Role.SECRETARIAT: frozenset({P.SEALS_REVIEW, P.SEALS_VIEW}),
    Role.SECRECY_OFFICE: frozenset({P.SEALS_OPEN_CEREMONY, P.SEALS_TAKE_SEAT, P.SEALS_FREEZE, P.SEALS_VIEW}),
    Role.INFORMATION_CENTRE: frozenset({P.SEALS_TAKE_SEAT, P.SEALS_VIEW}),
    Role.OFFICE_LEADER: frozenset({P.SEALS_APPROVE, P.SEALS_VIEW}),
    Role.SYSTEM_ADMINISTRATOR: frozenset(),
    Role.SECURITY_ADMINISTRATOR: frozenset(),
    Role.AUDITOR: frozenset({P.LEDGER_AUDIT}),
}


def permissions_of(roles: Iterable[Role]) -> frozenset[P]:
    """What somebody with these roles may do."""
    return EVERYONE.union(*(PERMISSIONS[role] for role in roles))
