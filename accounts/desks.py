"""Front desks: devices that a school signed in as its office, and who acts at them for how long."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from accounts.ids import AccountId
from accounts.one_time import hash_of, new_token
from accounts.rows import Row, Rows
from accounts.rules import SEEN_EVERY
from domain.ids import SchoolSlug, StaffId

OPEN_FOR: Final = timedelta(days=1)
"""How long its link can be opened."""
LASTS: Final = timedelta(days=400)
"""How long a device stays a front desk, unless it is signed out before."""
IDLE: Final = 2
"""Minutes without anything being asked after which nobody acts there any more; each desk may have others."""
IDLE_MOST: Final = 10
LONGEST: Final = timedelta(hours=1)
"""After so long the PIN is asked for again, however busy the desk is."""
_USED_EVERY: Final = timedelta(seconds=5)
"""That somebody still acts is written no more often."""
_COLUMNS: Final = "SELECT desk_id, school, name, idle_minutes, made_at, opened_at, seen_at FROM doorstep_accounts.desk"
_ADD: Final = (
    "INSERT INTO doorstep_accounts.desk (desk_id, school, name, token_hash, idle_minutes, made_by, made_at, open_until)"
    " VALUES (%(id)s, %(school)s, %(name)s, %(token)s, %(idle)s, %(by)s, %(now)s, %(until)s)"
)
_OPEN: Final = (
    "UPDATE doorstep_accounts.desk SET token_hash = %(new)s, opened_at = %(now)s, seen_at = %(now)s"
    " WHERE token_hash = %(token)s AND opened_at IS NULL AND ended_at IS NULL AND open_until > %(now)s"
    " RETURNING desk_id, school, name, idle_minutes, made_at, opened_at, seen_at"
)
_FIND: Final = _COLUMNS + " WHERE token_hash = %(token)s AND ended_at IS NULL AND opened_at > %(since)s"
_OF_SCHOOL: Final = (
    _COLUMNS + " WHERE school = %(school)s AND ended_at IS NULL"
    " AND (opened_at > %(since)s OR (opened_at IS NULL AND open_until > %(now)s)) ORDER BY made_at, desk_id"
)
_END: Final = (
    "WITH acting AS (UPDATE doorstep_accounts.desk_acting SET ended_at = %(now)s"
    " WHERE desk_id = %(id)s AND ended_at IS NULL)"
    " UPDATE doorstep_accounts.desk SET ended_at = %(now)s"
    " WHERE desk_id = %(id)s AND school = %(school)s AND ended_at IS NULL"
)
_SEEN: Final = "UPDATE doorstep_accounts.desk SET seen_at = %(now)s WHERE desk_id = %(id)s"
_LEAVE: Final = (
    "UPDATE doorstep_accounts.desk_acting SET ended_at = %(now)s WHERE desk_id = %(desk)s AND ended_at IS NULL"
)
LEAVE_DESKS: Final = (
    "UPDATE doorstep_accounts.desk_acting SET ended_at = %(now)s WHERE account_id = %(account)s AND ended_at IS NULL"
)
"""Whoever is signed out everywhere acts at no front desk either."""
_TIDY: Final = "DELETE FROM doorstep_accounts.desk_acting WHERE seen_at < %(now)s - interval '30 days'"
_ACT: Final = (
    "INSERT INTO doorstep_accounts.desk_acting (identifier_hash, desk_id, account_id, staff_id, began_at, seen_at)"
    " VALUES (%(identifier)s, %(desk)s, %(account)s, %(staff)s, %(now)s, %(now)s)"
)
_ACTING: Final = (
    # Of an account that is still this person's at the desk's own school.
    "SELECT a.account_id, a.staff_id, a.began_at, a.seen_at FROM doorstep_accounts.desk_acting AS a"
    " JOIN doorstep_accounts.account_link AS l"
    " ON l.account_id = a.account_id AND l.staff_id = a.staff_id AND l.school = %(school)s"
    " WHERE a.identifier_hash = %(identifier)s AND a.desk_id = %(desk)s AND a.ended_at IS NULL"
)
_USED: Final = (
    "UPDATE doorstep_accounts.desk_acting SET seen_at = %(now)s"
    " WHERE identifier_hash = %(identifier)s AND ended_at IS NULL AND seen_at < %(now)s"
)
_STOP: Final = (
    "UPDATE doorstep_accounts.desk_acting SET ended_at = %(now)s"
    " WHERE identifier_hash = %(identifier)s AND ended_at IS NULL"
)


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a front desk."""

    id: StaffId
    """By which the school's log knows it."""
    school: SchoolSlug
    name: str
    idle: timedelta
    made_at: datetime
    opened_at: datetime | None
    """When its link was opened on it; None while it waits."""
    seen_at: datetime | None

    @property
    def label(self) -> str:
        """What the device is called in the record."""
        return f"front desk, {self.name}"


