"""The policy as a document: reviews, governors' part, who is told, what an incident changes. All of it warns, nothing refuses."""

import re
from datetime import date, timedelta

import msgspec
import pytest

from domain.ids import EventId, school_stream
from domain.refusal import Incomplete, Requirement, Unknown
from domain.school import commands as c
from domain.school.due import due_by
from domain.school.events import PolicyAcknowledged, PolicyReviewRecorded, PolicyShared, ReviewOutcome
from domain.school.keeping import keeping
from domain.school.record import PolicyRecord, fold
from domain.school.review import review
from domain.shared.commands import CorrectEvent
from domain.trip.commands import ReportDanger
from tests.domain.story import MONDAY, SCHOOL, Story, a_policy, staff_id

TODAY = MONDAY.date()


def record(story: Story) -> PolicyRecord:
    return fold(story.log.read(school_stream(SCHOOL)))


def waits(story: Story, incidents: int = 0) -> dict[str, Requirement]:
    found = keeping(story.policy, record(story), TODAY, incidents)
    assert not any(one.refuses for one in found), "nothing here blocks a visit"
    return {one.code: one for one in found}


def reviewed(story: Story, on: date = TODAY, **fields: object) -> PolicyReviewRecorded:
    kept = {"signature": "Helen Marsh", "outcome": ReviewOutcome.KEPT, **fields}
    (event,) = story.does(c.RecordPolicyReview(reviewed_on=on, **kept), by="head")  # type: ignore[arg-type]
    assert isinstance(event, PolicyReviewRecorded)
    return event


def signed(story: Story, by: str = "governor") -> PolicyAcknowledged:
    (event,) = story.does(c.AcknowledgePolicy(on=TODAY, signature="Ivor Penrose"), by=by)
    assert isinstance(event, PolicyAcknowledged)
    return event


def shared(story: Story, *audience: str, version: int | None = None) -> None:
    story.does(c.SharePolicy(on=TODAY, audience=audience, version=version), by="slt")


@pytest.mark.parametrize(
    ("says", "due"),
    [
        ("2027-02", date(2027, 2, 28)),
        ("Spring 2027", date(2027, 3, 31)),
        ("summer term 2025", date(2025, 7, 31)),
        ("Autumn 2026", date(2026, 12, 31)),
    ],
)
def test_a_month_and_a_season_count_to_their_last_day(says: str, due: date) -> None:
    """DV-16."""
    assert due_by(says) == due


