"""A child's family: adults as they give their names, whose numbers may be rung, home, language; kept as one entry."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.identity import Acquainted, runtime_of
from api.pages.doing import form_of
from api.pages.family_words import called
from api.pages.flash import Done, keep
from api.pages.forms import Form, first
from api.pages.frame import page
from api.pages.ids import id_in
from api.pages.parts import FieldError
from api.permitted import by_page
from api.sending import send, stored
from commands.ids import new_command_id
from commands.reading import Malformed, read_command_id, read_payload
from domain.ids import PupilId
from domain.permissions import Question
from domain.pupil.commands import RecordFamily
from domain.pupil.events import Carer, Telephone
from domain.pupil.family import digits_of
from domain.pupil.held import mark_of
from domain.pupil.state import Pupil
from domain.refusal import Incomplete, Refused, Unknown

router = APIRouter(include_in_schema=False)

_MOST: Final = 20
"""Numbers of an adult that a form adds to; one that is held besides is shown all the same."""
_MOST_READ: Final = 80
"""So many adults, and numbers of each, are looked for in what was sent: more than a family may have, so that none is lost in silence."""
_TEXTS: Final = ("address", "phone", "phone_none_reason", "language", "notes")
_TICKED: Final = {"interpreter_needed": "an interpreter is needed", "literacy_support": "somebody reads things out"}
_ANSWERS: Final = {"yes": True, "no": False}


class PhoneRow(msgspec.Struct, frozen=True, kw_only=True):
    """One number, as the form has it."""

    number: str = ""
    kind: str = ""
    confirmed_on: str = ""
    never: bool = False


class AdultRow(msgspec.Struct, frozen=True, kw_only=True):
    """One adult, as the form has them."""

    name: str = ""
    title: str = ""
    relation: str = ""
    responsibility: str = ""
    care: str = ""
    phones: tuple[PhoneRow, ...] = ()


class FamilyForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the form shows."""

    texts: Mapping[str, str]
    ticks: frozenset[str]
    adults: tuple[AdultRow, ...]
    seen: str = ""
    """Stands for what was held when the form was opened."""


@router.get("/schools/{school}/pupils/{pupil}/family")
def family(request: Request, me: Annotated[Acquainted, by_page(Question.FAMILY)], pupil: str) -> Response:
    """What is held, in a form."""
    child = _child(me, pupil)
    return _page(request, me, child, _held(child))


@router.post("/schools/{school}/pupils/{pupil}/family")
async def keep_family(request: Request, me: Annotated[Acquainted, by_page(Question.FAMILY)], pupil: str) -> Response:
    """Keep it; or the form with everything that was typed, and what is wrong with it."""
    child, form, runtime = _child(me, pupil), await form_of(request), runtime_of(request)
    typed = _typed(form)
    try:
        key, _ = read_command_id(RecordFamily, first(form, "command_id") or None, new_command_id())
        answer = stored(await send(runtime, me, read_payload(RecordFamily, _payload(child, typed)), key), key, me.now)
    except Malformed as error:
        faults = tuple(FieldError(field=_id_of(one.field), says=_says(one.field, one.expected)) for one in error.faults)
        return _page(request, me, child, typed, faults)
    except Incomplete as error:
        asked = "telephone" if error.field == "phone_none_reason" else error.field
        return _page(
            request, me, child, typed, (FieldError(field=_id_of(error.field), says=_says(asked, error.expected)),)
        )
    except Refused as error:
        # Two had it open. What was typed stays, beside what is held by now; sent once more, it is kept instead of that.
        child = runtime.directory(me.slug).pupils.get(child.id, child)
        faults = tuple(FieldError(field="held", says=one.says) for one in error.unmet)
        return _page(request, me, child, msgspec.structs.replace(typed, seen=mark_of(child)), faults, now=_now(child))
    response = RedirectResponse(f"/schools/{me.slug}/pupils/{child.id}/family", status_code=303)
    keep(response, me.slug, Done(says=f"Kept for {child.name}", command_id=answer.command_id, index=answer.index))
    return response


def _child(me: Acquainted, pupil: str) -> Pupil:
    found = me.directory.pupils.get(PupilId(id_in(pupil, "pupil")))
    if found is None:
        raise Unknown("pupil")
    return found


def _page(
    request: Request,
    me: Acquainted,
    child: Pupil,
    shown: FamilyForm,
    errors: tuple[FieldError, ...] = (),
    *,
    now: tuple[str, ...] = (),
) -> Response:
    one_more = (*shown.adults, AdultRow())
    rows = tuple(
        msgspec.structs.replace(row, phones=(*row.phones, PhoneRow()) if len(row.phones) < _MOST else row.phones)
        for row in one_more
    )
    return page(
        request,
        me,
        "family.html",
        status=422 if errors else 200,
        child=child.name,
        pupil=str(child.id),
        where=" ".join(part for part in (child.year_group, child.class_name) if part),
        form=msgspec.structs.replace(shown, adults=rows),
        errors=errors,
        now=now,
        may_keep=me.may(RecordFamily),
    )


