"""Who may do what, from the one table in `policy`: the page of roles, and docs/permissions.md."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.permissions import Permission
from portal.core.text import N_
from portal.people.policy import EVERYONE, PERMISSIONS
from portal.people.roles import DISTRICT_ROLES, OFFICE_ROLES, ROLE_LABELS, SECOND_FACTOR_ROLES, SEPARATED_ROLES, Role

PERMISSION_LABELS: dict[Permission, str] = {
    Permission.BRIEFS_EDIT: N_("Edit, adopt and score government information"),
    Permission.CERTIFICATES_APPROVE: N_("Approve applications about certificates"),
    Permission.CERTIFICATES_MANAGE: N_("Run the certification service"),
    Permission.CERTIFICATES_VIEW: N_("See the unit's certificates"),
    Permission.CONTENT_APPROVE: N_("Approve items of information exchange"),
    Permission.CONTENT_GROUPS: N_("Keep groups of readers"),
    Permission.CONTENT_PUBLISH: N_("Make journals"),
    Permission.CONTENT_TAKE_DOWN: N_("Take down what others published"),
    Permission.CONTENT_VIEW: N_("Read items of information exchange addressed to one"),
    Permission.CONTENT_WRITE: N_("Write items of information exchange"),
    Permission.DESK_VIEW: N_("Open the home page"),
    Permission.DISCLOSURE_CONSENT: N_("Consent to extensions of requests for disclosure"),
    Permission.DISCLOSURE_HANDLE: N_("Answer requests for disclosure"),
    Permission.DISCLOSURE_MANAGE: N_("Keep the disclosure catalogue and answer complaints"),
    Permission.DOCUMENTS_DRAFT: N_("Draft documents"),
    Permission.DOCUMENTS_ISSUE: N_("Issue documents"),
    Permission.DOCUMENTS_NUMBER: N_("Number documents"),
    Permission.DOCUMENTS_REVIEW: N_("Review drafts"),
    Permission.DOCUMENTS_SEND: N_("Send documents"),
    Permission.DOCUMENTS_STAMP: N_("Stamp documents"),
    Permission.DOCUMENTS_VIEW: N_("See the unit's outgoing documents"),
    Permission.EXCHANGE_CHECK: N_("Check, confirm and return incoming documents"),
    Permission.EXCHANGE_DOWNLOAD: N_("Download declassified copies"),
    Permission.EXCHANGE_PRINT: N_("Print numbered copies"),
    Permission.EXCHANGE_SUPERVISE: N_("See which units look at their inboxes"),
    Permission.EXCHANGE_VIEW: N_("See the unit's incoming documents"),
    Permission.LEDGER_AUDIT: N_("Read the ledger"),
    Permission.PEOPLE_ADMINISTER: N_("Open, change and close accounts"),
    Permission.PEOPLE_COMPUTERS: N_("Register dedicated computers"),
    Permission.PEOPLE_DELEGATE: N_("Name acting persons for others"),
    Permission.PEOPLE_FILINGS: N_("Read the filings of accounts and roles"),
    Permission.PEOPLE_GUARD: N_("End sessions, revoke hardware keys, lift locks"),
    Permission.PEOPLE_PROFILE: N_("Keep the own profile"),
    Permission.REGISTRATION_AGREE: N_("Agree to changes of the unit"),
    Permission.REGISTRATION_APPLY: N_("Apply for changes of the unit"),
    Permission.REGISTRATION_ENTER: N_("Enter units and changes into the register"),
    Permission.REGISTRATION_IMPORT: N_("Import units and people"),
    Permission.REGISTRATION_REVIEW: N_("Review applications of units"),
    Permission.SEALS_AGREE: N_("Agree to applications for seals"),
    Permission.SEALS_APPLY: N_("Apply for seals"),
    Permission.SEALS_APPROVE: N_("Approve applications for seals"),
    Permission.SEALS_APPLY_DEVICE: N_("Apply for what concerns the encryption device"),
    Permission.SEALS_FREEZE: N_("Freeze seals"),
    Permission.SEALS_OPEN_CEREMONY: N_("Call seal ceremonies"),
    Permission.SEALS_REGISTER: N_("Read the register of all seals"),
    Permission.SEALS_REPORT_LOSS: N_("Report a seal as lost"),
    Permission.SEALS_REVIEW: N_("Review applications for seals"),
    Permission.SEALS_TAKE_BACK: N_("Take seals back"),
    Permission.SEALS_TAKE_SEAT: N_("Take a seat in seal ceremonies"),
    Permission.SEALS_TRUST: N_("Decide which authorities' seals are recognised"),
    Permission.SEALS_UNUSUAL: N_("Look into unusual uses of seals"),
    Permission.SEALS_VIEW: N_("See the seals one deals with"),
    Permission.SUPPORT_DISPUTE: N_("Speak for the unit in disputes and consultations"),
    Permission.SUPPORT_MANAGE: N_("Run consultations, downloads, training and disputes"),
    Permission.SUPPORT_OVERSEE: N_("See disputes brought before the office"),
    Permission.SUPPORT_TRAIN: N_("Announce training and record attendance"),
    Permission.SUPPORT_VIEW: N_("Use help, downloads and training"),
    Permission.TASKS_HANDLE: N_("Take on what the unit is asked to deal with"),
    Permission.TASKS_REQUEST: N_("Ask units and people to deal with a matter"),
    Permission.UNITS_MAINTAIN: N_("Keep the unit's entry in the register"),
    Permission.UNITS_SCOPE: N_("Set what travels on paper and what electronically"),
    Permission.UNITS_VIEW: N_("See the units in exchange"),
    Permission.WORKSTATUS_MANAGE: N_("Keep the city’s columns of work status, exempt units"),
    Permission.WORKSTATUS_OVERSEE: N_("See which units publish what they owe"),
}


@dataclass(frozen=True)
class RoleRow:
    """A role with what it adds to what everyone may do; labels are msgids."""

    role: Role
    label: str
    permissions: tuple[Permission, ...]
    second_factor: bool


@dataclass(frozen=True)
class RoleGroup:
    """Roles that are given alike; the title is a msgid."""

    title: str
    rows: tuple[RoleRow, ...]


def row_of(role: Role) -> RoleRow:
    """The row of one role."""
    return RoleRow(role, ROLE_LABELS[role], _in_order(PERMISSIONS[role]), role in SECOND_FACTOR_ROLES)


def rows_of(roles: frozenset[Role]) -> tuple[RoleRow, ...]:
    """The rows of some roles, in the order of the table."""
    return tuple(row_of(role) for role in Role if role in roles)


def groups() -> tuple[RoleGroup, ...]:
    """All roles, in the three groups of A-8."""
    unit_roles = frozenset(Role) - OFFICE_ROLES - DISTRICT_ROLES - SEPARATED_ROLES
    return (
        RoleGroup(N_("Roles of every unit"), rows_of(unit_roles)),
        RoleGroup(N_("Roles of the municipal office"), rows_of(OFFICE_ROLES)),
        RoleGroup(N_("Roles of a district government"), rows_of(DISTRICT_ROLES)),
        RoleGroup(N_("The three separated roles"), rows_of(SEPARATED_ROLES)),
    )


def everyone() -> tuple[Permission, ...]:
    """What every person may do."""
    return _in_order(EVERYONE)


def markdown() -> str:
    """The table as docs/permissions.md."""
    lines = [
        "# Who may do what",
        "",
        "Written by `make docs` from `portal/people/policy.py`. Two factors: the role demands a second factor (A-9).",
        "",
        f"Everyone: {_codes(everyone())}.",
    ]
    for group in groups():
        lines += ["", f"## {group.title}", "", "| Role | May | Two factors |", "|---|---|---|"]
        for row in group.rows:
            lines.append(f"| {row.label} | {_codes(row.permissions)} | {'yes' if row.second_factor else ''} |")
    return "\n".join(lines) + "\n"


def _in_order(permissions: frozenset[Permission]) -> tuple[Permission, ...]:
    return tuple(permission for permission in Permission if permission in permissions)


def _codes(permissions: tuple[Permission, ...]) -> str:
    return ", ".join(f"`{permission}`" for permission in permissions) or "–"
