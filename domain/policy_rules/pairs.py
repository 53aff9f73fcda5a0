"""Pairs of settings that cannot both hold.

There is no setting for the smallest number of people who go: `lone_visit` alone says it. "Never alone" beside "one is
enough" can therefore be written only by way of another setting that counts on somebody, or on nobody, being there.
"""

from collections.abc import Callable, Iterable

from domain.policy import Policy
from domain.policy_rules.found import Found, said, two

_APPROVALS = ("approval_roles", "approval_roles_safeguarding")
_NEEDS_A_TIME = ("required", "required_for_entry", "written_signed_for_entry")


def _alone_with_a_colleague(policy: Policy) -> Found:
    """Whoever may go alone has no colleague to stay with the pupil."""
    if policy.value("lone_visit") != "never" and "second_staff" in policy.value("with_pupil"):
        yield two("lone_visit", "with_pupil", "whoever goes alone has no second colleague to stay with a pupil")


def _colleague_who_does_not_count(policy: Policy) -> Found:
    """A second colleague stays with the pupil, and a colleague is no second person."""
    if "second_staff" in policy.value("with_pupil") and "staff" not in policy.value("companion_kinds"):
        why = "a second colleague stays with a pupil, and the second person may not be a colleague"
        yield two("with_pupil", "companion_kinds", why)


def _two_with_nobody_to_make_two(policy: Policy) -> Found:
    """Nobody goes alone, and two of the school's own staff do not count as two."""
    if policy.value("lone_visit") == "never" and said(policy, "companion_kinds"):
        kinds = policy.value("companion_kinds")
        if "staff" not in kinds:
            why = "nobody goes alone, and two of the school's own staff would count as one"
            yield two("lone_visit", "companion_kinds", why)


def _more_stay_behind_than_approve(policy: Policy) -> Found:
    """One approval is asked for, and two approvers are to stay behind."""
    least = policy.value("independent_approvers_min")
    for name in _APPROVALS:
        asked = len(policy.value(name))
        if least > asked:
            why = f"{_count(asked, 'approval')} asked for, and {_count(least, 'approver')} to stay behind"
            yield two(name, "independent_approvers_min", why)


def _welfare_kept_out(policy: Policy) -> Found:
    """A welfare purpose always reaches the door: none can be kept on the school site, nor missing from a closed list."""
    yield from _purposes(policy, "safeguarding_purposes", policy.value("safeguarding_purposes"), "is a welfare purpose")


def _unannounced_kept_out(policy: Policy) -> Found:
    """What nobody may ask for needs no rule about its appointment."""
    yield from _purposes(policy, "unannounced_purposes", policy.value("unannounced_purposes"), "needs no appointment")


def _absence_leads_nowhere(policy: Policy) -> Found:
    """An absence prompts a check that nobody may ask for."""
    prompted = (trigger["purpose"] for trigger in policy.value("absence_triggers"))
    yield from _purposes(policy, "absence_triggers", dict.fromkeys(prompted), "is prompted by an absence")


def _recorded_and_kept_out(policy: Policy) -> Found:
    """Visits for a purpose are to reach the outside record, and nobody may ask for one."""
    scopes = (scope for scope in policy.value("record_scope") if scope.startswith("purpose:"))
    purposes = (scope.removeprefix("purpose:") for scope in scopes)
    yield from _purposes(policy, "record_scope", purposes, "goes on record")


def _purposes(policy: Policy, name: str, codes: Iterable[str], what: str) -> Found:
    rule = policy.value("purposes")
    closed = not rule["open"] and said(policy, name)
    for code in codes:
        spoken = code.replace("_", " ")
        if code in rule.get("blocked", ()):
            yield two("purposes", name, f"“{spoken}” {what}, and visits for it are kept on the school site")
        elif closed and code not in rule["allow"]:
            yield two("purposes", name, f"“{spoken}” {what}, and the list of purposes is closed without it")


