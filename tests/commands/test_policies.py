"""The five policies: complete, and true to the documents."""

from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from commands.policy_definitions import OURS, definitions, package_text, schools
from commands.policy_files import clauses, load_policy, load_policy_file, policy_keys, setting_rules
from commands.policy_shapes import Record
from domain.policy import Force, SettingType, Source
from domain.roles import who_counts_as

FIVE = ("st_patricks", "leyland", "william_lilley", "norbury", "scargill")


class Known(NamedTuple):
    """A value written here by hand from the documents' clauses, never from the data files."""

    policy: str
    setting: str
    value: Any
    source: Source
    force: Force
    clauses: tuple[str, ...]


KNOWN = {
    "St Patrick's waits 20 minutes": Known(
        "st_patricks", "wait_absent_min", 20, Source.CLAUSE, Force.MUST, ("SP-39", "SP-40")
    ),
    "Leyland does not wait, as we read it": Known(
        "leyland", "wait_absent_min", 0, Source.READING, Force.MUST, ("LJ-46",)
    ),
    "William Lilley is silent on waiting: 20 by default": Known(
        "william_lilley", "wait_absent_min", 20, Source.DEFAULT, Force.ADVISE, ()
    ),
    "St Patrick's allows 30 minutes after a warning": Known(
        "st_patricks", "wait_notified_min", 30, Source.CLAUSE, Force.MUST, ("SP-41", "SP-42")
    ),
    "St Patrick's lets one go with an assessment": Known(
        "st_patricks",
        "lone_visit",
        "with_lone_assessment",
        Source.CLAUSE,
        Force.MUST,
        ("SP-17", "SP-18", "SP-20", "SP-21"),
    ),
    "Norbury rules lone visits out": Known("norbury", "lone_visit", "never", Source.CLAUSE, Force.MUST, ("NH-13",)),
    "Scargill rules lone visits out": Known("scargill", "lone_visit", "never", Source.CLAUSE, Force.MUST, ("SC-18",)),
    "Leyland needs the head": Known(
        "leyland", "approval_roles", [["headteacher"]], Source.CLAUSE, Force.MUST, ("LJ-11",)
    ),
    "Leyland needs head and DSL for a safeguarding visit": Known(
        "leyland", "approval_roles_safeguarding", [["headteacher"], ["DSL"]], Source.CLAUSE, Force.MUST, ("LJ-12",)
    ),
    "Any one of three decides at Scargill, as we read it": Known(
        "scargill",
        "approval_roles_safeguarding",
        [["attendance_officer", "head_of_school", "DSL"]],
        Source.READING,
        Force.MUST,
        ("SC-29",),
    ),
    "William Lilley names no approver: SLT by a default that refuses": Known(
        "william_lilley", "approval_roles", [["SLT"]], Source.DEFAULT, Force.MUST, ()
    ),
    "Scargill has exactly two purposes": Known(
        "scargill",
        "purposes",
        {"allow": ["safe_and_well", "three_day_absence"], "blocked": [], "open": False},
        Source.CLAUSE,
        Force.MUST,
        ("SC-25",),
    ),
    "A parent's workplace is a place at William Lilley": Known(
        "william_lilley", "places", ["home", "workplace"], Source.CLAUSE, Force.MUST, ("WL-13",)
    ),
    "An agency professional may come along at William Lilley": Known(
        "william_lilley", "companion_kinds", ["staff", "agency_professional"], Source.CLAUSE, Force.MUST, ("WL-16",)
    ),
    "Norbury leaves whereabouts with two, unless a reason is given": Known(
        "norbury",
        "whereabouts",
        {"holders": ["line_manager", "front_office"], "min": 2},
        Source.CLAUSE,
        Force.SHOULD,
        ("NH-14", "NH-15", "NH-29", "NH-30"),
    ),
    "Scargill is silent on whereabouts: two by a default that refuses": Known(
        "scargill",
        "whereabouts",
        {"holders": ["school_office", "line_manager"], "min": 2},
        Source.DEFAULT,
        Force.MUST,
        (),
    ),
    "Norbury is rung at the agreed time": Known(
        "norbury", "check_ins", ["agreed_time"], Source.CLAUSE, Force.SHOULD, ("NH-16", "NH-17")
    ),
    "William Lilley's ladder": Known(
        "william_lilley",
        "overdue_steps",
        ["staff_mobile", "pupil_home", "inform_SLT"],
        Source.CLAUSE,
        Force.MUST,
        ("WL-41", "WL-42", "WL-43"),
    ),
    "No slack at William Lilley, as we read it": Known(
        "william_lilley", "overdue_grace_min", 0, Source.READING, Force.MUST, ("WL-41",)
    ),
    "Ten minutes a step, by Doorstep's own rule": Known(
        "norbury", "overdue_step_gap_min", 10, Source.DEFAULT, Force.ADVISE, ("DV-06",)
    ),
    "Scargill keeps its record on MyConcern": Known(
        "scargill", "record_system", "MyConcern", Source.CLAUSE, Force.MUST, ("SC-34",)
    ),
    "Leyland names no product": Known("leyland", "record_system", "neutral_file", Source.DEFAULT, Force.ADVISE, ()),
    "St Patrick's policy is out of date": Known(
        "st_patricks",
        "review",
        {"cycle_months": 36, "last": "2022-07", "next": "2025-07", "owner": "headteacher"},
        Source.READING,
        Force.MUST,
        ("SP-01", "SP-70", "SP-71", "SP-72"),
    ),
    "Scargill's appointment is written and signed": Known(
        "scargill",
        "appointment_rule",
        "written_signed_for_entry",
        Source.CLAUSE,
        Force.MUST,
        ("SC-13", "SC-15", "SC-16", "SC-17"),
    ),
    "Norbury's car cover is a must, though worded as should": Known(
        "norbury",
        "vehicle_rule",
        {"holder": "school_office", "insurance": "business_use"},
        Source.CLAUSE,
        Force.MUST,
        ("NH-37",),
    ),
    "Counts below five are masked everywhere": Known(
        "leyland", "governor_min_count", 5, Source.DEFAULT, Force.ADVISE, ("DV-07",)
    ),
    "999 comes first at Leyland": Known(
        "leyland",
        "danger_calls",
        ["999", "leave", "headteacher_and_DSL"],
        Source.CLAUSE,
        Force.MUST,
        ("LJ-55", "LJ-57", "LJ-60", "LJ-61", "LJ-62"),
    ),
    "One approver stays behind, by a default that warns": Known(
        "scargill", "independent_approvers_min", 1, Source.DEFAULT, Force.ADVISE, ("DV-04",)
    ),
}


