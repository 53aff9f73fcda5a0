"""What the policy's keeper is warned of. Each rule is one sentence with its clauses; all of them advise and block nothing."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from domain.need import always_on, need
from domain.policy import Force, Policy, Source
from domain.refusal import Requirement
from domain.roles import in_words
from domain.school.events import EVERYBODY, WEBSITE
from domain.school.record import Acknowledged, Arranged, PolicyRecord
from domain.school.review import review
from domain.staff.words import day_in_words

SOON: Final = timedelta(days=60)
"""A review is said to come that long before it is due."""
_REVIEW: Final = ("SP-01", "SP-71", "LJ-02", "LJ-71", "WL-01", "NH-01", "SC-43", "SC-45")
UNNAMED: Final = frozenset({"policy_originator", "named_staff"})
"""Keepers whom a document names by person and Doorstep by no role."""
_PARTS: Final = {
    "acknowledge": ("SP-73", "Governors have not acknowledged"),
    "approve": ("LJ-01", "Governors have not approved"),
    "ensure_procedures": ("SC-07", "Governors have not said that they made sure of"),
}
_TO_SHARE: Final = {
    WEBSITE: ("SP-05", "SC-04"),
    EVERYBODY: ("SP-03", "SC-02"),
    "staff": ("LJ-14", "LJ-03"),
    "parents": ("LJ-03",),
    "pupils": ("LJ-03",),
}
_WHOM: Final = {WEBSITE: "the website", EVERYBODY: "everybody involved, families included"}


def keeping(policy: Policy, record: PolicyRecord, today: date, incidents: int) -> tuple[Requirement, ...]:
    """All that waits for the policy's keeper. `incidents`: how many have no answer yet to "amend?"."""
    return (
        *in_date(policy, record, today),
        *amended_after_incidents(policy, incidents),
        *kept_by_somebody(policy, record),
        *reviewed_with_safeguarding(policy, record),
        *governors_did_their_part(policy, record),
        *arrangements_in_place(policy, record),
        *shared(policy, record),
    )


def owner(policy: Policy) -> str:
    """The role word of whoever keeps the policy: the head, where its document is silent (SP-70, LJ-71, SC-08)."""
    return str(policy.value("review").get("owner") or "headteacher")


def in_date(policy: Policy, record: PolicyRecord, today: date) -> tuple[Requirement, ...]:
    """The review is done in time (SP-01, SP-71, LJ-02, LJ-71, WL-01, NH-01, SC-43, SC-45, DV-16)."""
    found = review(policy, today, record)
    if found.due is None:
        says = f"No date is known for the next review: one is due every {found.cycle_months} months"
    elif found.overdue:
        says = f"The review was due by {day_in_words(found.due)}. Visits go on meanwhile"
    elif found.due - today <= SOON:
        says = f"The next review is due by {day_in_words(found.due)}"
    else:
        return ()
    return (_warns(policy, "review", "policy.review", says, _REVIEW),)


def amended_after_incidents(policy: Policy, incidents: int) -> tuple[Requirement, ...]:
    """After an incident the keeper says whether the policy changes (SP-70, SC-44); elsewhere Doorstep advises it."""
    if not incidents:
        return ()
    cited = always_on(policy, "SP-70", "SC-44")
    one, more = ("an incident or a worry", "incidents and worries") if cited else ("an incident", "incidents")
    count = one if incidents == 1 else f"{incidents} {more}"
    return (
        Requirement(
            code="policy.amend",
            says=f"After {count} nobody has said yet whether the policy changes",
            force=Force.ADVISE,
            source=policy.setting("review").source if cited else Source.DEFAULT,
            setting="review",
            clauses=cited,
            who=(in_words(owner(policy)),),
        ),
    )


