"""A school that no line of code knows: one file, `doorstep school add`, and over HTTP from a request to OK to go.

What is refused names the file's own clauses, what its document is silent on names Doorstep, and no clause of the five
documents appears anywhere.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages.wants import wants
from api.runtime import Runtime
from commands.policy_files import load_policy_file
from domain.need import need
from domain.policy import Force
from domain.shared.events import DeviationNoted
from domain.visit.events import AppointmentHow
from eventlog.settings import DatabaseUrls
from tests.api.doors import HOST, Doors
from tests.api.test_command_line import doorstep
from tests.databases import Databases, waiting_for_the_disk
from tests.policies_example import HILL_TOP
from tests.scenarios.harness import World
from tests.scenarios.school import School

SLUG = "hill_top"


@pytest.fixture
def hill_top(database_urls: DatabaseUrls, postgres: Databases, tmp_path: Path) -> Iterator[Doors]:
    """The school, added from its file by the command line, behind the running application."""
    file = tmp_path / "hill_top.yaml"
    file.write_text(HILL_TOP, encoding="utf-8")
    with World(database_urls) as world:
        with waiting_for_the_disk(postgres):
            added = doorstep("school", "add", SLUG, f"Invented {SLUG}", str(file), urls=database_urls)
        assert added.exit_code == 0, added.output
        school = School(world, SLUG, SLUG)
        world.schools.append(school)
        with Runtime.open(database_urls, "demonstration", clock=world.clock) as runtime:
            yield Doors(TestClient(create_app(runtime), base_url=HOST), runtime, school, school)
        world.end_scenario()


def needs(doors: Doors, trip: str) -> dict[str, dict[str, Any]]:
    """What OK to go is refused with, by code."""
    problem = doors.refused(409, "clear-trip", {"trip": trip}, doors.school.teacher)
    return {one["code"]: one for one in problem["requirements"]}


def test_from_one_file_to_ok_to_go_with_its_own_clauses_in_every_refusal(hill_top: Doors) -> None:
    school = hill_top.school
    asked: dict[str, Any] = {
        "pupils": [school.child.id],
        "purpose_text": "Two weeks of half days",
        "place": "workplace",
        "on_site_reason": "She cannot leave her work",
    }
    closed = hill_top.refused(409, "request-visit", {**asked, "purpose": "family_support"}, school.teacher)
    assert [(r["code"], r["clauses"]) for r in closed["requirements"]] == [("purpose.not_listed", ["HT-08"])]
    stored = hill_top.stored("request-visit", {**asked, "purpose": "attendance"}, school.teacher)
    visit = stored["stream"]["id"]
    plan = {
        "visits": [visit],
        "leave_at": school.time("13:00"),
        "back_by": school.time("15:00"),
        "people": [school.teacher.id],
    }
    planned = hill_top.stored("plan-trip", plan, school.teacher)
    trip = next(r.envelope.stream.id for r in hill_top.last(planned) if r.envelope.stream.kind == "trip")

    unmet = needs(hill_top, str(trip))
    assert {code: one["clauses"] for code, one in unmet.items() if one["force"] != "advise"} == {
        "approval.school_business_manager": ["HT-01"],
        "approval.DSL|DDSL": ["HT-01"],
        "appointment.agreed": ["HT-09"],
        "team.two": ["HT-02"],
        "whereabouts.left": ["HT-04"],
    }
    assert unmet["approval.school_business_manager"]["says"].endswith("it needs a yes from the school business manager")

    with_agency = {"trip": trip, "people": [school.teacher.id, school.social_worker.id]}
    hill_top.stored("name-team", with_agency, school.teacher)
    for approver in (school.business_manager, school.dsl):
        hill_top.stored("approve-visit", {"visit": visit}, approver)
    agreed = {"visit": visit, "appointment_at": school.time("13:30"), "how": AppointmentHow.PHONE}
    hill_top.stored("confirm-appointment", agreed, school.office)
    for holder in ("school_office", "line_manager"):
        hill_top.stored("lodge-whereabouts", {"trip": trip, "holder": holder}, school.office)
    hill_top.stored("clear-trip", {"trip": trip}, school.teacher)

    def says(command: str, at: str, **fields: Any) -> None:
        school.world.clock.now = school.time(at)
        hill_top.stored(command, fields, school.teacher)

    says("depart", "13:00", trip=trip, people=[school.teacher.id, school.social_worker.id])
    says("arrive", "13:30", visit=visit, trip=trip)
    says("no-answer", "13:32", visit=visit)
    says("cancel-visit", "13:55", visit=visit, reason="no_answer")
    (waited,) = [r.event for r in school.events() if isinstance(r.event, DeviationNoted) if r.event.clauses]
    assert waited.clauses == ("HT-06",)
    foreign = ("SP-", "LJ-", "WL-", "NH-", "SC-")
    cited = {c for r in school.events() for c in getattr(r.event, "clauses", ())}
    assert not [clause for clause in cited if clause.startswith(foreign)]


def test_its_policy_is_told_in_its_own_words(hill_top: Doors) -> None:
    told = hill_top.ask("policy", hill_top.school.teacher)
    assert told["title"] == "Hill Top Primary home visit policy"
    rows = {row["name"]: row for row in told["settings"]}
    assert rows["lone_visit"]["clauses"][0]["says"] == "Nobody goes alone, whatever the reason."
    assert rows["record_system"]["origin"] == "default"


def test_what_the_policy_will_want_is_said_with_its_own_clauses_whatever_it_asks() -> None:
    """Parts that so far one school asks for: told beforehand (WL-49), a call at a time agreed (NH-16)."""
    whereabouts = "{holders: [school_office, line_manager], min: 2}"
    text = HILL_TOP.replace(whereabouts, whereabouts.replace("}", ", tell_safeguarding_team: true}"))
    asks_more = load_policy_file(text.replace("[left_property]", "[agreed_time]"), "hill_top.yaml")
    said = {want.says: want.clauses for want in wants(asks_more)}
    assert said["The safeguarding team told beforehand"] == ("HT-04",)
    assert said["A time fixed for the call that says the visit is over"] == ("HT-10",)


@pytest.mark.parametrize("force", Force)
def test_a_requirement_that_one_school_words_more_closely_falls_back_to_the_settings_own_clauses(force: Force) -> None:
    policy = load_policy_file(HILL_TOP, "hill_top.yaml")
    found = need(policy, "lone_visit", "risk.lone_worker", "An assessment comes first", clauses=("SP-20",), force=force)
    assert found.clauses == ("HT-02",)
    silent = need(policy, "record_system", "x.y", "Something of ours", clauses=("SP-20",))
    assert silent.clauses == ()
