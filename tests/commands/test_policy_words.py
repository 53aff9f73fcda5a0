"""A policy in words, as a page shows it."""

import itertools

import pytest

from commands.policy_files import PolicyRow, describe, load_policy, policy_keys, setting_rules
from domain.policy import Source


def rows(key: str) -> dict[str, PolicyRow]:
    """The rows of a policy by the setting's name."""
    return {row.name: row for row in describe(load_policy(key))}


def test_a_clause_is_named() -> None:
    row = rows("st_patricks")["wait_absent_min"]
    assert (row.value, row.source, row.origin, row.force) == ("20 minutes", "SP-39 and SP-40", Source.CLAUSE, "must")
    assert row.in_use
    assert row.clauses[0].id == "SP-39"
    assert "20 minutes" in row.clauses[0].says
    assert "from 'nobody answered'" in row.clauses[0].reading


def test_a_reading_asks_to_be_confirmed() -> None:
    row = rows("leyland")["wait_absent_min"]
    assert (row.value, row.source) == ("0 minutes", "our reading of LJ-46, to be confirmed")
    assert row.note == "No wait is mentioned: go back and rebook."


def test_a_default_says_that_it_is_doorstep_s_and_why() -> None:
    row = rows("william_lilley")["approval_roles"]
    assert row.value == "a member of SLT"
    assert row.source == (
        "Doorstep's default: Three schools name no approver, and a visit that nobody approved is unsafe."
    )
    assert row.force == "must"


IN_WORDS = {
    ("leyland", "approval_roles_safeguarding"): "the headteacher and the DSL",
    ("scargill", "approval_roles_safeguarding"): "the attendance officer, the Head of School or the DSL",
    ("william_lilley", "places"): "the family's home or a parent's workplace",
    ("william_lilley", "overdue_steps"): (
        "ring the visitor's mobile, then ring the pupil's home, then tell a member of SLT"
    ),
    ("william_lilley", "record_scope"): (
        "visits for attendance, visits for school refusal, visits for safeguarding and concerns"
    ),
    ("st_patricks", "concern_notify"): (
        "told: the DSL or a deputy and the headteacher; by: email to the headteacher; when: as soon as possible"
    ),
    ("st_patricks", "independent_approvers_min"): "1 approver",
    ("scargill", "review"): "months between reviews: 12; next review: November 2026; kept by: the Head of School",
    ("scargill", "eyfs_rule"): "none",
    ("st_patricks", "risk_rule"): "assessment: required; done by: a member of SLT; overseen by: nobody",
    ("leyland", "phone_rule"): "carried: yes; stays on throughout: yes; number held by: the visit form",
}


@pytest.mark.parametrize(("key", "name"), IN_WORDS)
def test_a_value_is_said_as_people_in_schools_say_it(key: str, name: str) -> None:
    assert rows(key)[name].value == IN_WORDS[key, name]


@pytest.mark.parametrize("key", policy_keys())
def test_every_setting_has_its_row_with_no_code_left_in_it(key: str) -> None:
    described = describe(load_policy(key))
    assert sorted(row.name for row in described) == sorted(setting_rules())
    for row in described:
        assert row.value
        assert row.label
        assert row.meaning
        assert "_" not in f"{row.group}{row.label}{row.meaning}{row.value}{row.source}{row.note}", row.name
        assert bool(row.clauses) or row.origin is Source.DEFAULT


def test_a_group_s_rows_stand_together() -> None:
    groups = [row.group for row in describe(load_policy("norbury"))]
    changes = sum(before != after for before, after in itertools.pairwise(groups))
    assert changes == len(set(groups)) - 1
