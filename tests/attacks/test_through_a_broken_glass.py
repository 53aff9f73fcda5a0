"""What a broken glass does not open: no command that plans or changes, no page that the table does not give, and nothing afterwards.

In the demonstration, where a plain word stands in for the second step: everything but that step is the same.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import uuid4

import pytest
from httpx2 import Response

from api.http.commands import PUBLIC
from api.http.examples import example_of
from api.identity import COOKIE
from api.pages.glass_strip import OFFERED
from domain.command import CommandKind
from domain.envelope import Recorded
from domain.glass.commands import EndGlass
from domain.glass.events import GlassBroken
from domain.ids import SchoolSlug, StaffId, outsider_id
from domain.permissions import QUESTIONS, Reads, may
from domain.shared.commands import Undo
from domain.staff.state import Person
from tests.api.doors import FROM_HERE, Doors
from tests.attacks.test_every_role_on_every_route import Things, address, ask, questions, things_of
from tests.scenarios.cast import Someone

REASON: Final = "Her sister is at our school and was not seen; nobody answers your telephone."
_ID: Final = re.compile(r'name="command_id" value="[^"]+"')
"""Each form has its own."""
_SENT: Final = re.compile(r'action="/schools/[a-z0-9_]+/do/([a-z-]+)"')


@pytest.fixture(scope="module")
def things(doors: Doors) -> Things:
    return things_of(doors)


def breaks(doors: Doors, who: Someone, minutes: str = "60", *, swapped: bool = False, **more: str) -> Response:
    """This person of the other school opens the records of this one; `swapped`, one of this school those of the other."""
    home, there = (doors.school, doors.other) if swapped else (doors.other, doors.school)
    sent = {"other": there.slug, "minutes": minutes, "reason": REASON, "confirmed": "plain", **more}
    doors.client.cookies.set(COOKIE, str(who.id))
    try:
        path = f"/schools/{home.slug}/other-school"
        return doors.client.post(path, data=sent, headers=FROM_HERE, follow_redirects=False)
    finally:
        doors.client.cookies.clear()


@pytest.fixture
def dora(doors: Doors) -> Iterator[Someone]:
    """The other school's DSL, to whom this one is open for the test."""
    answer = breaks(doors, doors.other.dsl)
    assert answer.status_code == 303, answer.text
    doors.settle()
    assert doors.runtime.later.settle(), "what was shown before is kept"
    yield doors.other.dsl
    doors.school.later(minutes=61)


def broken(doors: Doors) -> list[Recorded]:
    """Every time that this school's glass was broken."""
    return [r for r in doors.school.log.read_log() if isinstance(r.event, GlassBroken)]


def as_known_here(doors: Doors) -> Person:
    """The other school's DSL, as this one knows her."""
    outsider = outsider_id(SchoolSlug(doors.other.slug), doors.other.dsl.id)
    return doors.school.known.people[outsider]


def test_in_the_demonstration_a_plain_word_stands_in_for_the_second_step_and_says_so(doors: Doors) -> None:
    asked = breaks(doors, doors.other.dsl, confirmed="")
    assert asked.status_code == 200
    assert "a plain confirmation stands in for it" in asked.text
    assert breaks(doors, doors.other.dsl, minutes="15").status_code == 303
    assert broken(doors)[-1].event.confirmed_by == "plain"  # type: ignore[attr-defined]
    doors.settle()
    page = ask(doors, f"/schools/{doors.school.slug}/dsl/emergency", doors.school.dsl).text
    assert "by a plain word, as this is a demonstration" in page
    doors.school.later(minutes=16)


def test_no_plan_and_no_closing_is_taken_by_the_api_or_by_a_form(doors: Doors, dora: Someone) -> None:
    for name, kind in PUBLIC.items():
        if kind.KIND is CommandKind.FACT or kind is EndGlass:
            continue
        doors.refused(403, name, example_of(kind), dora)
        before = doors.head()
        answer = doors.form(name, {key: str(value) for key, value in example_of(kind).items()}, dora)
        assert answer.status_code in (403, 422), name
        assert doors.head() == before, name


