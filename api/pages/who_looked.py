"""Who looked at a child, a visit or a concern: for the DSL and the head. That they looked at this is kept as well."""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.choices import names_of
from api.pages.dsl_model import who_in_role
from api.pages.frame import page
from api.pages.ids import id_in
from api.pages.templating import moment
from api.pages.wording_access import REFUSED
from api.pages.wording_glass import of_school
from api.permitted import by_page
from api.records import open_looks
from domain.access.events import RecordKind, WhyRefused
from domain.ids import ConcernId, PupilId, VisitId
from domain.permissions import Question
from projections import concerns, dsl_history, visits, who_looked
from projections.views import View
from projections.who_looked import Look, WhoLooked

router = APIRouter(include_in_schema=False)

_HOW: Final = {
    "read": "Read: {page}",
    "searched": "Found in a search: {page}",
    "listed": "Saw on a list: {page}",
    "taken out": "Took out: {page}",
    "printed": "Printed: {page}",
    "refused": "Turned away: {page}",
}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One look, or several alike within a minute."""

    who: str
    when: str
    what: str
    device: str
    times: int
    refused: bool
    about: str = ""
    """The children, by name, where all is shown that somebody of another school looked at."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What a page of looks shows."""

    title: str
    """Whom or what the looks were at."""
    looks: WhoLooked


@router.get("/schools/{school}/pupils/{pupil}/who-looked")
async def at_pupil(
    request: Request, me: Annotated[Acquainted, by_page(Question.WHO_LOOKED)], pupil: str
) -> HTMLResponse:
    """Who looked at a child."""
    known = PupilId(id_in(pupil, "pupil"))

    def question(view: View) -> Shown:
        title = names_of(me.directory, (known,))
        return Shown(title=title, looks=who_looked.at_pupil(view, me.directory, known))

    back = (f"/schools/{me.slug}/pupils/{known}", "The chronology")
    return await _shown(request, me, RecordKind.PUPIL, known, question, back)


@router.get("/schools/{school}/visits/{visit}/who-looked")
async def at_visit(
    request: Request, me: Annotated[Acquainted, by_page(Question.WHO_LOOKED)], visit: str
) -> HTMLResponse:
    """Who looked at a visit."""
    known = VisitId(id_in(visit, "visit"))

    def question(view: View) -> Shown:
        found = visits.one_visit(view, me.directory, me.now, known)
        named = "" if found is None else names_of(me.directory, found.visit.pupils)
        street = f", {found.visit.street}" if found is not None and found.visit.street else ""
        return Shown(title=f"the visit to {named}{street}", looks=who_looked.at_visit(view, me.directory, known))

    back = (f"/schools/{me.slug}/visits/{known}/history", "The history")
    return await _shown(request, me, RecordKind.VISIT, known, question, back)


@router.get("/schools/{school}/dsl/concerns/{concern}/who-looked")
async def at_concern(
    request: Request, me: Annotated[Acquainted, by_page(Question.WHO_LOOKED)], concern: str
) -> HTMLResponse:
    """Who looked at a concern."""
    known = ConcernId(id_in(concern, "concern"))

    def question(view: View) -> Shown:
        found = concerns.one_concern(view, me.directory, known)
        about = "" if found is None or not found.pupils else f" about {', '.join(one.name for one in found.pupils)}"
        return Shown(title=f"the concern{about}", looks=who_looked.at_concern(view, me.directory, known))

    back = (f"/schools/{me.slug}/dsl/concerns/{known}", "The concern")
    return await _shown(request, me, RecordKind.CONCERN, known, question, back)


async def _shown(
    request: Request,
    me: Acquainted,
    kind: RecordKind,
    record: UUID,
    question: Callable[[View], Shown],
    back: tuple[str, str],
) -> HTMLResponse:
    index = await open_looks(runtime_of(request), me, record, kind=kind)
    names = (who_looked.NAME, dsl_history.NAME, visits.NAME, concerns.NAME)
    shown = await runtime_of(request).ask(me.slug, question, *names, at_least=index)
    return page(
        request,
        me,
        "who_looked.html",
        title=shown.title,
        lines=lines_of(me, shown.looks.looks),
        more=shown.looks.more,
        unreadable=shown.looks.unreadable,
        back=back,
    )


def lines_of(me: Acquainted, looks: Iterable[Look]) -> tuple[Line, ...]:
    """The looks in words, newest first; the same within a minute is said once."""
    lines = (
        Line(
            who=_who(me, one),
            when=moment(one.at, me.now),
            what=_what(one),
            device=one.device,
            times=1,
            refused=one.how == "refused",
            about=names_of(me.directory, one.pupils) if one.pupils else "",
        )
        for one in looks
    )
    return tuple(msgspec.structs.replace(one, times=len(tuple(same))) for one, same in groupby(lines))


def _who(me: Acquainted, look: Look) -> str:
    """Who, in which role; of somebody of another school that, and why they looked."""
    person = me.directory.people.get(look.by.id)
    glass = next((one for one in person.glasses if one.id == look.glass), None) if person is not None else None
    if glass is None:
        return who_in_role(look.by)
    return f"{look.by.name}, {of_school(glass)}, in an emergency: “{glass.reason}”"


def _what(look: Look) -> str:
    says = _HOW[look.how].format(page=look.page)
    return f"{says} ({REFUSED[WhyRefused(look.why)]})" if look.why else says
