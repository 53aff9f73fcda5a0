"""The first administrator: a link that is printed where nobody has an account yet, and a place in every school."""

import asyncio
from typing import Final
from uuid import UUID, uuid5

from accounts.accounts import Accounts
from accounts.shapes import Account, Invitation, Purpose
from api.origin import Origin
from api.runtime import Runtime
from commands.bus import Bus, Sender
from domain.ids import DOORSTEP, CommandId, SchoolSlug, StaffId
from domain.roles import Role
from domain.staff.commands import AddStaff

_JOB: Final = "Looks after Doorstep"


def set_up_link(runtime: Runtime, origin: Origin, port: int) -> str:
    """The link for the first administrator, valid for a day; "" where somebody has an account. Older links end."""
    if runtime.accounts.people.any():
        return ""
    token = runtime.accounts.invitations.make(Purpose.SET_UP, runtime.now())
    return f"{origin.address or f'http://localhost:{port}'}/invitation/{token}"


def places_of(runtime: Runtime, invitation: Invitation, name: str) -> dict[SchoolSlug, StaffId]:
    """The first administrator as a member of staff of each school that there is. Asked again, the same ones. Blocks."""
    return {school.slug: join(runtime.bus, school.slug, name, invitation.id) for school in runtime.schools()}


def join(bus: Bus, school: str, name: str, once: UUID) -> StaffId:
    """Somebody becomes a member of a school's staff with the role administrator and no other; by the same id `once`.

    Blocks: not for an event loop.
    """
    command = AddStaff(name=name, job=_JOB, roles=(Role.ADMINISTRATOR,))
    sender = Sender(DOORSTEP, CommandId(uuid5(once, f"administrator of {school}: {name}")))
    stored = asyncio.run(bus.send(school, command, sender))
    return StaffId(stored.recorded[0].envelope.stream.id)


class NoSuchAccountError(Exception):
    """Nobody signs in by this name."""


def somebody_named(bus: Bus, accounts: Accounts, name: str) -> tuple[Account, str]:
    """Somebody's account, and what they are called. Raises NoSuchAccountError."""
    account = accounts.people.named(name)
    links = accounts.people.links(account.id) if account is not None else {}
    known = [bus.knowledge(slug).at_head()[1].people.get(staff) for slug, staff in links.items()]
    person = next((one for one in known if one is not None and one.here), None)
    if account is None or person is None:
        message = f"Nobody signs in as {name}. Give the sign-in name of somebody with an account, or leave it out."
        raise NoSuchAccountError(message)
    return account, person.name
