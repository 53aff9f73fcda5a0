"""Who must be told: the people the policy names, as it asks, one message each, and never shown as told."""

from typing import Any

import pytest

from domain.concern.commands import RaiseConcern
from domain.ids import EventId
from domain.refusal import Incomplete, NotPermitted
from domain.roles import Role
from domain.shared.commands import CorrectEvent, DisownSpokenWord, SayTold, Undo
from domain.staff.commands import EndRole, NameLineManager
from domain.trip.commands import CallEmergency, DangerIsOver, ReportDanger, StandDown
from domain.visit.commands import ChangeAppointment, ReportRunningLate
from domain.visit.events import Outcome, SafetyKind
from eventlog.seam import Appended
from projections import notices
from projections.notice_rules import ABOUT
from tests.projections.leaving import Leaving
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World
from tests.scenarios.school import School


def concern(school: School, visit: Visit | None = None, **fields: Any) -> Appended:
    """Somebody says what worries them."""
    return school.send(RaiseConcern(visit=visit.id if visit else None, **fields), by=school.teacher)


def test_a_concern_at_st_patricks_is_an_email_to_the_head_and_one_message_to_the_dsl(world: World) -> None:
    """AC-70, SP-57, SP-59, SP-67: the DSL holds two roles and hears once."""
    school = world.school("SP")
    concern(school, school.ask())
    assert Leaving(school).told("concern") == {"Dora Dessel": (), "Hilda Head": ("email",)}
    (told,) = Leaving(school).notices("concern")
    assert {n.speed for n in told.notices} == {"asap"}
    assert "SP-57" in told.clauses


def test_one_person_in_two_of_the_roles_gets_one_message_by_the_channel_that_either_asks_for(world: World) -> None:
    """SP-59."""
    school = world.school("SP")
    both = school.joins("Bo Both", Role.DSL, Role.HEADTEACHER)
    concern(school)
    (told,) = Leaving(school).notices("concern")
    mine = [n for n in told.notices if n.person == both.id]
    assert len(mine) == 1
    assert (mine[0].words, mine[0].channels) == (("DSL|DDSL", "headteacher"), ("email",))


def test_an_absent_dsl_is_stood_in_for_and_the_deputy_is_told(world: World) -> None:
    """DV-05."""
    school = world.school("LJ")
    school.deputise(school.ddsl, Role.DSL, "08:00", "17:00", instead_of=school.dsl)
    school.at("09:00")
    concern(school)
    assert list(Leaving(school).told("concern")) == ["Dinah Deputy"]


def test_who_is_told_are_those_who_held_the_role_when_it_happened(world: World) -> None:
    """Roles change; what was said then stands."""
    school = world.school("LJ")
    concern(school)
    leaving = Leaving(school)
    before = leaving.told("concern")
    school.joins("Nora New", Role.DSL)
    assert leaving.told("concern") == before == {"Dora Dessel": ()}


def test_a_role_that_nobody_holds_shows_that_nobody_can_be_told(world: World) -> None:
    """Silence is never all clear."""
    school = world.school("SP")
    school.send(EndRole(staff=school.head.id, role=Role.HEADTEACHER), by=None)
    school.later(minutes=1)
    concern(school)
    (told,) = Leaving(school).notices("concern")
    assert [(n.name, n.kind) for n in told.notices] == [("Dora Dessel", "person"), ("headteacher", "nobody")]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("SP", {"Hilda Head": ("email",)}),
        ("LJ", {"Dora Dessel": (), "Hilda Head": ()}),
        ("SC", {"Dora Dessel": ("email",), "Hilda Head": ("email",)}),
    ],
)
def test_a_safety_cancellation_is_told_to_those_the_policy_names(
    world: World, policy: str, expected: dict[str, tuple[str, ...]]
) -> None:
    """AC-60, AC-64, SP-47, SP-51: pending until sent."""
    school = world.school(policy)
    visit = school.ask()
    visit.arrive()
    visit.cancel_for_safety(SafetyKind.ANIMAL, "a dog")
    (told,) = Leaving(school).notices("safety_cancellation")
    assert {n.name: n.channels for n in told.notices} == expected
    assert {n.status for n in told.notices} == {"pending"}


