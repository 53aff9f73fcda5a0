"""How long records are kept, as pages: what may go, legal holds, the second person, and what is chased elsewhere. DV-11."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from commands.erasure import Erasures
from domain.trip.commands import ReportDanger
from tests.api.desk_pages import Pages, client_of
from tests.scenarios.cast import Child, Someone
from tests.scenarios.conftest import own_world as world
from tests.scenarios.harness import World
from tests.scenarios.test_erasure import (
    RULE,
    WORRY,
    admitted,
    ask,
    concern_about,
    finish,
    visited,
    with_rule,
    years_later,
)

__all__ = ["world"]


@pytest.fixture
def pages(world: World) -> Iterator[Pages]:
    """A school with its own rule, behind the real application."""
    school = world.school("LJ")
    with_rule(school)
    with client_of(world) as client:
        yield Pages(client, school)


def path_of(child: Child) -> str:
    return f"/erasure/pupil/{child.id}"


def test_two_people_erase_a_child_with_the_forms_and_tick_off_what_stands_elsewhere(pages: Pages) -> None:
    school = pages.school
    child = admitted(school)
    visit = visited(school, child)
    concern_about(school, child, visit=visit)
    sent = [record for record in school.looks.exports().pending if record.pupil == child.id]
    school.looks.export(sent)
    years_later(school)

    home = pages.get(school.dsl, "/erasure")
    assert RULE in home
    assert path_of(child) in home, "it may be erased now"
    shown = pages.get(school.dsl, path_of(child))
    assert "nothing stands against it" in shown
    assert "Visit to Aoife Invented" in shown
    assert "Concern about Aoife Invented" in shown
    assert WORRY not in shown
    after = pages.send(school.dsl, shown, "ask-erasure", why="Aoife is 26")
    assert "Waiting for a second person" in after
    assert "You asked for it: somebody else confirms it" in after
    assert "confirm-erasure" not in after

    shown = pages.get(school.head, "/erasure")
    assert "Aoife is 26" in shown
    after = pages.send(school.head, shown, "confirm-erasure")
    assert (
        "Confirmed: Aoife Invented is erased within a few minutes, and 3 records with it (visits, trips, concerns)"
        in after
    )
    assert "One erasure is confirmed and not finished yet" in after
    finish(school)

    shown = pages.get(school.dsl, "/erasure")
    assert "Erased here, and still to be erased elsewhere: 1" in shown
    for record in sent:
        assert record.key in shown
    assert "Aoife" not in shown
    assert f"/erasure/visit/{visit.id}" not in shown, "what went with the child is not to be erased again"
    for left in range(len(sent), 0, -1):
        assert shown.count("It is erased there</summary>") == left
        shown = pages.send(school.dsl, shown, "take-back-export", why="Sunita asked the supplier")
    assert "still to be erased elsewhere" not in shown
    assert "Erased: 1" in shown
    assert shown.count("Erased there") == len(sent)
    assert "have it erased there as well" not in pages.get(school.dsl, "/exports")


def test_the_exports_page_says_that_a_record_of_somebody_erased_is_to_be_erased_there_too(pages: Pages) -> None:
    school = pages.school
    child = admitted(school)
    visited(school, child)
    school.looks.export([record for record in school.looks.exports().pending if record.pupil == child.id])
    years_later(school)
    shown = pages.send(school.dsl, pages.get(school.dsl, path_of(child)), "ask-erasure")
    pages.send(school.head, pages.get(school.head, path_of(child)), "confirm-erasure")
    finish(school)
    assert "somebody must have it erased there as well" in pages.get(school.dsl, "/exports")
    assert "Aoife" not in pages.get(school.dsl, path_of(child))
    assert "This is erased" in pages.get(school.dsl, path_of(child))
    assert "ask-erasure" not in pages.get(school.dsl, path_of(child)), "it is not erased twice"
    assert shown


def test_a_legal_hold_is_placed_and_lifted_with_a_form_and_stops_the_erasure_meanwhile(pages: Pages) -> None:
    school = pages.school
    child = admitted(school)
    visit = visited(school, child)
    years_later(school)
    shown = pages.get(school.business_manager, path_of(child))
    after = pages.send(school.business_manager, shown, "place-hold", why="the county court asked")
    assert "is on legal hold" in after
    assert "A legal hold keeps this pupil" in after
    assert "ask-erasure" not in after
    assert "lift-hold" not in after, "the business manager places, and does not lift"
    of_visit = pages.get(school.dsl, f"/erasure/visit/{visit.id}")
    assert "A legal hold keeps this visit" in of_visit, "a hold on a child keeps the visits to the child"
    held = pages.get(school.dsl, "/erasure")
    assert "On legal hold: 1" in held
    assert "the county court asked" in held
    assert "May be erased now" in held
    assert path_of(child) not in held.split('id="due"')[1].split('id="held"')[0]
    after = pages.send(school.dsl, held, "lift-hold", why="the case is over")
    assert "On legal hold: 0" in after
    assert path_of(child) in after.split('id="due"')[1].split('id="held"')[0]
    assert "ask-erasure" in pages.get(school.dsl, path_of(child))


def test_what_stands_against_an_erasure_is_listed_at_once_and_no_form_asks_for_it(pages: Pages) -> None:
    school = pages.school
    child = admitted(school)
    concern_about(school, child, closed=False)
    shown = pages.get(school.dsl, path_of(child))
    for code in ("erasure.unfinished", "erasure.still_here", "erasure.retention"):
        assert f'data-requirement="{code}"' in shown
    assert "keeps this pupil until 3 May 2041" in shown
    assert "ask-erasure" not in shown
    assert "place-hold" in shown, "a hold may be placed on anything"


def test_a_school_without_its_own_rule_is_told_so_and_erases_nothing(world: World) -> None:
    school = world.school("LJ")
    child = admitted(school)
    years_later(school)
    with client_of(world) as client:
        pages = Pages(client, school)
        assert "has not entered its own rule" in pages.get(school.head, "/erasure")
        shown = pages.get(school.head, path_of(child))
        assert 'data-requirement="erasure.no_rule"' in shown
        assert "ask-erasure" not in shown


def test_who_asked_or_whom_it_is_about_cannot_confirm_with_the_form_either(pages: Pages) -> None:
    school = pages.school
    child = admitted(school)
    years_later(school)
    asked = str(ask(school, child).recorded[0].envelope.event_id)
    action = f"/schools/{school.slug}/do/confirm-erasure"
    for who in (school.dsl, school.slt, school.teacher):
        refused = pages.post(who, action, {"event": asked, "command_id": ""}, status=403)
        assert "nothing was stored" in refused
    assert "It is confirmed by" in pages.get(school.business_manager, path_of(child))
    assert not Erasures(school.world.store, school.world.bus, school.world.urls).is_pending(school.slug)


@pytest.mark.parametrize("who", ["teacher", "office", "governor", "officer"])
def test_nobody_else_sees_what_may_be_erased_and_that_they_looked_is_kept(pages: Pages, who: str) -> None:
    school = pages.school
    person: Someone = getattr(school, who)
    child = school.child
    pages.get(person, "/erasure", status=403)
    refused = pages.get(person, path_of(child), status=403)
    assert "That you asked for it is kept." in refused
    assert child.name.split()[1] not in refused
    assert pages.readings() == [(person.name, "refused erasure"), (person.name, "refused how long it is kept")]
    for path in (f"/pupils/{child.id}", "/policy"):
        pages.client.cookies.clear()
        if who != "governor" or path == "/policy":
            assert "/erasure" not in seen(pages, person, path)


def seen(pages: Pages, who: Someone, path: str) -> str:
    """A page, whether or not the person may see it."""
    pages.caught_up()
    pages.client.cookies.set("doorstep_demo_person", str(who.id))
    return pages.client.get(f"/schools/{pages.school.slug}{path}").text


def test_of_concerns_only_those_who_may_read_them_learn_and_slt_sees_staff_only(pages: Pages) -> None:
    school = pages.school
    child = admitted(school)
    concern = concern_about(school, child)
    with_rule(school, f"{RULE}; concerns: 6 years after the last event")
    years_later(school)
    assert f"/erasure/concern/{concern.id}" in pages.get(school.dsl, "/erasure")
    assert f"/erasure/concern/{concern.id}" not in pages.get(school.business_manager, "/erasure")
    assert path_of(child) in pages.get(school.business_manager, "/erasure")
    assert path_of(child) not in pages.get(school.slt, "/erasure")
    pages.get(school.slt, path_of(child), status=403)
    pages.get(school.business_manager, f"/erasure/concern/{concern.id}", status=403)
    assert "Concern about Aoife" not in pages.get(school.business_manager, path_of(child))
    pages.get(school.slt, f"/erasure/staff/{school.teacher.id}")


def test_looking_somebody_up_is_kept_on_their_record_before_it_is_shown(pages: Pages) -> None:
    school = pages.school
    pages.get(school.dsl, path_of(school.child))
    pages.get(school.head, f"/erasure/staff/{school.teacher.id}")
    assert pages.readings() == [(school.dsl.name, "how long it is kept"), (school.head.name, "how long it is kept")]
    for path in ("/erasure/pupil/nobody", f"/erasure/trip/{school.child.id}", f"/erasure/pupil/{school.teacher.id}"):
        pages.get(school.dsl, path, status=404)


def test_the_way_there_leads_from_the_desk_the_pupil_the_visit_the_concern_and_the_policy(pages: Pages) -> None:
    school = pages.school
    child = admitted(school)
    visit = visited(school, child)
    concern = concern_about(school, child)
    assert "/erasure" in pages.get(school.dsl, "/dsl")
    assert path_of(child) in pages.get(school.dsl, f"/pupils/{child.id}")
    assert f"/erasure/visit/{visit.id}" in pages.get(school.dsl, f"/visits/{visit.id}/history")
    assert f"/erasure/concern/{concern.id}" in pages.get(school.dsl, f"/dsl/concerns/{concern.id}")
    assert "/erasure" in pages.get(school.business_manager, "/policy")
    assert path_of(child) in pages.get(school.dsl, "/erasure?q=Aoife")


def test_what_was_typed_on_no_visits_trip_is_listed_and_asked_for_like_a_visit(pages: Pages) -> None:
    school = pages.school
    stored = school.send(ReportDanger(text="Aoife and the dog"), by=school.teacher)
    trip = stored.recorded[0].envelope.stream.id
    address = f"/erasure/trip/{trip}"
    assert address not in pages.get(school.dsl, "/erasure")
    assert 'data-requirement="erasure.retention"' in pages.get(school.dsl, address)
    years_later(school, 7)
    listed = pages.get(school.dsl, "/erasure")
    assert "Trips to no door that is still kept: 1" in listed
    assert address in listed
    shown = pages.get(school.dsl, address)
    assert "Aoife" not in shown
    pages.send(school.dsl, shown, "ask-erasure")
    pages.send(school.head, pages.get(school.head, address), "confirm-erasure")
    assert {who for who, _ in pages.readings()} == {school.dsl.name, school.head.name}
    finish(school)
    assert "A trip" in pages.get(school.dsl, "/erasure")
    pages.get(school.slt, address, status=403)


def test_a_visits_trip_is_not_listed_by_itself_and_goes_with_the_visit(pages: Pages) -> None:
    school = pages.school
    child = admitted(school)
    visit = visited(school, child)
    years_later(school, 7)
    listed = pages.get(school.dsl, "/erasure")
    assert f"/erasure/visit/{visit.id}" in listed
    assert "/erasure/trip/" not in listed
    assert "Trip of 14 Sep 2026" in pages.get(school.dsl, f"/erasure/visit/{visit.id}")


def test_a_pupil_is_taken_off_roll_on_the_childs_page_and_staff_leave_on_theirs(pages: Pages) -> None:
    school = pages.school
    child = admitted(school)
    shown = pages.get(school.dsl, f"/pupils/{child.id}")
    after = pages.send(school.dsl, shown, "take-off-roll", on=school.today.isoformat(), moved_to="Oakfield Academy")
    assert "Aoife Invented is off roll. The record stays" in after
    assert "Taken off roll" in after
    assert "for Oakfield Academy" in after
    assert "take-off-roll" not in after, "once"
    assert "erasure.still_here" not in pages.get(school.dsl, path_of(child))

    of_teacher = f"/erasure/staff/{school.teacher.id}"
    assert "record-staff-left" not in pages.get(school.dsl, of_teacher), "the head and the business manager do"
    shown = pages.get(school.head, of_teacher)
    assert 'data-requirement="erasure.still_here"' in shown
    after = pages.send(school.head, shown, "record-staff-left", on=school.today.isoformat())
    assert "has left, and holds no role any more" in after
    assert 'data-requirement="erasure.still_here"' not in after
    assert "has left" in pages.get(school.head, "/erasure")


def test_a_day_that_has_not_come_is_asked_back_with_nothing_lost(pages: Pages) -> None:
    school = pages.school
    shown = pages.get(school.dsl, f"/pupils/{school.child.id}")
    action = f"/schools/{school.slug}/do/take-off-roll"
    assert action in shown
    tomorrow = (school.today + timedelta(days=1)).isoformat()
    fields = {"pupil": str(school.child.id), "on": tomorrow, "moved_to": "abroad", "command_id": ""}
    again = pages.post(school.dsl, action, fields, status=422)
    assert "a day that has come" in again
    assert "abroad" in again
    assert school.known.pupils[school.child.id].on_roll
