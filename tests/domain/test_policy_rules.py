"""Settings that cannot hold: each pair is refused naming both, and each has a twin that differs in one and is taken."""

from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from commands.policy_files import load_policy, policy_keys, setting_rules
from domain.policy import Policy, Source
from domain.policy_rules import contradictions, refusals
from domain.policy_rules.pairs import PAIRS
from domain.policy_rules.within import WITHIN


class Case(NamedTuple):
    """Settings that a school writes into Norbury's policy; the last one alone would be taken."""

    written: dict[str, Any]
    named: tuple[str, ...]
    """The settings that the refusal names."""
    instead: dict[str, Any]
    """What is written instead of some of them for the twin that is taken."""


PHONE = {"carry": False, "number_holder": "school_office"}
NO_CALLS = {"check_ins": [], "overdue_steps": ["inform_SLT"], "checklist_before": ["route"]}
CLOSED = {"allow": ["attendance", "safeguarding", "safe_and_well", "safeguarding_unseen"], "open": False}
COLUMNS = ["staff_name_and_mobile"]

TOGETHER = {
    "one may go alone, and a colleague stays with the pupil": Case(
        {"lone_visit": "with_lone_assessment", "with_pupil": ["parent", "second_staff"]},
        ("lone_visit", "with_pupil"),
        {"lone_visit": "never"},
    ),
    "never alone, and two of the own staff are one": Case(
        {"lone_visit": "never", "companion_kinds": ["agency_professional"]},
        ("lone_visit", "companion_kinds"),
        {"companion_kinds": ["staff", "agency_professional"]},
    ),
    "one approves, and two of them stay behind": Case(
        {
            "independent_approvers_min": 2,
            "approval_roles": [["headteacher"]],
            "approval_roles_safeguarding": [["SLT"], ["DSL"]],
        },
        ("approval_roles", "independent_approvers_min"),
        {"independent_approvers_min": 1},
    ),
    "nobody approves a welfare visit, and one of them stays behind": Case(
        {"approval_roles_safeguarding": [], "independent_approvers_min": 1},
        ("approval_roles_safeguarding", "independent_approvers_min"),
        {"approval_roles_safeguarding": [["SLT"]]},
    ),
    "a welfare purpose is kept on the school site": Case(
        {
            "purposes": {"allow": ["attendance"], "blocked": ["safe_and_well"], "open": True},
            "safeguarding_purposes": ["safe_and_well"],
            "unannounced_purposes": [],
        },
        ("purposes", "safeguarding_purposes"),
        {"safeguarding_purposes": ["child_missing"]},
    ),
    "a welfare purpose is missing from a closed list": Case(
        {"purposes": CLOSED, "safeguarding_purposes": ["child_missing"]},
        ("purposes", "safeguarding_purposes"),
        {"purposes": {**CLOSED, "open": True}},
    ),
    "a purpose that needs no appointment is kept on the school site": Case(
        {"purposes": {**CLOSED, "blocked": ["late_for_exam"]}, "unannounced_purposes": ["late_for_exam"]},
        ("purposes", "unannounced_purposes"),
        {"unannounced_purposes": ["attendance"]},
    ),
    "an absence prompts what nobody may ask for": Case(
        {"purposes": CLOSED, "absence_triggers": [{"days": 3, "purpose": "three_day_absence"}]},
        ("purposes", "absence_triggers"),
        {"absence_triggers": [{"days": 3, "purpose": "attendance"}]},
    ),
    "what nobody may ask for goes on record": Case(
        {"purposes": CLOSED, "record_scope": ["purpose:late_for_exam"]},
        ("purposes", "record_scope"),
        {"record_scope": ["purpose:attendance", "concerns"]},
    ),
    "an appointment is needed, and no time is offered": Case(
        {"appointment_rule": "required", "appointment_offers_min": 0},
        ("appointment_rule", "appointment_offers_min"),
        {"appointment_rule": "none"},
    ),
    "no appointment is made, and times are offered": Case(
        {"appointment_rule": "none", "appointment_offers_min": 2},
        ("appointment_rule", "appointment_offers_min"),
        {"appointment_offers_min": 0},
    ),
    "no mobile is carried, and calls are made from the visit": Case(
        {"phone_rule": PHONE, **NO_CALLS, "check_ins": ["before_entry"]},
        ("phone_rule", "check_ins"),
        NO_CALLS,
    ),
    "no mobile is carried, and it is rung": Case(
        {"phone_rule": PHONE, **NO_CALLS, "overdue_steps": ["staff_mobile", "inform_SLT"]},
        ("phone_rule", "overdue_steps"),
        NO_CALLS,
    ),
    "no mobile is carried, and it is ticked": Case(
        {"phone_rule": PHONE, **NO_CALLS, "checklist_before": ["mobile"]},
        ("phone_rule", "checklist_before"),
        NO_CALLS,
    ),
    "the number is on the form, and the form has no column for it": Case(
        {"phone_rule": {"carry": True, "number_holder": "visit_form"}, "visit_form_columns": ["departed_at"]},
        ("phone_rule", "visit_form_columns"),
        {"visit_form_columns": COLUMNS},
    ),
    "an assessment is required on an empty form": Case(
        {"risk_rule": {"need": "required"}, "risk_form": {"columns": [], "hazards": []}},
        ("risk_rule", "risk_form"),
        {"risk_rule": {"need": "advised"}},
    ),
    "a concern goes by another product than the record": Case(
        {"concern_notify": {"to": ["DSL"], "channel": "MyConcern"}, "record_system": "CPOMS"},
        ("concern_notify", "record_system"),
        {"record_system": "MyConcern"},
    ),
    "a product is named, and nothing goes there": Case(
        {"record_system": "CPOMS", "record_scope": []},
        ("record_system", "record_scope"),
        {"record_system": "neutral_file"},
    ),
    "agreements are copied that nobody writes": Case(
        {"attendance_copy": True, "visit_record_fields": ["outcome"]},
        ("attendance_copy", "visit_record_fields"),
        {"visit_record_fields": ["agreements"]},
    ),
}

