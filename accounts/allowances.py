"""How often something may be tried, counted in the database: a restart forgets nothing, and all processes count together.

Strangers share allowances by name and by address. A device that signed in to the account before has one of its own,
so nobody can lock somebody else out of the device that they always use.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from accounts.errors import TooManyTriesError
from accounts.ids import AccountId
from accounts.rows import Rows
from accounts.secret import Secret
from domain.ids import StaffId

STRANGERS: Final = (RateLimitItemPerMinute(6, 15), RateLimitItemPerDay(30))
"""For one name, from devices that never signed in to it."""
ADDRESS: Final = (RateLimitItemPerMinute(60, 15), RateLimitItemPerDay(600))
"""From one address, for any name, from such devices: a school is behind one address."""
KNOWN: Final = (RateLimitItemPerMinute(10, 15), RateLimitItemPerDay(60))
"""For one account, from one device that signed in to it before."""
SECOND: Final = (RateLimitItemPerMinute(6, 15), RateLimitItemPerDay(30))
"""Codes for one account: whoever tries them knows the password."""
PINS: Final = (RateLimitItemPerMinute(6, 15), RateLimitItemPerDay(30))
"""For one person at the desks of a school: they open nothing else, and so nobody is locked out of anything else."""
DESK: Final = (RateLimitItemPerMinute(30, 15), RateLimitItemPerDay(200))
"""At one desk, for anybody."""
INVITATIONS: Final = (RateLimitItemPerMinute(60, 15),)
"""Links tried from one address."""
_SAYS: Final = "This was tried too often. Wait a quarter of an hour, or use the device that you always sign in with"
_HIT: Final = (
    "INSERT INTO doorstep_accounts.allowance AS a (key, spent, ends_at) VALUES (%(key)s, %(amount)s, %(ends_at)s)"
    " ON CONFLICT (key) DO UPDATE SET"
    " spent = CASE WHEN a.ends_at <= %(now)s THEN excluded.spent ELSE a.spent + excluded.spent END,"
    " ends_at = CASE WHEN a.ends_at <= %(now)s THEN excluded.ends_at ELSE a.ends_at END RETURNING spent"
)
_GET: Final = "SELECT spent, ends_at FROM doorstep_accounts.allowance WHERE key = %(key)s AND ends_at > %(now)s"
_GIVE_BACK: Final = (
    "UPDATE doorstep_accounts.allowance SET spent = greatest(spent - 1, 0) WHERE key = ANY (%(keys)s::bytea[])"
)
_TIDY: Final = "DELETE FROM doorstep_accounts.allowance WHERE ends_at <= %(now)s"


class _Counts(Storage):
    """Where `limits` counts, at one instant. Keys are hashed: what was typed as a name is kept nowhere."""

    STORAGE_SCHEME = None

    def __init__(self, rows: Rows, secret: Secret, now: datetime) -> None:
        super().__init__()
        self._rows = rows
        self._secret = secret
        self._now = now

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        ends_at = self._now + timedelta(seconds=expiry)
        row = self._rows.one(
            _HIT, key=self._secret.hash("allowance", key), amount=amount, ends_at=ends_at, now=self._now
        )
        return 0 if row is None else int(row["spent"])

    def get(self, key: str) -> int:
        row = self._rows.one(_GET, key=self._secret.hash("allowance", key), now=self._now)
        return 0 if row is None else int(row["spent"])

    def get_expiry(self, key: str) -> float:
        row = self._rows.one(_GET, key=self._secret.hash("allowance", key), now=self._now)
        return (self._now if row is None else row["ends_at"].astimezone(UTC)).timestamp()

    def check(self) -> bool:
        return self._rows.one("SELECT 1 AS one") is not None

    def reset(self) -> int | None:
        return None  # Nobody may: it would forget what everybody tried.

    def clear(self, key: str) -> None:
        self._rows.run(_GIVE_BACK, keys=[self._secret.hash("allowance", key)])


class Allowances:
    """Spends and gives back. Thread-safe."""

    def __init__(self, rows: Rows, secret: Secret) -> None:
        """Kept in the database, under hashes that only this installation can make."""
        self._rows = rows
        self._secret = secret

    def of_stranger(self, name: str, address: str, now: datetime) -> "Spent":
        """One try for a name from a device that never signed in to it; an unknown address ("") is not counted.

        Raises TooManyTriesError.
        """
        by_address = ((items, "address", address) for items in (ADDRESS,) if address)
        return self._spend(((STRANGERS, "name", name), *by_address), now)

    def of_device(self, account: AccountId, device: bytes, now: datetime) -> "Spent":
        """One try from a device that signed in to the account before. Raises TooManyTriesError."""
        return self._spend(((KNOWN, "device", f"{account}/{device.hex()}"),), now)

    def of_second_step(self, account: AccountId, now: datetime) -> "Spent":
        """One code for an account. Raises TooManyTriesError."""
        return self._spend(((SECOND, "second", str(account)),), now)

    def of_pin(self, desk: StaffId, person: str, now: datetime) -> "Spent":
        """One PIN at a desk, for somebody who is known or not. Raises TooManyTriesError."""
        return self._spend(((PINS, "pin", person), (DESK, "desk", str(desk))), now)

    def of_link(self, address: str, now: datetime) -> "Spent":
        """One invitation that there is not. Raises TooManyTriesError."""
        return self._spend(((INVITATIONS, "link", address),), now)

    def of_provider(self, address: str, device: bytes | None, now: datetime) -> "Spent":
        """One answer that comes back from another provider, to a `device` by which somebody signed in before or to none.

        An unknown address ("") is not counted. Raises TooManyTriesError.
        """
        if device is not None:
            return self._spend(((KNOWN, "provider-device", device.hex()),), now)
        return self._spend(((ADDRESS, "provider", address),) if address else (), now)

    def tidy(self, now: datetime) -> None:
        """Forget what counts no more."""
        self._rows.run(_TIDY, now=now)

    def _spend(self, what: tuple[tuple[tuple[RateLimitItem, ...], str, str], ...], now: datetime) -> "Spent":
        counts = FixedWindowRateLimiter(_Counts(self._rows, self._secret, now))
        keys: list[bytes] = []
        for items, kind, key in what:
            for item in items:
                # Spent before the password is looked at, so that a thousand tries at once count as a thousand.
                if not counts.hit(item, kind, key):
                    spent = counts.storage.get(item.key_for(kind, key))
                    raise TooManyTriesError(_SAYS, first=spent == item.amount + 1)
                keys.append(self._secret.hash("allowance", item.key_for(kind, key)))
        return Spent(self._rows, keys)


class Spent:
    """What a try has cost."""

    def __init__(self, rows: Rows, keys: list[bytes]) -> None:
        """Made by `Allowances`."""
        self._rows = rows
        self._keys = keys

    def give_back(self) -> None:
        """It was right: it costs nothing."""
        self._rows.run(_GIVE_BACK, keys=self._keys)
