"""The five policies, and a school's own: read from YAML, checked whole, and filled up with Doorstep's defaults.

`load_policy("norbury")` is one of the five that come with Doorstep; `load_policy_file` reads a school's own file, which
brings a key, a title and clauses of its own. Both give a `Policy` with all 63 settings: what the document is silent on
holds Doorstep's default. Whatever is wrong with a file is told at once, each thing with its line (`PolicyFileError`);
once each value can be read, settings that contradict each other are, too. `describe` says a policy in words for a page.
"""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from commands.policy_definitions import OURS, Definition, School, clauses, definitions, package_text, schools
from commands.policy_own import document, key_of, own_clauses
from commands.policy_shapes import OneOf, read_value
from commands.policy_words import PolicyRow, describe, key_in_words
from commands.policy_yaml import (
    Entry,
    Fault,
    Page,
    PolicyFileError,
    Report,
    compose,
    entries,
    found,
    is_null,
    known,
    nearest,
    required,
    shown,
    text_of,
)
from domain.policy import Force, Policy, Setting, SettingRule, Source
from domain.policy_rules import contradictions

__all__ = [
    "Fault",
    "PolicyFileError",
    "PolicyRow",
    "clauses",
    "describe",
    "load_policy",
    "load_policy_file",
    "policy_keys",
    "setting_rules",
]

DEFAULTED = "Silent here, so Doorstep's default applies: "
"""Said in the note of a setting before the keys that the default filled in."""

_PARTS = ("key", "title", "clauses", "settings")
_NEEDED = ("key", "title", "settings")
_FIELDS = ("value", "from", "clauses", "force")
_SOURCES = OneOf((Source.CLAUSE.value, Source.READING.value))
_FORCES = OneOf(tuple(Force))


def policy_keys() -> tuple[str, ...]:
    """The five policies: st_patricks, leyland, william_lilley, norbury and scargill."""
    return tuple(key for key in schools() if key != OURS)


@cache
def setting_rules() -> Mapping[str, SettingRule]:
    """What each of the 63 settings is, by name, in the order in which pages show them."""
    return {name: definition.rule for name, definition in definitions().settings.items()}


@cache
def load_policy(key: str) -> Policy:
    """One of the five policies, at version 0. Read once: treat its values as unchangeable.

    Raises KeyError for a key that is not one of the five, and PolicyFileError when its file is not as it should be.
    """
    if key not in policy_keys():
        raise KeyError(key)
    return _read(package_text(f"{key}.yaml"), f"policies/{key}.yaml")


def read_all() -> None:
    """Read whatever a policy may come from, so that a fault in one is told before anybody relies on it.

    Raises PolicyFileError.
    """
    clauses()
    for key in policy_keys():
        load_policy(key)


def load_policy_file(source: Path | str, name: str) -> Policy:
    """A school's own policy, at version 0, from a file or from its text; `name` is what faults call the file.

    Raises PolicyFileError with everything that is wrong with it, and OSError when the file cannot be opened.
    """
    if isinstance(source, str):
        return _read(source, name)
    data = source.read_bytes()
    try:
        return _read(data.decode("utf-8"), name)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyFileError([Fault(file=name, line=line, says="expected text in UTF-8")]) from error


def _read(text: str, file: str) -> Policy:
    page = Page(file)
    report = page.report()
    tree = compose(text, file)
    parts = known(entries(tree, report, "key, title and settings"), _PARTS, report, "the part")
    if isinstance(tree, yaml.MappingNode):
        required(tree, parts, _NEEDED, report)
    key = key_of(parts["key"].value, report) if "key" in parts else ""
    title = text_of(parts["title"].value, report, longest=120) if "title" in parts else ""
    own = own_clauses(parts["clauses"].value, key, report) if "clauses" in parts else {}
    if key and key not in policy_keys() and "clauses" not in parts:
        report(parts["key"].value, _no_clauses(key))
    school = document(key, title, own)
    spoken = _spoken(parts["settings"].value, school, page) if "settings" in parts else {}
    page.close()
    policy = Policy(
        key=key,
        title=title,
        version=0,
        settings={
            name: spoken.get(name) or _default(definition) for name, definition in definitions().settings.items()
        },
        clauses={**(school.clauses if school else {}), **schools()[OURS].clauses},
        own=own,
    )
    for wrong in contradictions(policy):
        lines = [node for name in wrong.settings if (node := _node(parts["settings"].value, name)) is not None]
        page.report()(lines[-1] if lines else tree, wrong.in_words(policy))
    page.close()
    return policy


