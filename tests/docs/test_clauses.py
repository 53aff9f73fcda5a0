"""Each clause and scenario of planning has a test, or stands in the list of what is not built yet; never both."""

from pathlib import Path

import pytest

from commands.policy_definitions import schools
from scripts.documents.clauses import (
    Shown,
    clauses,
    not_built_yet,
    scenarios,
    shown_by,
    told_by,
    without_a_test,
)


@pytest.fixture(scope="module")
def shown() -> Shown:
    return shown_by()


@pytest.fixture(scope="module")
def told() -> Shown:
    return told_by()


def test_every_marked_clause_is_one_of_the_five_documents_or_ours(shown: Shown) -> None:
    known = {id_ for school in schools().values() for id_ in school.clauses}
    assert set(shown) <= known


def test_the_table_of_phases_has_every_clause_of_the_five_documents_once() -> None:
    documents = [id_ for school in schools().values() for id_ in school.clauses if not id_.startswith("DV-")]
    assert sorted(one.id for one in clauses()) == sorted(documents)


def test_every_scenario_stands_in_the_list_once_with_clauses_that_there_are(told: Shown) -> None:
    known = {id_ for school in schools().values() for id_ in school.clauses}
    ids = [one.id for one in scenarios()]
    assert len(ids) == len(set(ids)) == 79
    assert set(told) <= set(ids)
    assert {clause for one in scenarios() for clause in one.clauses} <= known


def test_every_clause_and_scenario_of_planning_has_a_test_or_is_said_not_to_be_built_yet(
    shown: Shown, told: Shown
) -> None:
    missing = set(without_a_test(shown, told)) - set(not_built_yet())
    assert not missing, "mark the test that shows it, or say in scripts/documents/not_built_yet.csv why there is none"


def test_nothing_is_said_not_to_be_built_that_has_a_test_or_that_no_test_need_show(shown: Shown, told: Shown) -> None:
    waiting = not_built_yet()
    too_many = set(waiting) - set(without_a_test(shown, told))
    assert not too_many, "take these lines out of scripts/documents/not_built_yet.csv"
    assert all(reason.strip() for reason in waiting.values())


def test_a_mark_is_found_wherever_it_stands_among_a_tests_decorators(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text(
        "import pytest\n"
        '@pytest.mark.parametrize("a", [pytest.param(1, marks=pytest.mark.clauses("SP-12"))])\n'
        '@pytest.mark.clauses("SP-13", "LJ-01")\n'
        "def test_this(a): ...\n"
        '@other.mark.clauses("NH-01")\n'
        "def test_that(): ...\n",
        encoding="utf-8",
    )
    assert shown_by(tmp_path / "tests") == {
        "LJ-01": ("tests/test_one.py::test_this",),
        "SP-12": ("tests/test_one.py::test_this",),
        "SP-13": ("tests/test_one.py::test_this",),
    }


def test_a_scenario_is_told_where_a_docstring_begins_with_it_and_ends_it_with_a_full_stop(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_one.py").write_text(
        'def test_this():\n    """AC-25, AC-26. SP-17."""\n'
        'def test_beside():\n    """AC-27, neighbour. SP-18."""\n'
        "def test_that(): ...\n",
        encoding="utf-8",
    )
    assert told_by(tmp_path / "tests") == dict.fromkeys(("AC-25", "AC-26"), ("tests/test_one.py::test_this",))
