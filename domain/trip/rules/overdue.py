"""When a trip is overdue, and what to do then, in the school's order.

Clauses: WL-41, WL-42, WL-43, NH-16, NH-17, SP-53, SP-54, LJ-64, DV-06. Times are instants: they survive
midnight, clock changes and restarts. The due instant itself is not overdue; anything past it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from domain.ids import PupilId, StaffId, VisitId
from domain.policy import Policy
from domain.pupil.ringing import number_of_home
from domain.pupil.state import Pupil
from domain.staff.state import Person
from domain.times import later
from domain.trip.alarm import Alarm, Attempt
from domain.trip.events import AlarmAbout, CheckIn, ContactResult
from domain.trip.state import TripState
from domain.visit.state import VisitState

ASK_BEFORE = timedelta(minutes=10)
"""How long before the back-by time phone and board ask "still 10:50?"."""

OWN_WORD = "own_word"
"""The step of an attempt that nobody made: a visitor who is late gave a new time without being rung."""
_REACHED = (ContactResult.SPOKE_SAFE, OWN_WORD)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A time by which something must have happened."""

    about: AlarmAbout
    at: datetime
    visit: VisitId | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of "what to do now"."""

    code: str
    says: str
    person: StaffId | None = None
    """The visitor whom the call is about, or the senior person to be told."""
    whom: str = ""
    number: str = ""
    state: str
    """`done`, `due`, `later`; `skipped` for somebody who is out and cannot act."""
    result: str = ""
    """What came of it last: a `ContactResult`, `told`, or `own_word`."""
    at: datetime | None = None
    """When it was last tried."""
    visit: VisitId | None = None
    """The door whose home is rung."""


def dues(policy: Policy, trip: TripState, visits: Sequence[VisitState]) -> tuple[Due, ...]:
    """Every time that is running for this trip, alarm raised or not."""
    if not trip.out:
        return ()
    out = []
    gap = policy.value("overdue_step_gap_min")
    if trip.back_by is not None:
        grace = policy.value("overdue_grace_min")
        out.append(Due(about=AlarmAbout.RETURN, at=later(trip.back_by, minutes=grace)))
    agreed = agreed_call_awaited(policy, trip)
    if agreed is not None:
        out.append(Due(about=AlarmAbout.AGREED_CALL, at=agreed))
    out.extend(
        Due(about=AlarmAbout.CALL_ON_LEAVING, at=later(since, minutes=gap), visit=visit)
        for visit, since in calls_awaited(policy, trip, visits)
    )
    return tuple(out)


def agreed_call_awaited(policy: Policy, trip: TripState) -> datetime | None:
    """When they ring to say that the visit is over (NH-16); None where no call is agreed, or it was made."""
    asked = "agreed_time" in policy.value("check_ins")
    return trip.agreed_call_at if asked and not trip.agreed_call_made else None


def calls_awaited(
    policy: Policy, trip: TripState, visits: Sequence[VisitState]
) -> tuple[tuple[VisitId, datetime], ...]:
    """Doors that were left without the call the policy asks for, and since when (SP-54, LJ-64): amber."""
    asked = policy.value("check_ins")
    if not {"left_property", "after_visit"} & set(asked):
        return ()
    out = []
    for visit in visits:
        ended = visit.left_at or (visit.cancelled.at if visit.cancelled and visit.arrived_at else None)
        if ended is not None and trip.called(visit.id, CheckIn.LEFT_PROPERTY, CheckIn.AFTER_VISIT) is None:
            out.append((visit.id, ended))
    return tuple(out)


def not_rung_before_entry(policy: Policy, trip: TripState, visits: Sequence[VisitState]) -> tuple[VisitId, ...]:
    """Doors where they are inside now and rang nobody first, as the policy asks (SP-53): amber until they ring."""
    if "before_entry" not in policy.value("check_ins"):
        return ()
    inside = (v for v in visits if v.entered_at is not None and v.left_at is None and v.cancelled is None)
    return tuple(v.id for v in inside if trip.called(v.id, *CheckIn) is None)


def past_due(policy: Policy, trip: TripState, visits: Sequence[VisitState], now: datetime) -> tuple[Due, ...]:
    """Times that have passed and for which no alarm is open yet."""
    return tuple(due for due in dues(policy, trip, visits) if now > due.at and not _raised(trip, due))


def _raised(trip: TripState, due: Due) -> bool:
    """An open alarm stands for it; and a missed call is raised once, even where it was settled by ringing them."""
    if trip.open_alarm(due.about, due.visit) is not None:
        return True
    once = due.about is not AlarmAbout.RETURN
    return once and any(a.about is due.about and a.visit == due.visit and a.due_at == due.at for a in trip.alarms)


def asks_if_still_on_time(trip: TripState, now: datetime) -> bool:
    """Whether phone and board ask "still 10:50? yes / +15 / +30" now. A yes given long before does not count."""
    if not trip.out or trip.back_by is None:
        return False
    begins = asks_from(trip.back_by)
    confirmed = trip.back_by_confirmed_at is not None and trip.back_by_confirmed_at >= begins
    return not confirmed and begins <= now <= trip.back_by


def asks_from(back_by: datetime) -> datetime:
    """From when on people are asked whether the back-by time still holds."""
    return later(back_by, minutes=-ASK_BEFORE.total_seconds() / 60)


class _Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """What the lines of the ladder are made from."""

    trip: TripState
    visits: Sequence[VisitState]
    alarm: Alarm
    people: Mapping[StaffId, Person]
    pupils: Mapping[PupilId, Pupil]
    elsewhere: frozenset[StaffId]
    now: datetime


def what_to_do_now(
    policy: Policy,
    trip: TripState,
    visits: Sequence[VisitState],
    alarm: Alarm,
    *,
    people: Mapping[StaffId, Person],
    pupils: Mapping[PupilId, Pupil],
    elsewhere: frozenset[StaffId],
    now: datetime,
) -> tuple[Step, ...]:
    """Whom to ring, with names and numbers, step by step; anyone who is out is skipped.

    A step opens when everybody of the one before it was tried without success, or when that one has stood open for
    the gap; any cause for worry opens the last at once (WL-43). Somebody who was spoken to and is safe holds nothing
    up for the others.
    """
    ladder = _Ladder(trip=trip, visits=visits, alarm=alarm, people=people, pupils=pupils, elsewhere=elsewhere, now=now)
    order = tuple(policy.value("overdue_steps"))
    gap = policy.value("overdue_step_gap_min")
    worried = trip.danger is not None or any(a.result is ContactResult.SOUNDED_WRONG for a in alarm.attempts)
    out: list[Step] = []
    opens = alarm.due_at
    for place, code in enumerate(order):
        open_now = now >= opens or (place == len(order) - 1 and worried)
        lines = _lines(ladder, code, "due" if open_now else "later")
        out.extend(lines)
        failed = [line.at for line in lines if line.at is not None and line.result not in _REACHED]
        waits = any(line.state in ("due", "later") for line in lines)
        in_time = later(opens, minutes=gap)
        opens = in_time if waits or not failed else min(in_time, max(failed))
    return tuple(out)


def _lines(ladder: _Ladder, code: str, state: str) -> list[Step]:
    if code == "staff_mobile":
        return [_visitor(ladder, code, person, state) for person in ladder.trip.out]
    if code == "pupil_home":
        return _homes(ladder, code, state)
    return _senior(ladder, code, state)


def _senior(ladder: _Ladder, code: str, state: str) -> list[Step]:
    alarm, trip = ladder.alarm, ladder.trip
    if alarm.senior_informed_at is not None:
        told = ladder.people.get(alarm.senior) if alarm.senior else None
        name = told.name if told else ""
        says = f"{name or 'Senior staff'} told"
        return [Step(code=code, says=says, whom=name, state="done", result="told", at=alarm.senior_informed_at)]
    who = _fill(ladder, code.removeprefix("inform_"))
    away = frozenset(trip.out) | ladder.elsewhere
    lines = [_tell(code, p, "skipped" if p.id in away else state) for p in who]
    if any(line.state != "skipped" for line in lines):
        return lines
    # Nobody of them is in school: the safeguarding lead or a deputy is told instead.
    instead = [_tell(code, p, state) for p in _fill(ladder, "DSL|DDSL") if p.id not in away]
    nobody = Step(
        code=code, says="Nobody of senior staff is in school: ring the headteacher wherever they are", state=state
    )
    return [*lines, *(instead or [nobody])]


def _fill(ladder: _Ladder, word: str) -> list[Person]:
    found = (p for p in ladder.people.values() if p.here and p.fills(word, ladder.now))
    return sorted(found, key=lambda p: (p.name, p.id))


def _tell(code: str, person: Person, state: str) -> Step:
    return Step(
        code=code, says=f"Tell {person.name}", person=person.id, whom=person.name, number=person.mobile, state=state
    )


def _visitor(ladder: _Ladder, code: str, person: StaffId, state: str) -> Step:
    known = ladder.people.get(person)
    name, number = (known.name, known.mobile) if known else ("the visitor", "")
    about = [a for a in ladder.alarm.attempts if a.person == person or (a.person is None and a.step == code)]
    tried = [a for a in about if a.step == code or a.result is ContactResult.SPOKE_SAFE]
    return _done(tried, Step(code=code, says=f"Ring {name}", person=person, whom=name, number=number, state=state))


def _homes(ladder: _Ladder, code: str, state: str) -> list[Step]:
    visits = [v for v in ladder.visits if not v.not_to_be_visited] or ladder.visits
    lines = []
    for visit in [v for v in visits if v.left_at is None and v.cancelled is None] or visits:
        number = number_of_home([ladder.pupils[p] for p in visit.pupils if p in ladder.pupils])
        says = f"Ring the home at {visit.street}" if visit.street else "Ring the home that was visited"
        tried = [a for a in ladder.alarm.attempts if a.step == code and a.visit in (visit.id, None)]
        step = Step(code=code, says=says, visit=visit.id, whom=visit.street, number=number, state=state)
        lines.append(_done(tried, step))
    return lines


def _done(tried: Sequence[Attempt], step: Step) -> Step:
    """The step, with what came of it where somebody tried."""
    if not tried:
        return step
    last = tried[-1]
    result = OWN_WORD if last.step == OWN_WORD else last.result.value
    return msgspec.structs.replace(step, state="done", result=result, at=last.at)
