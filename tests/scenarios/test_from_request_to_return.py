"""A trip with two doors at each of the five schools, from the request to the governors' report. Issue, "Done means"."""

import re
from pathlib import Path

import pytest

from domain.trip.events import CheckIn
from domain.visit.events import AppointmentHow, CancelReason, Outcome
from tests.scenarios.cast import POLICY_OF
from tests.scenarios.harness import World

STILL_NEEDED = {
    "SP": {
        "background.agency_considered",
        "approval.SLT",
        "list.signed",
        "team.lone_reason",
        "risk.lone_worker",
        "risk.assessed",
        "whereabouts.left",
        "checks.confirmed",
    },
    "LJ": {
        "background.checked",
        "approval.headteacher",
        "team.two",
        "risk.assessed",
        "risk.overseen",
        "whereabouts.left",
        "checks.confirmed",
    },
    "WL": {
        "background.checked",
        "approval.SLT",
        "team.two",
        "whereabouts.left",
        "whereabouts.safeguarding_team",
        "checks.confirmed",
    },
    "NH": {
        "background.checked",
        "background.agency",
        "approval.SLT",
        "team.two",
        "appointment.agreed",
        "risk.assessed",
        "whereabouts.left",
        "check_in.agreed_time",
        "checks.confirmed",
    },
    "SC": {"approval.attendance_officer|head_of_school|DSL", "team.two", "whereabouts.left", "checks.confirmed"},
}
"""What each policy turns down when one person asks to go and nothing else is done."""


@pytest.mark.parametrize("letters", POLICY_OF)
def test_the_refusals_differ_as_the_policies_differ(world: World, letters: str) -> None:
    school = world.school(letters)
    refused = school.refused(school.plan_trip(team=(school.teacher,)).clear)
    assert refused.codes == STILL_NEEDED[letters]
    assert all(r.says and r.who for r in refused.unmet if r.refuses)


@pytest.mark.parametrize("letters", POLICY_OF)
def test_a_trip_with_two_doors_from_the_request_to_the_report(world: World, letters: str) -> None:
    school = world.school(letters)
    brother = school.admit()
    first, second = school.ask(), school.ask(child=brother)
    for visit in (first, second):
        visit.appointment("14:00", how=AppointmentHow.WRITTEN, signed=True)
    trip = school.ready_trip(first, second, back_by="16:00")
    school.at("13:00")
    trip.depart()
    school.at("14:00")
    first.arrive()
    trip.check_in(CheckIn.BEFORE_ENTRY, first)
    first.enter("parental_responsibility")
    first.outcome(Outcome.SEEN_SPOKEN)
    school.at("14:30")
    first.left()
    trip.check_in(CheckIn.AFTER_VISIT, first)
    school.at("14:40")
    second.arrive()
    trip.check_in(CheckIn.BEFORE_ENTRY, second)
    second.no_answer()
    second.cancel(CancelReason.NO_ANSWER)
    second.outcome(Outcome.NO_ANSWER)
    trip.check_in(CheckIn.AFTER_VISIT, second)
    assert school.board(trip).state == "out"
    assert second.state.undecided == (brother.id,)
    school.at("15:10")
    trip.back(by=school.office, said_by=school.teacher)
    for visit in (first, second):
        visit.write_up()
    school.watch()
    assert trip.state.over
    assert trip.state.alarms == ()
    assert school.flags() == (), "done as the policy says, nothing is noted"
    assert {r.envelope.stream.id for r in school.events(first, trip)} == {first.id, trip.id}
    answers = {a.code: a.answer for a in school.looks.report().answers}
    assert (answers["by_two"], answers["approved"], answers["back"], answers["on_time"]) == ("yes", "yes", "yes", "yes")
    assert answers["followed_up"] == "no", "the DSL has not decided yet"


FIRST_RELEASE = "05 14 19 20 23 26 27 28 54 60 64 70 86 87 88 91 94 101 103 104 108 112 117"


def test_every_scenario_that_the_issue_names_is_told() -> None:
    told = set[str]()
    for file in Path(__file__).parent.glob("test_*.py"):
        told |= set(re.findall(r'"""AC-(\d+)\.', file.read_text(encoding="utf-8")))
    assert set(FIRST_RELEASE.split()) <= told
