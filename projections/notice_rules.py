"""Which events mean that somebody must be told, and whom the settings name. Pure.

Settings: concern_notify, offroll_concern_notify, safety_cancel_notify, incident_notify, change_notify, whereabouts, absence_triggers.
Clauses: SP-44, SP-47, SP-51, SP-57, SP-59, SP-67, LJ-41, LJ-62, LJ-66, LJ-68, LJ-69, WL-29, WL-35, WL-49, NH-39,
NH-43, NH-47, SC-27, SC-30, SC-40, DV-20. What no document speaks of is Doorstep's own, and says so.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from domain.concern.events import ConcernRaised
from domain.event import Event
from domain.policy import Policy, Source
from domain.pupil.events import AbsenceFlagged
from domain.shared.events import DeviationNoted, SpokenWordDisowned
from domain.trip import events as trip
from domain.visit import events as visit
from domain.visit.state import VisitState

Speed = Literal["immediate", "asap", "today", "beforehand"]
FAMILY = "family"
WATCHER = "watcher"
_DSL = ("DSL|DDSL",)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody must be told something: role words, not people yet."""

    about: str
    """What happened: `concern`, `child_alone`, `danger`, ... (see `ABOUT`)."""
    words: tuple[str, ...]
    """Role words of the settings, `family`, or `watcher`."""
    channels: Mapping[str, str] = {}
    """Role word -> `email`, `telephone`, `CPOMS`, `MyConcern`; "" is everybody else's."""
    speed: Speed = "asap"
    setting: str = ""
    """The setting that asks for it; "" where none does."""
    source: Source = Source.DEFAULT
    clauses: tuple[str, ...] = ()


ABOUT = (
    "concern",
    "concern_not_on_roll",
    "child_alone",
    "child_not_seen",
    "declined",
    "safety_cancellation",
    "danger",
    "emergency",
    "clearance_voided",
    "left_without_ok",
    "stand_down",
    "disowned",
    "told_beforehand",
    "appointment_changed",
    "running_late",
    "glass_broken",
    "absence_flagged",
)
"""Everything that a notice may be about."""


def wanted(  # noqa: C901, PLR0911, PLR0912 - one arm a cause
    event: Event, policy: Policy, before: VisitState | None, after: VisitState | None
) -> tuple[Wanted, ...]:
    """Who must be told because of an event, in role words. `before` and `after` are the visit's, on its stream."""
    match event:
        case ConcernRaised():
            return tuple(_concern(event, policy))
        case visit.ChildAloneFound():
            return (_child_alone(policy),)
        case visit.VisitCancelledForSafety():
            return tuple(_safety(policy))
        case visit.FamilyDeclinedVisit() if after is not None and after.safeguarding:
            return (_set(policy, "family_may_decline", "declined", _DSL, speed="asap"),)
        case visit.AppointmentChanged():
            return _change(policy, "appointment", "appointment_changed")
        case visit.AppointmentConfirmed() if _another_time(event, before):
            return _change(policy, "appointment", "appointment_changed")
        case visit.RunningLateReported(family_told=False):
            return _change(policy, "running_late", "running_late")
        case trip.DangerReported():
            return (_set(policy, "incident_notify", "danger", policy.value("incident_notify"), speed="immediate"),)
        case trip.EmergencyServicesCalled():
            return (_set(policy, "incident_notify", "emergency", policy.value("incident_notify"), speed="immediate"),)
        case trip.ClearanceVoided():
            return (Wanted(about="clearance_voided", words=("SLT",), speed="immediate", clauses=("DV-20",)),)
        case trip.StandDownCalled():
            channels = {"": "telephone"}
            return (Wanted(about="stand_down", words=(WATCHER,), channels=channels, speed="immediate"),)
        case trip.TripPlanned() if policy.value("whereabouts").get("tell_safeguarding_team"):
            who = ("safeguarding_team",)
            cited = ("WL-49",)
            return (_set(policy, "whereabouts", "told_beforehand", who, speed="beforehand", clauses=cited),)
        case AbsenceFlagged():
            flagged, officer = "absence_flagged", ("attendance_officer",)
            return (_set(policy, "absence_triggers", flagged, officer, speed="today", clauses=event.clauses),)
        case DeviationNoted(rule=rule) if rule.startswith("departure."):
            return (
                Wanted(
                    about="left_without_ok",
                    words=("SLT",),
                    speed="immediate",
                    source=event.source,
                    clauses=event.clauses,
                ),
            )
        case SpokenWordDisowned():
            return (Wanted(about="disowned", words=_DSL, speed="asap"),)
        case _:
            return _not_seen(before, after)