@pytest.mark.parametrize("says", ["2027-13", "2027-00", "0000-05", "Winter 2027", "soon", "", "27-03", "२०२७-०३"])
def test_anything_else_is_no_date_of_a_review(says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
        due_by(says)


@pytest.mark.clauses("SP-01", "SP-71", "SP-72")
def test_st_patricks_review_is_overdue_until_somebody_reviews_signs_and_dates_it() -> None:
    story = Story("st_patricks")
    found = waits(story)["policy.review"]
    assert found.says == "The review was due by 31 July 2025. Visits go on meanwhile"
    assert found.clauses == ("SP-01", "SP-71")
    event = reviewed(story)
    assert (event.signature, event.reviewed_on, event.version) == ("Helen Marsh", TODAY, 1)
    kept = record(story).last_review
    assert kept is not None
    assert kept.by == staff_id("head")
    assert "policy.review" not in waits(story)
    found_now = review(story.policy, TODAY, record(story))
    assert (found_now.due, found_now.reckoned) == (date(2029, 9, 30), True), "three years on"


@pytest.mark.clauses("LJ-02", "LJ-71", "WL-01", "NH-01", "SC-43", "SC-45")
@pytest.mark.parametrize(
    ("policy", "due", "then"),
    [
        ("leyland", date(2028, 1, 31), date(2028, 9, 30)),
        ("william_lilley", date(2027, 3, 31), date(2028, 9, 30)),
        ("norbury", date(2026, 9, 30), date(2027, 9, 30)),
        ("scargill", date(2026, 11, 30), date(2027, 9, 30)),
    ],
)
def test_each_document_says_when_the_next_review_is_and_one_on_record_starts_its_cycle_anew(
    policy: str, due: date, then: date
) -> None:
    story = Story(policy)
    assert review(story.policy, TODAY, record(story)).due == due
    reviewed(story)
    assert review(story.policy, TODAY, record(story)).due == then


def test_the_reviewer_says_when_the_next_one_is_in_a_month_or_a_season() -> None:
    story = Story("william_lilley")
    reviewed(story, next_due="Spring 2028")
    assert review(story.policy, TODAY, record(story)).due == date(2028, 3, 31)


def test_a_review_comes_in_sight_sixty_days_before_and_is_late_the_day_after() -> None:
    scargill = a_policy("scargill")
    due = date(2026, 11, 30)

    def says(day: date) -> list[str]:
        return [one.says for one in keeping(scargill, PolicyRecord(), day, 0) if one.code == "policy.review"]

    assert says(due - timedelta(days=61)) == []
    assert says(due - timedelta(days=60)) == ["The next review is due by 30 November 2026"]
    assert says(due) == ["The next review is due by 30 November 2026"]
    assert says(due + timedelta(days=1)) == ["The review was due by 30 November 2026. Visits go on meanwhile"]


def test_a_review_that_has_not_come_and_a_next_one_that_is_none_are_turned_down() -> None:
    story = Story("norbury")
    with pytest.raises(Incomplete, match="reviewed_on"):
        reviewed(story, on=TODAY + timedelta(days=1))
    for says in ("whenever", "2026-08"):
        with pytest.raises(Incomplete, match="next_due"):
            reviewed(story, next_due=says)


@pytest.mark.clauses("WL-45")
def test_william_lilley_reviews_the_policy_together_with_its_safeguarding_arrangements() -> None:
    story = Story("william_lilley")
    reviewed(story)
    assert waits(story)["policy.alongside"].clauses == ("WL-45",)
    reviewed(story, safeguarding=True, on=TODAY)
    story.later(hours=1)
    assert record(story).reviews[-1].safeguarding
    leyland = Story("leyland")
    reviewed(leyland)
    assert "policy.alongside" not in waits(leyland), "its policy says nothing of it"


@pytest.mark.clauses("SP-73", "LJ-01", "LJ-10", "SC-07")
@pytest.mark.parametrize(
    ("policy", "part", "clauses"),
    [
        ("st_patricks", "acknowledge", ("SP-73",)),
        ("leyland", "approve", ("LJ-01", "LJ-10")),
        ("scargill", "ensure_procedures", ("SC-07",)),
    ],
)
def test_governors_sign_what_their_document_gives_them_to_do_again_after_each_review(
    policy: str, part: str, clauses: tuple[str, ...]
) -> None:
    story = Story(policy)
    wanted = waits(story)["policy.governors"]
    assert wanted.clauses == clauses
    assert wanted.who == ("the chair of governors",)
    assert signed(story).part == part
    assert "policy.governors" not in waits(story)
    story.later(days=1)
    reviewed(story, on=TODAY + timedelta(days=1))
    assert "policy.governors" in waits(story), "they signed for what was there before"


@pytest.mark.parametrize("policy", ["norbury", "william_lilley"])
def test_where_the_document_gives_governors_nothing_to_sign_nothing_is_asked_of_them(policy: str) -> None:
    assert "policy.governors" not in waits(Story(policy))


@pytest.mark.clauses("WL-02", "WL-03", "NH-02")
def test_whoever_the_document_names_and_the_committee_are_put_on_record() -> None:
    lilley, norbury = Story("william_lilley"), Story("norbury")
    assert waits(lilley)["policy.keeper"].clauses == ("WL-03",)
    assert waits(lilley)["policy.committee"].clauses == ("WL-02",)
    assert waits(norbury)["policy.keeper"].clauses == ("NH-02",)
    lilley.does(c.NamePolicyKeepers(owner=staff_id("slt"), committee="Outcomes and Data"), by="head")
    norbury.does(c.NamePolicyKeepers(owner_name="K. L."), by="head")
    for story in (lilley, norbury):
        assert not {"policy.keeper", "policy.committee"} & set(waits(story))
    with pytest.raises(Incomplete, match="owner"):
        norbury.does(c.NamePolicyKeepers(), by="head")
    with pytest.raises(Unknown):
        norbury.does(c.NamePolicyKeepers(owner=staff_id("nobody")), by="head")


@pytest.mark.clauses("SP-03", "SP-05", "SC-02", "SC-04")
@pytest.mark.parametrize(
    ("policy", "told", "online"), [("st_patricks", "SP-03", "SP-05"), ("scargill", "SC-02", "SC-04")]
)
def test_everybody_is_told_and_parents_can_read_it_on_the_website(policy: str, told: str, online: str) -> None:
    story = Story(policy)
    assert waits(story)["policy.shared.all_parties"].clauses == (told,)
    assert waits(story)["policy.shared.website"].clauses == (online,)
    shared(story, "staff", "parents")
    assert "policy.shared.all_parties" in waits(story), "the pupils are not told yet"
    shared(story, "pupils", "website")
    assert not {code for code in waits(story) if "shared" in code}


@pytest.mark.clauses("LJ-03", "LJ-14")
def test_leylands_staff_parents_and_pupils_each_know_it_or_are_shown_as_not_told() -> None:
    """AC-33: the audience of parents and pupils is shown as shared or not."""
    story = Story("leyland")
    assert {code for code in waits(story) if "shared" in code} == {
        f"policy.shared.{one}" for one in ("staff", "parents", "pupils")
    }
    assert waits(story)["policy.shared.staff"].clauses == ("LJ-14", "LJ-03")
    shared(story, "staff")
    assert {code for code in waits(story) if "shared" in code} == {"policy.shared.parents", "policy.shared.pupils"}
    shared(story, "all_parties")
    assert not {code for code in waits(story) if "shared" in code}


def test_a_published_version_behind_the_one_in_force_is_said() -> None:
    story = Story("scargill")
    shared(story, "all_parties", "website")
    story.policy = msgspec.structs.replace(story.policy, version=2)
    assert waits(story)["policy.shared.website"].says == "The website has version 1; version 2 is in force"
    shared(story, "website", version=1)
    assert "policy.shared.website" in waits(story)
    shared(story, "website")
    assert "policy.shared.website" not in waits(story)
    with pytest.raises(Incomplete, match="version"):
        shared(story, "website", version=3)


@pytest.mark.parametrize("policy", ["william_lilley", "norbury"])
def test_where_the_document_is_silent_doorstep_advises_telling_staff_and_parents_and_cites_nothing(policy: str) -> None:
    found = waits(Story(policy))["policy.shared.parents"]
    assert (found.source, found.clauses) == ("default", ())


@pytest.mark.clauses("SP-70", "SC-44")
@pytest.mark.parametrize(
    ("policy", "clauses"), [("st_patricks", ("SP-70",)), ("scargill", ("SC-44",)), ("norbury", ())]
)
def test_an_incident_asks_whether_the_policy_changes_and_the_answer_is_kept(
    policy: str, clauses: tuple[str, ...]
) -> None:
    story = Story(policy)
    assert waits(story, 1)["policy.amend"].clauses == clauses
    assert "policy.amend" not in waits(story)
    trip = story.plan()
    story.does(ReportDanger(trip=trip, text="shouting"))
    danger = story.log.all[-1].envelope.event_id
    story.does(c.DecideAmendment(event=danger, amend=True, why="two go from now on"), by="head")
    (answer,) = record(story).answered
    assert (answer.incident, answer.amend, answer.by) == (danger, True, staff_id("head"))


def test_what_is_no_incident_has_no_answer() -> None:
    story = Story("scargill")
    story.ask()
    other = story.log.all[-1].envelope.event_id
    for event in (other, EventId(staff_id("head"))):
        with pytest.raises(Unknown):
            story.does(c.DecideAmendment(event=event, amend=False), by="head")


def test_a_newer_edition_takes_the_place_of_an_older_one() -> None:
    story = Story("leyland")
    for title, edition in (("Safeguarding policy", "2025"), ("safeguarding policy", "2026"), ("Lone working", "")):
        story.does(c.RegisterLinkedPolicy(title=title, edition=edition), by="head")
    assert [(one.title, one.edition) for one in record(story).linked] == [
        ("Lone working", ""),
        ("safeguarding policy", "2026"),
    ]
    story.does(c.RegisterLinkedPolicy(title="Lone working", gone=True), by="head")
    assert [one.title for one in record(story).linked] == ["safeguarding policy"]


def test_what_was_put_on_record_by_mistake_is_taken_back() -> None:
    story = Story("scargill")
    shared(story, "all_parties", "website")
    event = story.log.all[-1].envelope.event_id
    assert isinstance(story.log.all[-1].event, PolicyShared)
    story.does(CorrectEvent(event=event, reason="not printed yet", retracts=True), by="head")
    assert "policy.shared.website" in waits(story)


@pytest.mark.clauses("SC-10")
def test_at_scargill_the_head_of_school_says_that_arrangements_are_in_place_after_each_review_and_version() -> None:
    story = Story("scargill")
    asked = waits(story)["policy.arrangements"]
    assert asked.clauses == ("SC-10",)
    assert asked.who == ("the Head of School",)
    story.does(c.ConfirmArrangements(on=TODAY - timedelta(days=1)), by="head")
    assert "policy.arrangements" not in waits(story)
    reviewed(story)
    assert "policy.arrangements" in waits(story), "as it was before the review"
    story.does(c.ConfirmArrangements(on=TODAY), by="head")
    assert "policy.arrangements" not in waits(story)


@pytest.mark.parametrize("key", ["st_patricks", "leyland", "william_lilley", "norbury"])
def test_where_no_document_says_so_nobody_is_asked_for_arrangements(key: str) -> None:
    assert "policy.arrangements" not in waits(Story(key))


def test_arrangements_are_not_in_place_on_a_day_that_has_not_come() -> None:
    with pytest.raises(Incomplete):
        Story("scargill").does(c.ConfirmArrangements(on=TODAY + timedelta(days=1)), by="head")
