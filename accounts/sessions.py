"""Sessions, on the server: the browser has an identifier, of which a hash is kept here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import uuid4

from psycopg.types.json import Jsonb

from accounts.desks import LEAVE_DESKS
from accounts.ids import AccountId, SessionId
from accounts.one_time import hash_of, new_token
from accounts.rows import Row, Rows
from accounts.rules import HALF_SIGNED_IN, SEEN_EVERY, STILL_ANSWERED
from accounts.shapes import Session

_COLUMNS: Final = (
    "SELECT session_id, account_id, half, began_at, seen_at, second_at, device, roles, challenge, first_step,"
    " identifier_hash <> %(identifier)s AS by_old_identifier FROM doorstep_accounts.session"
)
_FIND: Final = _COLUMNS + " WHERE ended_at IS NULL AND identifier_hash = %(identifier)s"
_FIND_BEFORE: Final = _COLUMNS + " WHERE ended_at IS NULL AND before_hash = %(identifier)s AND before_until > %(now)s"
_BEGIN: Final = (
    "INSERT INTO doorstep_accounts.session"
    " (session_id, identifier_hash, account_id, half, began_at, seen_at, second_at, device, roles, first_step)"
    " VALUES (%(session)s, %(identifier)s, %(account)s, %(half)s, %(now)s, %(now)s, %(second_at)s, %(device)s, %(roles)s,"
    " %(first)s)"
)
_SEEN: Final = (
    "UPDATE doorstep_accounts.session SET seen_at = %(now)s WHERE session_id = %(session)s AND seen_at < %(now)s"
)
_ROTATE: Final = (
    "UPDATE doorstep_accounts.session SET before_hash = identifier_hash, before_until = %(until)s,"
    " identifier_hash = %(identifier)s, roles = roles || %(roles)s"
    " WHERE session_id = %(session)s AND ended_at IS NULL AND roles = %(before)s"
)
_CHALLENGE: Final = "UPDATE doorstep_accounts.session SET challenge = %(challenge)s WHERE session_id = %(session)s"
_TAKE_CHALLENGE: Final = (
    "UPDATE doorstep_accounts.session SET challenge = NULL WHERE session_id = %(session)s AND challenge = %(challenge)s"
)
_END: Final = (
    "UPDATE doorstep_accounts.session SET ended_at = %(now)s WHERE session_id = %(session)s AND ended_at IS NULL"
)
_END_ALL: Final = (
    "UPDATE doorstep_accounts.session SET ended_at = %(now)s WHERE account_id = %(account)s AND ended_at IS NULL"
)
_END_OTHERS: Final = (
    "UPDATE doorstep_accounts.session SET ended_at = %(now)s"
    " WHERE account_id = %(account)s AND session_id <> %(session)s AND ended_at IS NULL"
)
_OPEN: Final = "SELECT count(*) AS open FROM doorstep_accounts.session WHERE account_id = %(account)s AND ended_at IS NULL AND NOT half"
_TIDY: Final = (
    "DELETE FROM doorstep_accounts.session WHERE ended_at < %(now)s - interval '30 days'"
    " OR (half AND began_at < %(now)s - interval '1 day') OR seen_at < %(now)s - interval '30 days'"
)


class Sessions:
    """All sessions. Thread-safe; every method raises LogUnavailable."""

    def __init__(self, rows: Rows) -> None:
        """Over the rows that all share."""
        self._rows = rows

    def begin(
        self,
        account: AccountId,
        *,
        half: bool,
        second: bool,
        device: str,
        roles: Mapping[str, str],
        now: datetime,
        first: str = "password",
    ) -> str:
        """A new session, after a `first` step; its identifier, which is kept nowhere here."""
        identifier = new_token()
        self._rows.run(
            _BEGIN,
            session=uuid4(),
            identifier=hash_of(identifier),
            account=account,
            half=half,
            now=now,
            second_at=now if second else None,
            device=device[:100],
            roles=Jsonb(dict(roles)),
            first=first,
        )
        return identifier

    def find(self, identifier: str, now: datetime) -> Session | None:
        """The session of an identifier that has not ended; one that is half signed in lasts ten minutes."""
        key = hash_of(identifier)
        row = self._rows.one(_FIND, identifier=key) or self._rows.one(_FIND_BEFORE, identifier=key, now=now)
        found = None if row is None else _session(row)
        return None if found is not None and found.half and now >= found.began_at + HALF_SIGNED_IN else found

    def seen(self, session: Session, now: datetime) -> None:
        """It is used; written once a minute at most."""
        if now >= session.seen_at + SEEN_EVERY:
            self._rows.run(_SEEN, session=session.id, now=now)

    def challenge(self, session: Session, challenge: bytes) -> None:
        """Keep what a passkey is asked to sign."""
        self._rows.run(_CHALLENGE, session=session.id, challenge=challenge)

    def take_challenge(self, session: Session) -> bool:
        """Whether the session's challenge is answered now for the first time."""
        taken = self._rows.run(_TAKE_CHALLENGE, session=session.id, challenge=session.challenge)
        return session.challenge is not None and taken == 1

    def rotate(self, session: Session, roles: Mapping[str, str], now: datetime) -> str | None:
        """A new identifier, because roles are others now; None where another request was first."""
        identifier = new_token()
        changed = self._rows.run(
            _ROTATE,
            session=session.id,
            identifier=hash_of(identifier),
            until=now + STILL_ANSWERED,
            roles=Jsonb(dict(roles)),
            before=Jsonb(session.roles),
        )
        return identifier if changed else None

    def end(self, session: SessionId, now: datetime) -> None:
        """Signed out: from this line on the identifier opens nothing."""
        self._rows.run(_END, session=session, now=now)

    def end_all(self, account: AccountId, now: datetime) -> int:
        """Signed out everywhere; how many sessions that were."""
        self._rows.run(LEAVE_DESKS, account=account, now=now)
        return self._rows.run(_END_ALL, account=account, now=now)

    def end_others(self, session: Session, now: datetime) -> None:
        """Signed out everywhere but here."""
        self._rows.run(LEAVE_DESKS, account=session.account, now=now)
        self._rows.run(_END_OTHERS, account=session.account, session=session.id, now=now)

    def open(self, account: AccountId) -> int:
        """How many have not ended."""
        row = self._rows.one(_OPEN, account=account)
        return 0 if row is None else int(row["open"])

    def tidy(self, now: datetime) -> None:
        """Forget what ended a month ago."""
        self._rows.run(_TIDY, now=now)


def _session(row: Row) -> Session:
    return Session(
        id=SessionId(row["session_id"]),
        account=AccountId(row["account_id"]),
        half=row["half"],
        began_at=row["began_at"],
        seen_at=row["seen_at"],
        second_at=row["second_at"],
        device=row["device"],
        roles=row["roles"],
        challenge=None if row["challenge"] is None else bytes(row["challenge"]),
        first_step=row["first_step"],
        by_old_identifier=row["by_old_identifier"],
    )
