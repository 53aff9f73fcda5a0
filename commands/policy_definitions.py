"""What the 63 settings are and what the five documents say: policies/settings.yaml and policies/clauses.yaml, read once."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec
import yaml
from yaml.constructor import SafeConstructor

from commands.policy_shapes import Between, Kind, ListOf, OneOf, Plain, Shape, read_value, record_of, shape_of
from commands.policy_yaml import Page, compose, entries
from domain.policy import Clause, SettingRule, SettingType

OURS = "doorstep"
"""The section of clauses.yaml that holds Doorstep's own clauses (`DV-..`)."""


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """A setting's rule, with what is needed to check a value of it and to say it in words."""

    rule: SettingRule
    label: str
    """What a page calls it."""
    shape: Shape
    unit: str = ""
    """What a number counts, in the singular; empty where the number says enough."""
    joined: str = "and"
    """What stands between the things in a list: and, or (any of them will do), then (their order matters)."""
    clauses: tuple[str, ...] = ()
    """Doorstep's own clauses behind the default."""


class Definitions(msgspec.Struct, frozen=True, kw_only=True):
    """All settings, and the words in which pages speak of them."""

    settings: Mapping[str, Definition]
    """By name, in the order in which pages show them."""
    role_words: Mapping[str, str]
    """Words that may stand where a role is asked for, besides those of `domain.roles`, as people say them."""
    words: Mapping[str, str]
    """Codes as people say them: under `setting.code`, else under `code`."""
    groups: Mapping[str, str]
    """The heading for each group."""


class School(msgspec.Struct, frozen=True, kw_only=True):
    """One of the five documents, or Doorstep itself, with its clauses."""

    name: str
    prefix: str
    """What its clause ids begin with: SP, LJ, WL, NH, SC or DV."""
    clauses: Mapping[str, Clause]
    notes: Mapping[str, str]
    """How we read a clause, by its id, where a rule needs a reading."""


@cache
def definitions() -> Definitions:
    """The 63 settings.

    Raises PolicyFileError when a default in settings.yaml does not fit its setting, and msgspec.ValidationError or
    ValueError when a definition itself cannot be read; both are mistakes of ours, held by the tests.
    """
    page = Page("policies/settings.yaml")
    tree = compose(package_text("settings.yaml"), page.file)
    file = msgspec.convert(SafeConstructor().construct_document(tree), _SettingsFile)
    settings: dict[str, Definition] = {}
    for name, entry in entries(entries(tree, page.report())["settings"].value, page.report()).items():
        default = entries(entry.value, page.report(name))["default"].value
        settings[name] = _definition(name, file.settings[name], file, default, page)
    page.close()
    return Definitions(settings=settings, role_words=file.role_words, words=file.words, groups=file.groups)


@cache
def schools() -> Mapping[str, School]:
    """The five documents by policy key, and Doorstep's own clauses under `OURS`, with all their clauses."""
    tree = compose(package_text("clauses.yaml"), "policies/clauses.yaml")
    file = msgspec.convert(SafeConstructor().construct_document(tree), dict[str, _SchoolClauses])
    return {key: _school(written) for key, written in file.items()}


@cache
def clauses() -> Mapping[str, Clause]:
    """All clauses by id: 305 of the five documents, then Doorstep's own."""
    return {id_: clause for school in schools().values() for id_, clause in school.clauses.items()}


def package_text(file: str) -> str:
    """The text of a data file of the `policies` package."""
    return files("policies").joinpath(file).read_text(encoding="utf-8")


class _Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A setting as settings.yaml writes it; the comment at the head of that file says what each field means."""

    group: str
    label: str
    type: SettingType
    meaning: str
    default: Any
    default_reason: str
    in_use: bool
    default_refuses: bool = False
    allowed: tuple[str, ...] = ()
    items: Any = None
    at_least_one: bool = False
    joined: Literal["and", "or", "then"] = "and"
    keys: dict[str, Any] = {}
    required: tuple[str, ...] = ()
    unit: str = ""
    between: tuple[int, int] = (0, 0)
    clauses: tuple[str, ...] = ()


class _SettingsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of settings.yaml."""

    role_words: dict[str, str]
    words: dict[str, str]
    groups: dict[str, str]
    settings: dict[str, _Written]


class _WrittenClause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A clause as clauses.yaml writes it."""

    says: str
    force: str
    lines: tuple[int, ...] = ()
    note: str = ""


class _SchoolClauses(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One section of clauses.yaml."""

    school: str
    prefix: str
    clauses: dict[str, _WrittenClause]


def _definition(name: str, written: _Written, file: _SettingsFile, default: yaml.Node, page: Page) -> Definition:
    shape = _shape(written, file.role_words)
    return Definition(
        rule=SettingRule(
            name=name,
            type=written.type,
            meaning=written.meaning,
            group=written.group,
            default=read_value(shape, default, page.report(name)),
            default_reason=written.default_reason,
            allowed=written.allowed,
            in_use=written.in_use,
            default_refuses=written.default_refuses,
        ),
        label=written.label,
        shape=shape,
        unit=written.unit,
        joined=written.joined,
        clauses=written.clauses,
    )


def _shape(written: _Written, role_words: Mapping[str, str]) -> Shape:  # noqa: PLR0911 - one return for each type
    match written.type:
        case SettingType.MAP:
            return record_of(written.keys, written.required, role_words)
        case SettingType.LIST:
            return ListOf(shape_of(written.items, role_words), may_be_empty=not written.at_least_one)
        case SettingType.ANY_OF_LISTS:
            return ListOf(ListOf(Plain(Kind.ROLE, role_words), may_be_empty=False))
        case SettingType.ENUM:
            return OneOf(written.allowed)
        case SettingType.INT:
            return Between(*written.between)
        case SettingType.BOOL:
            return Plain(Kind.YES_OR_NO)
        case SettingType.TEXT:
            return Plain(Kind.TEXT)


def _school(written: _SchoolClauses) -> School:
    return School(
        name=written.school,
        prefix=written.prefix,
        clauses={
            id_: Clause(id=id_, says=clause.says, force=clause.force, lines=clause.lines)
            for id_, clause in written.clauses.items()
        },
        notes={id_: clause.note for id_, clause in written.clauses.items() if clause.note},
    )
