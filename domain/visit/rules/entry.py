"""Going inside: what the policy asks for at the threshold. Entry is a fact, so nothing here refuses.

Clauses: SP-26, SP-27, SP-41, SP-42, SP-46, SP-49, SP-50, SP-53, LJ-45, LJ-46, LJ-48, LJ-49, NH-18, NH-38, SC-13,
SC-14, SC-32, SC-33.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.need import always_on, deviation
from domain.policy import Policy, Source
from domain.shared.events import DeviationNoted
from domain.trip.events import CheckIn
from domain.trip.state import TripState
from domain.visit.events import HomeEntered
from domain.visit.rules.appointment import missing_for_entry
from domain.visit.rules.waiting import clock
from domain.visit.state import VisitState

_GOOD_ENOUGH = {
    "parent": ("parent", "parental_responsibility"),
    "parental_responsibility": ("parental_responsibility",),
    "responsible_adult": ("parent", "parental_responsibility", "responsible_adult"),
}
_ADULT_WORDS = {
    "parent": "a parent",
    "parental_responsibility": "an adult with parental responsibility",
    "responsible_adult": "a responsible adult",
}


def entry_deviations(
    policy: Policy, visit: VisitState, trip: TripState | None, entered: HomeEntered, at: datetime
) -> Iterator[DeviationNoted]:
    """Everything about this entry that differs from the policy, or from Doorstep's advice."""
    about = HomeEntered.TOPIC
    lacking = missing_for_entry(policy, visit)
    if lacking:
        yield deviation(
            policy,
            "appointment_rule",
            "entry.appointment",
            lacking,
            about=about,
            clauses=("SP-26", "NH-04", "SC-13", "SC-15", "SC-17"),
        )
    yield from _adult(policy, entered)
    yield from _before_the_family(policy, visit, entered)
    yield from _although_unsafe(policy, visit)
    if entered.invited is False and policy.value("entry_invite"):
        yield deviation(policy, "entry_invite", "entry.invited", "went inside without being asked in", about=about)
    if visit.declined_at is not None:
        says = "went inside after the family had declined"
        yield deviation(policy, "family_may_decline", "entry.declined", says, about=about)
    if visit.animal_refused and policy.value("animal_rule").get("on_refusal") == "cancel":
        says = "went on although an animal was not shut away"
        yield deviation(
            policy, "animal_rule", "entry.animal", says, about=about, clauses=("SP-50", "LJ-49"), key="on_refusal"
        )
    if CheckIn.BEFORE_ENTRY in policy.value("check_ins") and (
        trip is None or trip.called(visit.id, CheckIn.BEFORE_ENTRY) is None
    ):
        says = "went inside before ringing the school"
        yield deviation(policy, "check_ins", "entry.check_in", says, about=about, clauses=("SP-53",))
    ran = clock(policy, visit)
    if ran is not None and visit.family_delayed and ran.past(at):
        says = "went inside after the time allowed for a family that is late"
        yield deviation(policy, "wait_notified_min", "entry.late", says, about=about, clauses=("SP-42",))


def _before_the_family(policy: Policy, visit: VisitState, entered: HomeEntered) -> Iterator[DeviationNoted]:
    """SP-41: a family that warned of its delay is waited for outside."""
    if visit.family_delayed and entered.adult not in _GOOD_ENOUGH[policy.value("entry_adult")]:
        says = "went inside before the family, who had said that they would be late, was there"
        about = HomeEntered.TOPIC
        yield deviation(policy, "wait_notified_min", "entry.before_family", says, about=about, clauses=("SP-41",))


def _although_unsafe(policy: Policy, visit: VisitState) -> Iterator[DeviationNoted]:
    """SP-46, NH-38, SC-32: feeling unsafe means not going in."""
    if visit.cancelled is not None and visit.cancelled.safety:
        clauses = always_on(policy, "SP-46", "NH-38", "SC-32")
        yield DeviationNoted(
            rule="entry.unsafe",
            says="went inside after the visit had been called off as unsafe",
            source=Source.CLAUSE if clauses else Source.DEFAULT,
            clauses=clauses,
            about_topic=HomeEntered.TOPIC,
        )


def not_rung_at_the_door(
    policy: Policy, visit: VisitState, trip: TripState | None, about: str
) -> DeviationNoted | None:
    """SP-53: the call before the visit is due even if nobody opens the door. Doorstep only advises one before entry."""
    asked = (
        CheckIn.BEFORE_ENTRY in policy.value("check_ins") and policy.setting("check_ins").source is not Source.DEFAULT
    )
    rung = trip is not None and trip.called(visit.id, *CheckIn) is not None
    if not asked or rung or visit.arrived_at is None or visit.entered_at is not None:
        return None
    says = "stood at the door without having rung the school"
    return deviation(policy, "check_ins", "door.check_in", says, about=about, clauses=("SP-53",))


def _adult(policy: Policy, entered: HomeEntered) -> Iterator[DeviationNoted]:
    wanted = policy.value("entry_adult")
    if entered.adult in _GOOD_ENOUGH[wanted]:
        return
    there = (
        f"only {entered.adult.replace('_', ' ')} was there" if entered.adult else "nobody said which adult was there"
    )
    if entered.adult == "none":
        there = "no adult was there"
    says = f"went inside; {there}, the policy asks for {_ADULT_WORDS[wanted]}"
    clauses = ("SP-27", "SP-41", "LJ-46", "SC-14")
    yield deviation(policy, "entry_adult", "entry.adult", says, about=HomeEntered.TOPIC, clauses=clauses)