def _held(child: Pupil) -> FamilyForm:
    """What is held. A number of the home that is an adult's stands at the adult alone: corrected there, no old one is left."""
    texts = {name: getattr(child, name) for name in _TEXTS}
    if digits_of(child.phone) in {digits_of(one.number) for carer in child.carers for one in carer.telephones}:
        texts["phone"] = ""
    return FamilyForm(
        texts=texts,
        ticks=frozenset(name for name in _TICKED if getattr(child, name)),
        adults=tuple(_adult(carer) for carer in child.carers),
        seen=mark_of(child),
    )


def _now(child: Pupil) -> tuple[str, ...]:
    """What is held, in lines to read beside the form."""
    kinds = "; ".join(part for part in (child.address, child.phone, child.phone_none_reason, child.language) if part)
    ticks = ", ".join(words for name, words in _TICKED.items() if getattr(child, name))
    return tuple(part for part in (*map(_adult_now, child.carers), kinds, ticks, child.notes) if part)


def _adult_now(carer: Carer) -> str:
    phones = (f"{one.number}{' (do not ring)' if one.do_not_ring else ''}" for one in carer.telephones)
    return ": ".join(part for part in (called(carer), ", ".join(phones)) if part)


def _adult(carer: Carer) -> AdultRow:
    return AdultRow(
        name=carer.name,
        title=carer.title,
        relation=carer.relation,
        responsibility=_word(carer.parental_responsibility),
        care=_word(carer.day_to_day_care),
        phones=tuple(_phone(one) for one in carer.telephones),
    )


def _phone(one: Telephone) -> PhoneRow:
    confirmed = one.confirmed_on.isoformat() if one.confirmed_on else ""
    return PhoneRow(number=one.number, kind=one.kind, confirmed_on=confirmed, never=one.do_not_ring)


def _word(answer: bool | None) -> str:  # noqa: FBT001 - the answer itself
    return next((word for word, one in _ANSWERS.items() if one is answer), "")


def _typed(form: Form) -> FamilyForm:
    adults = (_typed_adult(form, f"adult-{number}") for number in range(_MOST_READ))
    return FamilyForm(
        seen=first(form, "seen"),
        texts={name: first(form, name) for name in _TEXTS},
        ticks=frozenset(name for name in _TICKED if first(form, name)),
        adults=tuple(one for one in adults if one != AdultRow()),
    )


def _typed_adult(form: Form, key: str) -> AdultRow:
    return AdultRow(
        name=first(form, f"{key}-name").strip(),
        title=first(form, f"{key}-title").strip(),
        relation=first(form, f"{key}-relation").strip(),
        responsibility=first(form, f"{key}-responsibility"),
        care=first(form, f"{key}-care"),
        phones=tuple(_typed_phones(form, key)),
    )


def _typed_phones(form: Form, adult: str) -> Iterator[PhoneRow]:
    for number in range(_MOST_READ):
        key = f"{adult}-phone-{number}"
        if first(form, f"{key}-number").strip():
            yield PhoneRow(
                number=first(form, f"{key}-number").strip(),
                kind=first(form, f"{key}-kind"),
                confirmed_on=first(form, f"{key}-confirmed"),
                never=bool(first(form, f"{key}-never")),
            )


def _payload(child: Pupil, typed: FamilyForm) -> dict[str, object]:
    payload: dict[str, object] = {"pupil": str(UUID(str(child.id)))}
    payload |= {name: text for name, text in typed.texts.items() if text.strip()}
    payload |= dict.fromkeys(typed.ticks, True)
    payload |= {"seen": typed.seen} if typed.seen else {}
    payload["carers"] = [_sent(one) for one in typed.adults]
    return payload


def _sent(adult: AdultRow) -> dict[str, object]:
    sent: dict[str, object] = {"name": adult.name, "title": adult.title, "relation": adult.relation}
    answers = {"parental_responsibility": adult.responsibility, "day_to_day_care": adult.care}
    sent |= {name: _ANSWERS[word] for name, word in answers.items() if word in _ANSWERS}
    sent["phones"] = [
        {"number": one.number, "kind": one.kind, "do_not_ring": one.never}
        | ({"confirmed_on": one.confirmed_on} if one.confirmed_on else {})
        for one in adult.phones
    ]
    return sent


def _id_of(field: str) -> str:
    """The form's field for a command's: `carers[0].phones[1].number` is `adult-0-phone-1-number`."""
    if not field.startswith("carers["):
        return field
    path = field.replace("carers[", "adult-").replace("].phones[", "-phone-").replace("].", "-")
    names = {"confirmed_on": "confirmed", "do_not_ring": "never"}
    before, _, last = path.rpartition("-")
    return f"{before}-{names.get(last, last)}"


def _says(field: str, expected: str) -> str:
    words = field.rpartition(".")[2].replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}: expected {expected}"
