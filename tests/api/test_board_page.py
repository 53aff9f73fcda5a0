"""The board's page and feed: what is stored is shown within moments, and what cannot be shown is said."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.pages import board_feed
from api.pages.board import live_boards
from domain.access.events import ListRead
from domain.trip.commands import TakeAlarm
from domain.trip.events import AlarmTaken, BackByMoved, OverdueRaised, StaffReturned
from eventlog.settings import DatabaseUrls
from tests.api.boards import Live, ask, connect, live, request
from tests.cut_off import line_to
from tests.scenarios.cast import Someone
from tests.scenarios.school import School

SOON = timedelta(minutes=50)
LIMIT = 30.0
"""Seconds after which something that should come by itself is given up."""


@pytest.fixture(scope="module")
def running(module_database_urls: DatabaseUrls) -> Iterator[Live]:
    with live(module_database_urls) as found:
        yield found


class Screen:
    """One open feed, and everything that it was sent."""

    def __init__(self, running: Live, school: School, person: Someone) -> None:
        """Connect."""
        self.heard: list[tuple[str, str]] = []
        self.ended = threading.Event()
        self._connection = connect(running)
        self._answer = request(self._connection, person, f"/schools/{school.slug}/board/stream")
        assert self._answer.status == 200
        assert self._answer.getheader("Content-Type", "").startswith("text/event-stream")
        self._socket = self._connection.sock
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        kind, data = "", []
        while line := self._line():
            name, _, value = line.rstrip("\n").partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                data.append(value)
            elif not name and kind:
                self.heard.append((kind, "\n".join(data)))
                kind, data = "", []
        self.ended.set()

    def _line(self) -> str:
        try:
            return self._answer.readline().decode()
        except (OSError, ValueError, AttributeError):
            return ""  # This screen has left.

    def wait_for(self, words: str, kind: str = "board") -> None:
        """Something with these words arrives, or has arrived."""
        wait_until(lambda: any(found == kind and words in data for found, data in tuple(self.heard)), words)

    def wait_for_beats(self, number: int) -> None:
        """So many more beats arrive."""
        wanted = len(self.beats) + number
        wait_until(lambda: len(self.beats) >= wanted, f"{number} beats")

    @property
    def boards(self) -> int:
        """How many boards came so far."""
        return sum(kind == "board" for kind, _ in tuple(self.heard))

    @property
    def beats(self) -> list[dict[str, Any]]:
        """The beats so far."""
        return [json.loads(data) for kind, data in tuple(self.heard) if kind == "beat"]

    def leave(self) -> None:
        """Close the browser."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._answer.close()
        self._connection.close()


def wait_until(met: Callable[[], bool], what: str) -> None:
    """Wait for what comes by itself. The limit is there for what never comes; it says nothing of how fast things are."""
    ends = time.monotonic() + LIMIT
    while not met():
        assert time.monotonic() < ends, f"never came: {what}"
        time.sleep(0.01)


@pytest.fixture
def quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fifth of a second from beat to beat, so that nobody waits for them; what is old is so after half a second."""
    monkeypatch.setattr(board_feed, "BEAT", 0.2)
    monkeypatch.setattr(board_feed, "_OLD", 0.5)


@pytest.fixture
def clock_that_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No minute turns and no time passes that a board would show: it is sent for what happened, or not at all."""
    monkeypatch.setattr(board_feed, "changes_next", lambda board: board.as_at + timedelta(hours=1))
    monkeypatch.setattr(board_feed, "_minute", lambda _board: None)


def page(running: Live, school: School, person: Someone | None = None) -> str:
    running.settled(school)
    answer = ask(running, person or school.office, f"/schools/{school.slug}/board")
    assert answer.status == 200
    return answer.body


@contextmanager
def screen(running: Live, school: School) -> Iterator[Screen]:
    found = Screen(running, school, school.office)
    try:
        found.wait_for("board-rows")
        yield found
    finally:
        found.leave()


# -- the page --


def test_the_page_shows_who_is_out_with_a_button_for_each_fact_told_by_telephone(running: Live) -> None:
    school = running.school()
    running.trip_out(school, SOON)
    html = page(running, school)
    assert "Tess Teacher and Cal Colleague" in html
    for label in (
        "Back at school: Tess Teacher",
        "Safe, going straight home: Cal Colleague",
        "Arrived",
        "No answer",
        "Gone inside",
        "Child here, no adult",
        "+15: ",
        "You rang Tess Teacher",
        "They are not safe",
        "999 was called",
        "Stand down: no longer needed",
        "Worried: go to senior staff at once",
    ):
        assert label in html, label
    assert "Back at school: several of them" in html
    assert "Back at school from 2 Beech Lane: Tess Teacher and Cal Colleague, or who of them?" in html
    ids = re.findall(r'name="command_id" value="([^"]+)"', html)
    assert len(ids) == len(set(ids)) > 10


