"""One setting as a form of its shape: a field for each part of its value, and the setting that a filled-in form says.

What comes back is the text of the whole policy file with this setting changed: it is read as any other file is, so that
a form can say nothing that a file could not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
import yaml
from yaml.constructor import SafeConstructor

from commands.policy_definitions import Definition, definitions
from commands.policy_shapes import Between, Kind, ListOf, OneOf, Plain, Record, Shape
from commands.policy_words import key_in_words, word_in_words
from commands.policy_writing import policy_tree, setting_tree, written
from commands.policy_yaml import PolicyFileError, compose
from domain.policy import Force, Policy, Source
from domain.roles import NO_CHILDREN, Role, who_counts_as

VALUE = "value"
"""The name of a form's field for the value; `value.key` for a part of it."""
_YES_OR_NO = (("true", "Yes"), ("false", "No"))
_LONGEST = 20_000
_NUMBER = re.compile(r"[0-9]{1,9}")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the form."""

    name: str
    label: str
    kind: Literal["text", "number", "textarea", "checkboxes"] = "text"
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """(value, words), to choose from."""
    chosen: tuple[str, ...] = ()
    hint: str = ""


def parts_of(policy: Policy, name: str) -> tuple[Part, ...]:
    """The fields for the value of the named setting, filled in as it is. Raises KeyError for a setting there is not."""
    definition = definitions().settings[name]
    value = policy.value(name)
    if isinstance(definition.shape, Record):
        return tuple(
            _part(definition, shape, f"{VALUE}.{key}", _sentence(key_in_words(definition, key)), value.get(key), optional=key not in definition.shape.required)
            for key, shape in definition.shape.keys.items()
        )  # fmt: skip
    return (_part(definition, definition.shape, VALUE, definition.label, value, optional=False),)


def _part(  # noqa: PLR0911 - one return for each shape
    definition: Definition, shape: Shape, name: str, label: str, value: Any, *, optional: bool
) -> Part:
    unsaid = (("", "Not said"),) if optional else ()
    match shape:
        case OneOf(words):
            options = tuple((word, _sentence(key_in_words(definition, word))) for word in words)
            return Part(name=name, label=label, value=value or "", options=(*unsaid, *options))
        case Plain(Kind.YES_OR_NO):
            said = "" if value is None else str(value).lower()
            return Part(name=name, label=label, value=said, options=(*unsaid, *_YES_OR_NO))
        case Plain(Kind.ROLE):
            roles = tuple((word, word_in_words(definition, word)) for word in _roles(shape))
            return Part(name=name, label=label, value=value or "", options=(*unsaid, *roles))
        case Between(least, most):
            hint = f"From {least} to {most}{f', in {definition.unit}s' if definition.unit else ''}"
            return Part(name=name, label=label, kind="number", value="" if value is None else str(value), hint=hint)
        case ListOf(OneOf(words)) if definition.joined != "then":
            options = tuple((word, _sentence(key_in_words(definition, word))) for word in words)
            return Part(name=name, label=label, kind="checkboxes", options=options, chosen=tuple(value or ()))
        case ListOf(ListOf(Plain())):
            lines = "\n".join(", ".join(group) for group in value or ())
            hint = f"One line for each person who must say yes; on a line, any of these will do. {_ROLES}"
            return Part(name=name, label=label, kind="textarea", value=lines, hint=hint)
        case ListOf(OneOf() | Plain() as item):
            return Part(name=name, label=label, kind="textarea", value="\n".join(value or ()), hint=_hint(item))
        case Plain(kind):
            hint = "A year and month: 2027-07" if kind is Kind.MONTH else ""
            return Part(name=name, label=label, value=value or "", hint=hint)
        case _:
            return Part(name=name, label=label, kind="textarea", value=_yaml(value), hint="As in a policy file")


_ACTING = tuple(role for role in Role if who_counts_as(role) and role not in {*NO_CHILDREN, Role.WALL_BOARD})
"""Who may have a part in a visit."""
_ROLES = f"Roles are written {', '.join(_ACTING)}"


def _hint(item: Shape) -> str:
    if isinstance(item, OneOf):
        return f"One a line, the first first. There are {', '.join(item.words)}"
    return f"One a line. {_ROLES}" if isinstance(item, Plain) and item.kind is Kind.ROLE else "One word a line"


def _roles(shape: Plain) -> Iterator[str]:
    yield from (role for role in Role if who_counts_as(role))
    yield from ("head_of_school", "senior_staff", "reception", "front_office")
    yield from shape.role_words


def _yaml(value: Any) -> str:
    return (
        "" if value is None else yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000).strip()
    )


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def changed_text(policy: Policy, name: str, form: Mapping[str, Sequence[str]]) -> str:
    """The policy's file with this setting as the form says it; left out where the document is said to be silent.

    Raises KeyError for a setting there is not. What cannot be read of the form is in the text as it was typed, for
    `load_policy_file` to name.
    """
    definition = definitions().settings[name]
    tree = policy_tree(policy)
    source = _first(form, "from")
    if source == Source.DEFAULT:
        tree["settings"].pop(name, None)
        return written(tree)
    setting = policy.setting(name)
    fields = {
        VALUE: _value(definition.shape, form, setting.value, setting.silent),
        "from": source,
        "clauses": _first(form, "clauses").replace(",", " ").split(),
        "force": _first(form, "force"),
    }
    note = _first(form, "note").strip()
    tree["settings"][name] = {**fields, "note": note} if note else fields
    return written(tree)


def _value(shape: Shape, form: Mapping[str, Sequence[str]], before: Any, silent: Sequence[str]) -> Any:
    if not isinstance(shape, Record):
        return _typed(shape, form.get(VALUE, ()))
    out: dict[str, Any] = {}
    for key, part in shape.keys.items():
        said = form.get(f"{VALUE}.{key}", ())
        if any(one.strip() for one in said):
            value = _typed(part, said)
            # What the default filled in and nobody touched is silence still.
            out[key] = None if key in silent and value == before.get(key) else value
        elif isinstance(part, ListOf) and (key in before or key in shape.required):
            out[key] = []
    return out


def _typed(shape: Shape, said: Sequence[str]) -> Any:
    """What a field's text stands for; what it cannot stand for is kept as text."""
    text = said[0].strip()[:_LONGEST] if said else ""
    match shape:
        case Plain(Kind.YES_OR_NO):
            return {"true": True, "false": False}.get(text, text)
        case Between():
            return int(text) if _NUMBER.fullmatch(text) else text
        case ListOf(ListOf()):
            return [line.replace(",", " ").split() for line in text.splitlines() if line.strip()]
        case ListOf(OneOf() | Plain()):
            return [line.strip() for one in said for line in one.splitlines() if line.strip()]
        case OneOf() | Plain():
            return text
        case _:
            return _from_yaml(text)


