"""The ledger's side of PostgreSQL: reads a school's log to seal it and to give receipts, and releases checkpoints."""

from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg import Connection, Cursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Composed, Identifier

from eventlog.ledger.epochs import Opened
from eventlog.ledger.ledger import Incident
from eventlog.ledger.sealer import Row
from eventlog.ledger.verifier import Refused

_FROM_1970_TO_2000: Final = 946_684_800_000_000
_FETCH: Final = 500
"""Events fetched at a time: few enough to be held even where each has a payload of a megabyte."""


class Microseconds(Loader):
    """Reads an instant as PostgreSQL sends it: whole microseconds, here since 1970."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        """PostgreSQL counts from 2000-01-01."""
        return int.from_bytes(data, "big", signed=True) + _FROM_1970_TO_2000


class LedgerDatabase:
    """One connection for all schools of a process, made again where it is lost. For one thread.

    As doorstep_sealer it reads what a leaf is made of, and releases; as doorstep_app it finds events for receipts too.
    """

    def __init__(self, conninfo: str) -> None:
        """Connect when it is first needed."""
        self._conninfo = conninfo
        self._connection: Connection[TupleRow] | None = None

    def connection(self) -> Connection[TupleRow]:
        """A connection in autocommit. Raises psycopg.OperationalError where there is none to be had."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._conninfo, autocommit=True, application_name="doorstep sealer", connect_timeout=5
            )
            self._connection.adapters.register_loader("timestamptz", Microseconds)
            self._connection.execute(
                # What it commits is on the disk, whatever the role's own settings say: `settle` stands on this.
                "SELECT set_config('synchronous_commit', 'on', false), set_config('timezone', 'UTC', false),"
                " set_config('lock_timeout', '10s', false)"
            )
        return self._connection

    def schools(self) -> tuple[str, ...]:
        """The short names of the schools of this installation."""
        rows = self.connection().execute("SELECT slug FROM doorstep.school ORDER BY slug").fetchall()
        return tuple(row[0] for row in rows)

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()


class PostgresSource:
    """One school's log; it satisfies `sealer.LogSource`. `event` and `streams`, for receipts, are the app role's."""

    def __init__(self, database: LedgerDatabase, school: str) -> None:
        """Nothing is read yet."""
        self.school = school
        self._database = database
        self._statements = _Statements(f"school_{school}")

    @property
    def origin(self) -> str:
        """As the database says it: its installation and the last epoch that was opened."""
        row = self._execute(self._statements.origin).fetchone()
        if row is None:
            message = f"the log of {self.school} has no epoch: was the database migrated?"
            raise LookupError(message)
        return f"{row[0]}/doorstep/{self.school}/{row[1]}"

    def head(self) -> int:
        """The index of the last event; 0 for an empty log."""
        row = self._execute(self._statements.head).fetchone()
        return 0 if row is None else int(row[0])

    def read(self, first: int, limit: int) -> Iterator[Row]:
        """Events from an index on, in the order of their indices."""
        while limit > 0:
            rows = self._execute(self._statements.read, {"first": first, "limit": min(limit, _FETCH)}).fetchall()
            yield from rows
            limit -= len(rows)
            if len(rows) < _FETCH:
                return
            first = rows[-1][0] + 1

    def lately(self, topic: str, after: int, last: int) -> list[int]:
        """The indices of the events of a topic, among those after one up to another, of the last seven days."""
        said = f'"topic":"{topic}"'.encode()
        rows = self._execute(self._statements.lately, {"said": said, "after": after, "last": last}).fetchall()
        return [row[0] for row in rows]

    def settle(self) -> None:
        """Return when everything that was read is on the database's disk.

        A commit may be visible before that, where somebody set synchronous_commit off: a crash of the server would take
        back what was sealed, and the log could never be signed again.
        """
        row = self._execute(_FLUSHED).fetchone()
        if row is None or not row[0]:
            # This transaction's own commit waits for the disk, and so for everything before it.
            self._execute(_FLUSH)

    def event(self, event_id: str) -> Row | None:
        """The event with an id."""
        row: Row | None = self._execute(self._statements.event, {"event_id": event_id}).fetchone()
        return row

    def streams(self, streams: list[tuple[str, str]]) -> list[Row]:
        """The events of streams (kind, id), in the order of their indices."""
        kinds, ids = [kind for kind, _ in streams], [one for _, one in streams]
        return self._execute(self._statements.streams, {"kinds": kinds, "ids": ids}).fetchall()

    def released(self) -> list[bytes]:
        """All checkpoints that were released in the last epoch, by size."""
        return [str(row[0]).encode() for row in self._execute(self._statements.released).fetchall()]

    def released_at(self, size: int) -> bytes | None:
        """The checkpoint of a size that was released in the last epoch; None where there is none, or it was pruned."""
        row = self._execute(self._statements.released_at, {"size": size}).fetchone()
        return None if row is None else str(row[0]).encode()

    def released_ever(self) -> list[tuple[int, bytes]]:
        """All checkpoints that were released, each with its epoch, in order."""
        return [(row[0], str(row[1]).encode()) for row in self._execute(self._statements.released_ever).fetchall()]

    def epochs(self) -> list[Opened]:
        """The epochs that the database knows of."""
        return [Opened(*row) for row in self._execute(self._statements.epochs).fetchall()]

    def leaves(self, size: int) -> None:
        """Somebody outside will hold the last epoch's checkpoint of this size: it is never pruned.

        Nothing where no such checkpoint is released.
        """
        self._execute(self._statements.leaves_now, {"size": size})

    def _execute(self, statement: Composed | SQL, values: dict[str, object] | None = None) -> Cursor[TupleRow]:
        return self._database.connection().cursor(binary=True).execute(statement, values)


