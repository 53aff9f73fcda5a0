"""Who can be picked on a form: pupils told apart by year, class, date of birth and street; staff with their mobiles."""

from collections.abc import Collection, Iterable

import msgspec

from api.identity import Acquainted
from api.pages.templating import short_day
from api.pages.words import role_in_words
from domain.ids import PupilId, StaffId
from domain.policy import Policy
from domain.pupil.state import Pupil
from domain.staff.state import Person
from projections.directory import Directory
from projections.staff_standing import standing

MOST = 12
"""Pupils that a search shows at once."""
_ARTICLES = ("the ", "a member of ", "a ")


class PupilChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A pupil, with what tells apart two of the same name."""

    id: str
    name: str
    about: str
    """ "Year 3, class 3B, born 4 May 2018, 12 Mill Lane"."""
    ticked: bool = False


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a search for pupils came to."""

    chosen: tuple[PupilChoice, ...]
    siblings: tuple[PupilChoice, ...]
    """Others at the same address as those chosen."""
    results: tuple[PupilChoice, ...]
    more: int
    """How many more would match."""
    searched: str


class StaffChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff, with what matters to who's going."""

    id: str
    name: str
    role: str
    mobile: str
    """ "" where no number is held: the page says so."""
    remark: str = ""
    ticked: bool = False


def about(pupil: Pupil) -> str:
    """What tells this pupil from another of the same name."""
    parts = (
        pupil.year_group,
        f"class {pupil.class_name}" if pupil.class_name else "",
        f"born {short_day(pupil.born)}" if pupil.born else "date of birth not held",
        pupil.street or "no address held",
        "" if pupil.on_roll else "not on roll",
    )
    return ", ".join(part for part in parts if part)


def find_pupils(known: Directory, searched: str, chosen: Collection[str]) -> Found:
    """Pupils whose name, class or street holds every word searched for; those chosen and their siblings apart."""
    words = searched.casefold().split()
    picked = [p for p in _by_name(known) if str(p.id) in chosen]
    homes = {p.address.casefold() for p in picked if p.address}
    at_home = [p for p in _by_name(known) if p.address.casefold() in homes and str(p.id) not in chosen]
    shown = {p.id for p in (*picked, *at_home)}
    found = [p for p in _by_name(known) if words and p.id not in shown and all(w in _text(p) for w in words)]
    return Found(
        chosen=tuple(_choice(p, ticked=True) for p in picked),
        siblings=tuple(_choice(p) for p in at_home),
        results=tuple(_choice(p) for p in found[:MOST]),
        more=max(0, len(found) - MOST),
        searched=searched.strip(),
    )


def _by_name(known: Directory) -> Iterable[Pupil]:
    return sorted(known.pupils.values(), key=lambda p: (p.family_name, p.given_name, p.id))


def _text(pupil: Pupil) -> str:
    return f"{pupil.name} {pupil.year_group} {pupil.class_name} {pupil.street} {pupil.upn}".casefold()


def _choice(pupil: Pupil, *, ticked: bool = False) -> PupilChoice:
    return PupilChoice(id=str(pupil.id), name=pupil.name, about=about(pupil), ticked=ticked)


def pupil_line(known: Directory, pupil: PupilId) -> PupilChoice:
    """A pupil as a page shows them."""
    found = known.pupils.get(pupil)
    return _choice(found) if found is not None else PupilChoice(id=str(pupil), name="a pupil", about="")


def names_of(known: Directory, pupils: Iterable[PupilId]) -> str:
    """Names as one line: "Ava and Noah Brook" where they share the family name."""
    found = [known.pupils[p] for p in pupils if p in known.pupils]
    if not found:
        return "a pupil"
    families = {p.family_name for p in found}
    if len(found) > 1 and len(families) == 1:
        given = [p.given_name for p in found]
        return f"{', '.join(given[:-1])} and {given[-1]} {families.pop()}".strip()
    names = [p.name for p in found]
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def role_of(me: Acquainted, person: Person) -> str:
    """A person's role beside the name: "attendance officer"."""
    word = role_in_words(person.role_word(me.now))
    for article in _ARTICLES:
        word = word.removeprefix(article)
    return word


def with_role(me: Acquainted, person: StaffId) -> str:
    """A person's name with the role: "Amira Khan, attendance officer"; "somebody" where it is not known."""
    found = me.directory.people.get(person)
    return f"{found.name}, {role_of(me, found)}" if found is not None else "somebody"


def staff(me: Acquainted) -> tuple[Person, ...]:
    """The people here who may go, watch or be told: not those who only govern, and nobody without a role. By name."""
    people = (
        p for p in me.directory.people.values() if p.here and p.works_with_children(me.now) and not p.holds_none(me.now)
    )
    return tuple(sorted(people, key=lambda p: (p.name, p.id)))


def _remark(me: Acquainted, policy: Policy, person: Person) -> str:
    """What matters before somebody is ticked: that they may not go, or do not count as the second."""
    if not standing(me.directory, person, me.now).may_go:
        return "may not go today: see Who may go"
    counts = person.kind == "staff" or person.kind in policy.value("companion_kinds")
    return "" if counts else "from an agency: does not count as the second person"


def going(me: Acquainted, policy: Policy, ticked: Collection[str]) -> tuple[StaffChoice, ...]:
    """Who can be ticked as going."""
    return tuple(
        StaffChoice(
            id=str(p.id),
            name=p.name,
            role=role_of(me, p),
            mobile=p.mobile,
            remark=_remark(me, policy, p),
            ticked=str(p.id) in ticked,
        )
        for p in staff(me)
    )


def staff_options(
    me: Acquainted, people: Iterable[Person] | None = None, *, nobody: str = ""
) -> tuple[tuple[str, str], ...]:
    """People as the options of a select: "Dot Hughes, office manager"; `nobody` words the empty one."""
    listed = tuple((str(p.id), f"{p.name}, {role_of(me, p)}") for p in (staff(me) if people is None else people))
    return (("", nobody), *listed) if nobody else listed
