"""What is asked of the key database, as the keys' role. One pool for all schools; every statement may be repeated."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

from psycopg import Connection
from psycopg.errors import InsufficientPrivilege
from psycopg.rows import DictRow

from eventlog.errors import LogUnavailable
from eventlog.keys.errors import KeyUnavailable
from eventlog.pools import Pool, open_pool, patiently

T = TypeVar("T")

_CONNECTIONS: Final = 3
_STUCK_AFTER: Final = 10
_AWAY: Final = (
    "The key database could not be reached: nothing personal can be stored or read just now. Try again in a moment."
)


class WrappedKey(NamedTuple):
    """A data key as it is kept."""

    key_id: UUID
    wrapped: bytes
    kek_id: str


class Tombstone(NamedTuple):
    """What stands where a data key was."""

    key_id: UUID
    erased_at: datetime
    rule: str
    """The retention rule that it was erased under."""
    event_id: UUID
    """The event that tells of the erasure."""


class RemovedSchool(NamedTuple):
    """What stands where a whole school's keys were."""

    school: str
    removed_at: datetime
    event_id: UUID
    """The event that confirmed the removal."""


class KnownKek(NamedTuple):
    """What the key database knows of a key-encryption key."""

    kek_id: str
    check_value: bytes
    retired_at: datetime | None


class KeyDatabase:
    """The key database. Thread-safe; close it when done. Every method raises KeyUnavailable."""

    def __init__(self, conninfo: str) -> None:
        """Connect. Raises KeyUnavailable."""
        try:
            self._pool: Pool = open_pool(conninfo, name="doorstep keys", size=_CONNECTIONS, stuck_after=_STUCK_AFTER)
        except LogUnavailable as error:
            raise KeyUnavailable(str(error)) from error

    def close(self) -> None:
        """Give the connections back."""
        self._pool.close()

    def ask(self, question: Callable[[Connection[DictRow]], T]) -> T:
        """An answer on a connection, in a transaction of its own; it is asked again after a lost connection."""

        def once() -> T:
            with self._pool.connection() as connection, connection.transaction():
                return question(connection)

        try:
            return patiently(self._pool, once, _AWAY)
        except LogUnavailable as error:
            raise KeyUnavailable(_AWAY) from error

    def keks(self) -> tuple[KnownKek, ...]:
        """All key-encryption keys that there ever were."""
        return self.ask(known_keks)

    def register(self, keks: Iterable[KnownKek]) -> None:
        """Make key-encryption keys known; one that is known stays as it is."""
        self.ask(lambda connection: add_keks(connection, keks))

    def retire(self, kek_id: str) -> bool:
        """Whether a key-encryption key is retired now, for good: not where it still wraps something."""
        try:
            self.ask(lambda connection: connection.execute(_RETIRE, {"kek_id": kek_id}).rowcount)
        except InsufficientPrivilege:
            return False
        return True

    def schools(self) -> tuple[str, ...]:
        """The schools that have keys."""
        return self.ask(schools_with_keys)

    def secret(self, school: str) -> tuple[bytes, str] | None:
        """A school's wrapped secret and the id of what wraps it."""

        def question(connection: Connection[DictRow]) -> tuple[bytes, str] | None:
            row = connection.execute(_SECRET, {"school": school}).fetchone()
            return None if row is None else (row["wrapped"], row["kek_id"])

        return self.ask(question)

    def add_secret(self, school: str, wrapped: bytes, kek_id: str) -> None:
        """Keep a school's secret; the first one stays."""
        self.ask(
            lambda connection: (
                connection.execute(_ADD_SECRET, {"school": school, "wrapped": wrapped, "kek_id": kek_id}).rowcount
            )
        )

    def add(self, school: str, keys: Sequence[WrappedKey]) -> None:
        """Keep data keys; one that is there stays. Refused, with psycopg's InsufficientPrivilege, where one was erased."""
        self.ask(
            lambda connection: (
                connection.execute(
                    _ADD,
                    {
                        "school": school,
                        "key_ids": [key.key_id for key in keys],
                        "wrapped": [key.wrapped for key in keys],
                        "kek_ids": [key.kek_id for key in keys],
                    },
                ).rowcount
            )
        )

    def find(self, school: str, key_ids: Sequence[UUID]) -> tuple[list[WrappedKey], list[Tombstone]]:
        """Those of the keys that are there, and the tombstones of those that were erased, at one moment."""
        return self.ask(lambda connection: _both(connection, _FIND, {"school": school, "key_ids": list(key_ids)}))

    def everything(self, school: str) -> tuple[list[WrappedKey], list[Tombstone]]:
        """All keys of a school, and all its tombstones, at one moment."""
        return self.ask(lambda connection: _both(connection, _EVERYTHING, {"school": school}))

    def destroy(self, school: str, stones: Sequence[Tombstone]) -> None:
        """Put tombstones where data keys are, in one transaction; what is erased already stays as it is."""

        def question(connection: Connection[DictRow]) -> None:
            ids = [stone.key_id for stone in stones]
            connection.execute(
                _BURY,
                {
                    "school": school,
                    "key_ids": ids,
                    "erased_at": [stone.erased_at for stone in stones],
                    "rules": [stone.rule for stone in stones],
                    "event_ids": [stone.event_id for stone in stones],
                },
            )
            connection.execute(_DELETE, {"school": school, "key_ids": ids})

        self.ask(question)

    def remove(self, removed: RemovedSchool) -> None:
        """Put one stone where all keys of a school are, and its secret, in one transaction. Doing it again changes nothing."""

        def question(connection: Connection[DictRow]) -> None:
            connection.execute(_REMOVE, removed._asdict())
            connection.execute("DELETE FROM keys.data_key WHERE school = %s", (removed.school,))
            connection.execute("DELETE FROM keys.school_secret WHERE school = %s", (removed.school,))

        self.ask(question)

    def removed(self) -> dict[str, RemovedSchool]:
        """The schools whose keys are gone, by short name."""

        def question(connection: Connection[DictRow]) -> dict[str, RemovedSchool]:
            rows = connection.execute("SELECT school, removed_at, event_id FROM keys.removed_school")
            return {row["school"]: RemovedSchool(row["school"], row["removed_at"], row["event_id"]) for row in rows}

        return self.ask(question)


