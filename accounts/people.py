"""Accounts: whose they are in which school, and what they prove themselves by."""

from datetime import datetime
from typing import Final

from psycopg.errors import UniqueViolation

from accounts.ids import AccountId
from accounts.one_time import hash_of
from accounts.passkeys import Passkey
from accounts.rows import Row, Rows, Together
from accounts.shapes import Account
from domain.ids import SchoolSlug, StaffId

_COLUMNS: Final = "SELECT a.account_id, a.sign_in_name, a.password_hash, a.totp_sealed, a.totp_step, a.made_at"
_BY_NAME: Final = _COLUMNS + " FROM doorstep_accounts.account AS a WHERE sign_in_name = %(name)s"
_BY_ID: Final = _COLUMNS + " FROM doorstep_accounts.account AS a WHERE account_id = %(account)s"
_BY_STAFF: Final = (
    _COLUMNS + " FROM doorstep_accounts.account AS a JOIN doorstep_accounts.account_link AS l USING (account_id)"
    " WHERE l.school = %(school)s AND l.staff_id = %(staff)s"
)
_ANY: Final = "SELECT EXISTS (SELECT FROM doorstep_accounts.account) AS found"
_LINKS: Final = (
    "SELECT school, staff_id FROM doorstep_accounts.account_link WHERE account_id = %(account)s ORDER BY school"
)
_OF_SCHOOL: Final = (
    "SELECT l.staff_id, a.account_id, a.sign_in_name FROM doorstep_accounts.account_link AS l"
    " JOIN doorstep_accounts.account AS a USING (account_id) WHERE l.school = %(school)s"
)
_ADD: Final = (
    "INSERT INTO doorstep_accounts.account (account_id, sign_in_name, password_hash, totp_sealed, totp_step, made_at)"
    " VALUES (%(account)s, %(name)s, %(hash)s, %(sealed)s, %(step)s, %(now)s)"
)
_RENEW: Final = (
    "UPDATE doorstep_accounts.account SET password_hash = %(hash)s, totp_sealed = %(sealed)s, totp_step = %(step)s"
    " WHERE account_id = %(account)s"
)
_UNLINK_OTHERS: Final = (
    "DELETE FROM doorstep_accounts.account_link WHERE account_id = %(account)s AND school <> %(school)s"
)
_LINK: Final = (
    "INSERT INTO doorstep_accounts.account_link (account_id, school, staff_id, made_at)"
    " VALUES (%(account)s, %(school)s, %(staff)s, %(now)s)"
)
_REHASH: Final = (
    "UPDATE doorstep_accounts.account SET password_hash = %(hash)s"
    " WHERE account_id = %(account)s AND password_hash = %(before)s"
)
_STEP: Final = (
    "UPDATE doorstep_accounts.account SET totp_step = %(step)s WHERE account_id = %(account)s AND totp_step < %(step)s"
)
_FORGET_CODES: Final = "DELETE FROM doorstep_accounts.recovery_code WHERE account_id = %(account)s"
_ADD_CODE: Final = "INSERT INTO doorstep_accounts.recovery_code (account_id, code_hash) VALUES (%(account)s, %(code)s)"
_USE_CODE: Final = (
    "UPDATE doorstep_accounts.recovery_code SET used_at = %(now)s"
    " WHERE account_id = %(account)s AND code_hash = %(code)s AND used_at IS NULL"
)
_CODES_LEFT: Final = (
    "SELECT count(*) AS left FROM doorstep_accounts.recovery_code WHERE account_id = %(account)s AND used_at IS NULL"
)
_KNOWN: Final = (
    "SELECT 1 AS one FROM doorstep_accounts.known_place WHERE account_id = %(account)s AND place_hash = %(place)s"
)
_KNOWN_PLACE: Final = "SELECT 1 AS one FROM doorstep_accounts.known_place WHERE place_hash = %(place)s LIMIT 1"
_KNOW: Final = (
    "INSERT INTO doorstep_accounts.known_place (account_id, place_hash, seen_at) VALUES (%(account)s, %(place)s, %(now)s)"
    " ON CONFLICT (account_id, place_hash) DO UPDATE SET seen_at = excluded.seen_at"
)
_PASSKEYS: Final = (
    "SELECT credential_id, public_key, sign_count FROM doorstep_accounts.passkey WHERE account_id = %(account)s"
)
_ADD_PASSKEY: Final = (
    "INSERT INTO doorstep_accounts.passkey (credential_id, account_id, public_key, sign_count, made_at)"
    " VALUES (%(credential)s, %(account)s, %(public_key)s, %(count)s, %(now)s)"
)
_USE_PASSKEY: Final = (
    "UPDATE doorstep_accounts.passkey SET sign_count = %(count)s, used_at = %(now)s"
    " WHERE credential_id = %(credential)s AND account_id = %(account)s"
)
_FORGET_PASSKEYS: Final = "DELETE FROM doorstep_accounts.passkey WHERE account_id = %(account)s"
_FORGET: Final = "SELECT doorstep_accounts.forget(%(school)s, %(staff)s)"
_FORGET_PIN: Final = "DELETE FROM doorstep_accounts.desk_pin WHERE account_id = %(account)s"
_TIDY_PLACES: Final = "DELETE FROM doorstep_accounts.known_place WHERE seen_at < %(now)s - interval '400 days'"
_FORGET_PLACES: Final = "DELETE FROM doorstep_accounts.known_place WHERE account_id = %(account)s"


