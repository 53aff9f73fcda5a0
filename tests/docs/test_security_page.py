"""docs/security.md: each requirement stands there once, and every test that it names is one."""

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_ROW: Final = re.compile(
    r"^\| (?P<numbers>[\d., ]+) \| [^|]+ \| (?P<answer>[^|]+) \| (?P<how>[^|]*)\| (?P<shown>[^|]*)\|$"
)
ANSWERS: Final = {"met", "partly", "not yet", "n/a"}
LEVELS_1_AND_2: Final = 253
"""So many requirements of the first two levels has version 5.0.0."""


def rows() -> list[re.Match[str]]:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    found = [_ROW.match(line) for line in text.splitlines() if re.match(r"\| \d", line)]
    assert None not in found, "a row that cannot be read"
    return [one for one in found if one is not None]


def test_each_requirement_stands_there_once_and_in_order() -> None:
    numbers = [tuple(map(int, one.split("."))) for row in rows() for one in row["numbers"].split(", ")]
    assert len(numbers) == len(set(numbers)) == LEVELS_1_AND_2
    assert {row["answer"] for row in rows()} == ANSWERS
    assert [chapter for chapter, *_ in numbers] == sorted(chapter for chapter, *_ in numbers)


def test_every_test_and_page_that_it_names_is_there() -> None:
    named = {one for row in rows() for one in row["shown"].strip().split(", ") if one}
    assert len(named) > 60
    for one in named:
        is_page = "." in one.rpartition("/")[2] or one.startswith("docker/")
        assert (ROOT / one if is_page else ROOT / "tests" / f"{one}.py").exists(), one


def test_what_is_left_is_what_is_not_met() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8").partition("## What is left")[2]
    left = {(found[1], found[2]) for found in re.finditer(r"^- ([\d., ]+) \((partly|not yet)\)", text, re.MULTILINE)}
    assert left == {(row["numbers"], row["answer"]) for row in rows() if row["answer"] in {"partly", "not yet"}}