def _no_clauses(key: str) -> str:
    five = policy_keys()
    meant = nearest(key, five)
    hint = f"{meant} " if meant.startswith("did you mean") else ""
    return (
        f"the policy {shown(key)} is none of the five that come with Doorstep ({', '.join(five)}). {hint}"
        "A school's own policy brings its clauses: the part clauses is missing"
    )


def _node(settings: yaml.Node, name: str) -> yaml.Node | None:
    found = settings.value if isinstance(settings, yaml.MappingNode) else []
    return next((key for key, _ in found if key.value == name), None)


def _spoken(node: yaml.Node, school: School | None, page: Page) -> dict[str, Setting | None]:
    """The settings on which the file speaks."""
    rules = definitions().settings
    read = known(entries(node, page.report(), "a map of settings"), rules, page.report(), "the setting")
    return {name: _setting(rules[name], entry, school, page) for name, entry in read.items()}


def _setting(definition: Definition, entry: Entry, school: School | None, page: Page) -> Setting | None:
    """The setting as the file has it; None where it cannot be read, which has then been reported."""
    before = len(page.faults)
    report = page.report(definition.rule.name)
    written = entries(entry.value, report, "value, from, clauses and force")
    fields = known(written, (*_FIELDS, "note"), report, "the field")
    if isinstance(entry.value, yaml.MappingNode):
        required(entry.key, fields, _FIELDS, report)
    at = {name: field.value for name, field in fields.items()}
    value, silent = _value(definition, at["value"], report) if "value" in at else (None, ())
    source = read_value(_SOURCES, at["from"], report) if "from" in at else None
    force = read_value(_FORCES, at["force"], report) if "force" in at else None
    cited = _clauses(at["clauses"], school, report) if "clauses" in at else ()
    note = text_of(at["note"], report) if "note" in at else ""
    if len(page.faults) > before or source is None or force is None:
        return None
    return Setting(
        name=definition.rule.name,
        value=value,
        source=Source(source),
        force=Force(force),
        clauses=cited,
        note=f"{note} {_said(definition, silent)}".strip(),
        silent=silent,
    )


def _value(definition: Definition, node: yaml.Node, report: Report) -> tuple[Any, tuple[str, ...]]:
    """The value, its nulls filled in from the default, and the keys that were filled in.

    A null for which the default has nothing either is left out: a key left out asks nothing.
    """
    if is_null(node):
        report(node, "expected a value; where the document is silent, leave the setting out")
        return None, ()
    value = read_value(definition.shape, node, report, may_be_silent=True)
    if not isinstance(value, dict):
        return value, ()
    default = deepcopy(definition.rule.default)
    filled = {key: default.get(key) if held is None else held for key, held in value.items()}
    silent = tuple(key for key, held in value.items() if held is None and key in default)
    return {key: held for key, held in filled.items() if held is not None}, silent


def _said(definition: Definition, silent: tuple[str, ...]) -> str:
    """The sentence that names what the default filled in."""
    ours = ", ".join(key_in_words(definition, key) for key in silent)
    return f"{DEFAULTED}{ours}." if ours else ""


def _clauses(node: yaml.Node, school: School | None, report: Report) -> tuple[str, ...]:
    """The clause ids that a setting cites: at least one, each of this school."""
    if not isinstance(node, yaml.SequenceNode):
        report(node, f"expected a list of clause ids, found {found(node)}")
        return ()
    if not node.value:
        report(node, "expected at least one clause id, found none")
    cited: list[str] = []
    for child in node.value:
        id_ = text_of(child, report, "a clause id", longest=20)
        if id_ and id_ in cited:
            report(child, f"expected each clause once; {id_} stands in the list already")
        elif id_ and school is not None and id_ not in school.clauses:
            report(child, _stranger(id_, school))
        cited.append(id_)
    return tuple(cited)


def _stranger(id_: str, school: School) -> str:
    for other in schools().values():
        if id_ in other.clauses:
            return f"expected a clause of {school.name}; {id_} is one of {other.name}'s"
    return f"the clause {shown(id_)} is unknown; {nearest(id_, tuple(school.clauses))}"


def _default(definition: Definition) -> Setting:
    """The setting where the document is silent. It advises; four defaults refuse."""
    rule = definition.rule
    return Setting(
        name=rule.name,
        value=deepcopy(rule.default),
        source=Source.DEFAULT,
        force=Force.MUST if rule.default_refuses else Force.ADVISE,
        clauses=definition.clauses,
    )
