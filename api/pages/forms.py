"""What a form sent, as the fields of a command: repeated fields are lists, `fields.name` are maps, times are London's."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from msgspec import inspect

from commands.reading import fields_of
from domain.command import Command
from domain.times import LONDON

Form = Mapping[str, Sequence[str]]
"""A form's values by field name, in order."""

SENDER: Final = ("at", "device_at", "said_by")
MUST: Final = "must."
"""Begins the name of a form's own demand: `must.said_by` holds the question, then each answer as "value|words"."""
ABOUT: Final = ("command_id", "next", "back_to", "says")
"""What a form says about itself rather than about the command."""

_TIME: Final = re.compile(r"\d{1,2}:\d\d")
_TRUE: Final = frozenset({"true", "on", "yes", "1"})
_FALSE: Final = frozenset({"false", "off", "no", "0"})
_MOST_FIELDS: Final = 2_000
_TWELVE_HOURS: Final = timedelta(hours=12)


def read_form(body: bytes) -> dict[str, list[str]]:
    """A form's values as the browser sent them. Raises ValueError for a form of more than 2,000 fields."""
    out: dict[str, list[str]] = {}
    text = body.decode("utf-8", errors="backslashreplace")
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="backslashreplace"):
        out.setdefault(name, []).append(value)
    return out


def first(form: Form, name: str) -> str:
    """The first value of a field; "" where there is none."""
    values = form.get(name, ())
    return values[0] if values else ""


class Demand(NamedTuple):
    """A question of a form that has no answer beforehand and wants one."""

    field: str
    label: str
    options: tuple[tuple[str, str], ...]
    """(value, words)."""


def unanswered(form: Form) -> tuple[Demand, ...]:
    """The form's own demands that it came without an answer to."""
    return tuple(
        _demand(name.removeprefix(MUST), values)
        for name, values in form.items()
        if name.startswith(MUST) and not any(v.strip() for v in form.get(name.removeprefix(MUST), ()))
    )


def _demand(field: str, values: Sequence[str]) -> Demand:
    pairs = [value.partition("|") for value in values[1:]]
    return Demand(field, values[0], tuple((value, words) for value, _, words in pairs))


def payload_of(kind: type[Command], form: Form, now: datetime) -> dict[str, object]:
    """The form as the fields of a command; what nobody knows is passed on, and reading it decides.

    `now` turns a time without a date ("14:50") into one of today in London.
    """
    fields = fields_of(kind)
    payload: dict[str, object] = {}
    gathered: dict[str, dict[str, object]] = {}
    for name, values in form.items():
        if name in ABOUT or name.startswith(MUST):
            continue
        whole, _, part = name.partition(".")
        if part and whole in fields:
            gathered.setdefault(whole, {})[part] = values[0]
        elif name in SENDER:
            if values[0].strip():
                payload[name] = _moment(values[0], now) if name != "said_by" else values[0]
        elif name in fields:
            found = _value(fields[name].type, values, now)
            if found is not None or (fields[name].required and _is_text(fields[name].type)):
                payload[name] = found if found is not None else ""
        else:
            payload[name] = values[0] if len(values) == 1 else list(values)
    for name, parts in gathered.items():
        payload[name] = _gathered(fields[name].type, parts, now)
    return payload


def _value(kind: inspect.Type, values: Sequence[str], now: datetime) -> object:  # noqa: PLR0911 - one arm a type
    """What a field's values stand for; None where it was left empty."""
    said = [value for value in values if value.strip()]
    match kind:
        case inspect.VarTupleType():
            return said or None
        case _ if not said:
            return None
        case inspect.UnionType():
            return _value(next(t for t in kind.types if not isinstance(t, inspect.NoneType)), said, now)
        case inspect.BoolType():
            word = said[-1].strip().lower()
            return True if word in _TRUE else False if word in _FALSE else said[-1]
        case inspect.IntType():
            word = said[0].strip()
            return int(word) if re.fullmatch(r"-?\d{1,9}", word) else said[0]
        case inspect.DateTimeType():
            return _moment(said[0], now)
        case _:
            return said[0] if len(said) == 1 else said


def _gathered(kind: inspect.Type, parts: Mapping[str, object], now: datetime) -> object:
    """`fields.name` as a map; `carers.0.name` as a list; `leave_at.date` and `leave_at.time` as a time."""
    if {"date", "time"} & set(parts) and not isinstance(kind, inspect.DictType | inspect.VarTupleType):
        return _moment(f"{parts.get('date', '')}T{parts.get('time', '')}".strip("T"), now)
    if not isinstance(kind, inspect.VarTupleType):
        return {name: value for name, value in parts.items() if str(value).strip()}
    rows: dict[str, dict[str, object]] = {}
    for name, value in parts.items():
        row, _, field = name.partition(".")
        if str(value).strip():
            rows.setdefault(row, {})[field] = value
    return list(rows.values())


def _moment(text: str, now: datetime) -> str:
    """A typed time: a bare "14:50" is today's in London, or yesterday's where today's would be half a day ahead."""
    typed = text.strip().replace(" ", "T", 1)
    if not _TIME.fullmatch(typed):
        return typed
    hours, _, minutes = typed.partition(":")
    today = now.astimezone(LONDON)
    local = f"{today:%Y-%m-%d}T{int(hours):02d}:{minutes}"
    try:
        ahead = datetime.fromisoformat(local).replace(tzinfo=LONDON) - now > _TWELVE_HOURS
    except ValueError:
        return local  # 25:61 is no time: reading it says so.
    return f"{today - timedelta(days=1):%Y-%m-%d}{local[10:]}" if ahead else local


def _is_text(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.StrType)


def local_path(text: str) -> str:
    r"""A path of this site to go to next; "" for anything that could lead elsewhere.

    >>> local_path("/schools/norbury/board?day=today#trip"), local_path("//evil.example/"), local_path("/\\evil")
    ('/schools/norbury/board?day=today#trip', '', '')
    """
    safe = text.startswith("/") and not text.startswith("//") and text.isprintable() and "\\" not in text
    return text if safe and text.isascii() else ""