@pytest.mark.parametrize("case", KNOWN)
def test_a_known_value_is_as_the_document_says(case: str) -> None:
    known = KNOWN[case]
    setting = load_policy(known.policy).setting(known.setting)
    assert setting.value == known.value
    assert (setting.source, setting.force, setting.clauses) == (known.source, known.force, known.clauses)


def test_there_are_five_policies() -> None:
    assert policy_keys() == FIVE


def test_there_are_305_clauses_of_the_five_documents_and_21_of_ours() -> None:
    by_school = {key: len(school.clauses) for key, school in schools().items()}
    assert by_school == {
        "st_patricks": 73,
        "leyland": 81,
        "william_lilley": 58,
        "norbury": 48,
        "scargill": 45,
        "doorstep": 21,
    }
    assert len(clauses()) == 326


def test_every_clause_has_its_school_s_prefix_and_says_how_it_is_worded() -> None:
    for key, school in schools().items():
        numbers = [int(id_.removeprefix(f"{school.prefix}-")) for id_ in school.clauses]
        assert numbers == list(range(1, len(numbers) + 1))
        for clause in school.clauses.values():
            assert clause.says
            assert clause.force in {"must", "should", "may"}
            assert bool(clause.lines) == (key != OURS)


@pytest.mark.parametrize("key", FIVE)
def test_a_policy_has_all_63_settings_each_with_its_source(key: str) -> None:
    policy = load_policy(key)
    assert (policy.key, policy.version) == (key, 0)
    assert policy.title.endswith("home visit policy")
    assert list(policy.settings) == list(setting_rules())
    assert len(policy.settings) == 63
    for name, setting in policy.settings.items():
        assert setting.name == name
        assert setting.value is not None
        own = {id_ for id_ in setting.clauses if id_ in schools()[key].clauses}
        if setting.source is Source.DEFAULT:
            assert set(setting.clauses) <= set(schools()[OURS].clauses)
        else:
            assert own
            assert own == set(setting.clauses)


@pytest.mark.parametrize("key", FIVE)
def test_a_policy_holds_the_clauses_of_its_school_and_ours_only(key: str) -> None:
    assert set(load_policy(key).clauses) == {*schools()[key].clauses, *schools()[OURS].clauses}


