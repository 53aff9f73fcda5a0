"""What a person meets when asking: a purpose kept on the school site, and a family that had said no."""

from datetime import timedelta

import pytest

from domain.refusal import Incomplete
from domain.trip.commands import ClearTrip, LodgeWhereabouts
from domain.visit.commands import ConfirmAppointment, FamilyDeclined, RequestVisit
from tests.domain.story import SETTLED, Story, pupil_id, staff_id


def asks(purpose: str, **fields: str) -> RequestVisit:
    return RequestVisit(pupils=(pupil_id("alex"),), purpose=purpose, purpose_text="to talk", **fields)  # type: ignore[arg-type]


@pytest.mark.clauses("SP-09")
def test_a_purpose_kept_on_the_school_site_needs_slt_and_nobody_elses_reason_will_do() -> None:
    story = Story("st_patricks")
    unmet = story.refused(asks("behaviour", override_reason="The family cannot come in"), by="teacher")
    assert unmet["purpose.blocked"].clauses == ("SP-09",)
    own = RequestVisit(
        pupils=(pupil_id("alex"),),
        purpose="behaviour",
        purpose_text="to talk",
        reasons={"purpose.blocked": "I think it will help"},
    )
    assert "purpose.blocked" in story.refused(own, by="teacher")
    assert story.does(asks("behaviour", override_reason="The family cannot come in"), by="slt")


def test_children_of_two_homes_are_asked_for_one_by_one_or_with_the_address_where_they_all_are() -> None:
    story = Story("leyland")
    both = RequestVisit(pupils=(pupil_id("alex"), pupil_id("billie")), purpose="attendance", purpose_text="to talk")
    with pytest.raises(Incomplete, match="children of one home"):
        story.decides(both)
    visit = story.ask(pupils=both.pupils, address="3 Mill Lane, Testford")
    assert story.visit(visit).street == "3 Mill Lane"


def test_a_time_agreed_after_the_family_had_declined_overtakes_their_no() -> None:
    story = Story("norbury")
    visit = story.ask()
    story.does(FamilyDeclined(visit=visit, who="The mother"), by="office")
    assert story.visit(visit).declined_at is not None
    story.later(minutes=5)
    story.does(ConfirmAppointment(visit=visit, appointment_at=story.now + timedelta(hours=3), **SETTLED), by="office")
    assert story.visit(visit).declined_at is None


def test_one_person_told_for_two_places_is_told_that_a_second_must_know() -> None:
    story = Story("norbury")
    trip = story.plan()
    for holder in ("line_manager", "front_office"):
        story.does(LodgeWhereabouts(trip=trip, holder=holder, told=staff_id("office")), by="office")
    unmet = story.refused(ClearTrip(trip=trip), by="office")["whereabouts.left"]
    assert unmet.says == "One person was told in two places: tell a second one, for 2 must know"
    assert unmet.who == ("the line manager", "the front office")
