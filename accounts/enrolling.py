"""How an invitation becomes an account: a password, then the second factor, then the printed codes."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import uuid4

from accounts import totp
from accounts.accounts import Accounts
from accounts.errors import InvitationUnusableError, NotAcceptedError
from accounts.ids import AccountId
from accounts.one_time import new_codes
from accounts.password_rules import fault_of
from accounts.people import folded
from accounts.shapes import Invitation, Purpose
from domain.ids import SchoolSlug, StaffId

_WRONG_CODE: Final = "This code is not right. Wait until the app shows the next one, and type that"
_NAME: Final = "Use an e-mail address, or a name of three letters or more without spaces"
_TAKEN: Final = "Somebody signs in by this name already. Choose another"
_SHORTEST_NAME: Final = 3
_LONGEST_NAME: Final = 200


class ChoiceRefusedError(Exception):
    """What was chosen cannot be used."""

    def __init__(self, field: str, says: str) -> None:
        """`field` is that of the form, `says` a sentence."""
        super().__init__(says)
        self.field = field


class Enrolled(NamedTuple):
    """An account that can sign in now."""

    account: AccountId
    codes: tuple[str, ...]
    """The recovery codes, shown this once; none without a second factor."""


def choose(accounts: Accounts, invitation: Invitation, name: str, password: str, known_as: tuple[str, ...]) -> None:
    """Keep name and password for the next step, and make the secret of the second factor.

    `known_as` are names of person and school, which a password must not be. Raises ChoiceRefusedError, TooBusyError,
    InvitationUnusableError.
    """
    wanted = _name_of(accounts, invitation, name)
    if fault := fault_of(password, (wanted, *known_as)):
        raise ChoiceRefusedError("password", fault)
    sealed = accounts.secret.seal(totp.new_secret(), invitation.id)
    accounts.invitations.choose(invitation, wanted, accounts.hasher.hash(password), sealed)


def secret_of(accounts: Accounts, invitation: Invitation) -> str:
    """The secret for the app, between the two steps. Raises InvitationUnusableError before the first one."""
    if invitation.chosen_totp is None or not invitation.chosen_hash:
        raise InvitationUnusableError
    return accounts.secret.open(invitation.chosen_totp, invitation.id)


def check_code(accounts: Accounts, invitation: Invitation, code: str, now: datetime) -> int:
    """The time step of the code that the app shows. Raises NotAcceptedError, InvitationUnusableError."""
    found = totp.step_of(secret_of(accounts, invitation), code, after=0, now=now)
    if found is None:
        raise NotAcceptedError(_WRONG_CODE)
    return found


def finish(
    accounts: Accounts,
    invitation: Invitation,
    code: str | None,
    links: dict[SchoolSlug, StaffId],
    now: datetime,
) -> Enrolled:
    """The account is made, or renewed. Without a `code` it has no second factor: only for roles that need none.

    Raises NotAcceptedError for a wrong code; InvitationUnusableError, NameTakenError, AlreadyLinkedError.
    """
    secret = secret_of(accounts, invitation)
    existing = _existing(accounts, invitation)
    account = existing or AccountId(uuid4())
    sealed, step, codes = None, 0, tuple[str, ...]()
    if code is not None:
        step = check_code(accounts, invitation, code, now)
        sealed, codes = accounts.secret.seal(secret, account), new_codes()
    accounts.invitations.use(
        invitation, account, sealed=sealed, step=step, codes=codes, links=links, exists=existing is not None, now=now
    )
    return Enrolled(account, codes)


def _existing(accounts: Accounts, invitation: Invitation) -> AccountId | None:
    if invitation.school is None or invitation.staff is None:
        return None
    found = accounts.people.of_staff(invitation.school, invitation.staff)
    return None if found is None else found.id


def _name_of(accounts: Accounts, invitation: Invitation, name: str) -> str:
    existing = _existing(accounts, invitation)
    if invitation.purpose is Purpose.RESTORE and existing is not None:
        account = accounts.people.get(existing)
        return "" if account is None else account.name
    wanted = folded(invitation.name or name)
    if not _SHORTEST_NAME <= len(wanted) <= _LONGEST_NAME or any(c.isspace() or not c.isprintable() for c in wanted):
        raise ChoiceRefusedError("name", _NAME)
    taken = accounts.people.named(wanted)
    if taken is not None and taken.id != existing:
        raise ChoiceRefusedError("name", _TAKEN)
    return wanted
