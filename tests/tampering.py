"""What somebody with an owner's or a superuser's rights can do to a school's log, leaving no trace in its catalogue."""

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from eventlog.settings import DatabaseUrls

_TRIGGERS = """
SELECT tgrelid::regclass::text, tgname FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
WHERE NOT tgisinternal AND c.relnamespace = %s::regnamespace
"""


def past_the_triggers(urls: DatabaseUrls, slug: str, *statements: str, superuser_url: str = "") -> None:
    """Run the statements in the school's schema with all triggers off, and put every trigger on again, as it was.

    As the tables' owner, or as the superuser where a way to it is given.
    """
    with psycopg.connect(superuser_url or urls.migrate) as connection:
        if not superuser_url:
            connection.execute("SET ROLE doorstep_owner")
        connection.execute(SQL("SET search_path TO {}").format(Identifier(f"school_{slug}")))
        triggers = connection.execute(_TRIGGERS, (f"school_{slug}",)).fetchall()
        _each(connection, triggers, "ALTER TABLE {} DISABLE TRIGGER {}")
        for statement in statements:
            connection.execute(statement.encode())
        _each(connection, triggers, "ALTER TABLE {} ENABLE ALWAYS TRIGGER {}")


def _each(connection: Connection[TupleRow], triggers: list[TupleRow], statement: str) -> None:
    for table, trigger in triggers:
        connection.execute(statement.format(table, trigger).encode())
