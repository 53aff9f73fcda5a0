"""Every form that sends one command: reads it, sends it, and says what came of it with nothing lost.

A form goes to `POST /schools/{school}/do/{command}` with the command's fields, `command_id` (made when the page was
rendered, so that a double click is one command), `next` (a local path) and `says` (what to show once it is stored).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from msgspec import inspect
from starlette.exceptions import HTTPException

from api.http.commands import PUBLIC
from api.identity import Acquainted, runtime_of
from api.pages.flash import UNDO, Done, keep
from api.pages.forms import ABOUT, Form, first, local_path, payload_of, read_form, unanswered
from api.pages.frame import page
from api.pages.menu import landing
from api.pages.words import listed
from api.permitted import by_page
from api.problems import problem_of
from api.sending import Stored, refuse_at_desk, send, stored
from commands.ids import new_command_id
from commands.reading import Fault, Malformed, fields_of, read_command_id, read_payload
from domain.command import Command, CommandKind
from domain.permissions import Question
from domain.policy import Force
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.shared.commands import Undo
from domain.times import LONDON, AmbiguousTime, parse_instant
from eventlog.errors import LogUnavailable, UnreadableEvent
from eventlog.seam import CommandReused, VersionConflict

router = APIRouter(include_in_schema=False)

_SAID_BACK: Final = (Refused, Incomplete, Malformed, NotPermitted, Unknown, CommandReused, UnreadableEvent)
_AGAIN: Final = (LogUnavailable, VersionConflict)
_LONG: Final = 80
PEOPLE: Final = "{people}"
"""In a form's `says`: the names of those whom its `people` name, as they were ticked."""


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """A field to put right, as `refused.html` shows it."""

    field: str
    label: str
    expected: str
    value: str
    long: bool = False
    options: tuple[tuple[str, str], ...] = ()
    """(value, words), where there are only these: both readings of a time that happens twice, or a form's own."""
    many: bool = False
    """Several of the options may be chosen."""


@router.post("/schools/{school}/do/{command}")
async def do(request: Request, command: str, me: Annotated[Acquainted, by_page(Question.COMMAND_FORM)]) -> Response:
    """Send the command of a form, and go on to `next`; or one page that says what is still needed."""
    kind = PUBLIC.get(command)
    if kind is None:
        raise HTTPException(404)
    return await send_form(request, me, kind, await form_of(request))


async def send_form(request: Request, me: Acquainted, kind: type[Command], form: Form) -> Response:
    """Send a form's command; the answer leads on, or says why not with everything that was typed."""
    refuse_at_desk(me, kind)
    request.state.back = _next(me, form)  # where a fault's page leads back to
    try:
        answer = await _sent(request, me, kind, form)
    except (*_SAID_BACK, *_AGAIN) as error:
        return said_back(request, me, kind, form, error)
    return after(me, kind, form, answer)


