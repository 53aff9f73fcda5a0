"""Times offered, one agreed, signed and altered: what each of the five policies asks for, and nothing besides."""

from datetime import timedelta
from typing import Any

import pytest

from domain.policy import Force, Source
from domain.refusal import Incomplete, Refused
from domain.trip.commands import ClearTrip, PlanTrip
from domain.visit.commands import (
    Arrive,
    AssessRisk,
    ChangeAppointment,
    ConfirmAppointment,
    OfferAppointments,
    SignAppointment,
)
from domain.visit.events import AppointmentChanged, AppointmentConfirmed, AppointmentHow, AppointmentSigned, KeptAt
from domain.visit.rules.appointment import minutes_after, missing_for_entry
from tests.domain.story import MONDAY, SETTLED, Story, staff_id
from tests.domain.test_appointment_and_readiness import needed, ready

TWO = MONDAY + timedelta(hours=2)
THREE = MONDAY + timedelta(hours=3)
FIVE = ["st_patricks", "leyland", "william_lilley", "norbury", "scargill"]


def agreeing(story: Story, **how: Any) -> ConfirmAppointment:
    return ConfirmAppointment(visit=story.ask(), appointment_at=TWO, **how)


# Times offered: NH-05


@pytest.mark.clauses("NH-05")
def test_at_norbury_the_family_chooses_among_two_times_or_names_one() -> None:
    """AC-42."""
    story = Story("norbury")
    offered = story.refused(agreeing(story, offers=1))["appointment.offers"]
    assert (offered.force, offered.clauses) == (Force.MUST, ("NH-05",))
    assert "at least 2 times" in offered.says
    assert "1 was offered" in offered.says
    assert story.decides(agreeing(story, offers=2))
    assert story.decides(agreeing(story, family_named_it=True))


@pytest.mark.clauses("NH-05")
def test_the_times_on_record_as_offered_count_each_once() -> None:
    story = Story("norbury")
    visit = story.ask()
    story.does(OfferAppointments(visit=visit, times=(TWO, TWO)))
    agreed = ConfirmAppointment(visit=visit, appointment_at=TWO)
    assert "appointment.offers" in story.refused(agreed)
    story.does(OfferAppointments(visit=visit, times=(THREE,)))
    assert story.visit(visit).offered == (TWO, THREE)
    (event,) = story.does(agreed)
    assert isinstance(event, AppointmentConfirmed)
    assert event.offers == 2


@pytest.mark.parametrize("key", [key for key in FIVE if key != "norbury"])
def test_elsewhere_no_choice_is_demanded(key: str) -> None:
    story = Story(key)
    assert story.decides(agreeing(story))


# A time that is over


@pytest.mark.parametrize("key", FIVE)
def test_no_appointment_is_made_for_a_time_that_is_over(key: str) -> None:
    """Bad input: an appointment in the past."""
    story, before = Story(key), MONDAY - timedelta(minutes=1)
    visit = story.ask()
    for command in (
        ConfirmAppointment(visit=visit, appointment_at=before, **SETTLED),
        OfferAppointments(visit=visit, times=(TWO, before)),
    ):
        with pytest.raises(Incomplete) as wrong:
            story.decides(command)
        assert wrong.value.expected == "a time to come"
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO, **SETTLED))
    with pytest.raises(Incomplete):
        story.decides(ChangeAppointment(visit=visit, appointment_at=before))


def test_come_in_now_is_an_appointment_within_the_minute() -> None:
    story = Story("leyland")
    story.later(seconds=40)
    assert story.decides(ConfirmAppointment(visit=story.ask(), appointment_at=MONDAY))


# By telephone: LJ-36, LJ-38


@pytest.mark.clauses("LJ-36")
def test_at_leyland_a_call_is_shown_where_none_was_made_and_keeps_nobody() -> None:
    story = Story("leyland")
    call = needed(story, story.plan())["appointment.call"]
    assert (call.force, call.clauses) == (Force.ADVISE, ("LJ-36",))
    unannounced = needed(story, story.plan(story.ask(purpose="safe_and_well")))
    assert not [code for code in unannounced if code.startswith("appointment")]


