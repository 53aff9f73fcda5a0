"""The first page of the governors' report: questions a governor asks, each answered in a sentence. Pure.

A sentence repeats figures only as they are published elsewhere in the report, or counts that are never masked.
"""

from collections.abc import Iterator

import msgspec

from domain.need import always_on
from domain.policy import Policy, Source
from projections.governors_policy import Answer, Governing, about_the_policy
from projections.governors_process import Process
from projections.masking import Cell


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is told about children: published counts, and whether anything is still open."""

    total: Cell
    not_seen: Cell
    """Visits on which a child was looked for and not seen, as their table has it."""
    together: Cell
    """Visits that somebody of another agency comes along to, out of the total."""
    safety: Cell
    concerns: Cell
    open: bool
    """Whether a decision for a child who was not seen, or a concern, is still open."""


def answers(policy: Policy, figures: Figures, process: Process, governing: Governing) -> tuple[Answer, ...]:
    """All answers, in the order of the page."""
    return tuple(_answers(policy, figures, process, governing))


def _answers(policy: Policy, figures: Figures, process: Process, governing: Governing) -> Iterator[Answer]:
    yield from _rare(policy, figures)
    yield from _together(policy, figures)
    yield _by_two(policy, process)
    yield _approved(policy, process)
    yield _back(process)
    yield _on_time(process)
    yield _counted("not_seen", "On how many visits was a child looked for and not seen?", figures.not_seen)
    yield _counted("safety", "How many visits were called off for safety?", figures.safety)
    yield _counted("concerns", "How many concerns about a child were raised?", figures.concerns)
    yield _followed_up(figures)
    yield _as_policy(process)
    yield from about_the_policy(policy, governing)


def _rare(policy: Policy, figures: Figures) -> Iterator[Answer]:
    """Asked only where the school's own document says that school is the normal place to meet."""
    setting = policy.setting("on_site_reason")
    question = "How many home visits were asked for?"
    says = _sentence(figures.total)
    if setting.source is Source.DEFAULT:
        yield Answer(code="visits", question=question, answer="count", says=says)
        return
    says += " The policy says that school is the normal place to meet: is this still rare enough?"
    yield Answer(code="visits", question=question, answer="count", says=says, clauses=setting.clauses)


def _together(policy: Policy, figures: Figures) -> Iterator[Answer]:
    """Asked only where the school's own document wants services to act together (NH-12)."""
    if clauses := asks_together(policy):
        question = "How many visits were arranged together with another agency?"
        yield Answer(
            code="together", question=question, answer="count", says=_sentence(figures.together), clauses=clauses
        )


def asks_together(policy: Policy) -> tuple[str, ...]:
    """The clause by which governors are told of visits together with an agency; none where the document has none."""
    return always_on(policy, "NH-12")


def _nobody_left(code: str, question: str) -> Answer:
    return Answer(code=code, question=question, answer="none", says="Nobody left on a visit this term.")


def _by_two(policy: Policy, process: Process) -> Answer:
    code, question = "by_two", "Were all visits made by two people?"
    setting = policy.setting("lone_visit")
    clauses = () if setting.source is Source.DEFAULT else setting.clauses
    if not process.left:
        return _nobody_left(code, question)
    if not process.lone:
        return Answer(code=code, question=question, answer="yes", says="Yes, every one.", clauses=clauses)
    allowed = setting.value == "with_lone_assessment"
    agreed = (
        f" {_of(process.lone_cleared)} had the OK to go alone, with an assessment, as the policy allows."
        if allowed
        else ""
    )
    says = f"No. {_trips(process.lone)} made by one person alone.{agreed}"
    return Answer(code=code, question=question, answer="no", says=says, clauses=clauses)


