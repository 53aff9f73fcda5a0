"""A browser that goes to the tests' own provider and comes back, without any page of Doorstep's."""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from accounts.openid import Answer, OpenId
from accounts.openid_settings import Provider
from accounts.openid_token import Proof
from accounts.secret import Secret
from tests.accounts.openid_provider import Change, OwnProvider

NOW: Final = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BACK: Final = "https://visits.school.example/sign-in/with/openid/back"
MINE: Final = Secret(b"k" * 32)


class Browser:
    """One browser that goes there and comes back."""

    def __init__(self, theirs: OwnProvider, provider: Provider | None = None, openid: OpenId | None = None) -> None:
        """It has left already."""
        self.theirs = theirs
        self.provider = provider or theirs.settings()
        self.openid = openid or OpenId([self.provider])
        self.left = self.openid.leave(MINE, self.provider, BACK, NOW, purpose="sign-in")

    def back(
        self, subject: str = "amira", change: Change = lambda _: None, token: str | None = None, **answer: str
    ) -> Proof:
        """Comes back with what the provider gave it, changed as a test wants."""
        given = self.theirs.comes_to(self.left.address, subject, NOW, change=change, token=token)
        return self.with_answer({**given, **answer})

    def with_answer(self, given: dict[str, str], now: datetime = NOW) -> Proof:
        """Comes back with this."""
        begun = self.openid.begun(MINE, self.provider, self.left.cookie, given["state"], now)
        answer = Answer(given["state"], given.get("code", ""), given.get("iss", ""), given.get("error", ""))
        return self.openid.prove(self.provider, begun, answer, now)

    @property
    def nonce(self) -> str:
        """What the token has to say again."""
        return parse_qs(urlsplit(self.left.address).query)["nonce"][0]


def changed(**claims: Any) -> Change:
    return lambda found: found.update(claims)


def lacking(name: str) -> Change:
    def change(claims: dict[str, Any]) -> None:
        claims.pop(name)

    return change