ALONE = {
    "an approver who is nobody at school": Case(
        {"approval_roles": [["family"]]}, ("approval_roles",), {"approval_roles": [["family", "SLT"]]}
    ),
    "two must know, and both are one place": Case(
        {"whereabouts": {"holders": ["reception", "front_office"], "min": 2}},
        ("whereabouts",),
        {"whereabouts": {"holders": ["reception", "line_manager"], "min": 2}},
    ),
    "word is left with whoever goes": Case(
        {"whereabouts": {"holders": ["school_office", "visiting_staff"], "min": 1}},
        ("whereabouts",),
        {"whereabouts": {"holders": ["school_office"], "min": 1}},
    ),
    "a purpose is allowed and kept on the school site": Case(
        {"purposes": {"allow": ["attendance", "education"], "blocked": ["education"], "open": True}},
        ("purposes",),
        {"purposes": {"allow": ["attendance"], "blocked": ["education"], "open": True}},
    ),
    "a mobile that is not carried stays on": Case(
        {"phone_rule": {**PHONE, "on_throughout": True}, **NO_CALLS}, ("phone_rule",), {"phone_rule": PHONE}
    ),
    "nobody makes the assessment that is required": Case(
        {"risk_rule": {"need": "required", "by": []}}, ("risk_rule",), {"risk_rule": {"need": "advised", "by": []}}
    ),
    "nobody is told before a change": Case(
        {"change_notify": {"before_change": True, "travel": []}},
        ("change_notify",),
        {"change_notify": {"before_change": False}},
    ),
    "an office that was not rung calls the police": Case(
        {"danger_calls": ["police_by_office", "school_office"]},
        ("danger_calls",),
        {"danger_calls": ["school_office", "police_by_office"]},
    ),
    "the family is told of a concern about it": Case(
        {"concern_notify": {"to": ["DSL", "family"]}}, ("concern_notify",), {"concern_notify": {"to": ["DSL"]}}
    ),
    "it says how somebody is told who is not": Case(
        {"concern_notify": {"to": ["DSL"], "channel": {"headteacher": "email"}}},
        ("concern_notify",),
        {"concern_notify": {"to": ["DSL", "headteacher"], "channel": {"headteacher": "email"}}},
    ),
    "what nobody records is told": Case(
        {"force_and_harm": {"record": False, "tell_if_harm": ["DSL"]}},
        ("force_and_harm",),
        {"force_and_harm": {"record": False, "tell_if_harm": []}},
    ),
    "the next review was before the last": Case(
        {"review": {"cycle_months": 12, "last": "2026-09", "next": "2025-09"}},
        ("review",),
        {"review": {"cycle_months": 12, "last": "2025-09", "next": "2026-09"}},
    ),
    "how long records stay cannot be read": Case(
        {"retention_rule": "as long as they are needed"},
        ("retention_rule",),
        {"retention_rule": "pupils: 25 years after birth"},
    ),
}