class AtDesk(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who acts at a desk."""

    account: AccountId
    staff: StaffId
    began_at: datetime
    seen_at: datetime

    def over(self, desk: Desk, now: datetime) -> bool:
        """Whether they were away too long, or the PIN was typed too long ago."""
        return now >= self.seen_at + desk.idle or now >= self.began_at + LONGEST


class Desks:
    """All front desks. Thread-safe; every method raises LogUnavailable."""

    def __init__(self, rows: Rows) -> None:
        """Over the rows that all share."""
        self._rows = rows

    def make(self, desk: StaffId, school: str, name: str, idle: int, by: StaffId, now: datetime) -> str:
        """A new desk, with so many minutes of idleness; the token of its link, which is kept nowhere here."""
        token = new_token()
        self._rows.run(
            _ADD,
            id=desk,
            school=school,
            name=name,
            token=hash_of(token),
            idle=idle,
            by=by,
            now=now,
            until=now + OPEN_FOR,
        )
        return token

    def open(self, token: str, now: datetime) -> tuple[Desk, str] | None:
        """The link is opened on the device: what its browser holds from now on. None for one that was opened or is late."""
        new = new_token()
        row = self._rows.one(_OPEN, token=hash_of(token), new=hash_of(new), now=now)
        return None if row is None else (_desk(row), new)

    def find(self, token: str, now: datetime) -> Desk | None:
        """The desk whose browser holds this."""
        row = self._rows.one(_FIND, token=hash_of(token), since=now - LASTS)
        found = None if row is None else _desk(row)
        if found is not None and (found.seen_at is None or now >= found.seen_at + SEEN_EVERY):
            self._rows.run(_SEEN, id=found.id, now=now)
        return found

    def of_school(self, school: str, now: datetime) -> tuple[Desk, ...]:
        """Those that are signed in, or wait for their link to be opened."""
        return tuple(_desk(row) for row in self._rows.all(_OF_SCHOOL, school=school, since=now - LASTS, now=now))

    def end(self, desk: StaffId, school: str, now: datetime) -> None:
        """From this line on it shows nothing, and nobody acts at it."""
        self._rows.run(_END, id=desk, school=school, now=now)

    def act(self, desk: Desk, account: AccountId, staff: StaffId, now: datetime) -> str:
        """Somebody acts there from now on, in place of whoever did; what the device's browser holds of it."""
        identifier = new_token()
        with self._rows.together() as rows:
            rows.run(_LEAVE, desk=desk.id, now=now)
            rows.run(_ACT, identifier=hash_of(identifier), desk=desk.id, account=account, staff=staff, now=now)
            rows.run(_TIDY, now=now)
        return identifier

    def acting(self, desk: Desk, identifier: str) -> AtDesk | None:
        """Whoever acts at this desk by this identifier, perhaps for too long already."""
        row = self._rows.one(_ACTING, desk=desk.id, school=desk.school, identifier=hash_of(identifier))
        if row is None:
            return None
        return AtDesk(
            account=AccountId(row["account_id"]),
            staff=StaffId(row["staff_id"]),
            began_at=row["began_at"],
            seen_at=row["seen_at"],
        )

    def used(self, identifier: str, at: AtDesk, now: datetime) -> None:
        """They still act; written every few seconds at most."""
        if now >= at.seen_at + _USED_EVERY:
            self._rows.run(_USED, identifier=hash_of(identifier), now=now)

    def stop(self, identifier: str, now: datetime) -> bool:
        """Nobody acts by this any more; whether somebody did."""
        return self._rows.run(_STOP, identifier=hash_of(identifier), now=now) == 1


def _desk(row: Row) -> Desk:
    return Desk(
        id=StaffId(row["desk_id"]),
        school=SchoolSlug(row["school"]),
        name=row["name"],
        idle=timedelta(minutes=row["idle_minutes"]),
        made_at=row["made_at"],
        opened_at=row["opened_at"],
        seen_at=row["seen_at"],
    )
