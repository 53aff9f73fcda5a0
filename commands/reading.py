"""Reading what was sent as a command. Pure: bytes or a map in; the command, and what could not be read of it, out.

Plans and closings are read strictly: what does not fit is named at once, up to twenty faults (`Malformed`). Facts are
never turned away: whatever cannot be read is kept as text beside the fact, and the rest of it counts (design law 1).
"""

import difflib
import json
from collections import Counter
from collections.abc import Container, Mapping
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, Final, NamedTuple, NoReturn, cast
from uuid import UUID, uuid5

from msgspec import inspect

from commands.reading_values import Fault, Said, clean, expected, read_value
from domain.command import Command, CommandKind
from domain.ids import NAMESPACE, CommandId, StaffId

__all__ = ["Fault", "Malformed", "Read", "fields_of", "read_body", "read_command_id", "read_payload"]

WHOLE: Final = "body"
"""The name under which a fact that is no JSON object is kept."""
KEY: Final = "Idempotency-Key"
_LONGEST_NAME: Final = 100
MOST_MEMBERS: Final = 1_000
"""An object with more of them is no command; a fact's is kept as one text."""
MOST_FAULTS: Final = 20
"""So many are told at once: nobody puts right more in one go."""
_NO_OBJECT: Final = Fault(field=WHOLE, expected="a JSON object with the command's fields")
_TOO_MANY: Final = Fault(field=WHOLE, expected=f"objects of at most {MOST_MEMBERS:,} members")

_SENDER: Final[Mapping[str, inspect.Type]] = {
    "at": inspect.type_info(datetime | None),
    "device_at": inspect.type_info(datetime | None),
    "said_by": inspect.type_info(UUID | None),
}
"""What may be said of every command beside its own fields."""


class Malformed(Exception):  # noqa: N818 - as domain.refusal
    """A plan or closing that cannot be read: its first twenty faults at once. Nothing was stored."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Keep the faults; the message holds field names only."""
        super().__init__(", ".join(fault.field for fault in faults))
        self.faults = faults


class _TooManyMembers(ValueError):  # noqa: N818 - as domain.refusal
    """An object has more than `MOST_MEMBERS`."""


class Read(NamedTuple):
    """A command as it was sent."""

    command: Command
    at: datetime | None = None
    """When it happened, as stated; UTC-aware."""
    device_at: datetime | None = None
    said_by: StaffId | None = None
    unreadable: Mapping[str, str] = {}
    """For facts: each field that could not be read, as text."""


class Field(NamedTuple):
    """One field of a command."""

    name: str
    type: inspect.Type
    required: bool


@cache
def fields_of(kind: type[Command]) -> Mapping[str, Field]:
    """A command's own fields, by name."""
    info = cast("inspect.StructType", inspect.type_info(kind))
    return {field.name: Field(field.name, field.type, field.required) for field in info.fields}


def read_body(kind: type[Command], body: bytes) -> Read:
    """A command of this kind from a JSON body. Raises Malformed, never for a fact."""
    try:
        payload = _parse(body) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        if kind.KIND is not CommandKind.FACT:
            raise Malformed((_TOO_MANY if isinstance(error, _TooManyMembers) else _NO_OBJECT,)) from None
        return Read(kind(), unreadable={WHOLE: clean(body.decode("utf-8", errors="backslashreplace"))})
    if isinstance(payload, dict):
        return read_payload(kind, payload)
    if kind.KIND is not CommandKind.FACT:
        raise Malformed((_NO_OBJECT,))
    return Read(kind(), unreadable={WHOLE: _as_text(payload)})


def read_payload(kind: type[Command], payload: Mapping[str, object]) -> Read:
    """A command of this kind from a map of its fields. Raises Malformed, never for a fact."""
    fact, too_many = kind.KIND is CommandKind.FACT, len(payload) > MOST_MEMBERS
    if fact:
        return Read(kind(), unreadable={WHOLE: _as_text(dict(payload))}) if too_many else _leniently(kind, payload)
    if too_many:
        raise Malformed((_TOO_MANY,))
    return _strictly(kind, payload)