def _from_yaml(text: str) -> Any:
    try:
        return SafeConstructor().construct_document(compose(text, ""))
    except (PolicyFileError, yaml.YAMLError, ValueError):
        return text  # As it was typed: reading the whole file says what is wrong with it.


def _first(form: Mapping[str, Sequence[str]], name: str) -> str:
    values = form.get(name, ())
    return values[0] if values else ""


def about(policy: Policy, name: str) -> tuple[Part, ...]:
    """The fields that say where the value comes from and how hard it bites. Raises KeyError."""
    setting = policy.setting(name)
    tree = setting_tree(setting)
    ours = f"Doorstep's default ({definitions().settings[name].rule.default_reason.rstrip('.')})"
    return (
        Part(
            name="from",
            label="Where it comes from",
            value=setting.source.value,
            options=((Source.CLAUSE, "The document says so"), (Source.READING, "It is how we read the document"), (Source.DEFAULT, f"The document is silent: {ours}")),
        ),
        Part(
            name="clauses",
            label="Clauses",
            value=" ".join(setting.clauses) if setting.source is not Source.DEFAULT else "",
            hint="Their ids, with spaces between them",
        ),
        Part(
            name="force",
            label="How hard it bites",
            value=setting.force.value,
            options=((Force.MUST, "Must: a plan is refused"), (Force.SHOULD, "Should: refused until a reason is given"), (Force.ADVISE, "Advice: warns only")),
        ),
        Part(name="note", label="Note", value=tree.get("note", ""), hint="May stay empty"),
    )  # fmt: skip
