"""Restricted cases: taken always, to whom they go, who is inside, and what closes them. DV-08."""

from typing import Any

import pytest

from commands.gathering import NO_SETTINGS
from domain.case import state as case_state
from domain.case.commands import (
    CloseCase,
    HoldCase,
    LeaveOutOfCase,
    LetIntoCase,
    NameInCase,
    NoteCase,
    RaiseAllegation,
    RaiseCase,
    RaiseComplaint,
    RecordIntervention,
)
from domain.case.inside import Inside, inside
from domain.case.state import CaseState
from domain.command import Command
from domain.ids import CaseId, CommandId, EventId, StreamKind, case_stream
from domain.refusal import NotPermitted, Unknown
from domain.roles import Role
from domain.shared.commands import ConfirmSpokenWord, CorrectEvent, ExplainDeviation, SayTold, SettleSpokenWord, Undo
from domain.shared.events import EventCorrected
from domain.staff.state import Person, RoleHeld
from tests.domain.story import MONDAY, Story, a_person, a_policy, staff_id

HEAD, CHAIR, DSL, DDSL = (staff_id(name) for name in ("head", "chair", "dsl", "ddsl"))


class Told(Story):
    """A school in which somebody raises cases."""

    def raises(self, command: RaiseCase, by: str = "teacher") -> CaseId:
        """The case that comes of it."""
        self.does(command, by=by)
        return CaseId(self.last(StreamKind.CASE))

    def case(self, case: CaseId) -> CaseState:
        """The case now."""
        return case_state.fold(case, self.log.read(case_stream(case)))

    def inside(self, case: CaseId) -> Inside:
        """Who is inside now."""
        return inside(self.case(case).circle, self.people, self.now)

    def names(self, case: CaseId) -> set[str]:
        """By name, in small letters."""
        return {self.people[one].name.lower() for one in self.inside(case).everybody}


@pytest.mark.clauses("SP-68", "SP-69", "LJ-13", "LJ-70", "SC-41", "SC-42")
@pytest.mark.parametrize("key", ["st_patricks", "leyland", "william_lilley", "norbury", "scargill"])
@pytest.mark.parametrize("raising", [RaiseAllegation, RaiseComplaint])
def test_an_allegation_and_a_complaint_go_to_the_headteacher_at_every_school(
    key: str, raising: type[RaiseCase]
) -> None:
    told = Told(key)
    assert told.names(told.raises(raising(text="shouted at a child"))) == {"head"}


def test_a_route_that_names_a_role_goes_to_that_role() -> None:
    told = Told(a_policy("norbury", case_routes={"allegation": "DSL", "complaint": "SLT"}))
    assert told.names(told.raises(RaiseAllegation())) == {"dsl"}
    assert told.names(told.raises(RaiseComplaint())) == {"slt", "head"}


def test_a_route_to_those_who_see_no_child_goes_to_the_chair() -> None:
    told = Told(a_policy("norbury", case_routes={"allegation": "governor", "complaint": "administrator"}))
    assert told.names(told.raises(RaiseAllegation())) == {"chair"}
    assert told.names(told.raises(RaiseComplaint())) == {"chair"}


@pytest.mark.parametrize("said", [{"about": (HEAD,)}, {"about_headteacher": True}])
def test_what_is_about_the_headteacher_goes_to_the_chair_of_governors(said: dict[str, Any]) -> None:
    told = Told()
    assert told.names(told.raises(RaiseAllegation(**said))) == {"chair"}


def test_where_nobody_chairs_the_governors_the_dsl_hears_what_is_about_the_headteacher() -> None:
    told = Told()
    told.knows(a_person("chair", Role.GOVERNOR))
    assert told.names(told.raises(RaiseAllegation(about=(HEAD,)))) == {"dsl", "ddsl"}
    assert told.names(told.raises(RaiseAllegation(about=(HEAD, DSL)))) == set(), "her deputies answer to her"


def test_what_is_about_the_headteacher_goes_to_nobody_who_stands_in_for_them() -> None:
    told = Told()
    standing_in = RoleHeld(role=Role.HEADTEACHER, deputising_for=HEAD)
    told.knows(a_person("slt", Role.SLT, standing_in))
    case = told.raises(RaiseAllegation(about=(HEAD,)))
    assert told.names(case) == {"chair"}
    told.later(days=30)
    told.knows(a_person("head", RoleHeld(role=Role.HEADTEACHER, ends=told.now)))
    told.later(days=1)
    assert told.names(case) == {"chair"}, "who was headteacher when it was raised"
    assert told.names(told.raises(RaiseAllegation())) == {"slt"}


