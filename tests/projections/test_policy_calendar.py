"""What governors read of the policy itself, and what the calendar's rows are after corrections and a rebuild."""

import pytest

from domain.concern.commands import RaiseConcern
from domain.roles import Role
from domain.school import commands as c
from domain.school.events import ReviewOutcome
from domain.school.incidents import Incident
from domain.shared.commands import CorrectEvent
from domain.staff.commands import EndRole
from domain.trip.commands import CallEmergency, ReportDanger
from projections import policy_calendar as calendar
from projections.policy_calendar import how_many_wait
from tests.projections.leaving import Leaving
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World
from tests.scenarios.school import School


class Asking(Leaving):
    """The keeper asks too."""

    def wait(self, who: Someone) -> int:
        """The number in the menu."""
        known, now = self.school.known, self.school.now
        return self.ask(lambda view: how_many_wait(view, known, known.people[who.id], now))

    def calendar(self) -> calendar.PolicyCalendar:
        """All of it, as the head sees it."""
        return self.ask(lambda view: calendar.policy_calendar(view, self.school.known, self.school.now, answers=True))


def reviewed(school: School, **fields: object) -> None:
    command = c.RecordPolicyReview(
        reviewed_on=school.today,
        signature="the head",
        outcome=ReviewOutcome.KEPT,
        **fields,  # type: ignore[arg-type]
    )
    school.send(command, by=school.head)


@pytest.mark.clauses("SP-01", "SP-71", "SP-73", "SP-03", "SP-05")
def test_governors_read_whether_the_policy_is_in_date_signed_and_shared(world: World) -> None:
    school = world.school("SP")
    leaving = Asking(school)
    assert leaving.answer("in_date") == ("no", "No. The review was due by 31 July 2025. Visits go on meanwhile.")
    assert leaving.answer("governors") == ("no", "Not as it was last reviewed and is in force.")
    answer, says = leaving.answer("shared")
    assert answer == "no"
    assert "It is not on record that the policy is on the website" in says
    reviewed(school)
    school.send(c.AcknowledgePolicy(on=school.today, signature="the chair"), by=school.head)
    school.send(c.SharePolicy(on=school.today, audience=("all_parties", "website")), by=school.office)
    assert {
        code: leaving.answer(code)[0] for code in ("in_date", "governors", "shared", "responsible")
    } == dict.fromkeys(("in_date", "governors", "shared", "responsible"), "yes")
    assert "the chair" not in leaving.answer("governors")[1], "no names in what governors hand round"
    leaving.assert_rebuilt_the_same()


@pytest.mark.clauses("SC-07", "SC-08")
def test_scargills_governors_read_that_the_head_of_school_carries_it_and_that_procedures_exist(world: World) -> None:
    school = world.school("SC")
    leaving = Asking(school)
    assert leaving.answer("responsible") == ("yes", "Yes: the Head of School.")
    assert leaving.answer("governors")[0] == "no"
    school.send(c.AcknowledgePolicy(on=school.today, signature="the chair"), by=school.head)
    day = f"{school.today.day} {school.today:%B %Y}"
    assert leaving.answer("governors") == ("yes", f"Yes: a governor said that they made sure on {day}.")
    school.send(EndRole(staff=school.head.id, role=Role.HEADTEACHER), by=school.head)
    assert leaving.answer("responsible") == ("no", "Nobody is on record: it should be the Head of School.")


@pytest.mark.clauses("SC-10")
def test_scargills_governors_read_whether_the_head_of_school_has_the_arrangements_in_place(world: World) -> None:
    school = world.school("SC")
    leaving = Asking(school)
    assert leaving.answer("arrangements") == ("no", "Not as the policy was last reviewed and is in force.")
    school.send(c.ConfirmArrangements(on=school.today), by=school.head)
    day = f"{school.today.day} {school.today:%B %Y}"
    assert leaving.answer("arrangements") == ("yes", f"Yes: the Head of School said so on {day}.")
    leaving.assert_rebuilt_the_same()
    elsewhere = Asking(world.school("NH"))
    assert "arrangements" not in {one.code for one in elsewhere.report().answers}


@pytest.mark.clauses("WL-02", "WL-03")
def test_william_lilleys_governors_read_their_committee_and_sign_nothing(world: World) -> None:
    school = world.school("WL")
    leaving = Asking(school)
    assert leaving.answer("responsible")[0] == "no"
    command = c.NamePolicyKeepers(owner=school.slt.id, committee="Outcomes and Data")
    school.send(command, by=school.head)
    answer, says = leaving.answer("responsible")
    assert answer == "yes"
    assert says.endswith("Committee: Outcomes and Data.")
    assert not [one for one in leaving.report().answers if one.code in {"governors", "shared"}]


@pytest.mark.clauses("SP-70", "SC-44")
def test_danger_and_999_on_one_trip_are_one_question_until_it_is_answered(world: World) -> None:
    school = world.school("SC")
    leaving = Asking(school)
    assert leaving.wait(school.head) == 0
    trip = school.plan_trip()
    trip.depart()
    school.send(ReportDanger(trip=trip.id, text="a dog"), by=school.teacher)
    school.send(CallEmergency(trip=trip.id), by=school.teacher)
    (one,) = leaving.calendar().incidents
    assert [kind.value for kind in one.kinds] == ["danger", "emergency"]
    assert (leaving.wait(school.head), leaving.wait(school.dsl), leaving.wait(school.teacher)) == (1, 0, 0)
    school.send(c.DecideAmendment(event=one.event, amend=False, why="as it says"), by=school.head)
    assert leaving.wait(school.head) == 0
    school.send(ReportDanger(trip=trip.id), by=school.teacher)
    later, before = leaving.calendar().incidents
    assert (later.answer, before.answer is not None) == (None, True), "what comes after an answer is asked anew"
    school.send(CorrectEvent(event=later.event, reason="mistaken tap", retracts=True), by=school.teacher)
    assert leaving.wait(school.head) == 0


@pytest.mark.clauses("SP-70", "SC-44")
@pytest.mark.parametrize(("letters", "asks"), [("SP", 1), ("SC", 1), ("LJ", 0), ("WL", 0), ("NH", 0)])
def test_a_worry_asks_the_keeper_where_the_document_names_worries_and_tells_nothing_of_it(
    world: World, letters: str, asks: int
) -> None:
    school = world.school(letters)
    calendar = Asking(school)
    waiting = calendar.wait(school.head)
    school.send(RaiseConcern(pupils=(school.child.id,), text="a bruise"), by=school.teacher)
    assert calendar.wait(school.head) - waiting == asks
    found = calendar.calendar().incidents
    assert [(one.kinds, one.by) for one in found] == [((Incident.WORRY,), None)] * asks
    for one in found:
        school.send(c.DecideAmendment(event=one.event, amend=True, why="as it says"), by=school.head)
    assert calendar.wait(school.head) == waiting


@pytest.mark.clauses("WL-03", "NH-02")
def test_whoever_is_named_as_keeper_has_the_number_and_the_head_no_more(world: World) -> None:
    school = world.school("NH")
    leaving = Asking(school)
    school.at("09:00")
    reviewed_late = leaving.calendar().review.overdue
    assert leaving.wait(school.head) == int(reviewed_late)
    school.send(c.NamePolicyKeepers(owner=school.teacher.id), by=school.head)
    assert (leaving.wait(school.teacher), leaving.wait(school.head)) == (int(reviewed_late), 0)
    assert leaving.calendar().keeper == school.known.people[school.teacher.id].name
