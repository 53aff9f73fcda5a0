"""Every answer that shows a child, and every refusal, is on record before it leaves (DV-12).

The one place that sees to it: whatever a route asks stands in the table (`domain.permissions`), and so does what its
answer shows. A route may keep a reading itself, before it asks anything; what it has not kept is kept here, between
the answer being made and its first byte. Where that fails nothing is shown. The board and the contact card are shown
at once, and kept as soon as possible.

Pure ASGI, because a live feed must pass through without being gathered up.
"""

import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from msgspec.structs import replace
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.identity import Acquainted
from api.records import PAGES, RECORDS, command_of, keep, keep_later
from api.runtime import Runtime
from domain.access.commands import AccessCommand, KeepList, KeepRefusal, KeepSearch
from domain.access.events import RecordKind, WhyRefused
from domain.ids import PupilId
from domain.permissions import QUESTIONS, Question, Reads
from projections.history_links import children_behind

log = logging.getLogger(__name__)

_AN_ID: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_A_WORD: Final = re.compile(r"[a-z][a-z-]*")
_SHOWN: Final = frozenset({HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})
"""Besides success: a form that comes back with what was wrong shows whom it was about."""

Answer = Callable[[Request, Exception], Awaitable[Response]]


class KeepsReadings:
    """Stands between the routes and everything that sends."""

    def __init__(self, app: ASGIApp, runtime: Runtime, answer: Answer) -> None:
        """`answer` tells of a failure, as routes' failures are told."""
        self._app = app
        self._runtime = runtime
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold the answer back until what it shows is on record."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})  # what the routes know as `request.state`
        held: Message | None = None
        failed = False

        async def kept_first(message: Message) -> None:
            nonlocal held, failed
            if failed:
                return
            if message["type"] == "http.response.start" and "question" in state and not _is_feed(message):
                held = message  # until its body is there to look at
                return
            start, held = held, None
            status = (start or message).get("status")
            if status is not None:
                try:
                    await self._keep(state, scope, int(status), message.get("body", b""))
                except Exception as error:  # noqa: BLE001 - whatever it is, nothing may be shown
                    failed = True
                    log.warning("an answer was not sent: that it was read could not be kept (%s)", type(error).__name__)
                    response = await self._answer(Request(scope), error)
                    await response(scope, receive, send)
                    return
            if start is not None:
                await send(start)
            await send(message)

        await self._app(scope, receive, kept_first)

    async def _keep(self, state: Mapping[str, Any], scope: Scope, status: int, body: bytes) -> None:
        me: Acquainted | None = state.get("me")
        question: Question | None = state.get("question")
        if me is None or question is None:
            return
        if status == HTTPStatus.FORBIDDEN:
            await self._refused(me, question, scope, state.get("params", {}))
            return
        reads = QUESTIONS[question].reads
        shows = status < HTTPStatus.MULTIPLE_CHOICES or (status in _SHOWN and not state.get("problem"))
        if reads in (Reads.NO_CHILD, Reads.CASE) or not shows or me.looks.kept:
            return  # Of a restricted case its own routes keep that it was read, under the case alone.
        await self._see_children(me, body, at_once=reads is Reads.OUT_NOW)
        for command in _looks(me, question, scope, state.get("params", {})):
            if reads is Reads.OUT_NOW:
                keep_later(self._runtime, me, command)
            else:
                await keep(self._runtime, me, command)

    async def _see_children(self, me: Acquainted, body: bytes, *, at_once: bool) -> None:
        """The children whom an answer is about: named by their ids, or behind the ids of visits, trips and concerns."""
        try:
            me.looks.shown |= await _children(self._runtime, me, body)
        except Exception as error:
            if not at_once:
                raise
            log.warning("whom a board was about is not known (%s)", type(error).__name__)

    async def _refused(self, me: Acquainted, question: Question, scope: Scope, params: Mapping[str, Any]) -> None:
        if question is Question.COMMAND_FORM:
            return  # A plan that is not theirs to make: nothing was to be read.
        kind, record = _record(question, params)
        theirs = me.may(question) and not me.may_any(question)
        refusal = KeepRefusal(
            page=_page(question, scope),
            why=WhyRefused.NOT_THEIRS if theirs else WhyRefused.ROLE,
            kind=kind,
            record=record,
        )
        try:
            await keep(self._runtime, me, refusal)
        except Exception as error:  # noqa: BLE001 - a refusal shows nothing: it is kept as soon as it can be
            log.warning("a refusal waits to be kept (%s)", type(error).__name__)
            keep_later(self._runtime, me, refusal)


