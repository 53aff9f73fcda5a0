"""Reading one value: whether it fits a command's field, and in plain words what was expected where it does not."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from msgspec import inspect

from domain.school.commands import RecordKey
from domain.staff.commands import Mobile
from domain.times import LONDON, AmbiguousTime, NonexistentTime, parse_instant


def _pattern_of(kind: Any) -> str:
    found = inspect.type_info(kind)
    return found.pattern or "" if isinstance(found, inspect.StrType) else ""


EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Instants outside are slips of the finger, and some of them no calendar can show."""
_MOST: Final = 100_000
"""The largest whole number, either way, where a field names no limits of its own."""
_LONGEST_NAME: Final = 200
_LOOKS_LIKE_A_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_LOOKS_LIKE_A_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ALTERNATIVES: Final = re.compile(r"\^\((?P<words>[\w|]+)\)\$")
_PATTERNS: Final = {
    _pattern_of(Mobile): "a telephone number: 7 to 24 digits, spaces, brackets, + and -",
    _pattern_of(RecordKey): "a record's key, as the list of exports gives it",
}
_TURNS_ROUND: Final = "\u202e"
"""After it everything reads backwards, what Doorstep says in the same line too. No language wants it; their own marks stay, and so
does what telephones put round a number that is copied (U+202D)."""
_ALLOWED_CONTROLS: Final = "\t\n"
_PICTURES: Final = 0x2400
_DELETE: Final = 0x7F
_DELETE_PICTURE: Final = "\u2421"

Report = Callable[[str, str], None]
"""Told the path and what was expected there."""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that cannot be read."""

    field: str
    """Its path: `people[1]`, `carers[0].name`."""
    expected: str
    """What was expected, in plain words; repeats nothing of what was sent."""


class Said(NamedTuple):
    """What is left of a value that cannot be read whole."""

    rest: Any


def clean(text: str) -> str:
    r"""The text with every control character as a picture of itself, so that nothing is lost and nothing acts.

    >>> clean("a\x00b") == "a\u2400b"
    True
    """
    return "".join(_shown(c) for c in lines(text))


def lines(text: str) -> str:
    """The text with plain line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def has_controls(text: str) -> bool:
    """Whether it holds control characters other than tab and line end, half of a character, or what turns writing round."""
    return any(
        c == _TURNS_ROUND or (unicodedata.category(c) in {"Cc", "Cs"} and c not in _ALLOWED_CONTROLS)
        for c in lines(text)
    )


def _shown(character: str) -> str:
    if character in _ALLOWED_CONTROLS:
        return character
    code = ord(character)
    match unicodedata.category(character):
        case "Cc" if code < ord(" "):
            return chr(_PICTURES + code)
        case "Cc" if code == _DELETE:
            return _DELETE_PICTURE
        case "Cc" | "Cs":
            return f"\\u{code:04x}"
        case _ if character == _TURNS_ROUND:
            return f"\\u{code:04x}"
        case _:
            return character


def read_value(value: object, kind: inspect.Type, path: str, report: Report) -> Any:  # noqa: PLR0911, PLR0912, C901 - one arm a type
    """The value as the field wants it; where it does not fit, `report` is told and what is readable of it comes back.

    `Said(rest)` stands for a value of which only `rest` could be read; it is never returned without a report.
    """
    match kind:
        case inspect.UnionType():
            if value is None and kind.includes_none:
                return None
            inner = next(t for t in kind.types if not isinstance(t, inspect.NoneType))
            return read_value(value, inner, path, report)
        case inspect.StrType():
            return _text(value, kind, path, report)
        case inspect.BoolType() if isinstance(value, bool):
            return value
        case inspect.IntType() if isinstance(value, int) and not isinstance(value, bool) and _within(value, kind):
            return value
        case inspect.UUIDType() if isinstance(value, str) and (found := _uuid(value)) is not None:
            return found
        case inspect.DateTimeType():
            return _instant(value, path, report)
        case inspect.DateType() if isinstance(value, str) and (day := _date(value)) is not None:
            return day
        case inspect.EnumType() if isinstance(value, str) and value in {one.value for one in kind.cls}:
            return kind.cls(value)
        case inspect.VarTupleType() if isinstance(value, list):
            return _list(value, kind, path, report)
        case inspect.DictType() if isinstance(value, dict):
            return _map(value, kind, path, report)
        case inspect.StructType() if isinstance(value, dict):
            return _struct(value, kind, path, report)
        case _:
            report(path, expected(kind))
            return Said(None)


