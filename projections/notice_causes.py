"""What happened of which somebody must be told: the rows that `projections.notices` is asked of.

The people are those who held the named roles when it happened. One person in two roles gets one message (SP-59).
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from domain.concern.state import ConcernState
from domain.envelope import Envelope, Recorded
from domain.event import Event
from domain.glass.events import GlassBroken
from domain.ids import ConcernId, EventId, PupilId, StaffId, StreamKind, TripId, VisitId
from domain.policy import Policy, Source
from domain.pupil import state as pupil
from domain.pupil.events import AbsenceExplained, AbsenceFlagged, AbsenceReported
from domain.school.events import SettingsAdopted
from domain.shared.corrections import effective
from domain.shared.events import DeviationNoted, EventCorrected, PersonTold
from domain.staff.state import Person
from domain.trip.events import TripPlanned, VisitAddedToTrip, WhereaboutsLodged
from domain.trip.state import TripState
from domain.visit.events import StaffArrived
from domain.visit.state import VisitState
from projections.directory import Adopted, adopted, by_start, in_force, policy_of
from projections.following import follow
from projections.notice_people import Circle, Message, glass_broken, messages_for
from projections.notice_rules import Wanted, wanted
from projections.notices_told import SaidTold, keep_told, told_key
from projections.rows import Past, Rows
from projections.visit_stages import microseconds


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody, as of the event that is folded."""

    people: dict[StaffId, Person] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of the settings so far, by when they come into force."""

    versions: tuple[Adopted, ...] = ()


class OnTrip(msgspec.Struct, frozen=True, kw_only=True):
    """The trip that a visit is on, or was last."""

    trip: TripId


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, and who must be told of it; its key is the event."""

    event: EventId
    index: int
    about: str
    at: datetime
    since: int
    """`at` in microseconds since 1970: what happened lately is found by it."""
    visit: VisitId | None
    trip: TripId | None
    concern: ConcernId | None
    pupils: tuple[PupilId, ...]
    setting: str
    source: Source
    clauses: tuple[str, ...]
    messages: tuple[Message, ...]
    outsider: StaffId | None = None
    """Who of another school opened this one's records, where that is what happened."""
    taken_back: bool = False
    """The event was corrected away (a mistaken tap): whoever heard of it should hear that too."""
    waiting: bool = True
    """Somebody has still to be told."""

    def key_of(self, message: Message) -> str:
        """The key under which it is kept that this message was passed on."""
        return told_key(self.event, self.about, message.person, message.words[0])


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """States, who holds which role, the settings; and the causes with their messages."""
    envelope, event = recorded
    kind = envelope.stream.kind
    before = rows.get("visit", envelope.stream.id, VisitState) if kind is StreamKind.VISIT else None
    after = follow(recorded, rows, past) if kind is not StreamKind.PUPIL else None
    if isinstance(event, SettingsAdopted):
        known = rows.get("book", "settings", Settings) or Settings()
        rows.put("book", "settings", Settings(versions=by_start((*known.versions, adopted(event)))))
    elif isinstance(after, Person):
        book = rows.get("book", "people", People) or People()
        rows.put("book", "people", People(people={**book.people, after.id: after}))
    _route(event, envelope, rows)
    keep_told(recorded, rows, recorded)
    _said_since(recorded, rows, past)
    if isinstance(event, GlassBroken):
        # Told whatever the policy says, and before there is one.
        _put(glass_broken(_circle(None, envelope, rows)), recorded, after, rows)
        return
    policy = _policy(rows, envelope)
    if policy is None or kind in {StreamKind.STAFF, StreamKind.SCHOOL}:
        return
    if isinstance(after, VisitState) and not after.not_seen:
        _seen_after_all(after.id, rows)
    if isinstance(event, WhereaboutsLodged) and event.holder == "safeguarding_team":
        _heard_beforehand(TripId(envelope.stream.id), rows)
    for want in wanted(event, policy, before, after if isinstance(after, VisitState) else None):
        _put(want, recorded, after, rows)