def test_at_norbury_the_line_manager_of_whoever_goes_hears_and_the_family_is_rung(world: World) -> None:
    """AC-65, NH-39, NH-47."""
    school = world.school("NH")
    school.send(NameLineManager(staff=school.teacher.id, manager=school.slt.id), by=school.head)
    visit = school.ask()
    school.plan_trip(visit)
    visit.arrive()
    visit.cancel_for_safety(SafetyKind.FEELING)
    told = Leaving(school).told("safety_cancellation")
    assert "Sam Senior" in told
    assert "Lena Line" not in told
    assert told["family"] == ("telephone",)


def test_a_child_alone_is_told_to_the_safeguarding_team_by_telephone_at_once(world: World) -> None:
    """AC-68, WL-29."""
    school = world.school("WL")
    visit = school.ask()
    visit.child_alone()
    (told,) = Leaving(school).notices("child_alone")
    assert {n.name for n in told.notices} == {"Dora Dessel", "Dinah Deputy"}
    assert {(n.speed, n.channels) for n in told.notices} == {("immediate", ("telephone",))}
    assert told.clauses == ("WL-29",)


def test_a_concern_that_a_child_is_alone_is_one_message_a_person_and_by_telephone(world: World) -> None:
    """AC-68: the safeguarding team hears of any concern; of this one by telephone, and once."""
    school = world.school("WL")
    concern(school, category="child_alone")
    told = Leaving(school).told("child_alone")
    assert told == {"Dora Dessel": ("telephone",), "Dinah Deputy": ("telephone",)}
    assert Leaving(school).notices("concern") == ()


def test_danger_and_999_are_told_to_head_and_dsl(world: World) -> None:
    """LJ-62."""
    school = world.school("LJ")
    trip = school.plan_trip()
    trip.depart()
    school.send(ReportDanger(trip=trip.id), by=school.teacher)
    school.send(CallEmergency(trip=trip.id), by=school.teacher)
    for about in ("danger", "emergency"):
        assert set(Leaving(school).told(about)) == {"Hilda Head", "Dora Dessel"}


def test_a_notice_of_danger_says_who_is_out_and_where(world: World) -> None:
    school = world.school("LJ")
    trip = school.plan_trip()
    trip.depart()
    school.send(ReportDanger(trip=trip.id), by=school.teacher)
    (told,) = Leaving(school).notices("danger")
    assert "Tess Teacher" in told.people
    assert told.street == "1 Acorn Road"


def test_a_notice_about_a_child_names_the_child_and_nobody_who_went(world: World) -> None:
    school = world.school("WL")
    concern(school, category="child_alone")
    (told,) = Leaving(school).notices("child_alone")
    assert told.people == ()


def test_dropping_one_of_two_after_clearance_tells_slt_and_so_does_leaving_without_ok(world: World) -> None:
    """AC-28, DV-20."""
    school = world.school("NH")
    trip = school.ready_trip()
    trip.name_team(school.teacher)
    trip.depart()
    leaving = Leaving(school)
    assert "Sam Senior" in leaving.told("clearance_voided")
    assert "Sam Senior" in leaving.told("left_without_ok")


def test_a_stand_down_tells_the_watcher(world: World) -> None:
    """Design section 3: somebody must reach them."""
    school = world.school("LJ")
    trip = school.plan_trip()
    trip.watcher(school.office, school.office_manager)
    trip.depart()
    school.send(StandDown(trip=trip.id), by=school.head)
    assert set(Leaving(school).told("stand_down")) == {"Fran Front", "Max Manager"}


def test_at_william_lilley_the_safeguarding_team_hears_of_a_planned_visit_beforehand(world: World) -> None:
    """WL-49."""
    school = world.school("WL")
    trip = school.plan_trip()
    leaving = Leaving(school)
    (told,) = leaving.notices("told_beforehand")
    assert told.clauses == ("WL-49",)
    assert {n.speed for n in told.notices} == {"beforehand"}
    trip.lodge("safeguarding_team")
    assert leaving.notices("told_beforehand") == ()


def test_a_disowned_word_is_told_to_the_dsl(world: World) -> None:
    """Design section 3: disowning tells the DSL."""
    school = world.school("LJ")
    said = school.ask().approve(school.office, said_by=school.head)
    event = said.recorded[0].envelope.event_id
    school.send(DisownSpokenWord(event=event), by=school.head)
    assert set(Leaving(school).told("disowned")) == {"Dora Dessel"}


