"""What is done at a desk: concerns raised without a visit, histories read and reviewed, records entered."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from commands.demonstration import wording
from commands.demonstration.door import Door
from commands.demonstration.exports import exports
from commands.demonstration.people import Cast, Child
from commands.demonstration.steps import Script, concern_of
from commands.demonstration.terms import at
from domain.access.commands import KeepReading
from domain.concern.commands import ActionConcern, RaiseConcern
from domain.ids import ConcernId
from domain.policy import Policy
from domain.shared.commands import ReviewHistory

Visited = tuple[date, tuple[Door, ...]]

_REVIEWED: Final = 0.45
_READ_BEFORE: Final = 0.25
_CONCERNS: Final = {"st_patricks": 4}
_CONCERNS_ELSEWHERE: Final = 9


def desk_work(
    cast: Cast, policy: Policy, terms: Sequence[Sequence[date]], visited: Iterable[Visited]
) -> tuple[Script, ...]:
    """Scripts of everything beside the outings."""
    rng = Random(f"desk/{cast.school.slug}")  # noqa: S311 - a story, not a secret
    days = [day for term in terms for day in term]
    concerns = Script(f"{cast.school.slug}/concerns")
    raised = []
    for day in sorted(rng.sample(days, min(len(days), _CONCERNS.get(policy.key, _CONCERNS_ELSEWHERE)))):
        at_school = at(day, rng.choice((10, 12, 14)), rng.randint(0, 59))
        raised.append((day, *in_school(cast, at_school, concerns, rng)))
    visited = tuple(visited)
    return concerns, _reviews(cast, rng, days, visited), exports(cast, policy, days, visited, raised)


def in_school(
    cast: Cast, when: datetime, script: Script, rng: Random, *, actioned: bool = True
) -> tuple[ConcernId, Child]:
    """A teacher raises a concern about a child in school; the DSL acts, sometimes in two steps."""
    child = rng.choice([child for child in cast.children if child.on_roll])
    category, text, action, why = rng.choice(wording.SEEN_IN_SCHOOL)
    teacher = cast.id(rng.choice(("teacher1", "teacher2", "teacher3", "teacher4", "office")))

    def say(sentence: str) -> str:
        return wording.fill(sentence, child.given_name, child.carer)

    raised = script.send(when, teacher, RaiseConcern(pupils=(child.id,), category=category, text=say(text)))
    concern, dsl = concern_of(raised), cast.id("dsl")
    if not actioned:
        return concern, child
    when += timedelta(minutes=rng.randint(20, 70))
    script.send(when, dsl, KeepReading(concern=concern, page="concern"))
    done = ActionConcern(concern=concern, action=say(action), why=say(why), closes=rng.random() < _REVIEWED)
    script.send(when + timedelta(minutes=5), dsl, done)
    if not done.closes:
        closing = ActionConcern(
            concern=concern, action="Spoke again with the family; it is settled.", why="No more seen."
        )
        script.send(when + timedelta(minutes=75), dsl, closing)
    return concern, child


def _reviews(cast: Cast, rng: Random, days: Sequence[date], visited: Iterable[Visited]) -> Script:
    """At the end of each week the DSL reads some of its visits and marks them as reviewed."""
    script = Script(f"{cast.school.slug}/reviews")
    ends = {day.isocalendar()[:2]: day for day in days}
    times = {day: at(day, 16, 20) for day in ends.values()}
    dsl = cast.id("dsl")
    for day, doors in visited:
        end = ends[day.isocalendar()[:2]]
        for door in doors:
            if rng.random() < _READ_BEFORE:
                read = KeepReading(pupil=door.first.id, page="chronology")
                script.send(at(day, 8, rng.randint(0, 4)), cast.id("pastoral"), read)
            if rng.random() < _REVIEWED:
                times[end] += timedelta(minutes=rng.randint(2, 5))
                script.send(times[end], dsl, KeepReading(visit=door.visit, page="history"))
                times[end] += timedelta(minutes=rng.randint(2, 5))
                script.send(times[end], dsl, ReviewHistory(visit=door.visit, note=""))
    return script
