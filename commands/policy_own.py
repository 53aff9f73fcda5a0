"""A school's own document in its policy file: a key of its own, and its clauses with ids, words and lines.

    key: hill_top
    title: Hill Top Primary home visit policy
    clauses:
      HT-01: {says: Two of us always go., force: must, lines: [12, 13]}
      HT-02: {says: .., force: should, lines: [14], note: How we read it.}
    settings: ..

All ids of a file begin alike, and as no other document's do. A file with the key of one of the five may bring clauses
too: what a newer edition of that document says, under its own letters.
"""

import re
from collections.abc import Mapping
from typing import Final

import yaml

from commands.policy_definitions import OURS, School, schools
from commands.policy_shapes import Between, ListOf, OneOf, read_value
from commands.policy_yaml import Report, entries, known, required, shown, text_of
from domain.policy import Clause

MOST_CLAUSES: Final = 500
"""The longest of the five documents has 81."""
_KEY = re.compile(r"[a-z][a-z0-9_]{1,59}")
_ID = re.compile(r"([A-Z]{2,6})-([0-9]{1,3}[a-z]?)")
_WORDED = OneOf(("must", "should", "may"))
_LINES = ListOf(Between(1, 100_000))
_FIELDS = ("says", "force", "lines")


def key_of(node: yaml.Node, report: Report) -> str:
    """The key of a policy: one of the five, or a school's own; "" where it cannot be one, which is reported."""
    key = text_of(node, report, longest=60)
    if key and (key == OURS or not _KEY.fullmatch(key)):
        report(node, f"expected a key of small letters, digits and _, found {shown(key)}")
        return ""
    return key


def own_clauses(node: yaml.Node, key: str, report: Report) -> dict[str, Clause]:
    """The clauses of the file by id; each that is not as it should be is reported and left out."""
    read = entries(node, report, "a map of clauses by their ids")
    if len(read) > MOST_CLAUSES:
        report(node, f"expected at most {MOST_CLAUSES} clauses, found {len(read)}")
        return {}
    own = schools()[key].prefix if key in schools() else ""
    taken = {school.prefix: school.name for name, school in schools().items() if name != key}
    first = next((found[1] for id_ in read if (found := _ID.fullmatch(id_))), "")
    out = {}
    for id_, entry in read.items():
        found = _ID.fullmatch(id_)
        if found is None:
            report(entry.key, f"expected a clause id such as HT-01: letters, a dash and a number; found {shown(id_)}")
        elif found[1] in taken:
            report(entry.key, f"expected ids of this document; {found[1]}-.. are {taken[found[1]]}'s")
        elif found[1] != (own or first):
            report(entry.key, f"expected all ids to begin alike, with {own or first}; found {shown(id_)}")
        out[id_] = _clause(id_, entry.value, report)
    return out


def _clause(id_: str, node: yaml.Node, report: Report) -> Clause:
    fields = known(entries(node, report, "says, force and lines"), (*_FIELDS, "note"), report, "the field")
    if isinstance(node, yaml.MappingNode):
        required(node, fields, _FIELDS, report)
    at = {name: field.value for name, field in fields.items()}
    lines = read_value(_LINES, at["lines"], report) if "lines" in at else []
    return Clause(
        id=id_,
        says=text_of(at["says"], report) if "says" in at else "",
        force=read_value(_WORDED, at["force"], report) or "" if "force" in at else "",
        lines=tuple(line for line in lines if line is not None),
        reading=text_of(at["note"], report) if "note" in at else "",
    )


def document(key: str, title: str, own: Mapping[str, Clause]) -> School | None:
    """The document that a file's settings may cite: one of the five with what the file adds, or the school's own."""
    book = schools().get(key)
    if book is not None:
        return School(name=book.name, prefix=book.prefix, clauses={**book.clauses, **own}, notes=book.notes)
    if not own:
        return None
    return School(name=title or key, prefix=next(iter(own)).partition("-")[0], clauses=own, notes={})
