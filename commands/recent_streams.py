"""Streams that were read lately, kept up with the log: a decision need not read them from their first event again."""

import threading
from collections import OrderedDict
from typing import Final

from domain.envelope import Recorded
from domain.erasure.events import PersonalDataErased
from domain.ids import Stream, StreamKind
from eventlog.codec import Unreadable
from eventlog.seam import SchoolLog

_STREAMS: Final = 512
_LONGEST: Final = 2_000
"""Events of the longest stream that is kept; a longer one is read each time."""


class RecentStreams:
    """The same as `log.read`, from memory where it can be. Thread-safe.

    Exact, because whoever made it tells it every event of the log, in order (`follow`). Even if another process
    has appended since, the append that follows is refused by the stream's version and decided again.
    """

    def __init__(self, log: SchoolLog) -> None:
        """Nothing is kept yet."""
        self._log = log
        self._lock = threading.Lock()
        self._kept: OrderedDict[Stream, tuple[Recorded, ...]] = OrderedDict()
        self._followed = -1

    def follow(self, recorded: Recorded) -> None:
        """The next event of the log."""
        envelope = recorded.envelope
        with self._lock:
            self._followed = envelope.index
            if envelope.stream.kind in (StreamKind.ACCESS, StreamKind.CASE):
                return  # No decision looks at what anybody read; a case is read as one that is not there.
            if isinstance(recorded.event, PersonalDataErased):
                # What was read before is plain text of somebody who is erased.
                for erased in recorded.event.streams:
                    self._kept.pop(erased.stream, None)
            kept = self._kept.get(envelope.stream)
            if kept is None:
                if envelope.version == 1 and not isinstance(recorded.event, Unreadable):
                    self._keep(envelope.stream, (recorded,))
            elif envelope.version <= len(kept):
                return  # It was there already when the stream was read.
            elif isinstance(recorded.event, Unreadable) or envelope.version != len(kept) + 1:
                del self._kept[envelope.stream]
            else:
                self._keep(envelope.stream, (*kept, recorded))

    def read(self, stream: Stream) -> tuple[Recorded, ...]:
        """A stream's events in order; empty for a stream that does not exist. Raises UnreadableEvent."""
        with self._lock:
            kept = self._kept.get(stream)
            if kept is not None:
                self._kept.move_to_end(stream)
                return kept
            followed = self._followed
        found = self._log.read(stream)
        with self._lock:
            # Had the log been followed meanwhile, an event that came after the reading would be missing for ever.
            if followed == self._followed and found:
                self._keep(stream, found)
        return found

    def forget(self, stream: Stream) -> None:
        """Read it anew the next time."""
        with self._lock:
            self._kept.pop(stream, None)

    def _keep(self, stream: Stream, events: tuple[Recorded, ...]) -> None:
        if len(events) > _LONGEST:
            self._kept.pop(stream, None)
            return
        self._kept[stream] = events
        self._kept.move_to_end(stream)
        if len(self._kept) > _STREAMS:
            self._kept.popitem(last=False)
