"""Who must be told, how and how fast. Doorstep does not send or ring anyone yet (DV-19): told is whom a person told.

The people are those who held the named roles when it happened. One person in two roles gets one message (SP-59).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from domain.concern.state import ConcernState
from domain.envelope import Envelope, Recorded
from domain.event import Event
from domain.ids import ConcernId, EventId, PupilId, StaffId, StreamKind, TripId, VisitId
from domain.policy import Policy, Source
from domain.school.events import SettingsAdopted
from domain.shared.corrections import effective
from domain.shared.events import DeviationNoted, EventCorrected
from domain.staff.state import Person
from domain.trip.events import TripPlanned, VisitAddedToTrip, WhereaboutsLodged
from domain.trip.state import TripState
from domain.visit.events import StaffArrived
from domain.visit.state import VisitState
from projections.directory import Adopted, Directory
from projections.following import follow
from projections.history_lines import who
from projections.notice_people import OUTSIDE, Circle, Message, messages_for
from projections.notice_rules import FAMILY, Speed, Wanted, wanted
from projections.notices_told import SaidTold, keep_told, told_key
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME = "notices"


class People(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody, as of the event that is folded."""

    people: dict[StaffId, Person] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of the settings so far."""

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
    visit: VisitId | None
    trip: TripId | None
    concern: ConcernId | None
    pupils: tuple[PupilId, ...]
    setting: str
    source: Source
    clauses: tuple[str, ...]
    messages: tuple[Message, ...]
    taken_back: bool = False
    """The event was corrected away (a mistaken tap): whoever heard of it should hear that too."""


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """States, who holds which role, the settings; and the causes with their messages."""
    envelope, event = recorded
    kind = envelope.stream.kind
    before = rows.get("visit", envelope.stream.id, VisitState) if kind is StreamKind.VISIT else None
    after = follow(recorded, rows, past)
    if isinstance(event, SettingsAdopted):
        known = rows.get("book", "settings", Settings) or Settings()
        rows.put("book", "settings", Settings(versions=(*known.versions, _adopted(event))))
    elif isinstance(after, Person):
        book = rows.get("book", "people", People) or People()
        rows.put("book", "people", People(people={**book.people, after.id: after}))
    _route(event, envelope, rows)
    keep_told(recorded, rows, recorded)
    if isinstance(event, EventCorrected):
        _correct(past.stream(envelope.stream, envelope.version), rows)
    policy = _policy(rows, envelope.occurred_at)
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


def _heard_beforehand(trip: TripId, rows: Rows) -> None:
    """Somebody left the trip's details with the safeguarding team: nobody waits to be told beforehand (WL-49)."""
    for key in (rows.get("beforehand", trip, Causes) or Causes()).keys:
        rows.delete("cause", key)


def _adopted(event: SettingsAdopted) -> Adopted:
    return Adopted(
        version=event.version,
        policy_key=event.policy_key,
        title=event.title,
        effective_from=event.effective_from,
        settings=event.settings,
    )


def _policy(rows: Rows, at: datetime) -> Policy | None:
    """The settings in force, by the same rule as `Directory.policy_at`."""
    versions = sorted((rows.get("book", "settings", Settings) or Settings()).versions, key=_by_start)
    if not versions:
        return None
    row = next((v for v in reversed(versions) if v.effective_from <= at), versions[0])
    return Policy(key=row.policy_key, title=row.title, version=row.version, settings=row.settings, clauses={})


def _by_start(row: Adopted) -> tuple[datetime, int]:
    return (row.effective_from, row.version)


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


def _correct(events: Iterable[Recorded], rows: Rows) -> None:
    """What never happened is marked; what happened at another time is placed there."""
    stream = tuple(events)
    effect = {r.envelope.event_id: r for r in effective(stream)}
    for recorded in sorted(stream, key=lambda r: r.envelope.event_id in effect):
        keep_told(recorded, rows, effect.get(recorded.envelope.event_id))
    standing = {event: r.envelope.occurred_at for event, r in effect.items()}
    for envelope, _ in stream:
        for key in (rows.get("causes", envelope.event_id, Causes) or Causes()).keys:
            cause = rows.get("cause", key, Cause)
            if cause is not None:
                at = standing.get(envelope.event_id, cause.at)
                gone = envelope.event_id not in standing
                rows.put("cause", key, msgspec.structs.replace(cause, at=at, taken_back=gone))


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
    team = rows.get("trip", trip, TripState) if trip is not None else None
    circle = Circle(
        people=(rows.get("book", "people", People) or People()).people,
        trip=team,
        speaker=envelope.person,
        at=envelope.occurred_at,
    )
    messages = messages_for(want, circle, earlier.messages if earlier is not None else ())
    cause = Cause(
        event=envelope.event_id,
        index=envelope.index,
        about=want.about,
        at=envelope.occurred_at,
        visit=visit,
        trip=trip,
        concern=ConcernId(envelope.stream.id) if envelope.stream.kind is StreamKind.CONCERN else None,
        pupils=pupils,
        setting=want.setting,
        source=want.source,
        clauses=want.clauses,
        messages=messages,
    )
    rows.put("cause", key, cause)
    if want.about == "child_not_seen" and visit is not None:
        rows.put("unseen", visit, Causes(keys=(key,)))
    if want.about == "told_beforehand" and trip is not None:
        rows.put("beforehand", trip, Causes(keys=(key,)))
    told = rows.get("causes", envelope.event_id, Causes) or Causes()
    rows.put("causes", envelope.event_id, Causes(keys=tuple(dict.fromkeys((*told.keys, key)))))


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


