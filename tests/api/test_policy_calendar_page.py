"""The page of the policy's reviews: what waits for its keeper, put on record by a form, answered after an incident."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from api.identity import HEADER
from domain.command import Command
from domain.ids import EventId
from domain.school.commands import (
    AcknowledgePolicy,
    ConfirmArrangements,
    DecideAmendment,
    RecordPolicyReview,
    SharePolicy,
)
from domain.school.events import PolicyReviewRecorded
from domain.shared.commands import CorrectEvent
from domain.trip.commands import ReportDanger
from domain.visit.commands import CancelForSafety
from eventlog.settings import DatabaseUrls
from tests.api.pages_example import Doors, Pages, served_doors


@pytest.fixture(scope="module")
def doors(module_database_urls: DatabaseUrls) -> Iterator[Doors]:
    with served_doors(module_database_urls) as opened:
        yield opened


@pytest.fixture(scope="module")
def school(doors: Doors) -> Pages:
    """One school for what changes nothing that another test looks at."""
    return doors.open("st_patricks")


def calendar(pages: Pages) -> dict[str, Any]:
    """The same as a program reads it, as the head."""
    head = str(pages.school.staff["head"])
    least = pages.runtime.store.log(pages.school.slug).head()
    path = f"/api/v1/schools/{pages.school.slug}/policy/calendar?at_least={least}"
    found: dict[str, Any] = pages.client.get(path, headers={HEADER: head}).json()
    return found


@pytest.mark.clauses("SP-70", "SP-71", "SP-72")
def test_the_head_records_a_review_signed_and_dated_and_it_is_overdue_no_more(school: Pages) -> None:
    page = school.get("policy/calendar", "head")
    assert "policy.review" in page.needs
    assert "The review was due by 31 July 2025. Visits go on meanwhile. clause SP-01 clause SP-71" in page.text
    page = school.send(page.form("record-policy-review"), outcome="amended", next_due="Summer 2029")
    assert school.status == 200
    assert school.path.endswith("/policy/calendar")
    assert "policy.review" not in page.needs
    assert "The next review is due by 31 July 2029" in page.text
    assert "Reviewed, signed Helen Marsh: it was amended. Version 1; put on record by Helen Marsh." in page.text
    told = [r.event for r in school.school.store.log(school.school.slug).read_log()]
    (event,) = [one for one in told if isinstance(one, PolicyReviewRecorded)]
    assert event.due is not None
    assert event.due.isoformat() == "2029-07-31"


@pytest.mark.clauses("SP-73", "SP-03", "SP-05")
def test_a_governor_signs_and_the_office_says_who_was_told(school: Pages) -> None:
    page = school.get("policy/calendar", "governor")
    assert {"policy.governors", "policy.shared.all_parties", "policy.shared.website"} <= set(page.needs)
    assert not page.offers("record-policy-review")
    assert not page.offers("decide-amendment")
    page = school.send(page.form("acknowledge-policy"), signature="Grace Boothe, chair")
    assert "policy.governors" not in page.needs
    page = school.get("policy/calendar", "office")
    form = page.form("share-policy")
    assert form.values["audience"] == ["all_parties", "website"], "ticked as the school's policy names them"
    page = school.send(form, where="a letter home")
    assert not [one for one in page.needs if "shared" in one]
    assert "the school website, a letter home. Version 1" in page.text


@pytest.mark.clauses("SP-70")
def test_an_incident_asks_the_head_whether_the_policy_changes_until_somebody_answers(doors: Doors) -> None:
    pages = doors.open("st_patricks")
    school = pages.school
    visit, trip = school.ask()
    assert "policy.amend" not in pages.get("policy/calendar", "head").needs
    pages.happens("teacher", ReportDanger(trip=trip, text="shouting behind the door of Ava Brook"))
    pages.happens("teacher", CancelForSafety(visit=visit, reason="shouting"))
    page = pages.get("policy/calendar", "head")
    assert "After 2 incidents and worries nobody has said yet whether the policy changes" in page.text
    assert "Danger reported" in page.text
    assert "shouting" not in page.text, "that it happened, and no word of it"
    for who in ("teacher", "governor"):
        other = pages.get("policy/calendar", who)
        assert "policy.amend" not in other.needs
        assert "called off" not in other.text
        assert not other.offers("decide-amendment")
    pages.be("head")
    form = page.form("decide-amendment", amend="yes")
    page = pages.send(form, why="Two go to this street")
    assert "After an incident or a worry nobody has said yet" in page.text
    assert "The policy changes, Helen Marsh" in page.text
    page = pages.send(page.form("decide-amendment", amend="no"))
    assert "policy.amend" not in page.needs
    assert "The policy stays as it is, Helen Marsh" in page.text


@pytest.mark.clauses("SC-10")
def test_scargills_head_says_that_the_arrangements_are_in_place_and_elsewhere_nobody_is_asked(
    doors: Doors, school: Pages
) -> None:
    pages = doors.open("scargill")
    assert not pages.get("policy/calendar", "office").offers("confirm-arrangements")
    page = pages.get("policy/calendar", "head")
    assert "policy.arrangements" in page.needs
    page = pages.send(page.form("confirm-arrangements"))
    assert "policy.arrangements" not in page.needs
    assert "Safeguarding arrangements confirmed. Version 1; put on record by Helen Marsh." in page.text
    assert not school.get("policy/calendar", "head").offers("confirm-arrangements")


def test_a_mistaken_tap_that_was_undone_asks_nothing(doors: Doors) -> None:
    pages = doors.open("scargill")
    _, trip = pages.school.ask()
    pages.happens("teacher", ReportDanger(trip=trip))
    (told,) = calendar(pages)["incidents"]
    assert told["kinds"] == ["danger"]
    pages.happens("teacher", CorrectEvent(event=EventId(UUID(told["event"])), reason="mistaken tap", retracts=True))
    assert calendar(pages)["incidents"] == []


@pytest.mark.parametrize(
    ("who", "command", "fields"),
    [
        ("teacher", RecordPolicyReview, {"reviewed_on": "2026-11-20", "signature": "Tom", "outcome": "kept"}),
        ("office", AcknowledgePolicy, {"on": "2026-11-20", "signature": "Dot"}),
        ("dsl", ConfirmArrangements, {"on": "2026-11-20"}),
        ("teacher", SharePolicy, {"on": "2026-11-20", "audience": ["staff"]}),
        ("governor", DecideAmendment, {"event": "0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d", "amend": True}),
    ],
)
def test_who_does_not_keep_the_policy_puts_nothing_on_its_record(
    school: Pages, who: str, command: type[Command], fields: dict[str, object]
) -> None:
    school.be(who)
    path = f"/api/v1/schools/{school.school.slug}/commands/{command.NAME}"
    answer = school.client.post(path, json=fields, headers={HEADER: str(school.school.staff[who])})
    assert answer.status_code == 403
