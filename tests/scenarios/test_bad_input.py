"""Bad input, each with a clear answer: plans are turned down in words, facts are kept and flagged. Law 1."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from msgspec.structs import replace

from commands.bus import Sender
from commands.ids import new_command_id
from domain.access.commands import KeepReading
from domain.concern.commands import ActionConcern, RaiseConcern
from domain.ids import ConcernId, EventId, PupilId, StaffId, TripId, VisitId
from domain.pupil.commands import AdmitPupil, BringInPupil, RecordFamily
from domain.pupil.events import Carer, Telephone
from domain.refusal import Incomplete, NotPermitted, Unknown
from domain.shared.commands import CorrectEvent
from domain.shared.events import DeviationNoted, KeptAsSent
from domain.trip.commands import (
    CallEmergency,
    ClearTrip,
    Depart,
    MakeCheckIn,
    ReportDanger,
    ReturnToSchool,
    SafeByVoice,
)
from domain.visit.commands import ApproveVisit, Arrive, DecideForChild, EnterHome, KeepNote, NoAnswer
from domain.visit.events import NotSeenDecision, StaffArrived
from eventlog.errors import UnknownSchool
from tests.scenarios.cast import Child, Someone
from tests.scenarios.doors import Visit
from tests.scenarios.harness import World
from tests.ticks import yes_to

NOBODY = StaffId(uuid4())


def topics(stored: object) -> list[str]:
    return [r.envelope.topic for r in stored.recorded]  # type: ignore[attr-defined]  # what was appended


# A family


def test_a_family_with_no_telephone_and_no_reason(world: World) -> None:
    """Bad input (issue 5): asked back, and stored once it says why; a number that must not be rung is none."""
    school = world.school("NH")
    child = school.admit()
    never = Carer(name="Ms Brook", phones=(Telephone(number="07700 900123", do_not_ring=True),))
    for said in (RecordFamily(pupil=child.id, language="Polish"), RecordFamily(pupil=child.id, carers=(never,))):
        with pytest.raises(Incomplete, match="why there is none"):
            school.send(said, by=school.office)
        school.send(replace(said, phone_none_reason="letters are answered"), by=school.office)


@pytest.mark.parametrize("field", ["name", "title", "relation", "phone"])
def test_an_adult_whose_name_fills_a_book_and_a_family_of_thousands(world: World, field: str) -> None:
    school = world.school("NH")
    child = school.admit()
    long = replace(Carer(name="Ms Brook", phone="07700 900123"), **{field: "W" * 100_000})
    for carers in ((long,), (Carer(name="Ms Brook", phone="07700 900123"),) * 4_000):
        for said in (
            RecordFamily(pupil=child.id, carers=carers),
            AdmitPupil(given_name="Ava", family_name="Brook", carers=carers),
            BringInPupil(given_name="Ava", family_name="Brook", born=date(2017, 5, 2), carers=carers),
        ):
            with pytest.raises(Incomplete, match="at most"):
                school.send(said, by=school.office)


def test_a_pupil_with_a_upn_whose_check_letter_does_not_fit(world: World) -> None:
    """Bad input (issue 5)."""
    school = world.school("NH")
    with pytest.raises(Incomplete, match="check letter"):
        school.send(AdmitPupil(given_name="Ava", family_name="Brook", upn="A801200005001"), by=school.office)


# Unknown


@pytest.mark.parametrize(
    "slug", ["nowhere", "School_1", "school-1", "school_1; drop schema public", "", "school_1_views"]
)
def test_a_school_that_is_not_there(world: World, slug: str) -> None:
    """Bad input: unknown school, for plans and facts alike."""
    school = world.school("LJ")
    sender = Sender(actor=school.teacher.id, command_id=new_command_id())
    with pytest.raises(UnknownSchool):
        world.run(world.bus.send(slug, KeepNote(text="hello"), sender))


def test_a_visit_a_trip_a_pupil_a_concern_or_an_event_that_is_not_there(world: World) -> None:
    """Bad input: plans about nothing are unknown, and store nothing."""
    school = world.school("LJ")
    before = school.log.head()
    plans = (
        lambda: Visit(school, VisitId(uuid4())).approve(school.head),
        lambda: school.send(ClearTrip(trip=TripId(uuid4())), by=school.head),
        lambda: school.ask(child=Child(PupilId(uuid4()), "nobody")),
        lambda: school.send(ActionConcern(concern=ConcernId(uuid4()), action="rang", why="x"), by=school.dsl),
        lambda: school.send(CorrectEvent(event=EventId(uuid4()), reason="x", retracts=True), by=school.dsl),
        lambda: school.send(KeepReading(visit=VisitId(uuid4())), by=school.dsl),
        lambda: school.plan_trip(Visit(school, VisitId(uuid4()))),
        lambda: school.plan_trip(team=(school.teacher, Someone(NOBODY, "nobody"))),
        lambda: school.ask().approve(school.office, said_by=Someone(NOBODY, "nobody")),
    )
    for plan in plans:
        with pytest.raises(Unknown):
            plan()
    requested = 2  # the everyday visits of the last two are there
    assert school.log.head() == before + requested


def test_a_stranger_says_nothing_here_not_even_a_fact(world: World) -> None:
    """Bad input: an unknown sender is the one who is turned away."""
    school = world.school("LJ")
    before = school.log.head()
    for command in (KeepNote(text="hello"), Depart(), ReportDanger(), ApproveVisit(visit=VisitId(uuid4()))):
        with pytest.raises(NotPermitted, match="does not know who you are"):
            school.send(command, by=Someone(NOBODY, "nobody"))
    assert school.log.head() == before


# Another school


def test_somebody_of_another_school_is_a_stranger(world: World) -> None:
    """Bad input: another school's staff."""
    ours, theirs = world.school("LJ"), world.school("WL")
    with pytest.raises(NotPermitted):
        ours.ask().approve(theirs.head)
    with pytest.raises(NotPermitted):
        ours.send(ReportDanger(text="?"), by=theirs.teacher)


