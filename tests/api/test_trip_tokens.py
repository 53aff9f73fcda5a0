"""A visitor's phone reports on its own trip whether or not anybody is signed in, and does nothing else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from httpx2 import Response

from api.identity import COOKIE
from api.trip_tokens import HEADER
from domain.trip.commands import ShutOutPhone
from tests.api.doors import Doors, open_doors
from tests.scenarios.cast import Someone
from tests.scenarios.doors import Trip
from tests.scenarios.stock import Stock

ON_ITS_OWN_TRIP: Final = ("arrive", "no-answer", "child-alone", "enter-home", "leave-property", "report-danger")


@pytest.fixture
def doors(stock: Stock) -> Iterator[Doors]:
    """Two schools of this test's own: time goes on in it."""
    with open_doors(stock) as opened:
        yield opened


def ready(doors: Doors) -> Trip:
    return doors.school.ready_trip(doors.school.ask(child=doors.school.admit()))


def page(doors: Doors, trip: Trip, who: Someone) -> dict[str, str]:
    """What the phone's page sends along with each tap."""
    doors.settle()
    doors.client.cookies.set(COOKIE, str(who.id))
    answer = doors.client.get(f"/api/v1/schools/{doors.school.slug}/phone-trips/{trip.id}")
    doors.client.cookies.clear()
    assert answer.status_code == 200, answer.text
    found: dict[str, str] = answer.json()["send_headers"]
    return found


def token(doors: Doors, trip: Trip, who: Someone) -> str:
    return page(doors, trip, who)[HEADER]


def tap(doors: Doors, shown: str, command: str, body: dict[str, Any], school: str = "") -> Response:
    """A tap from a phone at which nobody is signed in."""
    return doors.send(command, body, None, school=school, **{HEADER: shown})


def test_before_ok_to_go_there_is_no_token_and_after_it_one_for_everybody_who_goes(doors: Doors) -> None:
    trip = doors.school.ready_trip(doors.school.ask(child=doors.school.admit()), but="whereabouts")
    assert HEADER not in page(doors, trip, doors.school.teacher)
    trip = ready(doors)
    assert token(doors, trip, doors.school.teacher) != token(doors, trip, doors.school.colleague)


def test_the_whole_trip_is_reported_with_nobody_signed_in(doors: Doors) -> None:
    trip, teacher = ready(doors), doors.school.teacher
    shown = token(doors, trip, teacher)
    assert tap(doors, shown, "depart", {"trip": str(trip.id)}).status_code == 201
    for command in ON_ITS_OWN_TRIP:
        body = {"visit": str(trip.visit.id), "trip": str(trip.id)}
        body = {name: one for name, one in body.items() if command != "report-danger" or name == "trip"}
        assert tap(doors, shown, command, body).status_code == 201, command
    said = [r.envelope.actor for r in doors.school.events(trip)]
    assert said[-1] == teacher.id
    assert tap(doors, shown, "raise-concern", {"text": "A worry"}).status_code == 201


def test_it_reads_nothing(doors: Doors) -> None:
    trip = ready(doors)
    shown = token(doors, trip, doors.school.teacher)
    base = f"/api/v1/schools/{doors.school.slug}"
    for path in ("me", "board", f"phone-trips/{trip.id}", f"visits/{trip.visit.id}", "pupils", "people"):
        answer = doors.client.get(f"{base}/{path}", headers={HEADER: shown})
        assert answer.status_code == 401, path


def test_it_plans_nothing_closes_nothing_and_speaks_for_nobody(doors: Doors) -> None:
    trip = ready(doors)
    shown = token(doors, trip, doors.school.teacher)
    visit, plan = str(trip.visit.id), {"trip": str(trip.id)}
    for command, body in (
        ("call-off-trip", plan),
        ("assess-risk", {"visit": visit}),
        ("record-visit", {"visit": visit, "fields": {"concerns": "none"}}),
        ("depart", {**plan, "said_by": str(doors.school.head.id)}),
    ):
        before = doors.school.events(trip, trip.visit)
        answer = tap(doors, shown, command, body)
        assert answer.status_code == 403, command
        assert doors.school.events(trip, trip.visit) == before, command
        assert "reports on its own trip" in answer.json()["detail"]


