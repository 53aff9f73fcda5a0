"""What the value of a setting may hold: shapes written down in policies/settings.yaml, read and checked here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeGuard, assert_never

import yaml

from commands.policy_yaml import (
    Report,
    entries,
    found,
    is_null,
    is_text,
    known,
    nearest,
    quotes,
    required,
    shown,
    text_of,
)
from domain.roles import Role, who_counts_as


class Kind(Enum):
    """The plain kinds of value, by the words that settings.yaml uses for them."""

    TEXT = "text"
    CODE = "code"
    ROLE = "role"
    YES_OR_NO = "yes or no"
    MONTH = "month"
    PURPOSE_SCOPE = "purpose scope"


@dataclass(frozen=True, slots=True)
class Plain:
    """One value of a plain kind."""

    kind: Kind
    role_words: Mapping[str, str] = field(default_factory=dict)
    """Words that may stand where a role is asked for, besides those of `domain.roles`, as people say them."""


@dataclass(frozen=True, slots=True)
class Between:
    """A whole number in a range, both ends in it."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, nothing in it twice."""

    item: "Shape"
    may_be_empty: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """A map with fixed keys. An explicit null for a key means that the document is silent on it."""

    keys: Mapping[str, "Shape"]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ByRole:
    """A map from role words to values of one shape."""

    role: Plain
    value: "Shape"


@dataclass(frozen=True, slots=True)
class Either:
    """A value of one of several shapes."""

    shapes: "tuple[Shape, ...]"


Shape = Plain | Between | OneOf | ListOf | Record | ByRole | Either

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,59}")
_SCOPE = re.compile(r"purpose:[A-Za-z0-9][A-Za-z0-9_]{0,59}")
_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")
_NUMBER = re.compile(r"0|[1-9]\d{0,5}")  # 010 means eight to YAML and ten to people: refused
_YES = frozenset({"true", "yes", "on"})


def shape_of(written: object, role_words: Mapping[str, str]) -> Shape:  # noqa: PLR0911 - one return for each way
    """The shape that settings.yaml writes. Raises ValueError for one that it cannot be."""
    match written:
        case list(words):
            return OneOf(tuple(str(word) for word in words))
        case str(kind):
            return Plain(Kind(kind), role_words)
        case {"between": [int(least), int(most)]}:
            return Between(least, most)
        case {"list of": item}:
            return ListOf(shape_of(item, role_words))
        case {"some of": item}:
            return ListOf(shape_of(item, role_words), may_be_empty=False)
        case {"by role": value}:
            return ByRole(Plain(Kind.ROLE, role_words), shape_of(value, role_words))
        case {"either": list(shapes)}:
            return Either(tuple(shape_of(shape, role_words) for shape in shapes))
        case {"keys": dict(keys), "required": list(needed)}:
            return record_of(keys, tuple(needed), role_words)
        case _:
            message = f"not a kind of value: {written!r}"
            raise ValueError(message)


def record_of(keys: Mapping[str, object], needed: tuple[str, ...], role_words: Mapping[str, str]) -> Record:
    """The record with these keys. Raises ValueError where a required key is not one of them."""
    if strangers := set(needed) - set(keys):
        message = f"required, but not a key: {sorted(strangers)}"
        raise ValueError(message)
    return Record({name: shape_of(kind, role_words) for name, kind in keys.items()}, needed)


def read_value(  # noqa: PLR0911 - one return for each shape
    shape: Shape, node: yaml.Node, report: Report, *, may_be_silent: bool = False
) -> Any:
    """The plain Python value at `node`; whatever does not fit the shape is reported.

    With `may_be_silent` the keys of a record may be null, and come back as None for the caller to fill in.
    """
    match shape:
        case Plain():
            return _plain(shape, node, report)
        case Between():
            return _between(shape, node, report)
        case OneOf(words):
            return _one_of(words, node, report)
        case ListOf():
            return _list(shape, node, report)
        case Record():
            return _record(shape, node, report, may_be_silent=may_be_silent)
        case ByRole(role, value):
            read = entries(node, report, "a map from roles to values")
            for entry in read.values():
                _plain(role, entry.key, report)
            return {name: read_value(value, entry.value, report) for name, entry in read.items()}
        case Either(shapes):
            return _either(shapes, node, report)
        case _:
            assert_never(shape)


