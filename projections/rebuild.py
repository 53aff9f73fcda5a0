"""Building a projection anew, beside the one that answers, and switching when it has caught up."""

from collections.abc import Callable, Sequence
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
        tables.create(connection, projection, fresh.table)
    position, rows = 0, new_rows(fresh)
    while True:
        with store.projector(school) as connection:
            held = tables.lock(connection, (projection,))[projection.name]
            done = _fold_on(connection, log, projection, fresh, rows, position)
            position += done
            if progress is not None:
                progress(position, log.head())
            if done < BATCH and position >= held.position:
                # The running table's position is locked: it cannot move on before the switch is committed.
                connection.execute(
                    "UPDATE tracking SET generation = %s, version = %s, position = %s WHERE name = %s",
                    (fresh.generation, projection.version, position, projection.name),
                )
                tables.drop(connection, held.table)
                return position
        # After this line the batch is committed; a crash before the switch leaves the old table answering.
        rows.written(CACHE)


def _fold_on(
    connection: Connection[DictRow],
    log: SchoolLog,
    projection: Projection,
    fresh: tables.Live,
    rows: Rows,
    position: int,
) -> int:
    batch = tuple(islice(log.read_log(position + 1, limit=BATCH), BATCH))
    due = [recorded for recorded in batch if recorded.envelope.stream.kind in projection.kinds]
    begin_batch(rows, connection, fresh.table, due)
    past = Past(lambda stream, version: _past(log, stream, version))
    for recorded in due:
        fold_one(projection, recorded, rows, past)
    tables.write(connection, fresh.table, rows.changes())
    return len(batch)


def _past(log: SchoolLog, stream: Stream, version: int) -> Sequence[Recorded]:
    return log.read(stream, up_to_version=version)