def test_it_reports_on_no_other_trip_door_or_school(doors: Doors) -> None:
    trip = ready(doors)
    shown = token(doors, trip, doors.school.teacher)
    other = doors.school.ask(child=doors.school.admit())
    assert tap(doors, shown, "arrive", {"visit": str(other.id)}).status_code == 403
    assert tap(doors, shown, "depart", {"trip": str(other.id)}).status_code == 403
    assert tap(doors, shown, "depart", {}, school=doors.other.slug).status_code == 401


def test_a_token_that_was_changed_in_any_place_counts_for_nothing(doors: Doors) -> None:
    trip = ready(doors)
    shown = token(doors, trip, doors.school.teacher)
    whose, person, mark = shown.split(".")
    forged = [
        "",
        "x",
        "..",
        f"{whose}.{person}.",
        f"{whose}.{doors.school.colleague.id.hex}.{mark}",
        f"{whose}.{doors.school.head.id.hex}.{mark}",
        f"{person}.{whose}.{mark}",
        f"{whose}.{person}.{mark[:-2]}",
        *(f"{whose}.{person}.{mark[:at]}{'A' if mark[at] != 'A' else 'B'}{mark[at + 1 :]}" for at in range(0, 42, 7)),
    ]
    for one in forged:
        answer = tap(doors, one, "depart", {"trip": str(trip.id)})
        assert answer.status_code == 401, one
        assert "ring the school office" in answer.json()["detail"]


def test_once_the_office_has_shut_a_phone_out_it_reports_no_more_until_somebody_signs_in(doors: Doors) -> None:
    trip, school = ready(doors), doors.school
    shown, colleagues = token(doors, trip, school.teacher), token(doors, trip, school.colleague)
    school.send(ShutOutPhone(trip=trip.id, person=school.teacher.id, why="left on a bus"), by=school.office)
    assert tap(doors, shown, "depart", {"trip": str(trip.id)}).status_code == 401
    assert tap(doors, colleagues, "depart", {"trip": str(trip.id)}).status_code == 201
    again = token(doors, trip, school.teacher)
    assert again != shown
    assert tap(doors, again, "arrive", {"visit": str(trip.visit.id)}).status_code == 201


def test_it_counts_until_everybody_is_back_and_then_only_for_what_was_tapped_before(doors: Doors) -> None:
    trip, school = ready(doors), doors.school
    shown = token(doors, trip, school.teacher)
    trip.depart()
    tapped_at = school.later(minutes=20)
    school.later(minutes=10)
    trip.back(by=school.teacher)
    school.later(minutes=10)
    body = {"visit": str(trip.visit.id)}
    assert tap(doors, shown, "arrive", body).status_code == 401
    assert tap(doors, shown, "arrive", {**body, "at": school.now.isoformat()}).status_code == 401
    kept = tap(doors, shown, "arrive", {**body, "at": tapped_at.isoformat()})
    assert kept.status_code == 201, "it had no signal: what happened is not lost (law 1)"
    assert HEADER not in page(doors, trip, school.teacher)
    school.world.clock.now += timedelta(days=1)
    assert tap(doors, shown, "arrive", {**body, "at": tapped_at.isoformat()}).status_code == 401


def test_the_same_tap_sent_twice_by_token_is_stored_once(doors: Doors) -> None:
    trip = ready(doors)
    shown = token(doors, trip, doors.school.teacher)
    key = "0190a000-0000-7000-8000-00000000aaaa"
    body = {"trip": str(trip.id)}
    first = doors.send("depart", body, None, key=key, **{HEADER: shown})
    again = doors.send("depart", body, None, key=key, **{HEADER: shown})
    assert (first.json()["status"], again.json()["status"]) == ("stored", "already stored")
    # The same id from somebody who is signed in is another sender: kept as a new fact, and flagged.
    other = doors.send("depart", body, doors.school.colleague, key=key)
    assert other.status_code == 201
