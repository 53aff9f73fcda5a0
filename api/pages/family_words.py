"""A family in the words that its visitors read: whom to ask for as they give their names, whose number is whose, what helps."""

from collections.abc import Iterable, Iterator, Sequence

from domain.pupil.events import Carer
from domain.pupil.family import digits_of
from domain.pupil.ringing import numbers_to_ring
from domain.pupil.state import Pupil
from projections.board_words import joined


def adults(families: Iterable[Pupil]) -> tuple[Carer, ...]:
    """The adults of these families, each once: brothers and sisters share theirs."""
    return tuple(dict.fromkeys(carer for family in families for carer in family.carers))


def called(carer: Carer) -> str:
    """As they give their name, and who they are to the child: "Dr Nasrin Haddad (mother)"."""
    return f"{carer.called} ({carer.relation})" if carer.relation else carer.called


def who_answers_for_the_child(families: Iterable[Pupil]) -> Iterator[str]:
    """Who has parental responsibility and who looks after the child, as far as somebody said so: two questions, of each adult."""
    known = adults(families)
    for words, yes, no in (
        (
            "parental responsibility",
            [c.called for c in known if c.parental_responsibility],
            [c.called for c in known if c.parental_responsibility is False],
        ),
        (
            "looks after the child from day to day",
            [c.called for c in known if c.day_to_day_care],
            [c.called for c in known if c.day_to_day_care is False],
        ),
    ):
        if yes or no:
            yield f"{words}: {'; '.join((*filter(None, (joined(yes),)), *(f'not {one}' for one in no)))}"


def telephones(families: Sequence[Pupil]) -> Iterator[str]:
    """Whose number is whose; one that must not be rung is never among those to ring."""
    told = numbers_to_ring(families)
    if told:
        yield f"telephone {', '.join(told)}"
    never = {digits_of(one.number) for family in families for one in family.telephones if one.do_not_ring}
    every = ((c.name, one) for family in families for c in family.carers for one in c.telephones)
    for name in dict.fromkeys(name for name, one in every if digits_of(one.number) in never):
        yield f"a number of {name} must not be rung"
    if not told:
        yield from dict.fromkeys(f"no telephone: {f.phone_none_reason}" for f in families if f.phone_none_reason)


def what_helps(families: Iterable[Pupil]) -> Iterator[str]:
    """What the family told the school that its visitors need to know (NH-08)."""
    known = tuple(families)
    if any(one.literacy_support for one in known):
        yield "somebody reads things out to the family, or helps to write"
    yield from dict.fromkeys(one.notes for one in known if one.notes.strip())
