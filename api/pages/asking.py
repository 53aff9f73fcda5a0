"""Asking for a visit: one page, prefilled with all that is known, that says beforehand what the policy will want."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.identity import Acquainted, runtime_of
from api.pages.choices import Found, StaffChoice, find_pupils, going, names_of, staff_options
from api.pages.doing import form_of
from api.pages.flash import Done, at_least, keep
from api.pages.forms import Form, first
from api.pages.frame import page
from api.pages.parts import FieldError
from api.pages.standing_actions import is_of_the_record, may_not_go
from api.pages.wants import wants
from api.pages.words import in_words, sentence
from api.permitted import by_page
from api.problems import problem_of
from api.sending import send, stored
from commands.ids import new_command_id
from commands.reading import Malformed, read_command_id, read_payload
from domain.ids import PupilId
from domain.permissions import Question
from domain.policy import Force, Policy
from domain.refusal import Incomplete, NotPermitted, Refused, Requirement, Unknown
from domain.roles import Role
from domain.times import LONDON
from domain.visit.commands import RequestVisit
from domain.visit.rules.on_site import asks_somebody_why_not_in_school
from domain.visit.rules.purpose import purposes_offered
from domain.visit.state import VisitState
from eventlog.seam import CommandReused
from projections import visits
from projections.board_words import joined

router = APIRouter(include_in_schema=False)

_SOON: Final = timedelta(minutes=30)
_LASTS: Final = timedelta(minutes=90)
_QUARTER: Final = 15
_LAST_HOUR: Final = 16
_WEEKDAYS: Final = 5
TRAVEL: Final = ("on foot", "by car", "by public transport", "by taxi")
_TEXTS: Final = (
    "purpose",
    "purpose_text",
    "place",
    "address",
    "on_site_reason",
    "contacts_tried",
    "override_reason",
    "lone_reason",
    "watcher",
    "deputy",
    "travel",
)
CLOCKS_CHANGE: Final = "Give another time: that night the clocks change, and this hour comes twice or not at all"
_ASKS: Final[Mapping[str, str]] = {
    "pupils": "Choose who the visit is about",
    "purpose": "Choose what kind of visit it is",
    "purpose_text": "Say in a sentence what the visit is for",
    "leave_at": "Give the time to leave, or leave both times empty",
    "back_by": "Give the time to be back, later than the time to leave; or leave both times empty",
    "address": "Say where the visit goes to: no address is held for this pupil",
}
_KEPT_ON_SITE: Final = ("SP-09",)
_ON_SITE: Final = "on_site.reason"
"""Asked for on the page itself: its answer is the reason."""
_FIELDS: Final[Mapping[str, str]] = {"leave_at": "leave", "back_by": "back"}
"""Fields of the command whose input on the page has another id."""


class Purpose(msgspec.Struct, frozen=True, kw_only=True):
    """A purpose that can be picked."""

    code: str
    words: str
    hint: str = ""


class Already(msgspec.Struct, frozen=True, kw_only=True):
    """A visit about a child chosen that is asked for and that nobody has left for yet."""

    says: str
    at: datetime | None
    href: str


@router.get("/schools/{school}/ask")
def ask(request: Request, me: Annotated[Acquainted, by_page(Question.ASK)]) -> Response:
    """The page, for a pupil where `pupils` names one; `q` searches."""
    query = request.query_params
    form = {**prefilled(me), **{name: query.getlist(name) for name in ("pupils", "q", "purpose") if name in query}}
    return _page(request, me, form)


@router.post("/schools/{school}/ask")
async def asked(request: Request, me: Annotated[Acquainted, by_page(Question.ASK)]) -> Response:
    """Search for a pupil, or ask. What is refused comes back on the same page with nothing lost."""
    form = await form_of(request)
    if first(form, "step") == "find":
        return _page(request, me, form)
    errors = (*_gaps(form), *_homes(me, form))
    if errors:
        return _page(request, me, form, errors, status=422)
    runtime = runtime_of(request)
    try:
        key, _ = read_command_id(RequestVisit, first(form, "command_id") or None, new_command_id())
        read = read_payload(RequestVisit, _payload(form))
        answer = stored(await send(runtime, me, read, key), key, runtime.now())
    except Refused as refused:
        return _page(
            request, me, form, tuple(_refusal(one) for one in refused.unmet if one.refuses), refused.unmet, 409
        )
    except (Malformed, Incomplete) as error:
        return _page(request, me, form, tuple(_fault(e, form) for e in problem_of(error).errors), status=422)
    except (NotPermitted, Unknown, CommandReused) as error:
        found = problem_of(error)
        return _page(request, me, form, (FieldError(field="main-content", says=found.detail),), status=found.status)
    pupils = [PupilId(p) for p in read.command.pupils] if isinstance(read.command, RequestVisit) else []
    known = me.directory.pupils
    street = next((known[p].street for p in pupils if p in known), "")
    where = first(form, "address").split(",", 1)[0].strip() or street
    says = f"Asked for: a visit to {names_of(me.directory, pupils)}, {where}"
    visit = answer.stream.id if answer.stream is not None else ""
    response = RedirectResponse(f"/schools/{me.slug}/visits/{visit}", status_code=303)
    keep(response, me.slug, Done(says=says, command_id=answer.command_id, index=answer.index))
    return response


def _payload(form: Form) -> dict[str, object]:
    """The form as the command's fields; both times share the one day."""
    payload: dict[str, object] = {name: first(form, name) for name in _TEXTS if first(form, name).strip()}
    for name in ("pupils", "people"):
        payload[name] = [value for value in form.get(name, ()) if value]
    for name, field in _FIELDS.items():
        if first(form, field).strip():
            payload[name] = f"{first(form, 'day').strip()}T{first(form, field).strip()}"
    payload["safeguarding"] = first(form, "safeguarding") == "yes"
    said = {name.partition(".")[2]: first(form, name) for name in form if name.startswith("reasons.")}
    payload["reasons"] = {code: reason for code, reason in said.items() if reason.strip()}
    return payload


