"""What is put on record about staff, and what is turned away: days to come, agencies without their employer's word."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from domain.command import Command
from domain.refusal import Incomplete, Refused, Unknown
from domain.roles import Role
from domain.shared.commands import CorrectEvent
from domain.staff import commands as c
from domain.staff import events as e
from domain.staff.on_record import Designated, OnRecord
from domain.staff.state import Person, RoleHeld, fold
from tests.domain.story import MONDAY, Story, a_person, staff_id

TODAY = MONDAY.date()
TOMORROW = TODAY + timedelta(days=1)
TEACHER = staff_id("teacher")
BOTH = (TEACHER, staff_id("colleague"))


def kept(story: Story, command: Command, *, by: str = "office") -> Person:
    """The teacher, after what was put on record; begun anew, so that only this is on it."""
    story.does(command, by=by)
    return fold(TEACHER, [r for r in story.log.all if r.envelope.stream.id == TEACHER])


@pytest.mark.clauses("SP-32", "SP-34", "SC-24")
def test_a_training_day_is_one_command_for_everybody_who_was_there() -> None:
    story = Story("scargill")
    day = c.RecordTraining(staff=(*BOTH, TEACHER), courses=("first_aid", "equipment", "first_aid"), done_on=TODAY)
    events = story.does(day, by="office")
    assert [event.course for event in events if isinstance(event, e.TrainingRecorded)] == ["first_aid", "equipment"] * 2
    assert {r.envelope.stream.id for r in story.log.all} == set(BOTH)


@pytest.mark.clauses("SP-35")
def test_who_gave_the_training_is_kept_with_it() -> None:
    command = c.RecordTraining(staff=(TEACHER,), courses=("first_aid",), done_on=TODAY, organiser="the local authority")
    (event,) = Story("st_patricks").does(command, by="office")
    assert isinstance(event, e.TrainingRecorded)
    assert event.organiser == "the local authority"


FUTURE = {
    "training dated in the future": (
        c.RecordTraining(staff=(TEACHER,), courses=("first_aid",), done_on=TOMORROW),
        "done_on",
    ),
    "a check dated in the future": (
        c.RecordChecks(staff=(TEACHER,), checks=("enhanced_dbs",), made_on=TOMORROW),
        "made_on",
    ),
    "an employer's word dated in the future": (
        c.RecordAttestation(
            staff=staff_id("agency"), employer="A", attested_by="B", attested_on=TOMORROW, checks=("x",)
        ),
        "attested_on",
    ),
    "training that lapsed before it was done": (
        c.RecordTraining(staff=(TEACHER,), courses=("x",), done_on=TODAY, valid_until=TODAY - timedelta(days=1)),
        "valid_until",
    ),
    "a designation that ends before it begins": (
        c.NameDesignatedVisitor(staff=TEACHER, since=TODAY, until=TODAY - timedelta(days=1)),
        "until",
    ),
    "a school's own check of somebody from an agency": (
        c.RecordChecks(staff=(staff_id("agency"),), checks=("enhanced_dbs",), made_on=TODAY),
        "staff",
    ),
    "an employer's word about the school's own staff": (
        c.RecordAttestation(staff=TEACHER, employer="A", attested_by="B", attested_on=TODAY, checks=("x",)),
        "staff",
    ),
    "an employer's word with no employer": (
        c.RecordAttestation(staff=staff_id("agency"), attested_by="B", attested_on=TODAY, checks=("x",)),
        "employer",
    ),
    "a designated visitor from an agency": (c.NameDesignatedVisitor(staff=staff_id("agency")), "staff"),
}


@pytest.mark.parametrize("what", FUTURE)
def test_what_cannot_be_is_turned_away_with_the_field(what: str) -> None:
    command, field = FUTURE[what]
    with pytest.raises(Incomplete) as refused:
        Story("william_lilley").decides(command, by="head")
    assert refused.value.field == field


def test_nothing_is_put_on_record_of_somebody_unknown_or_gone() -> None:
    story = Story("st_patricks")
    with pytest.raises(Unknown):
        story.decides(c.RecordTraining(staff=(staff_id("nobody"),), courses=("x",), done_on=TODAY), by="office")
    story.knows(Person(id=TEACHER, name="Teacher"))
    assert set(story.refused(c.RecordTraining(staff=BOTH, courses=("x",), done_on=TODAY), by="office")) == {
        "staff.not_here"
    }


@pytest.mark.clauses("SP-61")
def test_checks_are_kept_with_the_day_they_were_made() -> None:
    both = ("enhanced_dbs", "barred_list")
    person = kept(Story("st_patricks"), c.RecordChecks(staff=(TEACHER,), checks=both, made_on=date(2024, 3, 11)))
    assert [(check.check, check.made_on) for check in person.record.checks] == [
        (one, date(2024, 3, 11)) for one in both
    ]


@pytest.mark.clauses("WL-16")
def test_somebody_from_an_agency_is_let_in_with_their_employers_word_at_once() -> None:
    story = Story("william_lilley")
    command = c.AdmitAgencyProfessional(
        name="Agnes Agency",
        employer="Alderwater",
        attested_by="P. Lark",
        attested_on=TODAY,
        checks=("enhanced_dbs", "barred_list"),
        valid_until=TODAY,
        mobile="07700 900123",
    )
    story.does(command, by="office")
    person = fold(staff_id("new"), story.log.all)
    assert (person.kind, person.employer, person.mobile) == ("agency_professional", "Alderwater", "07700 900123")
    assert {check.attested_by for check in person.record.checks} == {"P. Lark, Alderwater"}
    barred = person.record.check("barred_list")
    assert barred is not None
    assert (barred.made_on, barred.valid_until) == (TODAY, TODAY)


@pytest.mark.clauses("WL-04")
def test_a_designation_ends_at_once_and_its_days_before_stay() -> None:
    story = Story("william_lilley")
    spells = (Designated(date(2026, 1, 12)),)
    story.knows(a_person("teacher", Role.TEACHER, record=OnRecord(designated=spells)))
    assert story.does(c.EndDesignation(staff=TEACHER), by="head") == (e.DesignationEnded(on=TODAY - timedelta(days=1)),)
    person = kept(Story("william_lilley"), c.NameDesignatedVisitor(staff=TEACHER, since=date(2026, 1, 12)), by="head")
    assert person.record.designated_on(TODAY)
    story.knows(a_person("teacher", Role.TEACHER, record=OnRecord()))
    assert story.does(c.EndDesignation(staff=TEACHER), by="head") == ()


@pytest.mark.clauses("SP-61")
def test_what_was_put_on_record_by_mistake_is_taken_off_by_its_event_and_both_stay_in_the_log() -> None:
    story = Story("st_patricks")
    person = kept(story, c.RecordChecks(staff=(TEACHER,), checks=("enhanced_dbs",), made_on=TODAY))
    (held,) = person.record.checks
    assert held.event is not None
    after = kept(story, CorrectEvent(event=held.event, reason="another teacher's", retracts=True), by="head")
    assert after.record.checks == ()
    assert story.log.head() == 2


# Deputies


def deputy(name: str, starts: float, ends: float | None) -> c.AssignRole:
    until = MONDAY + timedelta(hours=ends) if ends is not None else None
    return c.AssignRole(
        staff=staff_id(name),
        role=Role.DSL,
        starts=MONDAY + timedelta(hours=starts),
        ends=until,
        deputising_for=staff_id("dsl"),
    )


@pytest.mark.parametrize(
    ("starts", "ends", "overlaps"),
    [(0, 9, True), (3, 5, True), (8, None, True), (9, 12, False), (-4, 0, False), (-4, 0.5, True)],
)
def test_two_people_never_deputise_for_one_at_the_same_time(
    starts: float, ends: float | None, *, overlaps: bool
) -> None:
    """DV-05, and bad input: overlapping deputies."""
    story = Story("leyland")
    until = MONDAY + timedelta(hours=9)
    held = RoleHeld(role=Role.DSL, starts=MONDAY, ends=until, deputising_for=staff_id("dsl"))
    story.knows(a_person("slt", Role.SLT, held))
    if overlaps:
        refused = story.refused(deputy("colleague", starts, ends), by="head")
        assert "Slt deputises for Dsl" in refused["deputy.overlaps"].says
        assert refused["deputy.overlaps"].who == ("the headteacher", "the DSL")
    else:
        assert story.does(deputy("colleague", starts, ends), by="head")


def test_deputies_of_two_people_may_stand_in_at_the_same_time() -> None:
    story = Story("leyland")
    held = RoleHeld(role=Role.HEADTEACHER, starts=MONDAY, deputising_for=staff_id("head"))
    story.knows(a_person("slt", Role.SLT, held))
    assert story.does(deputy("colleague", 0, 9), by="head")


def test_the_same_person_is_not_named_twice_for_the_same_time_either() -> None:
    story = Story("leyland")
    story.knows(a_person("slt", RoleHeld(role=Role.DSL, deputising_for=staff_id("dsl"))))
    with pytest.raises(Refused):
        story.decides(deputy("slt", 0, 9), by="head")


@pytest.mark.parametrize(("name", "instead_of"), [("dsl", "dsl"), ("slt", "teacher")])
def test_a_deputy_stands_in_for_somebody_else_who_holds_the_role(name: str, instead_of: str) -> None:
    """DV-05: nobody becomes the DSL by standing in for themselves, or for somebody who is none."""
    story = Story("leyland")
    with pytest.raises(Incomplete) as refused:
        story.decides(replace(deputy(name, 0, 9), deputising_for=staff_id(instead_of)), by="head")
    assert refused.value.field == "deputising_for"
