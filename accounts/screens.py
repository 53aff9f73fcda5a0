"""Screens on a wall: each shows one school's board without a child's name, and does nothing else."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import msgspec

from accounts.ids import ScreenId
from accounts.one_time import hash_of, new_token
from accounts.rows import Row, Rows
from accounts.rules import SEEN_EVERY
from domain.ids import SchoolSlug, StaffId

OPEN_FOR: Final = timedelta(days=1)
"""How long its link can be opened."""
LASTS: Final = timedelta(days=400)
"""How long a screen stays signed in, unless it is signed out before."""
_COLUMNS: Final = "SELECT screen_id, school, name, made_at, opened_at, seen_at FROM doorstep_accounts.screen"
_ADD: Final = (
    "INSERT INTO doorstep_accounts.screen (screen_id, school, name, token_hash, made_by, made_at, open_until)"
    " VALUES (%(id)s, %(school)s, %(name)s, %(token)s, %(by)s, %(now)s, %(until)s)"
)
_OPEN: Final = (
    "UPDATE doorstep_accounts.screen SET token_hash = %(new)s, opened_at = %(now)s, seen_at = %(now)s"
    " WHERE token_hash = %(token)s AND opened_at IS NULL AND ended_at IS NULL AND open_until > %(now)s"
    " RETURNING screen_id, school, name, made_at, opened_at, seen_at"
)
_FIND: Final = _COLUMNS + " WHERE token_hash = %(token)s AND ended_at IS NULL AND opened_at > %(since)s"
_OF_SCHOOL: Final = (
    _COLUMNS + " WHERE school = %(school)s AND ended_at IS NULL"
    " AND (opened_at > %(since)s OR (opened_at IS NULL AND open_until > %(now)s)) ORDER BY made_at, screen_id"
)
_END: Final = (
    "UPDATE doorstep_accounts.screen SET ended_at = %(now)s"
    " WHERE screen_id = %(id)s AND school = %(school)s AND ended_at IS NULL"
)
_SEEN: Final = "UPDATE doorstep_accounts.screen SET seen_at = %(now)s WHERE screen_id = %(id)s"


class Screen(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a screen."""

    id: ScreenId
    school: SchoolSlug
    name: str
    made_at: datetime
    opened_at: datetime | None
    """When its link was opened on it; None while it waits."""
    seen_at: datetime | None


class Screens:
    """All screens. Thread-safe; every method raises LogUnavailable."""

    def __init__(self, rows: Rows) -> None:
        """Over the rows that all share."""
        self._rows = rows

    def make(self, screen: ScreenId, school: str, name: str, by: StaffId, now: datetime) -> str:
        """A new screen under this id; the token of its link, which is kept nowhere here."""
        token = new_token()
        self._rows.run(
            _ADD, id=screen, school=school, name=name, token=hash_of(token), by=by, now=now, until=now + OPEN_FOR
        )
        return token

    def open(self, token: str, now: datetime) -> tuple[Screen, str] | None:
        """The link is opened on the screen: what its browser holds from now on. None for a link that was opened or is late."""
        new = new_token()
        row = self._rows.one(_OPEN, token=hash_of(token), new=hash_of(new), now=now)
        return None if row is None else (_screen(row), new)

    def find(self, token: str, now: datetime) -> Screen | None:
        """The screen whose browser holds this."""
        row = self._rows.one(_FIND, token=hash_of(token), since=now - LASTS)
        found = None if row is None else _screen(row)
        if found is not None and (found.seen_at is None or now >= found.seen_at + SEEN_EVERY):
            self._rows.run(_SEEN, id=found.id, now=now)
        return found

    def of_school(self, school: str, now: datetime) -> tuple[Screen, ...]:
        """Those that show the school's board, or wait for their link to be opened."""
        return tuple(_screen(row) for row in self._rows.all(_OF_SCHOOL, school=school, since=now - LASTS, now=now))

    def end(self, screen: ScreenId, school: str, now: datetime) -> None:
        """From this line on it shows nothing."""
        self._rows.run(_END, id=screen, school=school, now=now)


def new_screen_id() -> ScreenId:
    """An id of a screen."""
    return ScreenId(uuid4())


def _screen(row: Row) -> Screen:
    return Screen(
        id=ScreenId(row["screen_id"]),
        school=SchoolSlug(row["school"]),
        name=row["name"],
        made_at=row["made_at"],
        opened_at=row["opened_at"],
        seen_at=row["seen_at"],
    )