def _gaps(form: Form) -> tuple[FieldError, ...]:
    """What is plainly missing, all at once."""
    missing = [name for name in ("pupils", "purpose", "purpose_text") if not first(form, name).strip()]
    times = [name for name, field in _FIELDS.items() if not first(form, field).strip()]
    if len(times) == 1:
        missing.extend(times)
    return tuple(FieldError(field=_FIELDS.get(name, name), says=_ASKS[name]) for name in missing)


def _homes(me: Acquainted, form: Form) -> tuple[FieldError, ...]:
    """A visit is to one door: children who live at different ones are asked for one by one, unless an address is typed."""
    if first(form, "address").strip() or first(form, "place") not in ("", "home"):
        return ()
    chosen = {p for p in form.get("pupils", ()) if p}
    known = sorted(me.directory.pupils.values(), key=lambda p: (p.family_name, p.given_name, p.id))
    homes = {p.address.casefold(): f"{p.name} at {p.street}" for p in known if str(p.id) in chosen and p.address}
    if len(homes) < 2:  # noqa: PLR2004 - two homes are two doors
        return ()
    says = (
        f"One visit goes to one home: {joined(list(homes.values()))}. Ask for one visit for each home, with both times "
        "empty, then plan one trip for them. Or type the address where they all are"
    )
    return (FieldError(field="pupils", says=says),)


def _fault(error: Mapping[str, str], form: Form) -> FieldError:
    name = error["field"].partition("[")[0].partition(".")[0]
    says = f"{name.replace('_', ' ').capitalize()}: expected {error['expected']}"
    if name in _FIELDS and "the clocks go" in error["expected"]:
        says = CLOCKS_CHANGE
    elif name not in _TEXTS or not first(form, name).strip():
        says = _ASKS.get(name, says)
    return FieldError(field=_FIELDS.get(name, name), says=says)


def _refusal(unmet: Requirement) -> FieldError:
    if unmet.code == _ON_SITE:
        return FieldError(field="on_site_reason", says=unmet.says)
    if unmet.force is Force.SHOULD:
        return FieldError(field=f"reason-{unmet.code.replace('.', '-')}", says=unmet.says)
    if is_of_the_record(unmet):
        return may_not_go(unmet)
    if unmet.code == "purpose.blocked":
        return FieldError(field="override_reason", says=unmet.says)
    return FieldError(
        field={"purpose": "purpose", "place": "place"}.get(unmet.code.partition(".")[0], "purpose"), says=unmet.says
    )


