"""Single settings that nobody could ever meet, although each part of them may be written so."""

from collections.abc import Callable

from domain.erasure.retention import HOW, NONE, read_rule
from domain.policy import Policy
from domain.policy_rules.found import Found, one
from domain.roles import who_counts_as
from domain.trip.rules.whereabouts import same_holder

_NOT_IN_SCHOOL = ("visiting_staff", "family")
"""Whoever goes cannot hold what is left behind, and the family is not in school."""


def _approver_who_is_nobody(policy: Policy) -> Found:
    """An approval that nobody at the school could give."""
    for name in ("approval_roles", "approval_roles_safeguarding"):
        for group in policy.value(name):
            if not any(who_counts_as(word) for word in group):
                spoken = " or ".join(word.replace("_", " ") for word in group)
                yield one(name, f"nobody at the school can approve as {spoken}")


def _more_must_know_than_are_named(policy: Policy) -> Found:
    """Reception, front office and school office are one place: two who must know need two places."""
    rule = policy.value("whereabouts")
    places = {same_holder(holder) for holder in rule["holders"]}
    if rule["min"] > len(places):
        named = "one place is" if len(places) == 1 else f"{len(places)} places are"
        yield one("whereabouts", f"{rule['min']} must know, and {named} named to leave word with")


def _left_with_somebody_who_is_not_there(policy: Policy) -> Found:
    """Word is left with whoever goes along, or with the family."""
    for holder in policy.value("whereabouts")["holders"]:
        if holder in _NOT_IN_SCHOOL:
            yield one(
                "whereabouts", f"word is left with somebody in school, and {holder.replace('_', ' ')} is not there"
            )


def _allowed_and_kept_on_site(policy: Policy) -> Found:
    """One purpose is both allowed and kept on the school site."""
    rule = policy.value("purposes")
    for code in rule["allow"]:
        if code in rule.get("blocked", ()):
            yield one("purposes", f"“{code.replace('_', ' ')}” is allowed and kept on the school site")


def _no_mobile_that_stays_on(policy: Policy) -> Found:
    """A mobile that is not carried cannot stay on."""
    rule = policy.value("phone_rule")
    if rule.get("carry") is False and rule.get("on_throughout"):
        yield one("phone_rule", "a mobile that is not carried cannot stay on")


def _assessed_by_nobody(policy: Policy) -> Found:
    """An assessment is required, and nobody makes it."""
    rule = policy.value("risk_rule")
    if rule["need"] == "required" and rule.get("by") == []:
        yield one("risk_rule", "an assessment is required, and nobody makes it")


def _told_before_and_nobody_told(policy: Policy) -> Found:
    """Changes are told beforehand, and to nobody."""
    rule = policy.value("change_notify")
    if rule.get("before_change") and not any(rule.get(key) for key in ("appointment", "travel", "running_late")):
        yield one("change_notify", "somebody is told before a change, and nobody is named")


def _police_by_an_office_that_was_not_rung(policy: Policy) -> Found:
    """The office calls the police: it has to be rung first."""
    calls = policy.value("danger_calls")
    if "police_by_office" in calls:
        before = calls[: calls.index("police_by_office")]
        if not {"school_office", "999_or_school_office"} & set(before):
            yield one("danger_calls", "the office calls the police, and nobody has rung the office before")


def _concern_told_to_the_family(policy: Policy) -> Found:
    """A concern is about a child of the family: it goes to those who answer for children."""
    if "family" in policy.value("concern_notify")["to"]:
        yield one("concern_notify", "a concern is told to the family that it is about")


def _a_channel_to_somebody_who_is_not_told(policy: Policy) -> Found:
    """Who is told how, and is not told at all."""
    rule = policy.value("concern_notify")
    channel = rule.get("channel")
    for role in channel if isinstance(channel, dict) else ():
        if role not in rule["to"]:
            yield one("concern_notify", f"it says how {role.replace('_', ' ')} is told, who is not among those told")


def _harm_told_and_not_recorded(policy: Policy) -> Found:
    """Somebody is told of what nobody records."""
    rule = policy.value("force_and_harm")
    if rule.get("record") is False and rule.get("tell_if_harm"):
        yield one("force_and_harm", "somebody is told of a physical intervention that is not recorded")


def _reviewed_before_it_was(policy: Policy) -> Found:
    """The next review lies before the last one."""
    rule = policy.value("review")
    last, following = rule.get("last"), rule.get("next")
    if last and following and following <= last:
        yield one("review", "the next review is not after the last one")


def _kept_by_a_rule_that_cannot_be_read(policy: Policy) -> Found:
    """How long records stay is read by a machine (DV-11)."""
    rule = policy.value("retention_rule")
    if rule != NONE and read_rule(rule) is None:
        yield one("retention_rule", f"how long records stay cannot be read from it. Write it so: {HOW}")


WITHIN: tuple[Callable[[Policy], Found], ...] = (
    _approver_who_is_nobody,
    _more_must_know_than_are_named,
    _left_with_somebody_who_is_not_there,
    _allowed_and_kept_on_site,
    _no_mobile_that_stays_on,
    _assessed_by_nobody,
    _told_before_and_nobody_told,
    _police_by_an_office_that_was_not_rung,
    _concern_told_to_the_family,
    _a_channel_to_somebody_who_is_not_told,
    _harm_told_and_not_recorded,
    _reviewed_before_it_was,
    _kept_by_a_rule_that_cannot_be_read,
)
