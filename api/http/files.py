"""What leaves as a document: one record's text, a file for a record system, the governors' report as a PDF."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import Request
from fastapi.responses import Response

from api.export_text import Paste
from api.exporting import file_again, make_file, read_record
from api.http.asking import as_json, documented, new_router
from api.http.documents import IDENTITY, KEY_HEADER, PROBLEMS
from api.identity import Acquainted, runtime_of
from api.pages.exports import download
from api.pages.governors import PDF, asked_term, report_file
from api.pages.settings_first import settings_of
from api.permitted import by_program
from commands.ids import new_command_id
from commands.reading import Malformed, read_command_id
from commands.reading_values import Fault
from domain.ids import EventId
from domain.permissions import Question
from domain.school.commands import ExportRecords
from projections.export_shapes import ExportRecord

router = new_router()


class RecordText(msgspec.Struct, frozen=True, kw_only=True):
    """A record and its text."""

    record: ExportRecord
    told: Paste
    text: str
    """All of it, ready to paste."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which records a file takes, and under which headings."""

    keys: tuple[str, ...] | None = None
    """Left out: all that wait and that the caller may read."""
    headers: dict[str, str] = {}
    """Our column's name -> the school's heading; an empty one leaves the column out."""


def _file(kind: str) -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    problems = {status: says for status, says in PROBLEMS.items() if status in {401, 403, 404, 409, 422, 503}}
    return {"responses": {200: {"description": "The file.", "content": {kind: binary}}, **problems}}


_KEY: Final = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "The command's id: sent again, it gives the same records again and exports nothing twice.",
}
_WANTED: Final = {
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "keys": {"type": "array", "items": {"type": "string"}},
                    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
            "examples": {"with a heading": {"value": {"headers": {"record_key": "External reference"}}}},
        }
    }
}


@router.get("/exports/records/{key}", summary="What does this record say?", **documented(RecordText))
async def record_text(
    request: Request, me: Annotated[Acquainted, by_program(Question.EXPORT_RECORD)], key: str
) -> Response:
    """One record as text to paste. That it was read is kept before the answer leaves."""
    settings_of(me)
    record, told = await read_record(runtime_of(request), me, key)
    return as_json(RecordText(record=record, told=told, text=told.text))


@router.post(
    "/exports/file",
    summary="Make a file of records",
    response_model=None,
    openapi_extra={"parameters": [IDENTITY, _KEY], "requestBody": _WANTED},
    **_file("text/csv"),
)
async def export_file(request: Request, me: Annotated[Acquainted, by_program(Question.EXPORT_FILE)]) -> Response:
    """CSV of what waits; each record in it counts as exported, once. Stored before the file leaves.

    No public specification of CPOMS or MyConcern exists: confirm the columns with your supplier.
    """
    settings_of(me)
    me.refuse_unless(ExportRecords, "Files are made by the DSL, a deputy, the school office or the headteacher")
    key, _ = read_command_id(ExportRecords, request.headers.get(KEY_HEADER), new_command_id())
    try:
        wanted = msgspec.json.decode(await request.body() or b"{}", type=Wanted)
    except (msgspec.MsgspecError, ValueError):
        expected = 'a JSON object with "keys" (a list of record keys) and "headers" (column to heading), or neither'
        raise Malformed((Fault(field="body", expected=expected),)) from None
    return download(await make_file(runtime_of(request), me, wanted.keys, wanted.headers, key))


@router.get(
    "/exports/files/{export}",
    summary="Fetch a lost file again",
    response_model=None,
    openapi_extra={"parameters": [IDENTITY]},
    **_file("text/csv"),
)
async def same_file(
    request: Request, me: Annotated[Acquainted, by_program(Question.EXPORT_FILE)], export: UUID
) -> Response:
    """The records that an export took along and that still stand. Nothing is exported anew; the reading is kept."""
    settings_of(me)
    return download(await file_again(runtime_of(request), me, EventId(export), {}))


@router.post(
    "/governors-report/{term}/pdf",
    summary="Make the report of a term as a PDF",
    response_model=None,
    openapi_extra={"parameters": [IDENTITY]},
    **_file(PDF),
)
async def report_pdf(
    request: Request, me: Annotated[Acquainted, by_program(Question.GOVERNORS)], term: str
) -> Response:
    """Tagged PDF (PDF/UA-1). That it was made, with its SHA-256, is kept before it leaves."""
    settings_of(me)
    return await report_file(runtime_of(request), me, asked_term(me, term))
