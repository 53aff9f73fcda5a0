"""Forms: every field as the command wants it, sent once however often it is clicked, and nothing lost in a refusal."""

import base64
import re
from datetime import UTC, datetime
from html import unescape
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.flash import COOKIE, Done
from api.pages.forms import local_path, payload_of, read_form
from commands.reading import read_payload
from domain.decisions import COMMANDS
from domain.trip.events import StaffDeparted
from domain.visit.events import VisitRequested
from tests.api.doors import Doors

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 20, 0, 10, tzinfo=UTC)
AN_ID = "0190a000-0000-7000-8000-000000000001"


def flash_of(answer: Any) -> Done:
    value = SimpleCookie(answer.headers["set-cookie"])[COOKIE].value
    return msgspec.json.decode(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)), type=Done)


FORMS: dict[str, tuple[str, dict[str, list[str]], dict[str, object]]] = {
    "repeated fields are a list": ("depart", {"people": [AN_ID, AN_ID]}, {"people": [AN_ID, AN_ID]}),
    "an empty one is not there": ("depart", {"people": [""], "trip": [""], "note": [" "]}, {}),
    "a dotted one is a map": (
        "record-visit",
        {"fields.who_seen": ["Ava"], "fields.concerns": ["none"], "fields.other": [""]},
        {"fields": {"who_seen": "Ava", "concerns": "none"}},
    ),
    "a numbered one is a list of rows": (
        "admit-pupil",
        {"carers.0.name": ["Ms B"], "carers.0.phone": ["1"], "carers.1.name": ["Mr B"]},
        {"carers": [{"name": "Ms B", "phone": "1"}, {"name": "Mr B"}]},
    ),
    "a tick is true": ("request-visit", {"safeguarding": ["on"]}, {"safeguarding": True}),
    "the last of a tick and its hidden no": (
        "request-visit",
        {"safeguarding": ["false", "true"]},
        {"safeguarding": True},
    ),
    "a number": ("move-back-by", {"minutes": ["15"]}, {"minutes": 15}),
    "what is no number stays": ("move-back-by", {"minutes": ["soon"]}, {"minutes": "soon"}),
    "a bare time is today's": (
        "depart",
        {"back_by": ["14:50"], "at": ["9:05"]},
        {"back_by": "2026-11-20T14:50", "at": "2026-11-20T09:05"},
    ),
    "date and time apart": (
        "confirm-appointment",
        {"appointment_at.date": ["2026-11-21"], "appointment_at.time": ["10:00"]},
        {"appointment_at": "2026-11-21T10:00"},
    ),
    "what a form says of itself is no field": (
        "depart",
        {"command_id": ["x"], "next": ["/"], "back_to": ["/"], "says": ["x"], "note": ["left"]},
        {"note": "left"},
    ),
    "what nobody knows is passed on": ("depart", {"colour": ["blue"]}, {"colour": "blue"}),
    "a required text may be empty": ("request-visit", {"purpose_text": [""]}, {"purpose_text": ""}),
}


@pytest.mark.parametrize(("name", "form", "payload"), FORMS.values(), ids=FORMS.keys())
def test_a_form_becomes_the_fields_of_its_command(
    name: str, form: dict[str, list[str]], payload: dict[str, object]
) -> None:
    assert payload_of(COMMANDS[name], form, NOON) == payload


def test_a_time_typed_after_midnight_is_yesterdays_evening() -> None:
    assert payload_of(COMMANDS["depart"], {"at": ["23:50"]}, MIDNIGHT) == {"at": "2026-11-19T23:50"}
    assert payload_of(COMMANDS["depart"], {"at": ["25:61"]}, MIDNIGHT) == {"at": "2026-11-20T25:61"}


@given(st.dictionaries(st.text(), st.lists(st.text(), min_size=1)), st.sampled_from(["depart", "raise-concern"]))
def test_any_form_of_a_fact_can_be_read(form: dict[str, list[str]], name: str) -> None:
    assert name == read_payload(COMMANDS[name], payload_of(COMMANDS[name], form, NOON)).command.NAME


@given(st.binary())
def test_any_bytes_are_a_form(body: bytes) -> None:
    assert isinstance(read_form(body), dict)


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", "javascript:x", "/a\nb", "/ä", " /a"],
)
def test_no_form_leads_anywhere_else(path: str) -> None:
    assert local_path(path) == ""


def test_a_form_is_stored_and_leads_on_with_what_was_done_and_ten_seconds_to_take_it_back(doors: Doors) -> None:
    says, following = "Tess Teacher left for Acorn Road", f"/schools/{doors.school.slug}/my-trips"
    answer = doors.form("depart", {"says": says, "next": following, "at": "07:58"}, doors.school.teacher)
    assert (answer.status_code, answer.headers["location"]) == (303, following)
    done = flash_of(answer)
    assert done.says == says
    assert done.index == doors.head()
    assert done.undo_until is not None
    assert not done.important
    departed = [r for r in doors.school.events() if isinstance(r.event, StaffDeparted)][-1]
    assert departed.envelope.occurred_at == doors.school.time("07:58")
    undone = doors.form("undo", {"command": done.command_id}, doors.school.teacher)
    assert flash_of(undone).undo_until is None
    again = flash_of(doors.form("undo", {"command": str(uuid4())}, doors.school.teacher))
    assert (again.important, "nothing left to do" in again.says) == (True, True)


