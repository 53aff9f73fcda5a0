"""How long a restricted case is kept, and its erasure by two people inside (DV-11). The rules are those of every erasure."""

from domain.case import commands as c
from domain.case.decide import handled, opened
from domain.envelope import Decision, Entry
from domain.erasure import events as e
from domain.erasure.allowed import belongings, must, rule_in_force
from domain.erasure.decide import asked_for, ordered, refuse_unless_it_may_be_erased
from domain.ids import Stream, case_stream
from domain.refusal import NotPermitted, Refused
from domain.situation import Situation


def hold_case(command: c.HoldCase, s: Situation) -> Decision:
    """It is not erased until the hold is lifted."""
    return (Entry(_stream(s), e.RetentionHoldPlaced(why=command.why)),)


def release_case(command: c.ReleaseCase, s: Situation) -> Decision:
    """A hold is over."""
    stream = _stream(s)
    if command.event not in belongings(s).streams[stream].holds:
        raise Refused((must(s, "erasure.no_hold", "This hold was lifted already"),))
    return (Entry(stream, e.RetentionHoldLifted(hold=command.event, why=command.why)),)


def ask_case_erasure(command: c.AskCaseErasure, s: Situation) -> Decision:
    """Somebody inside asks for it, which the rules must allow; a second person inside confirms it."""
    stream = _stream(s)
    until = refuse_unless_it_may_be_erased(s, stream)
    return (Entry(stream, e.ErasureAsked(rule=rule_in_force(s), kept_until=until, why=command.why)),)


def confirm_case_erasure(command: c.ConfirmCaseErasure, s: Situation) -> Decision:
    """A second person inside confirms, let in by name too: where there is but one, that one lets a second in first."""
    stream = case_stream(opened(s).id)
    asked = asked_for(s, stream, command.event)
    if s.acting.person == asked.by:
        message = "An erasure is confirmed by somebody else than who asked for it: another one inside the case"
        raise NotPermitted(message)
    return ordered(s, stream, asked)


def _stream(s: Situation) -> Stream:
    return case_stream(handled(s).id)
