"""What happened on a trip, as decisions that never refuse. What differs from the policy is noted beside it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.envelope import Decision, Entry
from domain.event import Event
from domain.ids import StaffId, VisitId, trip_stream
from domain.need import deviation
from domain.situation import Situation
from domain.standing import speaks_for
from domain.times import later
from domain.trip import commands as c
from domain.trip import events as e
from domain.trip.alarm import Alarm
from domain.trip.events import AlarmAbout, CheckIn, ContactResult
from domain.trip.plans import A_DAY
from domain.trip.rules import overdue
from domain.trip.rules.departure import departure_deviations, not_said
from domain.trip.state import TripState

_LATE = timedelta(minutes=15)
"""From when on a word about a door is a late one."""


def _on(trip: TripState, events: Iterable[Event], about: str) -> Decision:
    """The events on the trip's stream; a trip that nobody planned first says how it came about."""
    stream = trip_stream(trip.id)
    out = [Entry(stream, event) for event in events]
    if not trip.exists:
        out.insert(0, Entry(stream, e.FactCameLoose(about=about)))
    return tuple(out)


def _whose(people: tuple[StaffId, ...], s: Situation) -> tuple[StaffId, ...]:
    return tuple(dict.fromkeys(people)) or (s.acting.person,)


def depart(command: c.Depart, s: Situation) -> Decision:
    """Each person leaves. Leaving without clearance is kept and flagged, never stopped (DV-21)."""
    trip = s.trip_or_new()
    people = _whose(command.people, s)
    going = tuple(p for p in people if p not in trip.out)
    events: list[Event] = [e.StaffDeparted(person=p, note=command.note) for p in people]
    new, agreed = command.back_by, False
    if new is not None and new != trip.back_by:
        # Somebody who was never to go moves no time for those who are out.
        sets = _may_move(trip, s.acting.person, new) or bool(set(going) & set(trip.team))
        agreed = _believable(new, s.at) and sets
        events.append(e.BackByMoved(was=trip.back_by, back_by=new, why="said on leaving", agreed=agreed))
    if trip.back_by is None and not agreed:
        # Nobody said when they would be back: the alarm must still come.
        back_by = later(s.at, hours=1)
        events.append(e.BackByMoved(was=None, back_by=back_by, why="no time was given: Doorstep set one hour"))
    if going:
        events.extend(departure_deviations(trip, s, going))
    return _on(trip, events, c.Depart.NAME)


def on_their_way(s: Situation, door: VisitId | None, *, first_word: bool, people: tuple[StaffId, ...] = ()) -> Decision:
    """Who stands at a door has left school, whether or not anybody tapped it: the timer must run (law 4).

    `people` are those who were named as being there; without names it is everybody of the trip.
    `first_word` says that nothing was heard from this door before. A word that comes late about a door on no open
    trip sends nobody out: that trip may long be over.
    """
    trip = s.trip
    if trip is not None and trip.departed:
        people = tuple(p for p in people if p not in trip.departed) if not trip.over else ()
    if trip is not None and ((trip.departed and not people) or trip_stream(trip.id) in s.unreadable):
        return ()
    if trip is None and (not first_word or s.now - s.at > _LATE):
        return ()
    people = people or (trip.team if trip is not None else ())
    left = depart(c.Depart(people=people, note="nobody had said that they left: they were at a door"), s)
    stream = left[0].stream
    added = (Entry(stream, e.VisitAddedToTrip(visit=door)),) if door is not None and trip is None else ()
    return (*left, Entry(stream, not_said(s.policy)), *added)


def _believable(back_by: datetime, at: datetime) -> bool:
    """Whether a time to be back may silence the alarm until then: a typing error must not."""
    return back_by - at <= A_DAY


def _settle(trip: TripState, s: Situation, accounted: Iterable[StaffId], how: str) -> list[Event]:
    """Alarms that end because everybody is accounted for now; a return from before they left accounts for nobody."""
    people = {p for p in accounted if p in trip.departed and trip.departed[p] <= s.at}
    if set(trip.out) - people:
        return []
    return [_resolved(alarm, s.at, how) for alarm in trip.open_alarms]


def _resolved(alarm: Alarm, at: datetime, how: str) -> e.OverdueResolved:
    late = max(0, int((at - alarm.due_at).total_seconds()))
    return e.OverdueResolved(about=alarm.about, how=how, late_seconds=late, visit=alarm.visit)


def _may_move(trip: TripState, person: StaffId, new: datetime) -> bool:
    """Whether a new back-by time counts: an earlier one always, a later one only on the word of somebody who is out."""
    return not trip.out or person in trip.out or (trip.back_by is not None and new <= trip.back_by)


