"""When a trip is overdue, and what to do then, in the school's order.

Clauses: WL-41, WL-42, WL-43, NH-16, NH-17, SP-53, SP-54, LJ-64, DV-06. Times are instants: they survive
midnight, clock changes and restarts. The due instant itself is not overdue; anything past it is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from domain.ids import PupilId, StaffId, VisitId
from domain.policy import Policy
from domain.pupil.state import Pupil
from domain.staff.state import Person
from domain.trip.events import AlarmAbout, CheckIn, ContactResult
from domain.trip.state import Alarm, TripState
from domain.visit.state import VisitState

ASK_BEFORE = timedelta(minutes=10)
"""How long before the back-by time phone and board ask "still 10:50?"."""


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
    """`done`, `due`, `later`."""
    result: str = ""


def dues(policy: Policy, trip: TripState, visits: Sequence[VisitState]) -> tuple[Due, ...]:
    """Every time that is running for this trip, alarm raised or not."""
    if not trip.out:
        return ()
    out = []
    gap = timedelta(minutes=policy.value("overdue_step_gap_min"))
    if trip.back_by is not None:
        grace = timedelta(minutes=policy.value("overdue_grace_min"))
        out.append(Due(about=AlarmAbout.RETURN, at=trip.back_by + grace))
    if "agreed_time" in policy.value("check_ins") and trip.agreed_call_at is not None and not trip.agreed_call_made:
        out.append(Due(about=AlarmAbout.AGREED_CALL, at=trip.agreed_call_at))
    out.extend(
        Due(about=AlarmAbout.CALL_ON_LEAVING, at=since + gap, visit=visit)
        for visit, since in calls_awaited(policy, trip, visits)
    )
    return tuple(out)


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


def past_due(policy: Policy, trip: TripState, visits: Sequence[VisitState], now: datetime) -> tuple[Due, ...]:
    """Times that have passed and for which no alarm is open yet."""
    return tuple(
        due for due in dues(policy, trip, visits) if now > due.at and trip.open_alarm(due.about, due.visit) is None
    )


def asks_if_still_on_time(trip: TripState, now: datetime) -> bool:
    """Whether phone and board ask "still 10:50? yes / +15 / +30" now."""
    if not trip.out or trip.back_by is None or trip.back_by_confirmed_at is not None:
        return False
    return trip.back_by - ASK_BEFORE <= now <= trip.back_by


def spoken_to(alarm: Alarm) -> frozenset[StaffId]:
    """Whom somebody spoke to and heard that they are safe; nothing else settles anything."""
    return frozenset(a.person for a in alarm.attempts if a.result is ContactResult.SPOKE_SAFE and a.person is not None)


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

    A step opens when the one before it was tried without success or has stood open for the gap;
    any cause for worry opens the last at once (WL-43).
    """
    order = tuple(policy.value("overdue_steps"))
    gap = timedelta(minutes=policy.value("overdue_step_gap_min"))
    worried = any(a.result is ContactResult.SOUNDED_WRONG for a in alarm.attempts)
    out: list[Step] = []
    opens: datetime | None = alarm.due_at
    for place, code in enumerate(order):
        tried = [a for a in alarm.attempts if a.step == code]
        last = place == len(order) - 1
        open_now = (opens is not None and now >= opens) or (last and worried)
        out.extend(
            _lines(
                code, trip, visits, alarm, people=people, pupils=pupils, elsewhere=elsewhere, now=now, open_now=open_now
            )
        )
        failed = bool(tried) and all(a.result is not ContactResult.SPOKE_SAFE for a in tried)
        opens = tried[-1].at if failed else (opens + gap if opens is not None else None)
    return tuple(out)


def _lines(  # noqa: PLR0913 - as above
    code: str,
    trip: TripState,
    visits: Sequence[VisitState],
    alarm: Alarm,
    *,
    people: Mapping[StaffId, Person],
    pupils: Mapping[PupilId, Pupil],
    elsewhere: frozenset[StaffId],
    now: datetime,
    open_now: bool,
) -> list[Step]:
    state = "due" if open_now else "later"
    if code == "staff_mobile":
        return [_visitor(code, p, alarm, people, state) for p in trip.out]
    if code == "pupil_home":
        return _homes(code, visits, alarm, pupils, state)
    role = code.removeprefix("inform_")
    done = alarm.senior_informed_at is not None
    who = [
        p for p in people.values() if p.here and p.id not in elsewhere and p.id not in trip.out and p.fills(role, now)
    ]
    told = people.get(alarm.senior) if alarm.senior else None
    if done:
        name = told.name if told else ""
        return [Step(code=code, says="Senior staff told", whom=name, state="done", result="told")]
    return [
        Step(code=code, says=f"Tell {p.name}", person=p.id, whom=p.name, number=p.mobile, state=state)
        for p in sorted(who, key=lambda p: (p.name, p.id))
    ] or [Step(code=code, says="Nobody of SLT is here: ring the headteacher at home", state=state)]


def _visitor(code: str, person: StaffId, alarm: Alarm, people: Mapping[StaffId, Person], state: str) -> Step:
    known = people.get(person)
    name, number = (known.name, known.mobile) if known else ("the visitor", "")
    tried = [a for a in alarm.attempts if a.step == code and a.person in (person, None)]
    result = tried[-1].result.value if tried else ""
    return Step(
        code=code,
        says=f"Ring {name}",
        person=person,
        whom=name,
        number=number,
        state="done" if tried else state,
        result=result,
    )


def _homes(
    code: str, visits: Sequence[VisitState], alarm: Alarm, pupils: Mapping[PupilId, Pupil], state: str
) -> list[Step]:
    tried = [a for a in alarm.attempts if a.step == code]
    result = tried[-1].result.value if tried else ""
    lines = []
    open_doors = [v for v in visits if v.left_at is None and v.cancelled is None] or list(visits)
    for visit in open_doors:
        known = [pupils[p] for p in visit.pupils if p in pupils]
        number = next((p.phone for p in known if p.phone), "")
        lines.append(
            Step(
                code=code,
                says=f"Ring the home in {visit.street or 'the visited street'}",
                whom=visit.street,
                number=number,
                state="done" if tried else state,
                result=result,
            )
        )
    return lines