@pytest.mark.clauses("LJ-38")
def test_at_leyland_the_call_settles_address_length_and_questions() -> None:
    """AC-44. The ticks on card and travel are shown where they are asked."""
    story = Story("leyland")
    trip = story.plan()
    (visit,) = story.trip(trip).visits
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO, address_settled=True))
    missing = story.refused(ClearTrip(trip=trip, reasons={"appointment.settled": "in a hurry"}))["appointment.settled"]
    assert (missing.force, missing.clauses) == (Force.MUST, ("LJ-38",))
    assert missing.says.endswith("how long the visit lasts and the family was asked for questions")
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO, **SETTLED))
    assert "appointment.settled" not in needed(story, trip)


def test_what_was_agreed_face_to_face_was_no_call() -> None:
    story = Story("leyland")
    trip = story.plan()
    (visit,) = story.trip(trip).visits
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO, how=AppointmentHow.IN_PERSON))
    assert "appointment.settled" not in needed(story, trip)


@pytest.mark.parametrize("key", [key for key in FIVE if key != "leyland"])
def test_elsewhere_a_call_settles_only_the_time(key: str) -> None:
    story = Story(key)
    trip = story.plan()
    story.does(ConfirmAppointment(visit=story.trip(trip).visits[0], appointment_at=TWO, offers=2))
    assert "appointment.settled" not in needed(story, trip)


# In writing, kept at the office, signed: SC-15 to SC-17


@pytest.mark.clauses("SC-15", "SC-17")
def test_at_scargill_the_home_opens_to_what_is_written_kept_at_the_office_and_signed_by_both() -> None:
    story = Story("scargill")
    visit = story.ask()

    def lacking() -> str:
        return missing_for_entry(story.policy, story.visit(visit))

    assert lacking().endswith("without an appointment")
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO))
    assert lacking().endswith("without an appointment confirmed in writing")
    written: dict[str, Any] = {"appointment_at": TWO, "how": AppointmentHow.WRITTEN}
    story.does(ConfirmAppointment(visit=visit, kept_at=KeptAt.ELSEWHERE, **written))
    assert lacking().endswith("not kept at the school office")
    story.does(ConfirmAppointment(visit=visit, **written))
    agreed = story.visit(visit).appointment
    assert agreed is not None
    assert agreed.kept_at is KeptAt.SCHOOL_OFFICE
    assert lacking().endswith("whose signatures are not kept")
    story.does(SignAppointment(visit=visit, parents="Mrs Brook"))
    assert lacking().endswith("whose signatures are not kept"), "one of the two"
    story.does(SignAppointment(visit=visit, officer=staff_id("officer")))
    assert lacking() == ""


@pytest.mark.clauses("SC-16")
def test_an_appointment_says_time_place_and_pupil() -> None:
    story = Story("scargill")
    visit = story.ask()
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO, how=AppointmentHow.WRITTEN))
    kept = story.visit(visit)
    assert kept.appointment is not None
    assert (kept.appointment.at, kept.address, [story.pupils[p].name for p in kept.pupils]) == (
        TWO,
        "1 alex Road, Testford",
        ["alex"],
    )


@pytest.mark.parametrize("key", ["st_patricks", "william_lilley"])
@pytest.mark.clauses("SP-26")
def test_that_a_visit_stays_at_the_door_is_said_beforehand_and_keeps_nobody(key: str) -> None:
    story = Story(key)
    visit = story.ask()
    entry = needed(story, story.plan(visit))["appointment.entry"]
    assert entry.force is Force.ADVISE
    assert entry.says == "As it stands this visit stays at the door: nobody goes inside without an appointment"
    assert (entry.source is Source.DEFAULT) is (key == "william_lilley")
    unannounced = "safeguarding_unseen" if key == "st_patricks" else "safe_and_well"
    assert "appointment.entry" not in needed(story, story.plan(story.ask(purpose=unannounced)))


