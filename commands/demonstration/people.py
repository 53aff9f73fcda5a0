"""Who is at a demonstration school: about 15 members of staff, and 60 pupils with their families."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count, cycle
from random import Random
from typing import Final, NamedTuple

from stdnum.gb.upn import calc_check_digit

from commands.demonstration import names
from commands.demonstration.schools import DemonstrationSchool
from commands.demonstration.steps import Script, pupil_of, staff_of
from commands.demonstration.terms import academic_year
from domain.ids import DOORSTEP, PupilId, StaffId
from domain.pupil.commands import AdmitPupil, RecordFamily
from domain.pupil.events import Carer
from domain.roles import Role, who_counts_as
from domain.staff.commands import AddStaff

PUPILS: Final = 60
_NUMBERS_A_SCHOOL: Final = 200
_FAMILY_SIZES: Final = (1, 2, 1, 3, 1, 2, 1, 2, 1, 1)
_NO_PHONE, _NOT_YET_HERE, _OTHER_LANGUAGE = 7, 11, 4
_TWO_CARERS, _SAME_NAME, _LANDLINE = 0.55, 0.6, 0.3
_FIRST_CARERS: Final = ("mother", "mother", "mother", "father", "grandmother", "foster carer", "aunt")
_OTHER_CARERS: Final = ("father", "father", "stepfather", "grandmother", "grandfather", "stepmother")
_HIM: Final = ("father", "stepfather", "grandfather")
_WITHOUT_RESPONSIBILITY: Final = ("grandmother", "grandfather", "aunt", "stepfather", "stepmother", "foster carer")


class Member(NamedTuple):
    """One member of staff."""

    id: StaffId
    name: str
    roles: tuple[Role, ...]


class Child(NamedTuple):
    """One pupil, and the family as far as a story needs it."""

    id: PupilId
    given_name: str
    family_name: str
    family: int
    """Brothers and sisters have the same number, and live at one address."""
    street: str
    carer: str
    on_roll: bool
    language: str = ""
    """Of the home, where it is another than English."""
    interpreter: bool = False


class Post(NamedTuple):
    """A post at a school: who holds it is invented for each."""

    key: str
    job: str
    roles: tuple[Role, ...]
    manager: str = "head"


_POSTS: Final = (
    Post("head", "Headteacher", (Role.HEADTEACHER,), ""),
    Post("dsl", "Designated safeguarding lead", (Role.DSL,)),
    Post("assistant", "Assistant headteacher and deputy DSL", (Role.SLT, Role.DDSL)),
    Post("pastoral", "Pastoral lead and deputy DSL", (Role.DDSL, Role.SAFEGUARDING_TEAM), "dsl"),
    Post("deputy", "Deputy headteacher", (Role.SLT, Role.LINE_MANAGER)),
    Post("attendance", "Attendance officer", (Role.ATTENDANCE_OFFICER,), "deputy"),
    Post("manager", "Office manager", (Role.OFFICE_MANAGER,)),
    Post("office", "School secretary", (Role.SCHOOL_OFFICE,), "manager"),
    Post("business", "School business manager", (Role.BUSINESS_MANAGER,)),
    Post("support", "Family support worker", (Role.SAFEGUARDING_TEAM,), "dsl"),
    Post("teacher1", "Class teacher", (Role.TEACHER,), "deputy"),
    Post("teacher2", "Class teacher", (Role.TEACHER,), "deputy"),
    Post("teacher3", "Class teacher and inclusion lead", (Role.TEACHER,), "assistant"),
    Post("teacher4", "Class teacher", (Role.TEACHER,), "deputy"),
    Post("governor", "Safeguarding link governor", (Role.GOVERNOR,), ""),
)
_AGENCY: Final = Post("agency", "Education welfare adviser", (), "")


class Cast(NamedTuple):
    """Everybody at one school."""

    school: DemonstrationSchool
    staff: dict[str, Member]
    """By post: `head`, `dsl`, `attendance`, ..."""
    children: tuple[Child, ...]

    def id(self, post: str) -> StaffId:
        """The id of whoever holds a post."""
        return self.staff[post].id

    def name(self, person: StaffId) -> str:
        """A member's name."""
        return next(member.name for member in self.staff.values() if member.id == person)

    def who_may(self, word: str) -> tuple[StaffId, ...]:
        """Those who may act where a policy says `word`."""
        wanted = who_counts_as(word)
        return tuple(member.id for member in self.staff.values() if wanted & set(member.roles))


