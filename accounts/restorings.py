"""Access that two people give: again after a lost device, or for the first time where an administrator alone asks."""

from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from psycopg.errors import CheckViolation, UniqueViolation

from accounts.ids import RestoringId
from accounts.rows import Row, Rows
from accounts.shapes import Purpose, Restoring
from domain.ids import SchoolSlug, StaffId

WAITS: Final = timedelta(days=2)
"""Until somebody confirms it."""
_ADD: Final = (
    "INSERT INTO doorstep_accounts.restoring"
    " (restoring_id, school, staff_id, asked_by, asked_at, purpose, sign_in_name)"
    " VALUES (%(restoring)s, %(school)s, %(staff)s, %(by)s, %(now)s, %(purpose)s, %(name)s)"
)
_OPEN: Final = (
    "SELECT restoring_id, school, staff_id, asked_by, asked_at, purpose, sign_in_name FROM doorstep_accounts.restoring"
    " WHERE school = %(school)s AND ended_at IS NULL AND asked_at > %(since)s ORDER BY asked_at"
)
_CONFIRM: Final = (
    "UPDATE doorstep_accounts.restoring SET confirmed_by = %(by)s, ended_at = %(now)s WHERE restoring_id = %(restoring)s"
    " AND school = %(school)s AND ended_at IS NULL AND asked_at > %(since)s AND asked_by <> %(by)s AND staff_id <> %(by)s"
    " RETURNING restoring_id, school, staff_id, asked_by, asked_at, purpose, sign_in_name"
)
_LAPSE: Final = (
    "UPDATE doorstep_accounts.restoring SET ended_at = %(now)s"
    " WHERE school = %(school)s AND ended_at IS NULL AND asked_at <= %(since)s"
)


class NotTwoPeopleError(Exception):
    """Who asks, who confirms and whose access it is are three people."""


class Restorings:
    """All that wait. Thread-safe; every method raises LogUnavailable."""

    def __init__(self, rows: Rows) -> None:
        """Over the rows that all share."""
        self._rows = rows

    def ask(
        self,
        school: str,
        staff: StaffId,
        by: StaffId,
        now: datetime,
        *,
        purpose: Purpose = Purpose.RESTORE,
        name: str = "",
    ) -> None:
        """Ask for somebody else; asking again changes nothing. Raises NotTwoPeopleError for oneself."""
        self._rows.run(_LAPSE, school=school, since=now - WAITS, now=now)
        try:
            with self._rows.together() as rows:
                rows.run(
                    _ADD,
                    restoring=uuid4(),
                    school=school,
                    staff=staff,
                    by=by,
                    now=now,
                    purpose=str(purpose),
                    name=name or None,
                )
        except UniqueViolation:
            return
        except CheckViolation as error:
            raise NotTwoPeopleError from error

    def open(self, school: str, now: datetime) -> tuple[Restoring, ...]:
        """What waits for a second person."""
        return tuple(_restoring(row) for row in self._rows.all(_OPEN, school=school, since=now - WAITS))

    def confirm(self, restoring: RestoringId, school: str, by: StaffId, now: datetime) -> Restoring:
        """A second person says yes. Raises NotTwoPeopleError for who asked, for oneself, and for one that is over."""
        with self._rows.together() as rows:
            row = rows.one(_CONFIRM, restoring=restoring, school=school, by=by, now=now, since=now - WAITS)
        if row is None:
            raise NotTwoPeopleError
        return _restoring(row)


def _restoring(row: Row) -> Restoring:
    return Restoring(
        id=RestoringId(row["restoring_id"]),
        school=SchoolSlug(row["school"]),
        staff=StaffId(row["staff_id"]),
        asked_by=StaffId(row["asked_by"]),
        asked_at=row["asked_at"],
        purpose=Purpose(row["purpose"]),
        name=row["sign_in_name"] or "",
    )
