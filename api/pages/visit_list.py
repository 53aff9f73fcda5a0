"""The visit list, on screen and on paper, and its signature: where the policy has one (St Patrick's)."""

import re
from typing import Annotated, Final
from uuid import uuid5

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.identity import Acquainted, runtime_of
from api.pages.doing import form_of
from api.pages.flash import Done, at_least, keep
from api.pages.forms import Form, first
from api.pages.frame import page
from api.pages.parts import FieldError
from api.pages.words import in_words, role_in_words, sentence
from api.permitted import by_page
from api.problems import problem_of
from api.sending import send, stored
from commands.ids import new_command_id
from commands.reading import Malformed, read_command_id, read_payload
from domain.ids import CommandId
from domain.permissions import OFFICE, Question
from domain.refusal import Incomplete, NotPermitted, Refused, Unknown
from domain.visit.commands import SignVisitList
from domain.visit.rules.signed_list import signer
from eventlog.seam import CommandReused
from projections import visits
from projections.visit_list import ListRow, list_to_sign

router = APIRouter(include_in_schema=False)

_A_PLACE: Final = re.compile(r"[0-9]{1,9}")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row as the page shows it."""

    row: ListRow
    purpose: str


def has_list(me: Acquainted) -> bool:
    """Whether the school's policy has a visit list, and this person may read it."""
    return bool(me.directory.policies) and bool(signer(me.directory.policy_at(me.now))) and me.may(Question.VISIT_LIST)


@router.get("/schools/{school}/visit-list")
def shown(request: Request, me: Annotated[Acquainted, by_page(Question.VISIT_LIST)]) -> Response:
    """Every row, and for whoever signs the form that signs those ticked."""
    return _page(request, me)


@router.post("/schools/{school}/visit-list")
async def sign(request: Request, me: Annotated[Acquainted, by_page(Question.VISIT_LIST)]) -> Response:
    """Sign the rows that are ticked, one command each; sent twice nothing doubles."""
    form = await form_of(request)
    ticked = [visit for visit in form.get("visits", ()) if visit]
    if not ticked:
        return _page(request, me, [FieldError(field="visits", says="Tick the rows that are signed")], 422)
    runtime, last = runtime_of(request), 0
    try:
        for visit in ticked:
            payload: dict[str, object] = {"visit": visit}
            if _A_PLACE.fullmatch(first(form, f"seen-{visit}")):
                payload["seen"] = int(first(form, f"seen-{visit}"))
            if first(form, "said_by"):
                payload["said_by"] = first(form, "said_by")
            key = _id(form, visit)
            answer = stored(await send(runtime, me, read_payload(SignVisitList, payload), key), key, runtime.now())
            last = max(last, answer.index)
    except Refused as refused:
        return _page(request, me, [FieldError(field="visits", says=one.says) for one in refused.unmet], 409)
    except (Malformed, Incomplete, NotPermitted, Unknown, CommandReused) as error:
        problem = problem_of(error)
        return _page(request, me, [FieldError(field="visits", says=problem.detail)], problem.status)
    response = RedirectResponse(f"/schools/{me.slug}/visit-list", status_code=303)
    count = "1 row" if len(ticked) == 1 else f"{len(ticked)} rows"
    keep(response, me.slug, Done(says=f"Signed: {count} of the visit list", command_id="", index=last))
    return response


def _id(form: Form, visit: str) -> CommandId:
    """The id of one of the commands that the form stands for: the same whenever the form is sent again."""
    key, _ = read_command_id(SignVisitList, first(form, "command_id") or None, new_command_id())
    return CommandId(uuid5(key, visit))


def _page(request: Request, me: Acquainted, errors: list[FieldError] | None = None, status: int = 200) -> Response:
    with runtime_of(request).view(me.slug, visits.NAME, at_least=at_least(request)) as view:
        found = list_to_sign(view, me.directory, me.now)
    signers = me.directory.holders(found.signer, me.now) if found.signer else ()
    mine = any(p.id == me.id for p in signers)
    by_phone = [(str(p.id), p.name) for p in signers if p.id != me.id] if me.fills(*OFFICE) else []
    return page(
        request,
        me,
        "visit_list.html",
        status=status,
        errors=tuple(errors or ()),
        signer=role_in_words(found.signer) if found.signer else "",
        rows=tuple(Row(row=row, purpose=sentence(in_words(row.purpose)).rstrip(".")) for row in found.rows),
        to_sign=sum(1 for row in found.rows if not row.signed),
        may_sign=mine,
        by_phone=tuple(by_phone) if not mine else (),
        setting=me.directory.policy_at(me.now).setting("visit_list_signer"),
        as_at=me.now,
    )
