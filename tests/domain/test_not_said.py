"""Of whom nobody has said whether they were seen, and what "no answer" tells by itself."""

from domain.ids import VisitId
from domain.visit.commands import (
    CancelVisit,
    ChildAlone,
    EnterHome,
    LeaveProperty,
    NoAnswer,
    RecordOutcome,
    RecordVisit,
)
from domain.visit.events import CancelReason, Outcome, PupilOutcomeRecorded, VisitRecorded
from tests.domain.story import Story, pupil_id

ALEX, BILLIE = pupil_id("alex"), pupil_id("billie")


def at_the_door() -> tuple[Story, VisitId]:
    """A visit to two children, somebody on the way."""
    story = Story("scargill")
    visit = story.ask(pupils=(ALEX, BILLIE), address="3 Mill Lane, Testford")
    story.plan(visit)
    return story, visit


def written(visit: VisitId) -> RecordVisit:
    """The write-up, every field answered."""
    return RecordVisit(visit=visit, fields={"details": "none"})


def test_nothing_is_said_of_a_child_until_somebody_says_it() -> None:
    story, visit = at_the_door()
    story.does(LeaveProperty(visit=visit))
    assert story.visit(visit).not_said == (ALEX, BILLIE)
    story.does(RecordOutcome(visit=visit, pupil=ALEX, outcome=Outcome.SEEN))
    assert story.visit(visit).not_said == (BILLIE,)
    assert set(story.refused(written(visit))) == {"record.outcome"}


def test_nobody_is_asked_about_a_visit_that_was_called_off() -> None:
    story, visit = at_the_door()
    story.does(CancelVisit(visit=visit, reason=CancelReason.DECLINED))
    assert story.visit(visit).not_said == ()


def test_no_answer_says_of_every_child_that_they_were_not_seen_and_the_write_up_keeps_it() -> None:
    story, visit = at_the_door()
    story.does(NoAnswer(visit=visit))
    assert (story.visit(visit).not_said, story.visit(visit).unanswered) == ((), (ALEX, BILLIE))
    assert story.does(written(visit)) == (
        PupilOutcomeRecorded(pupil=ALEX, outcome=Outcome.NO_ANSWER),
        PupilOutcomeRecorded(pupil=BILLIE, outcome=Outcome.NO_ANSWER),
        VisitRecorded(fields={"details": "none"}),
    )
    assert story.visit(visit).undecided == (ALEX, BILLIE)


def test_what_was_said_of_one_child_stands_and_only_the_other_was_not_seen() -> None:
    story, visit = at_the_door()
    story.does(NoAnswer(visit=visit))
    story.does(RecordOutcome(visit=visit, pupil=ALEX, outcome=Outcome.SEEN))
    assert story.visit(visit).unanswered == (BILLIE,)
    kept = [e for e in story.does(written(visit)) if isinstance(e, PupilOutcomeRecorded)]
    assert [e.pupil for e in kept] == [BILLIE]


def test_no_answer_tells_nothing_where_they_went_in_after_all_or_a_child_was_alone() -> None:
    for overtakes in (EnterHome, ChildAlone):
        story, visit = at_the_door()
        story.does(NoAnswer(visit=visit))
        story.does(overtakes(visit=visit))
        assert (story.visit(visit).not_said, story.visit(visit).unanswered) == ((ALEX, BILLIE), ())
        assert "record.outcome" in story.refused(written(visit))
