"""A DSL of another school reads here in an emergency: what it takes, how long it lasts, and that it is looked at afterwards."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from commands.permission import from_outside, glass_of, may_send
from domain.access.commands import KeepList
from domain.command import Command, CommandKind
from domain.decisions import DECISIONS, decide
from domain.envelope import Acting, Envelope, Recorded
from domain.event import Event
from domain.glass import commands as c
from domain.glass import events as e
from domain.ids import CommandId, EventId, SchoolSlug, StaffId, outsider_id, staff_stream
from domain.permissions import COMMANDS, QUESTIONS, Question, may, words_of
from domain.policy import Policy
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.roles import ANYBODY, Role
from domain.shared.commands import CorrectEvent, Undo
from domain.situation import Situation
from domain.staff import state as staff
from domain.staff.commands import AssignRole, RegisterNumber
from domain.staff.state import Person, RoleHeld

HERE, HOME = SchoolSlug("elm_park"), SchoolSlug("beckside")
DORA = outsider_id(HOME, StaffId(uuid4()))
DSL = StaffId(uuid4())
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
BREAK = c.BreakGlass(
    name="Dora Deane",
    home=HOME,
    home_name="Beckside",
    role=Role.DSL,
    reason="Her brother is alone at home, and nobody at your school answers.",
    minutes=30,
    confirmed_by="passkey",
    device="a Mac",
)


class AtElmPark:
    """The outsider's stream at the school that she reads at."""

    def __init__(self) -> None:
        """Nobody has come yet."""
        self.recorded: list[Recorded] = []
        self.now = NOON

    @property
    def dora(self) -> Person:
        """The outsider as the school knows her."""
        return staff.fold(DORA, self.recorded)

    def situation(self, by: StaffId, *targets: Recorded) -> Situation:
        """What is known now, when `by` speaks."""
        people = {DSL: Person(id=DSL, name="Asha", roles=(RoleHeld(role=Role.DSL),), here=True)}
        return Situation(
            school=HERE,
            acting=Acting(actor=by, role=Role.DSL, command_id=CommandId(uuid4()), occurred_at=self.now),
            now=self.now,
            policy=Policy(key="", title="", version=0, settings={}, clauses={}),
            people={**people, **({DORA: self.dora} if self.recorded else {})},
            targets=targets,
        )

    def send(self, command: Command, by: StaffId = DORA, *targets: Recorded) -> tuple[Event, ...]:
        """Decide, and keep what came of it."""
        decision = decide(command, self.situation(by, *targets))
        for entry in decision:
            assert entry.stream == staff_stream(DORA)
            self.keep(entry.event, by)
        return tuple(entry.event for entry in decision)

    def keep(self, event: Event, by: StaffId) -> None:
        """As the log would."""
        envelope = Envelope(
            event_id=EventId(uuid4()),
            school=HERE,
            stream=staff_stream(DORA),
            version=len(self.recorded) + 1,
            index=len(self.recorded) + 1,
            topic=event.TOPIC,
            occurred_at=self.now,
            device_at=None,
            recorded_at=self.now,
            actor=by,
            role=Role.DSL,
            said_by=None,
            deputising_for=None,
            command_id=CommandId(uuid4()),
            correlation_id=None,
            causation_id=None,
            policy_version=1,
            corrects=None,
            key_id=None,
            salt=b"",
        )
        self.recorded.append(Recorded(envelope, event))

    @property
    def broken(self) -> Recorded:
        """The last time that it was broken."""
        return next(r for r in reversed(self.recorded) if isinstance(r.event, e.GlassBroken))

    def about(self, kind: Any, **said: Any) -> Any:
        """A command about the last one."""
        return kind(event=self.broken.envelope.event_id, **said)


@pytest.fixture
def school() -> AtElmPark:
    return AtElmPark()


def test_it_is_open_until_the_minute_it_was_asked_for_and_no_longer(school: AtElmPark) -> None:
    school.send(BREAK)
    glass = school.dora.glass_at(NOON)
    assert glass is not None
    assert glass.until == NOON + timedelta(minutes=30)
    assert school.dora.glass_at(glass.until - timedelta(microseconds=1)) == glass
    assert school.dora.glass_at(glass.until) is None


def test_the_outsider_is_known_by_name_and_school_and_is_nobody_here(school: AtElmPark) -> None:
    school.send(BREAK)
    dora = school.dora
    assert (dora.name, dora.employer, dora.outside, dora.here) == ("Dora Deane", "Beckside", True, False)
    assert dora.main_role(NOON) is Role.OUTSIDER
    assert not dora.works_with_children(NOON)
    assert not dora.roles_at(NOON)


@pytest.mark.parametrize("reason", ["", "  ", "Emergency", "a b c d e f", "..........................", "It is urgent"])
def test_without_a_reason_in_a_sentence_nothing_opens(reason: str, school: AtElmPark) -> None:
    with pytest.raises(Incomplete, match="reason"):
        school.send(replace(BREAK, reason=reason))


@pytest.mark.parametrize("minutes", [0, -15, 16, 61, 600])
def test_it_lasts_a_quarter_of_an_hour_half_an_hour_or_an_hour(minutes: int, school: AtElmPark) -> None:
    with pytest.raises(Incomplete, match="minutes"):
        school.send(replace(BREAK, minutes=minutes))


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.DSL, Role.DDSL}))
def test_nobody_but_a_dsl_or_a_deputy_breaks_it(role: Role, school: AtElmPark) -> None:
    command = replace(BREAK, role=role)
    with pytest.raises(NotPermitted):
        may_send(command, from_outside(command, DORA), NOON)
    with pytest.raises(Incomplete, match="role"):
        school.send(command)


