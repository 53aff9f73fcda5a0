"""How a page is answered: its frame (menu, person, strip, what was just done), rendered and sent.

@router.get("/schools/{school}/notices")
def notices(request: Request, me: Annotated[Acquainted, by_page(Question.NOTICES)]) -> HTMLResponse:
    with runtime_of(request).view(me.slug, NAME, at_least=at_least(request)) as view:
        ...
    return page(request, me, "notices.html", notices=found)
"""

from collections.abc import Mapping

import msgspec
from fastapi import Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.badges import counted
from api.pages.flash import flash, shown
from api.pages.glass_strip import OFFERED, through
from api.pages.menu import Area, main_role, menu
from api.pages.shell import DeskStrip, Me, Page, SchoolName
from api.pages.templating import Templates
from domain.permissions import Question


def templates_of(request: Request) -> Templates:
    """The templates that the app was made with."""
    found: Templates = request.app.state.templates
    return found


def frame(
    request: Request, me: Acquainted | None, *, wide: bool = False, counts: Mapping[Area, int] | None = None
) -> Page:
    """What is around the content of this page; without a person, the bare frame."""
    runtime = runtime_of(request)
    demonstration = runtime.kind == "demonstration"
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if me is None:
        return Page(demonstration=demonstration, wide=wide, here=here)
    return Page(
        school=SchoolName(slug=me.slug, name=me.school.name),
        me=Me(id=str(me.id), name=me.person.name, role="nobody has said who" if me.nobody_yet else main_role(me)),
        desk=desk_strip(me),
        menu=menu(me.as_office if me.nobody_yet else me, request.url.path, {**counted(request), **(counts or {})}),
        demonstration=demonstration,
        change_person="/" if demonstration else "",
        sign_out="" if demonstration or me.desk is not None else "/sign-out",
        programs=f"/schools/{me.slug}/tokens" if me.may(Question.TOKENS) else "",
        flash=flash(request, me.now),
        altered=bool(runtime.bus.integrity.known(me.slug)),
        altered_href=f"/schools/{me.slug}/record-check" if me.may(Question.RECORD_CHECK) else "",
        wide=wide,
        here=here,
        takes=OFFERED if me.glass is not None else None,
        through=through(me),
    )


def desk_strip(me: Acquainted) -> DeskStrip | None:
    """What a front desk shows of itself; None anywhere else."""
    if me.desk is None:
        return None
    seconds = int(me.desk.idle.total_seconds())
    who = "" if me.nobody_yet else me.person.name
    path = f"/schools/{me.slug}/desk"
    return DeskStrip(name=me.desk.name, path=path, who=who, idle=seconds if who else 0, minutes=seconds // 60)


def page(
    request: Request,
    me: Acquainted | None,
    template: str,
    *,
    status: int = 200,
    wide: bool = False,
    counts: Mapping[Area, int] | None = None,
    keeps_flash: bool = False,
    **context: object,
) -> HTMLResponse:
    """The whole answer. What was just done is shown on it and then forgotten; with `keeps_flash`, on the next one."""
    around = frame(request, me, wide=wide, counts=counts)
    if keeps_flash:
        around = msgspec.structs.replace(around, flash=None)
    response = HTMLResponse(templates_of(request).render(template, around, **context), status_code=status)
    if me is not None and around.flash is not None:
        shown(response, me.slug)
    return response
