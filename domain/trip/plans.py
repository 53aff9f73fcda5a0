"""Decisions about trips that can be refused: planning, who's going, clearance."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from domain.envelope import Decision, Entry
from domain.event import Event
from domain.ids import StaffId, TripId, VisitId, trip_stream
from domain.need import always
from domain.policy import Force
from domain.readiness import open_doors, readiness
from domain.refusal import Incomplete, Refused, Requirement, Unknown
from domain.shared.events import DeviationNoted, KeptAsSent
from domain.situation import Situation
from domain.staff.may_go import team_needs
from domain.staff.rules.told import told_of_the_policy
from domain.standing import speaks_for
from domain.times import day_of
from domain.trip import commands as c
from domain.trip import events as e
from domain.trip.no_longer_ok import no_longer_ok
from domain.trip.rules.checks import OPTIONAL, points_asked
from domain.trip.state import TripState
from domain.visit.stale import given_for_another_day, overtaken


def _known_people(s: Situation, *people: StaffId | None) -> None:
    if any(p is not None and (p not in s.people or s.people[p].outside) for p in people):
        raise Unknown("person")


A_DAY = timedelta(days=1)
"""The longest that a trip may plan to be out."""


def check_times(leave_at: datetime, back_by: datetime) -> None:
    """Back-by comes after leaving, and within a day: a typing error must not silence the alarm. Raises Incomplete."""
    if back_by <= leave_at:
        raise Incomplete("back_by", "a time after leave_at: nobody can be back before they have left")
    if back_by - leave_at > A_DAY:
        raise Incomplete("back_by", "a time within a day of leave_at: nobody would miss them before then")


def planned(s: Situation, trip: TripId, visits: tuple[VisitId, ...], plan: c.PlanTrip) -> Decision:
    """The events of a newly planned trip."""
    check_times(plan.leave_at, plan.back_by)
    _known_people(s, *plan.people, plan.watcher, plan.deputy, plan.driver)
    refuse_unless_they_may_go(s, plan.people, plan.leave_at)
    stream = trip_stream(trip)
    event = e.TripPlanned(
        visits=visits, leave_at=plan.leave_at, back_by=plan.back_by, travel=plan.travel, driver=plan.driver
    )
    out = [Entry(stream, event)]
    if plan.people:
        team = tuple(dict.fromkeys(plan.people))
        out.append(Entry(stream, e.TeamNamed(people=team, lone_reason=plan.lone_reason)))
    if plan.watcher is not None:
        out.append(Entry(stream, e.WatcherNamed(watcher=plan.watcher, deputy=plan.deputy)))
    return tuple(out)


def refuse_unless_they_may_go(s: Situation, people: Iterable[StaffId], leave_at: datetime | None) -> None:
    """Nobody is put on a trip who may not go on its day: staff not told of the policy, training or vetting missing or lapsed by then.

    Raises Refused with all that is missing of all of them.
    """
    team = tuple(dict.fromkeys(people))
    told = told_of_the_policy(s.policy, s.record) if team else ()
    unmet = (*told, *team_needs(s.policy, s.people, team, day_of(leave_at or s.at)))
    if any(r.force is Force.MUST for r in unmet):
        raise Refused(tuple(r for r in unmet if r.refuses))


def plan_trip(command: c.PlanTrip, s: Situation) -> Decision:
    """One sign-out to one or more doors."""
    for visit in command.visits:
        state = s.visit(visit)
        if state.closed or state.cancelled:
            raise Refused((always("visit.closed", "One of these visits is closed: ask for it again"),))
    doors = tuple(dict.fromkeys(command.visits))
    return (*planned(s, TripId(s.new_id("trip")), doors, command), *_for_another_day(s, doors, command.leave_at))


def _for_another_day(s: Situation, doors: tuple[VisitId, ...], leave_at: datetime) -> Decision:
    """What was given for another day, approvals and signature, falls (DV-20)."""
    why, day = "the visit moved to another day", day_of(leave_at)
    moved = (s.visit(door) for door in doors)
    return tuple(one for visit in moved if given_for_another_day(visit, day) for one in overtaken(visit, why))


def add_visit_to_trip(command: c.AddVisitToTrip, s: Situation) -> Decision:
    """One more door. The trip must be cleared again, for the new door has its own needs (DV-20)."""
    trip = s.known_trip()
    visit = s.visit(command.visit)
    if visit.closed or visit.cancelled:
        raise Refused((always("visit.closed", "This visit is closed: ask for it again"),))
    if visit.id in trip.visits:
        return ()
    _not_over(trip)
    stream = trip_stream(trip.id)
    out = [Entry(stream, e.VisitAddedToTrip(visit=visit.id))]
    out.extend(no_longer_ok(trip, "another door was added"))
    other_day = _for_another_day(s, (visit.id,), trip.leave_at) if trip.leave_at is not None else ()
    return (*out, *other_day)


def _not_over(trip: TripState) -> None:
    if trip.over:
        raise Refused((always("trip.over", "This trip is over: plan another one"),))


def name_team(command: c.NameTeam, s: Situation) -> Decision:
    """Who's going. A change after approval or clearance makes both stale, as long as nobody has left (DV-20)."""
    trip = s.known_trip()
    _not_over(trip)
    _known_people(s, *command.people)
    refuse_unless_they_may_go(s, (p for p in command.people if p not in trip.departed), trip.leave_at)
    team = tuple(dict.fromkeys(command.people))
    stream = trip_stream(trip.id)
    out = [Entry(stream, e.TeamNamed(people=team, lone_reason=command.lone_reason))]
    if trip.team and set(team) != set(trip.team) and not trip.departed:
        why = "who's going changed"
        out.extend(one for v in s.trip_visits(trip) for one in overtaken(v, why))
        out.extend(no_longer_ok(trip, why))
    return tuple(out)


