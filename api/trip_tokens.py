"""What lets a visitor's phone report on one trip, and do nothing else, whether or not anybody is still signed in.

A token names school, trip and person and is sealed by the school's own secret: it is kept nowhere and cannot be forged
without the key file. It is given with the phone's page once the trip is OK to go; it counts until everybody is back or
the office shuts the phone out. What was tapped before then and delivered later is still taken for a day (law 1: a phone
may have had no signal), by the time that the phone states.
"""

import base64
import hmac
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from fastapi import Request

from accounts.errors import NotSignedInError
from api.identity import Acquainted, runtime_of
from api.runtime import Runtime
from api.who_asks import caller_of
from commands.reading import Read
from domain.command import CommandKind
from domain.ids import StaffId, TripId, trip_stream
from domain.refusal import NotPermitted
from domain.trip import state as trip_state
from domain.trip.state import TripState
from eventlog.errors import UnreadableEvent
from eventlog.seam import SchoolLog

HEADER: Final = "Doorstep-Trip-Token"
_PURPOSE: Final = "trip token v1"
_LATE: Final = timedelta(days=1)
_OVER: Final = "This phone may no longer report on this trip without signing in"


class Reporting(NamedTuple):
    """Who sends a command, and the one trip that they may report on where their phone's token is all they showed."""

    me: Acquainted
    trip: TripState | None = None
    """None for somebody who is signed in."""

    def refuse_beyond(self, read: Read) -> None:
        """Raises NotPermitted for what a token does not give; NotSignedInError once the trip is over."""
        if not self.me.token_allows(type(read.command)):
            message = f"This token does not name “{read.command.NAME}”: make one that does"
            raise NotPermitted(message)
        if self.trip is None:
            return
        command = read.command
        named = getattr(command, "trip", None)
        visits = {getattr(command, "visit", None), *getattr(command, "visits", ())} - {None}
        beyond = named not in {None, self.trip.id} or not visits <= set(self.trip.visits)
        if command.KIND is not CommandKind.FACT or read.said_by is not None or beyond:
            message = "This phone reports on its own trip and does nothing else: sign in for that"
            raise NotPermitted(message)
        ended = _ended(self.trip)
        if ended is not None and not (read.at is not None and read.at <= ended and self.me.now <= ended + _LATE):
            raise NotSignedInError(_OVER)


def token_for(log: SchoolLog, trip: TripState, person: StaffId) -> str:
    """The token of somebody's phone; "" before OK to go, and for a trip that is over."""
    if (trip.cleared_at is None and not trip.departed) or _ended(trip) is not None or person not in _going(trip):
        return ""
    mark = base64.urlsafe_b64encode(_mark(log, trip, person)).decode().rstrip("=")
    return f"{trip.id.hex}.{person.hex}.{mark}"


def reporting(request: Request, school: str) -> Reporting:
    """Who sends a command: by their phone's token, or as `api.who_asks.caller_of`. Blocks; raises as that, and NotSignedInError."""
    shown = request.headers.get(HEADER)
    if shown is None:
        return Reporting(caller_of(request, school))
    runtime = runtime_of(request)
    found = runtime.school(school)
    trip, person = _read(shown)
    log = runtime.store.log(school)
    directory = runtime.directory(school)
    state = _state(runtime, school, trip)
    known = directory.people.get(person)
    if known is None or person not in _going(state) or not hmac.compare_digest(_sent(shown), _mark(log, state, person)):
        raise NotSignedInError(_OVER)
    me = Acquainted(school=found, person=known, directory=directory, now=runtime.now(), device="the phone on its trip")
    return Reporting(me, state)


def _read(token: str) -> tuple[TripId, StaffId]:
    parts = token.split(".")
    try:
        trip, person, _ = parts
        return TripId(UUID(hex=trip)), StaffId(UUID(hex=person))
    except ValueError:
        raise NotSignedInError(_OVER) from None


def _sent(token: str) -> bytes:
    mark = token.rpartition(".")[2]
    try:
        return base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4))
    except ValueError:
        return b""


def _state(runtime: Runtime, school: str, trip: TripId) -> TripState:
    try:
        return trip_state.fold(trip, runtime.bus.knowledge(school).streams.read(trip_stream(trip)))
    except UnreadableEvent:
        # A trip that cannot be read whole gives no token; its people are signed in, or ring the office.
        raise NotSignedInError(_OVER) from None


def _mark(log: SchoolLog, trip: TripState, person: StaffId) -> bytes:
    times = trip.phones_shut_out.get(person, 0)
    return log.keyed(_PURPOSE, f"{trip.id} {person} {times}")


def _going(trip: TripState) -> frozenset[StaffId]:
    return frozenset((*trip.team, *trip.departed))


def _ended(trip: TripState) -> datetime | None:
    """When the last of them was back; None while anybody is out, or nobody has left yet."""
    if trip.called_off_at is not None and not trip.out:
        return max((trip.called_off_at, *trip.returned.values(), *trip.safe.values()))
    if not trip.everyone_back:
        return None
    return max((*trip.returned.values(), *trip.safe.values()))
