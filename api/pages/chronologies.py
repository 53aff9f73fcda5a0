"""The chronology of a child: kept as read before it leaves, filtered, as known at an instant."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.identity import Acquainted, runtime_of
from api.pages.choices import pupil_line
from api.pages.flash import at_least
from api.pages.frame import page
from api.pages.history_model import OF_A_CHILD, chosen, moment_of
from api.pages.ids import id_in
from api.pages.leaving_school import leaving_form
from api.pages.templating import moment
from api.pages.timeline import timeline_items
from api.pages.words import in_words
from api.permitted import by_page
from api.records import open_record
from domain.access.events import RecordKind
from domain.ids import PupilId, StreamKind, pupil_stream
from domain.permissions import Question
from domain.refusal import Unknown
from projections import dsl_history
from projections.history_lines import Line
from projections.pupil_chronology import pupil_chronology

router = APIRouter(include_in_schema=False)


@router.get("/schools/{school}/pupils/{pupil}")
async def chronology(
    request: Request,
    me: Annotated[Acquainted, by_page(Question.CHRONOLOGY)],
    pupil: str,
    show: str = "all",
    known_at: str = "",
) -> HTMLResponse:
    """A child's chronology, now or as known at an instant; the reading is kept first."""
    wanted, child = moment_of(known_at), PupilId(id_in(pupil, "pupil"))
    index = await open_record(runtime_of(request), me, Question.CHRONOLOGY, child, kind=RecordKind.PUPIL)
    found = await runtime_of(request).ask(
        me.slug,
        lambda view: pupil_chronology(view, me.directory, child, me.now, wanted.at),
        dsl_history.NAME,
        at_least=max(index, at_least(request)),
    )
    if found is None:
        raise Unknown("pupil")
    shows = show if show in OF_A_CHILD else "all"
    lines = chosen(found.lines, shows)
    streets = {visit.visit: visit.street for visit in found.visits}
    items = timeline_items(lines, me.directory, streets, lambda _: True)
    return page(
        request,
        me,
        "chronology.html",
        found=found,
        who=pupil_line(me.directory, child),
        items=tuple(
            msgspec.structs.replace(item, link=_leads_to(me, line), link_text=_LEADS_TO.get(line.stream_kind, ""))
            for item, line in zip(items, lines, strict=True)
        ),
        visits=tuple(
            (v, in_words(v.purpose), moment(v.requested_at, me.now) if v.requested_at else "") for v in found.visits
        ),
        moved_here=tuple((moment(m.moved_at, me.now), m.by.name, streets.get(m.visit, "")) for m in found.moved_here),
        moved_away=tuple((moment(m.moved_at, me.now), m.by.name, m.take_back) for m in found.moved_away),
        shows=shows,
        filters=OF_A_CHILD,
        wanted=wanted,
        here=f"/schools/{me.slug}/pupils/{child}",
        sees_who=me.may(Question.WHO_LOOKED),
        family=f"/schools/{me.slug}/pupils/{child}/family" if me.may(Question.FAMILY) else "",
        may_export=me.may(Question.SUBJECT_ACCESS),
        leaving=leaving_form(me, pupil_stream(child), f"/schools/{me.slug}/pupils/{child}"),
        errors=(wanted.error,) if wanted.error else (),
    )


_LEADS_TO = {StreamKind.VISIT: "History of this visit", StreamKind.CONCERN: "This concern"}


def _leads_to(me: Acquainted, line: Line) -> str:
    if line.stream_kind is StreamKind.VISIT:
        return f"/schools/{me.slug}/visits/{line.stream_id}/history#event-{line.event_id}"
    return f"/schools/{me.slug}/dsl/concerns/{line.stream_id}" if line.stream_kind is StreamKind.CONCERN else ""
