"""An example of each command, made from its fields: what the documentation shows, and a test sends."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid5

from msgspec import inspect

from commands.reading import fields_of
from domain.command import Command
from domain.ids import NAMESPACE

_A_RECORD: Final = "visit.0190a000-0000-7000-8000-000000000001.0190a000-0000-7000-8000-000000000002"
_SAID: Final[Mapping[str, Any]] = {
    "purpose": "attendance",
    "purpose_text": "Not seen in school since Monday",
    "place": "home",
    "address": "12 Mill Lane, Norbury",
    "contacts_tried": "Rang both parents on Monday and Tuesday",
    "travel": "by car",
    "holder": "front_office",
    "name": "Amira Khan",
    "job": "Attendance officer",
    "mobile": "07700 900123",
    "phone": "01632 960001",
    "roles": ["attendance_officer"],
    "role": "attendance_officer",
    "given_name": "Ava",
    "family_name": "Brook",
    "born": "2017-05-02",
    "year_group": "Year 4",
    "class_name": "4B",
    "carers": [{"name": "Ms Brook", "relation": "mother", "phone": "01632 960001"}],
    "leave_at": "2026-11-20T13:30",
    "back_by": "2026-11-20T14:50",
    "appointment_at": "2026-11-20T14:00",
    "agreed_call_at": "2026-11-20T14:10",
    "expected_at": "2026-11-20T14:15",
    "starts": "2026-11-16T08:00",
    "ends": "2026-11-20T18:00",
    "true_time": "2026-11-20T14:02",
    "reasons": {"risk.assessed": "Gone through by telephone with the family's social worker"},
    "fields": {"who_seen": "Ava and her mother", "concerns": "none"},
    "sheet": [{"hazard": "animal_attack", "controls": "The family shuts the dog away"}],
    "system": "CPOMS",
    "how": "pasted",
    "about": "concern",
    "channel": "telephone",
    "keys": [_A_RECORD],
    "key": _A_RECORD,
    "reference": "CPOMS 10482",
    "reason": "Written down for the wrong door",
    "why": "The family rang: the child is with a grandparent",
    "text": "Said that nobody had been at home since Friday",
    "note": "Spoke to the neighbour",
    "minutes": 15,
    "proper": "yes",
    "employer": "Alderwater Education Welfare Service",
    "attested_by": "P. Lark, team manager",
    "registration": "QZ12 DWR",
    "courses": ["first_aid"],
    "checks": ["enhanced_dbs", "barred_list"],
    "line_manager": None,
}
_SENT_ALONG: Final = frozenset({"note", "text", "why", "people", "back_by", "leave_at", "mobile", "roles", "minutes"})
_TYPICAL: Final = frozenset({"trip", "visit", "pupil", "person", "told", "command", "outcome", "result", "carers"})


def example_of(kind: type[Command]) -> dict[str, Any]:
    """A body that this command takes: what it must have, and what is typically said."""
    body = {}
    for name, field in fields_of(kind).items():
        if field.required or name in _SENT_ALONG or name in _TYPICAL:
            body[name] = _SAID[name] if name in _SAID else _of(field.type, name)
    return body


def an_id(name: str) -> str:
    """An id that is the same in every example."""
    return str(uuid5(NAMESPACE, f"example/{name}"))


def _of(kind: inspect.Type, name: str) -> Any:  # noqa: PLR0911 - one arm a type
    match kind:
        case inspect.UnionType():
            return _of(next(t for t in kind.types if not isinstance(t, inspect.NoneType)), name)
        case inspect.UUIDType():
            return an_id(name)
        case inspect.VarTupleType():
            return [_of(kind.item_type, name.removesuffix("s"))]
        case inspect.EnumType():
            return next(iter(kind.cls)).value
        case inspect.BoolType():
            return True
        case inspect.DateTimeType():
            return "2026-11-20T14:00"
        case inspect.DateType():
            return "2026-11-20"
        case inspect.DictType():
            return {}
        case inspect.StructType():
            return {field.encode_name: _of(field.type, field.name) for field in kind.fields if field.required}
        case _:
            return "none"
