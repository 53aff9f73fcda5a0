"""An invitation that is used by somebody's account at another provider, in place of a password of their own here."""

from typing import Final

from accounts import totp
from accounts.accounts import Accounts
from accounts.enrolling import existing_of, name_of
from accounts.one_time import new_token
from accounts.openid_settings import Provider
from accounts.openid_subjects import SubjectTakenError
from accounts.shapes import Invitation, Subject

_LETTERS: Final = 8


def choose_subject(accounts: Accounts, invitation: Invitation, provider: Provider, subject: Subject) -> None:
    """Keep who it is for the next step, and make the secret of the second factor. Nobody knows the account's password.

    Raises SubjectTakenError where somebody else's account is this one; ChoiceRefusedError, TooBusyError,
    InvitationUnusableError.
    """
    known = accounts.subjects.account(subject)
    if known is not None and known != existing_of(accounts, invitation):
        raise SubjectTakenError
    made_up = f"{provider.key}-{new_token().replace('-', '').replace('_', '')[:_LETTERS]}"
    name = name_of(accounts, invitation, made_up)
    sealed = accounts.secret.seal(totp.new_secret(), invitation.id)
    accounts.invitations.choose(invitation, name, accounts.hasher.hash(new_token()), sealed)
    # A crash here leaves a password that nobody knows: the link is opened again, and this is done once more.
    accounts.subjects.choose(invitation.id, subject)
