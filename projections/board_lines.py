"""One line of the overdue board: how urgent a trip is, and what is said about it. Pure; what is shown, not what is kept."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import msgspec

from domain.ids import StaffId, VisitId
from domain.policy import Policy
from domain.readiness import readiness
from domain.refusal import Requirement
from domain.times import day_of, hm, later
from domain.trip.alarm import Alarm
from domain.trip.events import AlarmAbout
from domain.trip.rules import overdue
from domain.trip.state import TripState
from domain.visit.rules.waiting import waiting
from domain.visit.state import VisitState
from projections import board_words as words
from projections.board_shapes import BoardAlarm, BoardDoor, BoardLine, BoardStep, BoardWatcher, LineState
from projections.directory import Directory

LATE_FOUND = timedelta(seconds=60)
"""An alarm found later than this after its time is said to be so."""
NOT_LEFT_MIN = 10
"""Minutes after its time at which a trip that is OK to go and that nobody saw leave turns amber."""
FORGOTTEN_H = 24
"""Hours for which such a trip stays on the board after it should have been back."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a line is made from."""

    policy: Policy
    known: Directory
    now: datetime
    elsewhere: frozenset[StaffId]
    """Everybody who is out on any trip."""
    held: Mapping[StaffId, TripState]
    """Those of the team whom another open trip holds, and that trip."""
    trip: TripState
    visits: tuple[VisitState, ...]
    dangers: tuple[words.DangerPast, ...] = ()
    """Dangers that they said are over."""
    lost: bool = False
    """Whether the trip's record cannot be read on; `trip` is then as it was before."""
    lost_visits: frozenset[VisitId] = frozenset()

    @property
    def alone(self) -> tuple[VisitState, ...]:
        """Doors with a child and no adult."""
        return tuple(v for v in self.visits if v.child_alone_at is not None)

    @property
    def grave(self) -> bool:
        """Danger, or 999 called, until they say that it is over or everybody is back."""
        trip = self.trip
        if trip.danger is not None:
            return True
        called = trip.emergency_at is not None and (trip.calm_at is None or trip.calm_at < trip.emergency_at)
        return called and not trip.everyone_back

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Alarms that stand; one whose time has just passed is there before the watch has written it down."""
        passed = overdue.past_due(self.policy, self.trip, self.visits, self.now)
        fresh = (Alarm(about=d.about, due_at=d.at, found_at=d.at, visit=d.visit) for d in passed)
        order = tuple(AlarmAbout)
        return tuple(sorted((*self.trip.open_alarms, *fresh), key=lambda a: (order.index(a.about), a.due_at)))


def is_shown(scene: Scene) -> bool:
    """Whether a trip that is not over has its place on the board now."""
    trip, now = scene.trip, scene.now
    if scene.lost or scene.lost_visits or scene.alone or scene.grave or trip.out or trip.open_alarms:
        return True
    if trip.over or trip.called_off_at is not None:
        return False
    if trip.leave_at is None:
        # A fact that came with no trip: somebody sorts it out the same day.
        return trip.loose_at is not None and day_of(trip.loose_at) == day_of(now)
    if trip.cleared_at is not None:
        return day_of(trip.leave_at) <= day_of(now) and now < later(trip.back_by or trip.leave_at, hours=FORGOTTEN_H)
    return day_of(trip.leave_at) == day_of(now)


def trip_line(scene: Scene) -> BoardLine:
    """The line of one trip."""
    trip = scene.trip
    alarms = scene.alarms
    ambers = tuple(_ambers(scene, alarms))
    state = _state(scene, alarms, ambers)
    headline = _headline(scene, state, alarms, ambers)
    agreed = overdue.agreed_call_awaited(scene.policy, trip) if not trip.everyone_back else None
    missed = alarms[0] if alarms and alarms[0].about is AlarmAbout.RETURN else None
    due = next((d.at for d in overdue.dues(scene.policy, trip, scene.visits) if d.about is AlarmAbout.RETURN), None)
    return BoardLine(
        trip=str(trip.id),
        state=state,
        headline=headline,
        people=words.people(trip, scene.known, scene.now),
        doors=tuple(_door(scene, v) for v in scene.visits),
        left_at=min(trip.departed.values(), default=None),
        back_by=trip.back_by,
        due_at=missed.due_at if missed is not None else due,
        back_by_words=words.clock(trip.back_by, scene.now),
        watcher=_watcher(scene),
        alarm=_alarm(scene, state, alarms),
        steps=_steps(scene, alarms),
        was_due_words=words.clock(missed.due_at, scene.now) if missed is not None else "",
        # Once they are overdue they are rung, not asked whether they will be in time.
        ask_still=missed is None and overdue.asks_if_still_on_time(trip, scene.now),
        agreed_call_at=agreed,
        agreed_call_words=words.clock(agreed, scene.now),
        notes=(
            *(words.danger_past(one, scene.known) for one in scene.dangers),
            *(amber for amber in ambers if amber != headline),
            *words.notes(trip, scene.known, scene.now),
        ),
        danger=scene.grave,
        stand_down=trip.stand_down is not None,
    )


def _going(trip: TripState) -> tuple[StaffId, ...]:
    return tuple(dict.fromkeys((*trip.team, *trip.departed)))


def _door(scene: Scene, visit: VisitState) -> BoardDoor:
    lost = visit.id in scene.lost_visits
    return words.door(scene.policy, scene.known, visit, _going(scene.trip), lost=lost)


UNREADABLE = "This trip's record cannot be read: ring them"


def unreadable_line(scene: Scene) -> BoardLine:
    """The red row of a trip of which nothing more can be said than who is on it."""
    trip = scene.trip
    return BoardLine(
        trip=str(trip.id),
        state="unreadable",
        headline=UNREADABLE,
        people=words.people(trip, scene.known, scene.now),
        steps=tuple(words.ring(scene.known, person) for person in trip.out or trip.team),
    )


def lost_visit_line(policy: Policy, known: Directory, now: datetime, visit: VisitState, *, lost: bool) -> BoardLine:
    """The line of a door that belongs to no trip on the board: unreadable, or with a child alone."""
    at = visit.street or "a visit"
    if visit.child_alone_at is not None:
        state: LineState = "child_alone"
        headline = words.child_alone(visit)
    else:
        state = "unreadable"
        headline = f"The record of {at} cannot be read: ask the people who went, and tell whoever looks after Doorstep"
    return BoardLine(
        trip=f"visit-{visit.id}",
        state=state,
        headline=headline,
        people=(),
        doors=(words.door(policy, known, visit, (), lost=lost),),
        steps=words.ring_dsl(known, now, frozenset()) if visit.child_alone_at is not None else (),
    )


def _state(scene: Scene, alarms: tuple[Alarm, ...], ambers: tuple[str, ...]) -> LineState:  # noqa: PLR0911 - a ladder
    trip = scene.trip
    if scene.grave:
        return "danger"
    if scene.alone:
        return "child_alone"
    if any(a.about is AlarmAbout.RETURN for a in alarms):
        return "overdue"
    if scene.lost or scene.lost_visits:
        return "unreadable"
    if alarms or ambers:
        return "amber"
    if trip.out:
        soon = trip.back_by is not None and overdue.asks_from(trip.back_by) <= scene.now
        return "soon" if soon else "out"
    return "cleared" if trip.cleared_at is not None else "planned"


def _ambers(scene: Scene, alarms: tuple[Alarm, ...]) -> Iterator[str]:
    """Everything that is not as it should be and not yet red, in sentences."""
    trip, now = scene.trip, scene.now
    for alarm in alarms:
        if alarm.about is AlarmAbout.AGREED_CALL:
            yield f"The call agreed for {words.clock(alarm.due_at, now)} has not come"
    if trip.out:
        yield from _out_ambers(scene)
    if trip.came_loose and not trip.planned and not trip.departed and not scene.grave:
        yield "Something was sent with no trip: find out what it belongs to"
    overslept = (
        trip.cleared_at is not None and trip.leave_at is not None and now > later(trip.leave_at, minutes=NOT_LEFT_MIN)
    )
    if overslept and not trip.departed:
        yield f"Was to leave at {words.clock(trip.leave_at, now)} and nobody has said that they left: find out"


def _out_ambers(scene: Scene) -> Iterator[str]:
    trip = scene.trip
    streets = {v.id: v.street or "the door" for v in scene.visits}
    if trip.back_by is None:
        yield "Nobody knows when they are due back: ring them"
    if trip.stand_down is not None:
        why = f" ({trip.stand_down})" if trip.stand_down else ""
        yield f"Stand-down{why}: somebody must reach them and tell them"
    for visit, since in overdue.calls_awaited(scene.policy, trip, scene.visits):
        yield f"Left {streets[visit]} at {hm(since)}: the call to school has not come yet"
    for visit in overdue.not_rung_before_entry(scene.policy, trip, scene.visits):
        yield f"Inside {streets[visit]} and nobody rang school first"
    for door in scene.visits:
        wait = waiting(scene.policy, door)
        if wait is not None and door.at_the_door and (wait.past(scene.now) or wait.until == wait.since):
            yield words.wait_is_over(door, wait)


def _headline(  # noqa: PLR0911 - one sentence a state
    scene: Scene, state: LineState, alarms: tuple[Alarm, ...], ambers: tuple[str, ...]
) -> str:
    trip, now = scene.trip, scene.now
    match state:
        case "danger":
            return words.danger(trip)
        case "child_alone":
            return words.child_alone(scene.alone[0])
        case "overdue":
            return words.overdue(trip, alarms[0], scene.known, now)
        case "unreadable" if scene.lost:
            return UNREADABLE
        case "unreadable":
            return "Part of this trip's record cannot be read: ring them"
        case "amber":
            return ambers[0] if ambers else "A call to school has not come"
        case "soon" | "out":
            return words.whereabouts(scene.visits, scene.known, _going(trip))
        case "cleared" | "planned":
            return _before_leaving(scene, state)


def _needs(scene: Scene) -> tuple[Requirement, ...]:
    known = scene.known
    return readiness(scene.policy, scene.trip, scene.visits, known.people, scene.held, known.pupils)


def _before_leaving(scene: Scene, state: LineState) -> str:
    trip = scene.trip
    when = f"Leaves at {words.clock(trip.leave_at, scene.now)}" if trip.leave_at else "No time to leave is planned"
    if state == "cleared":
        return when
    unmet = [r for r in _needs(scene) if r.refuses]
    if not unmet:
        return f"{when}: ready for OK to go"
    return f"{when}: {len(unmet)} {'thing' if len(unmet) == 1 else 'things'} still needed"


def _watcher(scene: Scene) -> BoardWatcher | None:
    trip, people = scene.trip, scene.known.people
    for person in (trip.watcher, trip.deputy):
        if person is not None and person not in scene.elsewhere and person in people:
            found = people[person]
            role = "" if person == trip.watcher else "deputy watcher"
            return BoardWatcher(name=found.name, role=role, mobile=found.mobile)
    return None


def _alarm(scene: Scene, state: LineState, alarms: tuple[Alarm, ...]) -> BoardAlarm | None:
    trip, alone = scene.trip, scene.alone
    if state == "danger":
        since = trip.danger.at if trip.danger is not None else trip.emergency_at or scene.now
        return _taken_since(scene, "danger" if trip.danger is not None else "999 called", since)
    if state == "child_alone":
        return _taken_since(scene, "child alone", alone[0].child_alone_at or scene.now)
    if not alarms:
        return None
    first = alarms[0]
    # Taken on the board before the watch had written it down, it is taken all the same.
    found = _taken_since(scene, words.ALARMS[first.about], first.due_at)
    late = first.found_at - first.due_at >= LATE_FOUND
    return msgspec.structs.replace(found, found_at=first.found_at, late_found=late)


def _taken_since(scene: Scene, about: str, since: datetime) -> BoardAlarm:
    """An alarm that somebody's word raised: taken by whoever took it since then."""
    trip = scene.trip
    taken = trip.taken_at is not None and trip.taken_at >= since
    return BoardAlarm(
        about=about,
        due_at=since,
        found_at=since,
        taken_by=words.name_of(scene.known, trip.taken_by) if taken else "",
        taken_at=trip.taken_at if taken else None,
    )


def _steps(scene: Scene, alarms: tuple[Alarm, ...]) -> tuple[BoardStep, ...]:
    out: list[BoardStep] = []
    if scene.alone:
        out.extend(words.ring_dsl(scene.known, scene.now, scene.elsewhere))
    alarm = scene.trip.danger.as_alarm if scene.trip.danger is not None else (alarms[0] if alarms else None)
    if alarm is not None:
        found = overdue.what_to_do_now(
            scene.policy,
            scene.trip,
            scene.visits,
            alarm,
            people=scene.known.people,
            pupils=scene.known.pupils,
            elsewhere=scene.elsewhere,
            now=scene.now,
        )
        out.extend(words.step(step) for step in found)
    elif scene.lost or scene.lost_visits:
        out.extend(words.ring(scene.known, person) for person in scene.trip.out or scene.trip.team)
    return tuple(out)