def prefilled(me: Acquainted) -> dict[str, list[str]]:
    """Today at the next quarter of an hour; the next school day where today is over."""
    leave, back = times_to_start_with(me.now)
    policy = me.directory.policy_at(me.now)
    at_desk = (Role.SCHOOL_OFFICE, Role.OFFICE_MANAGER, Role.BUSINESS_MANAGER, Role.HEADTEACHER)
    watcher = next((str(p.id) for p in me.directory.holders("school_office", me.now) if p.mobile), "")
    return {
        "day": [f"{leave:%Y-%m-%d}"],
        "leave": [f"{leave:%H:%M}"],
        "back": [f"{back:%H:%M}"],
        "place": [policy.value("places")[0]],
        "people": [] if me.roles & set(at_desk) else [str(me.id)],
        "watcher": [watcher],
    }


def times_to_start_with(now: datetime) -> tuple[datetime, datetime]:
    """When to leave and to be back, on London's clock, as a form proposes them."""
    local = (now + _SOON).astimezone(LONDON)
    leave = local.replace(minute=0, second=0, microsecond=0) + timedelta(
        minutes=-(-local.minute // _QUARTER) * _QUARTER
    )
    if leave.hour >= _LAST_HOUR or leave.weekday() >= _WEEKDAYS:
        leave = (leave + timedelta(days=1)).replace(hour=9, minute=0)
        while leave.weekday() >= _WEEKDAYS:
            leave += timedelta(days=1)
    return leave, leave + _LASTS


def _page(
    request: Request,
    me: Acquainted,
    form: Form,
    errors: Sequence[FieldError] = (),
    unmet: Sequence[Requirement] = (),
    status: int = 200,
) -> Response:
    policy = me.directory.policy_at(me.now)
    me.looks.searched = bool(first(form, "q").strip())
    found: Found = find_pupils(me.directory, first(form, "q"), frozenset(form.get("pupils", ())))
    people: tuple[StaffChoice, ...] = going(me, policy, frozenset(form.get("people", ())))
    slt, cited = me.fills("SLT"), policy.setting("purposes").clauses
    with runtime_of(request).view(me.slug, visits.NAME, at_least=at_least(request)) as view:
        already = tuple(_already(me, visit) for visit in visits.asked_for_already(view, _chosen(form)))
    return page(
        request,
        me,
        "ask.html",
        admits=me.may(Question.ADMIT),
        status=status,
        errors=tuple(errors),
        values={name: first(form, name) for name in (*_TEXTS, "day", "leave", "back", "safeguarding")},
        found=found,
        already=already,
        purposes=tuple(_purpose(policy, code) for code in purposes_offered(policy)),
        blocked=tuple(_purpose(policy, code) for code in policy.value("purposes").get("blocked", ())),
        blocked_clauses=tuple(c for c in cited if c in _KEPT_ON_SITE) or cited,
        may_override=slt,
        places=tuple((place, in_words(place)) for place in policy.value("places")),
        on_site=policy.setting("on_site_reason"),
        asks_why=asks_somebody_why_not_in_school(policy),
        lone=policy.setting("lone_visit"),
        people=people,
        watchers=staff_options(me, nobody="Nobody yet"),
        travel=TRAVEL,
        reasons=tuple((one, first(form, f"reasons.{one.code}")) for one in unmet if _wants_a_reason(one)),
        wants=wants(policy),
        policy_title=policy.title,
    )


def _wants_a_reason(unmet: Requirement) -> bool:
    return unmet.force is Force.SHOULD and unmet.code != _ON_SITE


def _chosen(form: Form) -> tuple[PupilId, ...]:
    """Those ticked; what is no id is nobody's, and is refused where it is sent."""
    known = []
    for text in form.get("pupils", ()):
        with suppress(ValueError):
            known.append(PupilId(UUID(text)))
    return tuple(known)


def _already(me: Acquainted, visit: VisitState) -> Already:
    who = me.directory.people.get(visit.requested_by) if visit.requested_by is not None else None
    return Already(
        says=f"{names_of(me.directory, visit.pupils)}: asked for by {who.name if who else 'somebody'}",
        at=visit.requested_at,
        href=f"/schools/{me.slug}/visits/{visit.id}",
    )


def _purpose(policy: Policy, code: str) -> Purpose:
    hint = "Counts as a safeguarding visit" if code in policy.value("safeguarding_purposes") else ""
    if code == "other":
        hint = "Say which in your own words below"
    return Purpose(code=code, words=sentence(in_words(code)).rstrip("."), hint=hint)
