"""What goes to the record system: pasted for each pupil with the reference typed back, or as one file a week."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from commands.demonstration.door import Door
from commands.demonstration.people import Cast, Child
from commands.demonstration.steps import Script
from commands.demonstration.terms import at
from domain.ids import ConcernId, PupilId, StaffId
from domain.policy import Policy
from domain.school.commands import ExportRecords, TakeBackExport
from domain.visit.commands import MoveVisitToPupil
from domain.visit.events import SafetyKind
from projections.export_shapes import Kind, key_of

_NOT_YET: Final = timedelta(days=9)
"""What is younger has still to be entered."""
_FORGOTTEN: Final = 0.08
_CONCERNS: Final = frozenset({"concerns", "all_contacts"})
"""Parts of a scope that put concerns on record."""


def exports(
    cast: Cast,
    policy: Policy,
    days: Sequence[date],
    visited: Iterable[tuple[date, tuple[Door, ...]]],
    raised: Iterable[tuple[date, ConcernId, Child]],
) -> Script:
    """At the end of each week the office manager enters the week's records, and the DSL the concerns."""
    rng = Random(f"exports/{cast.school.slug}")  # noqa: S311 - a story, not a secret
    script = Script(f"{cast.school.slug}/exports")
    taken_back = False
    weeks: dict[date, list[Door]] = {}
    ends = {day.isocalendar()[:2]: day for day in days}
    for day, doors in visited:
        if day <= days[-1] - _NOT_YET:
            weeks.setdefault(ends[day.isocalendar()[:2]], []).extend(doors)
    for number, (end, of_week) in enumerate(weeks.items()):
        entered = [door for door in of_week if rng.random() > _FORGOTTEN]
        _enter(cast, policy, at(end, 16, 5), entered, script, rng)
        if number >= len(weeks) // 2 and not taken_back:
            later = next(day for day in days if day > end)
            taken_back = _take_back(cast, policy, at(later, 10, 20), entered, script)
    if _CONCERNS & set(policy.value("record_scope")):
        system = policy.value("record_system")
        for day, concern, child in raised:
            if day <= days[-1] - _NOT_YET:
                keys = (key_of("concern", concern, child.id),)
                how, reference = ("csv", "") if system == "neutral_file" else ("pasted", _reference(system, rng))
                record = _export(system, how, keys, (child.id,), reference)
                script.send(at(day, 16, rng.randint(0, 4)), _who_enters(cast, keys), record)
    return script


def _take_back(cast: Cast, policy: Policy, when: datetime, doors: Sequence[Door], script: Script) -> bool:
    """Once, the wrong child turns out to have been picked only when the record had gone out."""
    for door in doors:
        wrong, keys = door.first, tuple(_keys(policy, door, door.first))
        if door.concerns or len(door.everybody) > 1 or not keys:
            continue
        right = next(child for child in cast.children if child.family != wrong.family and child.on_roll)
        why = "The class teacher noticed: it was the other child's house."
        move = MoveVisitToPupil(visit=door.visit, wrong=wrong.id, right=right.id, why=why)
        script.send(when, cast.id("pastoral"), move)
        for key in keys:
            when += timedelta(minutes=9)
            back = TakeBackExport(key=key, why="Entered for the wrong child; deleted there by the DSL.")
            script.send(when, cast.id("manager"), back)
        return True
    return False


def _enter(cast: Cast, policy: Policy, when: datetime, doors: list[Door], script: Script, rng: Random) -> None:
    system = policy.value("record_system")
    if system == "neutral_file":
        keys = tuple(key for door in doors for child in door.everybody for key in _keys(policy, door, child))
        if keys:
            everybody = tuple(dict.fromkeys(child.id for door in doors for child in door.everybody))
            script.send(when, _who_enters(cast, keys), _export(system, "csv", keys, everybody, ""))
        return
    for door in doors:
        for child in door.everybody:
            contacts = tuple(door.contacts) if "all_contacts" in policy.value("record_scope") else ()
            spoke = tuple(f"contact.{{{place}}}.{child.id}" for place in range(len(contacts)))
            keys = (*_keys(policy, door, child), *spoke)
            if keys:
                when += timedelta(seconds=rng.randint(60, 110))
                pasted = _export(system, "pasted", keys, (child.id,), _reference(system, rng))
                script.send(when, _who_enters(cast, keys), pasted, about=contacts)


def _who_enters(cast: Cast, keys: Sequence[str]) -> StaffId:
    """The office manager; the DSL where a concern is among the records."""
    return cast.id("dsl" if any(key.startswith("concern.") for key in keys) else "manager")


def _reference(system: str, rng: Random) -> str:
    """What the record system gave back, typed in: its own number."""
    return f"{system[:2].upper()}-{rng.randrange(10_000, 100_000)}"


def _export(system: str, how: str, keys: tuple[str, ...], pupils: tuple[PupilId, ...], reference: str) -> ExportRecords:
    return ExportRecords(system=system, how=how, keys=keys, pupils=pupils, reference=reference)


def _keys(policy: Policy, door: Door, child: Child) -> Iterator[str]:
    """The records about one child that the policy's scope asks for; the exports page works out the same."""
    scope = policy.value("record_scope")
    kind = _kind(scope, door)
    if kind is not None:
        yield key_of(kind, door.visit, child.id)
    if _CONCERNS & set(scope) and child is door.first:
        for concern in door.concerns:
            yield key_of("concern", concern, child.id)


def _kind(scope: Sequence[str], door: Door) -> Kind | None:
    purposes = {f"purpose:{door.purpose}"} | ({"purpose:safeguarding"} if door.welfare else set())
    if door.reached and ({"all_visits", "all_contacts"} | purposes) & set(scope):
        return "visit"
    if door.unsafe is SafetyKind.ANIMAL and "animal_cancellations" in scope:
        return "animal_cancellation"
    if door.unsafe is not None and "safety_cancellations" in scope:
        return "safety_cancellation"
    named = any(part.startswith("purpose:") for part in scope)
    return "visit" if named and door.reached and door.concerns else None
