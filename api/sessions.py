"""The session of a browser: the cookie that carries its identifier, and whether it still counts.

`__Host-doorstep` is set for this host alone, over TLS alone, and no script reads it. On a machine's own loopback address,
for a trial without TLS, it goes without the prefix, because browsers keep that for TLS.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accounts.devices import device_label
from accounts.errors import NotSignedInError, SecondFactorMissingError, SessionOverError
from accounts.one_time import new_token
from accounts.passkeys import Site
from accounts.rules import OUT, Limits, is_over, limits_of, needs_second_factor
from accounts.shapes import Session
from accounts.signing_in import Place
from api.origin import Origin, address_of
from api.runtime import Runtime
from domain.roles import Role

_SESSION: Final = "doorstep"
_DEVICE: Final = "doorstep-device"
_SCREEN: Final = "doorstep-screen"
_DESK: Final = "doorstep-desk"
_AT_DESK: Final = "doorstep-at-desk"
_HOST: Final = "__Host-"
_DEVICE_LASTS: Final = timedelta(days=365)
_SESSION_LASTS: Final = timedelta(hours=36)
"""The server knows when a session is over; the browser forgets it at the latest then."""


def origin_of(request: Request) -> Origin:
    """The origin that the app was made with."""
    found: Origin = request.app.state.origin
    return found


def session_cookie(origin: Origin) -> str:
    """What the session's cookie is called."""
    return named(origin, _SESSION)


def named(origin: Origin, name: str) -> str:
    """What a cookie is called that `cookie` sets."""
    return f"{_HOST}{name}" if origin.secure else name


def session_of(request: Request, runtime: Runtime, *, half: bool = False) -> Session:
    """The session that this request belongs to; one that waits for its second factor only where `half` is asked for.

    Raises NotSignedInError.
    """
    identifier = request.cookies.get(session_cookie(origin_of(request)), "")
    found = runtime.accounts.sessions.find(identifier, runtime.now()) if identifier else None
    if found is None or found.half is not half:
        raise NotSignedInError
    return found


def go_on(
    request: Request, runtime: Runtime, session: Session, school: str, roles: Collection[Role], out: Callable[[], bool]
) -> None:
    """Whether the session still counts for somebody with these roles; it is used now, and renamed where roles changed.

    `out` says whether the person is on a trip at this moment: nobody is timed out on a doorstep. Raises SessionOverError,
    and SecondFactorMissingError where the roles need what the session was begun without.
    """
    now, sessions = runtime.now(), runtime.accounts.sessions
    if _over(session, limits_of(roles), now) and (not out() or _over(session, OUT, now)):
        sessions.end(session.id, now)
        raise SessionOverError
    if needs_second_factor(roles) and session.second_at is None:
        raise SecondFactorMissingError
    sessions.seen(session, now)
    held = in_words(roles)
    if session.roles.get(school) != held and not session.by_old_identifier:
        renamed = sessions.rotate(session, {school: held}, now)
        if renamed is not None:
            request.state.new_identifier = renamed  # `SessionCookie` sends it along


def in_words(roles: Collection[Role]) -> str:
    """Roles as a session keeps them."""
    return ",".join(sorted(roles))


def site_of(request: Request) -> Site | None:
    """Where passkeys count; None for a bare address, for which browsers make none."""
    address = origin_of(request).address or str(request.base_url).rstrip("/")
    name = urlsplit(address).hostname or ""
    return None if not name or ":" in name or name.replace(".", "").isdigit() else Site(name, address)


def place_of(request: Request) -> Place:
    """From where somebody signs in."""
    origin = origin_of(request)
    device = request.cookies.get(named(origin, _DEVICE), "")
    return Place(address_of(request, origin), device, device_label(request.headers.get("user-agent", "")))


def with_device(place: Place) -> Place:
    """The same place, with a name of its own for the browser where it has none."""
    return place if place.device else place._replace(device=new_token())


def remember(request: Request, response: Response, identifier: str, place: Place | None = None) -> None:
    """Give the browser its session, and with a `place` the name by which it is known again."""
    origin = origin_of(request)
    response.headers.append("set-cookie", cookie(origin, _SESSION, identifier, _SESSION_LASTS))
    if place is not None and place.device:
        response.headers.append("set-cookie", cookie(origin, _DEVICE, place.device, _DEVICE_LASTS))


def hang_up(request: Request, response: Response, token: str, lasts: timedelta) -> None:
    """Make a browser a wall board: what it holds from now on."""
    response.headers.append("set-cookie", cookie(origin_of(request), _SCREEN, token, lasts))


def screen_token(request: Request) -> str:
    """What a wall board's browser holds; "" for any other."""
    origin = origin_of(request)
    return request.cookies.get(named(origin, _SCREEN), "")


def set_up_desk(request: Request, response: Response, token: str, lasts: timedelta) -> None:
    """Make a browser a front desk: what it holds from now on. Whoever was signed in on it is so no more."""
    response.headers.append("set-cookie", cookie(origin_of(request), _DESK, token, lasts))
    forget(request, response)


def desk_token(request: Request) -> str:
    """What a front desk's browser holds; "" for any other."""
    return request.cookies.get(named(origin_of(request), _DESK), "")


def stand_at_desk(request: Request, response: Response, identifier: str, lasts: timedelta) -> None:
    """Give a front desk's browser what says who acts there; "" takes it away."""
    response.headers.append("set-cookie", cookie(origin_of(request), _AT_DESK, identifier, lasts))


def at_desk(request: Request) -> str:
    """What a front desk's browser holds of whoever acts there; "" where nobody does."""
    return request.cookies.get(named(origin_of(request), _AT_DESK), "")


def forget(request: Request, response: Response) -> None:
    """Take the session from the browser; how it is known again stays."""
    response.headers.append("set-cookie", cookie(origin_of(request), _SESSION, "", timedelta(0)))


def cookie(origin: Origin, name: str, value: str, lasts: timedelta) -> str:
    """A cookie's header: for this host alone, read by no script, sent along by links from elsewhere and by no form from there."""
    secure = "; Secure" if origin.secure else ""
    return (
        f"{named(origin, name)}={value}; Path=/; Max-Age={int(lasts.total_seconds())}; HttpOnly; SameSite=Lax{secure}"
    )


class SessionCookie:
    """Sends along the identifier that a session got while it was asked: roles had changed. No cookie goes without TLS."""

    def __init__(self, app: ASGIApp, origin: Origin) -> None:
        """`origin` says how the cookie is called."""
        self._app = app
        self._origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; add the cookie to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                renamed = scope.get("state", {}).get("new_identifier")
                if renamed:
                    header = cookie(self._origin, _SESSION, renamed, _SESSION_LASTS)
                    MutableHeaders(scope=message).append("set-cookie", header)
                if self._origin.secure:
                    message["headers"] = [(name, _by_tls(name, value)) for name, value in message["headers"]]
            await send(message)

        await self._app(scope, receive, with_cookie)


def _over(session: Session, limits: Limits, now: datetime) -> bool:
    return is_over(limits, began_at=session.began_at, seen_at=session.seen_at, now=now)


def _by_tls(name: bytes, value: bytes) -> bytes:
    return value if name.lower() != b"set-cookie" or b"; secure" in value.lower() else value + b"; Secure"