def test_another_schools_visit_is_no_visit_here(world: World) -> None:
    """Bad input: a plan about another school's visit is unknown; a fact stays here, flagged, and nothing is there."""
    ours, theirs = world.school("LJ"), world.school("WL")
    visit = theirs.ask()
    before = theirs.log.head()
    with pytest.raises(Unknown):
        ours.send(yes_to(visit.id), by=ours.head)
    ours.send(NoAnswer(visit=visit.id), by=ours.teacher)
    assert "visit.not_requested" in [f.rule for f in ours.flags()]
    assert theirs.log.head() == before
    assert visit.state.no_answer_at is None


# Roles


def test_a_role_that_may_not(world: World) -> None:
    """Bad input: who may is said."""
    school = world.school("LJ")
    visit = school.ask()
    concern = school.send(RaiseConcern(text="x"), by=school.teacher).recorded[0].envelope.stream.id
    decide = DecideForChild(
        visit=visit.id, pupil=school.child.id, decision=NotSeenDecision.TRY_AGAIN, why="nobody was in"
    )
    for says, command, by in (
        ("the headteacher", yes_to(visit.id), school.teacher),
        ("DSL", decide, school.teacher),
        ("DSL", ActionConcern(concern=ConcernId(concern), action="x", why="x"), school.office),
    ):
        with pytest.raises(NotPermitted, match=says):
            school.send(command, by=by)


def test_a_governor_reads_and_plans_nothing_and_is_heard_all_the_same(world: World) -> None:
    """Bad input: a governor's plan is turned down, also on somebody else's word; a governor's worry is taken."""
    school = world.school("LJ")
    visit = school.ask()
    with pytest.raises(NotPermitted, match="Governors"):
        school.ask(by=school.governor)
    with pytest.raises(NotPermitted, match="Governors"):
        visit.approve(school.governor, said_by=school.head)
    school.send(RaiseConcern(text="seen at the fair in school hours"), by=school.governor)


# Times


def test_back_by_before_departure(world: World) -> None:
    """Bad input: refused in a plan, naming the field; kept in a fact, and due at once."""
    school = world.school("WL")
    for back_by in ("13:00", "12:59"):
        with pytest.raises(Incomplete) as found:
            school.plan_trip(leave="13:00", back_by=back_by)
        assert found.value.field == "back_by"
        with pytest.raises(Incomplete):
            school.ask(leave_at=school.time("13:00"), back_by=school.time(back_by))
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart(back_by="12:00")
    school.watch()
    assert trip.state.open_alarms
    assert school.board(trip).state == "overdue"


def test_half_of_two_times(world: World) -> None:
    """Bad input: one of the two times is asked for by name."""
    school = world.school("WL")
    with pytest.raises(Incomplete) as found:
        school.ask(leave_at=school.time("13:00"))
    assert found.value.field == "back_by"


def test_a_plan_for_a_time_that_has_not_come(world: World) -> None:
    """Bad input: nobody approves tomorrow what they can only say tomorrow."""
    school = world.school("LJ")
    visit = school.ask()
    with pytest.raises(Incomplete) as found:
        visit.approve(school.head, at="2026-09-15T09:00")
    assert found.value.field == "at"


