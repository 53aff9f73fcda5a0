"""Adopting other settings: pasted as a file or one of them by a form, first as a dry run, then from an instant on.

A file is pasted, not sent: nothing is uploaded to Doorstep. The dry run stores nothing. What it compared is sent along as
text and read again, so that what is adopted is what was shown.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from msgspec.structs import replace

from api.identity import Acquainted, runtime_of
from api.pages.doing import form_of
from api.pages.flash import Done, keep
from api.pages.forms import Form, first
from api.pages.frame import page
from api.pages.parts import Input
from api.pages.policy import groups_of
from api.pages.settings_first import settings_of
from api.permitted import by_page
from api.sending import send
from commands.ids import new_command_id
from commands.opening import adoption
from commands.policy_compare import ClauseChanged, Difference, compare, compare_clauses
from commands.policy_files import PolicyFileError, load_policy_file, setting_rules
from commands.policy_forms import Part, about, changed_text, parts_of
from commands.policy_words import PolicyRow, describe
from commands.policy_writing import policy_text
from commands.reading import Read, read_command_id
from domain.permissions import Question
from domain.policy import Policy
from domain.refusal import Incomplete, Refused, Unknown
from domain.school.commands import AdoptSettings
from domain.times import AmbiguousTime, NonexistentTime, parse_instant
from projections import settings_touch
from projections.directory import Directory
from projections.settings_touch import Touching, touching

router = APIRouter(prefix="/schools/{school}/policy", include_in_schema=False)

PASTED: Final = "The pasted text"
"""What faults call it, before the line."""
_REFUSED: Final = 422
_VERSION: Final = re.compile(r"[0-9]{1,9}")
Changes = Annotated[Acquainted, by_page(Question.POLICY_CHANGE)]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What the dry run shows."""

    new: Policy
    differences: tuple[Difference, ...]
    elsewhere: tuple[Difference, ...]
    """Settings that ask the same and come from elsewhere."""
    clauses: tuple[ClauseChanged, ...]
    same: int
    touch: Touching


@router.get("/change")
def change(request: Request, me: Changes, setting: str = "") -> Response:
    """The form: one setting's, where one is named, and the whole as text."""
    return _form(request, me, setting)


@router.post("/change")
async def dry_run(request: Request, me: Changes) -> Response:
    """What would change: nothing is stored. A text that cannot be used comes back with everything that is wrong with it."""
    form = await form_of(request)
    name, before = first(form, "setting"), settings_of(me)
    try:
        text = _changed(before, name, form) if name else first(form, "text")
        new = load_policy_file(text, PASTED)
    except PolicyFileError as error:
        faults = tuple(_without_line(str(fault)) if name else str(fault) for fault in error.errors)
        return _form(request, me, name, faults=faults, form=form)
    return await _compared(request, me, new, text)


@router.post("/adopt")
async def adopt(request: Request, me: Changes) -> Response:
    """Adopt what was compared, from now or an instant on; or the comparison again, with what is still wrong."""
    me.refuse_unless(AdoptSettings, "Other settings are adopted by the headteacher")
    form = await form_of(request)
    text = first(form, "text")
    try:
        new = load_policy_file(text, PASTED)
    except PolicyFileError as error:
        return _form(request, me, "", faults=tuple(str(fault) for fault in error.errors), form=form)
    try:
        start, why = _start(form), _why(form)
        version = int(first(form, "version")) if _VERSION.fullmatch(first(form, "version")) else 0
        command = adoption(new, version=version, effective_from=start, why=why)
        key, _ = read_command_id(AdoptSettings, first(form, "command_id") or None, new_command_id())
        sent = await send(runtime_of(request), me, Read(command=command), key)
    except Incomplete as error:
        return await _compared(request, me, new, text, wrong=(f"{_ASKED[error.field]}: {error.expected}",), form=form)
    except Refused as error:
        return await _compared(request, me, new, text, wrong=tuple(one.says for one in error.unmet), form=form)
    response = RedirectResponse(f"/schools/{me.slug}/policy", status_code=303)
    when = "in force from now on" if start is None else "coming"
    says = f"Version {version} of the settings is adopted and {when}"
    keep(response, me.slug, Done(says=says, command_id=str(key), index=sent.last_index))
    return response


@router.post("/take-back")
async def take_back(request: Request, me: Changes) -> Response:
    """What was to come does not: the settings that it would have followed are adopted for the same instant."""
    me.refuse_unless(AdoptSettings, "Other settings are adopted by the headteacher")
    form = await form_of(request)
    coming = next((p for p in me.directory.coming(me.now) if str(p.version) == first(form, "version")), None)
    if coming is None or coming.effective_from is None:
        raise Unknown("version")
    stays = before_it(me.directory, coming)
    why = f"Version {coming.version} was taken back"
    command = adoption(stays, version=me.directory.newest + 1, effective_from=coming.effective_from, why=why)
    key, _ = read_command_id(AdoptSettings, first(form, "command_id") or None, new_command_id())
    sent = await send(runtime_of(request), me, Read(command=command), key)
    response = RedirectResponse(f"/schools/{me.slug}/policy", status_code=303)
    says = f"{why}: the settings stay as they are before it"
    keep(response, me.slug, Done(says=says, command_id=str(key), index=sent.last_index))
    return response


