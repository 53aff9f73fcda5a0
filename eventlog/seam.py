"""The seam: all that the other rooms see of storage. What lies behind it may be replaced.

Durability: when `append` returns, the events are committed and synced. A crash before that loses
only the reply; the command id finds out what happened.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple, Protocol

from domain.envelope import Acting, Recorded
from domain.event import Event
from domain.ids import CommandId, EventId, SchoolSlug, Stream


class NewEvent(NamedTuple):
    """An event about to be appended, with the ids it will carry."""

    event_id: EventId
    event: Event
    acting: Acting
    """`acting.occurred_at` is this event's own time, where it differs from the command's."""
    policy_version: int
    corrects: EventId | None = None


class Write(NamedTuple):
    """Events for one stream."""

    stream: Stream
    expected_version: int | None
    """The version the decision was made on (0 for a new stream); None appends at the end, wherever it is."""
    events: tuple[NewEvent, ...]


class Claims(NamedTuple):
    """Unique, releasable values: "this person is on that trip". Taking one that somebody else holds fails."""

    holder: Stream | None = None
    take: frozenset[str] = frozenset()
    release: frozenset[str] = frozenset()
    """Released only where `holder` holds them; releasing what is not held is no error."""


class Appended(NamedTuple):
    """What an append did."""

    first_index: int
    last_index: int
    duplicate: bool
    """True where the command id was known with the same content: nothing new was stored."""
    recorded: tuple[Recorded, ...]


class VersionConflict(Exception):  # noqa: N818 - the standard term
    """A stream has moved on since the decision was made: load it again and decide again."""

    def __init__(self, stream: Stream) -> None:
        """Keep the stream that moved."""
        super().__init__(f"{stream.kind} {stream.id} has moved on")
        self.stream = stream


class ClaimTaken(Exception):  # noqa: N818 - a fact about the log, not a fault
    """A claimed value is held by another stream."""

    def __init__(self, claim: str, holder: Stream) -> None:
        """Keep the claim and who holds it."""
        super().__init__(f"{claim} is held by {holder.kind} {holder.id}")
        self.claim = claim
        self.holder = holder


class CommandReused(Exception):  # noqa: N818 - a fact about the log, not a fault
    """The command id was used before, for other content. Nothing was stored."""

    def __init__(self, command_id: CommandId) -> None:
        """Keep the id."""
        super().__init__(f"command {command_id} was used before for other content")
        self.command_id = command_id


class Subscription(Protocol):
    """A tail of one school's log."""

    def next_batch(self, timeout: float, limit: int = 10_000) -> Sequence[Recorded]:
        """Events after the last batch, in index order without gaps; empty after `timeout` seconds of none."""
        ...

    def close(self) -> None:
        """Let go of what the subscription holds; a waiting `next_batch` returns empty."""
        ...


class SchoolLog(Protocol):
    """One school's log. Thread-safe."""

    school: SchoolSlug

    async def append(
        self, command_id: CommandId, fingerprint: bytes, writes: Sequence[Write], claims: Claims = Claims()
    ) -> Appended:
        """Append atomically over streams, once per command id, and answer after the commit.

        `fingerprint` stands for the command's content. Raises VersionConflict, ClaimTaken, CommandReused.
        """
        ...

    def keyed(self, purpose: str, text: str) -> bytes:
        """A hash of the text that only this installation can make, for one purpose; no erasure of a subject changes it."""
        ...

    def lookup(self, command_id: CommandId, fingerprint: bytes | None = None) -> Appended | None:
        """What this command id stored, or None: the truth after a lost connection.

        Raises CommandReused where it stored other content than what `fingerprint` stands for.
        """
        ...

    def read(self, stream: Stream, up_to_version: int | None = None) -> tuple[Recorded, ...]:
        """A stream's events in order; empty for a stream that does not exist."""
        ...

    def read_log(self, from_index: int = 1, limit: int | None = None) -> Iterator[Recorded]:
        """The school's events from an index on, in order, fetched in batches of bounded memory."""
        ...

    def event(self, event_id: EventId) -> Recorded | None:
        """One event by its id."""
        ...

    def head(self) -> int:
        """The index of the last event; 0 for an empty log."""
        ...

    def last_besides(self, topics: Collection[str], kind: str, up_to: int) -> int:
        """The index of the last event, not after one, of any other topic than these and any other kind of stream; 0 for none."""
        ...

    def holder_of(self, claim: str) -> Stream | None:
        """The stream that holds a claim now."""
        ...

    def subscribe(self, from_index: int = 1) -> Subscription:
        """A tail of the log from an index on; sees every event once, in order, however many write."""
        ...

    def on_append(self, call: Callable[[int], None]) -> None:
        """Call back (from any thread, quickly) with the new head after each append by this process."""
        ...
