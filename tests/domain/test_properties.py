"""What holds for every command in every state: facts are never refused, and the same command sent twice is one."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.command import Command, CommandKind
from domain.decisions import COMMANDS, DECISIONS
from domain.ids import TripId, VisitId
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.trip.claims import held
from domain.trip.commands import (
    ClearTrip,
    Depart,
    LodgeWhereabouts,
    MakeCheckIn,
    RaiseOverdue,
    ReportDanger,
    ReturnToSchool,
)
from domain.trip.events import AlarmAbout, CheckIn
from domain.visit.commands import (
    Arrive,
    CancelVisit,
    ChildAlone,
    ConfirmAppointment,
    EnterHome,
    FamilyDeclined,
    NoAnswer,
    RefuseVisit,
    ReportFamilyDelay,
    SignVisitList,
)
from domain.visit.rules.signed_list import signer
from tests.domain.arbitrary import INSTANTS, commands
from tests.domain.story import SETTLED, Story, pupil_id, staff_id
from tests.ticks import yes_to

REFUSALS = (Refused, Incomplete, NotPermitted, Unknown)
FACTS = [kind for kind in DECISIONS if kind.KIND is CommandKind.FACT]
STORED_NOTHING_TO_SAY = {"undo", "raise-overdue", "view-record", "sign-for-desk", "end-desk"}
"""Nothing to take back, nothing due, nothing to open, nothing that a desk typed, no desk to end: these may leave nothing behind."""
SCHOOLS = ("st_patricks", "leyland", "william_lilley", "norbury", "scargill")
TWO = (staff_id("teacher"), staff_id("colleague"))
PEOPLE = ("teacher", "colleague", "head", "dsl", "slt", "office", "officer", "governor")


def in_a_state(key: str, state: str) -> tuple[Story, tuple[UUID, ...]]:
    """A school where a trip has come to some point, and the ids that are known there."""
    story = Story(key)
    if state == "nothing":
        return story, (*TWO, pupil_id("alex"))
    visit = story.ask()
    trip = story.plan(visit)
    steps: list[tuple[str, Callable[[], object]]] = [
        ("planned", lambda: None),
        ("approved", lambda: _approve(story, visit)),
        ("cleared", lambda: _clear(story, trip, visit)),
        ("out", lambda: story.does(Depart(trip=trip, people=TWO))),
        ("at the door", lambda: story.does(Arrive(visit=visit))),
        ("waiting", lambda: story.does(NoAnswer(visit=visit))),
        ("delayed", lambda: story.does(ReportFamilyDelay(visit=visit))),
        ("child alone", lambda: story.does(ChildAlone(visit=visit))),
        ("inside", lambda: story.does(EnterHome(visit=visit))),
        ("overdue", lambda: _overdue(story, trip)),
        ("danger", lambda: story.does(ReportDanger(trip=trip))),
        ("called off", lambda: story.does(CancelVisit(visit=visit))),
        ("declined", lambda: story.does(FamilyDeclined(visit=visit))),
        ("refused", lambda: story.does(RefuseVisit(visit=visit, reason="no"), by="head")),
        ("back", lambda: story.does(ReturnToSchool(trip=trip, people=TWO))),
    ]
    for name, step in steps:
        step()
        if name == state:
            break
    events = [r.envelope.event_id for r in story.log.all]
    sent = [r.envelope.command_id for r in story.log.all]
    return story, (visit, trip, *TWO, pupil_id("alex"), events[-1], events[0], sent[-1])


STATES = (
    "nothing",
    "planned",
    "approved",
    "cleared",
    "out",
    "at the door",
    "waiting",
    "delayed",
    "child alone",
    "inside",
    "overdue",
    "danger",
    "called off",
    "declined",
    "refused",
    "back",
)


def _approve(story: Story, visit: VisitId) -> None:
    for person in ("head", "dsl"):
        try:
            story.does(yes_to(visit), by=person)
        except NotPermitted:
            continue
    if signer(story.policy):
        story.does(SignVisitList(visit=visit), by="head")


def _clear(story: Story, trip: TripId, visit: VisitId) -> None:
    story.assesses(visit)
    story.does(ConfirmAppointment(visit=visit, appointment_at=story.now, **SETTLED))
    for holder in ("school_office", "line_manager", "safeguarding_team"):
        story.does(LodgeWhereabouts(trip=trip, holder=holder, agreed_call_at=story.now))
    story.prepared(trip)
    story.does(ClearTrip(trip=trip))


def _overdue(story: Story, trip: TripId) -> None:
    story.later(hours=5)
    story.does(RaiseOverdue(trip=trip, about=AlarmAbout.RETURN), by="doorstep")
    story.does(MakeCheckIn(trip=trip, when=CheckIn.OTHER))


def test_every_state_can_be_reached_at_every_school() -> None:
    for key in SCHOOLS:
        for state in STATES:
            assert in_a_state(key, state)


@pytest.mark.parametrize("kind", FACTS, ids=[kind.NAME for kind in FACTS])
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_fact_is_never_refused_and_always_leaves_something(kind: type[Command], data: st.DataObject) -> None:
    story, ids = in_a_state(data.draw(st.sampled_from(SCHOOLS)), data.draw(st.sampled_from(STATES)))
    command = data.draw(commands(kind, ids))
    at = data.draw(st.one_of(st.none(), INSTANTS))
    who = data.draw(st.sampled_from(PEOPLE))
    try:
        events = story.does(command, by=who, at=at)
    except Unknown:
        assert kind.NAME == "keep-reading", "what is not there cannot be opened; nothing else asks"
        return
    assert events or kind.NAME in STORED_NOTHING_TO_SAY
    for trip in {r.envelope.stream.id for r in story.log.all if r.envelope.stream.kind == "trip"}:
        held(story.trip(TripId(trip)))


@pytest.mark.parametrize("kind", [k for k in DECISIONS if k not in FACTS], ids=lambda kind: str(kind.NAME))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_plan_is_answered_or_turned_down_in_words_and_never_breaks(kind: type[Command], data: st.DataObject) -> None:
    story, ids = in_a_state(data.draw(st.sampled_from(SCHOOLS)), data.draw(st.sampled_from(STATES)))
    command = data.draw(commands(kind, ids))
    who = data.draw(st.sampled_from(PEOPLE))
    unmet = None
    try:
        story.does(command, by=who)
    except Refused as refused:
        unmet = refused.unmet
    except (Incomplete, NotPermitted, Unknown):
        return
    if unmet is not None:
        assert all(r.says and r.code for r in unmet)
        assert any(r.refuses for r in unmet)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_is_said_one_after_the_other_nothing_breaks(data: st.DataObject) -> None:
    story, ids = in_a_state(data.draw(st.sampled_from(SCHOOLS)), data.draw(st.sampled_from(STATES)))
    for kind in data.draw(st.lists(st.sampled_from(list(DECISIONS)), max_size=8)):
        command = data.draw(commands(kind, ids))
        by: Any = data.draw(st.sampled_from(PEOPLE))
        try:
            story.does(command, by=by)
        except REFUSALS:
            assert kind.KIND is not CommandKind.FACT or kind.NAME == "keep-reading"


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_command_decided_twice_under_one_id_makes_the_same_new_things(data: st.DataObject) -> None:
    """So that a retry after a conflict, or a second send, can never make two trips or two concerns of one."""
    story, ids = in_a_state(data.draw(st.sampled_from(SCHOOLS)), data.draw(st.sampled_from(STATES)))
    kind = COMMANDS[data.draw(st.sampled_from(sorted(COMMANDS)))]
    command = data.draw(commands(kind, ids))
    command_id = data.draw(st.uuids())

    def decided() -> object:
        try:
            return story.decides(command, command_id=command_id)
        except REFUSALS as refusal:
            return type(refusal)

    assert decided() == decided()