def people(school: DemonstrationSchool, place: int, day: date, start: datetime, script: Script) -> Cast:
    """Write the steps that add everybody, from `start` on, and answer who they are.

    `place` is the school's in the trust: each has telephone numbers of its own, all from the ranges kept for
    drama (07700 900xxx and 01632 960xxx). `day` is the day on which the children have their ages.
    """
    rng = Random(f"people/{school.slug}")  # noqa: S311 - invented people, not secrets
    ticks = (start + timedelta(seconds=n) for n in count())
    numbers = (f"{place * _NUMBERS_A_SCHOOL + n:03d}" for n in range(_NUMBERS_A_SCHOOL))
    staff = _staff(school, rng, ticks, numbers, script)
    registrar = _Registrar(school, rng, ticks, numbers, day, staff["manager"].id, script)
    return Cast(school, staff, registrar.children())


def _staff(
    school: DemonstrationSchool, rng: Random, ticks: Iterator[datetime], numbers: Iterator[str], script: Script
) -> dict[str, Member]:
    posts = (*_POSTS, _AGENCY) if school.agency else _POSTS
    given = rng.sample(names.ADULT_NAMES, len(posts))
    family = rng.sample(names.FAMILY_NAMES, len(posts))
    staff: dict[str, Member] = {}
    for post, first, last in zip(posts, given, family, strict=True):
        name = f"{first} {last}"
        manager = staff.get(post.manager)
        command = AddStaff(
            name=name,
            job=post.job,
            kind="agency_professional" if post is _AGENCY else "staff",
            employer="Alderwater Education Welfare Service" if post is _AGENCY else "",
            mobile=None if post.key == "governor" else f"07700 900{next(numbers)}",
            roles=post.roles,
            line_manager=manager.id if manager is not None else None,
        )
        # Whoever joins with a role that opens records is put in by the program, as when a school begins.
        at_the_desk = "manager" in staff and set(post.roles) <= {Role.TEACHER, Role.AGENCY_PROFESSIONAL}
        by = staff["manager"].id if at_the_desk else DOORSTEP
        staff[post.key] = Member(staff_of(script.send(next(ticks), by, command)), name, post.roles)
    return staff


def _upn(rng: Random) -> str:
    """A UPN of no school: there is no local authority 999."""
    rest = f"999{rng.randrange(10**9):09d}"
    return f"{calc_check_digit(rest)}{rest}"


class _Home(NamedTuple):
    """What the children of one family share."""

    number: int
    family_name: str
    address: str
    carers: tuple[Carer, ...]
    phone: str


