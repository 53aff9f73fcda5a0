"""The menu by role: what is in it opens, and what is not is closed."""

import re
from typing import Final

import pytest

from api.identity import COOKIE
from api.pages.menu import Area
from tests.api.doors import Doors

EVERYBODY: Final = {"board", "my-trips", "ask", "concern", "cases", "standing", "policy"}
SEEN: Final = {
    "teacher": EVERYBODY,
    "social_worker": EVERYBODY,
    "officer": EVERYBODY | {"absences", "visits"},
    "slt": EVERYBODY | {"absences", "approvals", "visits", "notices", "governors"},
    "office": EVERYBODY | {"absences", "approvals", "visits", "exports", "notices"},
    "dsl": EVERYBODY | {"absences", "approvals", "visits", "dsl", "exports", "notices", "governors", "accounts"},
    "governor": {"governors", "policy"},
    "head": {area.value for area in Area},
}
"""At a school on Norbury's policy."""
OWN_VISITS: Final = {"teacher", "social_worker"}
"""Their list of visits opens, from their trips, and shows only their own."""


@pytest.mark.parametrize("who", SEEN)
def test_everything_in_the_menu_opens_and_nothing_else_does(who: str, doors: Doors) -> None:
    person = getattr(doors.school, who)
    doors.client.cookies.set(COOKIE, str(person.id))
    try:
        base = f"/schools/{doors.school.slug}"
        page = doors.client.get(base).text
        menu = set(re.findall(rf'service-navigation__link" href="{base}/([a-z-]+)"', page))
        assert menu == SEEN[who]
        for area in set(Area) - ({Area.VISITS} if who in OWN_VISITS else set()):
            answer = doors.client.get(f"{base}/{area}")
            assert answer.status_code == (200 if area in menu else 403), area
            if area not in menu:
                assert "Not yours to do" in answer.text
    finally:
        doors.client.cookies.clear()
