"""What goes on at the moment of loading: trips out, waiting, overdue, and a worry raised today. Always relative to now."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Final

from commands.demonstration import hard, wording
from commands.demonstration.desk import in_school
from commands.demonstration.door import Day
from commands.demonstration.outing import Outing
from commands.demonstration.people import Cast, Child
from commands.demonstration.steps import Script, Step, in_order
from commands.demonstration.teller import Circumstances
from commands.demonstration.terms import next_school_day
from commands.policy_files import load_policy
from domain.access.commands import KeepReading
from domain.ids import CommandId
from domain.times import day_of
from domain.trip.events import CheckIn
from domain.visit.commands import NoAnswer
from domain.visit.events import Outcome

LEADS: Final = timedelta(minutes=240)
"""How long before now the first step of today is: from its record, a later run knows which moment was now."""
_WELFARE: Final = True


def today(cast: Cast, now: datetime) -> tuple[Step, ...]:
    """The steps of today, none of them after `now`."""
    plan = _Today(cast, now)
    for scene in _SCENES[cast.school.policy_key]:
        scene(plan)
    return plan.steps()


def first_of_today(slug: str) -> CommandId:
    """The id of today's first step: it is sent `LEADS` before now."""
    return _bracket(slug, "first")[1]


def last_of_today(slug: str) -> CommandId:
    """The id of the very last step of a school."""
    return _bracket(slug, "last")[1]


def _bracket(slug: str, name: str) -> tuple[Script, CommandId]:
    script = Script(f"{slug}/today/{name}")
    return script, script.next_id


class _Today:
    """Gathers the scenes of one school; each has a team and a family of its own."""

    def __init__(self, cast: Cast, now: datetime) -> None:
        self.cast, self.now = cast, now
        self.scripts: list[Script] = []
        posts = ("attendance", "teacher1", "support", "teacher2", "teacher3", "teacher4")
        self._teams = [tuple(cast.id(post) for post in posts[n : n + 2]) for n in (0, 2, 4)]
        self._rng = Random(f"today/{cast.school.slug}")  # noqa: S311 - a story, not a secret
        first_born = {child.family: child for child in cast.children if child.on_roll}
        self._children: list[Child] = self._rng.sample(list(first_born.values()), 6)

    def steps(self) -> tuple[Step, ...]:
        """The scenes, between a first step and a last one that are always the same."""
        slug, read = self.cast.school.slug, KeepReading(pupil=self.cast.children[0].id, page="chronology")
        first, last = _bracket(slug, "first")[0], _bracket(slug, "last")[0]
        first.send(self.now - LEADS, self.cast.id("pastoral"), read)
        last.send(self.now, self.cast.id("dsl"), read)
        return in_order((first, *self.scripts, last))

    def outing(self, leaves: int, back: int, *, welfare: bool = False) -> Outing:
        """An outing that leaves and is to be back so many minutes from now."""
        policy = load_policy(self.cast.school.policy_key)
        script = self.script()
        start = self.now + timedelta(minutes=leaves)
        day = Day(start, None, next_school_day(day_of(start)))
        home = (self._children.pop(),)
        outing = Outing(
            Circumstances(self.cast, policy, day, self._teams.pop(0), self._children[0]),
            script,
            self._rng,
            [home],
            purpose=policy.value("safeguarding_purposes")[0] if welfare else "",
        )
        outing.back_by = self.now + timedelta(minutes=back)
        outing.call_at = outing.back_by - timedelta(minutes=5)
        return outing

    def script(self) -> Script:
        """A script of its own."""
        self.scripts.append(Script(f"{self.cast.school.slug}/today/{len(self.scripts)}"))
        return self.scripts[-1]


Scene = Callable[[_Today], None]


def _out(leaves: int, back: int) -> Scene:
    def scene(plan: _Today) -> None:
        o = plan.outing(leaves, back)
        o.plan(appointed=True)
        o.depart()
        o.arrive()
        o.go_in()

    return scene


def _call_forgotten(plan: _Today) -> None:
    """Amber: the agreed call, or the call on leaving, should have come a few minutes ago."""
    o = plan.outing(-58, 25)
    o.call_at = plan.now - timedelta(minutes=3)
    o.plan(appointed=True)
    o.depart()
    o.arrive()
    o.go_in()
    if not o.asks(CheckIn.AGREED_TIME):
        o.now = plan.now - timedelta(minutes=14)
        o.see()
        o.leave()


def _waiting(plan: _Today) -> None:
    """Asked for, and nobody has said yes yet."""
    o = plan.outing(55, 120)
    o.request()


def _cleared(plan: _Today) -> None:
    """OK to go, and about to leave."""
    o = plan.outing(10, 75)
    o.plan(appointed=True)


def _not_seen(plan: _Today) -> None:
    """Nobody answered this morning; the DSL has still to decide."""
    o = plan.outing(-110, -45, welfare=_WELFARE)
    o.plan()
    o.depart()
    o.arrive()
    o.later(0.5, 1)
    o.send(NoAnswer(visit=o.door.visit, note=o.text(wording.NOBODY_IN, o.door)))
    o.see(outcome=Outcome.NO_ANSWER)
    hard.called_off(o)


def _worry(plan: _Today) -> None:
    """A concern raised in school, and not acted on yet."""
    in_school(plan.cast, plan.now - timedelta(minutes=35), plan.script(), Random("worry"), actioned=False)  # noqa: S311 - a story, not a secret


_SCENES: Final[Mapping[str, tuple[Scene, ...]]] = {
    "st_patricks": (_out(-22, 40),),
    "leyland": (_out(-42, 8), _waiting, _worry),
    "william_lilley": (_out(-70, -4), _cleared),
    "norbury": (_call_forgotten, _waiting, _worry),
    "scargill": (_not_seen, _call_forgotten, _cleared),
}
