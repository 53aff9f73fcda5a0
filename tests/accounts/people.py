"""Somebody with an account, as most tests of signing in want one."""

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import uuid4

import pyotp

from accounts import enrolling
from accounts.accounts import Accounts
from accounts.ids import AccountId
from accounts.shapes import Purpose
from accounts.signing_in import Place
from domain.ids import SchoolSlug, StaffId

NOW: Final = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
PASSWORD: Final = "gravel lantern otter"
SCHOOL: Final = SchoolSlug("beckside")


class Someone(NamedTuple):
    """An account, and all that its person knows."""

    account: AccountId
    name: str
    staff: StaffId
    secret: str
    codes: tuple[str, ...]
    since: datetime

    def code(self, at: datetime) -> str:
        """What the app on their phone shows."""
        return pyotp.TOTP(self.secret).at(at)


def somebody(accounts: Accounts, *, second: bool = True, now: datetime = NOW) -> Someone:
    """A new account, made by an invitation as in life."""
    staff, name = StaffId(uuid4()), f"{uuid4().hex[:12]}@example.org"
    token = accounts.invitations.make(Purpose.INVITE, now, school=SCHOOL, staff=staff, name=name)
    enrolling.choose(accounts, accounts.invitations.find(token, now), "", PASSWORD, ())
    invitation = accounts.invitations.find(token, now)
    secret = enrolling.secret_of(accounts, invitation)
    earlier = now - timedelta(minutes=10)
    code = pyotp.TOTP(secret).at(earlier) if second else None
    done = enrolling.finish(accounts, invitation, code, {SCHOOL: staff}, earlier)
    return Someone(done.account, name, staff, secret, done.codes, now)


def place(address: str = "192.0.2.7", device: str = "") -> Place:
    """Where somebody signs in from."""
    return Place(address, device, "Firefox on Windows")
