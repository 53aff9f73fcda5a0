"""Which numbers of a family may be rung, and whose they are."""

from collections.abc import Sequence

from domain.pupil.family import digits_of
from domain.pupil.state import Pupil


def numbers_to_ring(families: Sequence[Pupil]) -> tuple[str, ...]:
    """Each number once, with whose it is: "07700 900555 (Robin Brook)". One that must not be rung is never among them."""
    numbers = [one for family in families for one in family.telephones]
    never = {digits_of(one.number) for one in numbers if one.do_not_ring}
    whose, ring = dict[str, str](), dict[str, str]()
    for name, one in ((c.name, one) for family in families for c in family.carers for one in c.telephones):
        whose.setdefault(digits_of(one.number), f" ({name})")
    for one in numbers:
        ring.setdefault(digits_of(one.number), one.number)
    return tuple(f"{number}{whose.get(key, '')}" for key, number in ring.items() if key not in never)
