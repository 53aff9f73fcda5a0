"""What is kept of signing in: who, when, from which device. The only place through which it is."""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Protocol

import msgspec

from accounts.ids import AccountId
from api.runtime import Runtime
from commands.bus import Sender
from commands.ids import new_command_id
from domain.access.commands import (
    AccessCommand,
    KeepInvitationUsed,
    KeepProofChanged,
    KeepSignIn,
    KeepSignInRefused,
    KeepSignOut,
)
from domain.access.events import WhyNotSignedIn
from domain.ids import SchoolSlug, StaffId

log = logging.getLogger(__name__)
PAGE: Final = "sign-in"
ACCOUNTS: Final = "accounts"
DESK: Final = "front desk"


class Who(Protocol):
    """Somebody whom a school knows (`api.identity.Acquainted`)."""

    @property
    def slug(self) -> str:
        """The school's short name."""
        ...

    @property
    def id(self) -> StaffId:
        """The person's id."""
        ...

    @property
    def device(self) -> str:
        """From what they ask."""
        ...


def keep(runtime: Runtime, school: str, staff: StaffId, command: AccessCommand) -> None:
    """Keep one thing about a member of staff's access. Blocks; not for an event loop. Raises LogUnavailable."""
    asyncio.run(runtime.bus.send(school, command, Sender(staff, new_command_id())))


def signed_in(runtime: Runtime, places: Mapping[str, StaffId], how: str, device: str) -> None:
    """Somebody signed in, kept at each of their schools before the answer leaves. Blocks; raises LogUnavailable."""
    for school, staff in places.items():
        keep(runtime, school, staff, KeepSignIn(page=PAGE, how=how, device=device))


def signed_out(runtime: Runtime, places: Mapping[str, StaffId], how: str, device: str) -> None:
    """Somebody signed out, kept as `signed_in`."""
    for school, staff in places.items():
        keep(runtime, school, staff, KeepSignOut(page=PAGE, how=how, device=device))


def invitation_used(runtime: Runtime, places: Mapping[SchoolSlug, StaffId], purpose: str, device: str) -> None:
    """Somebody used their link, kept as `signed_in`."""
    for school, staff in places.items():
        keep(runtime, school, staff, KeepInvitationUsed(page=PAGE, purpose=purpose, device=device))


def proof_changed(runtime: Runtime, places: Mapping[str, StaffId], what: str, device: str) -> None:
    """Somebody changed what they sign in by, kept as `signed_in`."""
    for school, staff in places.items():
        keep(runtime, school, staff, KeepProofChanged(page=PAGE, what=what, device=device))


def done_by(runtime: Runtime, me: Who, command: AccessCommand) -> None:
    """Somebody did something to another one's access. Kept before it is done. Blocks; raises LogUnavailable."""
    keep(runtime, me.slug, me.id, msgspec.structs.replace(command, page=ACCOUNTS, device=me.device))


def timed_out(runtime: Runtime, school: str, staff: StaffId, device: str) -> None:
    """A session came to its end unused, or by its age: kept aside, whoever asks is sent to sign in meanwhile."""
    runtime.aside.submit(_signed_out, runtime, school, staff, "idle", device)


def at_desk(runtime: Runtime, school: str, staff: StaffId, device: str) -> None:
    """Somebody acts at a front desk, kept before anything is shown to them. Blocks; raises LogUnavailable."""
    keep(runtime, school, staff, KeepSignIn(page=DESK, how="PIN", device=device))


def left_desk(runtime: Runtime, school: str, staff: StaffId, how: str, device: str) -> None:
    """Somebody acts there no more: kept aside."""
    runtime.aside.submit(_signed_out, runtime, school, staff, how, device)


def refused_at_desk(runtime: Runtime, school: str, staff: StaffId, why: WhyNotSignedIn, device: str) -> None:
    """A wrong PIN for somebody who has one: kept aside, as `refused`."""
    runtime.aside.submit(_refused_at, runtime, school, staff, why, device)


def refused(runtime: Runtime, account: AccountId, why: WhyNotSignedIn, device: str) -> None:
    """A sign-in to a known account failed: kept aside, because the time that it takes would tell that it is known.

    A crash right now loses this one; the count of tries is in the database already.
    """
    runtime.aside.submit(_refused, runtime, account, why, device)


def _refused(runtime: Runtime, account: AccountId, why: WhyNotSignedIn, device: str) -> None:
    with _or_logged("a refused sign-in could not be kept"):
        for school, staff in runtime.accounts.people.links(account).items():
            _refused_at(runtime, school, staff, why, device)


def _refused_at(runtime: Runtime, school: str, staff: StaffId, why: WhyNotSignedIn, device: str) -> None:
    with _or_logged("a refused sign-in could not be kept"):
        keep(runtime, school, staff, KeepSignInRefused(page=PAGE, why=why, device=device))


def _signed_out(runtime: Runtime, school: str, staff: StaffId, how: str, device: str) -> None:
    with _or_logged("the end of a session could not be kept"):
        signed_out(runtime, {school: staff}, how, device)


@contextmanager
def _or_logged(says: str) -> Iterator[None]:
    """What is kept aside and cannot be kept is in the program's own log: nobody waits for it who could be told."""
    try:
        yield
    except Exception:
        log.exception(says)
