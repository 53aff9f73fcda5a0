"""My trips: for the people who go, with and without scripts, and as the phone asks for it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from domain.times import hm
from domain.trip.commands import ClearTrip, TakeAlarm
from domain.trip.events import CheckIn
from eventlog.settings import DatabaseUrls
from projections.board_words import clock
from tests.api.boards import Live, ask, live
from tests.scenarios.doors import Trip
from tests.scenarios.school import School

SOON = timedelta(minutes=50)


@pytest.fixture(scope="module")
def running(module_database_urls: DatabaseUrls) -> Iterator[Live]:
    with live(module_database_urls) as found:
        yield found


def address(school: School, trip: Trip | None = None) -> str:
    return f"/schools/{school.slug}/my-trips" + (f"/{trip.id}" if trip is not None else "")


def test_the_list_shows_where_with_whom_and_the_next_thing_large(running: Live) -> None:
    school = running.school()
    running.trip_out(school, SOON)
    running.settled(school)
    html = ask(running, school.teacher, address(school)).body
    assert "2 Beech Lane" in html
    assert "You and Cal Colleague, to see Billie Birch." in html
    assert "Next: Arrived at 2 Beech Lane" in html
    assert "You have no trip today" in ask(running, school.slt, address(school)).body


def test_a_trip_is_for_the_people_who_go_and_nobody_else(running: Live) -> None:
    school = running.school()
    trip = running.trip_out(school, SOON)
    running.settled(school)
    assert ask(running, school.colleague, address(school, trip)).status == 200
    for person in (school.slt, school.dsl, school.governor):
        assert ask(running, person, address(school, trip)).status == 403
        told = ask(running, person, f"/api/v1/schools/{school.slug}/phone-trips/{trip.id}")
        assert told.status == 403
    unknown = ask(running, school.teacher, f"{address(school)}/{uuid4()}")
    assert unknown.status == 404


def test_the_page_works_without_scripts_through_ordinary_forms(running: Live) -> None:
    school = running.school()
    trip = running.trip_out(school, SOON)
    running.settled(school)
    html = ask(running, school.teacher, address(school, trip)).body
    assert f'action="/schools/{school.slug}/do/arrive"' in html
    form = (
        f"visit={trip.visit.id}&trip={trip.id}&command_id={uuid4()}"
        f"&back_to={address(school, trip)}&says=2+Beech+Lane%3A+arrived"
    )
    sent = ask(running, school.teacher, f"/schools/{school.slug}/do/arrive", form)
    assert (sent.status, sent.headers["Location"]) == (303, address(school, trip))
    assert trip.visit.state.arrived_at is not None
    running.settled(school)
    assert (
        f'action="/schools/{school.slug}/do/leave-property"' in ask(running, school.teacher, address(school, trip)).body
    )


def test_without_scripts_the_page_asks_for_the_calls_that_the_policy_wants(running: Live) -> None:
    """SP-53, SP-54, LJ-64: as the scripts do."""
    school = running.school("st_patricks")
    trip = running.trip_out(school, SOON)
    running.settled(school)
    assert "We rang school</button>" not in ask(running, school.teacher, address(school, trip)).body
    trip.visit.arrive()
    running.settled(school)
    html = ask(running, school.teacher, address(school, trip)).body
    assert f"Ring school before you go in at {trip.visit.state.street}" in html
    assert 'href="tel:07700900100">Ring 07700 900100</a>' in html
    trip.check_in(CheckIn.BEFORE_ENTRY, trip.visit)
    running.settled(school)
    assert "Ring school before" not in ask(running, school.teacher, address(school, trip)).body
    running.now()
    trip.visit.left()
    running.settled(school)
    html = ask(running, school.teacher, address(school, trip)).body
    assert f"Ring school: you have left {trip.visit.state.street}" in html
    assert 'name="when" value="after_visit"' in html


def test_a_call_that_was_agreed_is_said_and_has_its_button_before_it_is_due(running: Live) -> None:
    """NH-16."""
    school = running.school("norbury")
    trip = running.trip_out(school, SOON)
    agreed = trip.state.agreed_call_at
    assert agreed is not None
    running.settled(school)
    html = ask(running, school.teacher, address(school, trip)).body
    assert f"You agreed to ring school at <strong>{hm(agreed)}</strong>" in html
    assert f"Rang school: the call agreed for {hm(agreed)}" in html
    board = ask(running, school.office, f"/schools/{school.slug}/board").body
    assert "to say that the visit is over" in board
    assert f"The call agreed for {clock(agreed, datetime.now(UTC))} has come" in board
    trip.check_in(CheckIn.AGREED_TIME)
    running.settled(school)
    assert "the call agreed for" not in ask(running, school.teacher, address(school, trip)).body.split("trip-data")[0]
    assert "has come" not in ask(running, school.office, f"/schools/{school.slug}/board").body


def test_more_time_from_a_time_that_has_passed_is_counted_from_now(running: Live) -> None:
    """Law 4: a new time that lies in the past calms nobody and is no answer."""
    school = running.school()
    trip = running.trip_out(school, timedelta(seconds=-3600))
    running.settled(school)
    html = ask(running, school.teacher, address(school, trip)).body
    offered = [datetime.fromisoformat(one) for one in re.findall(r'name="back_by" value="([^"]+)"', html)]
    assert len(offered) == 2
    assert all(one > datetime.now(UTC) for one in offered)


def test_the_phone_is_told_what_was_recorded_whom_to_ring_and_who_has_read_its_danger(running: Live) -> None:
    school = running.school()
    trip = running.trip_out(school, SOON)
    trip.danger(by=school.teacher)
    running.now()
    school.send(TakeAlarm(trip=trip.id), by=school.head)
    running.settled(school)
    answer = ask(running, school.teacher, f"/api/v1/schools/{school.slug}/phone-trips/{trip.id}")
    told = json.loads(answer.body)
    assert [fact["command"] for fact in told["recorded"]] == ["depart", "report-danger"]
    assert told["recorded"][0]["fields"]["people"] == [str(school.teacher.id), str(school.colleague.id)]
    assert told["acknowledged"]["by"] == "Hilda Head"
    assert (told["dsl"]["name"], told["office_phone"]) == ("Dora Dessel", "07700 900100")
    (name,) = told["send_headers"]
    assert name == "Doorstep-Trip-Token", "it reports without anybody being signed in"
    assert told["over"] is False


def test_text_that_looks_like_html_cannot_leave_the_page_s_data(running: Live) -> None:
    school = running.school()
    now = running.now()
    visit = school.ask(child=school.admit(), purpose_text="</script><script>alert(1)</script>")
    trip = school.ready_trip(visit, leave=now.isoformat(), back_by=(now + SOON).isoformat())
    running.settled(school)
    html = ask(running, school.teacher, address(school, trip)).body
    assert "<script>alert(1)" not in html
    assert "\\u003c/script\\u003e" in html


def test_the_service_worker_and_the_manifest_are_served_for_the_whole_site(running: Live) -> None:
    school = running.school()
    worker = ask(running, school.teacher, "/sw.js")
    assert (worker.status, worker.headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert worker.headers["Cache-Control"] == "no-cache"
    manifest = json.loads(ask(running, school.teacher, "/manifest.webmanifest").body)
    assert (manifest["scope"], manifest["display"]) == ("/", "standalone")


def test_a_plan_that_waits_for_ok_to_go_names_who_may_press_it_before_it_offers_leaving(running: Live) -> None:
    school = running.school()
    now = running.now()
    visit = school.ask(child=school.admit())
    waits = school.ready_trip(visit, leave=now.isoformat(), back_by=(now + SOON).isoformat(), but="nothing")
    running.settled(school)
    html = ask(running, school.teacher, address(school)).body
    assert "Any member of staff may press OK to go, you as well; governors may not." in html
    large = re.findall(r'<a class="govuk-button ds-large"[^>]*>([^<]*)', html)
    assert large == ["OK to go: open the plan"]
    assert "Left all the same? We have left school" in html, "a fact is never refused"
    one = ask(running, school.teacher, address(school, waits)).body
    assert "Not OK to go yet. Any member of staff may press OK to go" in one
    assert f'action="/schools/{school.slug}/do/depart"' in one
    running.now()
    school.send(ClearTrip(trip=waits.id), by=school.teacher)
    running.settled(school)
    cleared = ask(running, school.teacher, address(school)).body
    assert "Next: We have left school" in cleared
    assert "may press OK to go" not in cleared


def test_without_scripts_whether_the_child_was_seen_comes_before_leaving(running: Live) -> None:
    school = running.school()
    trip = running.trip_out(school, SOON)
    trip.visit.arrive()
    trip.visit.enter()
    running.settled(school)
    html = ask(running, school.teacher, address(school, trip)).body
    next_thing = html.partition('<section aria-label="Next">')[2].partition("</section>")[0]
    assert "Was Billie Birch seen?" in next_thing
    assert '<option value="" selected>Choose an answer</option>' in next_thing
    assert f'action="/schools/{school.slug}/do/leave-property"' in html, "leaving is never refused"
    form = f"visit={trip.visit.id}&pupil={trip.visit.state.pupils[0]}&outcome=adult_seen_child_not&command_id={uuid4()}"
    assert ask(running, school.teacher, f"/schools/{school.slug}/do/record-outcome", form).status == 303
    running.settled(school)
    html = ask(running, school.teacher, address(school, trip)).body
    next_thing = html.partition('<section aria-label="Next">')[2].partition("</section>")[0]
    assert "Left the house: 2 Beech Lane" in next_thing
