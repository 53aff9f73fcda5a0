"""Keeps a school's projections up with its log: rows and position commit together, in batches.

One thread a school. Any number of processes may run it: the position row is locked in each batch, and
who finds that it has moved on drops what it remembers and goes on from there. A crash loses nothing
that the next start does not fold again.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from psycopg import Connection, Error
from psycopg.rows import DictRow
from psycopg.sql import SQL, Composed, Identifier

from domain.envelope import Recorded
from domain.ids import SchoolSlug, Stream, StreamKind
from eventlog.codec import Erased, Unreadable
from eventlog.errors import LogUnavailable, UnreadableEvent
from eventlog.seam import SchoolLog, Subscription
from eventlog.store import Store
from projections import tables
from projections.changes import changes_something, last_change
from projections.projection import Projection
from projections.rows import UNREADABLE, Fetch, Key, Past, Quarantined, Rows

log = logging.getLogger(__name__)

BATCH = 10_000
"""Events that share one commit while catching up."""
MANY = 500
"""From so many events on, one look through the whole table is cheaper than asking for row after row."""
CACHE = 20_000
"""Rows of a projection that are remembered from batch to batch."""
_PAUSE = 1.0
_PATIENCE = 30.0
"""Seconds after which a wait in which nothing happened begins anew. Whatever happens ends it, and so does `ask_to_stop`."""
_TOGETHER = 0.02
"""Seconds that a reading waits for others to be folded with it; whatever else happens is folded at once."""


class Runner:
    """Follows one school's log into its projections."""

    def __init__(self, store: Store, school: str, projections: Sequence[Projection]) -> None:
        """Nothing runs before `start` (a thread) or `catch_up` (here and now)."""
        self.school = SchoolSlug(school)
        self._store = store
        self._log: SchoolLog = store.log(school)
        self._projections = tuple(projections)
        self._rows: dict[str, Rows] = {}
        self._tables: dict[str, tables.Live] = {}
        self._lock = threading.Lock()
        self._moved = threading.Condition()
        self._position = 0
        self._changed = 0
        self._cases_changed = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._subscription: Subscription | None = None
        self._listeners: list[Callable[[int], None]] = []

    @property
    def position(self) -> int:
        """The index up to which every projection has been folded by this process."""
        return self._position

    @property
    def changed(self) -> int:
        """The index of the last event up to `position` that changed something: readings and reports made do not."""
        return self._changed

    @property
    def cases_changed(self) -> int:
        """The index of the last event of a restricted case that this process folded: only their own numbers ask for it."""
        return self._cases_changed

    def on_progress(self, call: Callable[[int], None]) -> None:
        """Call back, from the runner's thread, after each committed batch."""
        self._listeners.append(call)

    def wait_for(self, index: int, timeout: float) -> bool:
        """Whether the projections reached an index within `timeout` seconds."""
        with self._moved:
            return self._moved.wait_for(lambda: self._position >= index or self._stopping.is_set(), timeout)

    def start(self) -> None:
        """Prepare the tables and follow the log in a thread."""
        self.prepare()
        self._thread = threading.Thread(target=self._follow, name=f"doorstep-project-{self.school}", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Let the batch at hand be the last one; returns at once, so that several runners can end together."""
        self._stopping.set()
        with self._moved:
            self._moved.notify_all()
        # Read after `_stopping` was set: a subscription made later finds it set and is not waited for.
        if (subscription := self._subscription) is not None:
            subscription.close()

    def stop(self) -> None:
        """Stop after the batch at hand; returns when the thread has ended."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()

    def prepare(self) -> None:
        """Make missing tables; a projection whose version changed starts anew and is folded before it is shown."""
        with self._lock, self._store.projector(self.school) as connection:
            self._tables = tables.prepare(connection, self._projections)
            self._rows = {p.name: new_rows(self._tables[p.name]) for p in self._projections}
            self._position = min((live.position for live in self._tables.values()), default=0)
            self._changed = last_change(self._log, self._position)

    def catch_up(self) -> int:
        """Fold all there is, in this thread; the position reached."""
        if not self._tables:
            self.prepare()
        while batch := tuple(self._log.read_log(self._position + 1, limit=BATCH)):
            self._process(batch)
        return self._position

    def _follow(self) -> None:
        while not self._stopping.is_set():
            subscription = self._subscription = self._log.subscribe(self._position + 1)
            try:
                while not self._stopping.is_set():
                    batch = _together(subscription)
                    if batch:
                        self._process(batch)
            except (Error, LogUnavailable) as error:
                log.warning("projections of %s wait for the database (%s)", self.school, type(error).__name__)
                self._stopping.wait(_PAUSE)
                self._forget()
            except Exception:  # the position stands still, every board says so, and it is tried again
                log.exception("projections of %s stopped; trying again", self.school)
                self._stopping.wait(_PAUSE)
                self._forget()
            finally:
                subscription.close()

    def _forget(self) -> None:
        """Drop what is remembered; the next batch reads positions and rows again."""
        try:
            self.prepare()
        except (Error, LogUnavailable):
            log.warning("projections of %s: the database is still away", self.school)

    def _process(self, batch: Sequence[Recorded]) -> None:
        with self._lock:
            last = batch[-1].envelope.index
            with self._store.projector(self.school) as connection:
                connection.execute("SET LOCAL synchronous_commit TO off")  # a crash folds the batch again
                found = tables.lock(connection, self._projections)
                for projection in self._projections:
                    live = found[projection.name]
                    if live != self._tables[projection.name]:
                        # Another process moved it: what this one remembers may be old.
                        self._tables[projection.name] = live
                        self._rows[projection.name] = new_rows(live)
                    self._fold_into(connection, projection, live, batch)
                tables.move(connection, found, last)
            for projection in self._projections:
                live = self._tables[projection.name]
                self._tables[projection.name] = live._replace(position=max(live.position, last))
                self._rows[projection.name].written(CACHE)
        with self._moved:
            # First: whoever sees the new position knows of every change up to it.
            self._changed = max((r.envelope.index for r in batch if changes_something(r)), default=self._changed)
            cases = (r.envelope.index for r in batch if r.envelope.stream.kind is StreamKind.CASE)
            self._cases_changed = max(cases, default=self._cases_changed)
            self._position = last
            self._moved.notify_all()
        for call in self._listeners:
            call(last)

    def _fold_into(
        self, connection: Connection[Any], projection: Projection, live: tables.Live, batch: Sequence[Recorded]
    ) -> None:
        rows = self._rows[projection.name]
        due = [r for r in batch if r.envelope.index > live.position and projection.looks_at(r)]
        if not due:
            return
        begin_batch(rows, connection, live.table, due)
        past = Past(self._past)
        for recorded in due:
            fold_one(projection, recorded, rows, past)
        tables.write(connection, live.table, rows.changes())

    def _past(self, stream: Stream, version: int) -> Sequence[Recorded]:
        return self._log.read(stream, up_to_version=version)


def _together(subscription: Subscription) -> Sequence[Recorded]:
    """The next batch. That somebody looked at something is urgent to nobody: what comes right after it goes along."""
    batch = tuple(subscription.next_batch(timeout=_PATIENCE, limit=BATCH))
    until = time.monotonic() + _TOGETHER
    while batch and len(batch) < BATCH and not any(map(changes_something, batch)):
        left = until - time.monotonic()
        if left <= 0:
            break
        batch = (*batch, *subscription.next_batch(timeout=left, limit=BATCH))
    return batch


def new_rows(live: tables.Live) -> Rows:
    """Nothing is remembered of a table, whose position in the log tells whether it holds anything."""
    # The table's jsonb puts keys in one order, so the same rows are the same bytes. (msgspec's own ordering
    # refuses keys that are ids.)
    return Rows(msgspec.json.Encoder(), empty=live.position == 0)


def begin_batch(rows: Rows, connection: Connection[Any], table: str, batch: Sequence[Recorded]) -> None:
    """Read through one table from here on.

    The quarantined streams, few or none, are read at once; and of many events, the rows under their streams' ids.
    """
    rows.read_through(fetcher(connection, table))
    name = Identifier(table)
    if not rows.knows_all(UNREADABLE):
        query = SQL("SELECT kind, key, body::text AS body FROM {} WHERE kind = %s").format(name)
        rows.know_all(UNREADABLE, _found(connection.execute(query, (UNREADABLE,))))
    if len(batch) >= MANY and (keys := rows.unknown_of(str(r.envelope.stream.id) for r in batch)):
        query = SQL("SELECT kind, key, body::text AS body FROM {} WHERE key = ANY(%b)").format(name)
        rows.know_all_of(keys, _found(connection.execute(query, (keys,))))


def _found(rows: Iterable[DictRow]) -> dict[Key, bytes]:
    return {(row["kind"], row["key"]): str(row["body"]).encode() for row in rows}


def fold_one(projection: Projection, recorded: Recorded, rows: Rows, past: Past) -> None:
    """Fold one event. One that cannot be processed quarantines its stream as a row; the watch goes on."""
    envelope = recorded.envelope
    key = f"{envelope.stream.kind}:{envelope.stream.id}"
    if rows.get(UNREADABLE, key, Quarantined) is not None:
        return
    try:
        _refuse_unreadable(recorded)
        if not isinstance(recorded.event, Erased):
            projection.fold(recorded, rows, past)
        elif projection.skeleton is not None:
            projection.skeleton(recorded, rows)
    except (Error, LogUnavailable):
        raise  # The database, not the event: the batch is tried again.
    except Exception as error:
        rows.undo()
        log.exception("%s cannot process event %d of its school", projection.name, envelope.index)
        reason = type(error).__name__
        row = Quarantined(
            stream_kind=envelope.stream.kind, stream_id=str(envelope.stream.id), index=envelope.index, reason=reason
        )
        rows.put(UNREADABLE, key, row)
    rows.keep()


def _refuse_unreadable(recorded: Recorded) -> None:
    if isinstance(recorded.event, Unreadable):
        raise UnreadableEvent(recorded.event.topic, recorded.event.reason)


def fetcher(connection: Connection[Any], table: str) -> Fetch:
    """Reads a row of one table inside the transaction of `connection`."""
    query: Composed = SQL("SELECT body::text AS body FROM {} WHERE kind = %s AND key = %s").format(Identifier(table))

    def fetch(at: Key) -> bytes | None:
        row = connection.execute(query, at).fetchone()
        return None if row is None else str(row["body"]).encode()

    return fetch