class NameTakenError(Exception):
    """Somebody else signs in by this name."""


class AlreadyLinkedError(Exception):
    """This member of staff has an account."""


def folded(name: str) -> str:
    """A sign-in name as it is kept: without spaces around it, capitals or not.

    >>> folded("  Amira.Khan@School.UK ")
    'amira.khan@school.uk'
    """
    return name.strip().casefold()


class People:
    """All accounts. Thread-safe; every method raises LogUnavailable."""

    def __init__(self, rows: Rows) -> None:
        """Over the rows that all share."""
        self._rows = rows

    def any(self) -> bool:
        """Whether anybody has an account yet."""
        row = self._rows.one(_ANY)
        return row is not None and bool(row["found"])

    def named(self, name: str) -> Account | None:
        """The account of a sign-in name, however it is written."""
        return _account(self._rows.one(_BY_NAME, name=folded(name)))

    def get(self, account: AccountId) -> Account | None:
        """An account by its id."""
        return _account(self._rows.one(_BY_ID, account=account))

    def of_staff(self, school: str, staff: StaffId) -> Account | None:
        """The account of a member of staff."""
        return _account(self._rows.one(_BY_STAFF, school=school, staff=staff))

    def links(self, account: AccountId) -> dict[SchoolSlug, StaffId]:
        """Who this is, in each school."""
        return {SchoolSlug(row["school"]): StaffId(row["staff_id"]) for row in self._rows.all(_LINKS, account=account)}

    def of_school(self, school: str) -> dict[StaffId, str]:
        """The sign-in names of a school's people who have an account."""
        return {StaffId(row["staff_id"]): row["sign_in_name"] for row in self._rows.all(_OF_SCHOOL, school=school)}

    def link(self, account: AccountId, school: str, staff: StaffId, now: datetime) -> None:
        """Say who this is in one more school. Raises AlreadyLinkedError."""
        with self._rows.together() as rows:
            link(rows, account, school, staff, now)

    def rehash(self, account: Account, new: str) -> None:
        """Keep another hash of the same password."""
        self._rows.run(_REHASH, account=account.id, hash=new, before=account.password_hash)

    def take_step(self, account: AccountId, step: int) -> bool:
        """Whether a time step is used now for the first time, and no later one was."""
        return self._rows.run(_STEP, account=account, step=step) == 1

    def take_code(self, account: AccountId, code: str, now: datetime) -> bool:
        """Whether a recovery code is used now for the first time."""
        return self._rows.run(_USE_CODE, account=account, code=code_hash(account, code), now=now) == 1

    def codes_left(self, account: AccountId) -> int:
        """How many recovery codes are still good."""
        row = self._rows.one(_CODES_LEFT, account=account)
        return 0 if row is None else int(row["left"])

    def passkeys(self, account: AccountId) -> tuple[Passkey, ...]:
        """The passkeys of an account."""
        return tuple(
            Passkey(bytes(row["credential_id"]), bytes(row["public_key"]), row["sign_count"])
            for row in self._rows.all(_PASSKEYS, account=account)
        )

    def used(self, account: AccountId, passkey: Passkey, now: datetime) -> None:
        """A passkey signed, and counted."""
        self._rows.run(_USE_PASSKEY, account=account, credential=passkey.id, count=passkey.sign_count, now=now)

    def knows(self, account: AccountId, place: bytes) -> bool:
        """Whether somebody signed in to the account from there before."""
        return self._rows.one(_KNOWN, account=account, place=place) is not None

    def knows_anybody(self, place: bytes) -> bool:
        """Whether somebody signed in from there before, to whichever account."""
        return self._rows.one(_KNOWN_PLACE, place=place) is not None

    def know(self, account: AccountId, place: bytes, now: datetime) -> None:
        """Somebody signed in from there; what nobody used for more than a year is forgotten."""
        self._rows.run(_KNOW, account=account, place=place, now=now)
        self._rows.run(_TIDY_PLACES, now=now)


