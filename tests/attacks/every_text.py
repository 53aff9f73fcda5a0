"""Each command with every text field filled by the attacker: what a journey that hides something sends."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import inspect

from api.http.examples import example_of
from commands.reading import fields_of
from domain.command import Command

Text = Callable[[str], str]
"""Given a field's name, what is typed there."""

LISTED: Final = frozenset(
    {"purpose", "place", "holder", "system", "about", "kind", "how", "level", "channel", "key", "keys"}
)
"""Fields that name one of a few things: something else there is refused, and nothing is stored."""


def filled(kind: type[Command], text: Text, ids: Mapping[str, object], listed: Mapping[str, Any]) -> dict[str, Any]:
    """A body of this command with every text field filled; where an id is wanted that of `ids`, by the field's name."""
    example = example_of(kind)
    body = {}
    for name, field in fields_of(kind).items():
        if name in LISTED:
            if name in listed or name in example:
                body[name] = listed.get(name, example.get(name))
        elif (value := _value(field.type, name, text, ids)) is not None:
            body[name] = value
        elif name in example:
            body[name] = example[name]
    return body


def _value(kind: inspect.Type, name: str, text: Text, ids: Mapping[str, object]) -> Any:  # noqa: PLR0911 - one arm a type
    match kind:
        case inspect.UnionType():
            return _value(next(t for t in kind.types if not isinstance(t, inspect.NoneType)), name, text, ids)
        case inspect.StrType(pattern=None):
            typed = text(name)
            return typed[: kind.max_length] if kind.max_length else typed
        case inspect.UUIDType():
            return str(ids[name]) if name in ids else None
        case inspect.VarTupleType():
            if name in ids:
                return [str(ids[name])]
            one = _value(kind.item_type, name, text, ids)
            return None if one is None else [one]
        case inspect.DictType(value_type=inspect.StrType()):
            return {key: text(name) for key in _KEYS.get(name, (text(name)[:60],))}
        case inspect.StructType():
            return {f.encode_name: _value(f.type, f.name, text, ids) for f in kind.fields}
        case _:
            return None


_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "sheet": ("hazard", "measure"),
    "fields": ("who_seen", "concerns", "parents_views", "child_views", "actions", "outcome", "summary", "next_steps"),
    "reasons": ("risk.assessed", "whereabouts.left", "approval.SLT"),
}
