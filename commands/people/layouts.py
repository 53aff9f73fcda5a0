"""Header maps: which column of a school's export means what. They are data, `layouts/*.yaml`; a school may give its own."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec
import yaml

from commands.people.file import What
from commands.policy_yaml import Page, Report, compose, entries, known, required, text_of

PUPIL_FIELDS: Final = (
    *("given_name", "family_name", "born", "upn", "former_upn", "year_group", "class_name", "street", "address"),
    *("phone", "phone_none_reason", "language", "interpreter_needed", "left_on"),
)
CARER_FIELDS: Final = (
    *("title", "name", "given_name", "family_name", "relation", "parental_responsibility", "day_to_day_care"),
    *("mobile", "home", "work", "phone", "do_not_ring", "confirmed_on", "priority"),
)
STAFF_FIELDS: Final = ("name", "given_name", "family_name", "code", "job", "mobile", "left_on")
CARER: Final = "carer."
_FIELDS: Final = {
    What.PUPILS: (*PUPIL_FIELDS, *(CARER + name for name in CARER_FIELDS)),
    What.STAFF: STAFF_FIELDS,
}
_SECOND: Final = re.compile(r"(?P<heading>.+)#(?P<place>[2-9])")

Headings = Mapping[str, tuple[str, ...]]
"""By field: headings that mean it, the first that is there counts; of `street` and `address` all count, in order."""


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How one system names its columns."""

    name: str
    title: str
    headings: Mapping[What, Headings]


@cache
def layouts() -> Mapping[str, Layout]:
    """Those that come with Doorstep, by name."""
    found = {}
    for file in sorted(files("commands.people").joinpath("layouts").iterdir(), key=lambda one: one.name):
        if file.name.endswith(".yaml"):
            name = file.name.removesuffix(".yaml")
            found[name] = read_layout(file.read_text(encoding="utf-8"), file.name, name)
    return found


def read_layout(text: str, file: str, name: str = "own") -> Layout:
    """A header map in YAML. Raises PolicyFileError with everything that is wrong with it, line by line."""
    page = Page(file)
    report = page.report()
    root = compose(text, file)
    read = known(entries(root, report), ("title", *What), report, "entry")
    required(root, read, ("title",), report)
    title = text_of(read["title"].value, report, "the system's name") if "title" in read else ""
    headings = {what: _headings(read[what].value, what, report) for what in What if what in read}
    page.close()
    return Layout(name=name, title=title, headings=headings)


def _headings(node: yaml.Node, what: What, report: Report) -> dict[str, tuple[str, ...]]:
    read = known(entries(node, report), _FIELDS[what], report, "field")
    return {name: _several(entry.value, report) for name, entry in read.items()}


def _several(node: yaml.Node, report: Report) -> tuple[str, ...]:
    if isinstance(node, yaml.SequenceNode):
        return tuple(text_of(one, report, "a column's heading", 200) for one in node.value)
    return (text_of(node, report, "a column's heading, or a list of them", 200),)


def heading_key(heading: str) -> str:
    """What two ways of writing one heading have in common.

    >>> heading_key("Date of birth ") == heading_key("DateOfBirth") == heading_key("date_of_birth")
    True
    """
    return "".join(c for c in heading.casefold() if c.isalnum())


def places_of(wanted: str, headings: Mapping[str, list[int]]) -> list[tuple[int, int]]:
    """Where a layout's heading stands: pairs of an adult's number (0 for a heading without) and a column's place."""
    second = _SECOND.fullmatch(wanted)
    if second is not None:
        found = headings.get(heading_key(second["heading"]), [])
        place = int(second["place"]) - 1
        return [(0, found[place])] if place < len(found) else []
    if "{n}" in wanted:
        before, _, after = wanted.partition("{n}")
        shape = re.compile(rf"{re.escape(heading_key(before))}([1-9]){re.escape(heading_key(after))}")
        matches = ((shape.fullmatch(key), found) for key, found in headings.items())
        return sorted((int(match[1]), found[0]) for match, found in matches if match is not None)
    found = headings.get(heading_key(wanted), [])
    return [(0, found[0])] if found else []
