"""A school's own document in its file: a key, a title and clauses of its own; and the file written from a policy."""

import pytest
from msgspec.structs import replace

from commands.policy_compare import compare, compare_clauses, side_by_side
from commands.policy_files import PolicyFileError, describe, load_policy, load_policy_file, policy_keys
from commands.policy_writing import policy_text
from domain.policy import Force, Source
from tests.policies_example import HILL_TOP

ONE_CLAUSE = "HT-01: {says: Two go., force: must, lines: [12]}"


def faults(clauses: str, key: str = "hill_top", setting: str = "") -> list[str]:
    """What is wrong with a file of these clauses, the first on line 4."""
    text = f"key: {key}\ntitle: Ours\nclauses:\n  {clauses}\nsettings:\n  {setting or '{}'}\n"
    try:
        load_policy_file(text, "ours.yaml")
    except PolicyFileError as error:
        return [str(fault).removeprefix("ours.yaml, ") for fault in error.errors]
    return []


def test_a_sixth_policy_is_one_file_with_its_own_key_title_and_clauses() -> None:
    policy = load_policy_file(HILL_TOP, "hill_top.yaml")
    assert (policy.key, policy.title) == ("hill_top", "Hill Top Primary home visit policy")
    lone = policy.setting("lone_visit")
    assert (lone.value, lone.source, lone.force, lone.clauses) == ("never", Source.CLAUSE, Force.MUST, ("HT-02",))
    assert policy.clauses["HT-04"].lines == (20, 21)
    assert len(policy.settings) == 63
    assert {id_.partition("-")[0] for id_ in policy.clauses} == {"HT", "DV"}


def test_its_page_says_its_own_words_and_its_own_reading() -> None:
    rows = {row.name: row for row in describe(load_policy_file(HILL_TOP, "hill_top.yaml"))}
    (clause,) = rows["whereabouts"].clauses
    assert clause.says.startswith("Destination and time back are left with the office")
    assert clause.reading == "Reception and office are one place here."
    assert rows["approval_roles"].value == "the school business manager and the DSL or a deputy DSL"


NOT_SO = {
    "an id that is none": (
        "one: {says: Two go., force: must, lines: [1]}",
        'line 4: expected a clause id such as HT-01: letters, a dash and a number; found "one"',
    ),
    "an id of St Patrick's": (
        "SP-01: {says: Two go., force: must, lines: [1]}",
        "line 4: expected ids of this document; SP-.. are St Patrick's's",
    ),
    "an id of ours": (
        "DV-30: {says: Two go., force: must, lines: [1]}",
        "line 4: expected ids of this document; DV-.. are Doorstep's",
    ),
    "ids that begin differently": (
        f"{ONE_CLAUSE}\n  HX-02: {{says: Two go., force: must, lines: [1]}}",
        'line 5: expected all ids to begin alike, with HT; found "HX-02"',
    ),
    "no words": ("HT-01: {force: must, lines: [1]}", "line 4: expected says, which is missing"),
    "a wording that is none": (
        "HT-01: {says: Two go., force: perhaps, lines: [1]}",
        'line 4: expected one of must, should, may, found "perhaps"',
    ),
    "a line nought": (
        "HT-01: {says: Two go., force: must, lines: [0]}",
        'line 4: expected a whole number from 1 to 100000, found the number "0"',
    ),
    "a field it does not have": (
        "HT-01: {says: Two go., force: must, lines: [1], colour: red}",
        'line 4: the field "colour" is unknown; expected one of says, force, lines, note',
    ),
}


@pytest.mark.parametrize("case", NOT_SO)
def test_a_clause_that_is_not_as_it_should_be_is_refused_with_its_line(case: str) -> None:
    clauses, says = NOT_SO[case]
    assert faults(clauses) == [says]
    assert faults(ONE_CLAUSE) == []


@pytest.mark.parametrize("key", ["doorstep", "Hill-Top", "../hill", "h"])
def test_a_key_that_can_be_none_is_refused(key: str) -> None:
    assert faults(ONE_CLAUSE, key=f"'{key}'") == [
        f'line 1: expected a key of small letters, digits and _, found "{key}"'
    ]


def test_a_setting_cites_the_files_own_clauses_and_no_other() -> None:
    cited = "lone_visit: {value: never, from: clause, clauses: [HT-02], force: must}"
    assert faults(ONE_CLAUSE, setting=cited) == [
        'line 6, lone_visit: the clause "HT-02" is unknown; did you mean HT-01?'
    ]
    assert faults(ONE_CLAUSE, setting=cited.replace("HT-02", "NH-13")) == [
        "line 6, lone_visit: expected a clause of Ours; NH-13 is one of Norbury High's"
    ]
    assert faults(ONE_CLAUSE, setting=cited.replace("HT-02", "HT-01")) == []