def test_signatures_are_on_an_appointment_by_parents_or_by_the_attendance_officer() -> None:
    story = Story("scargill")
    visit = story.ask()
    with pytest.raises(Refused):
        story.decides(SignAppointment(visit=visit, parents="Mrs Brook"))
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO, how=AppointmentHow.WRITTEN))
    for nobody in (SignAppointment(visit=visit), SignAppointment(visit=visit, officer=staff_id("teacher"))):
        with pytest.raises(Incomplete):
            story.decides(nobody)
    assert story.does(SignAppointment(visit=visit, parents=" Mrs Brook ")) == (AppointmentSigned(parents="Mrs Brook"),)


# Altered: SP-43, SP-44, DV-20


@pytest.mark.clauses("SP-44")
def test_an_alteration_keeps_old_and_new_and_signatures_for_the_old_time_fall() -> None:
    story = Story("scargill")
    visit = story.ask()
    with pytest.raises(Refused):
        story.decides(ChangeAppointment(visit=visit, appointment_at=THREE))
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO, how=AppointmentHow.WRITTEN, signed=True))
    (changed,) = story.does(ChangeAppointment(visit=visit, appointment_at=THREE, how=AppointmentHow.WRITTEN))
    assert isinstance(changed, AppointmentChanged)
    assert (changed.was, changed.at) == (TWO, THREE)
    assert "signatures" in missing_for_entry(story.policy, story.visit(visit))


def test_a_change_that_was_kept_before_its_manner_was_leaves_what_was_signed() -> None:
    story = Story("scargill")
    visit = story.ask()
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO, how=AppointmentHow.WRITTEN, signed=True))
    story.does(ChangeAppointment(visit=visit, appointment_at=THREE))
    old = story.log.all[-1]
    story.log.all[-1] = old._replace(event=AppointmentChanged(was=TWO, at=THREE))
    assert missing_for_entry(story.policy, story.visit(visit)) == ""


def test_on_another_day_an_assessment_from_before_is_stale() -> None:
    story, trip = ready("leyland")
    (visit,) = story.trip(trip).visits
    story.does(AssessRisk(visit=visit, kind="lone_worker"), by="head")
    story.does(ChangeAppointment(visit=visit, appointment_at=THREE))
    assert story.visit(visit).changed is None, "the same day"
    story.does(ChangeAppointment(visit=visit, appointment_at=THREE + timedelta(days=1)))
    assert story.visit(visit).changed is not None


@pytest.mark.clauses("SP-43")
@pytest.mark.parametrize(("key", "clauses"), [("st_patricks", ("SP-43",)), ("norbury", ())])
def test_an_appointment_that_the_trip_cannot_keep_warns(key: str, clauses: tuple[str, ...]) -> None:
    story = Story(key)
    visit = story.ask()
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO, offers=2))
    plan = PlanTrip(visits=(visit,), leave_at=TWO + timedelta(minutes=1), back_by=TWO + timedelta(hours=1))
    story.does(plan)
    from_log = next(r.envelope.stream.id for r in story.log.all if r.envelope.topic == "trip.planned.v1")
    outside = needed(story, from_log)["appointment.outside_trip"]  # type: ignore[arg-type]  # a trip's own id
    assert (outside.force, outside.clauses) == (Force.ADVISE, clauses)
    again = story.plan(story.visit(visit).id)
    assert "appointment.outside_trip" not in needed(story, again)


@pytest.mark.clauses("SP-43")
def test_when_they_stood_at_the_door_is_held_beside_the_agreed_time() -> None:
    story = Story("st_patricks")
    visit = story.ask()
    assert minutes_after(story.visit(visit)) is None
    story.does(ConfirmAppointment(visit=visit, appointment_at=TWO))
    assert minutes_after(story.visit(visit)) is None
    story.now = TWO + timedelta(minutes=6, seconds=30)
    story.does(Arrive(visit=visit))
    assert minutes_after(story.visit(visit)) == 6
