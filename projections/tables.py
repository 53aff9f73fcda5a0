"""The tables behind projections: one a generation, so that a rebuild runs beside the old one and then switches."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections.projection import Projection
from projections.rows import Key


class Live(NamedTuple):
    """The table that answers a projection's queries, and how far it has come."""

    name: str
    version: int
    generation: int
    position: int

    @property
    def table(self) -> str:
        """The table's name in the school's views."""
        return f"{self.name}_g{self.generation}"


def prepare(connection: Connection[Any], projections: Sequence[Projection]) -> dict[str, Live]:
    """Make what is missing. A projection whose version changed gets an empty table and starts at the first event."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.tracking', 0))")
    for projection in projections:
        row = connection.execute("SELECT * FROM tracking WHERE name = %s", (projection.name,)).fetchone()
        if row is not None and row["version"] == projection.version:
            continue
        generation = 1 if row is None else row["generation"] + 1
        fresh = Live(projection.name, projection.version, generation, 0)
        create(connection, fresh.table)
        index(connection, projection, fresh.table)
        connection.execute(
            "INSERT INTO tracking (name, version, generation, position) VALUES (%s, %s, %s, 0) ON CONFLICT (name)"
            " DO UPDATE SET version = excluded.version, generation = excluded.generation, position = 0",
            fresh[:3],
        )
        if row is not None:
            drop(connection, Live(projection.name, row["version"], row["generation"], 0).table)
    return lock(connection, projections)


def create(connection: Connection[Any], table: str) -> None:
    """An empty table, without the indexes that queries want."""
    name = Identifier(table)
    connection.execute(SQL("DROP TABLE IF EXISTS {}").format(name))
    connection.execute(
        SQL(
            "CREATE TABLE {} (kind text NOT NULL, key text NOT NULL, body jsonb NOT NULL, PRIMARY KEY (kind, key))"
        ).format(name)
    )


def index(connection: Connection[Any], projection: Projection, table: str) -> None:
    """Make the indexes that the projection's queries want."""
    for one in projection.indexes:
        connection.execute(SQL("CREATE INDEX ON {} ").format(Identifier(table)) + SQL(one))


def drop(connection: Connection[Any], table: str) -> None:
    """Remove a table that no longer answers."""
    connection.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(table)))


def lock(connection: Connection[Any], projections: Sequence[Projection]) -> dict[str, Live]:
    """The live tables, their positions held until the transaction ends."""
    names = [projection.name for projection in projections]
    rows = connection.execute(
        "SELECT name, version, generation, position FROM tracking WHERE name = ANY(%s) ORDER BY name FOR UPDATE",
        (names,),
    ).fetchall()
    return {row["name"]: Live(row["name"], row["version"], row["generation"], row["position"]) for row in rows}


def live(connection: Connection[Any]) -> dict[str, Live]:
    """The tables that answer now, by projection; none before the projector first ran."""
    rows = connection.execute("SELECT name, version, generation, position FROM tracking")
    return {row["name"]: Live(row["name"], row["version"], row["generation"], row["position"]) for row in rows}


def move(connection: Connection[Any], held: Mapping[str, Live], position: int) -> None:
    """Keep how far these locked projections have come, in the transaction of their rows; none goes back."""
    connection.execute(
        "UPDATE tracking SET position = %s WHERE name = ANY(%s)",
        (position, [name for name, live in held.items() if live.position < position]),
    )


def write(connection: Connection[Any], table: str, changes: Iterable[tuple[Key, bytes | None]]) -> None:
    """Write a batch's rows. Arrays go in binary: escaping JSON inside a text array took most of a rebuild's time."""
    gone, kept = [], []
    for key, body in changes:
        if body is None:
            gone.append(key)
        else:
            kept.append((*key, body.decode()))
    name = Identifier(table)
    if gone:
        connection.execute(
            SQL("DELETE FROM {} WHERE (kind, key) IN (SELECT * FROM unnest(%b::text[], %b::text[]))").format(name),
            ([k for k, _ in gone], [k for _, k in gone]),
        )
    if kept:
        kinds, keys, bodies = zip(*kept, strict=True)
        connection.execute(
            SQL(
                "INSERT INTO {} (kind, key, body) SELECT k, y, b::jsonb FROM unnest(%b::text[], %b::text[], %b::text[])"
                " AS u(k, y, b) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"
            ).format(name),
            (list(kinds), list(keys), list(bodies)),
        )


def dump(connection: Connection[Any], table: str) -> bytes:
    """All rows, as bytes to compare."""
    rows = connection.execute(
        SQL('SELECT kind, key, body::text AS body FROM {} ORDER BY kind COLLATE "C", key COLLATE "C"').format(
            Identifier(table)
        )
    )
    return b"\n".join(f"{row['kind']}\t{row['key']}\t{row['body']}".encode() for row in rows)
