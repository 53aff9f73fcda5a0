"""A wall board is signed in by a link, shows staff and streets and no child's name, and is signed out by whoever looks after accounts."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from html import unescape

import pytest

from api.pages.board_feed import ENDED, while_it_counts
from api.pages.wall_board import on_the_wall
from domain.access import events as access
from domain.ids import access_stream
from domain.roles import Role
from domain.times import LONDON
from eventlog.settings import DatabaseUrls
from projections.board_shapes import Board, BoardAlarm, BoardDoor, BoardLine, BoardPerson, LineState
from tests.api.live import ADDRESS, BECKSIDE, Browser, Live, live
from tests.databases import Databases

SCREENS = f"/schools/{BECKSIDE}/screens"
WALL = f"/schools/{BECKSIDE}/wall"
_LINK = re.compile(r'id="link">([^<]+)<')


@pytest.fixture(scope="module")
def school(module_database_urls: DatabaseUrls, postgres: Databases) -> Iterator[Live]:
    with live(module_database_urls, postgres) as made:
        yield made


def office(school: Live, role: Role = Role.SCHOOL_OFFICE) -> Browser:
    return school.browser().signs_in(school.somebody(role, name="Dot Hughes"))


def link_for(browser: Browser, name: str = "Staff room") -> str:
    answer = browser.post(SCREENS, {"name": name})
    assert answer.status_code == 200, answer.text
    found = _LINK.search(answer.text)
    assert found, answer.text
    return unescape(found[1]).removeprefix(ADDRESS)


def hung(school: Live, link: str) -> Browser:
    screen = school.browser()
    assert "Make this screen a wall board" in screen.get(link).text
    assert screen.post(link).headers["location"] == WALL
    return screen


def test_a_link_that_is_opened_on_the_screen_makes_it_a_wall_board_for_long(school: Live) -> None:
    screen = hung(school, link_for(office(school)))
    assert "Out now: Beckside Primary" in screen.get(WALL).text
    school.later(days=300)
    assert screen.get(WALL).status_code == 200
    school.later(days=101)
    assert screen.get(WALL).status_code == 403


def test_looking_at_the_link_uses_nothing_up_and_opening_it_does(school: Live) -> None:
    link = link_for(office(school))
    for _ in range(3):
        assert school.browser().get(link).status_code == 200
    hung(school, link)
    again = school.browser().post(link)
    assert again.status_code == 410
    assert "counts no more" in again.text
    late = link_for(office(school))
    school.later(days=1, seconds=1)
    assert school.browser().post(late).status_code == 410


def test_it_asks_nothing_else_and_does_nothing(school: Live) -> None:
    screen = hung(school, link_for(office(school)))
    for path in (f"/schools/{BECKSIDE}/board", SCREENS, f"/schools/{BECKSIDE}/visits", "/schools/elm_park/wall"):
        assert screen.get(path).status_code in (303, 403), path
    assert screen.http.get(f"/api/v1/schools/{BECKSIDE}/board").status_code == 401
    said = screen.post(f"/schools/{BECKSIDE}/do/depart", {})
    assert said.status_code in (303, 401, 403)


def test_whoever_is_signed_in_is_no_wall_board(school: Live) -> None:
    assert office(school).get(WALL).status_code == 403
    assert school.browser().get(WALL).status_code == 403


@pytest.mark.parametrize("role", [Role.TEACHER, Role.LINE_MANAGER, Role.SLT])
def test_wall_boards_are_put_up_by_the_office_and_whoever_looks_after_accounts(role: Role, school: Live) -> None:
    assert office(school, role).get(SCREENS).status_code == 403
    assert office(school, role).post(SCREENS, {"name": "Mine"}).status_code == 403


def test_it_is_signed_out_from_the_school_and_all_of_it_is_on_record(school: Live) -> None:
    one = school.somebody(Role.ADMINISTRATOR, name="Ada Admin")
    browser = school.browser().signs_in(one)
    screen = hung(school, link_for(browser, "Front hall"))
    assert "Front hall</strong>: last seen" in browser.get(SCREENS).text
    end = browser.get(SCREENS).text.split("Front hall")[1].split('action="')[1].split('"')[0]
    assert browser.post(end).status_code == 303
    ended = screen.get(WALL)
    assert (ended.status_code, "This screen is signed out: it shows nothing any more" in ended.text) == (403, True)
    assert browser.post(end).status_code == 404
    day = school.now.astimezone(LONDON).date()
    kept = [type(r.event) for r in school.runtime.store.log(BECKSIDE).read(access_stream(one.staff, day))]
    assert kept.count(access.ScreenMade) == kept.count(access.ScreenEnded) == 1


def test_a_nameless_screen_is_asked_where_it_hangs(school: Live) -> None:
    answer = office(school).post(SCREENS, {"name": "  "})
    assert (answer.status_code, "Say where it hangs" in answer.text) == (422, True)


STATES: tuple[LineState, ...] = LineState.__args__  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", STATES)
def test_no_word_of_a_line_that_may_name_a_child_is_shown(state: LineState, school: Live) -> None:
    child = "Zebedee Quillfeather"
    now = school.now
    line = BoardLine(
        trip="t",
        state=state,
        headline=f"{child} found alone",
        people=(BoardPerson(id="1", name="Tess Teacher", role=child, mobile="07700 900100", state="out"),),
        doors=(BoardDoor(visit="v", street="2 Mill Lane", pupils=child, state=f"with {child}"),),
        back_by_words="10:50",
        due_at=now,
        notes=(f"{child} was seen",),
        alarm=BoardAlarm(about=child, due_at=now, found_at=now, taken_by="Hilda Head"),
    )
    wall = on_the_wall(Board(lines=(line,), as_at=now))
    shown = school.app.state.templates.fragment("_wall_rows.html", page=None, board=wall)
    assert "Quillfeather" not in shown
    assert "07700" not in shown
    assert "alone" not in shown
    assert "Tess Teacher" in shown
    assert "2 Mill Lane" in shown


def test_a_feed_ends_once_its_screen_is_signed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.pages.board_feed.ASK_EVERY", 0.0)

    async def beats() -> AsyncGenerator[bytes]:
        for number in range(10):
            yield str(number).encode()

    answers = iter([True, True, False])

    async def followed() -> list[bytes]:
        return [one async for one in while_it_counts(beats(), lambda: next(answers))]

    assert asyncio.run(followed()) == [b"0", b"1", ENDED]