def test_a_form_of_the_page_is_stored_as_the_visitors_word_and_can_be_undone(running: Live) -> None:
    school = running.school()
    trip = running.trip_out(school, SOON)
    form = (
        f"trip={trip.id}&people={school.teacher.id}&said_by={school.teacher.id}&at="
        "&command_id=0190a000-0000-7000-8000-00000000ab01"
        f"&back_to=/schools/{school.slug}/board&says=Tess Teacher is back at school from 2 Beech Lane"
    )
    answer = ask(running, school.office, f"/schools/{school.slug}/do/return-to-school", form.replace(" ", "+"))
    assert (answer.status, answer.headers["Location"]) == (303, f"/schools/{school.slug}/board")
    (back,) = [r for r in school.events(trip) if isinstance(r.event, StaffReturned)]
    assert (back.envelope.actor, back.envelope.said_by) == (school.office.id, school.teacher.id)
    flash = next(value for value in answer.headers.get_all("Set-Cookie", []) if "flash" in value).partition(";")[0]
    shown = ask(running, school.office, f"/schools/{school.slug}/board", cookies=f"; {flash}").body
    assert "Tess Teacher is back at school from 2 Beech Lane" in shown
    assert "data-undo-until" in shown
    undo = "command=0190a000-0000-7000-8000-00000000ab01&command_id=0190a000-0000-7000-8000-00000000ab02"
    assert ask(running, school.office, f"/schools/{school.slug}/do/undo", undo).status == 303
    assert school.teacher.id in trip.state.out


def test_the_rows_alone_are_the_same_rows(running: Live) -> None:
    school = running.school()
    running.trip_out(school, SOON)
    page(running, school)
    rows = ask(running, school.office, f"/schools/{school.slug}/board/rows").body
    assert rows.lstrip().startswith('<div id="board-rows"')
    assert "Tess Teacher and Cal Colleague" in rows


def test_a_screen_that_opens_after_the_last_one_left_is_fed_whatever_that_one_saw(running: Live) -> None:
    school = running.school()
    running.trip_out(school, SOON)
    running.settled(school)
    with screen(running, school):
        pass
    live_board = live_boards(running.server.app).of(school.slug)
    wait_until(lambda: not live_board._screens, "that the feed notices that nobody looks")
    later = Screen(running, school, school.teacher)  # sees no links to trips: other rows
    try:
        later.wait_for("Tess Teacher and Cal Colleague")
        assert not later.ended.is_set()
    finally:
        later.leave()


def test_governors_and_strangers_see_no_board_and_no_feed(running: Live) -> None:
    school = running.school()
    other = running.school()
    for path in ("", "/rows", "/stream"):
        for person in (school.governor, other.office):
            assert ask(running, person, f"/schools/{school.slug}/board{path}").status == 403


def test_names_and_words_that_look_like_html_are_shown_as_text(running: Live) -> None:
    school = running.school()
    trip = running.trip_out(school, SOON)
    trip.danger("<script>alert(1)</script>\nevent: beat\ndata: {}")
    html = page(running, school)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html
    with screen(running, school) as one:
        one.wait_for("&lt;script&gt;alert(1)")
        time.sleep(0.2)
        assert all("log_head" in beat for beat in one.beats), "text must not break out of its event"


# -- the feed --


@pytest.mark.usefixtures("clock_that_changes_nothing")
def test_a_commit_is_sent_to_every_screen_by_itself(running: Live) -> None:
    """Nobody reloads, nobody asks, and the clock gives no occasion. How fast it is, `make bench` tells."""
    school = running.school()
    trip = running.trip_out(school, SOON)
    with screen(running, school) as one, screen(running, school) as other:
        running.now()
        trip.visit.arrive()
        one.wait_for("At the door of 2 Beech Lane")
        other.wait_for("At the door of 2 Beech Lane")


def test_it_goes_red_by_itself_and_the_watch_writes_it_down(running: Live) -> None:
    school = running.school()
    trip = running.trip_out(school, timedelta(seconds=2))
    with screen(running, school) as one:
        one.wait_for('data-state="overdue"')
        one.wait_for("Nobody has said yet that they are dealing with it")
        wait_until(lambda: any(isinstance(r.event, OverdueRaised) for r in school.events(trip)), "the alarm")
        running.now()
        school.send(TakeAlarm(trip=trip.id), by=school.office)
        one.wait_for("Fran Front is dealing with it")


