"""How long records are kept: what may be erased now, legal holds, the second person's word, and what was erased (DV-11).

Reading any of it goes through the whole log, as a decision about an erasure does: it is rare, and nothing may be missed.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.choices import find_pupils
from api.pages.erasure_model import (
    KINDS,
    SEEN,
    asked_line,
    done_line,
    due_line,
    hold_lines,
    keeping,
    rule_in_words,
    sees,
)
from api.pages.erasure_shapes import AskedLine, DoneLine, DueLine, HoldLine
from api.pages.frame import page
from api.pages.ids import id_in
from api.pages.removal_model import Going, going
from api.pages.words import role_in_words, roles_in_words
from api.permitted import by_page
from api.records import PAGES, command_of, keep
from commands.gathering import about_erasure
from commands.ids import new_command_id
from domain.access.events import RecordKind
from domain.envelope import Acting
from domain.erasure.allowed import belongings, due
from domain.ids import Stream, StreamKind
from domain.permissions import Question
from domain.refusal import NotPermitted, Unknown
from domain.situation import Situation

router = APIRouter(include_in_schema=False)

MOST: Final = 50
"""Lines of each kind that may be erased, shown at once."""
_RECORDS: Final[Mapping[StreamKind, RecordKind]] = {
    StreamKind.PUPIL: RecordKind.PUPIL,
    StreamKind.STAFF: RecordKind.STAFF,
    StreamKind.VISIT: RecordKind.VISIT,
    StreamKind.TRIP: RecordKind.TRIP,
    StreamKind.CONCERN: RecordKind.CONCERN,
}


class DueList(msgspec.Struct, frozen=True, kw_only=True):
    """What may be erased now, of one kind."""

    title: str
    lines: tuple[DueLine, ...]
    more: int


class Lists(msgspec.Struct, frozen=True, kw_only=True):
    """The page's lists."""

    rule: str
    """The school's own rule; "" before it has entered one."""
    asked: tuple[AskedLine, ...]
    ordered: int
    """Erasures that were confirmed and are not carried out yet."""
    held: tuple[HoldLine, ...]
    due: tuple[DueList, ...]
    chase: tuple[DoneLine, ...]
    """Erasures of which something still stands elsewhere."""
    done: tuple[DoneLine, ...]


@router.get("/schools/{school}/erasure")
async def home(request: Request, me: Annotated[Acquainted, by_page(Question.ERASURE)], q: str = "") -> HTMLResponse:
    """Everything that waits, and whom to look up."""

    def ask() -> tuple[Lists, Going]:
        s = _situation(request, me)
        return _lists(me, s), going(me, s)

    lists, leaves = await asyncio.to_thread(ask)
    staff = sorted(me.directory.staff, key=lambda one: (one.here, one.name, one.id))
    return page(
        request,
        me,
        "erasure.html",
        lists=lists,
        going=leaves,
        found=find_pupils(me.directory, q[:200], ()) if sees(me, StreamKind.PUPIL) else None,
        staff=tuple((str(one.id), one.name, role_in_words(one.role_word(me.now)), one.here) for one in staff),
    )


def _situation(request: Request, me: Acquainted) -> Situation:
    acting = Acting(actor=me.id, role=me.person.main_role(me.now), command_id=new_command_id(), occurred_at=me.now)
    return about_erasure(runtime_of(request).store.log(me.school.slug), me.directory, acting, me.now)


def _lists(me: Acquainted, s: Situation) -> Lists:
    found, here = belongings(s), f"/schools/{me.slug}/erasure"
    waiting = [
        (stream, kept.asked)
        for stream, kept in found.streams.items()
        if kept.asked is not None and not kept.confirmed and sees(me, stream.kind)
    ]
    held = ((stream, hold) for stream, kept in found.streams.items() for hold in kept.holds.values())
    done = [done_line(me, s, one, here) for one in reversed(found.done) if sees(me, one.subject.kind)]
    may_go = due(s)
    return Lists(
        rule=rule_in_words(s),
        asked=tuple(asked_line(me, s, stream, asked, here) for stream, asked in waiting),
        ordered=sum(sees(me, order.ordered.subject.kind) for order in found.orders.values()),
        held=hold_lines(me, s, held, here),
        due=tuple(
            DueList(
                title=title,
                lines=tuple(due_line(me, s, stream, until) for stream, until in of_kind[:MOST]),
                more=max(0, len(of_kind) - MOST),
            )
            for kind, title in KINDS.items()
            if sees(me, kind) and (of_kind := [one for one in may_go if one[0].kind is kind])
        ),
        chase=tuple(one for one in done if any(not record.done for record in one.chase)),
        done=tuple(one for one in done if all(record.done for record in one.chase)),
    )


@router.get("/schools/{school}/erasure/{about}/{subject}")
async def one(
    request: Request, me: Annotated[Acquainted, by_page(Question.ERASURE_OF)], about: str, subject: str
) -> HTMLResponse:
    """One pupil, member of staff, visit or concern; that it was looked at is kept on the record first."""
    stream = _stream(about, subject)
    if not sees(me, stream.kind):
        message = f"This is for {roles_in_words(me.words_of(SEEN[stream.kind]))}. That you asked for it is kept"
        raise NotPermitted(message)
    await keep(runtime_of(request), me, command_of(stream.id, _RECORDS[stream.kind], PAGES[Question.ERASURE_OF]))

    def ask() -> HTMLResponse:
        return page(request, me, "erasure_one.html", one=keeping(me, _situation(request, me), stream))

    return await asyncio.to_thread(ask)


def _stream(about: str, subject: str) -> Stream:
    """Raises Unknown for what is no such address."""
    kind = next((kind for kind in _RECORDS if kind == about), None)
    found = id_in(subject, "record")
    if kind is None:
        raise Unknown("record")
    return Stream(kind, found)
