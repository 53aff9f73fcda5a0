"""Who acts at a front desk: by what the device's browser holds, and by a PIN that was typed a short while ago."""

from datetime import datetime
from typing import Final, NamedTuple

from fastapi import Request

from accounts.desks import AtDesk, Desk
from api import access_log
from api.runtime import Runtime
from api.sessions import at_desk, desk_token
from domain.permissions import AT_A_DESK
from domain.roles import Role
from domain.staff.state import Person
from projections.directory import Directory

ACTS_AS: Final = Role.SCHOOL_OFFICE
"""Whoever it is, and whatever else they are."""


class Standing(NamedTuple):
    """Who stands at a desk: the device itself while nobody has said who they are."""

    desk: Desk
    person: Person
    only_in: Role | None


def desk_of(request: Request, runtime: Runtime) -> Desk | None:
    """The front desk that this browser is; None for any other, and for one that was signed out."""
    token = desk_token(request)
    return runtime.accounts.desks.find(token, runtime.now()) if token else None


def standing_at(request: Request, runtime: Runtime, desk: Desk, directory: Directory, now: datetime) -> Standing | None:
    """Who acts there now. None for a desk that the school's log does not know.

    Whoever was away too long, has left or is no longer one of the office's people acts no more from here on.
    """
    device = directory.people.get(desk.id)
    if device is None or not device.is_device:
        return None
    identifier = at_desk(request)
    at = runtime.accounts.desks.acting(desk, identifier) if identifier else None
    if at is None:
        return Standing(desk, device, None)
    person = directory.people.get(at.staff)
    if person is None or not may_act(person, now) or at.over(desk, now):
        stops(runtime, desk, identifier, at, "idle")
        return Standing(desk, device, None)
    runtime.accounts.desks.used(identifier, at, now)
    return Standing(desk, person.only_as(ACTS_AS, lent=True), ACTS_AS)


def stops(runtime: Runtime, desk: Desk, identifier: str, at: AtDesk, how: str) -> None:
    """Somebody acts there no more; that goes on record, aside."""
    if runtime.accounts.desks.stop(identifier, runtime.now()):
        access_log.left_desk(runtime, desk.school, at.staff, how, desk.label)


def may_act(person: Person, now: datetime) -> bool:
    """Whether somebody is one of the office's people, and here."""
    return person.here and any(person.fills(word, now) for word in AT_A_DESK)


def office_people(runtime: Runtime, desk: Desk, directory: Directory, now: datetime) -> tuple[Person, ...]:
    """Those who may act at a desk and have a PIN, by name."""
    with_pin = runtime.accounts.pins.of_school(desk.school)
    found = (p for p in directory.people.values() if p.id in with_pin and may_act(p, now))
    return tuple(sorted(found, key=lambda p: (p.name, p.id)))
