"""The rows a projection keeps: read through, written behind, undone for an event that could not be processed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from domain.envelope import Recorded
from domain.ids import Stream, StreamKind

T = TypeVar("T", bound=msgspec.Struct)

Key = tuple[str, str]
"""A row's kind and key."""
Fetch = Callable[[Key], bytes | None]

UNREADABLE = "unreadable"
"""The kind of row that marks a quarantined stream."""


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """A stream with an event that this projection could not process; nothing after it is processed either."""

    stream_kind: StreamKind
    stream_id: str
    index: int
    """Where in the log the event lies."""
    reason: str
    """The kind of error; never the event's content."""


class Past(NamedTuple):
    """How a fold looks back, at nothing later than the event it is folding."""

    stream: Callable[[Stream, int], Sequence[Recorded]]
    """A stream's events up to a version: what a correction needs."""


class Rows:
    """A projection's rows during a batch. What is put is seen at once and written when the batch commits."""

    def __init__(self, encode: msgspec.json.Encoder, *, empty: bool) -> None:
        """`empty`: the table holds no row yet, so none needs to be asked for before some are forgotten."""
        self._fetch: Fetch = _nothing_yet
        self._encode = encode
        self._known: dict[Key, Any] = {}
        self._complete = empty
        self._whole: set[str] = set()
        self._whole_keys: set[str] = set()
        self._dirty: set[Key] = set()
        self._before: dict[Key, Any] = {}
        self._decoders: dict[type, msgspec.json.Decoder[Any]] = {}

    def read_through(self, fetch: Fetch) -> None:
        """Read from here, row by row, for the batch that begins; `fetch` gives a row's bytes, or None."""
        self._fetch = fetch

    @property
    def complete(self) -> bool:
        """Whether every row is remembered: the table is never asked."""
        return self._complete

    def knows_all(self, kind: str) -> bool:
        """Whether every row of a kind is remembered."""
        return self._complete or kind in self._whole

    def know_all(self, kind: str, found: Mapping[Key, bytes]) -> None:
        """These are all rows of a kind: no other is asked for."""
        self._whole.add(kind)
        self._learn(found)

    def unknown_of(self, keys: Iterable[str]) -> list[str]:
        """Those of these keys of which rows may have to be asked for, each once."""
        return [] if self._complete else sorted(set(keys) - self._whole_keys)

    def know_all_of(self, keys: Iterable[str], found: Mapping[Key, bytes]) -> None:
        """These are all rows, of whatever kind, under these keys: no other is asked for."""
        self._whole_keys.update(keys)
        self._learn(found)

    def _learn(self, found: Mapping[Key, bytes]) -> None:
        for at, row in found.items():
            self._known.setdefault(at, row)

    def get(self, kind: str, key: object, of: type[T]) -> T | None:
        """The row, or None."""
        at = (kind, str(key))
        if at not in self._known:
            known = self._complete or kind in self._whole or at[1] in self._whole_keys
            self._known[at] = None if known else self._fetch(at)
        found = self._known[at]
        if isinstance(found, bytes):
            decoder = self._decoders.setdefault(of, msgspec.json.Decoder(of))
            found = self._known[at] = decoder.decode(found)
        return found if found is None or isinstance(found, of) else None

    def put(self, kind: str, key: object, row: msgspec.Struct) -> None:
        """Insert or replace. A row that is as it was when `get` gave it is not written again."""
        at = (kind, str(key))
        if self._known.get(at) != row:
            self._change(at, row)

    def delete(self, kind: str, key: object) -> None:
        """Remove, if it is there."""
        self._change((kind, str(key)), None)

    def _change(self, at: Key, row: msgspec.Struct | None) -> None:
        if at not in self._before:
            self._before[at] = (self._known.get(at, _ABSENT), at in self._dirty)
        self._known[at] = row
        self._dirty.add(at)

    def keep(self) -> None:
        """The event is processed: what it changed stands."""
        self._before.clear()

    def undo(self) -> None:
        """The event could not be processed: nothing that it changed stands."""
        for at, (row, was_dirty) in self._before.items():
            if row is _ABSENT:
                self._known.pop(at, None)
            else:
                self._known[at] = row
            if not was_dirty:
                self._dirty.discard(at)
        self._before.clear()

    def changes(self) -> Iterator[tuple[Key, bytes | None]]:
        """What to write: the row's bytes, or None to delete it."""
        for at in sorted(self._dirty):
            row = self._known[at]
            yield at, None if row is None else row if isinstance(row, bytes) else self._encode.encode(row)

    def written(self, most: int) -> None:
        """The batch is committed. The cache is dropped when it holds more than `most` rows."""
        self._dirty.clear()
        if len(self._known) > most:
            self._known.clear()
            self._whole.clear()
            self._whole_keys.clear()
            self._complete = False


_ABSENT = object()


def _nothing_yet(_at: Key) -> bytes | None:
    message = "rows are read inside a batch only"
    raise RuntimeError(message)
