"""Allegations, complaints and uses of force: raising one, one's own words, and for those inside the cases themselves.

To anybody outside of a case its address is an address of nothing: who is inside is worked out before the case is looked
for, over what all cases say of it, and the same answer is given where there is none (DV-08).
"""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.case_model import (
    CaseLine,
    WordsLine,
    acts,
    case_line,
    gone_lines,
    inside_lines,
    keeping,
    route_of,
    steps,
    words_line,
)
from api.pages.choices import staff_options
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.ids import id_in
from api.permitted import by_page
from api.records import keep_case_shown
from domain.case.commands import RaiseAllegation, RaiseComplaint, RecordIntervention
from domain.case.inside import ABOUT_THE_HEAD
from domain.command import Command
from domain.ids import CaseId
from domain.permissions import Question
from domain.refusal import Unknown
from projections import restricted_cases, who_looked
from projections.restricted_cases import CaseShown
from projections.views import View
from projections.who_looked import WhoLooked

router = APIRouter(include_in_schema=False)


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """One of the three forms."""

    command: str
    title: str
    button: str
    says: str


def _form(command: type[Command], title: str, button: str) -> Form:
    return Form(
        command=command.NAME,
        title=title,
        button=button,
        says="It is kept. Below stands who was told, and what you wrote",
    )


FORMS: Final = {
    "allegation": _form(RaiseAllegation, "Raise an allegation about a member of staff", "Raise the allegation"),
    "complaint": _form(RaiseComplaint, "Raise a complaint about a visit", "Raise the complaint"),
    "intervention": _form(RecordIntervention, "Record that force was used", "Record it"),
}


class Lists(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sees of restricted cases."""

    open: tuple[CaseLine, ...]
    closed: tuple[CaseLine, ...]
    mine: tuple[WordsLine, ...]
    gone: tuple[str, ...]


@router.get("/schools/{school}/cases")
async def home(request: Request, me: Annotated[Acquainted, by_page(Question.CASES)]) -> HTMLResponse:
    """The cases that somebody is inside of, and their own words; the same page for everybody who is in none."""
    runtime = runtime_of(request)

    def question(view: View) -> restricted_cases.MyCases:
        return restricted_cases.cases_of(view, me.directory, me.person, me.now)

    found = await runtime.ask(me.slug, question, restricted_cases.NAME, at_least=at_least(request))
    for shown in (*found.open, *found.closed):
        await keep_case_shown(runtime, me, Question.CASES, shown.case.case)
    lists = Lists(
        open=tuple(case_line(me, one) for one in found.open),
        closed=tuple(case_line(me, one) for one in found.closed),
        mine=tuple(words_line(me, one) for one in found.mine),
        gone=gone_lines(me, found.gone),
    )
    return page(request, me, "cases.html", lists=lists, forms=FORMS)


@router.get("/schools/{school}/cases/raise")
def choose_form(
    request: Request, me: Annotated[Acquainted, by_page(Question.RAISE_CASE)], kind: str = "", visit: str = ""
) -> HTMLResponse:
    """One of the three forms, or which of them it is to be. Every field may stay empty."""
    if kind not in FORMS:
        return page(request, me, "raise_case_choose.html", forms=FORMS, visit=visit[:60])
    others = [p for p in me.directory.people.values() if p.here and not me.only_reads]
    return page(
        request,
        me,
        "raise_case.html",
        kind=kind,
        form=FORMS[kind],
        shown_after=me.may(Question.CASES),
        visit=visit[:60],
        people=staff_options(me, sorted(others, key=lambda p: (p.name, p.id)), nobody="Not said, or not on this list"),
        speakers=staff_options(
            me,
            sorted((p for p in others if p.id != me.id), key=lambda p: (p.name, p.id)),
            nobody=f"{me.person.name} (you)",
        ),
        chair=me.directory.holders(ABOUT_THE_HEAD, me.now),
    )


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One case, and who opened it."""

    shown: CaseShown | None
    looks: WhoLooked


@router.get("/schools/{school}/cases/{case}")
async def one(request: Request, me: Annotated[Acquainted, by_page(Question.CASE)], case: str) -> HTMLResponse:
    """One case, for those inside; the reading is kept before it is shown."""
    runtime, known = runtime_of(request), CaseId(id_in(case, "case"))

    def question(view: View) -> CaseShown | None:
        return restricted_cases.one_case(view, me.directory, me.person, me.now, known)

    least = at_least(request)
    if await runtime.ask(me.slug, question, restricted_cases.NAME, at_least=least) is None:
        raise Unknown("case")
    index = await keep_case_shown(runtime, me, Question.CASE, known)

    def again(view: View) -> Reading:
        return Reading(shown=question(view), looks=who_looked.at_case(view, me.directory, known))

    names = (restricted_cases.NAME, who_looked.NAME)
    found = await runtime.ask(me.slug, again, *names, at_least=max(index, least))
    if found.shown is None:
        raise Unknown("case")  # Closed to them in this moment.
    return page(
        request,
        me,
        "case.html",
        one=found.shown,
        line=case_line(me, found.shown),
        words=words_line(me, found.shown.words),
        inside=inside_lines(me, found.shown, found.looks),
        items=steps(me, found.shown),
        acts=acts(me, found.shown),
        route=route_of(me, found.shown),
        keeping=keeping(me, found.shown),
    )
