"""Rebuilding every projection, against COPY of the events out of their table."""

from collections.abc import Callable

import psycopg
from psycopg.sql import SQL, Identifier

from eventlog.migrate import log_schema
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from projections.rebuild import rebuild
from projections.registry import PROJECTIONS
from scripts.benchmarks.figure import Figure, timed


def figures(store: Store, urls: DatabaseUrls, school: str, say: Callable[[str], None]) -> list[Figure]:
    """Events a second through each projection."""
    log = store.log(school)
    query = SQL("COPY {}.event TO STDOUT (FORMAT binary)").format(Identifier(log_schema(log.school)))
    with psycopg.connect(urls.migrate) as connection, timed() as copied, connection.cursor().copy(query) as copy:
        for _ in copy:
            pass
    reference = log.head() / copied()
    out: list[Figure] = []
    for projection in PROJECTIONS:
        say(f"rebuild {projection.name}")
        with timed() as took:
            done = rebuild(store, school, projection)
        out.append(
            Figure(
                name=f"rebuild {projection.name}",
                value=done / took(),
                unit="events/s",
                reference="COPY out of the table",
                reference_value=reference,
                ratio=done / took() / reference,
            )
        )
    return out
