"""A log whose tables somebody altered: monitors hear of it, every page says it in red, and facts go on."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.sql import SQL

from api.identity import COOKIE
from tests.api.doors import Doors, open_doors
from tests.scenarios.stock import Stock


@pytest.fixture(scope="module")
def doors(stock: Stock) -> Iterator[Doors]:
    """Two schools; the first one's tables are altered in between."""
    with open_doors(stock) as found:
        yield found


def alter(doors: Doors, change: str) -> None:
    """By whoever has an owner's rights; then it is looked at, as the watch does."""
    with psycopg.connect(doors.runtime.urls.migrate) as connection:
        connection.execute(SQL("SET ROLE doorstep_owner"))
        connection.execute(
            f"ALTER TABLE school_{doors.school.slug}.event {change} TRIGGER event_never_changes".encode()
        )
    doors.runtime.bus.integrity.look(doors.school.slug)


def page(doors: Doors, school: str) -> str:
    """The board as the school's teacher sees it."""
    who = doors.school.teacher if school == doors.school.slug else doors.other.teacher
    doors.client.cookies.set(COOKIE, str(who.id))
    try:
        return doors.client.get(f"/schools/{school}/board").text
    finally:
        doors.client.cookies.clear()


def test_an_altered_log_is_told_everywhere_stops_plans_of_that_school_only_and_is_over_once_it_is_put_right(
    doors: Doors,
) -> None:
    school, other = doors.school, doors.other
    visit = {"pupils": [str(school.child.id)], "purpose": "attendance", "purpose_text": "x", "on_site_reason": "y"}
    red = "The record needs looking at: planning and exports are stopped"
    assert red not in page(doors, school.slug)

    alter(doors, "DISABLE")
    health = doors.client.get("/health")
    assert (health.status_code, health.json()["status"], health.json()["altered"]) == (503, "unwell", 1)
    assert school.slug not in health.text, "no school is named"
    assert red in page(doors, school.slug)
    assert red not in page(doors, other.slug)
    problem = doors.refused(409, "request-visit", visit, school.teacher)
    assert [one["code"] for one in problem["requirements"]] == ["record.altered"]
    doors.stored("raise-concern", {"text": "Bruises on his arm"}, school.teacher)
    doors.stored("depart", {}, school.teacher)
    theirs = {**visit, "pupils": [str(other.child.id)]}
    doors.stored("request-visit", theirs, other.teacher, school=other.slug)

    alter(doors, "ENABLE ALWAYS")
    assert doors.client.get("/health").json()["altered"] == 0
    assert red not in page(doors, school.slug)
    doors.stored("request-visit", visit, school.teacher)
