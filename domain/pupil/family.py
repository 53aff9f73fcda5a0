"""A family as the school's own system tells of it, taken in beside what is held: nothing that is held is lost by silence."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from domain.pupil.events import Carer, FamilyProfileRecorded, Telephone

UNREACHABLE = "a telephone number that may be rung, or why there is none"


def unreachable(phones: Iterable[Telephone], reason: str) -> bool:
    """Whether nobody of a family can be rung and nobody wrote why (NH-33)."""
    return not reason.strip() and all(one.do_not_ring or not one.number.strip() for one in phones)


def digits_of(number: str) -> str:
    """What two ways of writing one number have in common.

    >>> digits_of("+44 (0)7700 900123") == digits_of("07700-900123")
    True
    """
    found = "".join(c for c in number if c.isdigit())
    return f"0{found.removeprefix('44').removeprefix('0')}" if number.strip().startswith(("+44", "0044")) else found


def name_key(name: str) -> str:
    """What two ways of writing one name have in common."""
    return " ".join(name.split()).casefold()


def telephones_with(held: Sequence[Telephone], said: Sequence[Telephone]) -> tuple[Telephone, ...]:
    """What is said in front, then what was held besides.

    A number of the same kind takes the place of the one before. One that must not be rung stays, and stays marked.
    """
    by_number = {digits_of(one.number): one for one in held}
    left = {digits_of(one.number): one for one in held}
    out: dict[str, Telephone] = {}
    for one in said:
        key = digits_of(one.number)
        before = by_number.get(key)
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
    """Whom the file names, in its order, then who was held besides. An adult is known again by name."""
    before = {name_key(carer.name): _with_all_phones(carer) for carer in held}
    out: dict[str, Carer] = {}
    for one in said:
        key = name_key(one.name)
        known = out.get(key) or before.pop(key, None)
        out[key] = _with_all_phones(one) if known is None else _told(known, one)
    return (*out.values(), *before.values())


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
