"""What travels between events and the rows of the event table: encoding, sealing, and reading back."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag

from domain.envelope import Recorded
from domain.event import Event
from domain.ids import CommandId, SchoolSlug, Stream
from eventlog import canonical, frames
from eventlog.codec import Codec, Erased, Unreadable
from eventlog.errors import PayloadTooLarge, UnreadableEvent
from eventlog.keys.errors import KeyAltered, KeyLost
from eventlog.keys.key_database import Tombstone
from eventlog.keys.keyring import DataKey, Keyring
from eventlog.seam import NewEvent, Write

LARGEST_PAYLOAD: Final = 1024 * 1024
"""Bytes of one event's payload."""
_SALT: Final = 16
_NONCE: Final = 12


class EventRow(NamedTuple):
    """A row of the event table, in the order of `statements.COLUMNS`."""

    notification_id: int
    recorded_at: datetime
    salt: bytes
    envelope: bytes
    state: bytes


class Payload(NamedTuple):
    """An event encoded, before its version and its data key are known."""

    stream: Stream
    new: NewEvent
    topic: str
    plain: bytes


def payloads(codec: Codec, writes: Iterable[Write]) -> tuple[Payload, ...]:
    """Encode all that is to be stored, before anything is locked. Raises UnknownTopic, PayloadTooLarge."""
    return tuple(_payload(codec, write.stream, new) for write in writes for new in write.events)


def _payload(codec: Codec, stream: Stream, new: NewEvent) -> Payload:
    topic, plain = codec.encode(new.event)
    if len(plain) > LARGEST_PAYLOAD:
        raise PayloadTooLarge(topic, len(plain), LARGEST_PAYLOAD)
    return Payload(stream, new, topic, plain)


class Sealed(NamedTuple):
    """An event as it will be stored, with its place in its stream."""

    payload: Payload
    canonical: canonical.Canonical
    salt: bytes
    envelope: bytes
    state: bytes

    def frame(self) -> bytes:
        """The event as the append function takes it."""
        return frames.event(
            stream=self.canonical.stream,
            version=self.canonical.version,
            event_id=self.canonical.event_id,
            key_id=self.canonical.key_id,
            salt=self.salt,
            kind=self.canonical.kind.value,
            topic=self.canonical.topic,
            envelope=self.envelope,
            state=self.state,
        )


def seal(school: SchoolSlug, command_id: CommandId, payload: Payload, version: int, key: DataKey) -> Sealed:
    """Make the canonical envelope and encrypt the payload under it.

    The envelope's bytes are the additional authenticated data: a payload moved to another event, stream, school or key
    does not open. Raises ValueError for an instant without a zone or outside the years 1 to 9999 in UTC.
    """
    stream, new, topic, plain = payload
    acting = new.acting
    said = canonical.Canonical(
        school=school,
        kind=stream.kind,
        stream=stream.id,
        version=version,
        event_id=new.event_id,
        topic=topic,
        occurred_at=canonical.in_utc(acting.occurred_at),
        actor=acting.actor,
        role=acting.role,
        command_id=command_id,
        policy_version=new.policy_version,
        key_id=key.id,
        device_at=None if acting.device_at is None else canonical.in_utc(acting.device_at),
        said_by=acting.said_by,
        deputising_for=acting.deputising_for,
        correlation_id=acting.correlation_id,
        causation_id=acting.causation_id,
        corrects=new.corrects,
    )
    envelope = canonical.to_bytes(said)
    chance = os.urandom(_SALT + _NONCE)
    nonce = chance[_SALT:]
    return Sealed(payload, said, chance[:_SALT], envelope, nonce + key.cipher.encrypt(nonce, plain, envelope))


_Key = DataKey | KeyLost | KeyAltered | Tombstone
"""A data key, why there is none, or what stands where it was erased."""
_Open = Callable[[str, bytes, bytes, _Key], Event]


class Reader:
    """Turns rows into events: one school's codec and keys. Thread-safe."""

    def __init__(self, school: SchoolSlug, codec: Codec, keyring: Keyring) -> None:
        """Read with these keys."""
        self._school = school
        self._codec = codec
        self._keyring = keyring

    def read(self, rows: Sequence[EventRow]) -> tuple[Recorded, ...]:
        """The events, an erased one as `Erased`. Raises UnreadableEvent, UnknownTopic."""
        return tuple(self._recorded(rows, self._open))

    def show(self, rows: Sequence[EventRow]) -> list[Recorded]:
        """The events, with `Erased` or `Unreadable` in the place of those that cannot be read."""
        try:
            return self._recorded(rows, self._open)
        except UnreadableEvent:
            return self._recorded(rows, self._open_or_stand_in)

    def _recorded(self, rows: Sequence[EventRow], opened: _Open) -> list[Recorded]:
        said = [canonical.from_bytes(row[3]) for row in rows]
        # By the ids' numbers: a UUID is hashed and compared in Python, which would cost as much as decrypting.
        keys = self._keys({one.key_id.int: one.key_id for one in said})
        return [
            Recorded(one.placed(index, recorded_at, salt), opened(one.topic, envelope, state, keys[one.key_id.int]))
            for one, (index, recorded_at, salt, envelope, state) in zip(said, rows, strict=True)
        ]

    def _keys(self, key_ids: Mapping[int, UUID]) -> dict[int, _Key]:
        self._keyring.load(key_ids.values())
        return {number: self._key(key_id) for number, key_id in key_ids.items()}

    def _key(self, key_id: UUID) -> _Key:
        try:
            return self._keyring.get(key_id) or self._keyring.tombstone_of(key_id)
        except (KeyLost, KeyAltered) as fault:
            return fault

    def _open(self, topic: str, envelope: bytes, state: bytes, key: _Key) -> Event:
        if not isinstance(key, DataKey):
            return _erased(topic, key)
        try:
            plain = key.cipher.decrypt(state[:_NONCE], state[_NONCE:], envelope)
        except InvalidTag:
            raise UnreadableEvent(topic, "the payload was not encrypted with this envelope and this key") from None
        return self._codec.decode(topic, plain)

    def _open_or_stand_in(self, topic: str, envelope: bytes, state: bytes, key: _Key) -> Event:
        try:
            return self._open(topic, envelope, state, key)
        except UnreadableEvent as error:
            return Unreadable(topic=topic, reason=error.reason)


def _erased(topic: str, key: KeyLost | KeyAltered | Tombstone) -> Event:
    """What is shown without a data key. Raises UnreadableEvent where it was not erased, but is missing."""
    if isinstance(key, Tombstone):
        return Erased(topic=topic, erased_at=key.erased_at, rule=key.rule)
    raise UnreadableEvent(topic, str(key)) from key
