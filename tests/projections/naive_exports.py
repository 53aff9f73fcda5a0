"""Every record that settings ask for, reckoned from all there is: slow, and told apart from what keeps the rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.concern import state as concern_state
from domain.concern.events import ConcernRaised
from domain.concern.state import ConcernState
from domain.envelope import Recorded
from domain.ids import ConcernId, EventId, PupilId, Stream, StreamKind, TripId, VisitId
from domain.policy import Policy
from domain.shared.corrections import effective
from domain.trip import state as trip_state
from domain.trip.events import ContactAttempted, ContactResult
from domain.trip.state import TripState
from domain.visit import state as visit_state
from domain.visit.events import AppointmentConfirmed, CancelReason, FamilyDeclinedVisit, FamilyDelayReported, SafetyKind
from domain.visit.state import VisitState
from projections.directory import Directory
from projections.doors import Door, door_of
from projections.export_shapes import Contact, ExportRecord, Kind, Raised, key_of


def records_of(log: Iterable[Recorded], known: Directory) -> tuple[ExportRecord, ...]:
    """The records that a whole log and these settings give rise to, oldest first."""
    streams: dict[Stream, list[Recorded]] = {}
    for recorded in log:
        streams.setdefault(recorded.envelope.stream, []).append(recorded)
    of = {kind: {s.id: events for s, events in streams.items() if s.kind is kind} for kind in StreamKind}
    visits, trips, concerns = (of[kind] for kind in (StreamKind.VISIT, StreamKind.TRIP, StreamKind.CONCERN))
    return records(
        visits=[visit_state.fold(VisitId(key), events) for key, events in visits.items()],
        trips=[trip_state.fold(TripId(key), trips[key]) for key in sorted(trips)],
        concerns=[concern_state.fold(ConcernId(key), events) for key, events in concerns.items()],
        contacts=[one for events in (*visits.values(), *trips.values()) for one in _contacts(events)],
        raised=[
            Raised(concern=ConcernId(r.envelope.stream.id), index=r.envelope.index)
            for events in concerns.values()
            for r in events
            if isinstance(r.event, ConcernRaised)
        ],
        doors=[door_of(VisitId(key), events) for key, events in visits.items()],
        known=known,
    )


_NOBODY = (ContactResult.NO_ANSWER, ContactResult.WRONG_NUMBER)


def _contacts(events: Sequence[Recorded]) -> Iterable[Contact]:
    for envelope, event in effective(events):
        spoke = isinstance(event, AppointmentConfirmed | FamilyDeclinedVisit | FamilyDelayReported)
        rang = isinstance(event, ContactAttempted) and event.step == "pupil_home" and event.result not in _NOBODY
        if spoke or rang:
            yield Contact(
                event=envelope.event_id,
                what=envelope.topic,
                visit=VisitId(envelope.stream.id) if spoke else None,
                trip=TripId(envelope.stream.id) if rang else None,
                at=envelope.occurred_at,
                index=envelope.index,
            )


class _All(msgspec.Struct, frozen=True):
    """Everything that a record may be about."""

    visits: Mapping[VisitId, VisitState]
    trip_of: Mapping[VisitId, TripState]
    concerns_of: Mapping[VisitId, tuple[tuple[PupilId, ...], ...]]
    known: Directory


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


def _record(
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
