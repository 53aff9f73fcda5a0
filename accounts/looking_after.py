"""What somebody does with their own account: another password, one more passkey, new printed codes.

A second factor is changed only soon after signing in; a password only by whoever knows the old one.
"""

from datetime import datetime
from typing import Any, Final

from accounts import pin_rules
from accounts.accounts import Accounts
from accounts.enrolling import ChoiceRefusedError
from accounts.errors import NotAcceptedError
from accounts.ids import AccountId
from accounts.one_time import new_codes
from accounts.passkeys import Site, ask_to_make, made
from accounts.password_rules import fault_of
from accounts.people import put_codes, put_passkey
from accounts.rules import FRESH
from accounts.shapes import Account, Session

_WRONG: Final = "This is not your password. Type the one that you sign in with now"
_SIGN_IN_AGAIN: Final = "Sign out and in again first: this is changed only within a quarter of an hour after signing in"


def is_fresh(session: Session, now: datetime) -> bool:
    """Whether whoever holds the session proved who they are a short while ago."""
    return session.second_at is not None and now < session.second_at + FRESH


def is_recent(session: Session, now: datetime) -> bool:
    """The same, also for whoever needs no second factor."""
    return now < (session.second_at or session.began_at) + FRESH


def change_password(
    accounts: Accounts, session: Session, before: str, wanted: str, names: tuple[str, ...], now: datetime
) -> None:
    """Another password; all other sessions end. `names` are those of person and schools, which it must not be.

    Raises NotAcceptedError for a wrong old one, ChoiceRefusedError, TooManyTriesError, TooBusyError.
    """
    account = _by_password(accounts, session, before, now)
    if fault := fault_of(wanted, (account.name, *names)):
        raise ChoiceRefusedError("wanted", fault)
    accounts.people.rehash(account, accounts.hasher.hash(wanted))
    # After this line the old password opens nothing; a crash before the next leaves other sessions as they are.
    accounts.sessions.end_others(session, now)


def ask_for_new_passkey(accounts: Accounts, session: Session, name: str, site: Site) -> dict[str, Any]:
    """What the browser is asked, to make one more passkey."""
    known = [one.id for one in accounts.people.passkeys(session.account)]
    asked = ask_to_make(site, session.account.bytes, name, known)
    accounts.sessions.challenge(session, asked.challenge)
    return asked.options


def add_passkey(accounts: Accounts, session: Session, site: Site, sent: str, now: datetime) -> None:
    """One more passkey. Raises NotAcceptedError, AlreadyLinkedError."""
    _refuse_stale(session, now)
    if not accounts.sessions.take_challenge(session) or session.challenge is None:
        raise NotAcceptedError(_SIGN_IN_AGAIN)
    passkey = made(site, session.challenge, sent)
    with accounts.rows.together() as rows:
        put_passkey(rows, session.account, passkey, now)


def renew_codes(accounts: Accounts, session: Session, password: str, now: datetime) -> tuple[str, ...]:
    """New recovery codes; the old ones open nothing from then on.

    Raises NotAcceptedError, TooManyTriesError, TooBusyError.
    """
    _refuse_stale(session, now)
    prove_again(accounts, session, password, now)
    codes = new_codes()
    with accounts.rows.together() as rows:
        put_codes(rows, session.account, codes)
    return codes


def set_pin(accounts: Accounts, session: Session, password: str, pin: str, now: datetime) -> None:
    """A PIN for the front desk, in place of any before it.

    Raises NotAcceptedError for a wrong password, ChoiceRefusedError, TooManyTriesError, TooBusyError.
    """
    if fault := pin_rules.fault_of(pin):
        raise ChoiceRefusedError("pin_wanted", fault)
    prove_again(accounts, session, password, now)
    accounts.pins.put(session.account, pin, now)


def has_password(accounts: Accounts, account: AccountId) -> bool:
    """Whether somebody knows the account's password: not where they chose another provider in place of one."""
    return not any(accounts.subjects.of(account).values())


def prove_again(accounts: Accounts, session: Session, password: str, now: datetime) -> None:
    """Whoever holds the session types the password once more: they may have left the screen to somebody else.

    Without one they have to have signed in a short while ago. Raises NotAcceptedError, TooManyTriesError, TooBusyError.
    """
    if has_password(accounts, session.account):
        _by_password(accounts, session, password, now)
    elif not is_recent(session, now):
        raise NotAcceptedError(_SIGN_IN_AGAIN)


def _by_password(accounts: Accounts, session: Session, password: str, now: datetime) -> Account:
    account = accounts.people.get(session.account)
    spent = accounts.allowances.of_second_step(session.account, now)
    if account is None or not accounts.hasher.fits(account.password_hash, password):
        raise NotAcceptedError(_WRONG, account)
    spent.give_back()
    return account


def _refuse_stale(session: Session, now: datetime) -> None:
    if not is_fresh(session, now):
        raise NotAcceptedError(_SIGN_IN_AGAIN)
