"""A school's events as they can be read: decrypted, one JSON object a line, each as it was written.

    {"index":7,"recorded_at":"2026-11-23T09:30:00.000123Z","envelope":{...},"event":{...}}

In the place of `event` stands `erased` (when, and under which rule) where the data key was destroyed, and `unreadable`
where it is lost or the payload does not open: what is not there is said. Of a restricted case (DV-08) `restricted` stands
there: whoever asks for an export may be whom it is about. It is in the proved log, under its own data key.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final, Protocol
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from eventlog.keys.errors import KeyAltered, KeyLost
from eventlog.keys.key_database import Tombstone
from eventlog.keys.keyring import Keyring
from eventlog.ledger.sealer import Row
from eventlog.ledger.verifier import parse_envelope

_TOGETHER: Final = 500
_NONCE: Final = 12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
UNREADABLE: Final = b'"unreadable":'
_CASE: Final = "case"
"""The kind of stream of a restricted case."""
_RESTRICTED: Final = b'"restricted":"it is in the proved log alone, for those inside the case"'


class Opener(Protocol):
    """Finds data keys."""

    def load(self, key_ids: Sequence[UUID]) -> None:
        """These are asked for next."""
        ...

    def get(self, key_id: UUID) -> AESGCM | Tombstone | None:
        """What opens, what stands where it was, or None where there is neither."""
        ...


class OfKeyring:
    """The keys of an installation."""

    def __init__(self, keyring: Keyring) -> None:
        """Nothing is asked yet."""
        self._keyring = keyring

    def load(self, key_ids: Sequence[UUID]) -> None:
        """In one query."""
        self._keyring.load(key_ids)

    def get(self, key_id: UUID) -> AESGCM | Tombstone | None:
        """As `Opener.get`; a key that does not open is as one that is lost."""
        try:
            found = self._keyring.get(key_id)
            return self._keyring.tombstone_of(key_id) if found is None else found.cipher
        except (KeyLost, KeyAltered):
            return None


def readable(rows: Iterable[Row], keys: Opener) -> Iterator[bytes]:
    """A line for each row, with its newline. Raises Refused for an envelope that is none."""
    waiting = iter(rows)
    while some := tuple(islice(waiting, _TOGETHER)):
        ids = [UUID(parse_envelope(row[3])["key_id"]) for row in some]
        keys.load(ids)
        for row, key_id in zip(some, ids, strict=True):
            yield line_of(row, keys.get(key_id))


def line_of(row: Row, key: AESGCM | Tombstone | None) -> bytes:
    """One event's line."""
    index, recorded_at, _salt, envelope, state = row
    at = (_EPOCH + timedelta(microseconds=recorded_at)).isoformat().replace("+00:00", "Z")
    return b'{"index":%d,"recorded_at":"%b","envelope":%b,%b}\n' % (
        index,
        at.encode(),
        envelope,
        _what(row, key, state),
    )


def _what(row: Row, key: AESGCM | Tombstone | None, state: bytes) -> bytes:
    if parse_envelope(row[3])["kind"] == _CASE:
        return _RESTRICTED
    if isinstance(key, Tombstone):
        return b'"erased":' + msgspec.json.encode({"at": key.erased_at, "rule": key.rule})
    if key is None:
        return UNREADABLE + b'"its data key is lost"'
    try:
        return b'"event":' + key.decrypt(state[:_NONCE], state[_NONCE:], row[3])
    except (InvalidTag, ValueError):
        return UNREADABLE + b'"it was not encrypted with this envelope and this key"'
