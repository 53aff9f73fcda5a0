"""Arbitrary commands, for properties that hold for all of them: whatever a phone or a person may send."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from domain.command import Command
from tests.domain.story import MONDAY

Ids = tuple[UUID, ...]

EXTREMES = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
NEAR = st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=2)).map(lambda d: MONDAY + d)
INSTANTS = st.one_of(NEAR, NEAR, st.sampled_from(EXTREMES), st.datetimes(timezones=st.just(UTC)))
WORDS = st.sampled_from(
    ("", "none", "home", "school_office", "reception", "line_manager", "attendance", "safe_and_well", "staff_mobile")
)
TEXTS = st.one_of(WORDS, st.text(max_size=20))


def commands(kind: type[Command], ids: Ids) -> st.SearchStrategy[Command]:
    """Any command of a type, each field with a default left out as often as not; ids are of these, or of nothing."""
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    some = st.one_of(st.sampled_from(ids), st.uuids())
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for field in described.fields:
        values = _of(field.type, some)
        (required if field.required else optional)[field.name] = values
    return st.fixed_dictionaries(required, optional=optional).map(lambda fields: kind(**fields))


def _of(described: inspect.Type, ids: st.SearchStrategy[UUID]) -> st.SearchStrategy[Any]:  # noqa: C901, PLR0911, PLR0912 - one arm a type
    match described:
        case inspect.NoneType():
            return st.none()
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.one_of(st.integers(-60, 60), st.integers())
        case inspect.FloatType():
            return st.floats(allow_nan=False)
        case inspect.StrType():
            return TEXTS
        case inspect.UUIDType():
            return ids
        case inspect.DateTimeType():
            return INSTANTS
        case inspect.DateType():
            return st.dates()
        case inspect.EnumType():
            return st.sampled_from(list(described.cls))
        case inspect.LiteralType():
            return st.sampled_from(described.values)
        case inspect.UnionType():
            return st.one_of(*(_of(one, ids) for one in described.types))
        case inspect.VarTupleType() | inspect.ListType():
            return st.lists(_of(described.item_type, ids), min_size=described.min_length or 0, max_size=3).map(tuple)
        case inspect.DictType():
            return st.dictionaries(_of(described.key_type, ids), _of(described.value_type, ids), max_size=3)
        case inspect.StructType():
            fields = {f.name: _of(f.type, ids) for f in described.fields}
            return st.fixed_dictionaries(fields).map(lambda found: described.cls(**found))
        case inspect.AnyType():
            return st.one_of(TEXTS, st.integers(), st.none())
        case _:
            message = f"no arbitrary values for {described}"
            raise NotImplementedError(message)


def encodes(command: Command) -> bool:
    """Whether the command could have come over the wire at all."""
    try:
        msgspec.json.encode(command)
    except (UnicodeEncodeError, ValueError):
        return False
    return True
