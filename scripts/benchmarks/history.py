"""A school with a given number of events, laid down in bulk: finished visits of seventeen events each."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from commands.bus import Bus, Sender
from commands.ids import new_command_id, new_event_id
from commands.opening import open_school
from commands.policy_files import load_policy
from domain.envelope import Acting
from domain.event import Event
from domain.ids import DOORSTEP, PupilId, StaffId, TripId, VisitId, trip_stream, visit_stream
from domain.pupil.commands import AdmitPupil
from domain.roles import Role
from domain.staff.commands import AddStaff
from domain.trip import events as t
from domain.visit import events as v
from domain.visit.commands import RequestVisit
from eventlog.log import PostgresLog
from eventlog.seam import NewEvent, Write
from eventlog.settings import DatabaseUrls
from eventlog.store import Store

_A_BATCH = 40


class Place(NamedTuple):
    """A school ready to be measured."""

    slug: str
    head: StaffId
    dsl: StaffId
    office: StaffId
    visitors: tuple[StaffId, StaffId]
    pupils: tuple[PupilId, ...]
    finished: tuple[VisitId, ...]
    """The last finished visits, fifty at most: as many of a small school as of a large one."""
    trip: TripId
    """An open trip that nobody has left on yet."""


async def lay_down(store: Store, bus: Bus, urls: DatabaseUrls, slug: str, events: int) -> Place:
    """Open a school, add its people, and lay down about so many events."""
    now = datetime.now(UTC)
    await open_school(
        bus, urls, slug, slug.replace("_", " ").title(), load_policy("william_lilley"), now - timedelta(days=400)
    )

    async def staff(name: str, *roles: Role) -> StaffId:
        sent = await bus.send(
            slug, AddStaff(name=name, roles=roles, mobile="07700 900199"), Sender(DOORSTEP, new_command_id())
        )
        return StaffId(sent.recorded[0].envelope.stream.id)

    head, dsl = await staff("Helen Marsh", Role.HEADTEACHER), await staff("Sunita Rao", Role.DSL)
    office = await staff("Dot Hughes", Role.SCHOOL_OFFICE)
    one, two = await staff("Tom Ashworth", Role.TEACHER), await staff("Amira Khan", Role.ATTENDANCE_OFFICER)
    pupils = []
    for number in range(20):
        admit = AdmitPupil(given_name=f"Child{number}", family_name="Invented", address=_address(number))
        sent = await bus.send(slug, admit, Sender(DOORSTEP, new_command_id()))
        pupils.append(PupilId(sent.recorded[0].envelope.stream.id))
    request = RequestVisit(
        pupils=(pupils[0],), purpose="attendance", purpose_text="To be measured", on_site_reason="No answer to letters",
        leave_at=now + timedelta(minutes=5), back_by=now + timedelta(hours=2), people=(one, two), watcher=office,
    )  # fmt: skip
    sent = await bus.send(slug, request, Sender(one, new_command_id()))
    trip = TripId(sent.recorded[1].envelope.stream.id)
    log = store.log(slug)
    finished: list[VisitId] = []
    at = now - timedelta(days=300)
    while log.head() < events:
        writes: list[Write] = []
        for number in range(_A_BATCH):
            at += timedelta(minutes=11)
            visit = VisitId(uuid4())
            finished.append(visit)
            writes += _finished(
                visit, TripId(uuid4()), (pupils[number % 20], _address(number % 20)), (one, two), head, at
            )
        await _append(log, writes)
    return Place(slug, head, dsl, office, (one, two), tuple(pupils), tuple(finished[-50:]), trip)


async def lay_down_long(store: Store, place: Place, number: int) -> tuple[VisitId, ...]:
    """So many finished visits whose histories have forty events each: calls, notes and delays beside the everyday ones."""
    log = store.log(place.slug)
    at = datetime.now(UTC) - timedelta(days=30)
    visits: list[VisitId] = []
    writes: list[Write] = []
    for one in range(number):
        at += timedelta(minutes=7)
        visit = VisitId(uuid4())
        visits.append(visit)
        door, trip = _finished(
            visit, TripId(uuid4()), (place.pupils[one % 20], _address(one % 20)), place.visitors, place.head, at
        )
        more, calls = _eventful(visit, place, at)
        writes += [door._replace(events=(*door.events, *more)), trip._replace(events=(*trip.events, *calls))]
        if len(writes) >= _A_BATCH:
            await _append(log, writes)
            writes = []
    await _append(log, writes)
    return tuple(visits)


def _eventful(visit: VisitId, place: Place, at: datetime) -> tuple[tuple[NewEvent, ...], tuple[NewEvent, ...]]:
    """What makes an everyday visit's seventeen events forty: eleven at the door, twelve on the way."""
    one, _ = place.visitors

    def new(event: Event, minutes: int, actor: StaffId, role: Role) -> NewEvent:
        when = at + timedelta(minutes=minutes)
        return NewEvent(
            new_event_id(), event, Acting(actor=actor, role=role, command_id=new_command_id(), occurred_at=when), 1
        )

    teacher, office = Role.TEACHER, Role.SCHOOL_OFFICE
    door = (
        *(
            new(v.NoteKept(text=f"Note {n}: the curtains were drawn, a car stood outside"), n, one, teacher)
            for n in range(6)
        ),
        *(new(v.RunningLateReported(minutes=5, family_told=True), n, one, teacher) for n in range(3)),
        *(new(v.FamilyDelayReported(text="They will be ten minutes late"), n, one, teacher) for n in range(2)),
    )
    way = (
        *(new(t.CheckInMade(when=t.CheckIn.OTHER, visit=visit, note="All is well"), n, one, teacher) for n in range(6)),
        *(
            new(
                t.ContactAttempted(step="staff_mobile", person=one, result=t.ContactResult.SPOKE_SAFE, visit=visit),
                n,
                place.office,
                office,
            )
            for n in range(6)
        ),
    )
    return door, way