def checkpoint_over(connection: Connection[Any], school: str, index: int) -> bytes | None:
    """The first checkpoint released in the last epoch over the event with an index; None before there is one.

    It goes out of the house from here, and so it is never pruned: whenever it is asked for again, it is the same one.
    """
    cursor = connection.cursor(row_factory=tuple_row)
    row = cursor.execute(_Statements(f"school_{school}").over, {"index": index}).fetchone()
    return None if row is None else str(row[0]).encode()


class PostgresReleases:
    """The released checkpoints of one epoch of one school's log; it satisfies `sealer.Releases`."""

    def __init__(self, database: LedgerDatabase, school: str, epoch: int) -> None:
        """Nothing is read yet."""
        self._database = database
        self._epoch = epoch
        self._statements = _Statements(f"school_{school}")

    def last(self) -> bytes | None:
        """The checkpoint with the largest size that was released in this epoch."""
        row = self._database.connection().execute(self._statements.last, {"epoch": self._epoch}).fetchone()
        return None if row is None else str(row[0]).encode()

    def release(self, size: int, note: bytes) -> None:
        """Durably; again is the same as once. Raises Refused where another checkpoint of this size is there."""
        values = {"epoch": self._epoch, "size": size, "note": note.decode()}
        row = self._database.connection().execute(self._statements.release, values).fetchone()
        if row is None or row[0] != values["note"]:
            raise Refused(f"another checkpoint of {size} events was released before this one", index=size)

    def leaves(self, size: int) -> None:
        """Somebody outside will hold the checkpoint of this size: it is never pruned."""
        self._database.connection().execute(self._statements.leaves, {"epoch": self._epoch, "size": size})

    def prune(self) -> int:
        """Let checkpoints go that nobody needs; how many.

        Those older than thirty days that are not the last of their day and were never given out: the database refuses to
        let any other one go.
        """
        return self._database.connection().execute(self._statements.prune, {"epoch": self._epoch}).rowcount

    def tell(self, incident: Incident) -> None:
        """Let a status page show that the sealer refuses, or that the log holds again."""
        values = {"epoch": self._epoch, "at": incident.at, "reason": incident.reason, "at_index": incident.index}
        self._database.connection().execute(self._statements.tell, values)


