"""What the policy wants looked into of absences, and on which days a school is open. SC-27, SC-30."""

from datetime import date, timedelta

import pytest

from domain.decisions import decide
from domain.pupil.absence import Absence, raised
from domain.pupil.commands import ExplainAbsence, ReportAbsence
from domain.pupil.events import AbsenceFlagged, AbsenceReported
from domain.refusal import Incomplete, Refused
from domain.school.calendar import Calendar, Term
from domain.school.commands import SetTermDates
from domain.school.events import TermDatesSet
from tests.domain.story import MONDAY, Story, a_policy, pupil_id

TODAY = MONDAY.date()
THURSDAY, FRIDAY = TODAY - timedelta(days=4), TODAY - timedelta(days=3)
ALEX = pupil_id("alex")


ALWAYS = Calendar()


def absent(*days: date, **fields: object) -> tuple[Absence, ...]:
    return tuple(Absence(day=day, **fields) for day in days)  # type: ignore[arg-type]


def flags(*absences: Absence, policy: str = "scargill", calendar: Calendar = ALWAYS) -> list[tuple[str, int]]:
    return [(one.purpose, len(one.days)) for one in raised(a_policy(policy), absences, TODAY, calendar)]


@pytest.mark.clauses("SC-27")
def test_a_first_day_without_a_word_from_a_family_that_was_tried_is_looked_into() -> None:
    """SC-27."""
    assert flags(*absent(TODAY, tries=2)) == [("safe_and_well", 1)]


@pytest.mark.clauses("SC-27")
def test_nothing_is_looked_into_before_the_family_was_tried_or_once_it_has_spoken_or_said_why() -> None:
    """SC-27."""
    assert flags(*absent(TODAY)) == []
    assert flags(*absent(TODAY, tries=2, reached=True)) == []
    assert flags(*absent(TODAY, tries=2, explanation="a cold")) == []


@pytest.mark.clauses("SC-30")
def test_thursday_friday_and_monday_are_three_days_in_a_row() -> None:
    """SC-30, AC-08 of the shared scenarios: the weekend does not count."""
    assert flags(*absent(THURSDAY, FRIDAY, TODAY)) == [("three_day_absence", 3)]
    assert flags(*absent(FRIDAY, TODAY)) == []


@pytest.mark.clauses("SC-30")
def test_a_day_on_which_somebody_of_the_staff_saw_the_child_breaks_it() -> None:
    """SC-30."""
    assert flags(*absent(THURSDAY, TODAY), *absent(FRIDAY, seen=True)) == []


def test_days_on_which_the_school_is_closed_do_not_count() -> None:
    closed = Calendar(terms=(Term(first=date(2026, 9, 1), last=date(2026, 12, 18)),), closed=(FRIDAY,))
    wednesday = THURSDAY - timedelta(days=1)
    assert flags(*absent(wednesday, THURSDAY, TODAY), calendar=closed) == [("three_day_absence", 3)]


def test_a_half_term_lies_between_two_days_in_a_row() -> None:
    half = Calendar(
        terms=(Term(first=date(2026, 9, 1), last=TODAY - timedelta(days=10)), Term(first=TODAY, last=TODAY))
    )
    assert half.in_a_row({TODAY, TODAY - timedelta(days=10)}, TODAY) == (TODAY - timedelta(days=10), TODAY)


@pytest.mark.parametrize("policy", ["st_patricks", "leyland", "william_lilley", "norbury"])
def test_where_the_policy_is_silent_no_duty_is_invented(policy: str) -> None:
    assert flags(*absent(THURSDAY, FRIDAY, TODAY, tries=5), policy=policy) == []


def test_an_absence_is_flagged_once_and_approves_nothing() -> None:
    story = Story("scargill")
    kinds = [type(e) for e in story.does(ReportAbsence(pupil=ALEX, tries=2), by="office")]
    assert kinds == [AbsenceReported, AbsenceFlagged]
    assert [type(e) for e in story.does(ReportAbsence(pupil=ALEX, tries=3), by="office")] == [AbsenceReported]
    assert story.does(ReportAbsence(pupil=ALEX, tries=3), by="office") == ()


def test_a_blank_takes_nothing_back_that_was_said_of_the_day() -> None:
    story = Story("scargill")
    story.does(ReportAbsence(pupil=ALEX, explanation="a cold"), by="office")
    (event,) = story.does(ReportAbsence(pupil=ALEX, tries=1), by="office")
    assert isinstance(event, AbsenceReported)
    assert (event.explanation, event.tries) == ("a cold", 1)


def test_an_explanation_closes_the_flag() -> None:
    """AC-07 of the shared scenarios; history keeps both."""
    story = Story("scargill")
    story.does(ReportAbsence(pupil=ALEX, tries=2), by="office")
    assert [flag.closed for flag in story.pupils[ALEX].flags] == [""]
    story.does(ExplainAbsence(pupil=ALEX, explanation="a cold", who="the mother"), by="office")
    assert [flag.closed for flag in story.pupils[ALEX].flags] == ["a cold"]
    with pytest.raises(Refused, match=r"absence\.none"):
        story.decides(ExplainAbsence(pupil=ALEX, explanation="a cold"), by="office")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (ReportAbsence(pupil=ALEX, day=TODAY + timedelta(days=1)), "a day that has come"),
        (ReportAbsence(pupil=ALEX, day=TODAY - timedelta(days=1)), "a school day"),
        (ExplainAbsence(pupil=ALEX, explanation="a cold", days=(FRIDAY,)), "days on which the pupil was away"),
    ],
    ids=["tomorrow", "a Sunday", "a day that was none"],
)
def test_a_day_that_cannot_be_meant_is_refused(command: ReportAbsence | ExplainAbsence, expected: str) -> None:
    with pytest.raises(Incomplete, match=expected):
        decide(command, Story("scargill").gathered(command, by="office").situation)


def test_terms_are_kept_in_order_and_days_closed_lie_in_them() -> None:
    autumn = Term(first=date(2026, 9, 2), last=date(2026, 10, 23))
    later = Term(first=date(2026, 11, 2), last=date(2026, 12, 18))
    story = Story("scargill")
    (event,) = story.does(SetTermDates(terms=(later, autumn), closed=(date(2026, 11, 27),)), by="office")
    assert event == TermDatesSet(terms=(autumn, later), closed=(date(2026, 11, 27),))


@pytest.mark.parametrize(
    ("terms", "closed", "expected"),
    [
        ([("2026-09-02", "2026-08-01")], [], "end after they begin"),
        ([("2026-09-02", "2026-10-23"), ("2026-10-23", "2026-12-18")], [], "terms apart"),
        ([("2026-09-02", "2026-10-23")], ["2026-10-26"], "days in term"),
    ],
)
def test_terms_that_cannot_be_are_refused(terms: list[tuple[str, str]], closed: list[str], expected: str) -> None:
    given = tuple(Term(first=date.fromisoformat(a), last=date.fromisoformat(b)) for a, b in terms)
    command = SetTermDates(terms=given, closed=tuple(date.fromisoformat(one) for one in closed))
    with pytest.raises(Incomplete, match=expected):
        Story("scargill").decides(command, by="office")