def test_the_fact_is_kept_by_a_school_with_no_settings_and_nobody_to_tell() -> None:
    told = Told("norbury")
    told.policy = NO_SETTINGS
    assert told.names(told.raises(RaiseAllegation())) == {"head"}
    told.people = {staff_id("teacher"): told.people[staff_id("teacher")]}
    case = told.raises(RecordIntervention())
    assert told.names(case) == set()


@pytest.mark.clauses("SP-64", "SP-66", "SC-37", "SC-39")
def test_use_of_force_goes_to_dsl_and_head_and_to_neither_who_used_it() -> None:
    told = Told("st_patricks")
    assert told.names(told.raises(RecordIntervention(text="held"))) == {"dsl", "head"}
    assert told.names(told.raises(RecordIntervention(about=(DSL,)))) == {"head"}
    assert told.names(told.raises(RecordIntervention(about=(DSL, HEAD)))) == {"chair"}


def test_whoever_raised_it_is_outside_and_a_later_head_is_inside() -> None:
    told = Told()
    case = told.raises(RaiseAllegation(text="x"), by="slt")
    with pytest.raises(Unknown, match="case"):
        told.decides(NoteCase(case=case, text="and another thing"), by="slt")
    told.knows(a_person("head", RoleHeld(role=Role.HEADTEACHER, ends=MONDAY)))
    told.knows(a_person("newcomer", Role.HEADTEACHER))
    assert told.names(case) == {"newcomer"}


def about(case: CaseId) -> tuple[Command, ...]:
    return (
        NoteCase(case=case, text="x"),
        LetIntoCase(case=case, person=staff_id("colleague")),
        LeaveOutOfCase(case=case, person=HEAD),
        NameInCase(case=case, person=HEAD),
        CloseCase(case=case, outcome="none"),
        HoldCase(case=case, why="court"),
    )


@pytest.mark.clauses("DV-08")
@pytest.mark.parametrize("who", ["teacher", "colleague", "dsl", "ddsl", "slt", "office", "chair", "governor"])
def test_to_everybody_outside_a_case_is_like_none(who: str) -> None:
    told = Told()
    case = told.raises(RaiseAllegation(about=(staff_id("teacher"),)))
    for there, nowhere in zip(about(case), about(CaseId(staff_id("nothing"))), strict=True):
        said = []
        for command in (there, nowhere):
            with pytest.raises(Unknown) as refusal:
                told.decides(command, by=who)
            said.append(str(refusal.value))
        assert said == ["unknown case"] * 2


def test_no_command_about_any_event_reaches_into_a_case() -> None:
    told = Told()
    told.does(RaiseAllegation(text="x"), by="office", said_by="teacher")
    event = told.log.all[-1].envelope.event_id
    for one in (event, EventId(staff_id("nothing"))):
        for command in (
            CorrectEvent(event=one, reason="no", texts={"text": "y"}),
            ConfirmSpokenWord(event=one),
            SettleSpokenWord(event=one, action="none"),
            SayTold(event=one, about="concern", person=HEAD),
            ExplainDeviation(event=one, reason="none"),
        ):
            with pytest.raises(Unknown, match="unknown event"):
                told.decides(command, by="teacher")


def test_a_handler_lets_in_by_name_and_leaves_out_again() -> None:
    told = Told()
    case = told.raises(RaiseAllegation(about=(staff_id("teacher"),)))
    told.does(LetIntoCase(case=case, person=DSL, why="takes notes"), by="head")
    assert told.inside(case) == Inside(frozenset({HEAD}), frozenset({DSL}))
    told.does(NoteCase(case=case, text="spoke to the mother"), by="dsl")
    for command in about(case)[1:]:
        with pytest.raises(NotPermitted, match="those who handle"):
            told.decides(command, by="dsl")
    told.does(LeaveOutOfCase(case=case, person=DSL), by="head")
    assert told.names(case) == {"head"}
    told.does(LetIntoCase(case=case, person=DSL), by="head")
    assert told.names(case) == {"head", "dsl"}


def test_nobody_is_let_in_whom_it_is_about_or_who_sees_no_child() -> None:
    told = Told()
    case = told.raises(RaiseAllegation(about=(staff_id("teacher"),)))
    for who in ("teacher", "governor"):
        with pytest.raises(NotPermitted):
            told.decides(LetIntoCase(case=case, person=staff_id(who)), by="head")
    told.does(LetIntoCase(case=case, person=CHAIR), by="head")
    assert told.names(case) == {"head", "chair"}


