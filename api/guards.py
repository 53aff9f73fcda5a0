"""What stands before every route: which hosts, which origins, how large, and the headers of every answer.

Pure ASGI, because a live feed must pass through without being gathered up.
"""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.pages.assets import PAGE_HEADERS
from eventlog.errors import SchoolSlugUnusable
from eventlog.migrate import valid_slug
from eventlog.school_roles import acting_for

LIMIT = 256 * 1024
"""Bytes that a request may carry, facts and all others."""
FILE_LIMIT = 24 * 1024 * 1024
"""Bytes that a request with a file in it may carry, at the addresses that take one."""
_TAKES_A_FILE = re.compile(r"/schools/[a-z0-9_]+/(register|people)/import")
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
API = "/api/"
_PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} - Doorstep</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
    "<body>{strip}<main><h1>{title}</h1><p>{says}.</p></main></body></html>"
)


class SecurityHeaders:
    """Puts the security headers on every answer, and keeps pages out of every cache."""

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] = PAGE_HEADERS) -> None:
        """`headers` are those of every page."""
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what a route set itself stands."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


class AllowedHosts:
    """Answers only under its own names, so that no page elsewhere can point its own name here."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], says: str = "", anywhere: Iterable[str] = ()) -> None:
        """`hosts` without port; `says` where it answers, in a sentence; paths that answer `anywhere`."""
        self._app = app
        self._hosts = frozenset(hosts)
        self._says = says
        self._anywhere = frozenset(anywhere)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what was asked of an allowed host."""
        if scope["type"] == "http" and scope["path"] not in self._anywhere and not self._is_ours(scope):
            port = (scope.get("server") or ("", 8000))[1]
            says = self._says or f"The demonstration answers on this machine only: open http://localhost:{port}"
            await refuse(scope, send, 421, "Not this address", says)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        return _without_port(Headers(scope=scope).get("host", "")) in self._hosts


class SameOrigin:
    """Takes forms from Doorstep's own pages only, and API calls that a browser's session speaks for.

    An API call without a session carries its own header, which no form of another site can send.
    """

    def __init__(self, app: ASGIApp, session_cookie: str = "") -> None:
        """`session_cookie` is what carries the session; "" where there are none."""
        self._app = app
        self._session_cookie = session_cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what does not change anything, what no session speaks for, and what came from here."""
        if scope["type"] == "http" and scope["method"] in _CHANGING:
            headers = Headers(scope=scope)
            guarded = not scope["path"].startswith(API) or (
                self._session_cookie != "" and f"{self._session_cookie}=" in headers.get("cookie", "")
            )
            if guarded and not _from_here(headers):
                says = "This form was not sent from a page of Doorstep. Open the page again and send it from there"
                await refuse(scope, send, 403, "Not from here", says)
                return
        await self._app(scope, receive, send)


class OneSchool:
    """Has the database answer for the school in the address and for no other, whatever the code behind it asks for."""

    def __init__(self, app: ASGIApp) -> None:
        """Nothing to set."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; what this request does to any school's log, it does in that school's role."""
        with acting_for(_school_of(scope["path"]) if scope["type"] == "http" else None):
            await self._app(scope, receive, send)


class BodyLimit:
    """Turns away what is too large, before anybody reads it."""

    def __init__(self, app: ASGIApp, limit: int = LIMIT, file_limit: int = FILE_LIMIT) -> None:
        """Both in bytes."""
        self._app = app
        self._limit = limit
        self._file_limit = file_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a body that fits, whole; one with a file goes on as it comes, to be read by whoever may send it."""
        if scope["type"] != "http" or scope["method"] not in _CHANGING:
            await self._app(scope, receive, send)
            return
        takes_a_file = _TAKES_A_FILE.fullmatch(scope["path"]) is not None
        limit = self._file_limit if takes_a_file else self._limit
        stated = Headers(scope=scope).get("content-length", "0")
        if not stated.isdigit() or len(stated) > len(str(limit)) or int(stated) > limit:
            await self._too_large(scope, send, limit)
            return
        if takes_a_file:
            await self._app(scope, _counted(receive, limit), send)
            return
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return  # The sender went away before it was sent whole: nothing was asked.
            body += message.get("body", b"")
            if len(body) > self._limit:
                await self._too_large(scope, send, limit)
                return
            if not message.get("more_body", False):
                break
        pending = True

        async def replay() -> Message:
            nonlocal pending
            if pending:
                pending = False
                return {"type": "http.request", "body": bytes(body), "more_body": False}
            return await receive()

        await self._app(scope, replay, send)

    async def _too_large(self, scope: Scope, send: Send, limit: int) -> None:
        await refuse(scope, send, 413, "Too large", _too_large(limit), {"limit_bytes": limit})


def _too_large(limit: int) -> str:
    return (
        f"This is larger than the {limit // 1024} KiB that Doorstep takes at once. Send it in parts,"
        " and for anything urgent ring the school"
    )


def _counted(receive: Receive, limit: int) -> Receive:
    """What comes, until it is too much: whoever reads it is told then, and nothing more is read."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413, _too_large(limit))
        return message

    return counted


async def refuse(
    scope: Scope, send: Send, status: int, title: str, says: str, more: Mapping[str, object] | None = None
) -> None:
    """Answer without any route: problem details (RFC 9457), or a bare page for a person's browser."""
    if "text/html" in Headers(scope=scope).get("accept", "") and not scope["path"].startswith(API):
        kind, body = "text/html; charset=utf-8", _page(scope, title, says)
    else:
        problem = {"type": "about:blank", "title": title, "status": status, "detail": f"{says}.", **(more or {})}
        kind, body = "application/problem+json", json.dumps(problem).encode()
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _page(scope: Scope, title: str, says: str) -> bytes:
    runtime = getattr(getattr(scope.get("app"), "state", None), "runtime", None)
    strip = "<p><strong>Demonstration: all of it is invented</strong></p>" if _demonstrates(runtime) else ""
    return _PAGE.format(title=escape(title), says=escape(says), strip=strip).encode()


def _demonstrates(runtime: object) -> bool:
    return getattr(runtime, "kind", None) == "demonstration"


def _school_of(path: str) -> str | None:
    """The school in an address; None where there is none, or none that could be one."""
    before, found, rest = path.removeprefix("/api/v1").partition("/schools/")
    try:
        return valid_slug(rest.partition("/")[0] if found and not before else "")
    except SchoolSlugUnusable:
        return None


def _without_port(host: str) -> str:
    """`localhost` of `localhost:8000`, `[::1]` of `[::1]:8000`."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() and (not name.startswith("[") or name.endswith("]")) else host.lower()


def _from_here(headers: Headers) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in {"same-origin", "none"}
    return origin is not None and urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