def _seen_after_all(visit: VisitId, rows: Rows) -> None:
    """A child who was not seen has been: the DSL need not decide."""
    last = rows.get("unseen", visit, Causes)
    for key in last.keys if last is not None else ():
        cause = rows.get("cause", key, Cause)
        if cause is not None:
            rows.put("cause", key, msgspec.structs.replace(cause, taken_back=True))
    if last is not None:
        rows.delete("unseen", visit)


def _said_since(recorded: Recorded, rows: Rows, past: Past) -> None:
    """What had happened has been passed on, corrected or explained."""
    envelope, event = recorded
    if isinstance(event, PersonTold):
        _tick(event.target, rows)
    if isinstance(event, EventCorrected):
        _correct(past.stream(envelope.stream, envelope.version), rows)
    if envelope.stream.kind is StreamKind.PUPIL:
        _explained_since(recorded, rows, past)


def _explained_since(recorded: Recorded, rows: Rows, past: Past) -> None:
    """An absence that was to be looked into has been explained by now: nobody need be told of it (SC-27)."""
    envelope = recorded.envelope
    flagged = rows.get("flagged", envelope.stream.id, Causes)
    if flagged is None or not isinstance(recorded.event, AbsenceReported | AbsenceExplained | EventCorrected):
        return
    child = pupil.fold(PupilId(envelope.stream.id), past.stream(envelope.stream, envelope.version))
    open_flags = {flag.index for flag in child.flags if not flag.closed}
    for key in flagged.keys:
        cause = rows.get("cause", key, Cause)
        if cause is not None:
            rows.put("cause", key, msgspec.structs.replace(cause, taken_back=cause.index not in open_flags))


def _heard_beforehand(trip: TripId, rows: Rows) -> None:
    """Somebody left the trip's details with the safeguarding team: nobody waits to be told beforehand (WL-49)."""
    for key in (rows.get("beforehand", trip, Causes) or Causes()).keys:
        rows.delete("cause", key)


def _policy(rows: Rows, envelope: Envelope) -> Policy | None:
    """The settings that the step was judged by; None before there are any."""
    book = rows.get("book", "settings", Settings)
    if book is None:
        return None
    judged = (version for version in book.versions if version.version == envelope.policy_version)
    return policy_of(next(judged, None) or in_force(book.versions, envelope.occurred_at), {})


def _route(event: Event, envelope: Envelope, rows: Rows) -> None:
    match event:
        case TripPlanned(visits=visits):
            for visit in visits:
                rows.put("on", visit, OnTrip(trip=TripId(envelope.stream.id)))
        case VisitAddedToTrip(visit=visit):
            rows.put("on", visit, OnTrip(trip=TripId(envelope.stream.id)))
        case StaffArrived(trip=trip) if trip is not None:
            rows.put("on", envelope.stream.id, OnTrip(trip=trip))
        case _:
            pass  # everything else says nothing about which trip a visit is on


def _tick(target: EventId, rows: Rows) -> None:
    """Somebody was told of an event, or was not after all: whether anybody has still to be."""
    for key in (rows.get("causes", target, Causes) or Causes()).keys:
        cause = rows.get("cause", key, Cause)
        if cause is not None:
            rows.put("cause", key, msgspec.structs.replace(cause, waiting=_waits(cause, rows)))


def _waits(cause: Cause, rows: Rows) -> bool:
    return any(rows.get("told", cause.key_of(message), SaidTold) is None for message in cause.messages)


