"""A pupil as the school's own system tells of them, beside the register: what has changed, and nothing else."""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from domain.pupil import events as e
from domain.pupil.commands import BringInPupil
from domain.pupil.family import family_with, name_key
from domain.pupil.held import family_of
from domain.pupil.state import Pupil
from domain.pupil.upn import is_temporary, tidied

BY_WHAT_KNOWN: Final = "a date of birth or a UPN: by one of them the child is known again"
SEVERAL_FIT: Final = "More than one pupil of the register fits: put their UPNs right first"


class SeveralFit(Exception):  # noqa: N818 - what was found, not a fault of the program
    """More than one pupil of the register could be meant."""


def the_same(pupils: Collection[Pupil], said: BringInPupil) -> Pupil | None:
    """The pupil of the register who is meant, None for a new one. Raises SeveralFit.

    A UPN decides, also a former one. Without it the whole name and the date of birth do, unless both have a permanent
    UPN: then they are two children.
    """
    wanted = {tidied(one) for one in (said.upn, said.former_upn) if one}
    found = [pupil for pupil in pupils if pupil.upn in wanted] if wanted else []
    if not found and said.born is not None:
        permanent = _permanent(tidied(said.upn))
        found = [pupil for pupil in _namesakes(pupils, said) if not (permanent and _permanent(pupil.upn))]
    if len(found) > 1:
        raise SeveralFit
    return found[0] if found else None


def _permanent(upn: str) -> bool:
    return bool(upn) and not is_temporary(upn)


def namesake(pupils: Iterable[Pupil], said: BringInPupil) -> Pupil | None:
    """A pupil of the same whole name and date of birth, whom another permanent UPN makes another child."""
    return next(_namesakes(pupils, said), None) if said.born is not None else None


def _namesakes(pupils: Iterable[Pupil], said: BringInPupil) -> Iterator[Pupil]:
    given, family = name_key(said.given_name), name_key(said.family_name)
    for pupil in pupils:
        if pupil.born == said.born and name_key(pupil.given_name) == given and name_key(pupil.family_name) == family:
            yield pupil


def told(held: Pupil | None, said: BringInPupil) -> tuple[e.PupilEvent, ...]:
    """The events that bring the register up to what the file says; none where it says nothing new.

    A blank says nothing. Nobody leaves the roll, or comes back to it, unless `on_roll` says so.
    """
    if held is None:
        if said.on_roll is False:
            return ()  # Somebody who left before the register began.
        admitted = e.PupilAdmitted(
            given_name=said.given_name,
            family_name=said.family_name,
            born=said.born,
            year_group=said.year_group,
            class_name=said.class_name,
            upn=tidied(said.upn),
        )
        family = family_with(e.FamilyProfileRecorded(), _family(said))
        return (admitted,) if family is None else (admitted, family)
    return (*_of_the_child(held, said), *_of_the_family(held, said), *_of_the_roll(held, said))


def _of_the_child(held: Pupil, said: BringInPupil) -> Iterable[e.PupilEvent]:
    if (said.given_name, said.family_name) != (held.given_name, held.family_name):
        yield e.PupilRenamed(given_name=said.given_name, family_name=said.family_name)
    if said.born not in (None, held.born):
        assert said.born is not None  # noqa: S101 - excluded just above; tells mypy
        yield e.BirthDateStated(born=said.born)
    upn = tidied(said.upn)
    if upn and upn != tidied(held.upn) and not (is_temporary(upn) and _permanent(held.upn)):
        yield e.UpnGiven(upn=upn)
    year, room = said.year_group or held.year_group, said.class_name or held.class_name
    if (year, room) != (held.year_group, held.class_name):
        yield e.PupilMovedClass(year_group=year, class_name=room)


def _of_the_family(held: Pupil, said: BringInPupil) -> Iterable[e.PupilEvent]:
    after = family_with(family_of(held), _family(said))
    if after is not None:
        yield after


def _of_the_roll(held: Pupil, said: BringInPupil) -> Iterable[e.PupilEvent]:
    if said.on_roll is True and not held.on_roll:
        yield e.PupilBackOnRoll()
    if said.on_roll is False and held.on_roll and said.left_on is not None:
        yield e.PupilLeftRoll(on=said.left_on)


def _family(said: BringInPupil) -> e.FamilyProfileRecorded:
    return e.FamilyProfileRecorded(
        carers=said.carers,
        address=said.address,
        phone=said.phone,
        phone_none_reason=said.phone_none_reason,
        language=said.language,
        interpreter_needed=said.interpreter_needed is True,
    )
