"""What a school's policy will want of a visit, said before anybody asks for one."""

from collections.abc import Iterable

import msgspec

from api.pages.words import listed, role_in_words, sentence
from domain.policy import Force, Policy, Source
from domain.roles import any_of
from domain.staff.rules.designated import wants_designated
from domain.visit.rules.background import CONSIDERED, look_ups, what_is
from domain.visit.rules.family import names_departments
from domain.visit.rules.on_site import asks_somebody_why_not_in_school
from domain.visit.rules.risk import VISITING_STAFF, assessors, overseers
from domain.visit.rules.signed_list import signer


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that comes before "OK to go", or before going inside."""

    says: str
    source: Source
    clauses: tuple[str, ...] = ()


def wants(policy: Policy) -> tuple[Want, ...]:
    """In the order in which a visit meets them."""
    return tuple(_wants(policy))


def _wants(policy: Policy) -> Iterable[Want]:
    if asks_somebody_why_not_in_school(policy):
        yield _of(policy, "on_site_reason", "But for a safeguarding visit: why meeting in school will not do")
    ordinary, welfare = _approvers(policy, "approval_roles"), _approvers(policy, "approval_roles_safeguarding")
    yield _of(policy, "approval_roles", f"A yes from {ordinary}")
    if welfare != ordinary:
        yield _of(policy, "approval_roles_safeguarding", f"For a safeguarding visit: a yes from {welfare}")
    if signer(policy):
        yield _of(policy, "visit_list_signer", f"The visit list signed by {role_in_words(signer(policy))}")
    alone = policy.value("lone_visit") != "never"
    team = (
        "Two people go, or one with a reason and a lone-worker assessment" if alone else "Two people go; nobody alone"
    )
    yield _of(policy, "lone_visit", team)
    yield from _people(policy)
    yield _of(policy, "phone_rule", "A mobile number held for everybody who goes")
    yield from _risk(policy)
    yield from _background(policy)
    if names_departments(policy):
        says = "Where the family speaks another language: the EAL department or bilingual support asked to interpret, or none needed"
        yield _of(policy, "family_profile", says, ("NH-08",))
    yield from _appointment(policy)
    rule = policy.value("whereabouts")
    word = "and" if rule["min"] > 1 else "or"
    holders = listed([role_in_words(w) for w in rule["holders"]], word)
    yield _of(policy, "whereabouts", f"Destination and back-by time left with {holders}")
    if rule.get("tell_safeguarding_team"):
        yield _of(policy, "whereabouts", "The safeguarding team told beforehand", ("WL-49",))
    if "agreed_time" in policy.value("check_ins"):
        yield _of(policy, "check_ins", "A time fixed for the call that says the visit is over", ("NH-16",))
    yield _of(
        policy, "checklist_before", "The school's list before leaving gone through: all as it says, or what is not"
    )


def _people(policy: Policy) -> Iterable[Want]:
    """What is on record of those who go, as far as the school's document asks for it."""
    said = {
        "vetting_required": "Their checks on record",
        "training_required": "Their training on record, and in date",
        "vehicle_rule": "If they go by car: the car on record, and insured",
        "public_transport": "If they go by bus or train: agreed with SLT first",
    }
    asked = [name for name in said if policy.setting(name).force is Force.MUST]
    if wants_designated(policy):
        yield _of(policy, "team_chooser", "A designated visitor among those who go")
    for name in asked:
        if name != "vehicle_rule" or "insurance" not in policy.setting(name).silent:
            yield _of(policy, name, said[name])


def _risk(policy: Policy) -> Iterable[Want]:
    """The risk assessment, as far as the school's document asks for it."""
    rule = policy.setting("risk_rule")
    if rule.source is Source.DEFAULT:
        return
    if rule.value["need"] == "standing_sheet":
        yield _of(policy, "risk_rule", "The standing sheet of risks gone through: anything different today?")
        return
    whose = any_of(assessors(policy), lambda word: "whoever goes" if word == VISITING_STAFF else role_in_words(word))
    over = any_of(overseers(policy), role_in_words)
    says = f"A risk assessment{f' by {whose}' if whose else ''}{f', overseen by {over}' if over else ''}"
    yield _of(policy, "risk_rule", says)


def _background(policy: Policy) -> Iterable[Want]:
    """What is looked up about the family, as far as the school's document asks for it."""
    looked = [one.says for one in look_ups(policy) if one.code != CONSIDERED]
    if policy.setting("background_checks").source is not Source.DEFAULT:
        yield _of(policy, "background_checks", f"The background looked up: {'; '.join(looked)}")
    if len(looked) < len(look_ups(policy)):
        yield _of(policy, "on_site_reason", sentence(what_is(CONSIDERED)).rstrip("."), ("SP-08",))


def _appointment(policy: Policy) -> Iterable[Want]:
    says = {
        "required": "An appointment agreed with the family; a welfare check may still go as far as the door",
        "required_for_entry": "An appointment, to go inside. Without one the visit stays at the door",
        "written_signed_for_entry": "An appointment in writing and signed, to go inside. Without one it stays at the door",
        "phone_if_suitable": "A telephone call to the family first, where that is suitable; it settles address, length and questions",
    }.get(policy.value("appointment_rule"))
    if says:
        yield _of(policy, "appointment_rule", says)
    if policy.value("eyfs_rule").get("not_on_childcare_day"):
        says = "Before a child starts in early years: a day on which the child is not at childcare"
        yield _of(policy, "eyfs_rule", says, ("LJ-37",))
    least = policy.value("appointment_offers_min")
    if least > 1:
        yield _of(policy, "appointment_offers_min", f"A choice for the family: {least} times offered, or one they name")


def _approvers(policy: Policy, setting: str) -> str:
    return listed([listed([role_in_words(word) for word in slot], "or") for slot in policy.value(setting)])


def _of(policy: Policy, setting: str, says: str, clauses: tuple[str, ...] | None = None) -> Want:
    rule = policy.setting(setting)
    just_this = tuple(clause for clause in clauses or () if clause in rule.clauses)
    return Want(says=says, source=rule.source, clauses=just_this or rule.clauses)
