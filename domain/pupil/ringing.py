"""Which numbers of a family may be rung, and whose they are."""

from collections.abc import Sequence

from domain.pupil.family import digits_of
from domain.pupil.state import Pupil


def numbers_to_ring(families: Sequence[Pupil]) -> tuple[str, ...]:
    """Each number once, with whose it is: "07700 900555 (Robin Brook)". One that must not be rung is never among them."""
    whose = dict[str, str]()
    for name, one in ((c.name, one) for family in families for c in family.carers for one in c.telephones):
        whose.setdefault(digits_of(one.number), f" ({name})")
    return tuple(f"{number}{whose.get(key, '')}" for key, number in _may_be_rung(families).items())


def number_of_home(families: Sequence[Pupil]) -> str:
    """The number to ring at this home: its own before an adult's, never one that must not be rung; "" where there is none."""
    return next(iter(_may_be_rung(families).values()), "")


def _may_be_rung(families: Sequence[Pupil]) -> dict[str, str]:
    """Each number once, as it was written, by its digits: a home's own first."""
    numbers = [one for family in families for one in family.telephones]
    never = {digits_of(one.number) for one in numbers if one.do_not_ring}
    ring = dict[str, str]()
    for one in numbers:
        if digits_of(one.number) not in never:
            ring.setdefault(digits_of(one.number), one.number)
    return ring
