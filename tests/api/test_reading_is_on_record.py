"""Every answer that shows a child is on record before it leaves; where that fails, nothing is shown (DV-12)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from psycopg.sql import SQL, Identifier

from api.app import create_app
from api.identity import COOKIE
from api.keeping import Recent
from api.runtime import Runtime
from api.who_asks import DEMONSTRATION
from domain.access.events import (
    AccessEvent,
    AccessRefused,
    Exported,
    ListRead,
    RecordKind,
    RecordRead,
    Searched,
    WhyRefused,
)
from domain.permissions import QUESTIONS, Question, Reads
from eventlog.migrating import connected
from eventlog.school_roles import role_of
from tests.api.doors import HOST, Doors
from tests.attacks.test_every_role_on_every_route import Asking, Things, address, ask, questions, things_of
from tests.cut_off import line_to
from tests.scenarios.cast import Someone
from tests.scenarios.stock import Stock

UNAVAILABLE: Final = 503


@pytest.fixture(scope="module")
def things(doors: Doors) -> Things:
    return things_of(doors)


def kept(doors: Doors, after: int) -> list[AccessEvent]:
    """What was kept after a place in the log."""
    assert doors.runtime.later.settle()
    return [r.event for r in doors.school.log.read_log(after + 1) if isinstance(r.event, AccessEvent)]


def asked(doors: Doors, path: str, who: Someone) -> tuple[Response, list[AccessEvent]]:
    """The answer, and what was kept of it; nothing of a minute ago stands for it."""
    doors.runtime.recent = Recent()
    before = doors.head()
    return ask(doors, path, who), kept(doors, before)


def every_asking(doors: Doors) -> list[Asking]:
    """All but what a wall board asks: that is no person, and is shown no child."""
    every = [*questions(doors, of_api=True), *questions(doors, of_api=False)]
    return [asking for asking in every if asking.question not in {Question.WALL, Question.DESK}]


@contextmanager
def nothing_is_stored(doors: Doors) -> Iterator[None]:
    """The log can be read and takes nothing."""
    schema = f"school_{doors.school.slug}"
    append, role = Identifier(schema, "append"), Identifier(role_of(doors.school.slug))
    doors.runtime.bus.integrity.of(doors.school.slug)  # The first look at the school stands: not at what is done here.
    with connected(doors.runtime.urls.migrate) as connection:
        connection.execute("SET ROLE doorstep_owner")
        connection.execute(SQL("REVOKE EXECUTE ON FUNCTION {} FROM doorstep_app, {}").format(append, role))
    try:
        yield
    finally:
        with connected(doors.runtime.urls.migrate) as connection:
            connection.execute("SET ROLE doorstep_owner")
            connection.execute(SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(append, role))


@pytest.mark.parametrize("who", ["dsl", "head", "office", "slt"])
def test_whatever_a_route_shows_is_on_record_and_names_the_children_on_it(
    who: str, doors: Doors, things: Things
) -> None:
    """The table says what an answer shows; whatever names the child, names it on record too."""
    person = getattr(doors.school, who)
    doors.settle()
    unkept, unnamed = [], []
    for asking in every_asking(doors):
        reads = QUESTIONS[asking.question].reads
        for path in address(doors, asking, things):
            answer, events = asked(doors, path, person)
            looks = [one for one in events if not isinstance(one, AccessRefused)]
            named = [name for name in things.names if name in answer.text]
            if answer.status_code != 200:
                assert not looks, path
            elif reads in (Reads.NO_CHILD, Reads.CASE):  # of a restricted case only to those inside: test_cases
                assert not named, path
                assert not looks, path
            elif not looks:
                unkept.append(path)
            elif named and not any(_names(one, things) for one in looks):
                unnamed.append(path)
    assert not unkept, unkept
    assert not unnamed, unnamed


def _names(look: AccessEvent, things: Things) -> bool:
    """Whether it says that the child, or a record of the child's, was shown."""
    records = {things.visit, things.trip, things.pupil, things.concern}
    return things.pupil in getattr(look, "pupils", ()) or getattr(look, "record", None) in records


@pytest.mark.parametrize("who", ["teacher", "governor"])
def test_whoever_is_turned_away_is_on_record_with_what_they_asked_for(who: str, doors: Doors, things: Things) -> None:
    person = getattr(doors.school, who)
    doors.settle()
    refused = 0
    for asking in every_asking(doors):
        for path in address(doors, asking, things):
            answer, events = asked(doors, path, person)
            if answer.status_code != 403:
                continue
            refused += 1
            (refusal,) = events
            assert isinstance(refusal, AccessRefused), path
            if asking.question in {Question.HISTORY, Question.CHRONOLOGY, Question.WHO_LOOKED}:
                assert refusal.record in {things.visit, things.pupil, things.concern}, path
    assert refused > 10


