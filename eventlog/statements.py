"""The SQL that reads a school's log, with the school's schema written in as an identifier."""

from psycopg.sql import SQL, Composed, Identifier

COLUMNS = SQL("notification_id, recorded_at, salt, envelope, state")
"""The order in which rows are read; `rows.EventRow` has the same."""


class Statements:
    """One school's statements. Each text is sent as a prepared statement, so it is the same every time."""

    def __init__(self, schema: str) -> None:
        """Write the schema in."""

        def text(statement: SQL) -> Composed:
            return statement.format(s=Identifier(schema), columns=COLUMNS)

        self.head = text(SQL("SELECT last_index FROM {s}.head"))
        # Walks the index backwards from its end, as far as there are only events of these topics and of this kind of stream.
        self.last_besides = text(
            SQL(
                "SELECT notification_id FROM {s}.event WHERE notification_id <= %(up_to)s"
                " AND topic <> ALL (%(topics)s::text[]) AND stream_kind <> %(kind)s ORDER BY notification_id DESC LIMIT 1"
            )
        )
        self.command = text(
            SQL("SELECT fingerprint, first_index, last_index FROM {s}.command WHERE command_id = %(command_id)s")
        )
        # The subquery walks the key backwards from its end, however long the stream is.
        self.places = text(
            SQL(
                "SELECT wanted.kind, wanted.id, last.originator_version, last.key_id"
                " FROM unnest(%(kinds)s::text[], %(ids)s::uuid[]) AS wanted (kind, id), LATERAL ("
                "SELECT originator_version, key_id FROM {s}.event"
                " WHERE originator_id = wanted.id AND stream_kind = wanted.kind"
                " ORDER BY originator_version DESC LIMIT 1) AS last"
            )
        )
        self.holders = text(
            SQL("SELECT claim, holder_kind, holder_id FROM {s}.claim WHERE claim = ANY (%(claims)s::bytea[])")
        )
        self.known_events = text(SQL("SELECT FROM {s}.event WHERE event_id = ANY (%(event_ids)s::uuid[]) LIMIT 1"))
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