def _no_time_is_offered(policy: Policy) -> Found:
    """An appointment is needed, and no time is offered; or none is needed, and times are."""
    rule, offers = policy.value("appointment_rule"), policy.value("appointment_offers_min")
    if rule in _NEEDS_A_TIME and offers == 0:
        yield two("appointment_rule", "appointment_offers_min", "an appointment is needed, and no time is offered")
    if rule == "none" and offers > 0 and said(policy, "appointment_offers_min"):
        yield two("appointment_rule", "appointment_offers_min", "no appointment is made, and times are offered for one")


def _a_call_without_a_mobile(policy: Policy) -> Found:
    """No mobile is carried, and something counts on one."""
    if policy.value("phone_rule").get("carry") is not False:
        return
    if policy.value("check_ins"):
        yield two("phone_rule", "check_ins", "no mobile is carried, and calls to school are made from the visit")
    if "staff_mobile" in policy.value("overdue_steps"):
        yield two("phone_rule", "overdue_steps", "no mobile is carried, and it is what is rung when somebody is late")
    if "mobile" in policy.value("checklist_before"):
        yield two("phone_rule", "checklist_before", "no mobile is carried, and it is ticked before leaving")


def _a_number_that_is_on_no_form(policy: Policy) -> Found:
    """The visit form holds the mobile number, and has no column for it."""
    held_by_form = policy.value("phone_rule").get("number_holder") == "visit_form"
    if held_by_form and "staff_name_and_mobile" not in policy.value("visit_form_columns"):
        why = "the visit form holds the mobile number, and has no column staff_name_and_mobile for it"
        yield two("phone_rule", "visit_form_columns", why)


def _an_assessment_on_an_empty_form(policy: Policy) -> Found:
    """A risk assessment is required, and its form asks nothing."""
    if policy.value("risk_rule")["need"] == "required" and not policy.value("risk_form")["columns"]:
        yield two("risk_rule", "risk_form", "a risk assessment is required, and its form has no column")


def _concerns_into_another_system(policy: Policy) -> Found:
    """Concerns go by one product, and the record is kept in another."""
    channel, system = policy.value("concern_notify").get("channel"), policy.value("record_system")
    if channel in ("CPOMS", "MyConcern") and channel != system:
        other = "a neutral file" if system == "neutral_file" else system
        why = f"a concern is told by {channel}, and the record is shaped for {other}"
        yield two("concern_notify", "record_system", why)


def _a_system_that_gets_nothing(policy: Policy) -> Found:
    """A product is named, and nothing goes on record there."""
    if policy.value("record_system") != "neutral_file" and not policy.value("record_scope"):
        yield two("record_system", "record_scope", "a record system is named, and nothing goes on record there")


def _copies_of_what_is_not_written(policy: Policy) -> Found:
    """Agreements are copied to the attendance record, and nobody is asked for them."""
    if policy.value("attendance_copy") and "agreements" not in policy.value("visit_record_fields"):
        why = "agreements are copied to the attendance record, and closing a visit does not ask for agreements"
        yield two("attendance_copy", "visit_record_fields", why)


PAIRS: tuple[Callable[[Policy], Found], ...] = (
    _alone_with_a_colleague,
    _colleague_who_does_not_count,
    _two_with_nobody_to_make_two,
    _more_stay_behind_than_approve,
    _welfare_kept_out,
    _unannounced_kept_out,
    _absence_leads_nowhere,
    _recorded_and_kept_out,
    _no_time_is_offered,
    _a_call_without_a_mobile,
    _a_number_that_is_on_no_form,
    _an_assessment_on_an_empty_form,
    _concerns_into_another_system,
    _a_system_that_gets_nothing,
    _copies_of_what_is_not_written,
)


def _count(number: int, what: str) -> str:
    many = {0: "no", 1: "one", 2: "two"}.get(number, str(number))
    return f"{many} {what}{' is' if number == 1 else 's are'}"