def _correct(events: Iterable[Recorded], rows: Rows) -> None:
    """What never happened is marked; what happened at another time is placed there."""
    stream = tuple(events)
    effect = {r.envelope.event_id: r for r in effective(stream)}
    for recorded in sorted(stream, key=lambda r: r.envelope.event_id in effect):
        keep_told(recorded, rows, effect.get(recorded.envelope.event_id))
    for _, event in stream:
        if isinstance(event, PersonTold):
            _tick(event.target, rows)
    standing = {event: r.envelope.occurred_at for event, r in effect.items()}
    for envelope, _ in stream:
        for key in (rows.get("causes", envelope.event_id, Causes) or Causes()).keys:
            cause = rows.get("cause", key, Cause)
            if cause is not None:
                at = standing.get(envelope.event_id, cause.at)
                gone = envelope.event_id not in standing
                moved = msgspec.structs.replace(cause, at=at, since=microseconds(at), taken_back=gone)
                rows.put("cause", key, moved)


class Causes(msgspec.Struct, frozen=True, kw_only=True):
    """The rows that one event is a cause of; its key is the event."""

    keys: tuple[str, ...] = ()


def _put(want: Wanted, recorded: Recorded, state: object, rows: Rows) -> None:
    envelope, event = recorded
    # Two deviations of one departure are one cause.
    source = envelope.command_id if isinstance(event, DeviationNoted) else envelope.event_id
    key = f"{source}.{want.about}"
    earlier = rows.get("cause", key, Cause)
    if earlier is not None and isinstance(event, DeviationNoted):
        return
    visit, trip, pupils = _place(state, rows)
    if isinstance(event, AbsenceFlagged):
        pupils = (PupilId(envelope.stream.id),)
        flagged = rows.get("flagged", envelope.stream.id, Causes) or Causes()
        rows.put("flagged", envelope.stream.id, Causes(keys=tuple(dict.fromkeys((*flagged.keys, key)))))
    team = rows.get("trip", trip, TripState) if trip is not None else None
    messages = messages_for(want, _circle(team, envelope, rows), earlier.messages if earlier is not None else ())
    cause = Cause(
        event=envelope.event_id,
        index=envelope.index,
        about=want.about,
        at=envelope.occurred_at,
        since=microseconds(envelope.occurred_at),
        visit=visit,
        trip=trip,
        concern=ConcernId(envelope.stream.id) if envelope.stream.kind is StreamKind.CONCERN else None,
        pupils=pupils,
        outsider=StaffId(envelope.stream.id) if isinstance(event, GlassBroken) else None,
        setting=want.setting,
        source=want.source,
        clauses=want.clauses,
        messages=messages,
    )
    waits = bool(messages) if earlier is None else _waits(cause, rows)
    rows.put("cause", key, msgspec.structs.replace(cause, waiting=waits))
    if want.about == "child_not_seen" and visit is not None:
        rows.put("unseen", visit, Causes(keys=(key,)))
    if want.about == "told_beforehand" and trip is not None:
        rows.put("beforehand", trip, Causes(keys=(key,)))
    told = rows.get("causes", envelope.event_id, Causes) or Causes()
    rows.put("causes", envelope.event_id, Causes(keys=tuple(dict.fromkeys((*told.keys, key)))))


def _circle(trip: TripState | None, envelope: Envelope, rows: Rows) -> Circle:
    people = (rows.get("book", "people", People) or People()).people
    return Circle(people=people, trip=trip, speaker=envelope.person, at=envelope.occurred_at)


def _place(state: object, rows: Rows) -> tuple[VisitId | None, TripId | None, tuple[PupilId, ...]]:
    """The visit, the trip and the children that an event is about."""
    if isinstance(state, TripState):
        only = state.visits[0] if len(state.visits) == 1 else None
        return only, state.id, ()
    visit: VisitId | None = None
    pupils: tuple[PupilId, ...] = ()
    trip: TripId | None = None
    if isinstance(state, VisitState):
        visit, pupils = state.id, state.pupils
    elif isinstance(state, ConcernState):
        visit, pupils, trip = state.visit, state.pupils, state.trip
    on = rows.get("on", visit, OnTrip) if visit is not None else None
    return visit, trip or (on.trip if on is not None else None), pupils
