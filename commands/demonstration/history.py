"""The history of a demonstration school: who does what on which school day, planned before anything is sent."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from commands.demonstration.desk import desk_work
from commands.demonstration.door import Day, Door
from commands.demonstration.on_record import people_on_record
from commands.demonstration.outing import Outing
from commands.demonstration.people import Cast, Child, people
from commands.demonstration.schools import SCHOOLS, DemonstrationSchool
from commands.demonstration.steps import Script, Step, in_order
from commands.demonstration.stories import STORIES, Story, how_often
from commands.demonstration.teller import Circumstances
from commands.demonstration.terms import at, history_days, next_school_day
from commands.opening import adoption
from commands.policy_files import load_policy
from domain.ids import DOORSTEP, StaffId
from domain.policy import Policy

_SLOTS: Final = ((9, 45), (11, 25), (13, 15))
"""Outings leave about then; each slot of a day has a team of its own, so that nobody is in two places."""
_LONGEST_WEEKEND: Final = timedelta(days=4)


class Told(NamedTuple):
    """An outing of the history."""

    story: str
    day: date
    doors: tuple[Door, ...]
    """Its visits; none where they left with nothing planned."""
    ends: datetime


class History(NamedTuple):
    """All that a school sends before today."""

    cast: Cast
    steps: tuple[Step, ...]
    told: tuple[Told, ...]

    def stories(self) -> Counter[str]:
        """How often each story is told."""
        return Counter(told.story for told in self.told)


class _When(NamedTuple):
    day: date
    slot: int


def history(school: DemonstrationSchool, now: datetime, until: datetime, share: float = 1.0) -> History:
    """The last two terms and the running one up to yesterday, as of `now`; nothing is sent after `until`.

    The same `now`, to the day, gives the same steps. `share` scales how often each story is told.
    """
    terms = history_days(now)
    policy = load_policy(school.policy_key)
    opening = Script(f"{school.slug}/opening")
    start = at(terms[0][0].first - timedelta(days=5), 9)
    adopt = adoption(policy, version=1, effective_from=start, why=f"{LOADED} {now.isoformat()}")
    opening.send(start, DOORSTEP, adopt)
    cast = people(school, SCHOOLS.index(school), terms[-1][0].first, start + timedelta(seconds=1), opening)
    people_on_record(cast, policy, start + timedelta(hours=1), now, opening)
    days = [days for _, days in terms]
    outings = _Outings(cast, policy, days, share)
    told = tuple(outings.tell())
    desk = desk_work(cast, policy, days, [(t.day, t.doors) for t in told])
    steps = in_order((opening, *outings.scripts, *desk))
    return History(cast, tuple(step for step in steps if step.clock < until), told)


LOADED: Final = "Invented for the demonstration, loaded at"
"""Begins the reason of the first settings; the moment of loading follows, so that a later run plans the same."""


class _Outings:
    """Tells the outings of one school, each with a generator of its own."""

    def __init__(self, cast: Cast, policy: Policy, days: Sequence[Sequence[date]], share: float) -> None:
        self._cast, self._policy = cast, policy
        self._slug = cast.school.slug
        self._terms = [list(term) for term in days]
        self._share = share
        self._rng = Random(f"history/{self._slug}")  # noqa: S311 - a story, not a secret
        self._visited: set[tuple[date, int]] = set()
        self.scripts: list[Script] = []

    def tell(self) -> Iterator[Told]:
        """Every outing, by day."""
        counts = how_often(self._policy.key, self._share)
        names = [name for name, count in counts.items() for _ in range(count)]
        self._rng.shuffle(names)
        for number, (when, name) in enumerate(zip(self._whens(len(names)), names, strict=True)):
            script = Script(f"{self._slug}/outing/{number}")
            self.scripts.append(script)
            outing = self._outing(when, STORIES[name], script, Random(f"outing/{self._slug}/{number}"))  # noqa: S311 - a story, not a secret
            STORIES[name].tell(outing)
            yield Told(name, when.day, tuple(door for door in outing.doors if door.asked_for), outing.now)

    def _whens(self, count: int) -> list[_When]:
        """Days and slots, spread over all the days; the running term gets a few at least."""
        days = [day for term in self._terms for day in term]
        running = self._terms[-1]
        wanted = max(round(count * len(running) / len(days)), min(_AT_LEAST, 2 * len(running), count // 3))
        before = [_When(day, slot) for term in self._terms[:-1] for day in term for slot in range(len(_SLOTS))]
        lately = [_When(day, slot) for day in running for slot in range(len(_SLOTS))]
        return sorted((*self._rng.sample(before, count - wanted), *self._rng.sample(lately, wanted)))

    def _outing(self, when: _When, story: Story, script: Script, rng: Random) -> Outing:
        hour, minute = _SLOTS[0] if story.homes > 1 else _SLOTS[when.slot]
        leaves = at(when.day, hour, minute) + timedelta(minutes=5 * rng.randint(0, 3))
        homes = self._homes(when.day, story, rng)
        other = rng.choice([c for c in self._cast.children if c.family != homes[0][0].family and c.on_roll])
        day = Day(leaves, self._eve(when.day), self._morrow(when.day))
        return Outing(
            Circumstances(self._cast, self._policy, day, self._team(when, rng), other),
            script,
            rng,
            homes,
            purpose=story.purpose or (rng.choice(self._policy.value("safeguarding_purposes")) if story.welfare else ""),
            slack=story.slack,
        )

    def _homes(self, day: date, story: Story, rng: Random) -> list[tuple[Child, ...]]:
        families: dict[int, list[Child]] = {}
        for child in self._cast.children:
            if child.on_roll != story.not_on_roll:
                families.setdefault(child.family, []).append(child)
        free = [
            family
            for family, children in families.items()
            if (day, family) not in self._visited and (len(children) > 1 or not story.siblings)
        ]
        chosen: list[tuple[Child, ...]] = []
        for _ in range(story.homes):
            weights = [_OFTEN if family < _OFTEN_VISITED else 1 for family in free]
            family = rng.choices(free, weights)[0]
            free.remove(family)
            self._visited.add((day, family))
            children = families[family]
            chosen.append(tuple(children) if story.siblings else (rng.choice(children),))
        return chosen

    def _team(self, when: _When, rng: Random) -> tuple[StaffId, ...]:
        """Two who go. The day's order of colleagues is the same for all its slots."""
        goers = ["attendance", "support", "teacher1", "teacher2", "teacher3", "teacher4"]
        order = list(goers)
        Random(f"team/{self._slug}/{when.day}").shuffle(order)  # noqa: S311 - a rota, not a secret
        pair = sorted(order[2 * when.slot : 2 * when.slot + 2], key=goers.index)
        if self._cast.school.agency and when.slot == 0 and rng.random() < _WITH_AGENCY:
            pair[1] = "agency"
        return tuple(self._cast.id(post) for post in pair)

    def _eve(self, day: date) -> date | None:
        before = [d for term in self._terms for d in term if d < day]
        return before[-1] if before and day - before[-1] <= _LONGEST_WEEKEND else None

    def _morrow(self, day: date) -> date:
        after = [d for term in self._terms for d in term if d > day]
        return after[0] if after else next_school_day(day)


_AT_LEAST, _OFTEN_VISITED, _OFTEN, _WITH_AGENCY = 12, 8, 4, 0.3
