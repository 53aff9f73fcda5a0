"""What must reach CPOMS, MyConcern or a neutral file: text to paste for each pupil first, then a file."""

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, NamedTuple
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.export_csv import COLUMNS, about, system_in_words
from api.exporting import ExportFile, file_again, make_file, read_record, readable
from api.identity import Acquainted, runtime_of
from api.pages.flash import at_least
from api.pages.forms import first, read_form
from api.pages.frame import page
from api.pages.menu import Area
from api.pages.settings_first import settings_of
from api.pages.words import CONCERNS, in_words
from api.permitted import by_page
from commands.ids import new_command_id
from commands.reading import read_command_id
from domain.ids import EventId
from domain.permissions import Question
from domain.refusal import Incomplete, Refused
from domain.school.commands import ExportRecords
from projections.export_sent import Batch
from projections.export_shapes import ExportRecord
from projections.exports import (
    KINDS,
    NAME,
    Exports,
    Gone,
    TakeBack,
    batches,
    exports,
    gone_to,
    how_many_pending,
    pending,
)
from projections.views import View

router = APIRouter(include_in_schema=False)

CSV: Final = "text/csv; charset=utf-8"
_HEADER: Final = "header."
A_PAGE: Final = 25
"""Exported records on a page."""
WAITING: Final = 100
"""Records that wait on a page."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A record as the lists show it: whom and what it is about, and none of its text."""

    key: str
    href: str
    pupil: str
    what: str
    record: ExportRecord


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The lists as the page shows them."""

    pending: tuple[Item, ...]
    mine: int
    """How many wait that this person may read."""
    others: int
    """Concerns that wait for somebody who may read them."""
    sent: tuple[tuple[Item, Gone], ...]
    take_back: tuple[TakeBack, ...]
    files: tuple[Batch, ...]


@router.get("/schools/{school}/exports")
def list_exports(
    request: Request,
    me: Annotated[Acquainted, by_page(Question.EXPORTS)],
    entered: Annotated[int, Query(ge=1, le=10_000)] = 1,
    waiting: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """What waits, what must be taken back, what went: a page at a time of what waits, and of what went."""
    settings_of(me)
    return _list(request, me, at_least(request), entered=entered, waiting=waiting)


def _list(
    request: Request,
    me: Acquainted,
    index: int,
    *,
    status: int = 200,
    says: str = "",
    typed: Mapping[str, str] = MappingProxyType({}),
    entered: int = 1,
    waiting: int = 1,
) -> HTMLResponse:
    """The lists; where a file could not be made, `says` why not, with the headings as they were `typed`."""
    kinds = readable(me)
    with runtime_of(request).view(me.slug, NAME, at_least=index) as view:
        lists = exports(
            view,
            me.directory,
            me.now,
            kinds=kinds,
            most=A_PAGE,
            skip=(entered - 1) * A_PAGE,
            waiting=WAITING,
            passed=(waiting - 1) * WAITING,
        )
        mine = lists.pending_count if kinds == KINDS else how_many_pending(view, me.directory, kinds)
        files = batches(view)
    return page(
        request,
        me,
        "exports.html",
        status=status,
        lists=lists,
        shown=_shown(me, lists, files, mine),
        system=system_in_words(lists.system),
        scope=[in_words(part.removeprefix("purpose:")) for part in lists.scope],
        about=about(lists.system),
        columns=tuple((name, typed.get(name, heading)) for name, heading in COLUMNS.items()),
        says=says,
        entered=entered,
        pages=max(1, -(-lists.sent_count // A_PAGE)),
        waiting=waiting,
        waiting_pages=max(1, -(-mine // WAITING)),
        may_export=me.may(ExportRecords),
        counts={Area.EXPORTS: lists.pending_count},
    )


@router.get("/schools/{school}/exports/records/{key}")
async def one_record(
    request: Request, key: str, me: Annotated[Acquainted, by_page(Question.EXPORT_RECORD)]
) -> HTMLResponse:
    """One record's text, ready to paste. That it was read is kept first."""
    settings_of(me)
    runtime = runtime_of(request)
    record, told = await read_record(runtime, me, key)
    left = await runtime.ask(me.slug, lambda view: _left(view, me, record), NAME, at_least=at_least(request))
    system = me.directory.policy_at(me.now).value("record_system")
    # Templates block, and the store may be asked while one renders.
    return await asyncio.to_thread(
        page,
        request,
        me,
        "export.html",
        record=record,
        told=told,
        gone=left.gone,
        system=system,
        system_words=system_in_words(system),
        following=_item(me, left.following).href if left.following is not None else "",
        waiting=left.waiting,
        item=_item(me, record),
        may_export=me.may(ExportRecords),
    )


