"""The SQL of a school's log, with the school's schema written in as an identifier."""

from psycopg.sql import SQL, Composed, Identifier

COLUMNS = SQL(
    "event_id, stream_kind, originator_id, originator_version, notification_id, topic, occurred_at, device_at,"
    " recorded_at, actor, role, said_by, deputising_for, command_id, correlation_id, causation_id, policy_version,"
    " corrects, key_id, salt, state"
)
"""The order in which rows are read; `recorder.EventRow` has the same."""


class Statements:
    """One school's statements. Each text is sent as a prepared statement, so it is the same every time."""

    def __init__(self, schema: str) -> None:
        """Write the schema in."""

        def text(statement: SQL) -> Composed:
            return statement.format(s=Identifier(schema), columns=COLUMNS)

        self.lock_head = text(SQL("SELECT last_index FROM {s}.head FOR UPDATE"))
        self.head = text(SQL("SELECT last_index FROM {s}.head"))
        self.command = text(
            SQL("SELECT fingerprint, first_index, last_index FROM {s}.command WHERE command_id = %(command_id)s")
        )
        # The subquery walks the key backwards from its end, however long the stream is.
        self.versions = text(
            SQL(
                "SELECT wanted.kind, wanted.id, coalesce((SELECT max(originator_version) FROM {s}.event"
                " WHERE originator_id = wanted.id AND stream_kind = wanted.kind), 0)"
                " FROM unnest(%(kinds)s::text[], %(ids)s::uuid[]) AS wanted (kind, id)"
            )
        )
        self.holders = text(
            SQL("SELECT claim, holder_kind, holder_id FROM {s}.claim WHERE claim = ANY (%(claims)s::text[])")
        )
        self.insert_events = text(_INSERT_EVENTS)
        self.insert_command = text(
            SQL(
                "INSERT INTO {s}.command (command_id, fingerprint, first_index, last_index)"
                " VALUES (%(command_id)s, %(fingerprint)s, %(first_index)s, %(last_index)s)"
            )
        )
        self.move_head = text(SQL("UPDATE {s}.head SET last_index = %(last_index)s"))
        self.release = text(
            SQL(
                "DELETE FROM {s}.claim WHERE claim = ANY (%(claims)s::text[])"
                " AND holder_kind = %(kind)s AND holder_id = %(id)s"
            )
        )
        self.take = text(
            SQL(
                "INSERT INTO {s}.claim (claim, holder_kind, holder_id)"
                " SELECT taken, %(kind)s, %(id)s FROM unnest(%(claims)s::text[]) AS taken"
            )
        )
        self.stream = text(
            SQL(
                "SELECT {columns} FROM {s}.event WHERE originator_id = %(id)s AND stream_kind = %(kind)s"
                " AND originator_version <= %(up_to)s ORDER BY originator_version"
            )
        )
        self.log = text(
            SQL(
                "SELECT {columns} FROM {s}.event WHERE notification_id BETWEEN %(first)s AND %(last)s"
                " ORDER BY notification_id"
            )
        )
        self.event = text(SQL("SELECT {columns} FROM {s}.event WHERE event_id = %(event_id)s"))


NOTIFY = "SELECT pg_notify(%(channel)s, %(last_index)s::text)"
"""Sent once an append; heard after the commit."""

_INSERT_EVENTS = SQL(
    # One instant for the whole append, taken by the server under the head's lock, so that it follows the index.
    "WITH server AS MATERIALIZED (SELECT coalesce(%(recorded_at)s::timestamptz, clock_timestamp()) AS recorded_at),"
    " stored AS (INSERT INTO {s}.event ({columns})"
    " SELECT event_id, stream_kind, originator_id, originator_version, notification_id, topic, occurred_at, device_at,"
    " server.recorded_at, actor, role, said_by, deputising_for, %(command_id)s, correlation_id, causation_id,"
    " policy_version, corrects, key_id, salt, state"
    " FROM server, unnest(%(event_id)s::uuid[], %(stream_kind)s::text[], %(originator_id)s::uuid[],"
    " %(originator_version)s::bigint[], %(notification_id)s::bigint[], %(topic)s::text[],"
    " %(occurred_at)s::timestamptz[], %(device_at)s::timestamptz[], %(actor)s::uuid[], %(role)s::text[],"
    " %(said_by)s::uuid[], %(deputising_for)s::uuid[], %(correlation_id)s::uuid[], %(causation_id)s::uuid[],"
    " %(policy_version)s::bigint[], %(corrects)s::uuid[], %(key_id)s::text[], %(salt)s::bytea[], %(state)s::bytea[])"
    " AS new (event_id, stream_kind, originator_id, originator_version, notification_id, topic, occurred_at,"
    " device_at, actor, role, said_by, deputising_for, correlation_id, causation_id, policy_version, corrects,"
    " key_id, salt, state))"
    " SELECT recorded_at FROM server"
)
