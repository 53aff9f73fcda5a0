"""Who is not in school, what of it is to be looked into, and one trip to their homes: planned in one go."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final
from uuid import UUID, uuid5

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.identity import Acquainted, runtime_of
from api.pages.absence_model import AbsencesView, absences_view, homes_of, report
from api.pages.asking import CLOCKS_CHANGE, prefilled
from api.pages.choices import find_pupils, staff_options
from api.pages.doing import form_of
from api.pages.flash import Done, at_least, keep
from api.pages.forms import Form, first
from api.pages.frame import page
from api.pages.parts import FieldError
from api.permitted import by_page
from api.problems import problem_of
from api.sending import Stored, send, stored
from commands.ids import new_command_id
from commands.people.file import FileRefused
from commands.people.register_file import read_register
from commands.reading import Malformed, Read, read_command_id, read_payload
from domain.command import Command
from domain.ids import CommandId, PupilId
from domain.permissions import Question
from domain.pupil.commands import ReportAbsence
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.school.commands import SetTermDates
from domain.times import day_of
from domain.trip.commands import PlanTrip
from domain.visit.commands import RequestVisit
from eventlog.seam import CommandReused
from projections import visits

router = APIRouter(include_in_schema=False)

_TROUBLE: Final = (Refused, Malformed, Incomplete, NotPermitted, Unknown, CommandReused)
_TWO: Final = 2


@router.get("/schools/{school}/absences")
def absences(request: Request, me: Annotated[Acquainted, by_page(Question.ABSENCES)]) -> Response:
    """The flags first; then who else is absent; a child to add, by `q`; the register; when the school is open."""
    return _page(request, me, {"q": request.query_params.getlist("q")})


@router.post("/schools/{school}/absences")
async def sent(request: Request, me: Annotated[Acquainted, by_page(Question.ABSENCES)]) -> Response:
    """One of the page's forms, by `step`. What is refused comes back on the page with nothing lost."""
    form = await form_of(request)
    step = first(form, "step")
    try:
        if step == "register":
            return await _register(request, me, form)
        if step == "terms":
            return await _terms(request, me, form)
        if step == "plan":
            return await _plan(request, me, form)
    except FileRefused as refused:
        says = [
            f"{f.place}: expected {f.expected}{f' (there stands “{f.value}”)' if f.value else ''}"
            for f in refused.faults
        ]
        return _page(request, me, form, [FieldError(field="register", says=one) for one in says], 422)
    except _TROUBLE as error:
        return _page(request, me, form, _said(error, step), problem_of(error).status)
    return _page(request, me, form)


async def _register(request: Request, me: Acquainted, form: Form) -> Response:
    """Each absence of the register, one command each; sent twice nothing doubles."""
    found = read_register(first(form, "register").encode(), me.directory.pupils.values())
    last, flags = 0, 0
    for one in found:
        payload = {"pupil": str(one.pupil.id), "explanation": one.explanation}
        answer = await _send(request, me, ReportAbsence, payload, _id(form, str(one.pupil.id)))
        last, flags = max(last, answer.index), flags + sum("flagged" in topic for topic in answer.events)
    count = f"{len(found)} absent" if found else "Nobody is absent"
    flagged = f", {flags} to be looked into" if flags else ""
    return _back(me, f"Register taken: {count}{flagged}", last)


async def _terms(request: Request, me: Acquainted, form: Form) -> Response:
    terms = [
        {"first": line.partition(" to ")[0].strip(), "last": line.partition(" to ")[2].strip()}
        for line in first(form, "terms").splitlines()
        if line.strip()
    ]
    payload = {"terms": terms, "closed": first(form, "closed").split()}
    answer = await _send(request, me, SetTermDates, payload, _id(form, "terms"))
    return _back(me, "Kept: when the school is open", answer.index)


