"""Which records the settings ask for: one about each pupil, with a key that never changes. Pure.

A visit's record begins once the visit is over, so that it goes out whole; a concern's at once. What a school's scope
leaves out stays out, except that at a school which names purposes a visit enters when a concern arises (WL-40).
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from domain.concern.state import ConcernState
from domain.ids import ConcernId, EventId, PupilId, StaffId, TripId, VisitId
from domain.policy import Policy
from domain.trip.state import TripState
from domain.visit.events import CancelReason, SafetyKind
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.doors import Door

Kind = Literal["visit", "safety_cancellation", "animal_cancellation", "concern", "contact"]

NO_PUPIL = "unnamed"
"""Stands in a key where nobody said which pupil it is about."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the school spoke with a family, apart from the visit itself (NH-19, NH-42)."""

    event: EventId
    what: str
    """The event's topic."""
    visit: VisitId | None
    trip: TripId | None
    """For a call during a trip, which does not say which of the homes was rung."""
    at: datetime
    index: int


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the log a concern was raised."""

    concern: ConcernId
    index: int


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was exported."""

    key: str
    export: EventId
    system: str
    how: str
    reference: str
    by: StaffId
    at: datetime
    index: int
    taken_back: bool = False


class ExportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Something about one pupil that must reach the record system."""

    key: str
    """`<kind>.<visit, concern or event>.<pupil>`: the same for ever, so that it is exported once (DV-18)."""
    kind: Kind
    pupil: PupilId | None
    """None where nobody said which child: say so in the record system."""
    name: str
    """The pupil's name; empty without one."""
    year_group: str
    class_name: str
    visit: VisitId | None
    trip: TripId | None
    """The visit's trip, or the one that a call was made on."""
    concern: ConcernId | None
    event: EventId | None
    """The one event a contact is about."""
    what: str
    """For a contact its topic, for a concern its category."""
    purpose: str
    street: str
    at: datetime
    """When it happened, as stated: at the door, or when it was called off, or when the concern was raised."""
    complete: bool
    """False for a visit that is over and not written up: what is exported now stays as it stands."""
    why: str
    """The part of the scope that asks for it: `all_visits`, `purpose:attendance`, `concerns`, ..."""


class _All(msgspec.Struct, frozen=True):
    """Everything that a record may be about."""

    visits: Mapping[VisitId, VisitState]
    trip_of: Mapping[VisitId, TripState]
    concerns_of: Mapping[VisitId, tuple[tuple[PupilId, ...], ...]]
    known: Directory


def key_of(kind: Kind, source: UUID, pupil: PupilId | None) -> str:
    """The record's stable key."""
    return f"{kind}.{source}.{pupil or NO_PUPIL}"


def reference_of(key: str) -> str:
    """A record's key as people copy it out: short, and the same for ever.

    >>> reference_of("visit.0190a000-0000-7000-8000-000000000001.unnamed")
    'D-E225-9C6F'
    """
    short = hashlib.sha256(key.encode()).hexdigest()[:8].upper()
    return f"D-{short[:4]}-{short[4:]}"


def pupil_in(key: str) -> PupilId | None:
    """The pupil that a key is about; None where it names none, or where somebody typed a key of their own."""
    last = key.rpartition(".")[2]
    try:
        return None if last == NO_PUPIL else PupilId(UUID(last))
    except ValueError:
        return None


def records(
    *,
    visits: Iterable[VisitState],
    trips: Iterable[TripState],
    concerns: Iterable[ConcernState],
    contacts: Iterable[Contact],
    raised: Iterable[Raised],
    doors: Iterable[Door],
    known: Directory,
) -> tuple[ExportRecord, ...]:
    """Every record that the settings ask for, oldest first. None before settings are adopted."""
    if not known.policies:
        return ()
    trip_of = {visit: trip for trip in trips for visit in trip.visits}
    by_visit = {door.visit: door for door in doors}
    places = {row.concern: row.index for row in raised}
    worries = [(c, _about(c, by_visit, trip_of, places)) for c in concerns if c.raised_at is not None]
    of: dict[VisitId, list[tuple[PupilId, ...]]] = {}
    for concern, pupils in worries:
        door = concern.visit or _only_door(concern.trip, trip_of)
        if door is not None:
            of.setdefault(door, []).append(pupils)
    every = _All({v.id: v for v in visits}, trip_of, {v: tuple(p) for v, p in of.items()}, known)
    found = [
        *(record for visit in every.visits.values() for record in _of_visit(visit, every)),
        *(record for contact in contacts for record in _of_contact(contact, every)),
        *(record for concern, pupils in worries for record in _of_concern(concern, pupils, every)),
    ]
    return tuple(sorted(found, key=lambda record: (record.at, record.key)))


def _about(
    concern: ConcernState,
    doors: Mapping[VisitId, Door],
    trip_of: Mapping[VisitId, TripState],
    places: Mapping[ConcernId, int],
) -> tuple[PupilId, ...]:
    """Whom the concern is about, after a visit was moved to the right pupil."""
    visit = concern.visit or _only_door(concern.trip, trip_of)
    door = doors.get(visit) if visit is not None else None
    return door.rightly(concern.pupils, places.get(concern.id, 0)) if door is not None else concern.pupils