PROJECTION = Projection(
    name=NAME,
    version=4,
    kinds=frozenset(StreamKind) - {StreamKind.PUPIL},
    fold=fold,
)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message that is still to be passed on, by a person."""

    person: StaffId | None
    name: str
    """Who is to be told; for a role that nobody holds, the role word."""
    kind: Literal["person", "family", "outside", "nobody"]
    """`nobody`: nobody at school held the role."""
    words: tuple[str, ...]
    channels: tuple[str, ...]
    speed: Speed
    number: str
    """The person's mobile, where the school holds one."""
    status: Literal["pending", "told"] = "pending"
    """`told` only where a person says that they told them: Doorstep does not send or ring anyone yet."""
    told_by: str = ""
    """The name of whoever says so."""
    told_at: datetime | None = None
    told_how: str = ""
    """`telephone`, `in_person`, `email`, `message`, `record_system`, `other`."""
    told_note: str = ""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, and who must be told of it."""

    event: EventId
    about: str
    at: datetime
    visit: VisitId | None
    trip: TripId | None
    concern: ConcernId | None
    pupils: tuple[str, ...]
    """Names of the children it is about."""
    street: str
    setting: str
    source: Source
    clauses: tuple[str, ...]
    taken_back: bool
    notices: tuple[Notice, ...]


def notices(view: View, known: Directory, *, since: datetime, person: StaffId | None = None) -> tuple[Told, ...]:
    """What happened since an instant and who must be told, newest first; only one person's where `person` is given."""
    rows = view.where(NAME, Cause, "kind = 'cause' AND (body->>'at')::timestamptz >= %(since)s", since=since)
    streets = {v.id: v.street for v in view.all(NAME, "visit", VisitState)}
    said = {one.key: one for one in view.all(NAME, "told", SaidTold)}
    out = []
    for row in sorted(rows, key=lambda r: (r.at, r.index, r.about), reverse=True):
        messages = [m for m in row.messages if person is None or m.person == person]
        if messages:
            out.append(_told(row, messages, streets, known, said))
    return tuple(out)


def _told(
    row: Cause,
    messages: Iterable[Message],
    streets: Mapping[VisitId, str],
    known: Directory,
    said: Mapping[str, SaidTold],
) -> Told:
    return Told(
        event=row.event,
        about=row.about,
        at=row.at,
        visit=row.visit,
        trip=row.trip,
        concern=row.concern,
        pupils=tuple(known.pupils[p].name for p in row.pupils if p in known.pupils),
        street=streets.get(row.visit, "") if row.visit is not None else "",
        setting=row.setting,
        source=row.source,
        clauses=row.clauses,
        taken_back=row.taken_back,
        notices=tuple(
            _notice(m, known, said.get(told_key(row.event, row.about, m.person, m.words[0]))) for m in messages
        ),
    )


def _notice(message: Message, known: Directory, said: SaidTold | None) -> Notice:
    found = known.people.get(message.person) if message.person is not None else None
    kind: Literal["person", "family", "outside", "nobody"] = "person"
    if message.person is None:
        kind = "family" if FAMILY in message.words else "outside" if OUTSIDE & set(message.words) else "nobody"
    return Notice(
        person=message.person,
        name=(found.name if found is not None else "somebody") if message.person is not None else message.words[0],
        kind=kind,
        words=message.words,
        channels=message.channels,
        speed=message.speed,
        number=found.mobile if found is not None else "",
        status="pending" if said is None else "told",
        told_by=who(known.people, said.by).name if said is not None else "",
        told_at=said.at if said is not None else None,
        told_how=said.channel if said is not None else "",
        told_note=said.note if said is not None else "",
    )