async def _plan(request: Request, me: Acquainted, form: Form) -> Response:
    """A visit for each home, then one trip to all of them. Sent again, what was stored before is found and gone on from."""
    ticked = tuple(form.get("flags", ()))
    if not ticked:
        raise Incomplete("flags", "at least one child")
    doors: list[str] = []
    for home in homes_of(me, ticked):
        payload = {
            "pupils": [str(pupil) for pupil in home.pupils],
            "purpose": home.purpose,
            "purpose_text": home.why,
            "contacts_tried": home.tried,
        }
        answer = await _send(request, me, RequestVisit, payload, _id(form, f"{home.purpose} {home.pupils[0]}"))
        doors.append(answer.stream.id if answer.stream is not None else "")
    day = first(form, "day").strip()
    payload = {
        "visits": doors,
        "leave_at": f"{day}T{first(form, 'leave').strip()}",
        "back_by": f"{day}T{first(form, 'back').strip()}",
        "people": list(dict.fromkeys(filter(None, _who(form)))),
        **({"watcher": first(form, "watcher")} if first(form, "watcher") else {}),
    }
    answer = await _send(request, me, PlanTrip, payload, _id(form, "trip"))
    trip = answer.stream.id if answer.stream is not None else ""
    count = "one visit" if len(doors) == 1 else f"{len(doors)} visits"
    response = RedirectResponse(f"/schools/{me.slug}/trips/{trip}", status_code=303)
    keep(response, me.slug, Done(says=f"Asked for {count} and planned one trip", command_id="", index=answer.index))
    return response


async def _send(
    request: Request, me: Acquainted, kind: type[Command], payload: Mapping[str, object], command_id: CommandId
) -> Stored:
    read: Read = read_payload(kind, dict(payload))
    runtime = runtime_of(request)
    return stored(await send(runtime, me, read, command_id), command_id, runtime.now())


def _id(form: Form, part: str) -> CommandId:
    """The id of one command of several that a form stands for: the same whenever the form is sent again."""
    key, _ = read_command_id(PlanTrip, first(form, "command_id") or None, new_command_id())
    return CommandId(uuid5(key, part))


def _back(me: Acquainted, says: str, index: int) -> Response:
    response = RedirectResponse(f"/schools/{me.slug}/absences", status_code=303)
    keep(response, me.slug, Done(says=says, command_id="", index=index))
    return response


def _said(error: Exception, step: str) -> list[FieldError]:
    field = {"register": "register", "terms": "terms"}.get(step, "flags")
    if isinstance(error, Refused):
        return [FieldError(field=field, says=one.says) for one in error.unmet if one.refuses]
    found = problem_of(error)
    return [FieldError(field=field, says=_expected(one["field"], one["expected"])) for one in found.errors] or [
        FieldError(field=field, says=found.detail)
    ]


def _expected(field: str, expected: str) -> str:
    if "the clocks go" in expected:
        return CLOCKS_CHANGE
    return f"{field.replace('_', ' ').capitalize()}: expected {expected}"


def _page(
    request: Request, me: Acquainted, form: Form, errors: Sequence[FieldError] = (), status: int = 200
) -> Response:
    me.looks.searched = bool(first(form, "q").strip())
    with runtime_of(request).view(me.slug, visits.NAME, at_least=at_least(request)) as view:
        shown: AbsencesView = absences_view(view, me, set(form.get("flags", ())) if "flags" in form else None)
    start = prefilled(me)
    values = {name: first(form, name) or first(start, name) for name in ("day", "leave", "back", "watcher")}
    found = find_pupils(me.directory, first(form, "q"), ())
    known = me.directory.pupils
    absent = {line.pupil.id for line in shown.absent}
    return page(
        request,
        me,
        "absences.html",
        status=status,
        errors=tuple(errors),
        shown=shown,
        found=found,
        to_add=tuple(
            (one, None if one.id in absent else report(me, known[PupilId(UUID(one.id))])) for one in found.results
        ),
        family=me.may(Question.FAMILY),
        values=values,
        going=_two(_who(form) if "one" in form else shown.proposed),
        staff=staff_options(me, nobody="Nobody yet"),
        register=first(form, "register"),
        terms=first(form, "terms") or "\n".join(f"{t.first} to {t.last}" for t in me.directory.calendar.terms),
        closed=first(form, "closed") or " ".join(str(day) for day in me.directory.calendar.closed),
        today=day_of(me.now),
    )


def _who(form: Form) -> tuple[str, str]:
    """Who goes, as the form says."""
    return first(form, "one"), first(form, "other")


def _two(people: Iterable[str]) -> tuple[str, str]:
    listed = [*people, "", ""][:_TWO]
    return listed[0], listed[1]
