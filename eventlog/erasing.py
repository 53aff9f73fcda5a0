"""What the log's side of an erasure is: tombstones in the log's database, then the end of the data keys.

In this order. After the first step nothing more is stored under the keys: whoever tries is refused and goes on under a
fresh key. After the second nothing that was stored under them can be read. Both may be repeated.
"""

from collections.abc import Sequence
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from domain.ids import EventId, SchoolSlug
from eventlog.errors import LogUnavailable
from eventlog.keys.keyring import Keyring
from eventlog.migrate import log_schema
from eventlog.settings import DatabaseUrls


def erase(urls: DatabaseUrls, keyring: Keyring, key_ids: Sequence[UUID], rule: str, ordered: EventId) -> None:
    """Destroy data keys for good. `rule` and `ordered`, the event that ordered it, stay in the tombstones.

    Raises LogUnavailable, KeyUnavailable, SecondPlaceUnusable: then it is to be repeated.
    """
    _bury(urls, keyring, key_ids)
    # After this line nobody writes under the keys; a crash leaves them readable until the erasure is gone on with.
    keyring.destroy(key_ids, rule, ordered)


def _bury(urls: DatabaseUrls, keyring: Keyring, key_ids: Sequence[UUID]) -> None:
    statement = SQL("INSERT INTO {}.erased_key (key_id) SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING").format(
        Identifier(log_schema(SchoolSlug(keyring.school)))
    )
    try:
        with psycopg.connect(urls.keys_in_log, application_name="doorstep erasure") as connection:
            connection.execute(statement, (list(key_ids),))
    except psycopg.OperationalError as error:
        message = "The database could not be reached. The erasure goes on when it is there again."
        raise LogUnavailable(message) from error
