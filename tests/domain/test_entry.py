"""Going inside is a fact: always kept, and what differs from the policy is noted beside it."""

from datetime import timedelta

import pytest

from domain.ids import TripId, VisitId
from domain.policy import Source
from domain.shared.events import DeviationNoted
from domain.trip.commands import Depart, MakeCheckIn
from domain.trip.events import CheckIn
from domain.visit.commands import (
    Arrive,
    AskAboutAnimal,
    CancelForSafety,
    CancelVisit,
    ConfirmAppointment,
    EnterHome,
    FamilyDeclined,
    ReportFamilyDelay,
)
from domain.visit.events import AppointmentHow, CancelReason, HomeEntered
from tests.domain.story import MONDAY, SETTLED, Story, staff_id

AGREED = MONDAY + timedelta(hours=6)
SCHOOLS = ["st_patricks", "leyland", "william_lilley", "norbury", "scargill"]
ADULT = {"leyland": "parental_responsibility"}


def arrived(key: str, *, written: bool = True, rung: bool = True) -> tuple[Story, TripId, VisitId]:
    """At the door with everything that any of the five policies asks for."""
    story = Story(key)
    visit = story.ask()
    trip = story.plan(visit)
    how = AppointmentHow.WRITTEN if written else AppointmentHow.PHONE
    story.does(ConfirmAppointment(visit=visit, appointment_at=AGREED, how=how, signed=written, **SETTLED))
    story.now = AGREED
    story.does(Depart(trip=trip, people=(staff_id("teacher"), staff_id("colleague"))))
    story.does(Arrive(visit=visit))
    if rung:
        story.does(MakeCheckIn(trip=trip, visit=visit, when=CheckIn.BEFORE_ENTRY))
    return story, trip, visit


def entering(story: Story, visit: VisitId, **fields: object) -> dict[str, DeviationNoted]:
    """They go in, and this is noted."""
    fields = {"adult": ADULT.get(story.policy.key, "parent"), "invited": True} | fields
    events = story.does(EnterHome(visit=visit, **fields))  # type: ignore[arg-type]  # as a scenario gives them
    assert isinstance(events[0], HomeEntered)
    return {e.rule: e for e in events if isinstance(e, DeviationNoted)}


@pytest.mark.parametrize("key", SCHOOLS)
def test_an_entry_as_the_policy_wants_it_has_nothing_noted(key: str) -> None:
    story, _, visit = arrived(key)
    assert entering(story, visit) == {}


# Appointment: SP-26, NH-04, SC-13, SC-15, SC-17

WITHOUT = {
    "st_patricks": (Source.CLAUSE, {"SP-26"}),
    "norbury": (Source.CLAUSE, {"NH-04"}),
    "scargill": (Source.CLAUSE, {"SC-13", "SC-15", "SC-17"}),
    "william_lilley": (Source.DEFAULT, set()),
}


@pytest.mark.parametrize("key", WITHOUT)
def test_going_in_without_an_appointment_is_noted(key: str) -> None:
    story = Story(key)
    visit = story.ask(safeguarding=True)
    noted = entering(story, visit)["entry.appointment"]
    assert (noted.source, set(noted.clauses)) == WITHOUT[key]


def test_at_leyland_an_appointment_is_made_where_suitable_and_none_is_no_deviation() -> None:
    story = Story("leyland")
    assert "entry.appointment" not in entering(story, story.ask())


def test_at_scargill_an_appointment_by_telephone_does_not_open_the_home() -> None:
    story, _, visit = arrived("scargill", written=False)
    assert "in writing" in entering(story, visit)["entry.appointment"].says


def test_nor_does_one_in_writing_that_nobody_signed() -> None:
    story = Story("scargill")
    visit = story.ask()
    story.does(ConfirmAppointment(visit=visit, appointment_at=AGREED, how=AppointmentHow.WRITTEN, **SETTLED))
    assert "signatures" in entering(story, visit)["entry.appointment"].says


# The adult: SP-27, LJ-46, SC-14


@pytest.mark.parametrize("adult", ["", "none", "other_adult", "responsible_adult"])
@pytest.mark.parametrize("key", ["st_patricks", "leyland", "scargill"])
def test_going_in_without_the_adult_that_the_policy_asks_for_is_noted(key: str, adult: str) -> None:
    story, _, visit = arrived(key)
    noted = entering(story, visit, adult=adult)["entry.adult"]
    expected = {"st_patricks": "SP-27", "leyland": "LJ-46", "scargill": "SC-14"}[key]
    assert noted.clauses == (expected,)


def test_an_adult_with_parental_responsibility_is_a_parent_everywhere() -> None:
    for key in SCHOOLS:
        story, _, visit = arrived(key)
        assert "entry.adult" not in entering(story, visit, adult="parental_responsibility"), key


