"""All that a policy wants on record of the people who go: for schools that are invented."""

from collections.abc import Iterator, Sequence
from datetime import date

from domain.command import Command
from domain.ids import StaffId
from domain.policy import Policy
from domain.staff import commands as c
from domain.staff.rules import training, vetting
from domain.staff.rules.designated import wants_designated


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
