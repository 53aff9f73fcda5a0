"""What is known of accounts, sessions and invitations."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from accounts.ids import AccountId, InvitationId, RestoringId, SessionId
from domain.ids import SchoolSlug, StaffId


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can sign in."""

    id: AccountId
    name: str
    """The sign-in name, case-folded."""
    password_hash: str
    totp_sealed: bytes | None
    totp_step: int
    made_at: datetime


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One browser that is signed in, or half so."""

    id: SessionId
    account: AccountId
    half: bool
    """The password was right, and the second factor is still asked for."""
    began_at: datetime
    seen_at: datetime
    second_at: datetime | None
    """When the second factor was given; None for a session without one."""
    device: str
    roles: dict[str, str]
    """In each school, as they were when the identifier was made."""
    challenge: bytes | None = None
    """What a passkey was asked to sign."""
    first_step: str = "password"
    """What somebody proved themselves by before the second step."""
    by_old_identifier: bool = False
    """Asked by the identifier from before a change of roles."""


class Subject(NamedTuple):
    """Who somebody is at another provider: the only thing by which they are known again."""

    issuer: str
    subject: str


class Purpose(StrEnum):
    """What an invitation is for."""

    SET_UP = "set-up"
    INVITE = "invite"
    RESTORE = "restore"


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """A link that works once."""

    id: InvitationId
    purpose: Purpose
    school: SchoolSlug | None
    staff: StaffId | None
    name: str
    """The sign-in name that whoever invites gave; "" where the person chooses."""
    made_by: StaffId | None
    expires_at: datetime
    chosen_name: str
    chosen_hash: str
    chosen_totp: bytes | None
    challenge: bytes | None = None
    """What a new passkey was asked to sign."""


class Restoring(msgspec.Struct, frozen=True, kw_only=True):
    """Access of somebody, for the first time or again: asked for by one person, to be confirmed by another."""

    id: RestoringId
    school: SchoolSlug
    staff: StaffId
    asked_by: StaffId
    asked_at: datetime
    purpose: Purpose
    name: str
    """The sign-in name that whoever asks gave; "" for none."""
