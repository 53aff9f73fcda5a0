"""Decisions about the removal of a whole school (DV-11)."""

from domain.envelope import Decision, Entry
from domain.erasure.allowed import rule_in_force
from domain.ids import school_stream
from domain.need import always
from domain.refusal import NotPermitted, Refused
from domain.removal import commands as c
from domain.removal import events as e
from domain.removal.allowed import WAITING, still_needed
from domain.removal.state import Removal
from domain.situation import Situation


def keep_whole_export(command: c.KeepWholeExport, s: Situation) -> Decision:
    """All of it goes into a folder: who asked for it and why stands in the log first."""
    if s.erasing:
        says = "An erasure is confirmed and not finished: what is to be erased must not go out once more"
        raise Refused((always("removal.erasure_unfinished", says),))
    return (Entry(school_stream(s.school), e.WholeExported(why=command.why, keys_for=command.keys_for)),)


def ask_removal(command: c.AskRemoval, s: Situation) -> Decision:
    """Somebody asks for the school to go. What stands against it is said at once, and asked again later."""
    if s.removal is not None:
        says = "The removal of this school is asked for already: withdraw that first"
        raise Refused((always("removal.asked", says, who=("DSL|DDSL", "headteacher")),))
    _refuse_unless_it_may_go(s, command.ground)
    asked = e.RemovalAsked(ground=command.ground, why=command.why, rule=rule_in_force(s))
    return (Entry(school_stream(s.school), asked),)


def confirm_removal(command: c.ConfirmRemoval, s: Situation) -> Decision:
    """A second person confirms. From here the waiting time runs."""
    found = _asked(s, command.event)
    if found.order is not None:
        raise Refused((always("removal.confirmed", "This removal was confirmed already"),))
    if s.acting.person == found.by:
        message = "The removal of a school is confirmed by somebody else than who asked for it"
        raise NotPermitted(message)
    _refuse_unless_it_may_go(s, found.ground)
    confirmed = e.RemovalConfirmed(asked=found.asked, not_before=s.now + WAITING)
    return (Entry(school_stream(s.school), confirmed),)


def withdraw_removal(command: c.WithdrawRemoval, s: Situation) -> Decision:
    """The school stays. One person's word is enough."""
    found = _asked(s, command.event)
    withdrawn = e.RemovalWithdrawn(asked=found.asked, why=command.why)
    return (Entry(school_stream(s.school), withdrawn),)


def _asked(s: Situation, event: object) -> Removal:
    if s.removal is None or s.removal.asked != event:
        says = "No such removal waits: it was withdrawn, or asked for anew"
        raise Refused((always("removal.not_asked", says),))
    return s.removal


def _refuse_unless_it_may_go(s: Situation, ground: e.Ground) -> None:
    unmet = still_needed(s, ground)
    if unmet:
        raise Refused(unmet)