def before_it(known: Directory, coming: Policy) -> Policy:
    """The settings that a coming version would follow: the last adopted for an earlier instant."""
    start = coming.effective_from
    earlier = [
        p for p in known.policies if start is None or (p.effective_from is not None and p.effective_from < start)
    ]
    return earlier[-1] if earlier else coming


_ASKED: Final = {"effective_from": "When it comes into force", "why": "Why"}


def _why(form: Form) -> str:
    """The reason. Raises Incomplete where none is given."""
    why = first(form, "why").strip()
    if not why:
        raise Incomplete("why", "a reason, which goes on record")
    return why


def _start(form: Form) -> datetime | None:
    """None for now. Raises Incomplete for a time that is none, or happens twice."""
    if first(form, "when") != "later":
        return None
    try:
        return parse_instant(f"{first(form, 'date')}T{first(form, 'time')}")
    except AmbiguousTime:
        raise Incomplete("effective_from", "a time that happens once: the clocks go back that night") from None
    except NonexistentTime:
        raise Incomplete("effective_from", "a time that happens: the clocks go forward that night") from None
    except ValueError:
        raise Incomplete("effective_from", "a day and a time") from None


def _changed(before: Policy, name: str, form: Form) -> str:
    if name not in setting_rules():
        raise Unknown("setting")
    return changed_text(before, name, form)


def _without_line(fault: str) -> str:
    """Of a form there are no lines: what is wrong, and of which setting where another one is meant."""
    return fault.partition(": ")[2] or fault


def _form(
    request: Request,
    me: Acquainted,
    name: str,
    *,
    faults: tuple[str, ...] = (),
    form: Mapping[str, list[str]] | None = None,
) -> Response:
    in_force = settings_of(me)
    if name and name not in setting_rules():
        raise Unknown("setting")
    text = first(form or {}, "text") or policy_text(in_force)
    return page(
        request,
        me,
        "policy_change.html",
        status=_REFUSED if faults else 200,
        faults=faults,
        text=text,
        setting=_row(in_force, name) if name else None,
        inputs=tuple(_filled(_inputs((*parts_of(in_force, name), *about(in_force, name))), form)) if name else (),
        groups=tuple(groups_of(describe(in_force))),
        adopts=me.may(AdoptSettings),
        newer=me.directory.newest > in_force.version,
    )


def _row(policy: Policy, name: str) -> PolicyRow:
    return next(row for row in describe(policy) if row.name == name)


def _inputs(parts: Iterable[Part]) -> Iterable[Input]:
    for part in parts:
        yield Input(
            name=part.name,
            label=part.label,
            kind=part.kind,
            value=part.value,
            options=part.options,
            chosen=part.chosen,
            hint=part.hint,
        )


def _filled(inputs: Iterable[Input], form: Mapping[str, list[str]] | None) -> Iterable[Input]:
    """The fields as they were typed, where they come back with what is wrong."""
    for one in inputs:
        if form is None:
            yield one
        elif one.kind == "checkboxes":
            yield replace(one, chosen=tuple(form.get(one.name, ())))
        else:
            yield replace(one, value=first(form, one.name))


async def _compared(
    request: Request,
    me: Acquainted,
    new: Policy,
    text: str,
    *,
    wrong: tuple[str, ...] = (),
    form: Form | None = None,
) -> Response:
    in_force = settings_of(me)
    touch = await runtime_of(request).ask(
        me.slug, lambda view: touching(view, me.directory, me.now, new), settings_touch.NAME
    )
    found = compare(in_force, new)
    otherwise = tuple(one for one in found if one.asks_otherwise)
    return page(
        request,
        me,
        "policy_compare.html",
        status=_REFUSED if wrong else 200,
        wrong=wrong,
        in_force=in_force,
        found=Comparison(
            new=new,
            differences=otherwise,
            elsewhere=tuple(one for one in found if not one.asks_otherwise),
            clauses=compare_clauses(in_force, new) if in_force.key == new.key else (),
            same=len(new.settings) - len(found),
            touch=touch,
        ),
        coming=me.directory.coming(me.now),
        text=text,
        version=me.directory.newest + 1,
        adopts=me.may(AdoptSettings),
        typed={name: first(form or {}, name) for name in ("when", "date", "time", "why")},
    )
