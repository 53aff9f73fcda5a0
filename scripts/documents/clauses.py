"""Which test shows which clause and which scenario, read from the tests without running them.

A clause: the marks `@pytest.mark.clauses("SP-32", ...)`. A scenario of the shared list: a docstring that begins with its
id and a full stop (`AC-26. SP-17, SP-18.`, `AC-15, AC-16.`); `AC-26, neighbour` tells one that lies beside it. What is
known of them lies in `clauses.csv` and `scenarios.csv`; what no test shows, with the reason, in `not_built_yet.csv`.
"""

import ast
import csv
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

ROOT: Final = Path(__file__).resolve().parents[2]
BEFORE_ANYONE_LEAVES: Final = frozenset({"setup", "request", "risk", "approve", "before", "depart", "govern"})
"""The phases of planning."""
SHOWN_BY_TESTS: Final = frozenset({"enforce", "confirm", "record", "notify", "report"})
"""The kinds of clause that a test shows; the others lie outside the software, or in what goes out of it."""
_TOLD: Final = re.compile(r"(?:AC-\d+, )*AC-\d+(?=\.)")

Shown: TypeAlias = Mapping[str, tuple[str, ...]]
"""For each clause or scenario the tests that show it: "tests/domain/test_team.py::test_nobody_visits_alone"."""


class Clause(NamedTuple):
    """One clause of a school's policy document."""

    id: str
    phase: str
    kind: str

    @property
    def wants_a_test(self) -> bool:
        """Whether it is one of planning that a test should show."""
        return self.phase in BEFORE_ANYONE_LEAVES and self.kind in SHOWN_BY_TESTS


class Scenario(NamedTuple):
    """One scenario of the shared list."""

    id: str
    clauses: tuple[str, ...]
    title: str

    @property
    def of_planning(self) -> bool:
        """Whether one of its clauses is one of planning that a test should show."""
        wanted = {one.id for one in clauses() if one.wants_a_test}
        return not wanted.isdisjoint(self.clauses)


@cache
def clauses() -> tuple[Clause, ...]:
    """Every clause of the five documents, in their order."""
    return tuple(Clause(row["clause"], row["phase"], row["kind"]) for row in _rows("clauses.csv"))


def scenarios() -> tuple[Scenario, ...]:
    """Every scenario of the shared list, in its order."""
    return tuple(
        Scenario(row["scenario"], tuple(row["clauses"].split()), row["title"]) for row in _rows("scenarios.csv")
    )


def not_built_yet() -> Mapping[str, str]:
    """The clauses and scenarios of planning that no test shows yet, each with the reason."""
    return {row["id"]: row["reason"] for row in _rows("not_built_yet.csv")}


def shown_by(folder: Path = ROOT / "tests") -> Shown:
    """The tests of each marked clause."""
    return _found((clause, test) for test, node in _tests(folder) for clause in _marked(node))


def told_by(folder: Path = ROOT / "tests") -> Shown:
    """The tests that tell each scenario."""
    return _found(
        (one, test)
        for test, node in _tests(folder)
        if (told := _TOLD.match(ast.get_docstring(node) or ""))
        for one in told[0].split(", ")
    )


def through_scenarios(told: Shown) -> Shown:
    """For each clause the tests that tell a scenario of it."""
    return _found((clause, test) for one in scenarios() for clause in one.clauses for test in told.get(one.id, ()))


def without_a_test(shown: Shown, told: Shown) -> tuple[str, ...]:
    """The clauses, then the scenarios, of planning that a test should show and none does."""
    missing = [one.id for one in clauses() if one.wants_a_test and one.id not in shown]
    return (*missing, *(one.id for one in scenarios() if one.of_planning and one.id not in told))


def _rows(file: str) -> list[dict[str, str]]:
    with (Path(__file__).parent / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _found(pairs: Iterator[tuple[str, str]]) -> Shown:
    found: dict[str, dict[str, None]] = {}
    for one, test in pairs:
        found.setdefault(one, {})[test] = None
    return {one: tuple(tests) for one, tests in sorted(found.items())}


@cache
def _tests(folder: Path) -> tuple[tuple[str, ast.FunctionDef], ...]:
    """Every test with its name; read once for clauses and scenarios alike."""
    return tuple(
        (f"{path.relative_to(folder.parent).as_posix()}::{node.name}", node)
        for path in sorted(folder.rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def _marked(test: ast.FunctionDef) -> Iterator[str]:
    for decorator in test.decorator_list:
        for call in ast.walk(decorator):
            if isinstance(call, ast.Call) and _is_the_mark(call.func):
                yield from (str(a.value) for a in call.args if isinstance(a, ast.Constant))


def _is_the_mark(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute) and called.attr == "clauses" and ast.unparse(called) == "pytest.mark.clauses"
    )
