"""Somebody asks what the school holds about them: whom it is about, everything on a page, and the same as a file."""

from typing import Annotated, get_args

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.identity import Acquainted, runtime_of
from api.pages.choices import find_pupils
from api.pages.frame import page
from api.pages.ids import id_in
from api.pages.words import role_in_words
from api.permitted import by_page
from api.subject_access import Kind, SubjectAccess, subject_access
from domain.permissions import Question
from domain.refusal import Unknown
from domain.times import day_of

router = APIRouter(include_in_schema=False)


@router.get("/schools/{school}/subject-access")
def choose(
    request: Request, me: Annotated[Acquainted, by_page(Question.SUBJECT_ACCESS_CHOICE)], q: str = ""
) -> HTMLResponse:
    """Whom it is about: a pupil to look for, or one of the staff. Nothing about anybody is shown yet."""
    staff = sorted(me.directory.staff, key=lambda one: (not one.here, one.name, one.id))
    return page(
        request,
        me,
        "subject_access_choose.html",
        found=find_pupils(me.directory, q[:200], ()),
        staff=tuple((str(one.id), one.name, role_in_words(one.role_word(me.now)), one.here) for one in staff),
    )


@router.get("/schools/{school}/subject-access/{kind}/{subject}")
async def everything(
    request: Request, me: Annotated[Acquainted, by_page(Question.SUBJECT_ACCESS)], kind: str, subject: str
) -> HTMLResponse:
    """Everything about one person; kept on their record before it is shown."""
    return page(request, me, "subject_access.html", found=await _found(request, me, kind, subject), subject=subject)


@router.post("/schools/{school}/subject-access/{kind}/{subject}/file")
async def file(
    request: Request, me: Annotated[Acquainted, by_page(Question.SUBJECT_ACCESS)], kind: str, subject: str
) -> Response:
    """The same as JSON, for whoever blacks it out by machine or hands it to another system."""
    found = await _found(request, me, kind, subject)
    body = msgspec.json.format(msgspec.json.encode(found), indent=2)
    name = f"subject-access-{me.slug}-{day_of(me.now).isoformat()}.json"  # a file's name is seen by many: nobody's name
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="application/json", headers=headers)


async def _found(request: Request, me: Acquainted, kind: str, subject: str) -> SubjectAccess:
    wanted: Kind | None = next((one for one in get_args(Kind) if one == kind), None)
    of = id_in(subject, "record")
    if wanted is None:
        raise Unknown("record")
    return await subject_access(runtime_of(request), me, wanted, of)