def test_a_child_not_seen_is_told_to_the_dsl_once_the_same_day_and_no_more_once_the_child_is_seen(world: World) -> None:
    """Design section 3: not seen opens a same-day decision."""
    school = world.school("LJ")
    visit = school.ask()
    visit.arrive()
    visit.outcome(Outcome.ADULT_ONLY)
    visit.left()
    leaving = Leaving(school)
    (told,) = leaving.notices("child_not_seen")
    assert [(n.name, n.speed) for n in told.notices] == [("Dora Dessel", "today")]
    visit.outcome(Outcome.SEEN)
    assert leaving.notices("child_not_seen")[0].taken_back


def test_a_family_that_declines_a_safeguarding_visit_is_told_to_the_dsl_and_another_is_not(world: World) -> None:
    """NH-06."""
    school = world.school("NH")
    school.ask().family_declines()
    leaving = Leaving(school)
    assert leaving.notices("declined") == ()
    school.ask(purpose="safe_and_well").family_declines()
    assert set(leaving.told("declined")) == {"Dora Dessel"}


@pytest.mark.clauses("SP-44", "LJ-41")
def test_a_changed_appointment_and_running_late_are_told_as_the_policy_asks(world: World) -> None:
    """SP-44, LJ-41."""
    school = world.school("SP")
    visit = school.ask()
    visit.appointment("14:00")
    command = ChangeAppointment(visit=visit.id, appointment_at=school.time("15:00"))
    school.send(command, by=school.teacher)
    assert set(Leaving(school).told("appointment_changed")) == {"Hilda Head"}
    late = world.school("LJ")
    late.send(ReportRunningLate(visit=late.ask().id, minutes=12), by=late.teacher)
    assert set(Leaving(late).told("running_late")) == {"family"}
    late.send(ReportRunningLate(visit=late.ask().id, minutes=5, family_told=True), by=late.teacher)
    assert len(Leaving(late).notices("running_late")) == 1


def test_a_concern_for_a_child_who_is_not_on_roll_names_the_local_authority_and_keeps_the_dsl_informed(
    world: World,
) -> None:
    """LJ-69: nothing goes to an outside body by itself."""
    school = world.school("LJ")
    concern(school, on_roll=False)
    leaving = Leaving(school)
    assert set(leaving.told("concern")) == {"Dora Dessel"}
    (told,) = leaving.notices("concern_not_on_roll")
    assert [n.kind for n in told.notices] == ["outside"]


def test_a_mistaken_tap_is_marked_as_no_longer_so_and_never_as_told(world: World) -> None:
    """DV-19."""
    school = world.school("LJ")
    visit = school.ask()
    stored = visit.child_alone()
    command = Undo(command=stored.recorded[0].envelope.command_id)
    school.send(command, by=school.teacher)
    (told,) = Leaving(school).notices("child_alone")
    assert told.taken_back
    assert {n.status for n in told.notices} == {"pending"}


def test_a_notice_is_told_when_a_person_says_that_they_told_somebody_and_nobody_else_is(world: World) -> None:
    """Law 4: a message not delivered is never shown as told."""
    school = world.school("SP")
    stored = concern(school)
    leaving = Leaving(school)
    (told,) = leaving.notices("concern")
    assert {n.status for n in told.notices} == {"pending"}
    school.later(minutes=20)
    event = EventId(stored.recorded[0].envelope.event_id)
    say = SayTold(event=event, about="concern", person=school.head.id, channel="in_person", note="in her room")
    school.send(say, by=school.office, at="08:10")
    (told,) = leaving.notices("concern")
    by = {n.name: n for n in told.notices}
    head = by["Hilda Head"]
    assert (head.status, head.told_by, head.told_how, head.told_note) == (
        "told",
        "Fran Front",
        "in_person",
        "in her room",
    )
    assert head.told_at == school.time("08:10")
    assert by["Dora Dessel"].status == "pending"


def test_what_was_said_to_be_told_by_mistake_waits_again(world: World) -> None:
    """The twin: a correction takes it back."""
    school = world.school("SP")
    event = EventId(concern(school).recorded[0].envelope.event_id)
    stored = school.send(SayTold(event=event, about="concern", person=school.head.id), by=school.office)
    target = EventId(stored.recorded[0].envelope.event_id)
    school.send(CorrectEvent(event=target, reason="that was about another child", retracts=True), by=school.office)
    (told,) = Leaving(school).notices("concern")
    assert {n.status for n in told.notices} == {"pending"}