def plan_travel(command: c.PlanTravel, s: Situation) -> Decision:
    """How they travel. A change after clearance voids it, as long as nobody has left."""
    trip = s.known_trip()
    _not_over(trip)
    _known_people(s, command.driver)
    if command.driver is not None and trip.team and command.driver not in trip.team:
        raise Incomplete("driver", "somebody who goes on this trip")
    if (command.travel, command.driver) == (trip.travel, trip.driver):
        return ()
    stream = trip_stream(trip.id)
    out = [Entry(stream, e.TravelPlanned(travel=command.travel, driver=command.driver))]
    out.extend(no_longer_ok(trip, "how they travel changed"))
    return tuple(out)


def agree_travel(command: c.AgreeTravel, s: Situation) -> Decision:
    """A member of SLT agrees to how they travel, as it is planned now (NH-45)."""
    del command
    trip = s.known_trip()
    if not trip.travel:
        raise Incomplete("trip", "a trip of which it is known how they travel")
    if trip.travel_agreed == trip.travel:
        return ()
    return (Entry(trip_stream(trip.id), e.TravelAgreed(way=trip.travel)),)


def name_watcher(command: c.NameWatcher, s: Situation) -> Decision:
    """Who stays behind and watches."""
    trip = s.known_trip()
    _not_over(trip)
    _known_people(s, command.watcher, command.deputy)
    event = e.WatcherNamed(watcher=command.watcher, deputy=command.deputy, tested=command.tested)
    return (Entry(trip_stream(trip.id), event),)


def lodge_whereabouts(command: c.LodgeWhereabouts, s: Situation) -> Decision:
    """Left with somebody: the office, the line manager, the safeguarding team."""
    trip = s.known_trip()
    _known_people(s, command.told)
    if command.agreed_call_at is not None and command.agreed_call_at < s.at:
        raise Incomplete(
            "agreed_call_at", "a time to come: by this time the visitors ring to say that the visit is over"
        )
    call = command.agreed_call_at
    kept: tuple[KeptAsSent, ...] = ()
    if trip.out and call is not None and call != trip.agreed_call_at and not speaks_for(s, trip):
        # Who asked for the visit and stays behind may say where they are, and puts off no call of those who are out.
        says = "said by somebody who is not on this trip and does not watch over it: the time of the call stands"
        kept = (KeptAsSent(command=command.NAME, says=says, unreadable={"agreed_call_at": call.isoformat()}),)
        call = None
    event = e.WhereaboutsLodged(holder=command.holder, told=command.told, agreed_call_at=call)
    return tuple(Entry(trip_stream(trip.id), one) for one in (event, *kept))


