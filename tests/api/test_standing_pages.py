"""Who may go today, as people see it and as a program asks: two policies over HTTP, from refused to put right to planned."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.identity import HEADER
from domain.roles import Role
from domain.school.commands import ConfirmArrangements
from domain.school.events import PolicyShared
from domain.school.keeping import keeping
from domain.staff.commands import RecordTraining
from tests.api.desk_pages import Pages
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School


def sent(client: TestClient, school: School, command: str, who: Someone, body: dict[str, Any]) -> Response:
    address = f"/api/v1/schools/{school.slug}/commands/{command}"
    return client.post(address, json=body, headers={HEADER: str(who.id), "Idempotency-Key": str(uuid4())})


def a_plan(school: School, *team: Someone) -> dict[str, Any]:
    day = f"{school.today:%Y-%m-%d}"
    return {
        "visits": [str(school.ask().id)],
        "leave_at": f"{day}T13:00",
        "back_by": f"{day}T15:00",
        "people": [str(one.id) for one in team],
    }


@pytest.mark.clauses("SP-32", "SP-34", "SP-61")
def test_at_st_patricks_a_newcomer_is_refused_for_vetting_and_training_at_once_and_goes_once_both_are_on_record(
    world: World, client: TestClient
) -> None:
    """AC-31."""
    school = world.school("SP")
    new = school.joins("Nell New", Role.ATTENDANCE_OFFICER)
    plan = a_plan(school, new, school.colleague)
    refused = sent(client, school, "plan-trip", school.teacher, plan)
    assert refused.status_code == 409, refused.text
    unmet = {one["code"]: one for one in refused.json()["requirements"]}
    assert {tuple(one["clauses"]) for one in unmet.values()} == {("SP-61",), ("SP-32", "SP-33"), ("SP-34", "SP-35")}
    assert {code.rpartition(".")[2] for code in unmet} == {str(new.id)}
    assert unmet[f"training.all.{new.id}"]["who"] == ["the office manager"]
    assert unmet[f"training.attendance_officer.{new.id}"]["who"] == ["the local authority"]

    courses = ["safe_working", "cultural_awareness", "diversity_racial_equality", "equipment", "manual_handling"]
    done = {"staff": [str(new.id)], "courses": [*courses, "first_aid", "disengagement"], "done_on": f"{school.today}"}
    assert sent(client, school, "record-training", school.teacher, done).status_code == 403
    assert sent(client, school, "record-training", school.office_manager, done).status_code == 201
    (left,) = sent(client, school, "plan-trip", school.teacher, plan).json()["requirements"]
    assert left["code"] == f"vetting.{new.id}"
    checks = {"staff": [str(new.id)], "checks": ["enhanced_dbs", "barred_list"], "made_on": f"{school.today}"}
    assert sent(client, school, "record-checks", school.office_manager, checks).status_code == 201
    assert sent(client, school, "plan-trip", school.teacher, plan).status_code == 201


@pytest.mark.clauses("SC-09", "SC-23", "SC-24", "SC-21", "SC-22")
def test_at_scargill_the_course_list_is_everybodys_and_a_car_has_a_colour_and_insurance(
    world: World, client: TestClient
) -> None:
    """AC-32, and bad input: a vehicle without a colour where the school wants one; training dated in the future."""
    school = world.school("SC")
    new = school.joins("Theo Assistant", Role.TEACHER)
    (unmet,) = sent(client, school, "plan-trip", school.teacher, a_plan(school, new, school.colleague)).json()[
        "requirements"
    ]
    assert set(unmet["clauses"]) == {"SC-09", "SC-23", "SC-24"}
    assert unmet["who"] == ["the Head of School"]
    tomorrow = {"staff": [str(new.id)], "courses": ["disengagement"], "done_on": "2099-01-01"}
    problem = sent(client, school, "record-training", school.head, tomorrow)
    assert problem.status_code == 422
    assert problem.json()["errors"][0]["field"] == "done_on"

    car = {"staff": str(school.colleague.id), "registration": "QZ12 DWR", "make": "Ford", "model": "Ka"}
    (colour,) = sent(client, school, "record-vehicle", school.colleague, car).json()["requirements"]
    assert (colour["code"], colour["clauses"]) == ("vehicle.colour", ["SC-21"])
    trip = school.plan_trip()
    travel = {"trip": str(trip.id), "travel": "by car", "driver": str(school.colleague.id)}
    assert sent(client, school, "plan-travel", school.teacher, travel).status_code == 201
    assert "travel.insurance" in {one.code for one in trip.still_needed}
    whole = {**car, "colour": "red", "insurance": "social", "insured_until": f"{school.today}"}
    assert sent(client, school, "record-vehicle", school.colleague, whole).status_code == 201
    assert "travel.insurance" not in {one.code for one in trip.still_needed}


@pytest.mark.clauses("SC-09", "SC-10", "SC-23", "SC-24")
def test_scargills_head_is_named_for_whoever_lacks_a_course_and_reads_how_many_may_go(
    world: World, client: TestClient
) -> None:
    """AC-32. SC-09, SC-10, SC-23, SC-24, SC-08."""
    school = world.school("SC")
    courses = school.policy.value("training_required")["all"]
    assistant = school.joins("Theo Assistant", Role.TEACHER)
    but_one = tuple(course for course in courses if course != "disengagement")
    school.send(RecordTraining(staff=(assistant.id,), courses=but_one, done_on=school.today), by=school.head)
    plan = a_plan(school, assistant, school.colleague)
    (unmet,) = sent(client, school, "plan-trip", school.teacher, plan).json()["requirements"]
    assert "disengagement" in unmet["says"]
    assert unmet["who"] == ["the Head of School"]
    everybody = client.get(f"/api/v1/schools/{school.slug}/standing", headers={HEADER: str(school.head.id)}).json()
    pages = Pages(client, school)
    shown = pages.get(school.head, "/standing")
    assert f"{len(everybody) - 1} of {len(everybody)} may go on a visit today" in shown
    assert "Theo Assistant" in shown.partition("May not go")[2]
    calendar = pages.get(school.head, "/policy/calendar")
    assert "policy.arrangements" in calendar
    assert f"{len(everybody) - 1} of {len(everybody)} may go on a visit today" in calendar
    school.send(ConfirmArrangements(on=school.today), by=school.head)
    assert "policy.arrangements" not in pages.get(school.head, "/policy/calendar")


def test_a_program_asks_who_may_go_and_is_told_its_own_persons_line_only_where_they_keep_no_records(
    world: World, client: TestClient
) -> None:
    school = world.school("SC")
    school.joins("Nell New", Role.TEACHER)
    address = f"/api/v1/schools/{school.slug}/standing"
    everybody = client.get(address, headers={HEADER: str(school.head.id)}).json()
    assert [one["person"]["name"] for one in everybody if one["missing"]] == ["Nell New"]
    (mine,) = client.get(address, headers={HEADER: str(school.teacher.id)}).json()
    assert mine["person"]["name"] == "Tess Teacher"


# The pages


@pytest.mark.clauses("SP-33", "SP-35")
def test_the_office_sees_who_may_go_who_may_not_and_why_and_what_lapses_and_puts_it_right(pages: Pages) -> None:
    school = pages.school
    new = school.joins("Nell New", Role.TEACHER)
    until = school.today.replace(day=28)
    first_aid = RecordTraining(
        staff=(school.joins("Olaf Officer", Role.ATTENDANCE_OFFICER).id,),
        courses=("first_aid",),
        done_on=school.today,
        valid_until=until,
    )
    school.send(first_aid, by=school.office_manager)
    html = pages.get(school.office_manager, "/standing")
    assert "Staff: who may go today" in html
    may_not = html.split('id="may-not"')[1].split("</section>")[0]
    assert "Nell New" in may_not
    assert "Tess Teacher" not in may_not
    assert "SP-61" in may_not
    assert "Who sees to it: the office manager" in may_not
    soon = html.split('id="soon"')[1].split("</section>")[0]
    assert "first aid" in soon
    assert "the local authority" in soon

    one = pages.get(school.office_manager, f"/standing/{new.id}")
    assert "May not go on a visit today" in one
    done = pages.send(
        school.office_manager,
        one,
        "record-training",
        staff=str(new.id),
        courses=["safe_working"],
        done_on=f"{school.today}",
    )
    assert "Training on record: Nell New" in done
    both = ["enhanced_dbs", "barred_list"]
    done = pages.send(
        school.office_manager, done, "record-checks", staff=str(new.id), checks=both, made_on=f"{school.today}"
    )
    assert "May go on a visit today" in done
    assert f'href="/schools/{school.slug}/standing"' in done


def test_a_teacher_sees_their_own_line_and_may_put_their_car_on_record_and_nothing_else(pages: Pages) -> None:
    school = pages.school
    html = pages.get(school.teacher, "/standing")
    assert "Tess Teacher" in html
    assert "Cal Colleague" not in html
    mine = pages.get(school.teacher, f"/standing/{school.teacher.id}")
    assert "record-vehicle" in mine
    assert "record-training" not in mine
    pages.get(school.teacher, f"/standing/{school.colleague.id}", status=403)
    pages.get(school.governor, "/standing", status=403)


def test_the_trip_offers_those_who_keep_the_records_the_form_that_puts_it_right(pages: Pages) -> None:
    school = pages.school
    trip = school.plan_trip()
    lapsed = RecordTraining(
        staff=(school.teacher.id,), courses=("safe_working",), done_on=school.today, valid_until=school.today
    )
    school.send(lapsed, by=school.office_manager)
    assert not any(one.code.startswith("training") for one in trip.still_needed), "the longer record counts"
    new = school.joins("Nell New", Role.TEACHER)
    page = pages.get(school.office_manager, f"/trips/{trip.id}")
    refused = pages.post(
        school.office_manager,
        f"/schools/{school.slug}/do/name-team",
        {"command_id": str(uuid4()), "trip": str(trip.id), "people": [str(new.id), str(school.teacher.id)]},
        status=409,
    )
    assert page
    assert "Nell New may not go before this training is on record: safe working" in refused
    assert "SP-32" in refused
    assert f'href="/schools/{school.slug}/standing"' in refused


def test_whoever_asks_for_a_visit_and_ticks_somebody_who_may_not_go_is_told_beside_the_names(pages: Pages) -> None:
    school = pages.school
    new = school.joins("Nell New", Role.TEACHER)
    html = pages.get(school.teacher, "/ask")
    assert "may not go today: see Who may go" in html
    typed = {
        "command_id": str(uuid4()),
        "pupils": str(school.child.id),
        "purpose": "attendance",
        "purpose_text": "to talk",
        "on_site_reason": "They cannot come in",
        "day": f"{school.today}",
        "leave": "13:00",
        "back": "15:00",
        "people": [str(new.id), str(school.teacher.id)],
    }
    refused = pages.post(school.teacher, f"/schools/{school.slug}/ask", typed, status=409)
    assert "Nell New may not go before this training is on record: safe working (SP-32, SP-33)" in refused
    assert "(SP-61)" in refused
    assert "Who sees to it: the office manager" in refused


@pytest.mark.clauses("SP-61")
def test_a_check_put_on_record_by_mistake_is_taken_off_on_the_page_and_they_may_not_go_any_more(pages: Pages) -> None:
    school = pages.school
    page = pages.get(school.head, f"/standing/{school.teacher.id}")
    assert "May go on a visit today" in page
    (event,) = {
        str(one.event) for one in school.known.people[school.teacher.id].record.checks if one.check == "barred_list"
    }
    done = pages.send(school.head, page, "correct-event", event=event, reason="It was another Tess")
    assert "May not go on a visit today" in done
    assert "barred-list check" in done
    assert "put on record by mistake" not in pages.get(school.office, f"/standing/{school.teacher.id}")


@pytest.mark.clauses("LJ-14", "LJ-15", "LJ-30", "LJ-03")
def test_at_leyland_nobody_is_put_on_a_trip_before_staff_were_told_of_the_policy_and_trained(
    world: World, client: TestClient
) -> None:
    """AC-33. LJ-14, LJ-15, LJ-30, LJ-03: told and trained to be put on a trip; that they read it, to be OK to go."""
    school = world.school("LJ")
    (told,) = [r.envelope.event_id for r in school.log.read_log() if isinstance(r.event, PolicyShared)]
    never = {"event": str(told), "reason": "It was another policy", "retracts": True}
    assert sent(client, school, "correct-event", school.head, never).status_code == 201
    new = school.joins("Nell New", Role.TEACHER)
    plan = a_plan(school, new, school.colleague)
    refused = sent(client, school, "plan-trip", school.teacher, plan)
    assert refused.status_code == 409, refused.text
    unmet = {one["code"]: one for one in refused.json()["requirements"]}
    assert unmet["policy.told"]["clauses"] == ["LJ-14"]
    assert unmet["policy.told"]["who"] == ["a member of senior staff"]
    assert {code for code in unmet if not code.startswith("training.all.")} == {"policy.told"}

    share = {"audience": ["staff"], "on": f"{school.today}", "where": "the staff meeting"}
    assert sent(client, school, "share-policy", school.teacher, share).status_code == 403
    assert sent(client, school, "share-policy", school.slt, share).status_code == 201
    (left,) = sent(client, school, "plan-trip", school.teacher, plan).json()["requirements"]
    assert left["clauses"] == ["LJ-15"]
    done = {"staff": [str(new.id)], "courses": ["home_visit_procedure"], "done_on": f"{school.today}"}
    assert sent(client, school, "record-training", school.slt, done).status_code == 201
    planned = sent(client, school, "plan-trip", school.teacher, plan)
    assert planned.status_code == 201
    refused = sent(client, school, "clear-trip", school.office, {"trip": planned.json()["stream"]["id"]})
    assert "LJ-30" in {clause for one in refused.json()["requirements"] for clause in one["clauses"]}
    shown = keeping(school.policy, school.known.record, school.today, 0)
    assert {one.code for one in shown if "shared" in one.code} == {"policy.shared.parents", "policy.shared.pupils"}


@pytest.mark.parametrize("policy", ["SP", "WL", "NH", "SC"])
def test_elsewhere_what_is_shared_with_whom_stops_nobody(world: World, policy: str) -> None:
    """Their documents ask for it of the policy's keeper, and of no trip."""
    school = world.school(policy)
    assert school.known.record.shared == ()
    assert school.plan_trip().state.planned
