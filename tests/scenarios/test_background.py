"""What is known of a family before a visit: earlier visits in this log, look-ups, and agencies. X06, X17."""

from datetime import timedelta

import msgspec
import pytest

from domain.command import Command
from domain.policy import Force
from domain.visit.commands import CheckBackground, RecordAgencyLiaison
from domain.visit.events import BackgroundChecked
from projections.earlier_visits import EarlierVisit, earlier_visits_here
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School


def earlier(school: School, visit: Visit) -> tuple[EarlierVisit, ...]:
    """The visits before this one that are in the log, as the form lists them."""
    return school.looks.ask(lambda view: earlier_visits_here(view, visit.state))


def send(school: School, command: Command) -> None:
    """The teacher who goes says it."""
    school.send(command, by=school.teacher)


@pytest.mark.clauses("NH-10", "NH-11", "NH-24", "NH-34", "NH-35")
def test_at_norbury_the_earlier_visit_is_listed_and_the_agency_is_spoken_to_before_anybody_goes(world: World) -> None:
    """AC-39. NH-10, NH-11, NH-34, NH-35; the governors' number is told below."""
    school = world.school("NH")
    before = school.ask()
    school.later(days=1)
    trip = school.ready_trip(school.ask(), but="background")
    (listed,) = earlier(school, trip.visit)
    assert (listed.visit, listed.same_pupil, listed.ending) == (before.id, True, "")
    assert earlier(school, before) == (), "the later one is not an earlier one"

    refused = school.refused(trip.clear)
    assert refused.codes == {"background.checked", "background.agency"}
    assert "NH-34" in refused["background.checked"].clauses
    assert "with the head of year" in refused["background.checked"].says
    send(
        school,
        CheckBackground(
            visit=trip.visit.id,
            looked_up=("records", "previous_visits_hoy", "previous_visits_system", "agencies"),
            not_needed=("line_manager_strategy",),
        ),
    )
    refused = school.refused(lambda: trip.clear(background__agency="nobody answers there"))
    assert refused.codes == {"background.agency"}
    assert refused["background.agency"].force is Force.MUST
    send(
        school,
        RecordAgencyLiaison(
            visit=trip.visit.id,
            agency="Social services",
            worker="Pat Lark",
            agency_role="a family support plan",
            shared_aim="back in school by half term",
            joint=True,
        ),
    )
    (agency,) = trip.visit.state.agencies
    assert (agency.worker, agency.does, agency.shared_aim) == (
        "Pat Lark",
        "a family support plan",
        "back in school by half term",
    )
    assert agency.joint
    trip.clear()


def together(school: School) -> list[tuple[str, tuple[str, ...]]]:
    """What governors read of visits together with an agency."""
    return [(one.says, one.clauses) for one in school.looks.report().answers if one.code == "together"]


@pytest.mark.clauses("NH-12")
def test_norburys_governors_count_the_visits_arranged_together_with_an_agency_and_small_numbers_are_masked(
    world: World,
) -> None:
    """AC-39. NH-12; DV-07."""
    school = world.school("NH")
    visits = [school.ask() for _ in range(14)]
    few = ("Fewer than 5; this may be none.", ("NH-12",))
    assert together(school) == [few]
    for number, visit in enumerate(visits[:7]):
        comes_along = RecordAgencyLiaison(
            visit=visit.id, agency="Social services", worker="Pat", agency_role="support", joint=number < 6
        )
        send(school, comes_along)
        send(school, comes_along)
        if number == 3:
            assert together(school) == [few]
    assert together(school) == [("6.", ("NH-12",))], "a visit counts once, and one that was only spoken of does not"
    told = msgspec.json.encode(school.looks.report()).decode()
    assert "Social services" not in told


def test_where_the_document_does_not_speak_of_acting_together_governors_are_not_asked_to_read_of_it(
    world: World,
) -> None:
    """AC-39, its twin."""
    assert together(world.school("SC")) == []


@pytest.mark.clauses("SP-02", "SP-08")
def test_at_st_patricks_whether_another_agency_should_go_is_answered_and_governors_count_the_visit(
    world: World,
) -> None:
    """AC-01. SP-02, SP-12, SP-08."""
    school = world.school("SP")
    for _ in range(5):
        school.ask(purpose="cannot_attend_school")
    count = school.looks.report().total.at_least
    assert school.refused(lambda: school.ask(purpose="cannot_attend_school", on_site_reason="")).codes == {
        "on_site.reason"
    }
    assert school.looks.report().total.at_least == count
    visit = school.ask(purpose="cannot_attend_school", on_site_reason="the mother cannot walk")
    assert school.looks.report().total.at_least == count + 1

    trip = school.ready_trip(visit, but="background")
    refused = school.refused(trip.clear)
    assert refused.codes == {"background.agency_considered"}
    assert refused.clauses == {"SP-08"}
    send(school, CheckBackground(visit=visit.id, looked_up=("agency_considered",)))
    assert [r.event.looked_up for r in school.events(visit) if isinstance(r.event, BackgroundChecked)] == [
        ("agency_considered",)
    ]
    trip.clear()


@pytest.mark.clauses("SP-08")
def test_a_reason_will_do_where_nobody_considered_another_agency_and_the_dsl_reads_it(world: World) -> None:
    """AC-01, neighbour: SP-08 is a "should"."""
    school = world.school("SP")
    trip = school.ready_trip(but="background")
    trip.clear(background__agency_considered="they were here all last year")
    assert [flag.clauses for flag in school.flags(trip)] == [("SP-08",)]


@pytest.mark.parametrize(("letters", "clauses"), [("LJ", {"LJ-33"}), ("WL", {"WL-18", "WL-23"})])
@pytest.mark.clauses("LJ-33", "WL-18", "WL-23")
def test_at_leyland_and_william_lilley_no_reason_stands_in_for_what_was_not_looked_up(
    world: World, letters: str, clauses: set[str]
) -> None:
    """AC-40, through the door of HTTP. LJ-33, WL-18, WL-23."""
    school = world.school(letters)
    trip = school.ready_trip(but="background")
    refused = school.refused(lambda: trip.clear(background__checked="in a hurry"))
    assert refused.codes == {"background.checked"}
    assert refused.clauses == clauses
    trip.visit.background_looked_up()
    trip.clear()


def test_scargill_is_advised_and_goes(world: World) -> None:
    """AC-40, the school whose document is silent: a default advises, and nobody is held up."""
    school = world.school("SC")
    trip = school.ready_trip(but="background")
    assert "background.checked" in {need.code for need in trip.still_needed if not need.refuses}
    trip.clear()


def test_a_visit_to_the_same_address_is_listed_and_one_next_door_is_not(world: World) -> None:
    school = world.school("LJ")
    sibling, neighbour = school.admit("Sam Sibling"), school.admit("Nia Neighbour")
    home = school.known.pupils[school.child.id].address
    there = school.ask(child=sibling, address=home.upper())
    school.ask(child=neighbour)
    school.later(hours=1)
    visit = school.ask()
    (found,) = earlier(school, visit)
    assert (found.visit, found.same_pupil) == (there.id, False)
    assert found.asked_at is not None
    assert school.now - found.asked_at == timedelta(hours=1)
