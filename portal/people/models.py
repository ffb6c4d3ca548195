"""People 使用人员, their roles and their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.core.db import Base
from portal.core.permissions import Permission
from portal.people.policy import NOT_DELEGATED, permissions_of
from portal.people.roles import (
    DISTRICT_ROLES,
    NEVER_DELEGATED,
    OFFICE_ROLES,
    SECOND_FACTOR_ROLES,
    SEPARATED_ROLES,
    Role,
)
from portal.units.models import Unit

_SEPARATED = ", ".join(sorted(f"'{role}'" for role in SEPARATED_ROLES))


@dataclass(frozen=True)
class Acting:
    """Standing in 代理: the person stood in for, and the roles that were delegated and are still theirs."""

    delegation_id: int
    principal: Person
    roles: frozenset[Role]


class Person(Base):
    """One person with one account (GZ15)."""

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("account"),
        UniqueConstraint("identity_hash"),  # one person, one account
        Index("ix_person_name", "name", "id"),  # serves the search for people
        Index("ix_person_unit", "unit_id", "id"),  # serves the unit's list of people
        CheckConstraint("mobile_confirmed_at IS NULL OR mobile IS NOT NULL", name="mobile_confirmed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(60), default="")
    """Post, e.g. 秘书一科科长."""
    division: Mapped[str] = mapped_column(String(60), default="")
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    mobile: Mapped[str | None] = mapped_column(String(20))
    mobile_confirmed_at: Mapped[datetime | None]
    """When the person proved by a code that the number is theirs; messages go to confirmed numbers only (A-5)."""
    identity_hash: Mapped[str | None] = mapped_column(String(64))
    """Keyed hash of the identity number, which itself is kept nowhere; see `portal.people.identity`."""
    password_hash: Mapped[str] = mapped_column(String(200))
    password_changed_at: Mapped[datetime]
    must_change_password: Mapped[bool] = mapped_column(default=True)
    totp_seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed with the storage key; see `portal.people.second_factor`."""
    totp_last_step: Mapped[int | None]
    """Time step of the last code accepted: a code works once."""
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    keys_allowed_at: Mapped[datetime | None]
    """When an administrator allowed a first hardware key anew, after all were lost."""
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    unit: Mapped[Unit] = relationship(lazy="joined")
    role_rows: Mapped[list[RoleAssignment]] = relationship(
        back_populates="person", lazy="selectin", cascade="all, delete-orphan"
    )

    __allow_unmapped__ = True
    acting: Acting | None = None
    """For whom the person acts in this request (A-6); belongs to no column."""

    @property
    def own_roles(self) -> frozenset[Role]:
        """The roles held in the person's unit."""
        return frozenset(Role(row.role) for row in self.role_rows)

    @property
    def roles(self) -> frozenset[Role]:
        """The roles in which the person works now: their own, or those they stand in for."""
        return self.own_roles if self.acting is None else self.acting.roles

    @property
    def acting_for(self) -> Person | None:
        """The person stood in for now; the ledger names both."""
        return self.acting.principal if self.acting else None

    @property
    def desk_id(self) -> int:
        """Whose desk the person works at: their own, or that of the one they stand in for."""
        return self.acting.principal.id if self.acting else self.id

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the person may do now."""
        return permissions_of(self.roles) - (NOT_DELEGATED if self.acting else frozenset())

    @property
    def needs_second_factor(self) -> bool:
        """Whether a role demands one (A-9)."""
        return bool(self.own_roles & SECOND_FACTOR_ROLES)

    def may(self, permission: Permission) -> bool:
        """Whether the person holds `permission` and is not closed."""
        if self.closed_at is not None or (self.acting and permission in NOT_DELEGATED):
            return False
        return permission in permissions_of(self.roles)


class RoleAssignment(Base):
    """A role a person holds. Three-role separation and office roles are constraints of the database (A-8)."""

    __tablename__ = "role_assignment"
    __table_args__ = (
        UniqueConstraint("person_id", "role"),
        Index(
            "uq_role_assignment_separated",
            "person_id",
            unique=True,
            sqlite_where=text(f"role IN ({_SEPARATED})"),
            postgresql_where=text(f"role IN ({_SEPARATED})"),
        ),
        CheckConstraint("role IN ({})".format(", ".join(f"'{role}'" for role in Role)), name="role"),
        CheckConstraint(
            "in_office OR role NOT IN ({})".format(", ".join(sorted(f"'{role}'" for role in OFFICE_ROLES))),
            name="office_role",
        ),
        CheckConstraint(
            "in_district_office OR role NOT IN ({})".format(", ".join(sorted(f"'{role}'" for role in DISTRICT_ROLES))),
            name="district_role",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(30))
    in_office: Mapped[bool] = mapped_column(default=False)
    in_district_office: Mapped[bool] = mapped_column(default=False, server_default=false())
    given_at: Mapped[datetime]

    person: Mapped[Person] = relationship(back_populates="role_rows")


class PasswordHistory(Base):
    """Hashes of former passwords, so that none is used again soon (A-3)."""

    __tablename__ = "password_history"
    __table_args__ = (Index("ix_password_history_person", "person_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    password_hash: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class Delegation(Base):
    """A person of the unit named to act for another, for a period and for named roles (A-6, GZ17)."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("principal_id <> delegate_id", name="two_people"),
        CheckConstraint("ends_at > starts_at", name="period"),
        CheckConstraint("length(reason) > 0", name="reason"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended"),
        Index("ix_delegation_principal", "principal_id", "ends_at"),  # serves "my acting persons", overlaps
        Index("ix_delegation_delegate", "delegate_id", "ends_at"),  # serves "I may act for"
        Index("ix_delegation_unit", "unit_id", "id"),  # serves the unit's list
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    """The unit of both when it was named; whoever moves away acts no more."""
    principal_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    delegate_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role_names: Mapped[list[Any]] = mapped_column("roles", JSON)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    named_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When it was ended before its time."""
    ended_why: Mapped[str | None] = mapped_column(String(30))

    principal: Mapped[Person] = relationship(foreign_keys=[principal_id])
    delegate: Mapped[Person] = relationship(foreign_keys=[delegate_id])
    named_by: Mapped[Person] = relationship(foreign_keys=[named_by_id])

    @property
    def named_roles(self) -> frozenset[Role]:
        """The roles it was given for."""
        return frozenset(Role(name) for name in self.role_names)

    @property
    def roles(self) -> frozenset[Role]:
        """The roles it still carries: those the principal holds to this day."""
        return (self.named_roles & self.principal.own_roles) - NEVER_DELEGATED


class LoginSession(Base):
    """A server-side session; one live per account (A-2)."""

    __tablename__ = "login_session"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index(
            "uq_login_session_live",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(String(30))
    second_factor_at: Mapped[datetime | None]
    proved_at: Mapped[datetime | None]
    """When the person last proved themselves anew, for an act that can't be undone."""
    acting_delegation_id: Mapped[int | None] = mapped_column(ForeignKey("delegation.id"))
    """The delegation under which the person works in this session now, if any (A-6)."""
    address: Mapped[str] = mapped_column(String(60))
    agent: Mapped[str] = mapped_column(String(200), default="")

    person: Mapped[Person] = relationship(lazy="joined")