def test_whoever_is_found_to_be_the_one_is_outside_whatever_their_role() -> None:
    told = Told()
    case = told.raises(RaiseAllegation(about_described="somebody in the office"))
    told.does(LetIntoCase(case=case, person=DSL), by="head")
    told.does(NameInCase(case=case, person=DSL), by="head")
    assert told.names(case) == {"head"}
    told.does(NameInCase(case=case, person=HEAD), by="head")
    assert told.names(case) == {"chair"}


def test_a_case_is_never_left_to_nobody() -> None:
    told = Told()
    told.knows(a_person("chair", Role.GOVERNOR))
    case = told.raises(RaiseAllegation())
    told.does(LeaveOutOfCase(case=case, person=HEAD), by="head")
    assert told.names(case) == {"dsl", "ddsl"}
    told.does(LeaveOutOfCase(case=case, person=DDSL), by="dsl")
    assert "case.nobody_left" in told.refused(LeaveOutOfCase(case=case, person=DSL), by="dsl")


def test_who_has_left_the_school_is_outside() -> None:
    told = Told()
    case = told.raises(RaiseAllegation())
    told.does(LetIntoCase(case=case, person=DSL), by="head")
    told.knows(Person(id=DSL, name="Dsl", here=False))
    assert told.names(case) == {"head"}


@pytest.mark.clauses("SP-65", "SC-38")
@pytest.mark.parametrize(("key", "clause"), [("st_patricks", "SP-65"), ("scargill", "SC-38")])
def test_use_of_force_closes_once_it_is_said_why_it_was_the_last_resort(key: str, clause: str) -> None:
    told = Told(key)
    case = told.raises(RecordIntervention(text="ran at the road; held", harm=True))
    needed = told.refused(CloseCase(case=case, outcome="none"), by="head")
    assert needed["case.last_resort"].clauses == (clause,)
    told.does(CloseCase(case=case, outcome="none", why_last_resort="a car was coming"), by="dsl")
    assert told.case(case).closed_at == told.now
    said = told.raises(RecordIntervention(why_last_resort="a car was coming"))
    told.does(CloseCase(case=said, outcome="none"), by="dsl")


def test_where_the_policy_is_silent_on_force_its_reason_is_advice() -> None:
    told = Told("norbury")
    told.does(CloseCase(case=told.raises(RecordIntervention()), outcome="none"), by="head")


@pytest.mark.clauses("LJ-13")
def test_at_leyland_the_head_answers_a_complaint_before_it_is_closed() -> None:
    told = Told("leyland")
    case = told.raises(RaiseComplaint(text="they came late", from_whom="Ms Brook"))
    assert told.refused(CloseCase(case=case, outcome="none"), by="head")["case.answer"].clauses == ("LJ-13",)
    told.does(NoteCase(case=case, text="wrote and said sorry", answer=True), by="head")
    told.does(CloseCase(case=case, outcome="none"), by="head")


@pytest.mark.clauses("SP-69", "SC-42")
@pytest.mark.parametrize(
    ("key", "route"), [("st_patricks", "complaints_procedure"), ("scargill", "complaints_procedure")]
)
def test_at_schools_with_a_procedure_a_complaint_says_which(key: str, route: str) -> None:
    told = Told(key)
    case = told.raises(RaiseComplaint(text="they came late"))
    assert told.case(case).route == route
    told.does(CloseCase(case=case, outcome="none"), by="head")


def test_who_is_told_is_kept_as_of_then_and_is_never_whom_it_is_about() -> None:
    told = Told()
    (event,) = told.does(RaiseAllegation(about=(HEAD,)))
    assert event.told == (CHAIR,)  # type: ignore[attr-defined]  # AllegationRouted
    (event,) = told.does(RaiseAllegation())
    assert event.told == (HEAD,)  # type: ignore[attr-defined]


def test_a_mistaken_tap_is_marked_and_the_case_stays() -> None:
    told = Told()
    command_id = CommandId(staff_id("a command"))
    told.does(RaiseAllegation(about=(HEAD,)), command_id=command_id)
    case = CaseId(told.last(StreamKind.CASE))
    (undone,) = told.does(Undo(command=command_id))
    assert isinstance(undone, EventCorrected)
    assert told.names(case) == {"chair"}
    named = CommandId(staff_id("another command"))
    told.does(NameInCase(case=case, person=DSL), by="chair", command_id=named)
    assert told.does(Undo(command=named), by="chair") == ()
