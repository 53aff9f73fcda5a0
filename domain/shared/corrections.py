"""How corrections are read: the log keeps both, and a fold sees what is true."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from domain.envelope import Envelope, Recorded
from domain.erasure.events import AboutErasure, PersonalDataErased
from domain.event import Erased, Event
from domain.shared.events import EventCorrected

S = TypeVar("S", bound=msgspec.Struct)

_FREE_TEXT: Final = frozenset(
    {
        *("text", "note", "reason", "why", "purpose_text", "contacts_tried", "child_described", "action", "instead"),
        *("who", "adult_name", "with_whom", "travel", "different_today", "lone_reason", "on_site_reason"),
        *("agency", "worker", "agency_role", "shared_aim"),
    }
)
"""What somebody typed in their own words. An address or a number has a command of its own, for plans hang on it."""

_TIMES: Final[Mapping[str, tuple[str, ...]]] = {
    "visit.appointment_confirmed.v1": ("at",),
    "visit.appointment_changed.v1": ("at",),
    "visit.family_delay.v1": ("expected_at",),
    "visit.agency_liaison.v1": ("contacted_at",),
    "trip.whereabouts_lodged.v1": ("agreed_call_at",),
}
"""By topic: times that somebody said, apart from when the event happened."""


def texts_of(event: Event) -> dict[str, str]:
    """The words of an event that a correction may put right, by field."""
    names = (name for name in event.PERSONAL if name in _FREE_TEXT)
    return {name: said for name in names if isinstance(said := getattr(event, name, None), str)}


def times_of(event: Event) -> dict[str, datetime | None]:
    """The times stated in an event that a correction may put right, by field."""
    return {name: getattr(event, name) for name in _TIMES.get(event.TOPIC, ())}


def effective(recorded: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """The events of one stream as they stand corrected: retracted ones left out, times and words put right (DV-01).

    Erased ones are left out too: nothing can be made of an envelope alone (DV-11).

    Of two corrections of one thing the later one counts. A correction may itself be retracted; then what it corrected
    stands again.
    """
    events = tuple(r for r in recorded if not isinstance(r.event, Erased))
    corrections = [r for r in events if isinstance(r.event, EventCorrected)]
    standing: dict[object, list[EventCorrected]] = {}
    undone: set[object] = set()
    for envelope, event in reversed(corrections):
        assert isinstance(event, EventCorrected)  # noqa: S101 - filtered just above; tells mypy
        if envelope.event_id in undone:
            continue
        if event.retracts:
            undone.add(event.target)
        else:
            standing.setdefault(event.target, []).insert(0, event)
    return tuple(
        _put_right(r, standing.get(r.envelope.event_id, ())) for r in events if r.envelope.event_id not in undone
    )


def _put_right(recorded: Recorded, corrections: Iterable[EventCorrected]) -> Recorded:
    envelope, event = recorded
    for correction in corrections:
        if correction.occurred_at is not None:
            envelope = msgspec.structs.replace(envelope, occurred_at=correction.occurred_at)
        words = {name: text for name, text in correction.texts.items() if name in texts_of(event)}
        times = {name: at for name, at in correction.times.items() if name in times_of(event)}
        if words or times:
            event = msgspec.structs.replace(event, **words, **times)
    return Recorded(envelope, event)


def fold(start: S, evolve: Callable[[S, Any, Envelope], S], recorded: Iterable[Recorded], erased: S | None = None) -> S:
    """The state that one stream's events, as they stand corrected, add up to.

    `start` is the state of the empty stream; its `version` becomes the stream's own, retracted events counted.
    After an erasure it goes on from `erased`, whether or not what came before can still be read (DV-11).
    """
    events = tuple(recorded)
    state = start
    for envelope, event in effective(events):
        if isinstance(event, PersonalDataErased):
            state = start if erased is None else erased
        elif not isinstance(event, AboutErasure):
            state = evolve(state, event, envelope)
    return msgspec.structs.replace(state, version=events[-1].envelope.version if events else 0)