class _Statements:
    """One school's statements, with its schema written in."""

    def __init__(self, schema: str) -> None:
        def text(statement: SQL) -> Composed:
            return statement.format(s=Identifier(schema), columns=_COLUMNS)

        self.origin = text(SQL("SELECT installation_id, (SELECT max(epoch) FROM {s}.epoch) FROM doorstep.installation"))
        self.head = text(SQL("SELECT last_index FROM {s}.head"))
        self.read = text(
            SQL(
                "SELECT {columns} FROM {s}.event WHERE notification_id >= %(first)s"
                " ORDER BY notification_id LIMIT %(limit)s"
            )
        )
        self.lately = text(
            SQL(
                "SELECT notification_id FROM {s}.event WHERE notification_id > %(after)s AND notification_id <= %(last)s"
                " AND recorded_at > clock_timestamp() - interval '7 days' AND position(%(said)s::bytea in envelope) > 0"
                " ORDER BY notification_id"
            )
        )
        self.event = text(SQL("SELECT {columns} FROM {s}.event WHERE event_id = %(event_id)s::uuid"))
        self.streams = text(
            SQL(
                "SELECT {columns} FROM {s}.event JOIN unnest(%(kinds)s::text[], %(ids)s::uuid[]) AS wanted (kind, id)"
                " ON stream_kind = wanted.kind AND originator_id = wanted.id ORDER BY notification_id"
            )
        )
        self.released = text(
            SQL("SELECT note FROM {s}.checkpoint WHERE epoch = (SELECT max(epoch) FROM {s}.epoch) ORDER BY size")
        )
        self.released_at = text(
            SQL("SELECT note FROM {s}.checkpoint WHERE epoch = (SELECT max(epoch) FROM {s}.epoch) AND size = %(size)s")
        )
        self.released_ever = text(SQL("SELECT epoch, note FROM {s}.checkpoint ORDER BY epoch, size"))
        self.epochs = text(SQL("SELECT epoch, old_checkpoint FROM {s}.epoch ORDER BY epoch"))
        self.last = text(SQL("SELECT note FROM {s}.checkpoint WHERE epoch = %(epoch)s ORDER BY size DESC LIMIT 1"))
        self.over = text(
            SQL(
                "WITH found AS (SELECT epoch, size, note FROM {s}.checkpoint"
                " WHERE epoch = (SELECT max(epoch) FROM {s}.epoch) AND size >= %(index)s ORDER BY size LIMIT 1),"
                " kept AS (INSERT INTO {s}.checkpoint_left (epoch, size) SELECT epoch, size FROM found"
                " WHERE NOT EXISTS (SELECT FROM {s}.checkpoint_left AS l"
                " WHERE l.epoch = found.epoch AND l.size = found.size) ON CONFLICT DO NOTHING)"
                " SELECT note FROM found"
            )
        )
        self.leaves = text(
            SQL(
                "INSERT INTO {s}.checkpoint_left (epoch, size) SELECT epoch, size FROM {s}.checkpoint"
                " WHERE epoch = %(epoch)s AND size = %(size)s ON CONFLICT DO NOTHING"
            )
        )
        self.leaves_now = text(
            SQL(
                "INSERT INTO {s}.checkpoint_left (epoch, size) SELECT epoch, size FROM {s}.checkpoint"
                " WHERE epoch = (SELECT max(epoch) FROM {s}.epoch) AND size = %(size)s ON CONFLICT DO NOTHING"
            )
        )
        self.prune = text(
            SQL(
                "DELETE FROM {s}.checkpoint AS c WHERE epoch = %(epoch)s"
                " AND released_at < clock_timestamp() - interval '30 days'"
                " AND NOT EXISTS (SELECT FROM {s}.checkpoint_left AS l WHERE l.epoch = c.epoch AND l.size = c.size)"
                " AND EXISTS (SELECT FROM {s}.checkpoint AS later WHERE later.epoch = c.epoch AND later.size > c.size"
                " AND (later.released_at AT TIME ZONE 'UTC')::date = (c.released_at AT TIME ZONE 'UTC')::date)"
            )
        )
        self.release = text(
            SQL(
                "WITH added AS (INSERT INTO {s}.checkpoint (epoch, size, note)"
                " VALUES (%(epoch)s, %(size)s, %(note)s) ON CONFLICT DO NOTHING RETURNING note)"
                " SELECT note FROM added UNION ALL"
                " SELECT note FROM {s}.checkpoint WHERE epoch = %(epoch)s AND size = %(size)s"
            )
        )
        self.tell = text(
            SQL(
                "INSERT INTO {s}.sealing_incident (epoch, at, reason, at_index)"
                " VALUES (%(epoch)s, %(at)s, %(reason)s, %(at_index)s)"
            )
        )


_COLUMNS: Final = SQL("notification_id, recorded_at, salt, envelope, state")
_FLUSHED: Final = SQL("SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()")
_FLUSH: Final = SQL("SELECT pg_logical_emit_message(true, 'doorstep sealer', '')")
