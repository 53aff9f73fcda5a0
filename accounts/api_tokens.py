"""Tokens by which a program acts for a member of staff. Shown once; a hash is kept."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import msgspec

from accounts.ids import TokenId
from accounts.one_time import hash_of, new_token
from accounts.rows import Row, Rows
from accounts.rules import SEEN_EVERY
from domain.ids import SchoolSlug, StaffId
from domain.roles import Role

PREFIX: Final = "doorstep_"
"""By which a token that got into the wrong place is recognised, by people and by programs that look for such."""
LONGEST: Final = timedelta(days=365)
_COLUMNS: Final = "SELECT token_id, school, staff_id, name, role, allows, made_at, expires_at, used_at FROM doorstep_accounts.api_token"
_FIND: Final = _COLUMNS + " WHERE token_hash = %(token)s AND ended_at IS NULL AND expires_at > %(now)s"
_OF_SCHOOL: Final = (
    _COLUMNS + " WHERE school = %(school)s AND ended_at IS NULL AND expires_at > %(now)s ORDER BY made_at, token_id"
)
_ADD: Final = (
    "INSERT INTO doorstep_accounts.api_token"
    " (token_id, token_hash, school, staff_id, name, role, allows, made_at, expires_at)"
    " VALUES (%(id)s, %(token)s, %(school)s, %(staff)s, %(name)s, %(role)s, %(allows)s, %(now)s, %(expires_at)s)"
)
_END: Final = (
    "UPDATE doorstep_accounts.api_token SET ended_at = %(now)s"
    " WHERE token_id = %(id)s AND school = %(school)s AND ended_at IS NULL"
)
_USED: Final = "UPDATE doorstep_accounts.api_token SET used_at = %(now)s WHERE token_id = %(id)s"


class ApiToken(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a token that counts."""

    id: TokenId
    school: SchoolSlug
    staff: StaffId
    """For whom a program acts by it."""
    name: str
    role: Role
    allows: frozenset[str]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None

    @property
    def label(self) -> str:
        """How it is named where something was done by it: not by the words of whoever made it."""
        return f"API token {self.id.hex[:8]}"


class ApiTokens:
    """All tokens. Thread-safe; every method raises LogUnavailable."""

    def __init__(self, rows: Rows) -> None:
        """Over the rows that all share."""
        self._rows = rows

    def make(
        self, token: TokenId, school: str, staff: StaffId, name: str, role: Role, allows: Collection[str], now: datetime, until: datetime
    ) -> str:  # fmt: skip
        """A new token under this id; the token itself, which is kept nowhere here."""
        made = PREFIX + new_token()
        self._rows.run(
            _ADD,
            id=token,
            token=hash_of(made),
            school=school,
            staff=staff,
            name=name,
            role=role.value,
            allows=sorted(allows),
            now=now,
            expires_at=until,
        )
        return made

    def find(self, token: str, now: datetime) -> ApiToken | None:
        """The token that was shown, while it counts."""
        row = self._rows.one(_FIND, token=hash_of(token), now=now)
        return None if row is None else _read(row)

    def of_school(self, school: str, now: datetime) -> tuple[ApiToken, ...]:
        """Those of a school's people that count, the oldest first."""
        return tuple(_read(row) for row in self._rows.all(_OF_SCHOOL, school=school, now=now))

    def end(self, token: TokenId, school: str, now: datetime) -> None:
        """From this line on it opens nothing."""
        self._rows.run(_END, id=token, school=school, now=now)

    def used(self, token: ApiToken, now: datetime) -> None:
        """It is used; written once a minute at most."""
        if token.used_at is None or now >= token.used_at + SEEN_EVERY:
            self._rows.run(_USED, id=token.id, now=now)


def new_token_id() -> TokenId:
    """An id of a token."""
    return TokenId(uuid4())


def _read(row: Row) -> ApiToken:
    return ApiToken(
        id=TokenId(row["token_id"]),
        school=SchoolSlug(row["school"]),
        staff=StaffId(row["staff_id"]),
        name=row["name"],
        role=Role(row["role"]),
        allows=frozenset(row["allows"]),
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        used_at=row["used_at"],
    )