def known_keks(connection: Connection[DictRow]) -> tuple[KnownKek, ...]:
    """All key-encryption keys that there ever were; rows of the connection are dicts."""
    return tuple(KnownKek(row["kek_id"], row["check_value"], row["retired_at"]) for row in connection.execute(_KEKS))


def add_keks(connection: Connection[DictRow], keks: Iterable[KnownKek]) -> None:
    """Make key-encryption keys known; one that is known stays as it is."""
    for kek in keks:
        connection.execute(_ADD_KEK, {"kek_id": kek.kek_id, "check_value": kek.check_value})


def schools_with_keys(connection: Connection[DictRow]) -> tuple[str, ...]:
    """The schools that have keys; rows of the connection are dicts."""
    return tuple(row["school"] for row in connection.execute("SELECT school FROM keys.school_secret ORDER BY school"))


def _both(
    connection: Connection[DictRow], statement: str, parameters: dict[str, object]
) -> tuple[list[WrappedKey], list[Tombstone]]:
    keys: list[WrappedKey] = []
    stones: list[Tombstone] = []
    for row in connection.execute(statement.encode(), parameters):
        if row["wrapped"] is not None:
            keys.append(WrappedKey(row["key_id"], row["wrapped"], row["kek_id"]))
        else:
            stones.append(Tombstone(row["key_id"], row["erased_at"], row["rule"], row["event_id"]))
    return keys, stones


_KEKS: Final = "SELECT kek_id, check_value, retired_at FROM keys.kek ORDER BY made_at, kek_id"
_ADD_KEK: Final = (
    "INSERT INTO keys.kek (kek_id, check_value) VALUES (%(kek_id)s, %(check_value)s) ON CONFLICT DO NOTHING"
)
_RETIRE: Final = "UPDATE keys.kek SET retired_at = clock_timestamp() WHERE kek_id = %(kek_id)s AND retired_at IS NULL"
_SECRET: Final = "SELECT wrapped, kek_id FROM keys.school_secret WHERE school = %(school)s"  # noqa: S105 - a statement
_ADD_SECRET: Final = (
    "INSERT INTO keys.school_secret (school, wrapped, kek_id) VALUES (%(school)s, %(wrapped)s, %(kek_id)s)"  # noqa: S105 - a statement
    " ON CONFLICT DO NOTHING"
)
_ADD: Final = (
    "INSERT INTO keys.data_key (school, key_id, wrapped, kek_id) SELECT %(school)s, key_id, wrapped, kek_id"
    " FROM unnest(%(key_ids)s::uuid[], %(wrapped)s::bytea[], %(kek_ids)s::text[]) AS new (key_id, wrapped, kek_id)"
    " ON CONFLICT DO NOTHING"
)
_EVERYTHING: Final = (
    "SELECT key_id, wrapped, kek_id, NULL::timestamptz AS erased_at, NULL AS rule, NULL::uuid AS event_id"
    " FROM keys.data_key WHERE school = %(school)s"
    " UNION ALL SELECT key_id, NULL, NULL, erased_at, rule, event_id FROM keys.tombstone WHERE school = %(school)s"
)
_FIND: Final = (
    "SELECT key_id, wrapped, kek_id, NULL::timestamptz AS erased_at, NULL AS rule, NULL::uuid AS event_id"
    " FROM keys.data_key WHERE school = %(school)s AND key_id = ANY (%(key_ids)s::uuid[])"
    " UNION ALL SELECT key_id, NULL, NULL, erased_at, rule, event_id FROM keys.tombstone"
    " WHERE school = %(school)s AND key_id = ANY (%(key_ids)s::uuid[])"
)
_BURY: Final = (
    "INSERT INTO keys.tombstone (school, key_id, erased_at, rule, event_id)"
    " SELECT %(school)s, key_id, erased_at, rule, event_id FROM unnest(%(key_ids)s::uuid[],"
    " %(erased_at)s::timestamptz[], %(rules)s::text[], %(event_ids)s::uuid[])"
    " AS new (key_id, erased_at, rule, event_id) ON CONFLICT DO NOTHING"
)
_DELETE: Final = "DELETE FROM keys.data_key WHERE school = %(school)s AND key_id = ANY (%(key_ids)s::uuid[])"
_REMOVE: Final = (
    "INSERT INTO keys.removed_school (school, removed_at, event_id) VALUES (%(school)s, %(removed_at)s, %(event_id)s)"
    " ON CONFLICT DO NOTHING"
)