def test_a_fact_from_the_future_is_kept_now_and_flagged(world: World) -> None:
    """Bad input: a phone whose clock is wrong must not make anybody safe who is not, nor lose what it says."""
    school = world.school("WL")
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart()
    school.at("13:30")
    trip.visit.arrive(at="2026-09-15T13:30")
    school.at("14:00")
    arrived, kept = (r for r in school.events(trip.visit)[-2:])
    assert isinstance(arrived.event, StaffArrived)
    assert arrived.envelope.occurred_at == school.time("13:30")
    assert isinstance(kept.event, KeptAsSent)
    assert "2026-09-15" in kept.event.unreadable["at"]


def test_a_clock_that_is_a_little_fast_is_no_matter(world: World) -> None:
    """Bad input, the twin: two minutes ahead."""
    school = world.school("WL")
    trip = school.ready_trip()
    school.at("13:00")
    trip.depart(at="13:02")
    assert not [r for r in school.events(trip) if isinstance(r.event, KeptAsSent)]


@pytest.mark.parametrize("when", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_a_time_that_no_calendar_holds_breaks_nothing(world: World, when: datetime) -> None:
    """Bad input: facts at the ends of time are kept."""
    school = world.school("WL")
    trip = school.ready_trip()
    trip.depart()
    sender = Sender(actor=school.teacher.id, command_id=new_command_id(), at=when)
    world.run(world.bus.send(school.slug, Arrive(visit=trip.visit.id), sender))
    assert school.board(trip).state != "unreadable"


# Facts in any state


def test_facts_come_in_any_order_late_and_with_everything_missing(world: World) -> None:
    """Bad input: never a no. Law 1, DV-13, DV-15."""
    school = world.school("SP")
    visit = school.ask()
    school.later(hours=3)
    back = school.send(ReturnToSchool(), by=school.teacher)
    assert topics(back) == ["trip.fact_came_loose.v1", "trip.returned.v1"]
    assert "visit.home_entered.v1" in topics(school.send(EnterHome(visit=visit.id), by=school.teacher, at="09:10"))
    assert topics(school.send(Arrive(visit=visit.id), by=school.teacher, at="09:05")) == ["visit.arrived.v1"]
    for command in (SafeByVoice(), MakeCheckIn(), ReportDanger(), CallEmergency(), KeepNote(), RaiseConcern()):
        assert topics(school.send(command, by=school.colleague))
    noted = [r for r in school.events(visit) if isinstance(r.event, DeviationNoted)]
    assert noted, "what differs from the policy is beside it"
    late = next(r.envelope for r in school.events(visit) if r.envelope.topic == "visit.arrived.v1")
    assert (late.occurred_at, late.recorded_at) == (school.time("09:05"), school.now), "both times stay visible"


def test_a_speaker_whom_nobody_knows_is_kept_as_text(world: World) -> None:
    """Bad input: a fact typed for an unknown person is the typist's, and says so."""
    school = world.school("SP")
    trip = school.ready_trip()
    stored = trip.depart(by=school.office, said_by=Someone(NOBODY, "nobody"))
    assert all(r.envelope.said_by is None for r in stored.recorded)
    (kept,) = [r.event for r in stored.recorded if isinstance(r.event, KeptAsSent)]
    assert kept.unreadable == {"said_by": str(NOBODY)}


def test_who_is_out_on_one_trip_can_say_that_they_leave_on_another(world: World) -> None:
    """Bad input: a plan is refused because the person is taken; the fact is kept, and both trips are watched."""
    school = world.school("WL")
    first = school.ready_trip(back_by="14:00")
    school.at("13:00")
    first.depart()
    second = school.plan_trip(school.ask(child=school.admit()), leave="13:30", back_by="16:00")
    for visit in second.visits:
        visit.approve(school.head)
    for holder in ("reception", "safeguarding_team"):
        second.lodge(holder)
    second.all_as_policy()
    assert school.refused(second.clear).codes == {"person.on_another_trip"}
    second.depart()
    school.at("16:00:01")
    school.watch()
    assert first.state.open_alarms
    assert second.state.open_alarms


def test_a_visit_is_on_one_open_trip_at_most(world: World) -> None:
    """Bad input: planned again while its trip is open. Design section 3."""
    school = world.school("WL")
    trip = school.ready_trip()
    assert school.refused(lambda: school.plan_trip(trip.visit)).codes == {"visit.on_another_trip"}
    trip.call_off()
    school.plan_trip(trip.visit)


def test_words_of_every_kind_are_kept_as_they_are(world: World) -> None:
    """Bad input: HTML, formulas and control characters are text."""
    school = world.school("WL")
    trip = school.ready_trip()
    trip.depart()
    for text in (
        "<script>alert(1)</script>",
        "=HYPERLINK(1)",
        "a\u202eb\x07c",
        "\U0001f9d2" * 500,
        "'; DROP TABLE x; --",
    ):
        stored = school.send(KeepNote(visit=trip.visit.id, text=text), by=school.teacher)
        assert stored.recorded[0].event.text == text  # type: ignore[attr-defined]  # a note
