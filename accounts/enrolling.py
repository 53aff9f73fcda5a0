"""How an invitation becomes an account: a password, then the second factor, then the printed codes."""

from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import uuid4

from accounts import totp
from accounts.accounts import Accounts
from accounts.errors import InvitationUnusableError, NotAcceptedError
from accounts.ids import AccountId
from accounts.invitations import Proofs
from accounts.one_time import new_codes
from accounts.passkeys import Passkey, Site, ask_to_make, made
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
    wanted = name_of(accounts, invitation, name)
    if fault := fault_of(password, (wanted, *known_as)):
        raise ChoiceRefusedError("password", fault)
    sealed = accounts.secret.seal(totp.new_secret(), invitation.id)
    accounts.invitations.choose(invitation, wanted, accounts.hasher.hash(password), sealed)
    accounts.subjects.forget_choice(invitation.id)


def secret_of(accounts: Accounts, invitation: Invitation) -> str:
    """The secret for the app, between the two steps. Raises InvitationUnusableError before the first one."""
    if invitation.chosen_totp is None or not invitation.chosen_hash:
        raise InvitationUnusableError
    return accounts.secret.open(invitation.chosen_totp, invitation.id)


def ask_for_passkey(accounts: Accounts, invitation: Invitation, site: Site) -> dict[str, Any]:
    """What the browser is asked, to make a passkey. Raises InvitationUnusableError before the first step."""
    secret_of(accounts, invitation)
    asked = ask_to_make(site, invitation.id.bytes, invitation.chosen_name or str(invitation.id))
    accounts.invitations.challenge(invitation, asked.challenge)
    return asked.options


def check_passkey(invitation: Invitation, site: Site, sent: str) -> Passkey:
    """The passkey that the browser made. Raises NotAcceptedError."""
    return made(site, invitation.challenge or b"", sent)


def check_code(accounts: Accounts, invitation: Invitation, code: str, now: datetime) -> int:
    """The time step of the code that the app shows. Raises NotAcceptedError, InvitationUnusableError."""
    found = totp.step_of(secret_of(accounts, invitation), code, after=0, now=now)
    if found is None:
        raise NotAcceptedError(_WRONG_CODE)
    return found


def finish(
    accounts: Accounts,
    invitation: Invitation,
    second: str | Passkey | None,
    links: dict[SchoolSlug, StaffId],
    now: datetime,
) -> Enrolled:
    """The account is made, or renewed. `second` is the code of the app, or a passkey; None only for roles that need none.

    Raises NotAcceptedError for a wrong code; InvitationUnusableError, NameTakenError, AlreadyLinkedError.
    """
    secret = secret_of(accounts, invitation)
    existing = existing_of(accounts, invitation)
    account = existing or AccountId(uuid4())
    proofs = Proofs()
    if isinstance(second, str):
        step = check_code(accounts, invitation, second, now)
        proofs = Proofs(accounts.secret.seal(secret, account), step, new_codes())
    elif second is not None:
        proofs = Proofs(codes=new_codes(), passkey=second)
    accounts.invitations.use(invitation, account, proofs, links=links, exists=existing is not None, now=now)
    return Enrolled(account, proofs.codes)


def existing_of(accounts: Accounts, invitation: Invitation) -> AccountId | None:
    """The account of whom the invitation is for, where they have one."""
    if invitation.school is None or invitation.staff is None:
        return None
    found = accounts.people.of_staff(invitation.school, invitation.staff)
    return None if found is None else found.id


def name_of(accounts: Accounts, invitation: Invitation, name: str) -> str:
    """The sign-in name, if it can be one; that of the account or the invitation comes first. Raises ChoiceRefusedError."""
    existing = existing_of(accounts, invitation)
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
