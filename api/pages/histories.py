"""The history of a visit: kept as read before it leaves, filtered, as known at an instant; and each entry, to correct."""

import asyncio
from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.checkpoints import covering
from api.identity import Acquainted, runtime_of
from api.pages.choices import names_of, pupil_line
from api.pages.dsl_model import explain_action
from api.pages.erasure_model import sees
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.history_model import (
    SHOWN,
    Moment,
    chosen,
    corrections_of,
    facts_of,
    moment_of,
    review_action,
    reviewed_words,
)
from api.pages.ids import id_in
from api.pages.parts import TimelineItem
from api.pages.timeline import timeline_items
from api.pages.words import sentence
from api.permitted import by_page
from api.records import PAGES, command_of, keep, keep_shown, refuse_unless_opens
from domain.access.events import RecordKind
from domain.ids import StreamKind, VisitId
from domain.permissions import Question
from domain.refusal import Unknown
from projections import dsl_history
from projections.dsl_history import VisitHistory, visit_history
from projections.history_lines import Line

router = APIRouter(include_in_schema=False)


@router.get("/schools/{school}/visits/{visit}/history")
async def history(
    request: Request,
    me: Annotated[Acquainted, by_page(Question.HISTORY)],
    visit: str,
    show: str = "all",
    known_at: str = "",
) -> HTMLResponse:
    """A visit's history, now or as known at an instant; the reading is kept first."""
    wanted = moment_of(known_at)
    found = await _history(request, me, visit, wanted)
    shows = show if show in SHOWN else "all"
    here = f"/schools/{me.slug}/visits/{found.visit.id}/history" if found else f"{request.url.path}"
    if found is None:
        return page(request, me, "history_unknown.html", wanted=wanted, here=here)
    lines = chosen(found.lines, shows)
    return page(
        request,
        me,
        "history.html",
        found=found,
        items=_items(me, lines, found, here),
        shows=shows,
        filters=SHOWN,
        wanted=wanted,
        here=here,
        names=names_of(me.directory, found.visit.pupils),
        pupils=tuple(pupil_line(me.directory, pupil) for pupil in found.visit.pupils),
        facts=facts_of(me, found),
        review=review_action(me, found, here),
        reviewed=reviewed_words(me, found),
        sees_who=me.may(Question.WHO_LOOKED),
        take_back=found.take_back,
        keeps=sees(me, StreamKind.VISIT),
        covered=await asyncio.to_thread(covering, runtime_of(request), me.slug, found.index),
        errors=(wanted.error,) if wanted.error else (),
    )


async def _history(request: Request, me: Acquainted, visit: str, wanted: Moment) -> VisitHistory | None:
    """The history, read on record; None where nobody knew of the visit then. Raises Unknown, NotPermitted."""
    known = id_in(visit, "visit")
    runtime = runtime_of(request)
    refuse_unless_opens(me, Question.HISTORY)
    found = await runtime.ask(
        me.slug,
        lambda view: visit_history(view, me.directory, VisitId(known), me.now, wanted.at),
        dsl_history.NAME,
        at_least=max(runtime.changed(me.slug), at_least(request)),
    )
    if found is None:
        # Looked up: there is no such visit, or nobody knew of it then.
        await keep(runtime, me, command_of(known, RecordKind.VISIT, PAGES[Question.HISTORY]))
    else:
        await keep_shown(runtime, me, Question.HISTORY, RecordKind.VISIT, known, found.visit.pupils)
    return found


def _items(me: Acquainted, lines: tuple[Line, ...], found: VisitHistory, here: str) -> tuple[TimelineItem, ...]:
    streets = {found.visit.id: found.visit.street}
    items = timeline_items(lines, me.directory, streets, lambda _: True)
    return tuple(
        msgspec.structs.replace(item, link=f"{here}/{line.event_id}", link_text="Correct or explain")
        for item, line in zip(items, lines, strict=True)
    )


@router.get("/schools/{school}/visits/{visit}/history/{event}")
async def one_event(
    request: Request, me: Annotated[Acquainted, by_page(Question.HISTORY)], visit: str, event: str
) -> HTMLResponse:
    """One entry of a history, to correct or to explain."""
    found = await _history(request, me, visit, Moment(typed="", at=None))
    wanted = id_in(event, "entry")
    line = next((one for one in found.lines if one.event_id == wanted), None) if found is not None else None
    if found is None or line is None:
        raise Unknown("entry")
    back = f"/schools/{me.slug}/visits/{found.visit.id}/history"
    return page(
        request,
        me,
        "history_event.html",
        item=msgspec.structs.replace(_items(me, (line,), found, back)[0], link=""),
        line=line,
        names=names_of(me.directory, found.visit.pupils),
        street=found.visit.street,
        back=f"{back}#event-{line.event_id}",
        corrections=corrections_of(line, f"{back}#event-{line.event_id}"),
        explanations=tuple(
            (sentence(one.says), explain_action(str(one.event_id), f"{back}#event-{line.event_id}"))
            for one in line.deviations
            if not one.taken_back
        ),
        recorded=line.recorded_at.isoformat().replace("+00:00", "Z"),
    )