def _only_door(trip: TripId | None, trip_of: Mapping[VisitId, TripState]) -> VisitId | None:
    """The visit meant by a fact that names only a trip; None where the trip has several."""
    doors = [visit for visit, state in trip_of.items() if state.id == trip]
    return doors[0] if len(doors) == 1 else None


_BY_THE_FAMILY = (CancelReason.NO_ANSWER, CancelReason.FAMILY_LATE, CancelReason.DECLINED, CancelReason.NO_ADULT)


def _happened(visit: VisitState) -> datetime | None:
    """When the visit took place or failed; None for one that never came to a contact."""
    if visit.arrived_at is not None:
        return visit.arrived_at
    off = visit.cancelled
    return off.at if off is not None and off.reason in _BY_THE_FAMILY else None


def _over(visit: VisitState, trip: TripState | None) -> bool:
    """Whether nothing more is expected to happen at the door."""
    ended = visit.recorded_at or visit.left_at or visit.cancelled
    return ended is not None or (trip is not None and trip.everyone_back)


def _of_visit(visit: VisitState, every: _All) -> Iterable[ExportRecord]:
    off = visit.cancelled if visit.cancelled is not None and visit.cancelled.safety else None
    worries = every.concerns_of.get(visit.id, ())
    happened = _happened(visit)
    at = happened or (off.at if off else None) or (visit.requested_at if worries else None)
    if at is None or not _over(visit, every.trip_of.get(visit.id)):
        return
    policy = every.known.policy_at(at)
    for pupil in visit.pupils or (None,):
        why = _asks_for_visit(policy, visit, pupil, worries, took_place=happened is not None)
        if why:
            yield _record("visit", visit.id, pupil, at, why, every, visit=visit)
        elif off is not None:
            kind: Kind = "animal_cancellation" if off.kind is SafetyKind.ANIMAL else "safety_cancellation"
            if f"{kind}s" in policy.value("record_scope"):
                yield _record(kind, visit.id, pupil, off.at, f"{kind}s", every, visit=visit)


def _asks_for_visit(
    policy: Policy,
    visit: VisitState,
    pupil: PupilId | None,
    worries: Iterable[tuple[PupilId, ...]],
    *,
    took_place: bool,
) -> str:
    """The part of the scope that asks for this visit's record; "" where none does."""
    scope = tuple(policy.value("record_scope"))
    if took_place:
        purposes = {f"purpose:{visit.purpose}"} | ({"purpose:safeguarding"} if visit.safeguarding else set())
        found = next((part for part in scope if part in {"all_visits", "all_contacts"} | purposes), "")
        if found:
            return found
    named = "concerns" in scope and any(part.startswith("purpose:") for part in scope)
    return "concerns" if named and any(not about or pupil in about for about in worries) else ""


def _of_contact(contact: Contact, every: _All) -> Iterable[ExportRecord]:
    if "all_contacts" not in every.known.policy_at(contact.at).value("record_scope"):
        return
    visit_id = contact.visit or _only_door(contact.trip, every.trip_of)
    visit = every.visits.get(visit_id) if visit_id is not None else None
    for pupil in (visit.pupils if visit is not None else ()) or (None,):
        yield _record(
            "contact",
            contact.event,
            pupil,
            contact.at,
            "all_contacts",
            every,
            visit=visit,
            event=contact.event,
            trip=contact.trip,
            what=contact.what,
        )


def _of_concern(concern: ConcernState, pupils: tuple[PupilId, ...], every: _All) -> Iterable[ExportRecord]:
    at = concern.raised_at
    if at is None:
        return
    scope = every.known.policy_at(at).value("record_scope")
    why = next((part for part in ("concerns", "all_contacts") if part in scope), "")
    if not why:
        return
    visit = every.visits.get(concern.visit) if concern.visit is not None else None
    for pupil in pupils or (None,):
        yield _record(
            "concern", concern.id, pupil, at, why, every, visit=visit, concern=concern.id, what=concern.category
        )


def _record(  # noqa: PLR0913 - the facts of one record, by name
    kind: Kind,
    source: UUID,
    pupil: PupilId | None,
    at: datetime,
    why: str,
    every: _All,
    *,
    visit: VisitState | None,
    trip: TripId | None = None,
    concern: ConcernId | None = None,
    event: EventId | None = None,
    what: str = "",
) -> ExportRecord:
    child = every.known.pupils.get(pupil) if pupil is not None else None
    on = every.trip_of.get(visit.id) if visit is not None else None
    written = visit is None or visit.recorded_at is not None or visit.cancelled is not None
    return ExportRecord(
        key=key_of(kind, source, pupil),
        kind=kind,
        pupil=pupil,
        name=child.name if child is not None else "",
        year_group=child.year_group if child is not None else "",
        class_name=child.class_name if child is not None else "",
        visit=visit.id if visit is not None else None,
        trip=trip or (on.id if on is not None else None),
        concern=concern,
        event=event,
        what=what,
        purpose=visit.purpose if visit is not None else "",
        street=visit.street if visit is not None else "",
        at=at,
        complete=written if kind == "visit" else True,
        why=why,
    )
