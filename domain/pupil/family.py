"""A family as the school's own system tells of it, taken in beside what is held: nothing that is held is lost by silence."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec.structs import replace

from domain.pupil.events import Carer, FamilyProfileRecorded, Telephone

_NATIONAL: Final = 10
"""Digits of a number of this country without the first nought."""
_MOST_ADULTS: Final = 60
_LONGEST: Final = (("name", 200), ("title", 200), ("relation", 200), ("phone", 40))
UNREACHABLE = "a telephone number that may be rung, or why there is none"


def unreachable(phones: Iterable[Telephone], reason: str) -> bool:
    """Whether nobody of a family can be rung and nobody wrote why (NH-33)."""
    return not reason.strip() and all(one.do_not_ring or not one.number.strip() for one in phones)


def too_much(carers: Sequence[Carer]) -> tuple[str, str] | None:
    """The first thing about the adults that is longer than any family's: the field, and what is expected."""
    if len(carers) > _MOST_ADULTS:
        return ("carers", f"at most {_MOST_ADULTS} adults")
    for place, carer in enumerate(carers):
        for field, most in _LONGEST:
            if len(getattr(carer, field)) > most:
                return (f"carers[{place}].{field}", f"text of at most {most} characters")
    return None


def digits_of(number: str) -> str:
    """What two ways of writing one number have in common.

    >>> digits_of("+44 (0)7700 900123") == digits_of("07700-900123")
    True
    >>> digits_of("7700900123") == digits_of("44 7700 900123") == digits_of("07700 900123")
    True
    """
    found = "".join(str(unicodedata.digit(c)) for c in number if c.isdigit()).lstrip("0")
    if not found:
        return name_key(number)
    abroad = found.startswith("44") and (len(found) > _NATIONAL or "+44" in number or number.strip().startswith("0044"))
    # No number of this country begins with 04; a spreadsheet takes the first nought away.
    return f"0{found.removeprefix('44').lstrip('0') if abroad else found}"


def name_key(name: str) -> str:
    """What two ways of writing one name have in common."""
    return " ".join(name.split()).casefold()


def telephones_with(held: Sequence[Telephone], said: Sequence[Telephone]) -> tuple[Telephone, ...]:
    """What is said in front, then what was held besides.

    A number of the same kind takes the place of the one before. One that must not be rung stays, and stays marked.
    """
    by_number: dict[str, Telephone] = {}
    for one in held:
        key = digits_of(one.number)
        by_number[key] = _confirmed(by_number[key], one) if key in by_number else one
    left = dict(by_number)
    out: dict[str, Telephone] = {}
    for one in said:
        key = digits_of(one.number)
        before = out.get(key) or by_number.get(key)
        left.pop(key, None)
        out[key] = one if before is None else _confirmed(before, one)
    new = {one.kind for key, one in out.items() if one.kind and key not in by_number}
    return (*out.values(), *(one for one in left.values() if one.do_not_ring or one.kind not in new))


def _confirmed(held: Telephone, said: Telephone) -> Telephone:
    return replace(
        held,
        kind=said.kind or held.kind,
        confirmed_on=max(filter(None, (held.confirmed_on, said.confirmed_on)), default=None),
        do_not_ring=held.do_not_ring or said.do_not_ring,
    )


def carers_with(held: Sequence[Carer], said: Sequence[Carer]) -> tuple[Carer, ...]:
    """Whom the file names, in its order, then who was held besides. An adult is known again by name.

    Of several held under one name it is who has one of these numbers, or is the same to the child, else the first; the
    others stay too. Two of one name in the file are one where it does not say that they are something else to the child.
    """
    before = [_with_all_phones(carer) for carer in held]
    out: list[Carer] = []
    for one in said:
        place = next((n for n, other in enumerate(out) if _one_adult(other, one)), len(out))
        known = out[place] if place < len(out) else _taken(before, one)
        out[place : place + 1] = [_with_all_phones(one) if known is None else _told(known, one)]
    return (*out, *before)


def _one_adult(one: Carer, other: Carer) -> bool:
    relations = {name_key(one.relation), name_key(other.relation)} - {""}
    return name_key(one.name) == name_key(other.name) and len(relations) <= 1


def _taken(held: list[Carer], said: Carer) -> Carer | None:
    """Whoever is meant, taken from among those that are held."""
    numbers = {digits_of(one.number) for one in said.telephones}

    def fits(one: Carer) -> tuple[bool, bool]:
        rung = {digits_of(phone.number) for phone in one.telephones}
        return (not rung.isdisjoint(numbers), name_key(one.relation) == name_key(said.relation))

    found = max((one for one in held if name_key(one.name) == name_key(said.name)), key=fits, default=None)
    if found is not None:
        held.remove(found)
    return found


def _told(held: Carer, said: Carer) -> Carer:
    return replace(
        held,
        title=said.title or held.title,
        relation=said.relation or held.relation,
        parental_responsibility=_either(said.parental_responsibility, held.parental_responsibility),
        day_to_day_care=_either(said.day_to_day_care, held.day_to_day_care),
        phones=telephones_with(held.phones, said.telephones),
    )


def _either(said: bool | None, held: bool | None) -> bool | None:  # noqa: FBT001 - two answers to one question
    return held if said is None else said


def _with_all_phones(carer: Carer) -> Carer:
    return replace(carer, phone="", phones=telephones_with((), carer.telephones))


def family_with(held: FamilyProfileRecorded, said: FamilyProfileRecorded) -> FamilyProfileRecorded | None:
    """What is held about the family after the file has spoken; None where it says nothing new. Blank says nothing."""
    same_phone = not said.phone or digits_of(said.phone) == digits_of(held.phone)
    same_home = not said.address or name_key(said.address) == name_key(held.address)
    after = replace(
        held,
        carers=carers_with(held.carers, said.carers),
        address=held.address if same_home else said.address,
        phone=held.phone if same_phone else said.phone,
        phone_none_reason=said.phone_none_reason or held.phone_none_reason,
        language=said.language or held.language,
        interpreter_needed=said.interpreter_needed or held.interpreter_needed,
    )
    unchanged = replace(held, carers=tuple(_with_all_phones(carer) for carer in held.carers))
    return None if after == unchanged else after
