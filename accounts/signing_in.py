"""How somebody signs in: name and password, then the second factor. One way for everybody, known or not.

A wrong name costs the same work as a wrong password and is answered in the same words. A try is counted before it is
looked at, and costs nothing where it was right.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

from accounts import totp
from accounts.accounts import Accounts
from accounts.allowances import Spent
from accounts.errors import NotAcceptedError, TooManyTriesError
from accounts.ids import AccountId
from accounts.one_time import as_code, hash_of
from accounts.passkeys import Site, ask_to_sign, signed
from accounts.people import folded
from accounts.shapes import Account, Session

_WRONG: Final = "The name and the password do not fit together. Look at both and try again"
_WRONG_CODE: Final = (
    "This code is not right, or was used already. Wait for the next one, or use a printed recovery code"
)


class Place(NamedTuple):
    """From where somebody signs in."""

    address: str
    """Network address; "" where it is not known."""
    device: str
    """What this browser was given when somebody signed in with it before; "" for none."""
    label: str
    """What the device is called."""


def check_password(accounts: Accounts, name: str, password: str, place: Place, now: datetime) -> Account:
    """The account whose name and password these are.

    Raises NotAcceptedError, TooManyTriesError, TooBusyError; each in words that do not tell whether the name is known.
    """
    account = accounts.people.named(name)
    spent = _spend(accounts, account, name, place, now)
    if not accounts.hasher.fits(None if account is None else account.password_hash, password) or account is None:
        raise NotAcceptedError(_WRONG, account)
    spent.give_back()
    if accounts.hasher.is_old(account.password_hash):
        accounts.people.rehash(account, accounts.hasher.hash(password))
    return account


def _spend(accounts: Accounts, account: Account | None, name: str, place: Place, now: datetime) -> Spent:
    device = hash_of(place.device)
    try:
        if account is not None and place.device and accounts.people.knows(account.id, device):
            return accounts.allowances.of_device(account.id, device, now)
        return accounts.allowances.of_stranger(folded(name), place.address, now)
    except TooManyTriesError as error:
        raise TooManyTriesError(str(error), account, first=error.first) from error


def check_code(accounts: Accounts, account: AccountId, typed: str, now: datetime) -> bool:
    """Whether the code is from the account's app (False: it was a recovery code). Neither is accepted twice.

    Raises NotAcceptedError, TooManyTriesError.
    """
    spent = accounts.allowances.of_second_step(account, now)
    found = accounts.people.get(account)
    if found is None:
        raise NotAcceptedError(_WRONG_CODE)
    recovery = as_code(typed)
    if recovery and accounts.people.take_code(account, recovery, now):
        spent.give_back()
        return False
    if found.totp_sealed is not None:
        secret = accounts.secret.open(found.totp_sealed, account)
        step = totp.step_of(secret, typed, after=found.totp_step, now=now)
        if step is not None and accounts.people.take_step(account, step):
            spent.give_back()
            return True
    raise NotAcceptedError(_WRONG_CODE, found)


def proves_twice(accounts: Accounts, account: Account) -> bool:
    """Whether the account has a second factor, of whichever kind."""
    return account.totp_sealed is not None or bool(accounts.people.passkeys(account.id))


def ask_for_passkey(accounts: Accounts, session: Session, site: Site) -> dict[str, Any] | None:
    """What the browser is asked, to sign with a passkey; None for an account without one."""
    known = accounts.people.passkeys(session.account)
    if not known:
        return None
    asked = ask_to_sign(site, [one.id for one in known])
    accounts.sessions.challenge(session, asked.challenge)
    return asked.options


def check_passkey(accounts: Accounts, session: Session, site: Site, sent: str, now: datetime) -> None:
    """Whether a passkey of the account signed what this session asked, once. Raises NotAcceptedError, TooManyTriesError."""
    spent = accounts.allowances.of_second_step(session.account, now)
    if not accounts.sessions.take_challenge(session) or session.challenge is None:
        raise NotAcceptedError(_WRONG_CODE)
    try:
        passkey = signed(site, session.challenge, sent, accounts.people.passkeys(session.account))
    except NotAcceptedError as error:
        raise NotAcceptedError(str(error), accounts.people.get(session.account)) from error
    accounts.people.used(session.account, passkey, now)
    spent.give_back()


def begin_half(accounts: Accounts, account: Account, place: Place, now: datetime, first: str = "password") -> str:
    """The identifier of a session that may only give its second factor, after a `first` step."""
    return accounts.sessions.begin(
        account.id, half=True, second=False, device=place.label, roles={}, now=now, first=first
    )


def begin(
    accounts: Accounts,
    account: AccountId,
    place: Place,
    roles: Mapping[str, str],
    now: datetime,
    *,
    second: bool,
    before: Session | None = None,
) -> str:
    """The identifier of a session that is signed in, always a new one; what the browser had `before` has ended."""
    if before is not None:
        accounts.sessions.end(before.id, now)
    identifier = accounts.sessions.begin(account, half=False, second=second, device=place.label, roles=roles, now=now)
    if place.device:
        accounts.people.know(account, hash_of(place.device), now)
    accounts.allowances.tidy(now)
    accounts.sessions.tidy(now)
    return identifier