def test_a_family_is_told_by_its_role_word_and_who_sees_no_notices_ticks_none_off(world: World) -> None:
    school = world.school("NH")
    stored = school.ask().cancel_for_safety(SafetyKind.PEOPLE)
    event = EventId(stored.recorded[0].envelope.event_id)
    with pytest.raises(NotPermitted):
        school.send(SayTold(event=event, about="safety_cancellation", word="family"), by=school.teacher)
    with pytest.raises(Incomplete, match="who was told"):
        school.send(SayTold(event=event, about="safety_cancellation"), by=school.office)
    school.send(SayTold(event=event, about="safety_cancellation", word="family"), by=school.office)
    (told,) = Leaving(school).notices("safety_cancellation")
    assert {n.kind: n.status for n in told.notices}["family"] == "told"
    assert {n.status for n in told.notices if n.kind != "family"} == {"pending"}


def _grave(school: School) -> tuple[int, int]:
    """How many things wait in the menu's number, and how many dangers on the DSL's page."""
    leaving = Leaving(school)
    waits = leaving.ask(lambda view: notices.how_many_wait(view, notices.lately(school.now)))
    listed = leaving.ask(lambda view: notices.dangers(view, school.known))
    assert leaving.ask(notices.how_many_dangers) == len(listed)
    return waits, len(listed)


def test_a_danger_that_is_over_waits_until_the_dsl_says_that_they_know_of_it(world: World) -> None:
    school = world.school("SP")
    trip = school.ready_trip()
    stored = trip.danger()
    school.send(DangerIsOver(trip=trip.id), by=school.teacher)
    (danger,) = Leaving(school).ask(lambda view: notices.dangers(view, school.known))
    assert (danger.told.about, danger.over_at) == ("danger", school.now)
    event = EventId(stored.recorded[0].envelope.event_id)
    assert _grave(school) == (1, 1)
    school.send(SayTold(event=event, about="danger", person=school.head.id), by=school.office)
    assert _grave(school) == (1, 1), "the head was told, the DSL was not"
    told = school.send(SayTold(event=event, about="danger", person=school.dsl.id), by=school.dsl)
    assert _grave(school) == (0, 0)
    target = EventId(told.recorded[0].envelope.event_id)
    school.send(CorrectEvent(event=target, reason="another day", retracts=True), by=school.dsl)
    assert _grave(school) == (1, 1), "taken back, it waits again"
    Leaving(school).assert_rebuilt_the_same()


def test_a_danger_tapped_by_mistake_waits_for_nobody(world: World) -> None:
    school = world.school("SP")
    stored = school.ready_trip().danger()
    school.send(Undo(command=stored.recorded[0].envelope.command_id), by=school.teacher)
    assert _grave(school) == (0, 0)


def test_what_happened_before_the_last_days_is_not_counted_and_a_danger_waits_however_old_it_is(world: World) -> None:
    school = world.school("SP")
    school.ready_trip().danger()
    school.later(minutes=9 * 24 * 60)
    assert _grave(school) == (0, 1)


def test_each_person_sees_what_they_must_be_told(world: World) -> None:
    """The list of one person."""
    school = world.school("SP")
    concern(school)
    leaving = Leaving(school)
    assert [n.name for one in leaving.notices(person=school.head) for n in one.notices] == ["Hilda Head"]
    assert leaving.notices(person=school.office) == ()


def test_rebuilt_from_the_first_event_the_notices_are_the_same_bytes(world: World) -> None:
    """AC-117, DV-17."""
    school = world.school("NH")
    trip = school.ready_trip()
    trip.name_team(school.teacher)
    trip.depart()
    stored = trip.visit.child_alone()
    event = stored.recorded[0].envelope.event_id
    school.send(CorrectEvent(event=event, reason="no", retracts=True), by=school.dsl)
    concern(school, trip.visit)
    leaving = Leaving(school)
    assert {one.about for one in leaving.notices()} <= set(ABOUT)
    leaving.assert_rebuilt_the_same()