def _not_seen(before: VisitState | None, after: VisitState | None) -> tuple[Wanted, ...]:
    """A child was looked for and not seen: the DSL decides the same day."""
    if after is None or not set(after.undecided) - set(before.undecided if before is not None else ()):
        return ()
    return (Wanted(about="child_not_seen", words=_DSL, speed="today"),)


def _set(
    policy: Policy,
    setting: str,
    about: str,
    words: Iterable[str],
    *,
    key: str = "",
    channels: Mapping[str, str] | None = None,
    speed: Speed,
    clauses: tuple[str, ...] = (),
) -> Wanted:
    """What a setting asks for; Doorstep's default on the parts on which the document is silent."""
    found = policy.setting(setting)
    silent = key in found.silent
    cited = tuple(c for c in clauses if c in found.clauses) or found.clauses
    return Wanted(
        about=about,
        words=tuple(words),
        channels=channels or {},
        speed=speed,
        setting=setting,
        source=Source.DEFAULT if silent else found.source,
        clauses=() if silent else cited,
    )


def _channels(rule: Mapping[str, Any]) -> dict[str, str]:
    asked = rule.get("channel") or ""
    return dict(asked) if isinstance(asked, Mapping) else {"": asked}


def _concern(event: ConcernRaised, policy: Policy) -> Iterable[Wanted]:
    rule = policy.value("concern_notify")
    speed: Speed = "asap" if rule.get("speed") == "asap" else "immediate"
    channels = _channels(rule)
    told = _set(policy, "concern_notify", "concern", rule["to"], key="to", channels=channels, speed=speed)
    if event.category == "child_alone":
        # One message a person: the safeguarding team, by telephone, among those who hear of any concern.
        alone = _child_alone(policy)
        told = replace(
            told,
            about="child_alone",
            words=(*alone.words, *told.words),
            channels={**told.channels, **dict.fromkeys(alone.words, "telephone")},
            speed=alone.speed,
        )
    yield told
    outside = policy.value("offroll_concern_notify")
    if not event.on_roll and outside:
        yield _set(policy, "offroll_concern_notify", "concern_not_on_roll", outside, speed="today")


def _child_alone(policy: Policy) -> Wanted:
    """The safeguarding team, by telephone, at once: WL-29 where the school says so, else Doorstep's own."""
    cited = tuple(c for c in policy.setting("concern_notify").clauses if c == "WL-29")
    return Wanted(
        about="child_alone",
        words=("safeguarding_team",),
        channels={"": "telephone"},
        speed="immediate",
        setting="concern_notify" if cited else "",
        source=Source.CLAUSE if cited else Source.DEFAULT,
        clauses=cited,
    )


def _safety(policy: Policy) -> Iterable[Wanted]:
    rule = policy.value("safety_cancel_notify")
    about = "safety_cancellation"
    channels = _channels(rule)
    yield _set(policy, "safety_cancel_notify", about, rule["to"], key="to", channels=channels, speed="asap")
    if rule.get("phone_family"):
        ring = {FAMILY: "telephone"}
        yield _set(policy, "safety_cancel_notify", about, (FAMILY,), key="phone_family", channels=ring, speed="asap")


def _another_time(event: visit.AppointmentConfirmed, before: VisitState | None) -> bool:
    """Whether an agreed time was altered by agreeing another (SP-44)."""
    return before is not None and before.appointment is not None and before.appointment.at != event.at


def _change(policy: Policy, key: str, about: str) -> tuple[Wanted, ...]:
    rule = policy.value("change_notify")
    words = rule.get(key) or ()
    speed: Speed = "beforehand" if rule.get("before_change") else "asap"
    return (_set(policy, "change_notify", about, words, key=key, speed=speed),) if words else ()
