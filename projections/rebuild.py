"""Building a projection anew, beside the one that answers, and switching when it has caught up."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from psycopg import Connection
from psycopg.rows import DictRow

from domain.envelope import Recorded
from domain.ids import Stream
from eventlog.seam import SchoolLog
from eventlog.store import Store
from projections import tables
from projections.projection import Projection
from projections.rows import Past, Rows
from projections.runner import BATCH, CACHE, begin_batch, fold_one, new_rows


def rebuild(
    store: Store, school: str, projection: Projection, progress: Callable[[int, int], None] | None = None
) -> int:
    """Fold the whole log into a new table, then let it answer. The number of events folded.

    `progress` is called with events done and the log's head. The old table answers until the switch, which
    happens in one transaction: a crash at any point leaves the old one answering.
    """
    log = store.log(school)
    with store.projector(school) as connection:
        now = tables.prepare(connection, (projection,))[projection.name]
        fresh = now._replace(generation=now.generation + 1, position=0)
        tables.create(connection, fresh.table)
    position, rows, indexed = 0, new_rows(fresh), not projection.indexes
    while True:
        with store.projector(school) as connection:
            connection.execute("SET LOCAL synchronous_commit TO off")  # after a crash the old table answers, or the new
            held = tables.lock(connection, (projection,))[projection.name]
            done = _fold_on(connection, log, projection, fresh, rows, position)
            position += done
            if progress is not None:
                progress(position, log.head())
            caught_up = done < BATCH and position >= held.position
            if caught_up and (indexed or position == done):
                if not indexed:
                    tables.index(connection, projection, fresh.table)
                # The running table's position is locked: it cannot move on before the switch is committed.
                connection.execute(
                    "UPDATE tracking SET generation = %s, version = %s, position = %s WHERE name = %s",
                    (fresh.generation, projection.version, position, projection.name),
                )
                tables.drop(connection, held.table)
                return position
        # After this line the batch is committed; a crash before the switch leaves the old table answering.
        rows.written(CACHE)
        if caught_up:
            # Indexes made over all rows at once cost less than row by row. The running projections go on meanwhile,
            # and what they fold is folded here before the switch.
            with store.projector(school) as connection:
                tables.index(connection, projection, fresh.table)
            indexed = True


def _fold_on(
    connection: Connection[DictRow],
    log: SchoolLog,
    projection: Projection,
    fresh: tables.Live,
    rows: Rows,
    position: int,
) -> int:
    events: Iterable[Recorded] = islice(log.read_log(position + 1, limit=BATCH), BATCH)
    wanted: Sequence[Recorded] = ()
    if not rows.complete:
        events = wanted = tuple(events)  # looked at twice: whose rows they want, and what they say
    begin_batch(rows, connection, fresh.table, wanted)
    past = Past(lambda stream, version: _past(log, stream, version))
    done = 0
    for recorded in events:
        done += 1
        if projection.looks_at(recorded):
            fold_one(projection, recorded, rows, past)
    tables.write(connection, fresh.table, rows.changes())
    return done


def _past(log: SchoolLog, stream: Stream, version: int) -> Sequence[Recorded]:
    return log.read(stream, up_to_version=version)
