"""What leaves the house: records for other systems, notices, the governors' report."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import Query, Request
from fastapi.responses import Response

from api.exporting import readable
from api.http.asking import AtLeast, ask, documented, new_router, read_instant
from api.identity import Acquainted
from api.permitted import by_program, refuse_unless_may
from commands.reading import Malformed
from commands.reading_values import Fault
from domain.permissions import Question
from domain.times import day_of
from projections import exports, governors, notices, school_terms
from projections.views import View

_NOTICES_OF: Final = timedelta(days=7)

router = new_router()


@router.get("/exports", summary="What must reach the record system?", **documented(exports.Exports))
async def export_list(
    request: Request, me: Annotated[Acquainted, by_program(Question.EXPORTS)], at_least: AtLeast = 0
) -> Response:
    """Records that must reach CPOMS or MyConcern (or a file), and those that have.

    Concerns are listed for those who may read them only, as on the page.
    """

    def question(view: View) -> exports.Exports:
        return exports.exports(view, me.directory, me.now, kinds=readable(me))

    return await ask(request, me, question, exports.NAME, at_least=at_least)


@router.get("/notices", summary="Who must be told?", **documented(tuple[notices.Told, ...]))
async def notice_list(
    request: Request,
    me: Annotated[Acquainted, by_program(Question.MY_NOTICES)],
    since: Annotated[str | None, Query(description="From when on; seven days back if left out.")] = None,
    mine: Annotated[bool, Query(description="Only what this person must be told.")] = False,  # noqa: FBT002 - a query
    at_least: AtLeast = 0,
) -> Response:
    """What happened and who must be told. Doorstep does not send or ring anyone yet: all are pending."""
    if not mine:
        refuse_unless_may(me, Question.NOTICES)
    begin = read_instant(since, "since") or me.now - _NOTICES_OF
    person = me.id if mine else None

    def question(view: View) -> tuple[notices.Told, ...]:
        return notices.notices(view, me.directory, since=begin, person=person)

    return await ask(request, me, question, notices.NAME, at_least=at_least)


@router.get("/governors-report", summary="How did the term go?", **documented(governors.Report))
async def report(
    request: Request,
    me: Annotated[Acquainted, by_program(Question.GOVERNORS)],
    term: Annotated[str | None, Query(description="Such as 2026-27-autumn; this term if left out.")] = None,
    at_least: AtLeast = 0,
) -> Response:
    """The governors' report of a term: no names, no text; small counts about children are masked."""
    try:
        wanted = school_terms.term_named(term) if term else school_terms.term_of(day_of(me.now))
    except ValueError:
        wanted_words = "a term: autumn, spring or summer of a school year, such as 2026-27-autumn"
        raise Malformed((Fault(field="term", expected=wanted_words),)) from None

    def question(view: View) -> governors.Report:
        return governors.report(view, me.directory, wanted, school=me.school.name, now=me.now)

    return await ask(request, me, question, governors.NAME, at_least=at_least)


@router.get("/governors-report/terms", summary="Which terms are there?", **documented(tuple[school_terms.Term, ...]))
async def term_list(
    request: Request, me: Annotated[Acquainted, by_program(Question.GOVERNORS)], at_least: AtLeast = 0
) -> Response:
    """The terms since the school adopted settings, and this one; newest first."""
    name = governors.NAME
    return await ask(request, me, lambda _: governors.terms(me.directory, me.now), name, at_least=at_least)
