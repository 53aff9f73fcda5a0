"""Every event there is, by topic. `docs/events.md` is generated from here."""

from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import domain.access.events
import domain.case.events
import domain.concern.events
import domain.erasure.events
import domain.glass.events
import domain.pupil.events
import domain.removal.events
import domain.school.events
import domain.shared.events
import domain.staff.events
import domain.trip.events
import domain.visit.events
from domain.event import Event

ROOMS: Mapping[str, tuple[type[Event], ...]] = {
    "trip": domain.trip.events.EVENTS,
    "visit": domain.visit.events.EVENTS,
    "concern": domain.concern.events.EVENTS,
    "case": domain.case.events.EVENTS,
    "school": domain.school.events.EVENTS,
    "staff": domain.staff.events.EVENTS,
    "pupil": domain.pupil.events.EVENTS,
    "access": domain.access.events.EVENTS,
    "glass": domain.glass.events.EVENTS,
    "shared": domain.shared.events.EVENTS,
    "erasure": domain.erasure.events.EVENTS,
    "removal": domain.removal.events.EVENTS,
}

EVENTS: Mapping[str, type[Event]] = {event.TOPIC: event for event in chain.from_iterable(ROOMS.values())}

CHANGES_NOTHING: frozenset[str] = frozenset(
    {
        *(event.TOPIC for event in domain.access.events.EVENTS),
        domain.shared.events.RecordViewed.TOPIC,
        domain.school.events.ReportMade.TOPIC,
        domain.erasure.events.ErasureOrdered.TOPIC,
    }
)
"""Topics that say who looked at what, and that an erasure was ordered: no number, no list and no report is another one
after them. (The erasure itself is; an order may be about a restricted case.)"""

UPCASTS: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Old topic -> how its fields become those of the next version. Empty: no event has a second version yet."""
