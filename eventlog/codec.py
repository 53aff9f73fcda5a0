"""How events become bytes and bytes become events. The topic decides the type, never a class path.

The payload is JSON in the order of the type's fields. A published topic keeps its meaning for ever; an old topic whose
type is gone is brought forward by an upcast, one version at a time.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import msgspec

from domain.event import Erased, Event, Subject
from eventlog.errors import UnknownTopic, UnreadableEvent

__all__ = ["Codec", "Erased", "Unreadable", "Upcast"]

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes the fields of one version of a topic and gives those of the next."""


class Unreadable(Event, frozen=True, kw_only=True):
    """Stands in the log where an event cannot be read: whoever projects it quarantines the stream."""

    TOPIC: ClassVar = "doorstep.unreadable"
    SUBJECT: ClassVar = Subject.SCHOOL
    topic: str
    reason: str


class Codec:
    """Encodes and decodes the events of a registry. Thread-safe."""

    def __init__(self, events: Mapping[str, type[Event]], upcasts: Mapping[str, Upcast] | None = None) -> None:
        """Keep the types by topic and what brings old topics forward."""
        self._events = dict(events)
        self._upcasts = dict(upcasts or {})
        self._encoder = msgspec.json.Encoder()
        self._decoders = {topic: msgspec.json.Decoder(event) for topic, event in events.items()}

    def encode(self, event: Event) -> tuple[str, bytes]:
        """The topic and the payload. Raises UnknownTopic for a type that is not registered under its topic."""
        if self._events.get(event.TOPIC) is not type(event):
            raise UnknownTopic(event.TOPIC)
        return event.TOPIC, self._encoder.encode(event)

    def decode(self, topic: str, state: bytes) -> Event:
        """The event. Raises UnknownTopic, UnreadableEvent."""
        decoder = self._decoders.get(topic)
        if decoder is None or topic in self._upcasts:
            return self._bring_forward(topic, state)
        try:
            return decoder.decode(state)
        except (msgspec.MsgspecError, ValueError) as error:
            # The decoder's own words may repeat personal data: only the kind of error is kept.
            raise UnreadableEvent(topic, f"the payload does not fit the topic ({type(error).__name__})") from None

    def _bring_forward(self, topic: str, state: bytes) -> Event:
        current = topic
        if current not in self._upcasts:
            raise UnknownTopic(topic)
        try:
            fields = msgspec.json.decode(state, type=dict[str, Any])
            while current in self._upcasts:
                fields = self._upcasts[current](fields)
                current = _next_version(current)
            if current not in self._events:
                raise UnknownTopic(topic)
            return msgspec.convert(fields, self._events[current])
        except (msgspec.MsgspecError, ValueError, LookupError, TypeError) as error:
            raise UnreadableEvent(topic, f"it cannot be brought forward ({type(error).__name__})") from None


def _next_version(topic: str) -> str:
    """`visit.arrived.v1` -> `visit.arrived.v2`."""
    name, _, number = topic.rpartition(".v")
    return f"{name}.v{int(number) + 1}"
