"""What governors read of the policy itself: is it in date, who answers for it, did they do their part, who was told. Pure."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final, Literal

import msgspec

from domain.need import always_on
from domain.policy import Policy, Source
from domain.roles import in_words
from domain.school.events import WEBSITE
from domain.school.keeping import arrangements_confirmed, governors_signed, owner, shared
from domain.school.record import PolicyRecord
from domain.school.review import review
from domain.staff.words import day_in_words
from domain.times import day_of
from projections.directory import Directory


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One question and its answer."""

    code: str
    question: str
    answer: Literal["yes", "no", "count", "none"]
    """`count` where the sentence gives a number; `none` where there was nothing to ask about."""
    says: str
    clauses: tuple[str, ...] = ()
    """Clauses of the school's policy that the question comes from."""


class Governing(msgspec.Struct, frozen=True, kw_only=True):
    """What is on record about the policy, as of a London day."""

    record: PolicyRecord
    today: date
    held: bool
    """Whether somebody here holds the role of whoever keeps it, or is named."""

    @classmethod
    def of(cls, known: Directory, now: datetime) -> "Governing":
        """As the directory has it."""
        keepers, word = known.record.keepers, owner(known.policy_at(now))
        named = keepers is not None and keepers.somebody
        return cls(record=known.record, today=day_of(now), held=named or bool(known.holders(word, now)))


def about_the_policy(policy: Policy, governing: Governing) -> Iterator[Answer]:
    """The answers about the policy, in the order of the page."""
    yield _in_date(policy, governing)
    yield _responsible(policy, governing)
    yield from _governors(policy, governing)
    yield from _arrangements(policy, governing)
    yield from _told(policy, governing)


def _in_date(policy: Policy, governing: Governing) -> Answer:
    code, question = "in_date", "Is the home visit policy in date?"
    found = review(policy, governing.today, governing.record)
    clauses = () if found.source is Source.DEFAULT else found.clauses
    if found.due is None:
        says = f"No review date is known. The policy is to be reviewed every {found.cycle_months} months."
        return Answer(code=code, question=question, answer="no", says=says, clauses=clauses)
    day = day_in_words(found.due)
    if found.overdue:
        says = f"No. The review was due by {day}. Visits go on meanwhile."
        return Answer(code=code, question=question, answer="no", says=says, clauses=clauses)
    return Answer(
        code=code, question=question, answer="yes", says=f"Yes. The next review is due by {day}.", clauses=clauses
    )


def _responsible(policy: Policy, governing: Governing) -> Answer:
    """Whoever carries the policy, by role and never by name (SP-70, LJ-71, WL-02, WL-03, NH-02, SC-08)."""
    word = in_words(owner(policy))
    clauses = always_on(policy, "SP-70", "LJ-71", "WL-02", "WL-03", "NH-02", "SC-08")
    keepers = governing.record.keepers
    committee = f" Committee: {keepers.committee}." if keepers is not None and keepers.committee else ""
    says = f"Yes: {word}.{committee}" if governing.held else f"Nobody is on record: it should be {word}.{committee}"
    return Answer(
        code="responsible",
        question="Does somebody answer for the policy?",
        answer="yes" if governing.held else "no",
        says=says,
        clauses=clauses,
    )


_PARTS: Final = {
    "acknowledge": ("Have governors acknowledged the policy?", "acknowledged it"),
    "approve": ("Have governors approved the policy?", "approved it"),
    "ensure_procedures": ("Have governors made sure that suitable procedures exist?", "said that they made sure"),
}


def _governors(policy: Policy, governing: Governing) -> Iterator[Answer]:
    """What the document gives governors to do (SP-73, LJ-01, LJ-10, SC-07); not asked where it gives them nothing to sign."""
    setting, record = policy.setting("governor_role"), governing.record
    if setting.source is Source.DEFAULT or setting.value not in _PARTS:
        return
    question, did = _PARTS[setting.value]
    done = governors_signed(policy, record)
    last = max((one.on for one in record.acknowledged), default=None)
    before = f" They last signed on {day_in_words(last)}, for an earlier review or version." if last else ""
    signed = f"Yes: a governor {did} on {day_in_words(last)}." if last else ""
    yield Answer(
        code="governors",
        question=question,
        answer="yes" if done else "no",
        says=signed if done else f"Not as it was last reviewed and is in force.{before}",
        clauses=setting.clauses,
    )


def _arrangements(policy: Policy, governing: Governing) -> Iterator[Answer]:
    """Whether the head made sure of the safeguarding arrangements (SC-10); not asked where the document does not say it."""
    clauses, record = always_on(policy, "SC-10"), governing.record
    if not clauses:
        return
    who = in_words(owner(policy))
    done = arrangements_confirmed(policy, record)
    last = max((one.on for one in record.arranged), default=None)
    before = f" They last did on {day_in_words(last)}, for an earlier review or version." if last else ""
    made_sure = f"Yes: {who} said so on {day_in_words(last)}." if last else ""
    yield Answer(
        code="arrangements",
        question=f"Has {who} made sure that safeguarding arrangements are in place?",
        answer="yes" if done else "no",
        says=made_sure if done else f"Not as the policy was last reviewed and is in force.{before}",
        clauses=clauses,
    )


def _told(policy: Policy, governing: Governing) -> Iterator[Answer]:
    """Whether everybody whom the document names knows the policy in force; not asked where it names nobody."""
    setting = policy.setting("policy_sharing")
    if setting.source is Source.DEFAULT:
        return
    missing = shared(policy, governing.record)
    where = " and published" if WEBSITE in setting.value else ""
    says = f"Yes, the version in force is shared{where}." if not missing else "Not yet. "
    says += "; ".join(one.says for one in missing) + ("." if missing else "")
    yield Answer(
        code="shared",
        question="Do those concerned know the policy?",
        answer="no" if missing else "yes",
        says=says,
        clauses=setting.clauses,
    )
