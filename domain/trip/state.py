"""What a trip's events add up to. `evolve` takes every event of the stream, in log order."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

import msgspec
from msgspec.structs import replace

from domain.envelope import Envelope, Recorded
from domain.ids import EventId, StaffId, TripId, VisitId
from domain.shared import corrections
from domain.shared import events as shared
from domain.trip import events as e
from domain.trip.alarm import Alarm, Attempt, Danger, Spoken, attempted, resolved
from domain.trip.events import AlarmAbout, CheckIn


class Lodged(msgspec.Struct, frozen=True):
    """With whom the whereabouts were left, and when."""

    holder: str
    told: StaffId | None
    at: datetime


class Checked(msgspec.Struct, frozen=True):
    """The school's list before leaving, gone through."""

    points: tuple[str, ...]
    exceptions: dict[str, str]
    """What is not as the policy says, by point, with a word about it."""
    people: tuple[StaffId, ...]
    """Who was going then."""
    by: StaffId
    at: datetime


class Made(msgspec.Struct, frozen=True):
    """A call to school that was made."""

    when: CheckIn
    visit: VisitId | None
    at: datetime


class TripState(msgspec.Struct, frozen=True, kw_only=True):
    """A trip now. Times are as stated (`occurred_at`), UTC-aware."""

    id: TripId
    version: int = 0
    planned: bool = False
    came_loose: bool = False
    loose_by: StaffId | None = None
    """Whose word the first fact was, where it came with no trip."""
    loose_at: datetime | None = None
    visits: tuple[VisitId, ...] = ()
    leave_at: datetime | None = None
    back_by: datetime | None = None
    first_back_by: datetime | None = None
    back_by_confirmed_at: datetime | None = None
    suggested_back_by: datetime | None = None
    """A later time that somebody set whom nobody out has heard of: shown, and no reason to wait."""
    suggested_by: StaffId | None = None
    travel: str = ""
    driver: StaffId | None = None
    travel_agreed: str | None = None
    """How they travel, as a member of SLT agreed to it; None where nobody did."""
    team: tuple[StaffId, ...] = ()
    team_changed_at: datetime | None = None
    """When the team was last changed after it had been named; None where it never was."""
    team_changed_index: int = 0
    """The place in the log of that change."""
    lone_reason: str = ""
    chosen_by: StaffId | None = None
    """Who named those who go, by whose word."""
    chosen_at: datetime | None = None
    watcher: StaffId | None = None
    deputy: StaffId | None = None
    watcher_tested: bool = False
    lodged: tuple[Lodged, ...] = ()
    agreed_call_at: datetime | None = None
    checked: Checked | None = None
    """The school's list before leaving, as it was gone through last."""
    cleared_at: datetime | None = None
    cleared_people: tuple[StaffId, ...] = ()
    reasoned: tuple[str, ...] = ()
    """Requirements that a reason was given for instead when the trip was cleared."""
    voided: str = ""
    called_off_at: datetime | None = None
    departed: dict[StaffId, datetime] = {}
    returned: dict[StaffId, datetime] = {}
    safe: dict[StaffId, datetime] = {}
    calls: tuple[Made, ...] = ()
    stand_down: str | None = None
    phones_shut_out: dict[StaffId, int] = {}
    """How often the office shut out somebody's phone: what their phone held before counts no more."""
    alarms: tuple[Alarm, ...] = ()
    danger: Danger | None = None
    emergency_at: datetime | None = None
    calm_at: datetime | None = None
    """When they last said that the danger is over."""
    taken_by: StaffId | None = None
    """Who last said "I'm dealing with it", about anything on this trip."""
    taken_at: datetime | None = None
    spoken: dict[EventId, Spoken] = {}
    """Calming words typed for a visitor, neither confirmed nor disowned yet."""
    departure_events: tuple[EventId, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether the stream holds anything."""
        return self.version > 0

    @property
    def out(self) -> tuple[StaffId, ...]:
        """Who left and is neither back nor safe by voice, in the order they left, together as they were named."""
        named = {person: place for place, person in enumerate(self.team)}
        still = [p for p, left in self.departed.items() if not self._accounted(p, left)]
        return tuple(sorted(still, key=lambda p: (self.departed[p], named.get(p, len(named)), p)))

    def _accounted(self, person: StaffId, left: datetime) -> bool:
        ends = [at for at in (self.returned.get(person), self.safe.get(person)) if at is not None]
        return any(at >= left for at in ends)

    @property
    def everyone_back(self) -> bool:
        """Somebody left, and everybody who did is back or safe by voice."""
        return bool(self.departed) and not self.out

    @property
    def over(self) -> bool:
        """Nothing more is to come: called off, or everybody accounted for and no danger open."""
        calm = self.danger is None and not self.open_alarms
        return (self.called_off_at is not None and not self.out and calm) or (self.everyone_back and calm)

    def settings_of(self, at: datetime) -> datetime:
        """The instant whose settings judge a step at `at` (DV-03).

        Whoever is out goes on under the settings they left under: from the first departure until everybody is back
        and it is calm. Before and after, a step is judged by the settings of its own time.
        """
        left = min(self.departed.values(), default=None)
        if left is None or at < left:
            return at
        return at if self.over and at > self._last_back else left

    @property
    def _last_back(self) -> datetime:
        return max((*self.departed.values(), *self.returned.values(), *self.safe.values()))

    @property
    def open_alarms(self) -> tuple[Alarm, ...]:
        """Alarms that nobody has resolved."""
        return tuple(alarm for alarm in self.alarms if alarm.resolved_at is None)

    def open_alarm(self, about: AlarmAbout, visit: VisitId | None = None) -> Alarm | None:
        """The open alarm of one kind (and, for calls on leaving, of one door)."""
        return next((a for a in self.open_alarms if a.about is about and a.visit == visit), None)

    @property
    def agreed_call_made(self) -> bool:
        """Whether the call agreed for a fixed time was made."""
        return any(call.when in (CheckIn.AGREED_TIME, CheckIn.AFTER_VISIT) for call in self.calls)

    def called(self, visit: VisitId, *kinds: CheckIn) -> datetime | None:
        """When one of these calls was made for a door; a trip with one door needs no door named."""
        only = self.visits == (visit,)
        for call in self.calls:
            if call.when in kinds and (call.visit == visit or (call.visit is None and only)):
                return call.at
        return None


def _in_alarm(state: TripState, **changes: object) -> TripState:
    alarms = tuple(replace(a, **changes) if a.resolved_at is None else a for a in state.alarms)
    danger = replace(state.danger, **changes) if state.danger is not None else None
    return replace(state, alarms=alarms, danger=danger)


def _attempted(state: TripState, event: e.ContactAttempted, at: datetime, by: StaffId) -> TripState:
    attempt = Attempt(event.step, event.person, event.result, at, by, event.visit)
    danger = state.danger
    if danger is not None:
        danger = replace(danger, attempts=(*danger.attempts, attempt))
    return replace(state, alarms=attempted(state.alarms, attempt), danger=danger)


def _latest(known: dict[StaffId, datetime], person: StaffId, at: datetime) -> dict[StaffId, datetime]:
    """The same thing said twice, or late, counts at its latest time."""
    return {**known, person: max(at, known.get(person, at))}


def _moved(state: TripState, event: e.BackByMoved, by: StaffId) -> TripState:
    if not event.agreed:
        return replace(state, suggested_back_by=event.back_by, suggested_by=by)
    return replace(
        state,
        back_by=event.back_by,
        first_back_by=state.first_back_by or event.back_by,
        back_by_confirmed_at=None,
        suggested_back_by=None,
        suggested_by=None,
    )


def _heard(
    state: TripState,
    envelope: Envelope,
    person: StaffId | None = None,
    was: datetime | None = None,
    back_by: datetime | None = None,
) -> TripState:
    """Remember a calming word that was typed for somebody else."""
    if envelope.said_by is None or envelope.said_by == envelope.actor:
        return state
    word = Spoken(
        topic=envelope.topic,
        said_by=envelope.said_by,
        typed_by=envelope.actor,
        at=envelope.occurred_at,
        person=person,
        was=was,
        back_by=back_by,
    )
    return replace(state, spoken={**state.spoken, envelope.event_id: word})


def _answered(state: TripState, target: EventId, *, disowned: bool) -> TripState:
    """A spoken word was confirmed, or disowned: then nobody is back, safe or given more time by it."""
    word = state.spoken.get(target)
    if word is None:
        return state
    state = replace(state, spoken={key: kept for key, kept in state.spoken.items() if key != target})
    if not disowned:
        return state
    if word.topic == e.BackByMoved.TOPIC:
        return replace(state, back_by=word.was) if word.was and state.back_by == word.back_by else state
    without = {p: at for p, at in state.returned.items() if p != word.person}
    return replace(state, returned=without, safe={p: at for p, at in state.safe.items() if p != word.person})


def evolve(  # noqa: C901, PLR0911, PLR0912 - one arm an event, so that none can be forgotten
    state: TripState, event: e.TripEvent | shared.SharedEvent, envelope: Envelope
) -> TripState:
    """The trip after one more event."""
    at = envelope.occurred_at
    state = replace(state, version=envelope.version)
    match event:
        case e.TripPlanned():
            return replace(
                state,
                planned=True,
                visits=tuple(dict.fromkeys((*state.visits, *event.visits))),
                leave_at=event.leave_at,
                back_by=event.back_by,
                first_back_by=state.first_back_by or event.back_by,
                travel=event.travel,
                driver=event.driver,
            )
        case e.TravelPlanned():
            return replace(state, travel=event.travel, driver=event.driver)
        case e.TravelAgreed():
            return replace(state, travel_agreed=event.way)
        case e.VisitAddedToTrip():
            return replace(state, visits=tuple(dict.fromkeys((*state.visits, event.visit))))
        case e.TeamNamed():
            chosen = {"chosen_by": envelope.person, "chosen_at": at}
            named = replace(state, team=event.people, lone_reason=event.lone_reason, **chosen)
            changed = bool(state.team) and set(state.team) != set(event.people)
            return replace(named, team_changed_at=at, team_changed_index=envelope.index) if changed else named
        case e.WatcherNamed():
            return replace(state, watcher=event.watcher, deputy=event.deputy, watcher_tested=event.tested)
        case e.WhereaboutsLodged():
            lodged = (
                *(held for held in state.lodged if held.holder != event.holder),
                Lodged(event.holder, event.told, at),
            )
            return replace(state, lodged=lodged, agreed_call_at=event.agreed_call_at or state.agreed_call_at)
        case e.ChecksConfirmed():
            checked = Checked(event.points, event.exceptions, state.team, envelope.person, at)
            return replace(state, checked=checked)
        case e.TripCleared():
            reasoned = tuple(event.reasons)
            return replace(state, cleared_at=at, cleared_people=event.people, reasoned=reasoned, voided="")
        case e.ClearanceVoided():
            return replace(state, cleared_at=None, cleared_people=(), voided=event.why)
        case e.TripCalledOff():
            return replace(state, called_off_at=at)
        case e.StaffDeparted():
            ids = (*state.departure_events, envelope.event_id)
            return replace(state, departed=_latest(state.departed, event.person, at), departure_events=ids)
        case e.StaffReturned():
            back = replace(state, returned=_latest(state.returned, event.person, at))
            return _heard(back, envelope, event.person)
        case e.PersonSafeByVoice():
            safe = replace(state, safe=_latest(state.safe, event.person, at))
            return _heard(safe, envelope, event.person)
        case e.BackByConfirmed():
            return replace(state, back_by_confirmed_at=at)
        case e.BackByMoved():
            return _heard(_moved(state, event, envelope.person), envelope, was=event.was, back_by=event.back_by)
        case e.CheckInMade():
            return replace(state, calls=(*state.calls, Made(event.when, event.visit, at)))
        case e.StandDownCalled():
            return replace(state, stand_down=event.why)
        case e.PhoneShutOut():
            times = state.phones_shut_out.get(event.person, 0) + 1
            return replace(state, phones_shut_out={**state.phones_shut_out, event.person: times})
        case e.OverdueRaised():
            alarm = Alarm(about=event.about, due_at=event.due_at, found_at=event.found_at, visit=event.visit)
            return replace(state, alarms=(*state.alarms, alarm))
        case e.AlarmTaken():
            taken = _in_alarm(state, taken_by=event.person, taken_at=at)
            return replace(taken, taken_by=event.person, taken_at=at)
        case e.ContactAttempted():
            return _attempted(state, event, at, envelope.person)
        case e.SeniorStaffInformed():
            return _in_alarm(state, senior=event.told or envelope.person, senior_informed_at=at)
        case e.OverdueResolved():
            return replace(state, alarms=resolved(state.alarms, event.about, event.visit, at))
        case e.DangerReported():
            return replace(state, danger=Danger(at=at, visit=event.visit, text=event.text))
        case e.DangerOver():
            return replace(state, danger=None, calm_at=at)
        case e.EmergencyServicesCalled():
            return replace(state, emergency_at=at)
        case e.FactCameLoose():
            return replace(state, came_loose=True, loose_by=envelope.person, loose_at=at)
        case shared.SpokenWordConfirmed():
            return _answered(state, event.target, disowned=False)
        case shared.SpokenWordDisowned():
            return _answered(state, event.target, disowned=True)
        case _ if isinstance(event, shared.Beside):
            return state
        case _:
            assert_never(event)


def fold(trip: TripId, recorded: Iterable[Recorded]) -> TripState:
    """The trip that a stream's events, as they stand corrected, add up to."""
    return corrections.fold(TripState(id=trip), evolve, recorded)
