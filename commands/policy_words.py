"""A policy in words, for the page of a school's policy and for the command line."""

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

import msgspec

from commands.policy_definitions import Definition, definitions, schools
from commands.policy_shapes import Between, ByRole, Either, Kind, ListOf, OneOf, Plain, Record, Shape
from domain import roles
from domain.policy import Force, Policy, Setting, Source


class CitedClause(msgspec.Struct, frozen=True, kw_only=True):
    """A clause behind a setting, as a page shows it."""

    id: str
    says: str
    reading: str = ""
    """How we read it, where a rule needs a reading."""


class PolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of a policy, in words."""

    group: str
    """The heading it stands under."""
    name: str
    """The setting's name in a policy file."""
    label: str
    """What a page calls it."""
    meaning: str
    value: str
    source: str
    """Where the value comes from, in words: "SP-39", "our reading of SP-39, to be confirmed", "Doorstep's default: .."."""
    origin: Source
    force: str
    """How hard it bites, in words."""
    clauses: tuple[CitedClause, ...]
    note: str
    in_use: bool
    """False for a setting that this release shows and does not apply yet."""


def describe(policy: Policy) -> list[PolicyRow]:
    """All settings of a policy, in words, group by group."""
    book = definitions()
    order = list(book.groups)
    by_group = sorted(book.settings.values(), key=lambda definition: order.index(definition.rule.group))
    readings = {id_: note for school in schools().values() for id_, note in school.notes.items()}
    return [_row(definition, policy, book.groups[definition.rule.group], readings) for definition in by_group]


_FORCE = {
    Force.MUST: "must",
    Force.SHOULD: "should, or a reason is given",
    Force.ADVISE: "advice: warns only",
}


def _row(definition: Definition, policy: Policy, group: str, readings: Mapping[str, str]) -> PolicyRow:
    rule = definition.rule
    setting = policy.setting(rule.name)
    return PolicyRow(
        group=group,
        name=rule.name,
        label=definition.label,
        meaning=rule.meaning,
        value=value_in_words(definition, setting.value),
        source=source_in_words(definition, setting),
        origin=setting.source,
        force=_FORCE[setting.force],
        clauses=tuple(
            CitedClause(
                id=id_, says=policy.clauses[id_].says, reading=policy.clauses[id_].reading or readings.get(id_, "")
            )
            for id_ in setting.clauses
            if id_ in policy.clauses
        ),
        note=setting.note,
        in_use=rule.in_use,
    )


def source_in_words(definition: Definition, setting: Setting) -> str:
    """Where a setting's value comes from, in words."""
    match setting.source:
        case Source.CLAUSE:
            return _and(setting.clauses)
        case Source.READING:
            return f"our reading of {_and(setting.clauses)}, to be confirmed"
        case Source.DEFAULT:
            return f"Doorstep's default: {definition.rule.default_reason}"


def value_in_words(definition: Definition, value: Any) -> str:
    """A setting's value in words."""
    return _Speaker(definition).say(definition.shape, value)


def key_in_words(definition: Definition, key: str) -> str:
    """A key of a setting's map in words."""
    return _Speaker(definition).word(key)


def word_in_words(definition: Definition, role: str) -> str:
    """A role word in a setting's value, as people say it."""
    return _Speaker(definition).say(Plain(Kind.ROLE), role)


class _Speaker:
    """Says the values of one setting, with the words that it has for its codes."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._book = definitions()

    def say(self, shape: Shape, value: Any) -> str:  # noqa: PLR0911 - one return for each shape
        match shape:
            case Plain(kind):
                return self._plain(kind, value)
            case Between():
                return self._number(value)
            case OneOf():
                return self.word(value)
            case ListOf(ListOf() as inner):
                return _and([_or([self.say(inner.item, one) for one in group]) for group in value]) or "nobody"
            case ListOf(item):
                said = [self.say(item, one) for one in value]
                if isinstance(item, Record):
                    any_of_them = self._definition.joined == "or"
                    return (" or else ".join(said) if any_of_them else ", ".join(f"({one})" for one in said)) or "none"
                nobody = "nobody" if isinstance(item, Plain) and item.kind is Kind.ROLE else "none"
                return _joined(said, self._definition.joined) or nobody
            case Record(keys):
                # In the order of the shape: what a database gives back has its keys in an order of its own.
                said = [f"{self.word(key)}: {self.say(part, value[key])}" for key, part in keys.items() if key in value]
                return "; ".join(said) or "none"
            case ByRole(role, held):
                return _and([f"{self.say(held, value[name])} to {self.say(role, name)}" for name in sorted(value)])
            case Either(shapes):
                by_role = [shape for shape in shapes if isinstance(shape, ByRole)]
                return self.say(by_role[0], value) if isinstance(value, dict) and by_role else self.word(value)
            case _:
                assert_never(shape)

    def _plain(self, kind: Kind, value: Any) -> str:
        match kind:
            case Kind.YES_OR_NO:
                return "yes" if value else "no"
            case Kind.ROLE:
                return self._book.role_words.get(value) or roles.in_words(value)
            case Kind.MONTH:
                year, month = value.split("-")
                return f"{_MONTHS[int(month) - 1]} {year}"
            case Kind.PURPOSE_SCOPE | Kind.CODE | Kind.TEXT:
                return self.word(value)

    def _number(self, value: int) -> str:
        unit = self._definition.unit
        return f"{value} {unit}{'' if value == 1 else 's'}" if unit else str(value)

    def word(self, code: str) -> str:
        words = self._book.words
        if code.startswith("purpose:"):
            return f"visits for {self.word(code.removeprefix('purpose:'))}"
        return words.get(f"{self._definition.rule.name}.{code}") or words.get(code) or code.replace("_", " ")


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _and(words: Sequence[str]) -> str:
    return _joined(words, "and")


def _or(words: Sequence[str]) -> str:
    return _joined(words, "or")


def _joined(words: Sequence[str], last: str) -> str:
    if last == "then":
        return ", then ".join(words)
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
