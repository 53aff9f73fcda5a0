"""The page behind the red box: what happened to the record, since when, what to do, and for whom it is."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from api.identity import COOKIE
from tests.api.desk_pages import Pages, client_of
from tests.api.test_subject_access import runtime_of
from tests.scenarios.cast import Someone
from tests.scenarios.conftest import own_world as world
from tests.scenarios.harness import World

__all__ = ["world"]

LINK = "What happened, since when, and what to do"


@pytest.fixture
def pages(world: World) -> Iterator[Pages]:
    """Behind the real application."""
    with client_of(world) as client:
        yield Pages(client, world.school("SP"))


def alter(pages: Pages, change: str) -> None:
    """By whoever has an owner's rights; then it is looked at, as the watch does."""
    with psycopg.connect(pages.school.world.urls.migrate) as connection:
        connection.execute(SQL("SET ROLE doorstep_owner"))
        table = Identifier(f"school_{pages.school.slug}", "event")
        connection.execute(SQL("ALTER TABLE {} {} TRIGGER event_never_changes").format(table, SQL(change)))
    runtime_of(pages).bus.integrity.look(pages.school.slug)


def incident(pages: Pages, reason: str | None, at: str) -> None:
    """As the sealer writes it down."""
    with psycopg.connect(pages.school.world.urls.sealer) as connection:
        add = SQL("INSERT INTO {} (epoch, at, reason, at_index) VALUES (1, %s, %s, 7)")
        connection.execute(add.format(Identifier(f"school_{pages.school.slug}", "sealing_incident")), (at, reason))
    runtime_of(pages).bus.integrity.look(pages.school.slug)


def test_a_record_that_is_whole_says_so_and_no_page_is_red(pages: Pages) -> None:
    shown = pages.get(pages.school.dsl, "/record-check")
    assert "Yes, as far as Doorstep can see." in shown
    assert LINK not in pages.get(pages.school.dsl, "/board")
    assert "/record-check" in pages.get(pages.school.dsl, "/dsl")


def test_an_alarm_says_what_happened_since_when_what_to_do_and_whom_to_ask(pages: Pages) -> None:
    school = pages.school
    alter(pages, "DISABLE")
    assert LINK in pages.get(school.dsl, "/board")
    shown = pages.get(school.dsl, "/record-check")
    assert "The tables that hold the record are not as Doorstep made them." in shown
    assert "Seen first: 08:00 today" in shown
    assert "For the technician: " in shown
    assert "event_never_changes" in shown
    assert f"doorstep log verify --school {school.slug}" in shown
    assert "data protection officer" in shown
    assert LINK not in shown, "it does not lead to itself"
    alter(pages, "ENABLE ALWAYS")
    assert "Yes, as far as Doorstep can see." in pages.get(school.dsl, "/record-check")


def test_what_the_signer_refused_and_that_it_went_on_stays_on_the_page(pages: Pages) -> None:
    incident(pages, "event 7 was changed after it was sealed", "2026-09-10T10:00:00Z")
    shown = pages.get(pages.school.head, "/record-check")
    assert "An entry is not what it was when it was signed" in shown
    assert "11:00 on 10 Sep 2026: it refused to sign: event 7 was changed after it was sealed (entry 7)" in shown
    incident(pages, None, "2026-09-11T10:00:00Z")
    shown = pages.get(pages.school.head, "/record-check")
    assert "Yes, as far as Doorstep can see." in shown
    assert "it found the record whole again, and went on" in shown
    assert "it refused to sign" in shown


def test_entries_that_wait_for_the_signer_too_long_are_told(pages: Pages) -> None:
    pages.school.world.clock.now = pages.school.now.replace(hour=15)
    shown = pages.get(pages.school.office_manager, "/record-check")
    assert "wait, the first of them for" in shown
    assert "doorstep seal" in shown


@pytest.mark.parametrize("who", ["teacher", "office", "slt", "governor"])
def test_others_see_the_red_box_without_the_way_there_and_are_refused(pages: Pages, who: str) -> None:
    person: Someone = getattr(pages.school, who)
    alter(pages, "DISABLE")
    pages.caught_up()
    pages.client.cookies.set(COOKIE, str(person.id))
    shown = pages.client.get(f"/schools/{pages.school.slug}/policy").text
    assert "planning and exports are stopped" in shown
    assert LINK not in shown
    refused = pages.get(person, "/record-check", status=403)
    assert "event_never_changes" not in refused
    alter(pages, "ENABLE ALWAYS")


def test_health_tells_of_a_sealer_that_refuses_and_names_no_school(pages: Pages) -> None:
    def health() -> dict[str, object]:
        answer = pages.client.get("/health")
        assert pages.school.slug not in answer.text
        assert "event 7" not in answer.text
        found: dict[str, object] = answer.json()
        return found

    assert health()["sealer"] == "well"
    incident(pages, "event 7 was changed after it was sealed", "2026-09-10T10:00:00Z")
    assert (health()["sealer"], health()["status"], health()["altered"]) == ("refusing", "unwell", 1)
    incident(pages, None, "2026-09-11T10:00:00Z")
    assert (health()["sealer"], health()["altered"]) == ("well", 0)
