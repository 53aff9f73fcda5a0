"""Whoever goes was vetted: the checks are on record with their day, or an agency's employer attests them.

Clauses: SP-61, WL-16 (somebody from an agency).
"""

from datetime import date
from typing import Final

from msgspec.structs import replace

from domain.need import need
from domain.policy import Policy
from domain.refusal import Requirement
from domain.staff.on_record import in_date
from domain.staff.state import Person
from domain.staff.words import day_in_words, listed, said

SETTING: Final = "vetting_required"
KEEPERS: Final = ("headteacher", "school_office")
"""Who keeps the record; no document says it."""
AGENCY: Final = "agency_professional"


def vetted(policy: Policy, person: Person, day: date) -> tuple[Requirement, ...]:
    """One requirement with every check that is not on record, or no longer counts by that day."""
    missing = []
    for check in policy.value(SETTING):
        held = person.record.check(check)
        if held is None:
            missing.append(said(check))
        elif not in_date(held, day) and held.valid_until is not None:
            missing.append(f"{said(check)} (counted until {day_in_words(held.valid_until)})")
    if not missing:
        return ()
    what = "their employer's word" if person.kind == AGENCY else "this, with its date,"
    says = f"{person.name} may not go before {what} is on record: {listed(missing)}"
    found = need(policy, SETTING, f"vetting.{person.id}", says, who=KEEPERS)
    whose = "The word of the employer" if person.kind == AGENCY else "Vetting"
    return (
        found
        if found.refuses
        else replace(found, says=f"{whose} of {person.name} is not on record: {listed(missing)}"),
    )
