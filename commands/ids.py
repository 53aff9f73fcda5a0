"""New ids: UUIDv7, which sort by the time they were made (RFC 9562)."""

import os
import time
from uuid import UUID

from domain.ids import CommandId, EventId

_VERSION, _VARIANT = 0x7, 0b10


def uuid7() -> UUID:
    """A UUIDv7: 48 bits of milliseconds since 1970, the rest random."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10))
    high = random >> 68
    low = random & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | _VERSION << 76 | high << 64 | _VARIANT << 62 | low)


def new_event_id() -> EventId:
    """An id for an event about to be appended."""
    return EventId(uuid7())


def new_command_id() -> CommandId:
    """An id for a command that came without one."""
    return CommandId(uuid7())