class _Registrar:
    """Puts invented families on the register."""

    def __init__(
        self,
        school: DemonstrationSchool,
        rng: Random,
        ticks: Iterator[datetime],
        numbers: Iterator[str],
        day: date,
        by: StaffId,
        script: Script,
    ) -> None:
        self._school = school
        self._rng = rng
        self._ticks = ticks
        self._numbers = numbers
        self._born_by = academic_year(day)
        self._by = by
        self._script = script
        self._given = cycle(rng.sample(names.GIVEN_NAMES, len(names.GIVEN_NAMES)))
        self._adults = cycle(rng.sample(names.ADULT_NAMES, len(names.ADULT_NAMES)))
        self._families = cycle(rng.sample(names.FAMILY_NAMES, len(names.FAMILY_NAMES)))
        self._streets = cycle(rng.sample(names.STREETS, len(names.STREETS)))

    def children(self) -> tuple[Child, ...]:
        """All the pupils, brothers and sisters one after another."""
        out: list[Child] = []
        for number, size in enumerate(cycle(_FAMILY_SIZES)):
            home = self._home(number, may_have_phone=number != _NO_PHONE)
            out.extend(self._child(home, place) for place in range(min(size, PUPILS - len(out))))
            if len(out) == PUPILS:
                return tuple(out)
        message = "the families never end"
        raise AssertionError(message)

    def _home(self, number: int, *, may_have_phone: bool) -> _Home:
        rng = self._rng
        family = next(self._families)
        carers = [self._carer(family, rng.choice(_FIRST_CARERS), may_have_phone=may_have_phone)]
        if rng.random() < _TWO_CARERS:
            other = family if rng.random() < _SAME_NAME else next(self._families)
            carers.append(self._carer(other, rng.choice(_OTHER_CARERS), may_have_phone=may_have_phone))
        phone = f"01632 960{next(self._numbers)}" if rng.random() < _LANDLINE else carers[0].phone
        address = f"{rng.randint(1, 98)} {next(self._streets)}, {self._school.town}"
        return _Home(number, family, address, tuple(carers), phone if may_have_phone else "")

    def _carer(self, family: str, relation: str, *, may_have_phone: bool) -> Carer:
        titles = names.TITLES_HIM if relation in _HIM else names.TITLES_HER
        return Carer(
            name=f"{next(self._adults)[0]}. {family}",
            title=self._rng.choice(titles),
            relation=relation,
            phone=f"07700 900{next(self._numbers)}" if may_have_phone else "",
            parental_responsibility=relation not in _WITHOUT_RESPONSIBILITY,
        )

    def _child(self, home: _Home, place: int) -> Child:
        rng = self._rng
        year = rng.randrange(len(self._school.years))
        # Half-brothers and half-sisters often have another family name (NH-07: none is presumed).
        family = home.family_name if place == 0 or rng.random() < _SAME_NAME else next(self._families)
        on_roll = not (self._school.policy_key == "leyland" and home.number == _NOT_YET_HERE)
        start = date(self._born_by - self._school.first_age - year - 1, 9, 1)
        command = AdmitPupil(
            given_name=next(self._given),
            family_name=family,
            born=start + timedelta(days=rng.randrange(364)),
            year_group=self._school.years[year],
            class_name=rng.choice(names.CLASSES),
            upn=_upn(rng),
            on_roll=on_roll,
            carers=home.carers,
            address=home.address,
            phone=home.phone,
        )
        id_ = pupil_of(self._script.send(next(self._ticks), self._by, command))
        self._more_of_the_family(id_, home)
        street = home.address.split(",", 1)[0]
        carer = home.carers[0].called
        language, interpreter = _language(home)
        return Child(id_, command.given_name, family, home.number, street, carer, on_roll, language, interpreter)

    def _more_of_the_family(self, pupil: PupilId, home: _Home) -> None:
        """Language, interpreter, and why no telephone, where there is such a thing to say."""
        language, interpreter = _language(home)
        if not language and home.phone:
            return
        command = RecordFamily(
            pupil=pupil,
            carers=home.carers,
            address=home.address,
            phone=home.phone,
            phone_none_reason="" if home.phone else names.NO_PHONE_REASON,
            language=language or "English",
            interpreter_needed=interpreter,
        )
        self._script.send(next(self._ticks), self._by, command)


def _language(home: _Home) -> tuple[str, bool]:
    """The language of a home, where it is another than English, and whether an interpreter is wanted."""
    return names.LANGUAGES[home.number % len(names.LANGUAGES)] if home.number % _OTHER_LANGUAGE == 0 else ("", False)
