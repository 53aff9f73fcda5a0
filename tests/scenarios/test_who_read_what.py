"""The record of readings: nobody corrects it, it goes with its reader, and it is given out to whom it is about (DV-12)."""

from datetime import timedelta

import pytest

from commands.subject_access import everything_about
from domain.access.commands import KeepList, KeepReading
from domain.access.events import RecordRead
from domain.envelope import Recorded
from domain.erasure.commands import About, AskErasure
from domain.event import Erased
from domain.ids import StreamKind, pupil_stream, staff_stream
from domain.refusal import Unknown
from domain.roles import Role
from domain.shared.commands import CorrectEvent, ExplainDeviation, SayTold, Undo
from domain.staff.commands import EndRole
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School
from tests.scenarios.test_erasure import confirm, finish, with_rule, years_later


@pytest.fixture
def school(world: World) -> School:
    return world.school("LJ")


def reads(school: School, who: Someone) -> Recorded:
    """Somebody opens the child's chronology; what is kept."""
    (kept,) = school.send(KeepReading(pupil=school.child.id, page="chronology"), by=who).recorded
    return kept


def test_a_person_has_one_stream_a_day_under_their_own_data_key(school: School) -> None:
    first, second = reads(school, school.dsl), reads(school, school.dsl)
    other = reads(school, school.head)
    school.world.clock.now += timedelta(days=1)
    tomorrow = reads(school, school.dsl)
    assert first.envelope.stream == second.envelope.stream
    assert len({one.envelope.stream for one in (first, other, tomorrow)}) == 3
    assert (first.envelope.version, second.envelope.version, tomorrow.envelope.version) == (1, 2, 1)
    own = school.log.read(staff_stream(school.dsl.id))[-1].envelope.key_id
    assert {one.envelope.key_id for one in (first, second, tomorrow)} == {own}
    assert other.envelope.key_id == school.log.read(staff_stream(school.head.id))[-1].envelope.key_id != own


def test_a_reading_says_in_which_role_it_was(school: School) -> None:
    kept = reads(school, school.dsl)
    assert (kept.envelope.actor, kept.envelope.role) == (school.dsl.id, Role.DSL)
    assert isinstance(kept.event, RecordRead)
    assert kept.event.pupils == (school.child.id,)


@pytest.mark.parametrize("who", ["dsl", "head"])
def test_nobody_corrects_explains_or_takes_back_what_anybody_read(school: School, who: str) -> None:
    kept = reads(school, school.dsl)
    event, by = kept.envelope.event_id, getattr(school, who)
    before = school.log.head()
    for plan in (
        CorrectEvent(event=event, reason="I never did", retracts=True),
        ExplainDeviation(event=event, reason="I was asked to"),
        SayTold(event=event, about="concern", person=school.dsl.id),
    ):
        with pytest.raises(Unknown):
            school.send(plan, by=by)
    school.send(Undo(command=kept.envelope.command_id), by=by)
    assert school.log.head() == before


def test_what_somebody_read_is_given_out_with_what_is_held_about_the_child_and_about_them(school: School) -> None:
    visit = school.ask()
    of_visit = school.send(KeepReading(visit=visit.id, page="history"), by=school.dsl).recorded[0]
    of_list = school.send(KeepList(page="visits", shown=(school.child.id,)), by=school.head).recorded[0]
    about_child = {r.envelope.event_id for r in everything_about(school.log, pupil_stream(school.child.id)).entries}
    assert {of_visit.envelope.event_id, of_list.envelope.event_id} <= about_child
    about_dsl = {r.envelope.event_id for r in everything_about(school.log, staff_stream(school.dsl.id)).entries}
    assert of_visit.envelope.event_id in about_dsl
    assert of_list.envelope.event_id not in about_dsl


def test_what_a_member_of_staff_read_goes_with_them_and_its_skeleton_stays(school: School) -> None:
    with_rule(school)
    leaver = school.joins("Lea Leaver", Role.TEACHER)
    kept = reads(school, leaver)
    school.send(EndRole(staff=leaver.id, role=Role.TEACHER), by=school.head)
    years_later(school, 7)
    confirm(school, school.send(AskErasure(about=About.STAFF, subject=leaver.id), by=school.dsl), by=school.head)
    finish(school)
    (after,) = [r for r in school.log.read_log() if r.envelope.event_id == kept.envelope.event_id]
    assert isinstance(after.event, Erased)
    assert (after.envelope.actor, after.envelope.stream.kind) == (leaver.id, StreamKind.ACCESS)
    reads(school, school.dsl)  # the others' readings go on as before
