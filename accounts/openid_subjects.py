"""Which account somebody is who proved at another provider who they are. Known by issuer and subject, by nothing else."""

from datetime import datetime
from typing import Final

from psycopg.errors import UniqueViolation

from accounts.ids import AccountId, InvitationId
from accounts.one_time import hash_of
from accounts.rows import Rows, Together
from accounts.shapes import Subject

_ACCOUNT: Final = (
    "SELECT account_id FROM doorstep_accounts.openid_subject WHERE issuer = %(issuer)s AND subject = %(subject)s"
)
_OF: Final = "SELECT issuer, instead FROM doorstep_accounts.openid_subject WHERE account_id = %(account)s"
_ADD: Final = (
    "INSERT INTO doorstep_accounts.openid_subject (issuer, subject, account_id, instead, made_at)"
    " VALUES (%(issuer)s, %(subject)s, %(account)s, %(instead)s, %(now)s)"
)
_REMOVE: Final = "DELETE FROM doorstep_accounts.openid_subject WHERE account_id = %(account)s AND issuer = %(issuer)s AND NOT instead"
_FORGET: Final = "DELETE FROM doorstep_accounts.openid_subject WHERE account_id = %(account)s"
_CHOOSE: Final = (
    "INSERT INTO doorstep_accounts.openid_choice (invitation_id, issuer, subject)"
    " VALUES (%(invitation)s, %(issuer)s, %(subject)s)"
)
_CHOSEN: Final = "SELECT issuer, subject FROM doorstep_accounts.openid_choice WHERE invitation_id = %(invitation)s"
_FORGET_CHOICE: Final = "DELETE FROM doorstep_accounts.openid_choice WHERE invitation_id = %(invitation)s"
_USE: Final = (
    "INSERT INTO doorstep_accounts.openid_used (state_hash, until) VALUES (%(state)s, %(until)s) ON CONFLICT DO NOTHING"
)
_TIDY: Final = "DELETE FROM doorstep_accounts.openid_used WHERE until <= %(now)s"


class SubjectTakenError(Exception):
    """Another account is this one at the provider, or this account is another one there."""


class Subjects:
    """All of them. Thread-safe; every method raises LogUnavailable."""

    def __init__(self, rows: Rows) -> None:
        """Over the rows that all share."""
        self._rows = rows

    def account(self, subject: Subject) -> AccountId | None:
        """Whose it is."""
        row = self._rows.one(_ACCOUNT, issuer=subject.issuer, subject=subject.subject)
        return None if row is None else AccountId(row["account_id"])

    def of(self, account: AccountId) -> dict[str, bool]:
        """The issuers by which an account signs in, and whether in place of a password."""
        return {row["issuer"]: row["instead"] for row in self._rows.all(_OF, account=account)}

    def link(self, account: AccountId, subject: Subject, now: datetime) -> None:
        """From now on the account signs in by this too. Raises SubjectTakenError."""
        with self._rows.together() as rows:
            _add(rows, account, subject, now, instead=False)

    def remove(self, account: AccountId, issuer: str) -> bool:
        """Whether the account signs in by this issuer no more: not where it has no password."""
        return self._rows.run(_REMOVE, account=account, issuer=issuer) == 1

    def choose(self, invitation: InvitationId, subject: Subject) -> None:
        """Keep who somebody is there, until their invitation is used."""
        with self._rows.together() as rows:
            rows.run(_FORGET_CHOICE, invitation=invitation)
            rows.run(_CHOOSE, invitation=invitation, issuer=subject.issuer, subject=subject.subject)

    def forget_choice(self, invitation: InvitationId) -> None:
        """A password was chosen."""
        self._rows.run(_FORGET_CHOICE, invitation=invitation)

    def use(self, state: str, until: datetime, now: datetime) -> bool:
        """Whether the answer to this state comes back for the first time. After `until` none is taken."""
        self._rows.run(_TIDY, now=now)
        # A connection that is lost here makes the answer a used one: the person begins again, and nobody else gets in.
        return self._rows.run(_USE, state=hash_of(state), until=until) == 1


def take_chosen(rows: Together, invitation: InvitationId, account: AccountId, now: datetime) -> None:
    """An invitation is used: the account signs in by what was chosen in it, and by nothing from before.

    Raises SubjectTakenError.
    """
    rows.run(_FORGET, account=account)
    chosen = rows.one(_CHOSEN, invitation=invitation)
    if chosen is not None:
        _add(rows, account, Subject(chosen["issuer"], chosen["subject"]), now, instead=True)
        rows.run(_FORGET_CHOICE, invitation=invitation)


def _add(rows: Together, account: AccountId, subject: Subject, now: datetime, *, instead: bool) -> None:
    try:
        rows.run(_ADD, issuer=subject.issuer, subject=subject.subject, account=account, instead=instead, now=now)
    except UniqueViolation as error:
        raise SubjectTakenError from error
