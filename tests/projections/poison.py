"""An event that this release cannot read, as a newer release would leave it behind."""

from typing import ClassVar
from uuid import UUID

from commands.ids import new_command_id, new_event_id
from domain.catalogue import EVENTS
from domain.envelope import Acting
from domain.event import Event, Subject
from domain.ids import DOORSTEP, Stream, StreamKind
from domain.roles import Role
from eventlog.seam import NewEvent, Write
from eventlog.store import Store
from tests.scenarios.school import School


class FromTheFuture(Event, frozen=True, kw_only=True):
    """Something that only a newer release knows."""

    TOPIC: ClassVar = "trip.from_the_future.v9"
    SUBJECT: ClassVar = Subject.TRIP


def poison(school: School, stream_id: UUID, kind: StreamKind = StreamKind.TRIP) -> None:
    """Append an event that the school's own store cannot read to a stream, at its end."""
    school.poisoned = True
    command = new_command_id()
    acting = Acting(actor=DOORSTEP, role=Role.SYSTEM, command_id=command, occurred_at=school.now)
    event = NewEvent(new_event_id(), FromTheFuture(), acting, 1)
    with Store.open(school.world.urls, {**EVENTS, FromTheFuture.TOPIC: FromTheFuture}) as newer:
        log = newer.log(school.slug)
        school.world.run(log.append(command, b"poison", [Write(Stream(kind, stream_id), None, (event,))]))
