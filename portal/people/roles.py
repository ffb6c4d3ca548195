"""Roles (A-8), and what follows from holding one."""

from __future__ import annotations

from enum import StrEnum

from portal.core.text import N_


class Role(StrEnum):
    """What a person is in the exchange. Roles are given per unit; office roles only inside the office."""

    # of a unit
    UNIT_ADMINISTRATOR = "unit-administrator"
    DRAFTER = "drafter"
    DEPARTMENT_HEAD = "department-head"
    OFFICE_HEAD = "office-head"
    LEADER = "leader"
    UNIT_HEAD = "unit-head"
    REGISTRAR = "registrar"
    EXCHANGE_CLERK = "exchange-clerk"
    SEAL_CUSTODIAN = "seal-custodian"
    SEAL_PASSWORD_HOLDER = "seal-password-holder"
    VERIFICATION_HOLDER = "verification-holder"
    HANDLER = "handler"
    ARCHIVIST = "archivist"
    PUBLISHER = "publisher"
    # of the municipal office
    SECRETARIAT = "secretariat"
    SECRECY_OFFICE = "secrecy-office"
    INFORMATION_CENTRE = "information-centre"
    OFFICE_LEADER = "office-leader"
    # of a district government 旗区 (EE4)
    DISTRICT_MANAGER = "district-manager"
    # three-role separation 三员分立
    SYSTEM_ADMINISTRATOR = "system-administrator"
    SECURITY_ADMINISTRATOR = "security-administrator"
    AUDITOR = "auditor"


ROLE_LABELS: dict[Role, str] = {
    Role.UNIT_ADMINISTRATOR: N_("Unit administrator"),
    Role.DRAFTER: N_("Drafter"),
    Role.DEPARTMENT_HEAD: N_("Department head"),
    Role.OFFICE_HEAD: N_("Office head"),
    Role.LEADER: N_("Leader (issuer)"),
    Role.UNIT_HEAD: N_("Head of the unit"),
    Role.REGISTRAR: N_("Registrar"),
    Role.EXCHANGE_CLERK: N_("Exchange clerk"),
    Role.SEAL_CUSTODIAN: N_("Signature-seal custodian"),
    Role.SEAL_PASSWORD_HOLDER: N_("Seal password holder"),
    Role.VERIFICATION_HOLDER: N_("Verification-seal holder"),
    Role.HANDLER: N_("Handler"),
    Role.ARCHIVIST: N_("Archivist"),
    Role.PUBLISHER: N_("Publisher"),
    Role.SECRETARIAT: N_("Secretariat"),
    Role.SECRECY_OFFICE: N_("Secrecy office"),
    Role.INFORMATION_CENTRE: N_("Information centre"),
    Role.OFFICE_LEADER: N_("Leader of the municipal office"),
    Role.DISTRICT_MANAGER: N_("Exchange manager of a district"),
    Role.SYSTEM_ADMINISTRATOR: N_("System administrator"),
    Role.SECURITY_ADMINISTRATOR: N_("Security administrator"),
    Role.AUDITOR: N_("Auditor"),
}

LEADERS = frozenset({Role.LEADER, Role.UNIT_HEAD, Role.OFFICE_LEADER})
"""To whom special reports go (GZ43: 上级领导)."""
OFFICE_ROLES = frozenset({Role.SECRETARIAT, Role.SECRECY_OFFICE, Role.INFORMATION_CENTRE, Role.OFFICE_LEADER})
SEPARATED_ROLES = frozenset({Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR})
# Held in a district government alone: it registers and looks after the units of its district (EE4, U-6).
DISTRICT_ROLES = frozenset({Role.DISTRICT_MANAGER})
# A-6: over a seal, in the two operators' seats and in running, guarding and auditing the system nobody stands in for
# another.
NEVER_DELEGATED = SEPARATED_ROLES | {
    Role.SEAL_CUSTODIAN,
    Role.SEAL_PASSWORD_HOLDER,
    Role.VERIFICATION_HOLDER,
    Role.SECRECY_OFFICE,
    Role.INFORMATION_CENTRE,
}
# custodians, ceremony operators and office roles prove themselves by a second factor. The head of a unit is its
# representative in the ceremony room, and the verification seal makes a print lawful (GZ18), so both need one too.
SECOND_FACTOR_ROLES = (
    OFFICE_ROLES
    | DISTRICT_ROLES
    | SEPARATED_ROLES
    | {Role.SEAL_CUSTODIAN, Role.SEAL_PASSWORD_HOLDER, Role.VERIFICATION_HOLDER, Role.UNIT_HEAD}
)