def test_four_defaults_refuse_and_all_others_advise() -> None:
    refusing = {name for name, rule in setting_rules().items() if rule.default_refuses}
    assert refusing == {"approval_roles", "approval_roles_safeguarding", "lone_visit", "phone_rule", "whereabouts"}
    for key in FIVE:
        for setting in load_policy(key).settings.values():
            if setting.source is Source.DEFAULT:
                assert setting.force is (Force.MUST if setting.name in refusing else Force.ADVISE)


def test_so_many_settings_are_put_to_work_in_this_release() -> None:
    assert sum(rule.in_use for rule in setting_rules().values()) == 57


def test_every_required_key_of_a_map_has_a_default_to_fall_back_on() -> None:
    for definition in definitions().settings.values():
        if isinstance(definition.shape, Record):
            assert set(definition.shape.required) <= set(definition.rule.default), definition.rule.name


def test_every_enumeration_allows_its_default_and_names_its_choices() -> None:
    for rule in setting_rules().values():
        if rule.type is SettingType.ENUM:
            assert rule.default in rule.allowed
        else:
            assert rule.allowed == ()


def test_every_role_that_approves_is_somebody_at_the_school() -> None:
    for key in FIVE:
        for name in ("approval_roles", "approval_roles_safeguarding"):
            for group in load_policy(key).value(name):
                assert all(who_counts_as(word) for word in group)


def test_a_policy_survives_being_stored_as_json() -> None:
    for key in FIVE:
        for setting in load_policy(key).settings.values():
            assert msgspec.json.decode(msgspec.json.encode(setting.value)) == setting.value


def test_a_key_on_which_the_document_is_silent_is_filled_from_the_default_and_says_so() -> None:
    animals = load_policy("scargill").setting("animal_rule")
    assert animals.value == {"scope": "dangerous", "ask": "separate_room", "on_refusal": "cancel"}
    assert animals.source is Source.CLAUSE
    assert animals.note == "Silent here, so Doorstep's default applies: if refused."


def test_a_key_left_out_asks_nothing_and_a_null_without_a_default_is_left_out() -> None:
    assert load_policy("st_patricks").value("phone_rule") == {"carry": True, "number_holder": "school_office"}
    assert "last" not in load_policy("scargill").value("review")


def test_changing_one_policy_s_value_changes_no_other() -> None:
    text = package_text("scargill.yaml")
    spoilt = load_policy_file(text, "a.yaml")
    spoilt.value("training_required")["all"].clear()
    spoilt.value("eyfs_rule")["activities"] = True
    spoilt.value("whereabouts")["holders"].clear()
    again = load_policy_file(text, "b.yaml")
    assert again.value("training_required")["all"]
    assert again.value("eyfs_rule") == {}
    assert again.value("whereabouts")["holders"] == ["school_office", "line_manager"]


def test_a_policy_that_is_not_one_of_the_five_is_unknown() -> None:
    with pytest.raises(KeyError):
        load_policy("hogwarts")
    with pytest.raises(KeyError):
        load_policy("../clauses")
    with pytest.raises(KeyError):
        load_policy(OURS)


@pytest.mark.parametrize("key", FIVE)
def test_a_school_s_own_file_reads_as_the_one_that_comes_with_doorstep(key: str, tmp_path: Path) -> None:
    own = tmp_path / "our policy.yaml"
    own.write_text(package_text(f"{key}.yaml"), encoding="utf-8")
    assert load_policy_file(own, own.name) == load_policy(key)


def test_a_file_that_only_says_whose_it_is_holds_nothing_but_defaults() -> None:
    policy = load_policy_file("key: norbury\ntitle: Ours\nsettings: {}\n", "ours.yaml")
    assert {setting.source for setting in policy.settings.values()} == {Source.DEFAULT}


PARTLY_OURS = {
    "purposes": ("leyland", "william_lilley", "st_patricks"),
    "approval_attest": ("st_patricks",),
    "background_checks": ("leyland", "norbury"),
    "animal_rule": ("william_lilley",),
    "pupil_transport": ("st_patricks",),
    "force_and_harm": ("st_patricks", "scargill"),
    "review": ("st_patricks", "william_lilley", "norbury"),
}
"""Values of which a part is not in the document's words."""


@pytest.mark.parametrize(("setting", "keys"), PARTLY_OURS.items())
def test_a_value_that_is_partly_ours_is_never_said_to_be_the_documents_own(setting: str, keys: tuple[str, ...]) -> None:
    assert {key: load_policy(key).setting(setting).source for key in keys} == dict.fromkeys(keys, Source.READING)