def _address(number: int) -> str:
    return f"{number + 1} Mill Lane, Town"


async def _append(log: PostgresLog, writes: list[Write]) -> None:
    command = new_command_id()
    await log.append(command, command.bytes, writes)
    await asyncio.sleep(0)


def _finished(
    visit: VisitId,
    trip: TripId,
    home: tuple[PupilId, str],
    team: tuple[StaffId, StaffId],
    head: StaffId,
    at: datetime,
) -> list[Write]:
    def new(event: Event, minutes: int, actor: StaffId, role: Role) -> NewEvent:
        when = at + timedelta(minutes=minutes)
        return NewEvent(
            new_event_id(), event, Acting(actor=actor, role=role, command_id=new_command_id(), occurred_at=when), 1
        )

    (pupil, address), (one, two) = home, team
    teacher = Role.TEACHER
    requested = v.VisitRequested(
        pupils=(pupil,), purpose="attendance", purpose_text="Not seen since Monday", place="home",
        address=address, safeguarding=False,
    )  # fmt: skip
    doors = (
        new(requested, -60, one, teacher),
        new(v.VisitApproved(role="SLT"), -50, head, Role.HEADTEACHER),
        new(v.AppointmentConfirmed(at=at + timedelta(minutes=15), how=v.AppointmentHow.PHONE), -40, one, teacher),
        new(v.StaffArrived(trip=trip), 14, one, teacher),
        new(v.HomeEntered(adult="parent", invited=True), 16, one, teacher),
        new(v.PupilOutcomeRecorded(pupil=pupil, outcome=v.Outcome.SEEN_SPOKEN), 20, one, teacher),
        new(v.PropertyLeft(), 30, one, teacher),
        new(v.VisitRecorded(fields={"parent_views": "heard", "information_gathered": "some"}), 90, one, teacher),
    )
    out = (
        new(t.TripPlanned(visits=(visit,), leave_at=at, back_by=at + timedelta(hours=1)), -59, one, teacher),
        new(t.TeamNamed(people=team), -58, one, teacher),
        new(t.WhereaboutsLodged(holder="reception"), -30, one, teacher),
        new(t.TripCleared(people=team, visits=(visit,), log_index=1), -20, head, Role.HEADTEACHER),
        new(t.StaffDeparted(person=one), 0, one, teacher),
        new(t.StaffDeparted(person=two), 0, one, teacher),
        new(t.CheckInMade(when=t.CheckIn.LEFT_PROPERTY, visit=visit), 31, one, teacher),
        new(t.StaffReturned(person=one), 45, one, teacher),
        new(t.StaffReturned(person=two), 45, one, teacher),
    )
    return [Write(visit_stream(visit), 0, doors), Write(trip_stream(trip), 0, out)]
