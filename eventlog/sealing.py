"""From a command's writes to a request: versions, data keys, encryption, keyed hashes.

The payload is encrypted under an envelope that names its version, so the version is settled before the call: from the
decision, or from where the stream is known to end. Where that has changed meanwhile, the append function refuses the
call, and it is sealed again.
"""

import hmac
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from domain.envelope import Recorded
from domain.ids import CommandId, Stream, StreamKind, staff_stream
from eventlog import frames
from eventlog.appending import Request, Stored
from eventlog.keys.keyring import DataKey, Keyring
from eventlog.recorder import SchoolRecorder
from eventlog.rows import Payload, Sealed, seal
from eventlog.seam import Claims, VersionConflict, Write

_REMEMBERED: Final = 20_000


class Draft(NamedTuple):
    """A command's writes, encoded."""

    command_id: CommandId
    fingerprint: bytes
    writes: Sequence[Write]
    payloads: Sequence[Payload]
    claims: Claims

    def streams(self) -> list[Stream]:
        """The streams written to, each once."""
        return list(dict.fromkeys(write.stream for write in self.writes))

    def readers(self) -> dict[Stream, Stream]:
        """For each stream of what somebody read, that person's own: it lends its data key, and takes it away."""
        return {
            write.stream: staff_stream(write.events[0].acting.actor)
            for write in self.writes
            if write.stream.kind is StreamKind.ACCESS and write.events
        }


class Ready(NamedTuple):
    """A request and the sealed events that it carries."""

    request: Request
    events: Sequence[Sealed]

    def recorded(self, stored: Stored) -> tuple[Recorded, ...]:
        """What was stored, as reading it would give it."""
        return tuple(
            Recorded(one.canonical.placed(index, stored.recorded_at, one.salt), one.payload.new.event)
            for index, one in enumerate(self.events, start=stored.first_index)
        )


class _End(NamedTuple):
    """Where a stream ends, as far as this process knows, and the key it is written under."""

    version: int
    key: DataKey


class Sealing:
    """Seals one school's commands. Thread-safe."""

    def __init__(self, recorder: SchoolRecorder, keyring: Keyring) -> None:
        """Use the school's keys."""
        self._recorder = recorder
        self._keyring = keyring
        self._lock = threading.Lock()
        self._ends: OrderedDict[Stream, _End] = OrderedDict()

    def missing(self, draft: Draft) -> list[Stream]:
        """Streams whose end has to be looked up before the draft can be sealed; usually none."""
        new = {w.stream for w in draft.writes if w.expected_version == 0 and w.stream.kind is not StreamKind.ACCESS}
        with self._lock:
            return [stream for stream in draft.streams() if stream not in new and stream not in self._ends]

    def look_up(self, streams: Sequence[Stream], readers: Mapping[Stream, Stream]) -> None:
        """Ask the log where streams end; one that does not exist begins with a key of its own, or with its reader's."""
        places = self._recorder.places([*streams, *readers.values()])
        self._keyring.load({place.key_id for place in places.values()})
        for stream in streams:
            place = places.get(stream)
            lends = place or (places.get(readers[stream]) if stream in readers else None)
            # An erased subject's stream goes on under a fresh key: nobody is told "no" because somebody was erased.
            key = None if lends is None else self._keyring.get(lends.key_id)
            found = _End(0 if place is None else place.version, key or self._keyring.fresh())
            with self._lock:
                # Others may have asked too, and have gone on from there since: what they know is newer.
                self._ends.setdefault(stream, found)

    def forget(self, streams: Sequence[Stream]) -> None:
        """Look these up again next time: another process has written to them, or their key is gone."""
        with self._lock:
            for stream in streams:
                self._ends.pop(stream, None)

    def seal(self, draft: Draft) -> Ready:
        """Encrypt the draft. `look_up` has been asked for what was `missing`.

        Raises VersionConflict where the draft itself expects two versions of one stream, ValueError for an instant that
        cannot be stored.
        """
        ends: dict[Stream, _End] = {}
        with self._lock:
            for write in draft.writes:
                ends[write.stream] = self._end(write, ends.get(write.stream))
        running = {stream: end.version for stream, end in ends.items()}
        events = []
        for payload in draft.payloads:
            version = running[payload.stream] = running[payload.stream] + 1
            key = ends[payload.stream].key
            events.append(seal(self._recorder.school, draft.command_id, payload, version, key))
        for stream, end in ends.items():
            # Expected to be stored: the next caller goes on from here. Where it is not, both are sealed again.
            self._remember(stream, end._replace(version=running[stream]))
        return Ready(self._request(draft, events), events)

    def keyed(self, purpose: bytes, value: bytes) -> bytes:
        """A keyed hash, so that nobody with the database alone can try out guesses."""
        return hmac.digest(self._keyring.secret(), purpose + b"\0" + value, "sha256")

    def claim(self, claim: str) -> bytes:
        """The keyed hash that stands for a claim."""
        return self.keyed(b"claim", claim.encode())

    def fingerprint(self, fingerprint: bytes) -> bytes:
        """The keyed hash that stands for a command's content."""
        return self.keyed(b"command", fingerprint)

    def _end(self, write: Write, before: _End | None) -> _End:
        known = before or self._ends.get(write.stream)
        if write.expected_version is None:
            if known is None:
                # Forgotten between looking it up and now: beginning at 0 is refused by the log and sealed again.
                return _End(0, self._keyring.fresh())
            return known
        if before is not None and before.version != write.expected_version:
            raise VersionConflict(write.stream)
        return _End(write.expected_version, known.key if known else self._keyring.fresh())

    def _remember(self, stream: Stream, end: _End) -> None:
        with self._lock:
            self._ends[stream] = end
            self._ends.move_to_end(stream)
            while len(self._ends) > _REMEMBERED:
                self._ends.popitem(last=False)

    def _request(self, draft: Draft, events: Sequence[Sealed]) -> Request:
        holder, take, release = draft.claims
        released: tuple[bytes, ...] = ()
        taken: tuple[bytes, ...] = ()
        touches: set[Stream | bytes] = set(draft.streams())
        if holder is not None and (take or release):
            changed = {claim: self.claim(claim) for claim in take | release}
            touches |= set(changed.values())
            # What the holder has already and takes again is released and taken: one rule, no special case.
            released = tuple(frames.claim(one, holder.kind.value, holder.id) for one in changed.values())
            taken = tuple(frames.claim(changed[claim], holder.kind.value, holder.id) for claim in sorted(take))
        framed = tuple(one.frame() for one in events)
        return Request(
            draft.command_id,
            self.fingerprint(draft.fingerprint),
            framed,
            released,
            taken,
            frozenset(touches),
            sum(len(frame) for frame in framed),
        )