def test_said_by_somebody_of_the_school_a_plan_is_none_either(doors: Doors, dora: Someone) -> None:
    for name, kind in PUBLIC.items():
        if kind.KIND is not CommandKind.FACT:
            body = {**example_of(kind), "said_by": str(doors.school.head.id)}
            before = doors.head()
            assert doors.send(name, body, dora).status_code in (403, 404, 422), name
            assert doors.head() == before, name


def test_every_fact_is_taken_and_none_of_them_calms_a_board(doors: Doors) -> None:
    """Law 1, and law 4: said in the name of somebody who could calm it, it is theirs who typed it all the same.

    At the other school: there the alarms go on for as long as nobody calms them.
    """
    dora, there = doors.school.dsl, doors.other
    there.at(f"{there.today + timedelta(days=1)}T08:00:00Z")
    trip = there.ready_trip()
    trip.depart()
    there.later(hours=9)
    there.watch()
    assert breaks(doors, dora, swapped=True).status_code == 303
    doors.settle(there.slug)
    before = there.board(trip)
    for name, kind in PUBLIC.items():
        if kind.KIND is CommandKind.FACT and kind is not Undo:
            doors.stored(name, {}, dora, school=there.slug)
    for said_by in (None, there.office):
        named = {} if said_by is None else {"said_by": str(said_by.id)}
        for name in ("return-to-school", "safe-by-voice"):
            body = {"trip": str(trip.id), "people": [str(there.teacher.id)], **named}
            doors.stored(name, body, dora, school=there.slug)
        doors.stored("take-alarm", {"trip": str(trip.id), **named}, dora, school=there.slug)
        doors.stored("move-back-by", {"trip": str(trip.id), "back_by": "23:00", **named}, dora, school=there.slug)
    doors.settle(there.slug)
    after = there.board(trip)
    assert [one.state for one in after.people] == [one.state for one in before.people]
    assert (after.state, after.due_at) == (before.state, before.due_at)


@pytest.mark.parametrize("door", ["JSON", "pages"])
def test_the_table_decides_what_is_read_and_no_page_has_a_form_that_changes_anything(
    door: str, doors: Doors, things: Things, dora: Someone
) -> None:
    person, now = as_known_here(doors), doors.school.now
    read = 0
    for asking in questions(doors, of_api=door == "JSON"):
        for path in address(doors, asking, things):
            answer = ask(doors, path, dora)
            said = f"{path}: {answer.status_code}"
            assert answer.status_code < 500, said
            if not may(person, QUESTIONS[asking.question].may, now):
                assert answer.status_code == 403, said
                assert not [name for name in things.names if name in answer.text], said
                continue
            assert answer.status_code != 403, said
            assert set(_SENT.findall(answer.text)) <= OFFERED, said
            read += answer.status_code == 200 and QUESTIONS[asking.question].reads is not Reads.NO_CHILD
    assert read >= 5


def test_no_restricted_case_shows_through_it_also_not_by_its_own_address(
    doors: Doors, things: Things, dora: Someone
) -> None:
    slug = doors.school.slug
    said = {"text": "Gripped by the wrist", "about": [str(doors.school.teacher.id)], "pupils": [str(things.pupil)]}
    case = doors.stored("raise-allegation", said, doors.school.officer)["stream"]["id"]
    doors.settle()
    for asking in (*questions(doors, of_api=True), *questions(doors, of_api=False)):
        for path in address(doors, asking, things):
            there = path.replace("{case}", case)
            answer = ask(doors, there, dora)
            assert "Gripped" not in answer.text, there
            assert case not in answer.text.replace(there, ""), there
    nothing = str(uuid4())
    for path in (f"/schools/{slug}/cases/", f"/api/v1/schools/{slug}/cases/"):
        one, none = ask(doors, path + case, dora), ask(doors, path + nothing, dora)
        assert one.status_code == none.status_code
        assert one.status_code in (403, 404)
        assert _ID.sub("", one.text).replace(case, "") == _ID.sub("", none.text).replace(nothing, "")


