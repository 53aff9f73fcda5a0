"""A school's own policy file: whatever is wrong with it is told at once, each thing with its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.policy_definitions import package_text
from commands.policy_files import Fault, PolicyFileError, load_policy_file, policy_keys


def faults(*settings: str, head: str = "key: norbury\ntitle: Ours\nsettings:\n") -> list[str]:
    """What is wrong with a file that has these lines under `settings:` (the first stands on line 4)."""
    with pytest.raises(PolicyFileError) as caught:
        load_policy_file(head + "".join(f"  {line}\n" for line in settings), "ours.yaml")
    return [str(fault) for fault in caught.value.errors]


def setting(name: str, value: str, rest: str = "from: clause, clauses: [NH-13], force: must") -> str:
    """A setting on one line."""
    return f"{name}: {{value: {value}, {rest}}}"


WRONG_VALUES = {
    "a word that is not allowed": (
        setting("lone_visit", "sometimes"),
        'lone_visit: expected one of never, with_lone_assessment, found "sometimes"',
    ),
    "text for a number": (
        setting("wait_absent_min", "'20'"),
        'wait_absent_min: expected a whole number from 0 to 120, found "20", which is text',
    ),
    "a number below nought": (
        setting("wait_absent_min", "-1"),
        'wait_absent_min: expected a whole number from 0 to 120, found the number "-1"',
    ),
    "a number with a fraction": (
        setting("wait_absent_min", "2.5"),
        'wait_absent_min: expected a whole number from 0 to 120, found the number "2.5"',
    ),
    "a number that YAML reads as octal": (
        setting("wait_absent_min", "010"),
        'wait_absent_min: expected a whole number from 0 to 120, found the number "010"',
    ),
    "a number for yes or no": (
        setting("entry_invite", "1"),
        'entry_invite: expected true or false, found the number "1"',
    ),
    "a word for a list": (setting("check_ins", "agreed_time"), 'check_ins: expected a list, found "agreed_time"'),
    "a list for a list of lists": (
        setting("approval_roles", "[SLT]"),
        'approval_roles: expected a list, found "SLT"',
    ),
    "nobody in a group of approvers": (
        setting("approval_roles", "[[]]"),
        "approval_roles: expected at least one in the list, found none",
    ),
    "nobody told of an incident": (
        setting("incident_notify", "[]"),
        "incident_notify: expected at least one in the list, found none",
    ),
    "a role nobody has": (
        setting("incident_notify", "[head_techer]"),
        'incident_notify: expected a role, found "head_techer", which is none; did you mean headteacher?',
    ),
    "the same twice": (
        setting("incident_notify", "[DSL, DSL]"),
        'incident_notify: expected each once in the list; "DSL" stands in it already',
    ),
    "a list for a map": (
        setting("phone_rule", "[carry]"),
        "phone_rule: expected a map with the keys carry, on_throughout, number_holder, found a list",
    ),
    "a key that a map does not have": (
        setting("phone_rule", "{cary: true}"),
        'phone_rule: the key "cary" is unknown; did you mean carry?',
    ),
    "a key that a map needs": (
        setting("whereabouts", "{holders: [reception]}"),
        "whereabouts: expected min, which is missing",
    ),
    "a date that is no month": (
        setting("review", "{cycle_months: 12, next: '2026-13'}"),
        "review: expected a year and month such as '2025-07', found \"2026-13\"",
    ),
    "a whole date for a month": (
        setting("review", "{cycle_months: 12, next: 2026-11-01}"),
        "review: expected a year and month such as '2025-07', found the date \"2026-11-01\" (write it in quotes)",
    ),
    "999 without quotes": (
        setting("danger_calls", "[999]"),
        (
            "danger_calls: expected one of 999, leave, 999_or_school_office, school_office, police_by_office, "
            'headteacher_and_DSL, line_manager_or_safeguarding_team, found the number "999" (write it in quotes)'
        ),
    ),
    "a channel that does not exist": (
        setting("concern_notify", "{to: [DSL], channel: {DSL: pigeon}}"),
        "concern_notify: expected one of email, telephone, CPOMS, MyConcern, or a map from roles to values, found a map",
    ),
    "a purpose that is a sentence": (
        setting("safeguarding_purposes", "[just to see]"),
        'safeguarding_purposes: expected one word of letters, digits and _, found "just to see"',
    ),
    "a scope that is none": (
        setting("record_scope", "['purpose:']"),
        (
            "record_scope: expected one of all_visits, all_contacts, concerns, safety_cancellations, "
            'animal_cancellations, or purpose: and the code of a purpose, found "purpose:"'
        ),
    ),
    "an empty text": (
        setting("retention_rule", "''"),
        "retention_rule: expected text of 1 to 600 characters, found 0",
    ),
    "nothing where the document is silent": (
        setting("lone_visit", "null"),
        "lone_visit: expected a value; where the document is silent, leave the setting out",
    ),
    "null inside a list": (
        setting("incident_notify", "[DSL, null]"),
        "incident_notify: expected a role, found nothing",
    ),
}


@pytest.mark.parametrize("case", WRONG_VALUES)
def test_a_wrong_value_is_refused_with_its_line_and_what_was_expected(case: str) -> None:
    line, says = WRONG_VALUES[case]
    assert faults(setting("family_may_decline", "true"), line) == [f"ours.yaml, line 5, {says}"]


def test_an_unknown_setting_is_refused_with_the_nearest_name() -> None:
    assert faults(setting("lone_vist", "never")) == [
        'ours.yaml, line 4: the setting "lone_vist" is unknown; did you mean lone_visit?'
    ]


def test_an_unknown_clause_is_refused() -> None:
    assert faults(setting("lone_visit", "never", "from: clause, clauses: [NH-99], force: must")) == [
        'ours.yaml, line 4, lone_visit: the clause "NH-99" is unknown; did you mean NH-39?'
    ]


@pytest.mark.parametrize(
    ("id_", "whose"), [("WL-16", "William Lilley"), ("SP-17", "St Patrick's"), ("DV-04", "Doorstep")]
)
def test_a_clause_of_another_school_is_refused_naming_whose_it_is(id_: str, whose: str) -> None:
    assert faults(setting("lone_visit", "never", f"from: clause, clauses: [{id_}], force: must")) == [
        f"ours.yaml, line 4, lone_visit: expected a clause of Norbury High; {id_} is one of {whose}'s"
    ]


def test_a_value_without_a_clause_is_refused() -> None:
    for source in ("clause", "reading"):
        assert faults(setting("lone_visit", "never", f"from: {source}, clauses: [], force: must")) == [
            "ours.yaml, line 4, lone_visit: expected at least one clause id, found none"
        ]


def test_a_default_cannot_be_claimed_as_the_school_s_own() -> None:
    assert faults(setting("lone_visit", "never", "from: default, clauses: [NH-13], force: must")) == [
        'ours.yaml, line 4, lone_visit: expected one of clause, reading, found "default"'
    ]


def test_a_setting_given_twice_is_refused_naming_both_lines() -> None:
    twice = setting("lone_visit", "never")
    assert faults(twice, twice) == ['ours.yaml, line 5: expected "lone_visit" once; it stands on line 4 already']


def test_a_key_given_twice_inside_a_map_is_refused() -> None:
    assert faults(setting("phone_rule", "{carry: true, carry: false}")) == [
        'ours.yaml, line 4, phone_rule: expected "carry" once; it stands on line 4 already'
    ]


def test_everything_wrong_with_a_file_is_told_at_once_in_the_order_of_its_lines() -> None:
    lines = faults(
        "lone_visit:",
        "  value: sometimes",
        "  from: guess",
        "  clauses: [NH-99, NH-13, NH-13]",
        "  force: maybe",
        "  colour: red",
        "places: home",
        "wait_absent_min: {value: 20}",
        head="key: narnia\ntitle: Ours\nsettings:\n",
    )
    assert lines == [
        (
            f'ours.yaml, line 1: the policy "narnia" is none of the five that come with Doorstep ({", ".join(policy_keys())}). '
            "A school's own policy brings its clauses: the part clauses is missing"
        ),
        'ours.yaml, line 5, lone_visit: expected one of never, with_lone_assessment, found "sometimes"',
        'ours.yaml, line 6, lone_visit: expected one of clause, reading, found "guess"',
        "ours.yaml, line 7, lone_visit: expected each clause once; NH-13 stands in the list already",
        'ours.yaml, line 8, lone_visit: expected one of must, should, advise, found "maybe"',
        'ours.yaml, line 9, lone_visit: the field "colour" is unknown; expected one of value, from, clauses, force, note',
        'ours.yaml, line 10, places: expected value, from, clauses and force, found "home"',
        "ours.yaml, line 11, wait_absent_min: expected from, which is missing",
        "ours.yaml, line 11, wait_absent_min: expected clauses, which is missing",
        "ours.yaml, line 11, wait_absent_min: expected force, which is missing",
    ]


UNREADABLE = {
    "an empty file": ("", ["line 1: expected key, title and settings; the file is empty"]),
    "a list": ("- key", ["line 1: expected key, title and settings, found a list"]),
    "only a key": (
        "key: norbury",
        ["line 1: expected title, which is missing", "line 1: expected settings, which is missing"],
    ),
    "a part it does not have": (
        "key: norbury\ntitle: Ours\nsettings: {}\nsetings: {}\n",
        ['line 4: the part "setings" is unknown; did you mean settings?'],
    ),
    "a broken bracket": ("key: [\n", ["line 2: expected YAML that can be read; did not find expected node content"]),
    "two documents": ("key: a\n---\nkey: b\n", ["line 2: expected YAML that can be read; but found another document"]),
    "a control character": ("key: a\ntitle: \x01\n", ["line 2: expected text without control characters"]),
    "half a character": ("key: a\ntitle: \ud800\n", ["line 2: expected text that can be written as UTF-8"]),
    "a tag that runs code": (
        "key: norbury\ntitle: !!python/object/apply:os.getcwd []\nsettings: {}\n",
        ['line 2: expected plain text, lists and maps; the tag "tag:yaml.org,2002:python/object/apply:o…" is not read'],
    ),
    "a tag of one's own": (
        "key: !key norbury\n",
        ['line 1: expected plain text, lists and maps; the tag "!key" is not read'],
    ),
    "aliases": (
        "key: &k norbury\ntitle: *k\nsettings: {}\n",
        [
            "line 1: expected everything written out; anchors (&) and aliases (*) are not read",
            "line 2: expected everything written out; anchors (&) and aliases (*) are not read",
        ],
    ),
    "a nest that would crash the parser": (
        "key: " + "[" * 200_000,
        ["line 1: expected at most 20 lists and maps inside each other"],
    ),
    "an over-long file": ("#" * 1_000_001, ["line 1: expected at most 1,000,000 characters, found 1,000,001"]),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_file_that_cannot_be_read_safely_is_refused(case: str) -> None:
    text, says = UNREADABLE[case]
    with pytest.raises(PolicyFileError) as caught:
        load_policy_file(text, "ours.yaml")
    assert [str(fault) for fault in caught.value.errors] == [f"ours.yaml, {line}" for line in says]


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes("key: norbury\ntitle: caf\xe9\n".encode("latin-1"))
    with pytest.raises(PolicyFileError, match=r"^ours\.yaml, line 2: expected text in UTF-8$"):
        load_policy_file(file, "ours.yaml")


def all_faults(text: str) -> tuple[Fault, ...]:
    """What is wrong with the text of a policy file; nothing for one that can be used."""
    try:
        load_policy_file(text, "ours.yaml")
    except PolicyFileError as error:
        return error.errors
    return ()


@given(st.text(max_size=300))
def test_any_text_at_all_is_either_a_policy_or_refused_with_lines(text: str) -> None:
    with pytest.raises(PolicyFileError) as caught:
        load_policy_file(text, "ours.yaml")
    assert caught.value.errors


@given(st.data())
def test_a_policy_with_one_line_spoilt_is_either_a_policy_or_refused_with_lines_that_exist(data: st.DataObject) -> None:
    lines = package_text(f"{data.draw(st.sampled_from(policy_keys()))}.yaml").splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    spoilt = st.one_of(
        st.text(st.characters(codec="utf-8"), max_size=40),
        st.sampled_from(["    value: ~", "    force: [must]", "  clauses:", "      x: {a: 1}", "    value: [[]]"]),
        st.integers(0, len(lines[at])).map(lambda cut: lines[at][:cut]),
    )
    lines[at] = data.draw(spoilt)
    text = "\n".join(lines)
    lines_at_fault = [fault.line for fault in all_faults(text)]
    assert all(1 <= line <= text.count("\n") + 2 for line in lines_at_fault)
    if not lines_at_fault:
        assert len(load_policy_file(text, "ours.yaml").settings) == 63
