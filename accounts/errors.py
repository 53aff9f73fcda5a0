"""What may go wrong when somebody signs in. The words are the same whatever was wrong: none tells which accounts there are."""


class SignInError(Exception):
    """Somebody was not signed in; the message is a sentence for them."""

    def __init__(self, says: str, account: object = None) -> None:
        """`account` is the known account that was tried, for the record only; None for a name that nobody has."""
        super().__init__(says)
        self.account = account


class NotAcceptedError(SignInError):
    """The name and the password do not fit together, or the code is not right."""


class TooManyTriesError(SignInError):
    """It was tried too often: by this device for this account, or by strangers, or from this address."""

    def __init__(self, says: str, account: object = None, *, first: bool = False) -> None:
        """`first`: the first that is too many; it goes on record, those after it do not."""
        super().__init__(says, account)
        self.first = first


class TooBusyError(SignInError):
    """More people sign in at this moment than the machine has memory for."""


class NotSignedInError(Exception):
    """No session, or one that has ended: sign in first."""


class SessionOverError(NotSignedInError):
    """The session was not used for too long, or began too long ago."""


class WhoIsAtTheDeskError(NotSignedInError):
    """Asked at a front desk by nobody who has said who they are: a name and a PIN first. Nothing that was typed is lost."""


class SecondFactorMissingError(NotSignedInError):
    """A role needs a second factor, and this account has none: a new invitation sets one up."""


class InvitationUnusableError(Exception):
    """This invitation was used, has expired, was withdrawn, or never was one: nobody is told which."""