def _return_alarm(trip: TripState, s: Situation) -> tuple[list[Event], Alarm | None]:
    """The alarm about the return; where the time has passed and the watch has not said so yet, it is raised first."""
    alarm = trip.open_alarm(AlarmAbout.RETURN)
    if alarm is not None or not trip.out:
        return [], alarm
    for due in overdue.past_due(s.policy, trip, s.trip_visits(trip), s.at):
        if due.about is AlarmAbout.RETURN:
            raised = e.OverdueRaised(about=due.about, due_at=due.at, found_at=s.now)
            return [raised], Alarm(about=due.about, due_at=due.at, found_at=s.now)
    return [], None


def return_to_school(command: c.ReturnToSchool, s: Situation) -> Decision:
    """Each person is back. The trip is calm when every person is."""
    trip = s.trip_or_new()
    people = _whose(command.people, s)
    events: list[Event] = [e.StaffReturned(person=p, note=command.note) for p in people]
    return _on(trip, [*events, *_settle(trip, s, people, "returned")], c.ReturnToSchool.NAME)


def safe_by_voice(command: c.SafeByVoice, s: Situation) -> Decision:
    """Each person said by voice that they are safe and going straight home."""
    trip = s.trip_or_new()
    people = _whose(command.people, s)
    events: list[Event] = [e.PersonSafeByVoice(person=p, note=command.note) for p in people]
    return _on(trip, [*events, *_settle(trip, s, people, "safe_by_voice")], c.SafeByVoice.NAME)


def keep_back_by(command: c.KeepBackBy, s: Situation) -> Decision:
    """“Still 10:50”: yes."""
    trip = s.trip_or_new()
    return _on(trip, [e.BackByConfirmed(back_by=trip.back_by or s.at)], command.NAME)


def move_back_by(command: c.MoveBackBy, s: Situation) -> Decision:
    """The back-by time moves, on the word of somebody who is out. An open alarm ends only by people, not by this."""
    trip = s.trip_or_new()
    base = trip.back_by or s.at
    new = command.back_by or later(base, minutes=command.minutes if command.minutes is not None else 15)
    person = s.acting.person
    events, alarm = _return_alarm(trip, s)
    earlier = trip.back_by is not None and new <= trip.back_by
    agreed = _believable(new, s.at) and _may_move(trip, person, new) and (earlier or speaks_for(s, trip))
    events.append(e.BackByMoved(was=trip.back_by, back_by=new, why=command.why, agreed=agreed))
    # A visitor's own word that they are late is contact with that visitor, and with them only.
    if alarm is not None and person in trip.out and new > s.at:
        events.append(e.ContactAttempted(step=overdue.OWN_WORD, person=person, result=ContactResult.SPOKE_SAFE))
        if _all_spoken_to(trip, alarm, person):
            events.append(_resolved(alarm, s.at, "new_time"))
    return _on(trip, events, command.NAME)


def _all_spoken_to(trip: TripState, alarm: Alarm, person: StaffId) -> bool:
    """Whether this person was the last of those who are out that nobody had spoken to."""
    return not set(trip.out) - alarm.spoken_to - {person}


