"""How corrections are read: the log keeps both, and a fold sees what is true."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from domain.envelope import Envelope, Recorded
from domain.erasure.events import AboutErasure, PersonalDataErased
from domain.event import Erased
from domain.shared.events import EventCorrected

S = TypeVar("S", bound=msgspec.Struct)


def effective(recorded: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """The events of one stream as they stand corrected: retracted ones left out, times put right (DV-01).

    Erased ones are left out too: nothing can be made of an envelope alone (DV-11).

    A correction may itself be retracted; then what it corrected stands again.
    """
    events = tuple(r for r in recorded if not isinstance(r.event, Erased))
    corrections = [r for r in events if isinstance(r.event, EventCorrected)]
    standing: dict[object, EventCorrected] = {}
    undone: set[object] = set()
    for envelope, event in reversed(corrections):
        assert isinstance(event, EventCorrected)  # noqa: S101 - filtered just above; tells mypy
        if envelope.event_id in undone:
            continue
        if event.retracts:
            undone.add(event.target)
        else:
            standing.setdefault(event.target, event)
    out = []
    for envelope, event in events:
        if envelope.event_id in undone:
            continue
        correction = standing.get(envelope.event_id)
        if correction is not None and correction.occurred_at is not None:
            out.append(Recorded(msgspec.structs.replace(envelope, occurred_at=correction.occurred_at), event))
        else:
            out.append(Recorded(envelope, event))
    return tuple(out)


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
