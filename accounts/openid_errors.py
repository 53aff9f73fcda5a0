"""What may go wrong when somebody signs in by their account at another provider. Each message is a sentence for them."""

from typing import Final

from accounts.errors import SignInError

_NOT_KNOWN: Final = "This account is not one of this Doorstep: ask your school for an invitation"


class NotKnownHereError(SignInError):
    """The provider says who it is, and nobody here is linked to that. An address is never looked at."""

    def __init__(self) -> None:
        """The same for everybody."""
        super().__init__(_NOT_KNOWN)


class ProviderAwayError(SignInError):
    """The provider does not answer, or not as it should."""

    def __init__(self, name: str, why: str) -> None:
        """`why` is for the log: words of ours, and nothing that came from outside."""
        super().__init__(f"{name} does not answer as it should. Try again in a minute, or sign in with your password")
        self.why = why


class ProofRefusedError(SignInError):
    """What came back does not prove who it is."""

    def __init__(self, name: str, why: str) -> None:
        """`why` is for the log: words of ours, and nothing that came from outside."""
        super().__init__(f"Signing in with {name} did not work. Begin again")
        self.why = why
