"""A school's data keys in its export: one JSON object a line, sealed so that only the new home opens them.

    {"format":"doorstep-school-keys 1","school":"elm_park","secret":"<base64>"}     the first line
    {"key":"<id>","bytes":"<base64 of 32 bytes>"}                                    a data key
    {"erased":"<id>","at":"<instant>","rule":"...","event":"<id>"}                   what stands where one was

They are read and sealed one after the other: memory does not grow with their number.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg import Connection
from psycopg.rows import tuple_row

from eventlog.age import Identity, NotOpened, Passphrase, Recipient, Sealer, opened
from eventlog.keys.errors import KeyLost
from eventlog.keys.keks import Keks
from eventlog.keys.key_database import Tombstone
from eventlog.keys.keyring import RESTORE
from eventlog.keys.wrapping import KEY_BYTES, unwrap
from eventlog.migrating import connected
from eventlog.whole.shapes import ExportUnusable

FORMAT: Final = "doorstep-school-keys 1"
_FETCH: Final = 2_000
_LONGEST: Final = 64 * 1024
_SECRET: Final = "SELECT wrapped, kek_id FROM keys.school_secret WHERE school = %s"  # noqa: S105 - a statement
_KEYS: Final = "SELECT key_id, wrapped, kek_id FROM keys.data_key WHERE school = %s ORDER BY key_id"
_STONES: Final = "SELECT key_id, erased_at, rule, event_id FROM keys.tombstone WHERE school = %s ORDER BY key_id"


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line."""

    format: str
    school: str
    secret: str


class DataKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A data key's line."""

    key: UUID
    bytes: str


class Buried(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The line of a key that was erased."""

    erased: UUID
    at: datetime
    rule: str
    event: UUID

    @property
    def stone(self) -> Tombstone:
        """The same as the key database keeps it."""
        return Tombstone(self.erased, self.at, self.rule, self.event)


class Plain(NamedTuple):
    """A data key in clear. Only ever between two wrappings."""

    id: UUID
    bytes: bytes

    def __repr__(self) -> str:
        """Never the key."""
        return f"Plain({self.id})"


def seal_keys(file: IO[bytes], conninfo: str, school: str, keks: Keks, to: Passphrase | Recipient) -> int:
    """Write all keys of a school as they are at this moment; how many. Raises KeyLost, KeyAltered, LogUnavailable."""
    sealer, number = Sealer(file, to), 0
    with connected(conninfo) as connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for line in _lines(connection, school, keks):
            sealer.write(msgspec.json.encode(line) + b"\n")
            number += isinstance(line, DataKey)
        connection.execute("COMMIT")
    sealer.finish()
    return number


def _lines(connection: Connection[Any], school: str, keks: Keks) -> Iterator[Head | DataKey | Buried]:
    cursor = connection.cursor(row_factory=tuple_row)
    found = cursor.execute(_SECRET, (school,)).fetchone()
    if found is None:
        raise KeyLost(school, None, RESTORE)
    secret = unwrap(keks.named(found[1]), school, None, found[0])
    yield Head(format=FORMAT, school=school, secret=b64encode(secret).decode())
    for key_id, wrapped, kek_id in _rows(connection, _KEYS, school):
        plain = unwrap(keks.named(kek_id), school, key_id, wrapped)
        yield DataKey(key=key_id, bytes=b64encode(plain).decode())
    for key_id, erased_at, rule, event_id in _rows(connection, _STONES, school):
        yield Buried(erased=key_id, at=erased_at, rule=rule, event=event_id)


def _rows(connection: Connection[Any], statement: str, school: str) -> Iterator[tuple[Any, ...]]:
    with connection.cursor(name="doorstep_school_keys", row_factory=tuple_row) as cursor:
        cursor.itersize = _FETCH
        yield from cursor.execute(statement.encode(), (school,))


def secret_of(path: Path, school: str, by: Passphrase | Identity) -> bytes:
    """The school's secret, and with it whether the file opens at all. Raises ExportUnusable."""
    return next(_opened(path, school, by))  # type: ignore[return-value]  # the first is always the secret


def open_keys(path: Path, school: str, by: Passphrase | Identity) -> Iterator[Plain | Tombstone]:
    """All keys and tombstones of the file, in order; used up, all of it is verified. Raises ExportUnusable."""
    found = _opened(path, school, by)
    next(found)
    for one in found:
        if not isinstance(one, bytes):
            yield one


def _opened(path: Path, school: str, by: Passphrase | Identity) -> Iterator[bytes | Plain | Tombstone]:
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_split(opened(file, by)), 1):
                yield _secret(line, school) if number == 1 else _read(line)
    except NotOpened as error:
        message = f"{path}: {error}."
        raise ExportUnusable(message) from error
    except OSError as error:
        message = f"{path} cannot be read ({error.strerror})."
        raise ExportUnusable(message) from error
    except (msgspec.MsgspecError, ValueError):
        # Not the line itself: it holds a key.
        message = f"{path}: line {number} of what is sealed in it is none that Doorstep writes."
        raise ExportUnusable(message) from None
    if number == 0:
        message = f"{path} holds nothing."
        raise ExportUnusable(message)


def _secret(line: bytes, school: str) -> bytes:
    head = msgspec.json.decode(line, type=Head)
    if head.format != FORMAT or head.school != school:
        raise ValueError
    return _key(head.secret)


def _read(line: bytes) -> Plain | Tombstone:
    if line.startswith(b'{"erased"'):
        return msgspec.json.decode(line, type=Buried).stone
    found = msgspec.json.decode(line, type=DataKey)
    return Plain(found.key, _key(found.bytes))


def _key(text: str) -> bytes:
    key = b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError
    return key


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines. Raises ValueError for one without an end, or that is longer than any."""
    left = b""
    for piece in pieces:
        *whole, left = (left + piece).split(b"\n")
        yield from whole
        if len(left) > _LONGEST:
            raise ValueError
    if left:
        raise ValueError