def test_a_newer_edition_of_one_of_the_five_brings_what_is_new_under_its_own_letters() -> None:
    cited = "lone_visit: {value: never, from: clause, clauses: [NH-60, NH-13], force: must}"
    new = "NH-60: {says: Two go, force: must, lines: [80]}"
    assert faults(new, key="norbury", setting=cited) == []
    assert faults(ONE_CLAUSE, key="norbury") == ['line 4: expected all ids to begin alike, with NH; found "HT-01"']


def test_settings_that_contradict_each_other_are_told_at_the_line_of_the_second() -> None:
    both = (
        "lone_visit: {value: with_lone_assessment, from: clause, clauses: [HT-01], force: must}\n"
        "  with_pupil: {value: [second_staff], from: clause, clauses: [HT-01], force: must}"
    )
    assert faults(ONE_CLAUSE, setting=both) == [
        (
            "line 7: lone_visit (HT-01) and with_pupil (HT-01) cannot both hold: whoever goes alone has no second colleague"
            " to stay with a pupil"
        )
    ]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("overdue_grace_min", "121", "0 to 120"),
        ("overdue_step_gap_min", "0", "1 to 120"),
        ("wait_notified_min", "241", "0 to 240"),
        ("governor_min_count", "1", "2 to 100"),
        ("independent_approvers_min", "6", "0 to 5"),
        ("review", "{cycle_months: 61}", "1 to 60"),
        ("whereabouts", "{holders: [school_office], min: 0}", "1 to 10"),
        ("absence_triggers", "[{days: 191, purpose: attendance}]", "1 to 190"),
    ],
)
def test_a_number_out_of_range_is_refused_naming_the_range(name: str, value: str, expected: str) -> None:
    (says,) = faults(ONE_CLAUSE, setting=f"{name}: {{value: {value}, from: clause, clauses: [HT-01], force: must}}")
    assert f"{name}: expected a whole number from {expected}, found" in says


@pytest.mark.parametrize("key", [*policy_keys(), "hill_top"])
def test_a_policy_written_as_a_file_reads_as_the_same_policy(key: str) -> None:
    policy = load_policy_file(HILL_TOP, "hill_top.yaml") if key == "hill_top" else load_policy(key)
    assert load_policy_file(policy_text(policy), "again.yaml") == policy


def test_a_comparison_names_what_differs_and_nothing_else() -> None:
    before = load_policy("norbury")
    lone = replace(before.setting("lone_visit"), force=Force.SHOULD)
    waits = replace(before.setting("wait_absent_min"), value=10, source=Source.READING, clauses=("NH-13",))
    after = replace(before, settings={**before.settings, "lone_visit": lone, "wait_absent_min": waits})
    found = {one.name: one for one in compare(before, after)}
    assert set(found) == {"lone_visit", "wait_absent_min"}
    assert (found["wait_absent_min"].before.value, found["wait_absent_min"].after.value) == ("20 minutes", "10 minutes")
    assert (found["lone_visit"].before.force, found["lone_visit"].after.force) == (
        "must",
        "should, or a reason is given",
    )
    assert all(one.asks_otherwise for one in found.values())
    assert compare(before, before) == ()


def test_a_value_that_now_comes_from_elsewhere_asks_the_same() -> None:
    before = load_policy("norbury")
    cited = replace(before.setting("lone_visit"), clauses=("NH-28",))
    (found,) = compare(before, replace(before, settings={**before.settings, "lone_visit": cited}))
    assert (found.name, found.asks_otherwise) == ("lone_visit", False)


def test_of_clauses_it_says_what_is_new_gone_or_in_other_words() -> None:
    before = load_policy_file(HILL_TOP, "a.yaml")
    text = HILL_TOP.replace("Nobody goes alone, whatever the reason.", "Two go.").replace(
        "settings:\n", "  HT-11: {says: New., force: must, lines: [40]}\nsettings:\n", 1
    )
    found = {one.id: (one.before, one.after) for one in compare_clauses(before, load_policy_file(text, "b.yaml"))}
    assert found == {"HT-02": ("Nobody goes alone, whatever the reason.", "Two go."), "HT-11": ("", "New.")}


def test_beside_each_other_the_five_differ_first_and_no_setting_is_missing() -> None:
    found = side_by_side([load_policy(key) for key in policy_keys()])
    assert len(found) == 63
    alike = [one.alike for one in found]
    assert alike == sorted(alike)
    assert {one.name for one in found if one.alike} >= {"retention_rule", "governor_min_count"}
    lone = next(one for one in found if one.name == "lone_visit")
    assert [row.value for row in lone.rows] == ["only with a lone-worker assessment", *["never"] * 4]