def kept_feed(runtime: Runtime, me: Acquainted, page: str, feed: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    """A live feed of who is out: each child who comes onto it is on record as soon as possible, once for one screen."""
    me.looks.kept = True  # from here on by the feed itself
    return _followed(runtime, me, page, feed)


async def _followed(runtime: Runtime, me: Acquainted, page: str, feed: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    before: set[PupilId] | None = None
    async with aclosing(feed):
        async for sent in feed:
            yield sent
            if not sent.startswith(b"event: board"):
                continue
            try:
                shown = await _children(runtime, me, sent)
            except Exception as error:  # noqa: BLE001 - the feed goes on; the next rows are looked at again
                log.warning("whom a board is about is not known (%s)", type(error).__name__)
                continue
            if before is None or not shown <= before:
                new = tuple(sorted(shown - (before or set())))
                keep_later(runtime, replace(me, now=runtime.now()), KeepList(page=page, shown=new))
                before = shown | (before or set())


async def _children(runtime: Runtime, me: Acquainted, body: bytes) -> set[PupilId]:
    """The children whom an answer is about: named by their ids, or behind the ids of visits, trips and concerns."""
    ids = me.looks.about | {UUID(found.decode()) for found in set(_AN_ID.findall(body))}
    pupils = {PupilId(one) for one in ids} & me.directory.pupils.keys()
    return pupils | await runtime.ask(me.slug, lambda view: children_behind(view, ids - pupils))


def _looks(me: Acquainted, question: Question, scope: Scope, params: Mapping[str, Any]) -> Iterator[AccessCommand]:
    """What an answer shows, as it is kept."""
    page = _page(question, scope)
    shown = tuple(sorted(me.looks.shown))
    kind, record = _record(question, params)
    one = kind is not None and record is not None and QUESTIONS[question].reads is not Reads.RECORDS
    if kind is not None and record is not None and one:
        yield command_of(record, kind, page)
    asked_for = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("q", [""])[0]
    if me.looks.searched or asked_for.strip():
        yield KeepSearch(page=page, shown=shown, found=len(shown))
    elif not one:
        yield KeepList(page=page, shown=shown)


def _record(question: Question, params: Mapping[str, Any]) -> tuple[RecordKind | None, UUID | None]:
    """The record that an address names; none where it is no id."""
    kinds = ((kind, params[kind.value]) for kind in RECORDS if kind.value in params)
    kind, named = next(kinds, (None, None))
    if "subject" in params:
        about = params.get("about") or params.get("kind")
        kind, named = next((one for one in RecordKind if one == about), None), params["subject"]
    elif question is Question.EXPORT_RECORD:
        what, _, rest = str(params.get("key", "")).partition(".")
        kind, named = next((one for one in RecordKind if one == what), None), rest.partition(".")[0]
    try:
        return (kind, UUID(str(named))) if kind is not None else (None, None)
    except ValueError:
        return None, None


def _page(question: Question, scope: Scope) -> str:
    """The page in plain words: as records are called, and lists by their address."""
    if question in PAGES:
        return PAGES[question]
    below = [part for part in str(scope["path"]).split("/")[1:] if _A_WORD.fullmatch(part)]
    return below[-1].replace("-", " ") if below else question.value.replace("_", " ")


def _is_feed(start: Message) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/event-stream") for name, value in start["headers"])
