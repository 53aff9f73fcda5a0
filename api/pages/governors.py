"""The governors' report of a term: a page, and a PDF to print. Governors see this and the policy, and no child."""

import asyncio
import hashlib
from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.checkpoints import Covering, covering
from api.governors_pdf import governors_pdf
from api.governors_words import lead, note, shown_tables, title, total
from api.identity import Acquainted, runtime_of
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.settings_first import settings_of
from api.permitted import by_page
from api.runtime import Runtime
from commands.ids import new_command_id
from domain.permissions import Question
from domain.school.commands import KeepReport
from domain.times import day_of
from projections.changes import last_change
from projections.governors import NAME, Report, report, terms
from projections.school_terms import Term, term_named, term_of

router = APIRouter(include_in_schema=False)

PDF: Final = "application/pdf"


@router.get("/schools/{school}/governors")
def governors(
    request: Request,
    me: Annotated[Acquainted, by_page(Question.GOVERNORS)],
    term: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """The report, with its chart."""
    settings_of(me)
    wanted = asked_term(me, term)
    found, covered = _made(runtime_of(request), me, wanted, at_least(request))
    offered = terms(me.directory, me.now)
    return page(
        request,
        me,
        "governors.html",
        report=found,
        title=title(found),
        lead=lead(found),
        total=total(found),
        note=note(found),
        tables=shown_tables(found),
        covered=covered,
        terms=offered if wanted in offered else (wanted, *offered),
    )


@router.post("/schools/{school}/governors/{term}/pdf")
async def governors_file(
    request: Request, term: str, me: Annotated[Acquainted, by_page(Question.GOVERNORS)]
) -> Response:
    """The report as a PDF; that it was made, and what it was, is kept before it leaves."""
    settings_of(me)
    return await report_file(runtime_of(request), me, asked_term(me, term))


@router.get("/schools/{school}/governors/{term}/checkpoint")
def governors_checkpoint(
    request: Request, term: str, me: Annotated[Acquainted, by_page(Question.CHECKPOINT)]
) -> Response:
    """The checkpoint that covers the report as a file, to be kept outside the school. There is nobody's data in it."""
    settings_of(me)
    wanted = asked_term(me, term)
    return checkpoint_file(me, wanted, term_checkpoint(runtime_of(request), me, wanted, at_least(request)))


def term_checkpoint(runtime: Runtime, me: Acquainted, term: Term, at_least: int) -> Covering:
    """The checkpoint over the last entry that could have changed a term's report. Blocks."""
    return _made(runtime, me, term, at_least)[1]


def checkpoint_file(me: Acquainted, term: Term, covered: Covering) -> Response:
    """The checkpoint as a file. Answers 404 where there is none yet."""
    if not covered.note:
        raise HTTPException(404, covered.says)
    name = f"home-visits-{me.slug}-{term.code}.checkpoint"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(covered.note, media_type="text/plain; charset=utf-8", headers=headers)


def asked_term(me: Acquainted, code: str) -> Term:
    """The term of a code; this one for none. Answers 404 for what is no term."""
    try:
        return term_named(code) if code else term_of(day_of(me.now))
    except ValueError:
        raise HTTPException(404, "No such term: autumn, spring or summer, such as 2026-27-autumn") from None


async def report_file(runtime: Runtime, me: Acquainted, term: Term) -> Response:
    """The PDF of a term's report, kept by its SHA-256."""
    pdf = await asyncio.to_thread(lambda: governors_pdf(*_made(runtime, me, term, runtime.store.log(me.slug).head())))
    command = KeepReport(term=term.code, sha256=hashlib.sha256(pdf).hexdigest())
    await runtime.bus.send(me.slug, command, me.sender(new_command_id()))
    # After this line it is on record which file left; a crash loses only the file.
    headers = {"Content-Disposition": f'attachment; filename="home-visits-{me.slug}-{term.code}.pdf"'}
    return Response(pdf, media_type=PDF, headers=headers)


def _made(runtime: Runtime, me: Acquainted, term: Term, at_least: int) -> tuple[Report, Covering]:
    """The report, and the checkpoint over the last entry that could have changed it. Blocks."""
    with runtime.view(me.slug, NAME, at_least=at_least) as view:
        found = report(view, me.directory, term, school=me.school.name, now=me.now)
        position = view.position(NAME)
    return found, covering(runtime, me.slug, last_change(runtime.store.log(me.slug), position))