def _approved(policy: Policy, process: Process) -> Answer:
    code, question = "approved", "Was every visit approved, and OK to go, before staff left?"
    settings = [policy.setting(name) for name in ("approval_roles", "approval_roles_safeguarding")]
    clauses = tuple(dict.fromkeys(c for s in settings if s.source is not Source.DEFAULT for c in s.clauses))
    if not process.left:
        return _nobody_left(code, question)
    if not process.not_cleared and not process.unapproved:
        return Answer(code=code, question=question, answer="yes", says="Yes, every one.", clauses=clauses)
    says = (
        f"No. {_trips(process.not_cleared)} begun without the OK to go;"
        f" {process.unapproved} of all trips had a visit that was not approved by then.{_put_in_later(process)}"
    )
    return Answer(code=code, question=question, answer="no", says=says, clauses=clauses)


def _put_in_later(process: Process) -> str:
    """A yes by telephone may be typed late: it is said, and what was not in the log when they left counts as missing."""
    count = process.put_in_later
    return f" For {count} of them a yes dated before they left was put in afterwards." if count else ""


def _back(process: Process) -> Answer:
    code, question = "back", "Was everyone confirmed back, or safe?"
    if not process.left:
        return _nobody_left(code, question)
    if not process.not_back:
        return Answer(code=code, question=question, answer="yes", says="Yes, everyone who left.")
    one = process.not_back == 1
    who = "1 person has left and is" if one else f"{process.not_back} people have left and are"
    return Answer(code=code, question=question, answer="no", says=f"Not yet. {who} not confirmed back.")


def _on_time(process: Process) -> Answer:
    code, question = "on_time", "Was everybody back in time?"
    if not process.left:
        return _nobody_left(code, question)
    calls = f" A call to school was missed on {_plainly(process.calls_missed)}." if process.calls_missed else ""
    if not process.overdue:
        return Answer(code=code, question=question, answer="yes", says=f"Yes: nobody was overdue.{calls}")
    settled = (
        f"All were settled, the longest after {_minutes(process.longest_late)}."
        if not process.overdue_open
        else f"{process.overdue_open} not settled yet."
    )
    return Answer(
        code=code, question=question, answer="no", says=f"No. {_trips(process.overdue)} overdue. {settled}{calls}"
    )


def _counted(code: str, question: str, cell: Cell) -> Answer:
    return Answer(code=code, question=question, answer="count", says=_sentence(cell))


def _followed_up(figures: Figures) -> Answer:
    """One answer about both: a "no" about one of them would tell that its count is not nought."""
    code, question = "followed_up", "Was everything about children followed up?"
    if figures.open:
        says = (
            "Not yet: a decision for a child who was not seen, or a concern, is still open. The DSL knows which, and"
            " answers for it."
        )
        return Answer(code=code, question=question, answer="no", says=says)
    says = "Yes, nothing is open: no child who was not seen waits for the DSL's decision, and no concern for action."
    return Answer(code=code, question=question, answer="yes", says=says)


def _as_policy(process: Process) -> Answer:
    code, question = "as_policy", "Was everything done as the policy says?"
    if not process.not_as_policy:
        return Answer(code=code, question=question, answer="yes", says="Yes: nothing else was noted.")
    times = "once" if process.not_as_policy == 1 else f"{process.not_as_policy} times"
    says = f"No. Something was done otherwise {times}; each is noted with its reason where one was given."
    return Answer(code=code, question=question, answer="no", says=says)


def _trips(count: int) -> str:
    return "1 trip was" if count == 1 else f"{count} trips were"


def _plainly(count: int) -> str:
    return "1 trip" if count == 1 else f"{count} trips"


def _of(count: int) -> str:
    return "None of these" if count == 0 else f"{count} of these"


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"


def _sentence(cell: Cell) -> str:
    """A published count as an answer by itself, true whatever is behind a mask."""
    if cell.value is not None:
        return f"{cell.shown}."
    if cell.at_most is None:
        return "This number is not shown, so that no family can be recognised."
    if cell.at_least == 0:
        return f"Fewer than {cell.at_most + 1}; this may be none."
    return f"Between {cell.at_least} and {cell.at_most}."