class _Left(NamedTuple):
    """What there is to do beside one record."""

    gone: Gone | None
    """Where it went."""
    following: ExportRecord | None
    """The one to enter after it: the next, else the first of the others."""
    waiting: int


def _left(view: View, me: Acquainted, record: ExportRecord) -> _Left:
    known, kinds = me.directory, readable(me)
    after = pending(view, known, kinds, most=1, after=(record.at, record.key))
    first_two = () if after else pending(view, known, kinds, most=2)
    others = (one for one in (*after, *first_two) if one.key != record.key)
    return _Left(gone_to(view, known, record.key), next(others, None), how_many_pending(view, known, kinds))


@router.post("/schools/{school}/exports/file")
async def export_file(request: Request, me: Annotated[Acquainted, by_page(Question.EXPORT_FILE)]) -> Response:
    """A file of the records ticked; each is exported by it, once."""
    settings_of(me)
    me.refuse_unless(ExportRecords, "Files are made by the DSL, a deputy, the school office or the headteacher")
    form = read_form(await request.body())
    key, _ = read_command_id(ExportRecords, first(form, "command_id") or None, new_command_id())
    changed = _headings({name: first(form, name) for name in form})
    try:
        return download(await make_file(runtime_of(request), me, form.get("keys", ()), changed, key))
    except Refused as refused:
        status, says = 409, "; ".join(one.says for one in refused.unmet)
    except Incomplete as fault:
        name = fault.field.removeprefix("headers.")
        status, says = 422, f"The heading of “{name.replace('_', ' ')}” will not do. It wants {fault.expected}"
    head = runtime_of(request).store.log(me.slug).head()
    return await asyncio.to_thread(_list, request, me, head, status=status, says=says, typed=changed)


@router.get("/schools/{school}/exports/files/{export}")
async def same_file(
    request: Request, export: str, me: Annotated[Acquainted, by_page(Question.EXPORT_FILE)]
) -> Response:
    """A lost file once more; nothing is exported anew."""
    settings_of(me)
    try:
        named = EventId(msgspec.convert(export, EventId, strict=False))
    except msgspec.ValidationError:
        raise HTTPException(404) from None
    return download(await file_again(runtime_of(request), me, named, _headings(request.query_params)))


def _headings(fields: Mapping[str, str]) -> dict[str, str]:
    """The headings that the school wants, from `header.<column>` fields."""
    return {name.removeprefix(_HEADER): value for name, value in fields.items() if name.startswith(_HEADER)}


def download(file: ExportFile) -> Response:
    """The file as a browser saves it."""
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.body, media_type=CSV, headers=headers)


def _shown(me: Acquainted, lists: Exports, files: tuple[Batch, ...], mine: int) -> Shown:
    return Shown(
        pending=tuple(_item(me, record) for record in lists.pending),
        mine=mine,
        others=lists.pending_count - mine,
        sent=tuple((_item(me, gone.record), gone) for gone in lists.sent if gone.record is not None),
        take_back=lists.take_back,
        files=files,
    )


def _item(me: Acquainted, record: ExportRecord) -> Item:
    return Item(
        key=record.key,
        href=f"/schools/{quote(me.slug)}/exports/records/{quote(record.key)}",
        pupil=record.name or "A child who was not picked from the list",
        what=_what(record),
        record=record,
    )


def _what(record: ExportRecord) -> str:
    match record.kind:
        case "visit":
            return f"Home visit: {in_words(record.purpose)}" if record.purpose else "Home visit"
        case "safety_cancellation":
            return "Called off for safety"
        case "animal_cancellation":
            return "Called off because of an animal"
        case "concern":
            kind = CONCERNS.get(record.what, record.what)
            return f"Concern: {kind}" if kind else "Concern"
        case "contact":
            return "Contact with the family"