# Invited: NH-18, LJ-45


def test_going_in_uninvited_is_noted_and_not_having_said_is_not() -> None:
    for key, clauses in (("norbury", ("NH-18",)), ("leyland", ("LJ-45",)), ("scargill", ())):
        story, _, visit = arrived(key)
        assert "entry.invited" not in entering(story, visit, invited=None)
        story, _, visit = arrived(key)
        assert entering(story, visit, invited=False)["entry.invited"].clauses == clauses


# After a no, an animal, a feeling


def test_going_in_after_the_family_declined_is_noted() -> None:
    for key, source in (("norbury", Source.CLAUSE), ("leyland", Source.DEFAULT)):
        story, _, visit = arrived(key)
        story.does(FamilyDeclined(visit=visit))
        assert entering(story, visit)["entry.declined"].source is source


def test_going_on_although_an_animal_was_not_shut_away_is_noted() -> None:
    expected = {
        "st_patricks": (Source.CLAUSE, {"SP-50"}),
        "leyland": (Source.CLAUSE, {"LJ-49"}),
        "william_lilley": (Source.DEFAULT, set()),
        "norbury": (Source.DEFAULT, set()),
        "scargill": (Source.DEFAULT, set()),
    }
    for key in SCHOOLS:
        story, _, visit = arrived(key)
        story.does(AskAboutAnimal(visit=visit, moved=False))
        noted = entering(story, visit)["entry.animal"]
        assert (noted.source, set(noted.clauses)) == expected[key], key


def test_an_animal_that_was_shut_away_after_all_is_no_matter() -> None:
    story, _, visit = arrived("st_patricks")
    story.does(AskAboutAnimal(visit=visit, moved=False))
    story.does(AskAboutAnimal(visit=visit, moved=True))
    assert "entry.animal" not in entering(story, visit)


def test_going_in_after_all_when_it_had_been_called_off_as_unsafe_is_noted() -> None:
    expected = {
        "st_patricks": ("SP-46",),
        "norbury": ("NH-38",),
        "scargill": ("SC-32",),
        "leyland": (),
        "william_lilley": (),
    }
    for key in SCHOOLS:
        story, _, visit = arrived(key)
        story.does(CancelForSafety(visit=visit, reason="shouting inside"))
        noted = entering(story, visit)["entry.unsafe"]
        assert noted.clauses == expected[key]
        assert noted.source is (Source.CLAUSE if expected[key] else Source.DEFAULT)


def test_going_in_when_it_had_been_called_off_for_another_reason_is_not_unsafe() -> None:
    story, _, visit = arrived("st_patricks")
    story.does(CancelVisit(visit=visit, reason=CancelReason.OTHER))
    assert "entry.unsafe" not in entering(story, visit)


# A family that is late: SP-41


def test_going_in_before_a_family_that_warned_of_its_delay_is_there_is_noted() -> None:
    story, _, visit = arrived("st_patricks")
    story.does(ReportFamilyDelay(visit=visit))
    assert entering(story, visit, adult="other_adult")["entry.before_family"].clauses == ("SP-41",)
    story, _, visit = arrived("st_patricks")
    story.does(ReportFamilyDelay(visit=visit))
    assert "entry.before_family" not in entering(story, visit, adult="parent")


# The call before: SP-53


def test_going_in_before_ringing_is_noted_where_the_policy_asks_for_the_call() -> None:
    for key, clauses in (("st_patricks", ("SP-53",)), ("william_lilley", ()), ("scargill", ())):
        story, _, visit = arrived(key, rung=False)
        assert entering(story, visit)["entry.check_in"].clauses == clauses
    for key in ("leyland", "norbury"):
        story, _, visit = arrived(key, rung=False)
        assert "entry.check_in" not in entering(story, visit)


def test_at_st_patricks_the_call_is_due_even_where_nobody_opens_the_door() -> None:
    for rung in (True, False):
        story, _, visit = arrived("st_patricks", rung=rung)
        story.does(CancelVisit(visit=visit, reason=CancelReason.NO_ANSWER))
        assert ("door.check_in" in {d.rule for d in story.deviations()}) is not rung
    story, _, visit = arrived("william_lilley", rung=False)
    story.does(CancelVisit(visit=visit, reason=CancelReason.NO_ANSWER))
    assert "door.check_in" not in {d.rule for d in story.deviations()}, "Doorstep's advice is to ring before going in"


def test_a_visit_called_off_before_anybody_went_there_has_no_call() -> None:
    story = Story("st_patricks")
    visit = story.ask()
    story.does(CancelVisit(visit=visit, reason=CancelReason.NO_LONGER_NEEDED))
    assert story.deviations() == ()