def kept_by_somebody(policy: Policy, record: PolicyRecord) -> tuple[Requirement, ...]:
    """Whoever the document names, and the committee that it names, are on record (WL-02, WL-03, NH-02)."""
    keepers = record.keepers
    out = []
    if owner(policy) in UNNAMED and not (keepers and keepers.somebody):
        says = "Nobody is on record as keeping the text of the policy"
        out.append(_warns(policy, "review", "policy.keeper", says, ("WL-03", "NH-02")))
    if policy.value("governor_role") == "committee_responsible" and not (keepers and keepers.committee):
        says = "The committee of governors that is responsible is not on record"
        out.append(_warns(policy, "governor_role", "policy.committee", says, ("WL-02",)))
    return tuple(out)


def reviewed_with_safeguarding(policy: Policy, record: PolicyRecord) -> tuple[Requirement, ...]:
    """Where the document says so, the safeguarding arrangements are looked at in the same review (WL-45)."""
    last = record.last_review
    if policy.value("review").get("alongside") != "safeguarding" or last is None or last.safeguarding:
        return ()
    says = "The last review did not look at the safeguarding arrangements with it"
    return (_warns(policy, "review", "policy.alongside", says, ("WL-45",)),)


def governors_did_their_part(policy: Policy, record: PolicyRecord) -> tuple[Requirement, ...]:
    """Governors signed for the version in force, since its last review (SP-73, LJ-01, LJ-10, SC-07).

    A document that gives them nothing to do is left alone; a committee that is responsible is named, and signs nothing.
    """
    setting = policy.setting("governor_role")
    if setting.source is Source.DEFAULT or setting.value not in _PARTS or governors_signed(policy, record):
        return ()
    clause, says = _PARTS[setting.value]
    what = "the procedures" if setting.value == "ensure_procedures" else "the policy"
    cited = (clause, "LJ-10") if clause == "LJ-01" else (clause,)
    says = f"{says} {what} as reviewed and in force (version {policy.version})"
    return (_warns(policy, "governor_role", "policy.governors", says, cited, who="chair_of_governors"),)


def governors_signed(policy: Policy, record: PolicyRecord) -> bool:
    """Whether a governor signed for the version in force, not before its last review."""
    return any(_holds(one, policy, record) for one in record.acknowledged)


def arrangements_in_place(policy: Policy, record: PolicyRecord) -> tuple[Requirement, ...]:
    """Where the document says so, the head made sure that safeguarding arrangements are in place (SC-10)."""
    if not always_on(policy, "SC-10") or arrangements_confirmed(policy, record):
        return ()
    who = in_words(owner(policy))
    says = f"It is not on record that {who} made sure of the safeguarding arrangements (version {policy.version})"
    return (_warns(policy, "policy_sharing", "policy.arrangements", says, ("SC-10",)),)


def arrangements_confirmed(policy: Policy, record: PolicyRecord) -> bool:
    """Whether the head confirmed them for the version in force, not before its last review."""
    return any(_holds(one, policy, record) for one in record.arranged)


def _holds(one: Acknowledged | Arranged, policy: Policy, record: PolicyRecord) -> bool:
    last = record.last_review
    return one.version >= policy.version and (last is None or one.on >= last.on)


def shared(policy: Policy, record: PolicyRecord) -> tuple[Requirement, ...]:
    """Each audience that the document names knows the version in force (SP-03, SP-05, LJ-03, LJ-14, SC-02, SC-04)."""
    out = []
    for audience in policy.value("policy_sharing"):
        told = record.shared_with(audience)
        whom = _WHOM.get(audience, audience.replace("_", " "))
        if told is None:
            what = f"the policy is on {whom}" if audience == WEBSITE else f"{whom} were told of the policy"
            says = f"It is not on record that {what}"
        elif told.version < policy.version:
            verb = "has" if audience == WEBSITE else "know"
            says = f"{whom[0].upper()}{whom[1:]} {verb} version {told.version}; version {policy.version} is in force"
        else:
            continue
        out.append(_warns(policy, "policy_sharing", f"policy.shared.{audience}", says, _TO_SHARE.get(audience)))
    return tuple(out)


def _warns(
    policy: Policy, setting: str, code: str, says: str, clauses: Sequence[str] | None, *, who: str = ""
) -> Requirement:
    cited = None if clauses is None else tuple(clauses)
    return need(policy, setting, code, says, who=(who or owner(policy),), clauses=cited, force=Force.ADVISE)
