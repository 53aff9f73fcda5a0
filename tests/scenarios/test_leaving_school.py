"""A pupil is taken off roll, a member of staff has left: what ends with it, and what the school's rule counts from. DV-11."""

from datetime import date, timedelta

import pytest

from domain.erasure.commands import About, AskErasure
from domain.ids import pupil_stream, staff_stream
from domain.pupil.commands import TakeOffRoll
from domain.pupil.events import PupilLeftRoll
from domain.refusal import Incomplete, NotPermitted, Unknown
from domain.roles import Role
from domain.shared.commands import CorrectEvent
from domain.staff.commands import RecordStaffLeft
from domain.staff.events import StaffLeft
from domain.visit.commands import Arrive, RequestVisit
from tests.scenarios.harness import World
from tests.scenarios.school import School
from tests.scenarios.test_erasure import admitted, with_rule, years_later


@pytest.fixture
def school(world: World) -> School:
    """A school on the policy of LJ."""
    return world.school("LJ")


def test_a_pupil_is_taken_off_roll_with_the_last_day_and_where_to(school: School) -> None:
    child = admitted(school)
    left = school.today - timedelta(days=3)
    stored = school.send(TakeOffRoll(pupil=child.id, on=left, moved_to="Oakfield Academy"), by=school.office)
    assert [r.event for r in stored.recorded] == [PupilLeftRoll(on=left, moved_to="Oakfield Academy")]
    pupil = school.known.pupils[child.id]
    assert (pupil.on_roll, pupil.left_on, pupil.name) == (False, left, "Aoife Invented")


def test_without_a_day_it_is_today(school: School) -> None:
    school.send(TakeOffRoll(pupil=school.child.id), by=school.dsl)
    assert school.known.pupils[school.child.id].left_on == school.today


def test_nobody_is_taken_off_roll_twice_before_the_day_or_by_who_may_not(school: School) -> None:
    plan = TakeOffRoll(pupil=school.child.id)
    with pytest.raises(Incomplete, match="a day that has come"):
        school.send(TakeOffRoll(pupil=school.child.id, on=school.today + timedelta(days=1)), by=school.office)
    with pytest.raises(NotPermitted):
        school.send(plan, by=school.teacher)
    with pytest.raises(Unknown):
        school.send(TakeOffRoll(pupil=school.teacher.id), by=school.office)  # type: ignore[arg-type]
    school.send(plan, by=school.office)
    assert school.refused(lambda: school.send(plan, by=school.office)).codes == {"pupil.not_on_roll"}


def test_a_mistaken_leaving_is_taken_back_by_a_correction(school: School) -> None:
    stored = school.send(TakeOffRoll(pupil=school.child.id), by=school.office)
    wrong = stored.recorded[0].envelope.event_id
    school.send(CorrectEvent(event=wrong, retracts=True, reason="another child"), by=school.dsl)
    assert school.known.pupils[school.child.id].on_roll
    assert school.known.pupils[school.child.id].left_on is None


def test_who_has_left_holds_no_role_and_plans_nothing_more_but_the_record_stays(school: School) -> None:
    leaver = school.joins("Leaver Invented", Role.TEACHER, Role.DDSL)
    school.send(RecordStaffLeft(staff=leaver.id, on=school.today), by=school.head)
    person = school.known.people[leaver.id]
    assert (person.here, person.left_on, person.name) == (False, school.today, "Leaver Invented")
    assert person.roles_at(school.now) == ()
    assert leaver.id not in {p.id for p in school.known.holders("DSL|DDSL", school.now)}
    with pytest.raises(NotPermitted):
        school.send(RequestVisit(pupils=(school.child.id,), purpose="attendance", purpose_text="x"), by=leaver)
    assert school.send(Arrive(), by=leaver).recorded, "what somebody says happened is taken from anybody known"
    again = RecordStaffLeft(staff=leaver.id)
    assert school.refused(lambda: school.send(again, by=school.head)).codes == {"staff.not_here"}


def test_nobody_has_left_while_they_are_out_on_a_trip(school: School) -> None:
    trip = school.ready_trip()
    trip.depart()
    plan = RecordStaffLeft(staff=school.teacher.id)
    refused = school.refused(lambda: school.send(plan, by=school.head))
    assert refused.codes == {"staff.on_a_trip"}
    trip.back()
    assert [type(r.event) for r in school.send(plan, by=school.head).recorded] == [StaffLeft]


def test_only_the_head_or_the_business_manager_record_that_somebody_left(school: School) -> None:
    for wrong in (school.teacher, school.office, school.dsl):
        with pytest.raises(NotPermitted):
            school.send(RecordStaffLeft(staff=school.colleague.id), by=wrong)
    school.send(RecordStaffLeft(staff=school.colleague.id), by=school.business_manager)


def test_a_rule_may_count_from_leaving_and_nothing_counts_before_it_is_recorded(school: School) -> None:
    with_rule(school, "pupils: 7 years after leaving; staff: 6 years after leaving")
    child, leaver = admitted(school, born=None), school.joins("Leaver Invented", Role.TEACHER)
    asks = {
        pupil_stream(child.id): AskErasure(about=About.PUPIL, subject=child.id),
        staff_stream(leaver.id): AskErasure(about=About.STAFF, subject=leaver.id),
    }
    for plan in asks.values():
        refused = school.refused(lambda plan=plan: school.send(plan, by=school.dsl))  # type: ignore[misc]
        assert refused.codes == {"erasure.leaving_unknown", "erasure.still_here"}
    left = date(school.today.year, 9, 1)
    school.send(TakeOffRoll(pupil=child.id, on=left), by=school.office)
    school.send(RecordStaffLeft(staff=leaver.id, on=left), by=school.head)
    for plan, years in zip(asks.values(), (7, 6), strict=True):
        refused = school.refused(lambda plan=plan: school.send(plan, by=school.dsl))  # type: ignore[misc]
        assert refused.codes == {"erasure.retention"}
        assert f"until 1 September {left.year + years}" in refused["erasure.retention"].says
    years_later(school, 8)
    for stream, plan in asks.items():
        assert school.send(plan, by=school.dsl).recorded[0].envelope.stream == stream