@pytest.mark.parametrize("door", ["JSON", "pages"])
def test_once_it_is_over_it_opens_what_a_strangers_cookie_opens(door: str, doors: Doors, things: Things) -> None:
    assert breaks(doors, doors.other.dsl, minutes="15").status_code == 303
    doors.settle()
    assert ask(doors, f"/schools/{doors.school.slug}/dsl", doors.other.dsl).status_code == 200
    doors.school.later(minutes=15)
    stranger = doors.other.ddsl
    unknown = things._replace(visit=uuid4(), trip=uuid4(), pupil=uuid4(), concern=uuid4(), event=uuid4())
    for asking in questions(doors, of_api=door == "JSON"):
        for there, nowhere in zip(address(doors, asking, things), address(doors, asking, unknown), strict=True):
            answers = [ask(doors, path, who) for path in (there, nowhere) for who in (doors.other.dsl, stranger)]
            assert {one.status_code for one in answers} == {403}, there
            assert len({one.text.replace(there, "").replace(nowhere, "") for one in answers}) == 1, there


def test_it_opens_nothing_for_anybody_else_of_that_school(doors: Doors, dora: Someone) -> None:
    for key in ("head", "ddsl", "teacher", "governor"):
        assert ask(doors, f"/schools/{doors.school.slug}/dsl", getattr(doors.other, key)).status_code == 403
    known_here = Someone(as_known_here(doors).id, dora.name)
    for path in ("dsl", "policy"):
        answer = ask(doors, f"/schools/{doors.school.slug}/{path}", known_here)
        assert answer.status_code == 403, "nor for whoever learns by which id she is known here"


@pytest.mark.parametrize("key", ["head", "teacher", "slt", "office", "governor"])
def test_nobody_but_a_dsl_breaks_it(key: str, doors: Doors) -> None:
    before = broken(doors)
    assert breaks(doors, getattr(doors.other, key)).status_code == 403
    assert broken(doors) == before


def test_nobody_breaks_the_glass_of_their_own_school_or_from_one_they_are_not_of(doors: Doors) -> None:
    before = broken(doors)
    assert breaks(doors, doors.school.dsl).status_code == 403
    assert breaks(doors, doors.other.dsl, other=doors.other.slug).status_code == 422
    assert breaks(doors, doors.other.dsl, other="not_a_school").status_code == 422
    assert broken(doors) == before


def test_nobody_of_the_school_breaks_a_glass_by_a_command(doors: Doors) -> None:
    for who in (doors.school.dsl, doors.school.head):
        assert doors.send("break-glass", {"minutes": 60}, who).status_code == 404


@pytest.mark.parametrize("key", ["teacher", "office", "slt", "governor"])
def test_nobody_but_those_who_guard_the_records_ends_it_and_nobody_but_a_dsl_reviews_it(
    key: str, doors: Doors, dora: Someone
) -> None:
    del dora
    event, who = str(broken(doors)[-1].envelope.event_id), getattr(doors.school, key)
    doors.refused(403, "end-glass", {"event": event}, who)
    doors.refused(403, "review-glass", {"event": event, "proper": "yes", "note": "It was fine."}, who)


def test_she_takes_back_nothing_and_gives_herself_nothing(doors: Doors, dora: Someone) -> None:
    outsider = as_known_here(doors)
    last = broken(doors)[-1].envelope
    doors.send("undo", {"command": str(last.command_id)}, dora)
    doors.refused(404, "assign-role", {"staff": str(outsider.id), "role": "DSL"}, doors.school.head)
    doors.refused(
        422,
        "correct-event",
        {"event": str(last.event_id), "reason": "no", "retracts": True},
        doors.school.head,
    )
    visit = doors.ready_visit()
    leave, back = (doors.school.now + timedelta(hours=hours) for hours in (1, 2))
    going = {"visits": [str(visit)], "people": [str(outsider.id)], "leave_at": str(leave), "back_by": str(back)}
    assert doors.refused(404, "plan-trip", going, doors.school.office)["title"]
    assert StaffId(last.stream.id) == outsider.id
    assert as_known_here(doors).glass_at(doors.school.now) is not None
    assert not as_known_here(doors).roles
