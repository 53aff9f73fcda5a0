"""The page on which two people decide that a school goes; and that of one that went nothing answers any more."""

import re
import time

from domain.ids import EventId, SchoolSlug, StaffId
from domain.removal.allowed import WAITING
from eventlog.removal import Ordered, finish, remove
from tests.api.desk_pages import Pages
from tests.scenarios.harness import World

KEPT = "/erasure"
WHY = "Elm Trust keeps the records; the governors decided it"


def test_one_asks_another_confirms_and_anybody_who_may_says_no(pages: Pages) -> None:
    school = pages.school
    page = pages.get(school.head, KEPT)
    pages.send(school.head, page, "ask-removal", ground="moved", why=WHY)
    own = pages.get(school.head, KEPT)
    assert "a second person has to confirm it" in own
    assert WHY in own
    assert 'do/confirm-removal"' not in own, "nobody confirms what they asked for"
    assert "It is confirmed by somebody else: the DSL or a deputy or the headteacher." in own
    said = pages.send(school.dsl, pages.get(school.dsl, KEPT), "confirm-removal")
    assert f"Confirmed. {WAITING.days} days from now the school may be removed" in said
    waiting = pages.get(school.slt, KEPT)
    assert "Whoever looks after Doorstep carries it out" in waiting
    assert "ask-removal" not in waiting
    pages.send(school.slt, waiting, "withdraw-removal", why="The move is off")
    assert "withdraw-removal" not in pages.get(school.dsl, KEPT)


def test_what_stands_against_it_is_said_where_it_is_asked_for(pages: Pages) -> None:
    school = pages.school
    trip = school.ready_trip(school.ask())
    trip.depart()
    refused = pages.post(
        school.head,
        f"/schools/{school.slug}/do/ask-removal",
        {"ground": "moved", "why": WHY, "next": f"/schools/{school.slug}{KEPT}"},
        status=409,
    )
    assert "Somebody is out and not back" in refused


ROUTES = ("", "/board", "/visits", "/dsl", "/erasure", "/my-trips", "/ask", "/policy", "/exports", "/notices")


def _answer(pages: Pages, path: str, slug: str) -> tuple[int, str]:
    answer = pages.client.get(path.format(slug))
    return answer.status_code, re.sub(r'nonce-[^"\']*|command_id" value="[^"]*', "", answer.text.replace(slug, "SLUG"))


def test_a_school_that_was_removed_answers_like_one_that_never_was(world: World, pages: Pages) -> None:
    school = pages.school
    page = pages.get(school.head, KEPT)
    pages.school.poisoned = True  # There is no log to verify afterwards.
    ordered = Ordered(
        school=SchoolSlug(school.slug),
        order=EventId(school.head.id),
        ground="moved",
        asked_by=StaffId(school.head.id),
        confirmed_by=StaffId(school.dsl.id),
        events=school.log.head(),
        checkpoint="",
    )
    remove(world.urls, ordered)
    finish(world.urls)
    time.sleep(1.1)  # So long a server may take it to be there.
    for route in ROUTES:
        for path in (f"/schools/{{}}{route}", f"/api/v1/schools/{{}}{route}"):
            assert _answer(pages, path, school.slug) == _answer(pages, path, "nowhere_at_all"), path
    action = f"/schools/{school.slug}/do/ask-removal"
    assert pages.client.post(action, data={"why": "x"}, headers={"Origin": "http://localhost"}).status_code == 404
    assert page