def test_a_record_that_is_not_theirs_says_so(doors: Doors, things: Things) -> None:
    _, (refusal,) = asked(doors, f"/schools/{doors.school.slug}/visits/{things.visit}", doors.school.teacher)
    assert refusal == AccessRefused(
        page="visit", why=WhyRefused.NOT_THEIRS, kind=RecordKind.VISIT, record=things.visit, device=DEMONSTRATION
    )


def test_a_record_says_which_children_it_was_about_and_from_which_device_it_was_read(
    doors: Doors, things: Things
) -> None:
    _, (look,) = asked(doors, f"/schools/{doors.school.slug}/visits/{things.visit}/history", doors.school.dsl)
    assert isinstance(look, RecordRead)
    assert (look.page, look.pupils, look.device) == ("history", (things.pupil,), DEMONSTRATION)


def test_a_search_keeps_who_was_shown_and_never_what_was_typed(doors: Doors, things: Things) -> None:
    for path in (f"/schools/{doors.school.slug}/ask?q=quill", f"/api/v1/schools/{doors.school.slug}/pupils?q=quill"):
        answer, (search,) = asked(doors, path, doors.school.dsl)
        assert "Quillfeather" in answer.text
        assert isinstance(search, Searched)
        assert (search.pupils, search.found) == ((things.pupil,), 1)
        assert "quill" not in repr(search)


def test_the_same_page_again_within_a_minute_is_on_record_once(doors: Doors, things: Things) -> None:
    path = f"/schools/{doors.school.slug}/visits/{things.visit}/history"
    _, first = asked(doors, path, doors.school.dsl)
    before = doors.head()
    doors.school.later(seconds=59)
    assert ask(doors, path, doors.school.dsl).status_code == 200
    assert (len(first), kept(doors, before)) == (1, [])
    assert ask(doors, path, doors.school.head).status_code == 200
    assert len(kept(doors, before)) == 1, "somebody else is somebody else"
    doors.school.later(seconds=1)
    assert ask(doors, path, doors.school.dsl).status_code == 200
    assert len(kept(doors, before)) == 2


def test_a_refusal_is_on_record_each_time(doors: Doors, things: Things) -> None:
    before = doors.head()
    for _ in range(3):
        ask(doors, f"/schools/{doors.school.slug}/pupils/{things.pupil}", doors.school.teacher)
    assert [type(one) for one in kept(doors, before)] == [AccessRefused] * 3


def test_a_file_of_exports_says_which_records_and_which_children(doors: Doors, things: Things) -> None:
    before = doors.head()
    answer = doors.client.post(
        f"/api/v1/schools/{doors.school.slug}/exports/file",
        headers={"Doorstep-Demo-Person": str(doors.school.dsl.id)},
        json={},
    )
    assert answer.status_code == 200, answer.text
    (taken,) = kept(doors, before)
    assert isinstance(taken, Exported)
    assert things.pupil in taken.pupils
    assert [key for key in taken.keys if str(things.pupil) in key]


def test_where_nothing_can_be_stored_nothing_is_shown_but_the_board_and_the_contact_card(
    doors: Doors, things: Things
) -> None:
    doors.settle()
    person = doors.school.slt
    shown = 0
    with nothing_is_stored(doors):
        for asking in every_asking(doors):
            reads = QUESTIONS[asking.question].reads
            for path in address(doors, asking, things):
                doors.runtime.recent = Recent()
                answer = ask(doors, path, person)
                named = [name for name in things.names if name in answer.text]
                if reads is Reads.OUT_NOW:
                    assert answer.status_code in {200, 403, 404}, path
                    shown += answer.status_code == 200
                elif reads not in (Reads.NO_CHILD, Reads.CASE):
                    assert answer.status_code in {403, 404, 409, 500, UNAVAILABLE}, (path, answer.status_code)
                    assert not named, path
        assert shown >= 3
        assert doors.runtime.later.overdue() == 0
        doors.school.later(seconds=61)
        assert doors.runtime.later.overdue(doors.school.slug) >= 1
        assert doors.runtime.later.overdue(doors.other.slug) == 0
        health = doors.client.get("/health")
        assert health.status_code == UNAVAILABLE
        assert health.json()["looks_waiting"] >= 1
    before = doors.head()
    assert doors.runtime.later.settle()
    assert [one for one in kept(doors, before) if isinstance(one, ListRead) and one.page == "board"]
    assert doors.runtime.later.overdue() == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a reading that was cut off
def test_a_database_that_is_away_shows_no_child_to_anybody(stock: Stock) -> None:
    with stock.world() as world, line_to(world.urls) as (line, urls):
        school = world.school("norbury")
        with Runtime.open(urls, "demonstration", clock=world.clock) as runtime:
            client = TestClient(create_app(runtime), base_url=HOST, raise_server_exceptions=False)
            client.cookies.set(COOKIE, str(school.dsl.id))
            path = f"/schools/{school.slug}/pupils/{school.child.id}"
            assert school.child.name in client.get(path).text
            line.cut()
            answer = client.get(path)
            assert answer.status_code == UNAVAILABLE
            assert school.child.name not in answer.text
            line.mend()