def read_command_id(kind: type[Command], text: str | None, made: CommandId) -> tuple[CommandId, Mapping[str, str]]:
    """The id under which a command was sent, and for a fact what could not be read of it; `made` where there is none.

    A fact's unreadable id becomes an id of its own, the same each time, so that sent twice is stored once.
    Raises Malformed for a plan or closing.
    """
    if text is None:
        return made, {}
    try:
        return CommandId(UUID(text.strip())), {}
    except ValueError:
        if kind.KIND is not CommandKind.FACT:
            raise Malformed((Fault(field=KEY, expected=expected(inspect.UUIDType())),)) from None
        return CommandId(uuid5(NAMESPACE, f"{kind.NAME}/{clean(text)}")), {KEY: clean(text)}


def _strictly(kind: type[Command], payload: Mapping[str, object]) -> Read:
    faults: list[Fault] = []

    def report(path: str, wanted: str) -> None:
        if len(faults) < MOST_FAULTS:
            faults.append(Fault(field=path, expected=wanted))

    fields = fields_of(kind)
    unknown = (name for name in payload if name not in fields and name not in _SENDER)
    for name in islice(unknown, MOST_FAULTS):
        report(_name(name), _not_a_field(name, kind))
    read = {name: read_value(payload[name], f.type, name, report) for name, f in fields.items() if name in payload}
    for name, field in fields.items():
        if field.required and name not in payload:
            report(name, expected(field.type))
    about = {name: read_value(payload[name], of, name, report) for name, of in _SENDER.items() if name in payload}
    if faults:
        raise Malformed(tuple(faults))
    return Read(kind(**read), **about)


def _leniently(kind: type[Command], payload: Mapping[str, object]) -> Read:
    unreadable: dict[str, str] = {}
    fields = {**_SENDER, **{name: field.type for name, field in fields_of(kind).items()}}
    read: dict[str, Any] = {}
    times: Counter[str] = Counter()
    for name, value in payload.items():
        if name not in fields:
            key = _name(name)
            unreadable[_free(key, unreadable, times)] = _as_text(value) if key == name else _as_text({name: value})
        elif value is not None:
            found, whole = _as_far_as_possible(value, fields[name])
            if not whole:
                unreadable[name] = _as_text(value)
            if found is not None:
                read[name] = found
    about = {name: read.pop(name) for name in _SENDER if name in read}
    return Read(kind(**read), **about, unreadable=unreadable)


def _as_far_as_possible(value: object, of: inspect.Type) -> tuple[Any, bool]:
    """What is readable of a value (None for nothing), and whether that is all of it."""
    faults: list[str] = []
    found = read_value(value, of, "", lambda path, _: faults.append(path))
    return (found.rest if isinstance(found, Said) else found), not faults


def _parse(body: bytes) -> object:
    def never(constant: str) -> NoReturn:
        raise ValueError(constant)

    return json.loads(body.decode("utf-8-sig"), object_pairs_hook=_all_pairs, parse_constant=never)


def _all_pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object in which a name that came twice is there twice: nothing that was sent is passed over.

    Raises _TooManyMembers.
    """
    if len(pairs) > MOST_MEMBERS:
        raise _TooManyMembers
    out: dict[str, object] = {}
    times: Counter[str] = Counter()
    for name, value in pairs:
        out[_free(name, out, times)] = value
    return out


def _free(name: str, taken: Container[str], times: Counter[str]) -> str:
    """The name, or "name (again)", "name (again 3)" where it is taken. `times` keeps how often each came."""
    free = name
    while free in taken:
        times[name] += 1
        free = f"{name} (again)" if times[name] == 1 else f"{name} (again {times[name] + 1})"
    return free


def _name(name: str) -> str:
    shown = clean(name)[:_LONGEST_NAME]
    return shown or "(no name)"


def _not_a_field(name: str, kind: type[Command]) -> str:
    known = (*fields_of(kind), *_SENDER)
    near = difflib.get_close_matches(name[:_LONGEST_NAME], known, n=1)
    if near:
        return f"no such field: did you mean {near[0]}?"
    return f"no such field: {kind.NAME} takes {', '.join(known)}"


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return clean(value)
    try:
        return clean(json.dumps(value, ensure_ascii=False))
    except (ValueError, RecursionError):
        return clean(repr(value))