def forget(rows: Rows, school: str, staff: StaffId) -> None:
    """Somebody is erased: their account at this school goes, and all of it where they have none elsewhere."""
    rows.one(_FORGET, school=school, staff=staff)


def add(
    rows: Together, account: AccountId, name: str, kept: str, sealed: bytes | None, step: int, now: datetime
) -> None:
    """A new account. Raises NameTakenError."""
    try:
        rows.run(_ADD, account=account, name=folded(name), hash=kept, sealed=sealed, step=step, now=now)
    except UniqueViolation as error:
        raise NameTakenError from error


def renew(rows: Together, account: AccountId, kept: str, sealed: bytes | None, step: int) -> None:
    """Another password and another second factor; no device is known any more, and no PIN counts."""
    rows.run(_RENEW, account=account, hash=kept, sealed=sealed, step=step)
    rows.run(_FORGET_PLACES, account=account)
    rows.run(_FORGET_PASSKEYS, account=account)
    rows.run(_FORGET_PIN, account=account)


def unlink_others(rows: Together, account: AccountId, school: str) -> None:
    """An account is somebody's at this school only."""
    rows.run(_UNLINK_OTHERS, account=account, school=school)


def link(rows: Together, account: AccountId, school: str, staff: StaffId, now: datetime) -> None:
    """Who an account is in a school. Raises AlreadyLinkedError."""
    try:
        rows.run(_LINK, account=account, school=school, staff=staff, now=now)
    except UniqueViolation as error:
        raise AlreadyLinkedError from error


def put_passkey(rows: Together, account: AccountId, passkey: Passkey, now: datetime) -> None:
    """One more passkey. Raises AlreadyLinkedError where another account has it."""
    try:
        rows.run(
            _ADD_PASSKEY,
            credential=passkey.id,
            account=account,
            public_key=passkey.public_key,
            count=passkey.sign_count,
            now=now,
        )
    except UniqueViolation as error:
        raise AlreadyLinkedError from error


def put_codes(rows: Together, account: AccountId, codes: tuple[str, ...]) -> None:
    """These recovery codes, and no others."""
    rows.run(_FORGET_CODES, account=account)
    for code in codes:
        rows.run(_ADD_CODE, account=account, code=code_hash(account, code))


def code_hash(account: AccountId, code: str) -> bytes:
    """What is kept of a recovery code: 59 bits of chance, and the account, so that no table of hashes fits two."""
    return hash_of(f"{account}/{code}")


def _account(row: Row | None) -> Account | None:
    if row is None:
        return None
    return Account(
        id=AccountId(row["account_id"]),
        name=row["sign_in_name"],
        password_hash=row["password_hash"],
        totp_sealed=None if row["totp_sealed"] is None else bytes(row["totp_sealed"]),
        totp_step=row["totp_step"],
        made_at=row["made_at"],
    )