async def form_of(request: Request) -> dict[str, list[str]]:
    """What an ordinary form sent. Raises HTTPException for anything else, and for one with too many fields."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise HTTPException(415, "Send this as an ordinary form")
    try:
        return read_form(await request.body())
    except ValueError:
        raise HTTPException(413, "This form has too many fields. Send it in parts") from None


async def _sent(request: Request, me: Acquainted, kind: type[Command], form: Form) -> Stored:
    if missing := unanswered(form):
        # The page's question, not the fact's: the office is asked before anything is stored, and nothing is lost.
        raise Malformed(tuple(Fault(field=one.field, expected="an answer") for one in missing))
    key, odd = read_command_id(kind, first(form, "command_id") or None, new_command_id())
    read = read_payload(kind, payload_of(kind, form, me.now))
    read = read._replace(unreadable={**read.unreadable, **odd})
    runtime = runtime_of(request)
    return stored(await send(runtime, me, read, key), key, runtime.now())


def after(me: Acquainted, kind: type[Command], form: Form, answer: Stored) -> Response:
    """It is stored: go on, and show there what was done, with ten seconds to take a tap back."""
    says, important = _named(me, first(form, "says"), form) or "Recorded", False
    if answer.status == "nothing to do":
        says, important = "There was nothing left to do: it is as you wanted it already", True
    elif answer.without_effect:
        says, important = f"It is kept, and nothing on the board changed: {answer.without_effect}", True
    elif answer.kept_as_text:
        says, important = f"{says}. Some of it could not be read: it is kept as you wrote it, and marked", True
    may_undo = kind.KIND is CommandKind.FACT and kind is not Undo and answer.status == "stored"
    response = RedirectResponse(_next(me, form), status_code=303)
    done = Done(
        says=says,
        command_id=answer.stored_as or answer.command_id,
        index=answer.index,
        undo_until=answer.received_at + UNDO if may_undo else None,
        important=important,
        sign=f"/schools/{me.slug}/desk/sign/{answer.stored_as or answer.command_id}" if me.nobody_yet else "",
    )
    keep(response, me.slug, done)
    return response


def _named(me: Acquainted, says: str, form: Form) -> str:
    if PEOPLE not in says:
        return says
    known = {str(person): found.name for person, found in me.directory.people.items()}
    names = [known[person] for person in form.get("people", ()) if person in known]
    return says.replace(PEOPLE, listed(names) or "All of them")


def said_back(
    request: Request, me: Acquainted, kind: type[Command], form: Form, error: Exception, back: str = ""
) -> Response:
    """The page that says why not, with everything that was typed still in it."""
    problem = problem_of(error)
    if missing := unanswered(form):
        questions = listed([f"“{one.label}”" for one in missing])
        says = f"Nothing is chosen beforehand here. Answer {questions} and send it again: the rest is kept."
        problem = msgspec.structs.replace(problem, title="Not answered yet", detail=says)
    unmet = error.unmet if isinstance(error, Refused) else ()
    repairs = _repairs(kind, form, problem.errors, me.now)
    refusing = tuple(one for one in unmet if one.refuses)
    reasons_will_do = "reasons" in fields_of(kind) and all(one.force is Force.SHOULD for one in refusing)
    boxes = refusing if reasons_will_do else ()
    asked = {repair.field for repair in repairs} | {f"reasons.{one.code}" for one in boxes}
    again = isinstance(error, _AGAIN)
    response = page(
        request,
        me,
        "refused.html",
        status=problem.status,
        problem=problem,
        what=_what(kind),
        requirements=() if reasons_will_do else refusing,
        advice=tuple(one for one in unmet if not one.refuses),
        boxes=tuple((one, first(form, f"reasons.{one.code}")) for one in boxes),
        repairs=repairs,
        kept=tuple((name, value) for name, values in form.items() if name not in asked for value in values),
        may_send_again=again or bool(repairs) or bool(boxes),
        action=f"/schools/{quote(me.slug)}/do/{kind.NAME}",
        back=back or _next(me, form),
    )
    response.headers.update(problem.headers)
    return response


def _next(me: Acquainted, form: Form) -> str:
    return local_path(first(form, "next")) or local_path(first(form, "back_to")) or landing(me)


def _what(kind: type[Command]) -> str:
    return kind.NAME.replace("-", " ")


def _repairs(kind: type[Command], form: Form, errors: Sequence[Mapping[str, str]], now: datetime) -> tuple[Repair, ...]:
    """A box for each faulty field that can be typed; the others are named only."""
    out = {
        one.field: Repair(
            field=one.field,
            label=one.label,
            expected="an answer",
            value="",
            options=one.options,
            many=fields_of(kind).get(one.field) is not None
            and isinstance(fields_of(kind)[one.field].type, inspect.VarTupleType),
        )
        for one in unanswered(form)
    }
    for error in errors:
        name = error["field"]
        whole = name.partition(".")[0].partition("[")[0]
        field = fields_of(kind).get(whole)
        typed = (
            name in {"at", "device_at"}
            or ("." in name and name in form)
            or (field is not None and _can_be_typed(field.type, name == whole))
        )
        if not typed or name in ABOUT or name in out:
            continue
        value = first(form, name)
        options = _readings(payload_of(kind, {name: [value]}, now).get(name))
        out[name] = Repair(
            field=name,
            label=_label(name, options),
            expected=error["expected"],
            value=value,
            long=len(value) > _LONG,
            options=options,
        )
    return tuple(out.values())


def _label(name: str, readings: tuple[tuple[str, str], ...]) -> str:
    label = name.rpartition(".")[2].replace("_", " ").capitalize()
    return f"{label}: this time comes twice that night. Which is it?" if readings else label


def _can_be_typed(kind: inspect.Type, whole: bool) -> bool:  # noqa: FBT001 - private
    if isinstance(kind, inspect.UnionType):
        kind = next(t for t in kind.types if not isinstance(t, inspect.NoneType))
    if isinstance(kind, inspect.DictType):
        return not whole
    return isinstance(kind, inspect.StrType | inspect.IntType | inspect.DateTimeType | inspect.DateType)


def _readings(value: object) -> tuple[tuple[str, str], ...]:
    """Both readings of a London time that happens twice; none for any other value."""
    if not isinstance(value, str):
        return ()
    try:
        parse_instant(value)
    except AmbiguousTime:
        local = datetime.fromisoformat(value)
        return (_reading(local, 0, "before the clocks go back"), _reading(local, 1, "after they have gone back"))
    except (ValueError, OverflowError):
        return ()
    return ()


def _reading(local: datetime, fold: int, words: str) -> tuple[str, str]:
    moment = local.replace(tzinfo=LONDON, fold=fold)
    return moment.isoformat(), f"{moment:%H:%M} {moment.tzname()}, {words}"
