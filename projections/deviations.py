"""Where did something differ from the policy, why, and has anybody looked at it?

"Not as policy" names the clause. Where the policy is silent it is Doorstep's advice that was not followed: shown,
and counted against nobody. A review of the visit's (or the loose trip's) history looks at all that came before it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.envelope import Recorded
from domain.ids import CommandId, EventId, StaffId, StreamKind, TripId, VisitId
from domain.policy import Source
from domain.roles import Role
from domain.shared.corrections import effective
from domain.shared.events import DeviationExplained, DeviationNoted, EventCorrected, HistoryReviewed
from projections.directory import Directory
from projections.doors import Child, Door, Route, children, follow_doors
from projections.history_lines import Who, who
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME = "deviations"


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Why it came about, as somebody added it."""

    reason: str
    by: StaffId
    recorded_at: datetime


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A deviation; its key is the event."""

    event: EventId
    stream_kind: StreamKind
    stream_id: UUID
    index: int
    at: datetime
    """When the fact happened, as it stands corrected."""
    recorded_at: datetime
    person: StaffId
    role: Role
    rule: str
    says: str
    source: Source
    clauses: tuple[str, ...]
    about_topic: str
    reason: str
    whys: tuple[Why, ...] = ()
    stands: bool = True
    """False where the deviation, or every fact it speaks of, was taken back."""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """The last review of a stream; its key is kind and id."""

    stream: str
    index: int
    by: StaffId
    recorded_at: datetime


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """The deviations of each stream as they stand, its last review, and what is needed to name the door."""
    envelope, event = recorded
    follow_doors(recorded, rows, past)
    if isinstance(event, DeviationNoted | DeviationExplained | EventCorrected):
        for row in _noted(past.stream(envelope.stream, envelope.version)):
            rows.put("deviation", row.event, row)
    elif isinstance(event, HistoryReviewed):
        stream = f"{envelope.stream.kind}:{envelope.stream.id}"
        looked = Looked(stream=stream, index=envelope.index, by=envelope.person, recorded_at=envelope.recorded_at)
        rows.put("looked", stream, looked)


def _noted(events: Sequence[Recorded]) -> Iterable[Noted]:
    """The deviations of one stream, also those that were taken back: a later correction may bring them back."""
    standing = {r.envelope.event_id: r.envelope for r in effective(events)}
    facts: dict[tuple[CommandId, str], list[EventId]] = {}
    for envelope, event in events:
        facts.setdefault((envelope.command_id, envelope.topic), []).append(envelope.event_id)
        if not isinstance(event, DeviationNoted):
            continue
        about = facts.get((envelope.command_id, event.about_topic), [])
        left = [standing[fact] for fact in about if fact in standing]
        yield Noted(
            event=envelope.event_id,
            stream_kind=envelope.stream.kind,
            stream_id=envelope.stream.id,
            index=envelope.index,
            at=left[-1].occurred_at if left else envelope.occurred_at,
            recorded_at=envelope.recorded_at,
            person=envelope.person,
            role=envelope.role,
            rule=event.rule,
            says=event.says,
            source=event.source,
            clauses=event.clauses,
            about_topic=event.about_topic,
            reason=event.reason,
            whys=tuple(_whys(events, envelope.event_id, standing)),
            stands=envelope.event_id in standing and (bool(left) or not about),
        )


def _whys(events: Iterable[Recorded], deviation: EventId, standing: Iterable[EventId]) -> Iterable[Why]:
    for envelope, event in events:
        if isinstance(event, DeviationExplained) and event.deviation == deviation and envelope.event_id in standing:
            yield Why(reason=event.reason, by=envelope.person, recorded_at=envelope.recorded_at)


PROJECTION = Projection(
    name=NAME,
    version=1,
    kinds=frozenset({StreamKind.VISIT, StreamKind.TRIP, StreamKind.CONCERN}),
    fold=fold,
    indexes=(
        "((body->>'stands'), ((body->>'index')::bigint)) WHERE kind = 'deviation'",
        "USING gin ((body->'trips')) WHERE kind = 'door'",
    ),
)


class WhyShown(msgspec.Struct, frozen=True, kw_only=True):
    """Why it came about, as somebody added it."""

    reason: str
    by: Who
    recorded_at: datetime


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """Something that differed from the policy, or from Doorstep's advice."""

    event: EventId
    """To explain or to correct it by."""
    at: datetime
    recorded_at: datetime
    person: Who
    """Whose deed it was."""
    rule: str
    says: str
    source: Source
    """`default` means "Doorstep advice not followed"."""
    clauses: tuple[str, ...]
    about_topic: str
    """The topic of the fact that it speaks of."""
    reason: str
    whys: tuple[WhyShown, ...]
    visit: VisitId | None
    """The visit whose history shows it: a trip's first one; None for a trip that no visit belongs to."""
    trip: TripId | None
    """Set where it lies on the trip."""
    street: str
    pupils: tuple[Child, ...]
    reviewed_at: datetime | None
    reviewed_by: Who | None