def test_a_double_click_is_one_command(doors: Doors) -> None:
    form = {"note": "off we go", "command_id": str(uuid4())}
    first = doors.form("depart", form, doors.school.teacher)
    head = doors.head()
    second = doors.form("depart", form, doors.school.teacher)
    assert (first.status_code, second.status_code) == (303, 303)
    assert doors.head() == head


def test_a_form_with_something_unreadable_is_taken_and_says_so(doors: Doors) -> None:
    done = flash_of(doors.form("depart", {"at": "2026-03-29T01:30", "says": "Left"}, doors.school.teacher))
    assert done.important
    assert done.says.startswith("Left. Some of it could not be read")


def test_an_open_redirect_is_not(doors: Doors) -> None:
    answer = doors.form("depart", {"next": "//evil.example/"}, doors.school.teacher)
    assert answer.headers["location"] == f"/schools/{doors.school.slug}/my-trips"


def page_of(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def fields_in(html: str) -> dict[str, str]:
    """What would be sent again: hidden fields, and what is typed in boxes."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', html))
    boxes = dict(re.findall(r'<input class="govuk-input"[^>]* name="([^"]*)" value="([^"]*)"', html))
    texts = dict(re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>([^<]*)</textarea>', html))
    return {**hidden, **boxes, **texts}


def test_a_refused_plan_shows_what_is_needed_and_keeps_everything_typed(doors: Doors) -> None:
    trip = doors.school.plan_trip(team=(doors.school.teacher,))
    form = {"trip": str(trip.id), "next": "/schools/x", "command_id": str(uuid4())}
    html = page_of(doors.form("clear-trip", form, doors.school.office), 409)
    assert "Nobody visits alone: name a second person" in html
    assert "NH-13" in html
    assert 'href="/schools/x"' in html
    assert "Send it again" not in html  # no reason will do here


def test_where_reasons_will_do_there_is_a_box_for_each_and_sending_it_again_clears_the_trip(doors: Doors) -> None:
    team = (doors.school.joins("Nia New"), doors.school.joins("Ned Next"))
    trip = doors.school.ready_trip(but="whereabouts", team=team)
    form: dict[str, str] = {"trip": str(trip.id), "command_id": str(uuid4())}
    html = page_of(doors.form("clear-trip", form, doors.school.office), 409)
    again = fields_in(html)
    boxes = [name for name in again if name.startswith("reasons.")]
    assert boxes
    assert again.items() >= form.items()
    answer = doors.form("clear-trip", {**again, **dict.fromkeys(boxes, "agreed with the head")}, doors.school.office)
    assert answer.status_code == 303, unescape(answer.text)


def test_a_plan_with_a_time_that_comes_twice_is_asked_which(doors: Doors) -> None:
    form = {
        "pupils": str(doors.school.child.id),
        "purpose": "attendance",
        "purpose_text": 'she said <b>"no"</b>',
        "leave_at": "2026-10-25T01:30",
        "back_by": "2026-10-25T04:00",
    }
    answer = doors.form("request-visit", form, doors.school.teacher)
    assert "<b>" not in answer.text
    html = page_of(answer, 422)
    assert "this time comes twice that night" in html
    values = re.findall(r'type="radio"[^>]* value="([^"]*)"', html)
    assert values == ["2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"]
    kept = {name: unescape(value) for name, value in fields_in(answer.text).items()}
    assert kept["purpose_text"] == form["purpose_text"]
    stored = doors.form("request-visit", {**kept, "leave_at": values[1]}, doors.school.teacher)
    assert stored.status_code == 303
    asked = [r.event for r in doors.school.events() if isinstance(r.event, VisitRequested)][-1]
    assert asked.purpose_text == form["purpose_text"]


def test_a_faulty_field_can_be_put_right_where_it_stands(doors: Doors) -> None:
    form = {"given_name": "A" * 300, "family_name": "Bee", "address": "1 Elm Street"}
    html = page_of(doors.form("admit-pupil", form, doors.school.office), 422)
    assert "Expected text of 1 to 200 characters, and this has 300" in html
    again = fields_in(html)
    assert again.items() >= form.items()
    assert doors.form("admit-pupil", {**again, "given_name": "Ann"}, doors.school.office).status_code == 303


def test_a_role_that_may_not_gets_a_page_that_says_who_may(doors: Doors) -> None:
    form = {"visit": str(doors.ready_visit())}
    assert "This visit is approved by" in page_of(doors.form("approve-visit", form, doors.school.teacher), 403)


def test_what_is_no_command_and_no_form(doors: Doors) -> None:
    assert doors.form("view-record", {}, doors.school.head).status_code == 404
    assert doors.form("no-such-thing", {}, doors.school.head).status_code == 404
    answer = doors.form("depart", {}, doors.school.head, **{"Content-Type": "application/json"})
    assert answer.status_code == 415
    many = {f"field{number}": "x" for number in range(2_001)}
    assert doors.form("depart", many, doors.school.head).status_code == 413
