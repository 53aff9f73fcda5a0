"""How corrections are read: the log keeps both, and a fold sees what is true."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from domain.envelope import Envelope, Recorded
from domain.shared.events import EventCorrected

S = TypeVar("S", bound=msgspec.Struct)


def effective(recorded: Iterable[Recorded]) -> tuple[Recorded, ...]:
    """The events of one stream as they stand corrected: retracted ones left out, times put right (DV-01).

    A correction may itself be retracted; then what it corrected stands again.
    """
    events = tuple(recorded)
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


def fold(start: S, evolve: Callable[[S, Any, Envelope], S], recorded: Iterable[Recorded]) -> S:
    """The state that one stream's events, as they stand corrected, add up to.

    `start` is the state of the empty stream; its `version` becomes the stream's own, retracted events counted.
    """
    events = tuple(recorded)
    state = start
    for envelope, event in effective(events):
        state = evolve(state, event, envelope)
    return msgspec.structs.replace(state, version=events[-1].envelope.version if events else 0)