class Deviations(msgspec.Struct, frozen=True, kw_only=True):
    """Deviations that stand, newest first."""

    not_as_policy: tuple[Deviation, ...]
    """Not looked at yet."""
    advice: tuple[Deviation, ...]
    """Doorstep advice not followed, not looked at yet: counted against nobody."""
    reviewed: tuple[Deviation, ...]
    """The last ones that somebody looked at, 100 at most."""


def deviations(view: View, directory: Directory, most: int = 1000) -> Deviations:
    """What is to be looked at, and what was, among the last `most` deviations."""
    rows = view.where(
        NAME,
        Noted,
        "kind = 'deviation' AND body->>'stands' = 'true' ORDER BY (body->>'index')::bigint DESC LIMIT %(most)s",
        most=most,
    )
    places = _Places(view, rows)
    found = tuple(places.show(directory, row) for row in rows)
    waiting = [d for d in found if d.reviewed_at is None]
    return Deviations(
        not_as_policy=tuple(d for d in waiting if d.source is not Source.DEFAULT),
        advice=tuple(d for d in waiting if d.source is Source.DEFAULT),
        reviewed=tuple(d for d in found if d.reviewed_at is not None)[:100],
    )


class _Places:
    """Doors, trips and reviews of some deviations, read in a few queries for all of them."""

    def __init__(self, view: View, rows: Sequence[Noted]) -> None:
        trips = [str(row.stream_id) for row in rows if row.stream_kind is StreamKind.TRIP]
        routes = view.where(NAME, Route, "kind = 'route' AND key = ANY(%(keys)s)", keys=trips) if trips else ()
        self.of_trip: dict[UUID, list[VisitId]] = {route.trip: list(route.visits) for route in routes}
        arrived = view.where(NAME, Door, "kind = 'door' AND body->'trips' ?| %(keys)s ORDER BY key", keys=trips)
        for door in arrived:
            for trip in door.trips:
                self.of_trip.setdefault(trip, []).append(door.visit)
        visits = {row.stream_id for row in rows if row.stream_kind is StreamKind.VISIT}
        visits.update(visit for several in self.of_trip.values() for visit in several)
        keys = [str(visit) for visit in visits]
        found = view.where(NAME, Door, "kind = 'door' AND key = ANY(%(keys)s)", keys=keys)
        self.doors: dict[UUID, Door] = {door.visit: door for door in found}
        streams = [*(f"visit:{key}" for key in keys), *(f"trip:{key}" for key in trips)]
        looked = view.where(NAME, Looked, "kind = 'looked' AND key = ANY(%(keys)s)", keys=streams)
        self.looked = {one.stream: one for one in looked}

    def show(self, directory: Directory, row: Noted) -> Deviation:
        on_trip = row.stream_kind is StreamKind.TRIP
        visits = self.of_trip.get(row.stream_id, []) if on_trip else [VisitId(row.stream_id)]
        streams = [f"{row.stream_kind}:{row.stream_id}", *(f"visit:{visit}" for visit in visits)]
        looks = [self.looked[s] for s in streams if s in self.looked and self.looked[s].index > row.index]
        look = min(looks, key=lambda one: one.index, default=None)
        doors = [self.doors[visit] for visit in visits if visit in self.doors]
        pupils = dict.fromkeys(pupil for door in doors for pupil in door.pupils)
        return Deviation(
            event=row.event,
            at=row.at,
            recorded_at=row.recorded_at,
            person=who(directory.people, row.person, row.role),
            rule=row.rule,
            says=row.says,
            source=row.source,
            clauses=row.clauses,
            about_topic=row.about_topic,
            reason=row.reason,
            whys=tuple(
                WhyShown(reason=why.reason, by=who(directory.people, why.by), recorded_at=why.recorded_at)
                for why in row.whys
            ),
            visit=visits[0] if visits else None,
            trip=TripId(row.stream_id) if on_trip else None,
            street=", ".join(dict.fromkeys(door.street for door in doors if door.street)),
            pupils=children(directory, pupils),
            reviewed_at=None if look is None else look.recorded_at,
            reviewed_by=None if look is None else who(directory.people, look.by),
        )