def expected(shape: Shape) -> str:  # noqa: PLR0911 - one return for each shape
    """What a shape asks for, in the words of an error message."""
    match shape:
        case Plain(kind):
            return _EXPECTED[kind]
        case Between(least, most):
            return f"a whole number from {least} to {most}"
        case OneOf(words):
            return f"one of {', '.join(words)}"
        case ListOf():
            return "a list"
        case Record(keys):
            return f"a map with the keys {', '.join(keys)}"
        case ByRole():
            return "a map from roles to values"
        case Either(shapes):
            return ", or ".join(expected(each) for each in shapes)
        case _:
            assert_never(shape)


_EXPECTED = {
    Kind.TEXT: "text",
    Kind.CODE: "one word of letters, digits and _",
    Kind.ROLE: "a role",
    Kind.YES_OR_NO: "true or false",
    Kind.MONTH: "a year and month such as '2025-07'",
    Kind.PURPOSE_SCOPE: "purpose: and the code of a purpose",
}


def _plain(shape: Plain, node: yaml.Node, report: Report) -> Any:  # noqa: PLR0911 - one return for each kind
    tag = node.tag.rpartition(":")[2] if isinstance(node, yaml.ScalarNode) else ""
    text = node.value if tag == "str" else None
    match shape.kind:
        case Kind.TEXT:
            return text_of(node, report)
        case Kind.YES_OR_NO if tag == "bool":
            return node.value.lower() in _YES
        case Kind.CODE if text and _CODE.fullmatch(text):
            return text
        case Kind.MONTH if text and _MONTH.fullmatch(text):
            return text
        case Kind.PURPOSE_SCOPE if text and _SCOPE.fullmatch(text):
            return text
        case Kind.ROLE if text is not None:
            return _role(text, shape.role_words, node, report)
        case _:
            hint = (", which is text" if text else "") if shape.kind is Kind.YES_OR_NO else quotes(node)
            report(node, f"expected {_EXPECTED[shape.kind]}, found {found(node)}{hint}")
            return None


def _between(shape: Between, node: yaml.Node, report: Report) -> int | None:
    if _is_number(node) and shape.least <= int(node.value) <= shape.most:
        return int(node.value)
    hint = ", which is text" if is_text(node) and node.value else ""
    report(node, f"expected {expected(shape)}, found {found(node)}{hint}")
    return None


def _is_number(node: yaml.Node) -> TypeGuard[yaml.ScalarNode]:
    whole = isinstance(node, yaml.ScalarNode) and node.tag.rpartition(":")[2] == "int"
    return whole and _NUMBER.fullmatch(node.value) is not None


def _role(word: str, extra: Mapping[str, str], node: yaml.Node, report: Report) -> str:
    if not who_counts_as(word) and word not in extra:
        near = nearest(word, (*(role for role in Role if who_counts_as(role)), *extra))
        report(node, f"expected a role, found {shown(word)}, which is none; {near}")
    return word


def _one_of(words: tuple[str, ...], node: yaml.Node, report: Report) -> str | None:
    if is_text(node) and node.value in words:
        return str(node.value)
    report(node, f"expected {expected(OneOf(words))}, found {found(node)}{quotes(node)}")
    return None


def _list(shape: ListOf, node: yaml.Node, report: Report) -> list[Any]:
    if not isinstance(node, yaml.SequenceNode):
        report(node, f"expected a list, found {found(node)}")
        return []
    if not node.value and not shape.may_be_empty:
        report(node, "expected at least one in the list, found none")
    values: list[Any] = []
    for child in node.value:
        value = read_value(shape.item, child, report)
        if value is not None and value in values:
            report(child, f"expected each once in the list; {found(child)} stands in it already")
        values.append(value)
    return values


def _record(shape: Record, node: yaml.Node, report: Report, *, may_be_silent: bool) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        report(node, f"expected {expected(shape)}, found {found(node)}")
        return {}
    read = known(entries(node, report), shape.keys, report, "the key")
    required(node, read, shape.required, report)
    return {
        name: None if may_be_silent and is_null(entry.value) else read_value(shape.keys[name], entry.value, report)
        for name, entry in read.items()
    }


def _either(shapes: tuple[Shape, ...], node: yaml.Node, report: Report) -> Any:
    for shape in shapes:
        misses: list[str] = []
        value = read_value(shape, node, lambda _node, says, misses=misses: misses.append(says))  # type: ignore[misc]
        if not misses:
            return value
    report(node, f"expected {expected(Either(shapes))}, found {found(node)}{quotes(node)}")
    return None
