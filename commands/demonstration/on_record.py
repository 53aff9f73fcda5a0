"""All that a policy wants on record of the people who go: for schools that are invented."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from typing import Final

from msgspec.structs import replace

from commands.demonstration.people import Cast
from commands.demonstration.steps import Script
from domain.command import Command
from domain.ids import StaffId
from domain.policy import Policy
from domain.school.commands import SharePolicy
from domain.school.record import PolicyRecord
from domain.staff import commands as c
from domain.staff.on_record import Insurance
from domain.staff.rules import training, vetting
from domain.staff.rules.designated import wants_designated
from domain.staff.rules.told import told_of_the_policy
from domain.times import day_of


def all_on_record(
    policy: Policy,
    staff: Sequence[StaffId],
    day: date,
    *,
    agency: Sequence[StaffId] = (),
    designated: Sequence[StaffId] = (),
    valid_until: date | None = None,
) -> Iterator[Command]:
    """The commands that put it there, done on `day`: of the school's own `staff`, of those from an `agency`.

    What Doorstep only advises is put there as well. `designated` become so where the policy knows such visitors.
    """
    rule = policy.value(training.SETTING)
    courses = tuple(dict.fromkeys((*rule.get("all", ()), *rule.get("attendance_officer", ()))))
    if courses:
        yield c.RecordTraining(staff=(*staff, *agency), courses=courses, done_on=day, valid_until=valid_until)
    checks = tuple(policy.value(vetting.SETTING))
    if checks:
        yield c.RecordChecks(staff=tuple(staff), checks=checks, made_on=day)
    for one in agency if checks else ():
        yield c.RecordAttestation(
            staff=one,
            employer="Alderwater Education Welfare Service",
            attested_by="P. Lark, team manager",
            attested_on=day,
            checks=checks,
        )
    for one in designated if wants_designated(policy) else ():
        yield c.NameDesignatedVisitor(staff=one, since=day)


def staff_told(policy: Policy, day: date) -> Iterator[Command]:
    """The command that puts on record that staff were told of the policy, where they have to be before anybody goes."""
    if told_of_the_policy(policy, PolicyRecord()):
        yield SharePolicy(on=day, audience=("staff",), where="at the staff meeting")


_NO_CAR: Final = ("head", "dsl", "assistant", "deputy", "manager", "office", "business", "governor")
"""Posts whose holders go on no outing of the story."""
_CARS: Final = (
    ("Vauxhall", "Corsa", "blue"),
    ("Ford", "Fiesta", "red"),
    ("Toyota", "Yaris", "silver"),
    ("Skoda", "Fabia", "green"),
    ("Nissan", "Leaf", "white"),
    ("Fiat", "Panda", "yellow"),
    ("Dacia", "Sandero", "grey"),
    ("Volvo", "V40", "black"),
)
_LAPSED, _LAPSES_SOON, _NEW_HERE = "deputy", "teacher4", "business"
"""One whose first course has lapsed, one whose lapses soon, and one who has done none: none of them stops a story."""


def people_on_record(cast: Cast, policy: Policy, start: datetime, now: datetime, script: Script) -> None:
    """Write the steps, from `start` on, that put on record what the policy wants of everybody who goes.

    `now` is the moment of loading: what has lapsed, and what lapses soon, is reckoned from it.
    """
    ticks = (start + timedelta(seconds=n) for n in count())
    done, today, by = day_of(start) - timedelta(days=2), day_of(now), cast.id("manager")
    own = [post for post in cast.staff if post not in ("governor", "agency")]
    whole = [post for post in own if post not in (_LAPSED, _LAPSES_SOON, _NEW_HERE)]
    goes = [post for post in cast.staff if post not in _NO_CAR]
    agency = (cast.id("agency"),) if "agency" in cast.staff else ()
    designated = tuple(cast.id(post) for post in goes if post != "agency")
    ids = tuple(cast.id(post) for post in whole)
    ends = {_LAPSED: today - timedelta(days=9), _LAPSES_SOON: today + timedelta(days=12)}
    for command in staff_told(policy, done):
        script.send(next(ticks), cast.id("head"), command)
    for command in all_on_record(policy, ids, done, agency=agency, designated=designated):
        by_whom = cast.id("head") if isinstance(command, c.NameDesignatedVisitor) else by
        script.send(next(ticks), by_whom, command)
    for post in (_LAPSED, _LAPSES_SOON, _NEW_HERE):
        for command in all_on_record(policy, (cast.id(post),), done):
            if not isinstance(command, c.RecordTraining):
                script.send(next(ticks), by, command)
            elif post != _NEW_HERE:
                first, *rest = command.courses
                script.send(next(ticks), by, replace(command, courses=(first,), valid_until=max(done, ends[post])))
                if rest:
                    script.send(next(ticks), by, replace(command, courses=tuple(rest)))
    for number, (post, (make, model, colour)) in enumerate(zip(goes, _CARS, strict=False)):
        car = c.RecordVehicle(
            staff=cast.id(post),
            registration=f"QZ{10 + number} DWR",
            make=make,
            model=model,
            colour=colour,
            insurance=Insurance.BUSINESS,
            insured_until=today + timedelta(days=19 + 31 * number),
            maintained=True,
        )
        script.send(next(ticks), by, car)