EVERY = {**TOGETHER, **ALONE}


def written(changes: dict[str, Any]) -> Policy:
    """Norbury's policy with these settings as the document's own."""
    policy = load_policy("norbury")
    settings = {
        name: replace(policy.setting(name), value=value, source=Source.CLAUSE, clauses=("NH-13",))
        for name, value in changes.items()
    }
    return replace(policy, settings={**policy.settings, **settings})


@pytest.mark.parametrize("key", policy_keys())
def test_none_of_the_five_policies_contradicts_itself(key: str) -> None:
    assert contradictions(load_policy(key)) == ()


@pytest.mark.parametrize("case", EVERY)
def test_what_cannot_hold_is_refused_naming_each_setting_with_its_clause(case: str) -> None:
    found = EVERY[case]
    (refusal,) = refusals(written(found.written))
    assert refusal.code == f"settings.{'.'.join(found.named)}"
    for name in found.named:
        assert name in setting_rules()
        whose = "NH-13" if name in found.written else "Doorstep's default"
        assert f"{name} ({whose}" in refusal.says
    assert ("cannot both hold" in refusal.says) == (len(found.named) > 1)


@pytest.mark.parametrize("case", EVERY)
def test_its_twin_that_differs_in_one_is_taken(case: str) -> None:
    found = EVERY[case]
    assert refusals(written({**found.written, **found.instead})) == ()


def test_a_colleague_stays_with_the_pupil_and_the_second_person_is_no_colleague() -> None:
    """It can only be written beside another pair: each is named."""
    found = refusals(written({"with_pupil": ["second_staff"], "companion_kinds": ["agency_professional"]}))
    assert {one.code for one in found} == {"settings.with_pupil.companion_kinds", "settings.lone_visit.companion_kinds"}


def test_every_rule_has_its_case() -> None:
    no_colleague = {"with_pupil": ["second_staff"], "companion_kinds": ["agency_professional"]}
    refused = [written(changes) for changes in (no_colleague, *(case.written for case in EVERY.values()))]
    for rule in (*WITHIN, *PAIRS):
        assert any(tuple(rule(policy)) for policy in refused), rule.__name__


def test_a_default_that_contradicts_what_the_school_wrote_is_named_as_doorsteps() -> None:
    changed = written({"purposes": {"allow": ["attendance"], "blocked": ["safe_and_well"], "open": True}})
    says = [refusal.says for refusal in refusals(changed)]
    assert says == [
        (
            "purposes (NH-13) and safeguarding_purposes (Doorstep's default) cannot both hold: “safe and well” is a welfare"
            " purpose, and visits for it are kept on the school site"
        ),
        (
            "purposes (NH-13) and unannounced_purposes (Doorstep's default) cannot both hold: “safe and well” needs no"
            " appointment, and visits for it are kept on the school site"
        ),
    ]
