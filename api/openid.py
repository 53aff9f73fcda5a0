"""The providers by which people may sign in here, and the cookie that goes along to one of them and back."""

from typing import Final

from fastapi import Request
from starlette.responses import Response

from accounts.openid import LASTS, Leaving, OpenId
from api.sessions import cookie, named, origin_of

_COOKIE: Final = "doorstep-openid"


def openid_of(request: Request) -> OpenId:
    """The providers that the app was made with."""
    found: OpenId = request.app.state.openid
    return found


def way_back(request: Request, provider: str) -> str:
    """The redirect URI: the provider must know exactly this one."""
    address = origin_of(request).address or str(request.base_url).rstrip("/")
    return f"{address}/sign-in/with/{provider}/back"


def taken_along(request: Request) -> str:
    """What this browser took along; "" for nothing."""
    return request.cookies.get(named(origin_of(request), _COOKIE), "")


def take_along(request: Request, response: Response, leaving: Leaving) -> None:
    """Give the browser what it takes along."""
    response.headers.append("set-cookie", cookie(origin_of(request), _COOKIE, leaving.cookie, LASTS))


def put_down(request: Request, response: Response) -> None:
    """It came back: what it took along is taken from it."""
    response.headers.append("set-cookie", cookie(origin_of(request), _COOKIE, "", LASTS * 0))