def confirm_checks(command: c.ConfirmChecks, s: Situation) -> Decision:
    """The school's list was gone through. What is not so after all takes the clearance back, as long as nobody left."""
    trip = s.known_trip()
    _not_over(trip)
    asked = tuple(p.code for p in points_asked(s.policy, open_doors(s.trip_visits(trip))))
    points = tuple(code for code in asked if not command.points or code in command.points)
    if not points or any(code not in asked for code in command.points):
        raise Incomplete("points", f"points of this school's list: {', '.join(asked)}")
    if any(code not in points or not word.strip() for code, word in command.exceptions.items()):
        raise Incomplete("exceptions", f"a word about each point that is not so: {', '.join(points)}")
    stream = trip_stream(trip.id)
    out = [Entry(stream, e.ChecksConfirmed(points=points, exceptions=command.exceptions))]
    if set(command.exceptions) - OPTIONAL:
        out.extend(no_longer_ok(trip, "not all is as the list before leaving says"))
    return tuple(out)


def still_refusing(unmet: tuple[Requirement, ...], reasons: dict[str, str]) -> tuple[Requirement, ...]:
    """What still refuses: every `must`, and every `should` without a reason. Advice never does."""
    return tuple(
        r for r in unmet if r.force is Force.MUST or (r.force is Force.SHOULD and not reasons.get(r.code, "").strip())
    )


def gone_on_without(
    unmet: Iterable[Requirement], reasons: dict[str, str], about: type[Event]
) -> Iterator[DeviationNoted]:
    """What a plan goes on without, because a reason was given for a `should`: shown to the DSL with the reason."""
    for r in unmet:
        if r.force is Force.SHOULD and reasons.get(r.code, "").strip():
            yield DeviationNoted(
                rule=f"without.{r.setting}",
                says=f"went on without this, for a reason given beforehand: {r.says}",
                source=r.source,
                clauses=r.clauses,
                about_topic=about.TOPIC,
                reason=reasons[r.code].strip(),
            )


def clear_trip(command: c.ClearTrip, s: Situation) -> Decision:
    """OK to go, or everything that is still needed, at once. Clearing a cleared trip changes nothing."""
    trip = s.known_trip()
    if trip.departed:
        raise Refused((always("trip.left", "They have left already: nothing is left to clear"),))
    unmet = readiness(s.policy, trip, s.trip_visits(trip), s.people, s.others, s.pupils)
    refusing = still_refusing(unmet, command.reasons)
    if refusing:
        raise Refused(unmet)
    if trip.cleared_at is not None:
        return ()
    event = e.TripCleared(
        people=trip.team,
        visits=tuple(v.id for v in open_doors(s.trip_visits(trip))),
        log_index=s.head,
        reasons={r.code: command.reasons[r.code] for r in unmet if r.force is Force.SHOULD},
        advised=tuple(r.code for r in unmet if r.force is Force.ADVISE),
    )
    stream = trip_stream(trip.id)
    return (
        Entry(stream, event),
        *(Entry(stream, one) for one in gone_on_without(unmet, command.reasons, e.TripCleared)),
    )


def shut_out_phone(command: c.ShutOutPhone, s: Situation) -> Decision:
    """A lost phone reports no more; whoever carried it signs in again, or the office types what they say."""
    trip = s.known_trip()
    if command.person not in {*trip.team, *trip.departed}:
        raise Incomplete("person", "somebody who goes on this trip")
    return (Entry(trip_stream(trip.id), e.PhoneShutOut(person=command.person, why=command.why)),)


def call_off_trip(command: c.CallOffTrip, s: Situation) -> Decision:
    """Before anybody has left; afterwards it is a stand-down, and somebody must reach them."""
    trip = s.known_trip()
    if trip.out:
        says = "They are out: call a stand-down instead, and reach them"
        raise Refused((always("trip.out", says, who=("school_office",)),))
    if trip.called_off_at is not None or trip.everyone_back:
        return ()
    return (Entry(trip_stream(trip.id), e.TripCalledOff(why=command.why)),)