def test_no_school_is_opened_from_itself(school: AtElmPark) -> None:
    with pytest.raises(Incomplete, match="home"):
        school.send(replace(BREAK, home=HERE))


def test_broken_again_the_one_before_is_over(school: AtElmPark) -> None:
    school.send(BREAK)
    first = school.broken.envelope.event_id
    school.now += timedelta(minutes=5)
    ended, _ = school.send(replace(BREAK, minutes=15))
    assert ended == e.GlassEnded(glass=first, how="opened again")
    glass = school.dora.glass_at(school.now)
    assert glass is not None
    assert glass.id != first
    assert school.dora.glass_at(glass.until) is None, "not the first one, which would have lasted longer"


@pytest.mark.parametrize("by", [DORA, DSL])
def test_whoever_broke_it_and_the_school_may_end_it_at_once(by: StaffId, school: AtElmPark) -> None:
    school.send(BREAK)
    school.now += timedelta(minutes=1)
    school.send(school.about(c.EndGlass), by, school.broken)
    assert school.dora.glass_at(school.now) is None
    assert school.dora.glasses[0].ended_by == by
    with pytest.raises(Refused):
        school.send(school.about(c.EndGlass), by, school.broken)


def test_it_is_reviewed_once_and_only_when_it_is_over(school: AtElmPark) -> None:
    school.send(BREAK)
    review = school.about(c.ReviewGlass, proper="no", note="Our deputy was in the building.")
    with pytest.raises(Refused, match=r"glass\.open"):
        school.send(review, DSL, school.broken)
    school.now += timedelta(minutes=30)
    assert school.dora.glasses[0].waits_for_review(school.now)
    school.send(review, DSL, school.broken)
    (glass,) = school.dora.glasses
    assert (glass.proper, glass.review, glass.reviewed_by) == (False, "Our deputy was in the building.", DSL)
    assert not glass.waits_for_review(school.now)
    with pytest.raises(Refused, match=r"glass\.reviewed"):
        school.send(review, DSL, school.broken)


@pytest.mark.parametrize("kind", [c.EndGlass, c.ReviewGlass])
def test_of_what_is_no_broken_glass_nothing_is_ended_or_reviewed(kind: Any, school: AtElmPark) -> None:
    said = {"proper": "yes", "note": "Fine."} if kind is c.ReviewGlass else {}
    with pytest.raises(Unknown):
        school.send(kind(event=EventId(uuid4()), **said), DSL)
    school.send(BREAK)
    school.send(school.about(c.EndGlass), DORA, school.broken)
    with pytest.raises(Unknown):
        school.send(kind(event=school.recorded[-1].envelope.event_id, **said), DSL, school.recorded[-1])


def test_that_somebody_read_here_is_never_undone_or_corrected_away(school: AtElmPark) -> None:
    school.send(BREAK)
    assert decide(Undo(command=CommandId(uuid4())), school.situation(DORA, school.broken)) == ()
    for by in (DORA, DSL):
        with pytest.raises(Incomplete):
            school.send(school.about(CorrectEvent, reason="never happened", retracts=True), by, school.broken)


@pytest.mark.parametrize(
    "command", [AssignRole(staff=DORA, role=Role.DSL), RegisterNumber(staff=DORA, mobile="07700 900123")]
)
def test_nobody_here_makes_the_outsider_one_of_the_staff(command: Command, school: AtElmPark) -> None:
    school.send(BREAK)
    with pytest.raises(Unknown):
        school.send(command, DSL)


def test_no_plan_and_no_closing_is_theirs_but_ending_it(school: AtElmPark) -> None:
    school.send(BREAK)
    given = [kind for kind in DECISIONS if kind.KIND is not CommandKind.FACT and may(school.dora, COMMANDS[kind], NOON)]
    assert given == [c.EndGlass]


def test_what_leaves_the_house_and_what_is_kept_of_staff_is_not_read_through_it(school: AtElmPark) -> None:
    school.send(BREAK)
    read = {q for q in Question if Role.OUTSIDER in words_of(QUESTIONS[q].may)}
    assert read == {
        *(
            Question.BOARD,
            Question.TRIP,
            Question.PUPIL_PICKER,
            Question.RAISE_CONCERN,
            Question.RAISE_CASE,
            Question.VISITS,
            Question.VISIT,
        ),
        *(
            Question.MY_VISITS,
            Question.HISTORY,
            Question.CHRONOLOGY,
            Question.FAMILY,
            Question.CONCERN,
            Question.WHO_LOOKED,
            Question.DSL,
        ),
        *(Question.NOTICES, Question.PEOPLE),
    }
    assert all(may(school.dora, QUESTIONS[q].may, NOON) for q in read)
    others = {q for q in set(Question) - read if may(school.dora, QUESTIONS[q].may, NOON)}
    assert all(ANYBODY in words_of(QUESTIONS[q].may) for q in others)
    over = NOON + timedelta(minutes=30)
    assert not [q for q in read if may(school.dora, QUESTIONS[q].may, over)]


def test_a_reading_of_theirs_names_the_glass_behind_it_or_is_not_kept(school: AtElmPark) -> None:
    school.send(BREAK)
    glass = school.dora.glasses[0].id
    assert glass_of(KeepList(page="concerns"), school.dora, glass) == glass
    for named in (None, EventId(uuid4())):
        with pytest.raises(NotPermitted):
            glass_of(KeepList(page="concerns"), school.dora, named)
    assert glass_of(KeepList(page="concerns"), Person(id=DSL), glass) is None, (
        "of one's own school nothing is caused by it"
    )
