"""A policy as the text of its file: to be changed and read again. What `load_policy_file` reads of it is the same policy."""

from typing import Any

import yaml

from commands.policy_definitions import definitions
from commands.policy_files import DEFAULTED
from commands.policy_shapes import Record
from domain.policy import Clause, Policy, Setting, Source


def policy_text(policy: Policy) -> str:
    """The file: key, title, the clauses that came in the school's own file, and the settings on which it speaks."""
    return written(policy_tree(policy))


def policy_tree(policy: Policy) -> dict[str, Any]:
    """The same, before it is written."""
    tree: dict[str, Any] = {"key": policy.key, "title": policy.title}
    if policy.own:
        tree["clauses"] = {id_: _clause(clause) for id_, clause in policy.own.items()}
    spoken = {name: s for name in definitions().settings if (s := policy.setting(name)).source is not Source.DEFAULT}
    tree["settings"] = {name: setting_tree(setting) for name, setting in spoken.items()}
    return tree


def setting_tree(setting: Setting) -> dict[str, Any]:
    """A setting as its part of the file."""
    value = setting.value
    shape = definitions().settings[setting.name].shape
    if isinstance(shape, Record):
        value = {key: value[key] for key in shape.keys if key in value}
        # What the default filled in is silence in the document.
        value = {key: None if key in setting.silent else held for key, held in value.items()}
    tree = {
        "value": value,
        "from": setting.source.value,
        "clauses": list(setting.clauses),
        "force": setting.force.value,
    }
    note = setting.note.partition(DEFAULTED)[0].strip()
    return {**tree, "note": note} if note else tree


def written(tree: dict[str, Any]) -> str:
    """The tree as YAML, everything written out: no anchors, keys in their order."""
    return yaml.dump(tree, Dumper=_Plain, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)


class _Plain(yaml.SafeDumper):
    """Writes no aliases: a policy file has none."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the dumper's own signature
        return True


def _clause(clause: Clause) -> dict[str, Any]:
    tree = {"says": clause.says, "force": clause.force, "lines": list(clause.lines)}
    return {**tree, "note": clause.reading} if clause.reading else tree