def expected(kind: inspect.Type) -> str:  # noqa: PLR0911, PLR0912, C901 - one arm a type
    """What a field wants, in plain words."""
    match kind:
        case inspect.UnionType():
            return f"{expected(next(t for t in kind.types if not isinstance(t, inspect.NoneType)))}, or nothing"
        case inspect.StrType(pattern=str(pattern)):
            if words := _ALTERNATIVES.fullmatch(pattern):
                return f"one of: {', '.join(words['words'].split('|'))}"
            return _PATTERNS.get(pattern, f"text of the form {pattern}")
        case inspect.StrType(max_length=int(most)):
            return f"text of {'1 to' if kind.min_length else 'at most'} {most} characters"
        case inspect.StrType():
            return "text"
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            low, high = _bounds(kind)
            return f"a whole number from {low} to {high}"
        case inspect.UUIDType():
            return "an id (a UUID, such as 0190a000-0000-7000-8000-000000000001)"
        case inspect.DateTimeType():
            return "a time: London time (2026-11-20T14:50), or with its offset (2026-11-20T14:50:00Z)"
        case inspect.DateType():
            return "a date (2026-11-20)"
        case inspect.EnumType():
            return f"one of: {', '.join(one.value for one in kind.cls)}"
        case inspect.VarTupleType():
            return f"a list of {_how_many(kind)}, each {expected(kind.item_type)}"
        case inspect.DictType():
            return f"a map from names to values, each {expected(kind.value_type)}"
        case inspect.StructType():
            return f"an object with {', '.join(field.encode_name for field in kind.fields)}"
        case _:
            return "something else"


def twice(local: datetime) -> str:
    """Both readings of a London time that happens twice.

    >>> twice(datetime(2026, 10, 25, 1, 30))
    '2026-10-25T01:30:00+01:00 (BST) or 2026-10-25T01:30:00+00:00 (GMT)'
    """
    early, late = (local.replace(tzinfo=LONDON, fold=fold) for fold in (0, 1))
    return f"{early.isoformat()} ({early.tzname()}) or {late.isoformat()} ({late.tzname()})"


def _text(value: object, kind: inspect.StrType, path: str, report: Report) -> Any:
    if not isinstance(value, str):
        report(path, expected(kind))
        return Said(None)
    text = lines(value)
    if has_controls(text):
        report(path, "text without control characters: type it again rather than pasting it")
        text = clean(text)
    most = kind.max_length
    if most is not None and len(text) > most:
        report(path, f"{expected(kind)}, and this has {len(text):,}")
        return Said(text[:most])
    if (kind.min_length and not text.strip()) or (kind.pattern and not re.search(kind.pattern, text)):
        report(path, expected(kind))
    return text


def _instant(value: object, path: str, report: Report) -> Any:
    wanted = expected(inspect.DateTimeType())
    if not isinstance(value, str) or not _LOOKS_LIKE_A_TIME.match(value):
        report(path, wanted)
        return Said(None)
    try:
        instant = parse_instant(value)
    except AmbiguousTime:
        local = datetime.fromisoformat(value)
        report(path, f"which of the two it is, because the clocks go back that night: {twice(local)}")
    except NonexistentTime:
        report(path, "a time that exists: the clocks go forward that night, and this hour is left out")
    except (ValueError, OverflowError):
        report(path, wanted)
    else:
        if EARLIEST <= instant < LATEST:
            return instant
        report(path, "a time between the years 2000 and 2100")
    return Said(None)


def _list(value: list[object], kind: inspect.VarTupleType, path: str, report: Report) -> Any:
    if len(value) < (kind.min_length or 0) or (kind.max_length is not None and len(value) > kind.max_length):
        report(path, expected(kind))
    read = (read_value(one, kind.item_type, f"{path}[{place}]", report) for place, one in enumerate(value))
    return tuple(one for one in read if not isinstance(one, Said))


def _map(value: dict[object, object], kind: inspect.DictType, path: str, report: Report) -> Any:
    out = {}
    for name, one in value.items():
        if not isinstance(name, str) or not name or len(name) > _LONGEST_NAME or has_controls(name):
            report(path, f"names of 1 to {_LONGEST_NAME} characters in the map")
            continue
        out[name] = read_value(one, kind.value_type, f"{path}.{name}", report)
    return {name: one for name, one in out.items() if not isinstance(one, Said)}


def _struct(value: dict[object, object], kind: inspect.StructType, path: str, report: Report) -> Any:
    fields = {field.encode_name: field for field in kind.fields}
    for name in value:
        if name not in fields:
            report(path, f"only {', '.join(fields)} in it")
    given = {}
    for name, field in fields.items():
        if name in value:
            given[field.name] = read_value(value[name], field.type, f"{path}.{name}", report)
        elif field.required:
            report(f"{path}.{name}", expected(field.type))
            return Said(None)
    if any(isinstance(one, Said) for one in given.values()):
        return Said(None)
    return kind.cls(**given)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _date(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if _LOOKS_LIKE_A_DATE.fullmatch(text) else None
    except ValueError:
        return None
    return day if day is not None and EARLIEST.year - 100 <= day.year < LATEST.year else None


def _bounds(kind: inspect.IntType) -> tuple[int, int]:
    return (-_MOST if kind.ge is None else kind.ge, _MOST if kind.le is None else kind.le)


def _within(value: int, kind: inspect.IntType) -> bool:
    low, high = _bounds(kind)
    return low <= value <= high


def _how_many(kind: inspect.VarTupleType) -> str:
    if kind.max_length is not None:
        return f"{kind.min_length or 0} to {kind.max_length}"
    return f"at least {kind.min_length}" if kind.min_length else "any number"