def make_check_in(command: c.MakeCheckIn, s: Situation) -> Decision:
    """A call to school. One that comes after its time closes the alarm, and the lateness is noted (NH-17)."""
    trip = s.trip_or_new()
    events: list[Event] = [e.CheckInMade(when=command.when, visit=command.visit, note=command.note)]
    about = _answers(command.when)
    only_door = trip.visits[0] if len(trip.visits) == 1 else None
    door = command.visit or only_door
    open_ones = [a for a in trip.open_alarms if a.about in about and a.visit in (door, None)]
    events.extend(_resolved(alarm, s.at, "call_made") for alarm in open_ones)
    agreed = trip.agreed_call_at
    if AlarmAbout.AGREED_CALL in about and agreed is not None and s.at > agreed and not trip.agreed_call_made:
        minutes = int((s.at - agreed).total_seconds() // 60)
        says = f"the agreed call came {minutes} min late" if minutes else "the agreed call came late"
        topic = e.CheckInMade.TOPIC
        events.append(deviation(s.policy, "check_ins", "check_in.late", says, about=topic, clauses=("NH-17",)))
    return _on(trip, events, command.NAME)


def _answers(when: CheckIn) -> tuple[AlarmAbout, ...]:
    match when:
        case CheckIn.AGREED_TIME:
            return (AlarmAbout.AGREED_CALL,)
        case CheckIn.LEFT_PROPERTY:
            return (AlarmAbout.CALL_ON_LEAVING,)
        case CheckIn.AFTER_VISIT:
            return (AlarmAbout.AGREED_CALL, AlarmAbout.CALL_ON_LEAVING)
        case CheckIn.BEFORE_ENTRY | CheckIn.OTHER:
            return ()


def stand_down(command: c.StandDown, s: Situation) -> Decision:
    """The need fell away while they are out. The safety timer runs on."""
    return _on(s.trip_or_new(), [e.StandDownCalled(why=command.why)], command.NAME)


def take_alarm(command: c.TakeAlarm, s: Situation) -> Decision:
    """“I'm dealing with it”, by name."""
    return _on(s.trip_or_new(), [e.AlarmTaken(person=s.acting.person)], command.NAME)


def attempt_contact(command: c.AttemptContact, s: Situation) -> Decision:
    """Somebody rang. Only "spoke to them and they are safe" settles anything, and for that person only."""
    trip = s.trip_or_new()
    person = command.person
    safe = command.result is ContactResult.SPOKE_SAFE
    if person is None and len(trip.out) == 1:
        person = trip.out[0]
    attempt = e.ContactAttempted(
        step=command.step or ("staff_mobile" if person is not None else ""),
        person=person,
        result=command.result,
        note=command.note,
        visit=command.visit,
    )
    events, alarm = _return_alarm(trip, s)
    events.append(attempt)
    if safe and person is not None:
        events.extend(_safe_but_out(command, trip, alarm, person, s))
    elif command.result is ContactResult.SOUNDED_WRONG and alarm is None and trip.danger is None:
        # Any worry goes to senior staff at once (WL-43), also before anything is overdue.
        events.append(e.DangerReported(text=f"something sounded wrong on the telephone. {command.note}".strip()))
    return _on(trip, events, command.NAME)


def _safe_but_out(
    command: c.AttemptContact, trip: TripState, alarm: Alarm | None, person: StaffId, s: Situation
) -> Iterable[Event]:
    """Safe, but still out: a new time must be running before the alarm may end."""
    gap = s.policy.value("overdue_step_gap_min")
    new = command.back_by
    given = new if new is not None and new > s.at and _believable(new, s.at) else None
    needs_one = alarm is not None and (trip.back_by or s.at) <= s.at
    fresh = given is not None and given != trip.back_by
    if person in trip.out and (fresh or needs_one):
        # One of two who are out speaks for themselves only: before an alarm stands, a later time waits for the other.
        until = given or later(s.at, minutes=gap)
        agreed = alarm is not None or trip.out == (person,) or _may_move(trip, s.acting.person, until)
        yield e.BackByMoved(was=trip.back_by, back_by=until, why="said by telephone", agreed=agreed)
    calls = [a for a in trip.open_alarms if a.about is not AlarmAbout.RETURN]
    for one in (alarm, *calls):
        if one is not None and _all_spoken_to(trip, one, person):
            yield _resolved(one, s.at, "new_time" if one is alarm else "spoke_safe")


def inform_senior(command: c.InformSenior, s: Situation) -> Decision:
    """A senior member of staff was told. The trip stays red until people are accounted for (WL-43)."""
    return _on(s.trip_or_new(), [e.SeniorStaffInformed(told=command.told, note=command.note)], command.NAME)


def report_danger(command: c.ReportDanger, s: Situation) -> Decision:
    """Somebody is, or may be, in danger. Nothing is asked for."""
    return _on(s.trip_or_new(), [e.DangerReported(visit=command.visit, text=command.text)], command.NAME)


def danger_is_over(command: c.DangerIsOver, s: Situation) -> Decision:
    """The people concerned say that it is over."""
    return _on(s.trip_or_new(), [e.DangerOver(text=command.text)], command.NAME)


def call_emergency(command: c.CallEmergency, s: Situation) -> Decision:
    """999 was dialled. Nothing is asked for (I7)."""
    event = e.EmergencyServicesCalled(visit=command.visit, service=command.service, text=command.text)
    return _on(s.trip_or_new(), [event], command.NAME)


def raise_overdue(command: c.RaiseOverdue, s: Situation) -> Decision:
    """The watch found a time that passed: raised once for each, and only while it holds (DV-06)."""
    trip = s.trip
    if trip is None or not trip.exists:
        return ()
    passed = overdue.past_due(s.policy, trip, s.trip_visits(trip), s.now)
    return tuple(
        Entry(
            trip_stream(trip.id),
            e.OverdueRaised(about=due.about, due_at=due.at, found_at=s.now, visit=due.visit),
        )
        for due in passed
        if due.about is command.about and due.visit == command.visit
    )
