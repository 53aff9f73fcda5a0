"""Bringing people in on a page: a file or what it holds is looked at, what it would change is shown, then it is brought in.

The file is kept nowhere: what was looked at goes back and forth with the form.
"""

import asyncio
import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.identity import Acquainted, runtime_of
from api.pages.bringing_in_model import Found, found_of
from api.pages.flash import Done, keep
from api.pages.frame import page
from api.people_words import brought_in
from api.permitted import by_page
from api.sending import refuse_at_desk
from api.uploads import Upload, read_upload
from commands.ids import new_command_id
from commands.people.bringing_in import bring_in
from commands.people.comparing import Comparison, compare, read_file
from commands.people.file import WINDOWS, FileFault, FileRefused, What
from commands.people.layouts import Layout, layouts, read_layout
from commands.people.rows import Asked
from commands.policy_files import PolicyFileError
from domain.permissions import Question
from domain.pupil.commands import BringInPupil
from domain.staff.commands import BringInStaff
from domain.times import LONDON

router = APIRouter(include_in_schema=False)

_ADDRESS: Final = {What.PUPILS: "register", What.STAFF: "people"}
_FIELDS: Final = ("pasted", "map", "own_map", "windows", "no_phone", "roll")
_NOTHING: Final = FileFault(line=0, expected="a file, or what it holds in the box under it")
_KEPT_WRONG: Final = FileFault(line=0, expected="what was looked at a moment ago: choose the file again")


@router.get("/schools/{school}/register/import")
def pupils(request: Request, me: Annotated[Acquainted, by_page(Question.BRING_IN)]) -> Response:
    """The form for pupils and their families."""
    return _page(request, me, What.PUPILS)


@router.get("/schools/{school}/people/import")
def staff(request: Request, me: Annotated[Acquainted, by_page(Question.BRING_IN_STAFF)]) -> Response:
    """The form for staff."""
    return _page(request, me, What.STAFF)


@router.post("/schools/{school}/register/import")
async def take_pupils(request: Request, me: Annotated[Acquainted, by_page(Question.BRING_IN)]) -> Response:
    """Look at a file, or bring in what was looked at."""
    return await _taken(request, me, What.PUPILS)


@router.post("/schools/{school}/people/import")
async def take_staff(request: Request, me: Annotated[Acquainted, by_page(Question.BRING_IN_STAFF)]) -> Response:
    """Look at a file, or bring in what was looked at."""
    return await _taken(request, me, What.STAFF)


async def _taken(request: Request, me: Acquainted, what: What) -> Response:
    sent = await read_upload(request)
    try:
        data = _data(sent)
        compared = await asyncio.to_thread(_compared, request, me, what, sent.fields, data)
    except (FileRefused, PolicyFileError) as error:
        return _page(request, me, what, sent.fields, faults=_faults(error))
    moved = sent.fields.get("step") == "bring-in" and sent.fields.get("shown") != compared.mark
    if moved or sent.fields.get("step") != "bring-in":
        found = found_of(me, compared, data, _address(me, what))
        return _page(request, me, what, sent.fields, found=found, moved=moved)
    refuse_at_desk(me, BringInPupil if what is What.PUPILS else BringInStaff)
    done = await bring_in(runtime_of(request).bus, me.slug, data, compared, me.sender)
    response = RedirectResponse(_address(me, what), status_code=303)
    keep(response, me.slug, Done(says=brought_in(what, done), command_id=str(new_command_id()), index=done.position))
    return response


def _address(me: Acquainted, what: What) -> str:
    return f"/schools/{me.slug}/{_ADDRESS[what]}/import"


def _data(sent: Upload) -> bytes:
    kept = sent.fields.get("kept", "")
    if kept and not sent.file:
        try:
            return base64.b64decode(kept, validate=True)
        except (binascii.Error, ValueError):
            raise FileRefused((_KEPT_WRONG,)) from None
    data = sent.file or sent.fields.get("pasted", "").strip().encode()
    if not data:
        raise FileRefused((_NOTHING,))
    return data


def _compared(request: Request, me: Acquainted, what: What, fields: Mapping[str, str], data: bytes) -> Comparison:
    runtime = runtime_of(request)
    told = read_file(data, what, _chosen(fields), WINDOWS if fields.get("windows") else "")
    asked = Asked(no_phone_reason=fields.get("no_phone", "")[:4000], roll=bool(fields.get("roll")))
    return compare(told, what, asked, runtime.directory(me.slug), me.now.astimezone(LONDON).date())


def _chosen(fields: Mapping[str, str]) -> Mapping[str, Layout]:
    own = fields.get("own_map", "").strip()
    if own:
        return {"own": read_layout(own, "your header map")}
    every = layouts()
    name = fields.get("map", "")
    return {name: every[name]} if name in every else every


def _faults(error: FileRefused | PolicyFileError) -> tuple[FileFault, ...]:
    if isinstance(error, FileRefused):
        return error.faults
    return tuple(FileFault(line=one.line, column="your header map", expected=one.says) for one in error.errors)


def _page(
    request: Request,
    me: Acquainted,
    what: What,
    values: Mapping[str, str] | None = None,
    *,
    faults: Sequence[FileFault] = (),
    found: Found | None = None,
    moved: bool = False,
) -> Response:
    return page(
        request,
        me,
        "bring_in.html",
        status=422 if faults else 409 if moved else 200,
        what=what.value,
        action=_address(me, what),
        systems=tuple((name, layout.title) for name, layout in layouts().items()),
        values={name: (values or {}).get(name, "") for name in _FIELDS},
        faults=faults,
        found=found,
        moved=moved,
        may_pupils=me.may(Question.BRING_IN),
        may_staff=me.may(Question.BRING_IN_STAFF),
    )
