"""PINs for the front desk: who has one, and whether one is right. A PIN opens nothing anywhere else.

An unknown person costs the same work as a wrong PIN and is answered in the same words. A try is counted before it is
looked at, and costs nothing where it was right. Ten thousand PINs are few: what is hashed is keyed by the key file, and
after twenty wrong tries in a row a PIN opens nothing until its person, who signs in by themselves, sets another.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from accounts.allowances import Allowances
from accounts.desks import LEAVE_DESKS, Desk
from accounts.errors import NotAcceptedError, TooManyTriesError
from accounts.hashing import Hasher
from accounts.ids import AccountId
from accounts.people import People
from accounts.rows import Rows
from accounts.secret import Secret
from accounts.shapes import Account
from domain.ids import StaffId

MISSES: Final = 20
"""Wrong tries in a row."""
_NOBODY: Final = AccountId(UUID(int=0))
_WRONG: Final = "The name and the PIN do not fit together. Look at both and try again"
_TOO_OFTEN: Final = (
    "This was tried too often at the desk. Wait a quarter of an hour, or sign in by yourself on another device"
)
_SET: Final = (
    "INSERT INTO doorstep_accounts.desk_pin AS p (account_id, pin_hash, set_at) VALUES (%(account)s, %(hash)s, %(now)s)"
    " ON CONFLICT (account_id) DO UPDATE SET pin_hash = excluded.pin_hash, misses = 0, set_at = excluded.set_at"
)
_REMOVE: Final = "DELETE FROM doorstep_accounts.desk_pin WHERE account_id = %(account)s"
_TRY: Final = (
    "UPDATE doorstep_accounts.desk_pin SET misses = misses + 1 WHERE account_id = %(account)s AND misses < %(most)s"
    " RETURNING pin_hash"
)
_RIGHT: Final = "UPDATE doorstep_accounts.desk_pin SET misses = 0 WHERE account_id = %(account)s"
_STATE: Final = "SELECT misses FROM doorstep_accounts.desk_pin WHERE account_id = %(account)s"
_OF_SCHOOL: Final = (
    "SELECT l.staff_id FROM doorstep_accounts.desk_pin AS p JOIN doorstep_accounts.account_link AS l USING (account_id)"
    " WHERE l.school = %(school)s"
)


class Pins:
    """All of them. Thread-safe; every method raises LogUnavailable."""

    def __init__(self, rows: Rows, secret: Secret, hasher: Hasher, people: People, allowances: Allowances) -> None:
        """Hashed as passwords are, under a secret of their own."""
        self._rows = rows
        self._secret = secret.apart("front desk pins")
        self._hasher = hasher
        self._people = people
        self._allowances = allowances

    def put(self, account: AccountId, pin: str, now: datetime) -> None:
        """This PIN from now on; whoever acts by the one before acts no more. Raises TooBusyError."""
        kept = self._hasher.hash(self._keyed(account, pin))
        with self._rows.together() as rows:
            rows.run(_SET, account=account, hash=kept, now=now)
            rows.run(LEAVE_DESKS, account=account, now=now)

    def remove(self, account: AccountId, now: datetime) -> None:
        """None any more."""
        with self._rows.together() as rows:
            rows.run(_REMOVE, account=account)
            rows.run(LEAVE_DESKS, account=account, now=now)

    def state(self, account: AccountId) -> bool | None:
        """Whether the account's PIN still opens a desk; None for an account without one."""
        row = self._rows.one(_STATE, account=account)
        return None if row is None else int(row["misses"]) < MISSES

    def of_school(self, school: str) -> frozenset[StaffId]:
        """The school's people who have one."""
        return frozenset(StaffId(row["staff_id"]) for row in self._rows.all(_OF_SCHOOL, school=school))

    def check(self, desk: Desk, typed_for: str, staff: StaffId | None, pin: str, now: datetime) -> Account:
        """The account of the member of staff whose PIN this is; None for somebody who may not act there.

        `typed_for` is what was sent as the person, whoever that is. Raises NotAcceptedError, TooManyTriesError,
        TooBusyError; each in words that do not tell whether there is such a person, or such a PIN.
        """
        account = self._people.of_staff(desk.school, staff) if staff is not None else None
        try:
            spent = self._allowances.of_pin(desk.id, f"{desk.school}/{staff or typed_for}", now)
        except TooManyTriesError as error:
            raise TooManyTriesError(_TOO_OFTEN, account, first=error.first) from error
        row = self._rows.one(_TRY, account=account.id if account else _NOBODY, most=MISSES)
        kept = None if row is None else str(row["pin_hash"])
        if not self._hasher.fits(kept, self._keyed(account.id if account else _NOBODY, pin)) or account is None:
            raise NotAcceptedError(_WRONG, account)
        spent.give_back()
        self._rows.run(_RIGHT, account=account.id)
        return account

    def _keyed(self, account: AccountId, pin: str) -> str:
        return self._secret.hash(str(account), pin).hex()
