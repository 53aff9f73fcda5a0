"""PostgreSQL's binary form of what the append function takes, so that a batch travels in four parameters.

An array of composites in binary is: dimensions, a flag for nulls, the element's type, length and lower bound, then
each element with its length; a composite is its number of fields, then each field with its type and length.
"""

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

_BYTEA: Final = 17
_INT8: Final = 20
_INT4: Final = 23
_TEXT: Final = 25
_UUID: Final = 2950
_POSTGRES_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

# Number of fields, then: originator_id, originator_version, event_id, key_id, salt, and stream_kind's head.
_EVENT = struct.Struct(">iIi16sIiqIi16sIi16sIi16sIi")
_COMMAND = struct.Struct(">iIi16sIi32sIiiIii")
_CLAIM = struct.Struct(">iIi32sIi")
_FIELD = struct.Struct(">Ii")
_LENGTH = struct.Struct(">i")
_ARRAY = struct.Struct(">iiIii")
_EMPTY_ARRAY = struct.Struct(">iiI")
_ANSWER = struct.Struct(">q")


class Types(NamedTuple):
    """The numbers that the database at hand has given to the types of the append function."""

    new_event: int
    new_command: int
    claim_change: int


def event(  # noqa: PLR0913 - the columns of a row
    *,
    stream: UUID,
    version: int,
    event_id: UUID,
    key_id: UUID,
    salt: bytes,
    kind: str,
    topic: str,
    envelope: bytes,
    state: bytes,
) -> bytes:
    """A `doorstep.new_event`."""
    kind_bytes, topic_bytes = kind.encode(), topic.encode()
    return b"".join(
        (
            _EVENT.pack(
                *(9, _UUID, 16, stream.bytes, _INT8, 8, version, _UUID, 16, event_id.bytes, _UUID, 16, key_id.bytes),
                *(_BYTEA, 16, salt, _TEXT, len(kind_bytes)),
            ),
            kind_bytes,
            _FIELD.pack(_TEXT, len(topic_bytes)),
            topic_bytes,
            _FIELD.pack(_BYTEA, len(envelope)),
            envelope,
            _FIELD.pack(_BYTEA, len(state)),
            state,
        )
    )


def command(command_id: UUID, fingerprint: bytes, first_event: int, last_event: int) -> bytes:
    """A `doorstep.new_command`; the fingerprint has 32 bytes."""
    return _COMMAND.pack(
        *(4, _UUID, 16, command_id.bytes, _BYTEA, 32, fingerprint, _INT4, 4, first_event, _INT4, 4, last_event)
    )


def claim(claim: bytes, holder_kind: str, holder_id: UUID) -> bytes:
    """A `doorstep.claim_change`; the claim has 32 bytes."""
    kind = holder_kind.encode()
    return b"".join(
        (_CLAIM.pack(3, _BYTEA, 32, claim, _TEXT, len(kind)), kind, _FIELD.pack(_UUID, 16), holder_id.bytes)
    )


def array(element_type: int, elements: Sequence[bytes]) -> bytes:
    """An array of composites."""
    if not elements:
        return _EMPTY_ARRAY.pack(0, 0, element_type)
    parts = [_ARRAY.pack(1, 0, element_type, len(elements), 1)]
    for element in elements:
        parts.append(_LENGTH.pack(len(element)))
        parts.append(element)
    return b"".join(parts)


def instant(at: datetime) -> bytes:
    """A timestamptz."""
    return _ANSWER.pack((at - _POSTGRES_EPOCH) // _MICROSECOND)


def read_number(answer: bytes) -> int:
    """A bigint."""
    (number,) = _ANSWER.unpack(answer)
    return int(number)


def read_instant(answer: bytes) -> datetime:
    """A timestamptz."""
    return _POSTGRES_EPOCH + timedelta(microseconds=read_number(answer))
