"""Somebody who signs in by an account at another provider: a school that knows the tests' own one, and a browser that goes there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pyotp
from httpx2 import Response

from accounts.openid import OpenId
from api.app import create_app
from api.origin import Origin
from domain.ids import StaffId
from domain.roles import Role
from eventlog.settings import DatabaseUrls
from tests.accounts.openid_provider import Change, OwnProvider
from tests.api.live import _CODES, _KEY, ADDRESS, BECKSIDE, Browser, Live, live
from tests.databases import Databases

HERE: Final = "/sign-in/with/openid"
COOKIE: Final = "__Host-doorstep-openid"
NOT_KNOWN: Final = "This account is not one of this Doorstep: ask your school for an invitation"


def nothing(_: dict[str, Any]) -> None:
    """A token is as the standard wants it."""


@contextmanager
def live_with(urls: DatabaseUrls, server: Databases, theirs: OwnProvider) -> Iterator[Live]:
    """A live installation that knows the provider."""
    with live(urls, server) as made:
        made.somebody(Role.HEADTEACHER, name="Hedy Head")
        uses(made, theirs)
        yield made


def uses(school: Live, theirs: OwnProvider, **settings: Any) -> None:
    """The installation knows the provider like this from now on."""
    openid = OpenId([theirs.settings(**settings)])
    school.app = create_app(school.runtime, Origin(address=ADDRESS), openid)


class Goes:
    """Somebody who leaves for the provider and comes back."""

    def __init__(self, school: Live, theirs: OwnProvider, browser: Browser | None = None) -> None:
        """In a browser that knows nothing, unless another is given."""
        self.school = school
        self.theirs = theirs
        self.browser = browser or school.browser()

    def leaves(self, path: str = HERE) -> str:
        """Where they are sent."""
        sent = self.browser.get(path)
        assert sent.status_code == 303, sent.text
        return sent.headers["location"]

    def comes_back(self, address: str, subject: str, change: Change = nothing) -> Response:
        """With what the provider gave them."""
        return self.answers(self.theirs.comes_to(address, subject, self.school.now, change=change))

    def answers(self, given: dict[str, str]) -> Response:
        """With this."""
        return self.browser.http.get(f"{HERE}/back", params=given)

    def through(self, subject: str, path: str = HERE, change: Change = nothing) -> Response:
        """There and back."""
        return self.comes_back(self.leaves(path), subject, change)

    def uses_invitation(self, subject: str, *roles: Role) -> tuple[StaffId, str]:
        """Somebody joins and uses their link by the provider, with an app; their id and the app's secret."""
        staff = self.school.joins("Amira Khan", *roles)
        return staff, self.uses_link(self.school.invitation(staff), subject)

    def uses_link(self, link: str, subject: str) -> str:
        """A link, to the end; the secret of the app."""
        second = self.through(subject, f"{link}/with/openid")
        secret = secret_in(second.text)
        done = self.browser.post(f"{link}/second", {"code": pyotp.TOTP(secret).at(self.school.now)})
        assert len(_CODES.findall(done.text)) == 10, done.text
        return secret


def secret_in(text: str) -> str:
    """The secret for the app, on the page of the second step."""
    found = _KEY.search(text)
    assert found, text
    return found[1].replace(" ", "")


def events(school: Live, staff: StaffId, kind: type) -> list[Any]:
    """What is kept of a kind that somebody did, in order."""
    log = school.runtime.store.log(BECKSIDE)
    return [one.event for one in log.read_log(0) if isinstance(one.event, kind) and one.envelope.actor == staff]