def test_a_beat_comes_every_two_seconds() -> None:
    assert board_feed.BEAT == 2


@pytest.mark.usefixtures("quick_beats")
def test_every_beat_has_head_position_and_the_watchs_tick(running: Live) -> None:
    school = running.school()
    running.trip_out(school, SOON)
    running.settled(school)
    with screen(running, school) as one:
        one.wait_for_beats(2)
        tick = one.beats[-1]["watch_tick"]
        wait_until(lambda: one.beats[-1]["watch_tick"] != tick, "another tick of the watch")
        first, *_, last = one.beats
    assert last["log_head"] == last["board_position"] == school.log.head()
    began, now, tick = (datetime.fromisoformat(at) for at in (first["now"], last["now"], last["watch_tick"]))
    assert began < now
    assert tick <= now


@pytest.mark.usefixtures("quick_beats", "clock_that_changes_nothing")
def test_a_board_that_nothing_changes_is_not_sent_again_before_the_minute_turns(running: Live) -> None:
    school = running.school()
    trip = running.trip_out(school, SOON)
    running.settled(school)
    with screen(running, school) as one:
        before = one.boards
        running.now()
        trip.visit.no_answer()
        trip.visit.no_answer()
        one.wait_for("nobody answered")
        running.settled(school)
        one.wait_for_beats(3)
        assert one.boards <= before + 2


@pytest.mark.usefixtures("quick_beats")
def test_without_the_database_the_beat_goes_on_and_knows_no_head(database_urls: DatabaseUrls) -> None:
    with line_to(database_urls) as (line, through), live(database_urls, through) as found:
        school = found.school()
        trip = found.trip_out(school, SOON)
        found.settled(school)
        with screen(found, school) as one:
            line.cut()
            one.wait_for('"log_head":null', "beat")
            one.wait_for_beats(2)  # silence would say nothing
            line.mend()
            found.now()
            trip.visit.arrive()
            one.wait_for("At the door of 2 Beech Lane")
            wait_until(lambda: one.beats[-1]["log_head"] is not None, "the head")


def test_a_screen_that_leaves_is_forgotten_and_the_next_one_sees_what_is_true_now(running: Live) -> None:
    school = running.school()
    trip = running.trip_out(school, SOON)
    with screen(running, school):
        pass
    running.now()
    trip.move_back_by(minutes=30, by=school.teacher)
    moved = [r for r in school.events(trip) if isinstance(r.event, BackByMoved)][-1].event
    assert isinstance(moved, BackByMoved)
    with screen(running, school) as one:
        one.wait_for(moved.back_by.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))


def test_the_same_button_on_two_screens_is_two_commands_and_neither_is_flagged(running: Live) -> None:
    """Each page has ids of its own; the feed's are replaced in the browser."""
    school = running.school()
    trip = running.trip_out(school, SOON)
    trip.danger()
    pages = [page(running, school, person) for person in (school.office, school.head)]
    ids = [
        re.findall(r'do/take-alarm">\s*<input type="hidden" name="command_id" value="([^"]+)"', one) for one in pages
    ]
    assert ids[0] != ids[1]
    for person, (command_id,) in zip((school.office, school.head), ids, strict=True):
        ask(running, person, f"/schools/{school.slug}/do/take-alarm", f"trip={trip.id}&command_id={command_id}")
    topics = [r.envelope.topic for r in school.events(trip)]
    assert topics.count(AlarmTaken.TOPIC) == 2
    assert "fact.kept_as_sent.v1" not in topics


def test_every_feed_ends_when_the_program_is_about_to(database_urls: DatabaseUrls) -> None:
    with live(database_urls) as found:
        school = found.school()
        one = Screen(found, school, school.office)
        one.wait_for("board-rows")
        found.runtime.stopping.set()
        assert one.ended.wait(LIMIT)
        one.leave()


@pytest.mark.usefixtures("quick_beats")
def test_whom_a_live_board_shows_is_on_record_as_soon_as_possible(running: Live) -> None:
    school = running.school()
    (child,) = running.trip_out(school, SOON).visit.state.pupils
    running.settled(school)

    def looks() -> list[ListRead]:
        return [r.event for r in school.events() if isinstance(r.event, ListRead) and r.event.page == "board"]

    with screen(running, school):
        wait_until(lambda: any(child in look.pupils for look in looks()), "the look at the board")
        assert len(looks()) == 1, "once for one screen"
