"""Raising a concern, by anybody and with no visit; and one concern, to read and to act on."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from api.identity import Acquainted, runtime_of
from api.pages.choices import find_pupils, staff_options
from api.pages.doing import form_of, send_form
from api.pages.dsl_model import concern_line
from api.pages.erasure_model import sees
from api.pages.flash import at_least
from api.pages.forms import first
from api.pages.frame import page
from api.pages.history_model import corrections_of
from api.pages.ids import id_in
from api.pages.menu import Area, may_see
from api.pages.parts import Action, Input, PersonLine
from api.pages.timeline import timeline_items
from api.pages.words import CONCERNS
from api.permitted import by_page
from api.records import open_record
from domain.access.events import RecordKind
from domain.concern.commands import RaiseConcern
from domain.concern.events import ConcernRaised
from domain.ids import ConcernId, StaffId, StreamKind
from domain.permissions import Question
from domain.refusal import NotPermitted, Unknown
from projections import concerns, dsl_history
from projections.concerns import Concern
from projections.history_lines import Composed
from projections.views import View

router = APIRouter(include_in_schema=False)

_KEPT: Final = ("visit", "trip", "category", "text", "child_described", "on_roll", "said_by", "at", "command_id")
"""What was filled in already, kept while somebody looks for the child."""
_LONGEST: Final = 4_000
_TO_RING: Final = 3


@router.get("/schools/{school}/concern")
def raise_one(
    request: Request,
    me: Annotated[Acquainted, by_page(Question.RAISE_CONCERN)],
    visit: str = "",
    trip: str = "",
    pupil: str = "",
) -> HTMLResponse:
    """The form. Every field may stay empty: a worry is never turned away (DV-14)."""
    _not_for_governors(me)
    return _form(request, me, {"visit": (visit,), "trip": (trip,), "pupils": (pupil,) if pupil else ()})


@router.post("/schools/{school}/concern")
async def send(request: Request, me: Annotated[Acquainted, by_page(Question.RAISE_CONCERN)]) -> Response:
    """Raise it; or, where the child is being looked for, the same form with all that was typed and nothing stored."""
    form = await form_of(request)
    if "find" not in form:
        return await send_form(request, me, RaiseConcern, {name: form[name] for name in form if name != "q"})
    _not_for_governors(me)
    return _form(request, me, form)


def _not_for_governors(me: Acquainted) -> None:
    if me.only_reads:
        message = "Tell the DSL or the headteacher in person: a governor's page shows and takes no names"
        raise NotPermitted(message)


def _form(request: Request, me: Acquainted, form: Mapping[str, Sequence[str]]) -> HTMLResponse:
    chosen = frozenset(value for value in form.get("pupils", ()) if value)
    typed = {name: first(form, name)[:_LONGEST] for name in _KEPT}
    me.looks.searched = bool(first(form, "q").strip())
    others = tuple(p for p in me.directory.people.values() if p.here and p.id != me.id)
    return page(
        request,
        me,
        "raise_concern.html",
        found=find_pupils(me.directory, first(form, "q")[:200], chosen),
        typed=typed,
        kinds=tuple(CONCERNS.items()),
        ring=_whom_to_ring(me),
        speakers=staff_options(me, sorted(others, key=lambda p: (p.name, p.id)), nobody=f"{me.person.name} (you)"),
        after=f"/schools/{me.slug}/{Area.DSL if may_see(me, Area.DSL) else Area.BOARD}",
        asks=bool(first(form, "q")),
    )


def _whom_to_ring(me: Acquainted) -> tuple[PersonLine, ...]:
    """The DSL and the deputies who can be rung, the DSL first; not the person who looks."""
    found: dict[StaffId, PersonLine] = {}
    for word, role in (("DSL", "DSL"), ("DDSL", "deputy DSL")):
        for p in me.directory.holders(word, me.now):
            if p.mobile and p.id != me.id:
                found.setdefault(p.id, PersonLine(name=p.name, role=role, mobile=p.mobile))
    return tuple(found.values())[:_TO_RING]


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One concern with its own history."""

    concern: Concern | None
    history: Composed


@router.get("/schools/{school}/dsl/concerns/{concern}")
async def one(request: Request, me: Annotated[Acquainted, by_page(Question.CONCERN)], concern: str) -> HTMLResponse:
    """One concern; the reading is kept first. Whoever raised it may always read it."""
    runtime, known = runtime_of(request), ConcernId(id_in(concern, "concern"))

    def question(view: View) -> Reading:
        return Reading(
            concern=concerns.one_concern(view, me.directory, known),
            history=dsl_history.concern_history(view, me.directory, known, me.now),
        )

    names = (concerns.NAME, dsl_history.NAME)
    before = await runtime.ask(me.slug, question, *names, at_least=at_least(request))
    own = before.concern is not None and me.id in _authors(before.concern)
    index = await open_record(runtime, me, Question.CONCERN, known, kind=RecordKind.CONCERN, theirs=own)
    found = await runtime.ask(me.slug, question, *names, at_least=index)
    if found.concern is None:
        raise Unknown("concern")
    here = f"/schools/{me.slug}/dsl/concerns/{known}"
    raised = next((line for line in found.history.lines if isinstance(line.event, ConcernRaised)), None)
    return page(
        request,
        me,
        "concern.html",
        line=concern_line(found.concern, me.now),
        act=_act(me, found.concern, here),
        items=timeline_items(found.history.lines, me.directory, {}, lambda _: False),  # the text stands above
        corrections=corrections_of(raised, here) if raised is not None else (),
        here=here,
        sees_who=me.may(Question.WHO_LOOKED),
        reads_more=may_see(me, Area.DSL),
        keeps=sees(me, StreamKind.CONCERN),
    )


def _authors(concern: Concern) -> tuple[UUID, ...]:
    return (concern.raised_by.id, *((concern.typed_by.id,) if concern.typed_by is not None else ()))


def _act(me: Acquainted, concern: Concern, here: str) -> tuple[Action, ...]:
    """What was done about it, closing it or keeping it open; for those who may say so."""
    if concern.taken_back or not me.fills("DSL|DDSL", "senior_staff"):
        return ()
    about = concern_line(concern, me.now).about
    asks = (
        Input(name="action", label="What was done", kind="textarea", required=True),
        Input(name="why", label="Why this, and not more or less", kind="textarea", required=True),
    )

    def action(label: str, *, closes: bool, says: str) -> Action:
        return Action(
            label=label,
            command="action-concern",
            fields={
                "concern": str(concern.concern),
                "closes": "true" if closes else "false",
                "next": here,
                "says": f"{about}: {says}",
            },
            inputs=asks,
            confirm=f"About {about}.",
            button=label,
            style="primary" if closes else "secondary",
        )

    keep = action("Say what was done, and keep it open", closes=False, says="what was done is kept; it stays open")
    if not concern.open:
        return (keep,)
    return (action("Say what was done, and close it", closes=True, says="acted on and closed"), keep)
