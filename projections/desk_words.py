"""What was typed at a front desk by nobody who said who they are, and has no name beside it yet."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec.structs import replace

from domain.envelope import Recorded
from domain.ids import CommandId, EventId, StaffId, StreamKind
from domain.shared.corrections import effective
from domain.shared.events import DeskWordSigned, DeviationNoted, EventCorrected, KeptAsSent
from domain.staff.events import DeskMade
from domain.trip.events import FactCameLoose
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.views import View

NAME = "desk_words"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A front desk."""

    made_at: datetime


class Unsigned(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a front desk typed."""

    event: EventId
    topic: str
    command: CommandId
    desk: StaffId
    at: datetime
    """When it happened, as stated."""
    claimed: bool = False
    """A name was typed beside it, which proves nothing."""


_BESIDE_IT = (DeviationNoted, KeptAsSent, FactCameLoose, EventCorrected, DeskWordSigned)
"""Doorstep's own conclusions beside what was typed: nobody puts their name to them."""


def fold(recorded: Recorded, rows: Rows, past: Past) -> None:
    """What is typed by a device, until somebody puts their name to it."""
    envelope, event = recorded
    if isinstance(event, DeskMade):
        rows.put("device", envelope.stream.id, Device(made_at=envelope.recorded_at))
    elif isinstance(event, EventCorrected):
        _again(past.stream(envelope.stream, envelope.version), rows)
    else:
        _one(recorded, rows)


def _one(recorded: Recorded, rows: Rows) -> None:
    envelope, event = recorded
    if isinstance(event, DeskWordSigned):
        found = rows.get("unsigned", event.target, Unsigned)
        if found is not None and event.name:
            rows.put("unsigned", event.target, replace(found, claimed=True))
        elif found is not None:
            rows.delete("unsigned", event.target)
    elif not isinstance(event, _BESIDE_IT) and rows.get("device", envelope.actor, Device) is not None:
        typed = Unsigned(
            event=envelope.event_id,
            topic=envelope.topic,
            command=envelope.command_id,
            desk=envelope.actor,
            at=envelope.occurred_at,
        )
        rows.put("unsigned", envelope.event_id, typed)


def _again(events: Iterable[Recorded], rows: Rows) -> None:
    """A correction: what never happened wants no name."""
    whole = tuple(events)
    for envelope, _ in whole:
        if rows.get("unsigned", envelope.event_id, Unsigned) is not None:
            rows.delete("unsigned", envelope.event_id)
    for recorded in effective(whole):
        if not isinstance(recorded.event, EventCorrected):
            _one(recorded, rows)


PROJECTION = Projection(
    name=NAME,
    version=1,
    kinds=frozenset({StreamKind.TRIP, StreamKind.VISIT, StreamKind.CONCERN, StreamKind.STAFF}),
    fold=fold,
    indexes=("((body->>'desk')) WHERE kind = 'unsigned'",),
)


def without_a_name(view: View, desk: StaffId, since: datetime) -> tuple[Unsigned, ...]:
    """What this desk typed since an instant and nobody stands beside by their PIN; one line a command, the last first."""
    rows = view.where(NAME, Unsigned, "kind = 'unsigned' AND body->>'desk' = %(desk)s", desk=str(desk))
    first = {
        one.command: one for one in sorted(rows, key=lambda one: (one.at, one.event), reverse=True) if one.at >= since
    }
    return tuple(sorted(first.values(), key=lambda one: (one.at, one.event), reverse=True))
