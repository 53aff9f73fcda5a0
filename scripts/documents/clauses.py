"""Which test shows which clause: the marks `@pytest.mark.clauses("SP-32", ...)` of the tests, read without running them.

The clauses with the phase and the kind of each lie in `clauses.csv` beside this file.
"""

import ast
import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
BEFORE_ANYONE_LEAVES: Final = frozenset({"setup", "request", "risk", "approve", "before", "depart", "govern"})
"""The phases of planning."""
SHOWN_BY_TESTS: Final = frozenset({"enforce", "confirm", "record", "notify", "report"})
"""The kinds of clause that a test shows; the others lie outside the software, or in what goes out of it."""


class Clause(NamedTuple):
    """One clause of a school's policy document."""

    id: str
    phase: str
    kind: str


def clauses() -> tuple[Clause, ...]:
    """Every clause of the five documents, in their order."""
    with (Path(__file__).parent / "clauses.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(Clause(row["clause"], row["phase"], row["kind"]) for row in csv.DictReader(lines))


def shown_by(folder: Path = ROOT / "tests") -> Mapping[str, tuple[str, ...]]:
    """For each marked clause the tests that show it: "tests/domain/test_team.py::test_nobody_visits_alone"."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for name, clause in _marks(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(clause, []).append(f"{path.relative_to(folder.parent).as_posix()}::{name}")
    return {clause: tuple(dict.fromkeys(tests)) for clause, tests in sorted(found.items())}


def without_a_test(folder: Path = ROOT / "tests") -> tuple[Clause, ...]:
    """The clauses of planning that a test should show and none is marked for."""
    marked = shown_by(folder)
    return tuple(
        one
        for one in clauses()
        if one.phase in BEFORE_ANYONE_LEAVES and one.kind in SHOWN_BY_TESTS and one.id not in marked
    )


def _marks(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            calls = (call for decorator in node.decorator_list for call in ast.walk(decorator))
            for call in calls:
                if isinstance(call, ast.Call) and _is_the_mark(call.func):
                    yield from ((node.name, str(a.value)) for a in call.args if isinstance(a, ast.Constant))


def _is_the_mark(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute) and called.attr == "clauses" and ast.unparse(called) == "pytest.mark.clauses"
    )
