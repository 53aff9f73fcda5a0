"""The forms that plan a visit, each one command: what they ask, and the words that repeat whom and where."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from api.identity import Acquainted
from api.pages.choices import role_of, staff, staff_options
from api.pages.parts import Action, Input
from api.pages.words import INSTEAD, POLICE_CHECK, role_in_words, sentence
from domain.policy import Force, Policy
from domain.staff.state import Person
from domain.times import london
from domain.trip.state import Lodged, TripState
from domain.visit.as_read import last_change
from domain.visit.rules.attest import POLICE, cited, point_in_words, points_asked
from domain.visit.state import VisitState

TRAVEL: Final = ("", "on foot", "by car", "by public transport", "by taxi")
_LASTS: Final = timedelta(minutes=90)
_YES_NO: Final = (("", "Not said"), ("yes", "Yes"), ("no", "No"))


def approve(policy: Policy, visit: VisitState, label: str) -> Action:
    """Yes, in a role that the policy asks for."""
    return Action(
        label="Approve",
        command="approve-visit",
        fields={"visit": str(visit.id), "seen": str(last_change(visit)), "says": f"Approved: the visit to {label}"},
        confirm=f"Approve the visit to {label}?",
        inputs=(
            *_confirms(policy, visit),
            *_police_check(policy, visit),
            Input(name="reason", label="Anything to add (may stay empty)"),
        ),
        button="Approve this visit",
        style="primary",
    )


def _confirms(policy: Policy, visit: VisitState) -> Iterable[Input]:
    """What the yes confirms, one tick each: all of them where the policy must have them, else as advice."""
    points = [p for p in points_asked(policy, visit.purpose) if p != POLICE]
    if points:
        rule = policy.setting("approval_attest")
        silent = rule.force is Force.ADVISE
        yield Input(
            name="attested",
            label="It is confirmed that",
            kind="checkboxes",
            options=tuple((p, sentence(point_in_words(p)).rstrip(".")) for p in points),
            hint="Doorstep advice: your policy does not ask for it" if silent else ", ".join(cited(policy, points)),
            required=not silent,
        )


def _police_check(policy: Policy, visit: VisitState) -> Iterable[Input]:
    """SP-11: before somebody goes to see a child whom nobody has seen, a police welfare check is weighed."""
    if POLICE in points_asked(policy, visit.purpose):
        yield Input(
            name="police_check",
            label="A police welfare check instead?",
            # Nothing is chosen beforehand: what nobody weighed is not on record as weighed.
            options=(
                ("", "Choose an answer"),
                *((code, sentence(words).rstrip(".")) for code, words in POLICE_CHECK.items()),
            ),
            required=True,
            hint="SP-11: weighed before the school goes to see a child whom nobody has seen",
        )


def not_approve(visit: VisitState, label: str) -> Action:
    """No, and why."""
    instead = (("", "Nothing, or not said"), *((code, sentence(words).rstrip(".")) for code, words in INSTEAD.items()))
    return Action(
        label="Do not approve",
        command="refuse-visit",
        fields={"visit": str(visit.id), "says": f"Not approved: the visit to {label}"},
        confirm=f"Say no to the visit to {label}?",
        inputs=(
            Input(name="reason", label="Why not", kind="textarea", required=True),
            Input(name="instead", label="What is done instead", options=instead),
        ),
        button="Say no",
    )


def sign_list(me: Acquainted, visit: VisitState, label: str) -> Action:
    """The row of the visit list, signed by whoever the policy names."""
    return Action(
        label="Sign the visit list",
        command="sign-visit-list",
        fields={"visit": str(visit.id), **_read(me, visit), "says": f"Signed: the visit to {label}"},
        confirm=f"Sign the row of the visit list for {label}?",
        button="Sign this row",
        style="primary",
    )


def _read(me: Acquainted, visit: VisitState) -> dict[str, str]:
    """A row is read with what is held about the family."""
    return {"seen": str(last_change(visit, me.directory.pupils))}


def signed_by_phone(me: Acquainted, visit: VisitState, label: str, signers: Sequence[Person]) -> Action:
    """Whoever signs said so by telephone; it counts at once, and they confirm it by the end of the day."""
    return Action(
        label="Signed by phone",
        command="sign-visit-list",
        fields={"visit": str(visit.id), **_read(me, visit), "says": f"Signed by phone: the visit to {label}"},
        confirm=f"Read the row for {label} out to them, then write down that they sign it",
        inputs=(
            Input(name="said_by", label="Who signs?", options=staff_options(me, signers)),
            Input(name="at", label="At what time? (empty: now)", kind="time"),
        ),
        button="They sign it",
    )


def take_back_approval(visit: VisitState, label: str) -> Action:
    """One's own yes no longer counts."""
    return Action(
        label="Take back my approval",
        command="take-back-approval",
        fields={"visit": str(visit.id), "says": f"Approval taken back: the visit to {label}"},
        confirm=f"Take back your yes to the visit to {label}? Nobody can leave for it until somebody approves again",
        inputs=(Input(name="why", label="Why", kind="textarea", required=True),),
        button="Take it back",
        style="warning",
    )


def approved_by_phone(
    me: Acquainted, policy: Policy, visit: VisitState, label: str, approvers: Sequence[Person]
) -> Action:
    """Somebody who may approve said yes by telephone; it counts at once, and they confirm it by the end of the day."""
    return Action(
        label="Approved by phone",
        command="approve-visit",
        fields={
            "visit": str(visit.id),
            "seen": str(last_change(visit)),
            "says": f"Approved by phone: the visit to {label}",
        },
        confirm=f"Write down a yes by telephone to the visit to {label}",
        inputs=(
            Input(name="said_by", label="Who said yes?", options=staff_options(me, approvers)),
            Input(name="at", label="At what time? (empty: now)", kind="time"),
            *_confirms(policy, visit),
            *_police_check(policy, visit),
            Input(name="reason", label="In their words (may stay empty)"),
        ),
        button="They said yes",
    )


def name_team(me: Acquainted, policy: Policy, trip: TripState, label: str) -> Action:
    """Who's going. A change after approval makes it stale, and the form says so."""
    options = tuple((str(p.id), f"{p.name}, {role_of(me, p)}, {p.mobile or 'no number held'}") for p in staff(me))
    alone = policy.value("lone_visit") != "never"
    why = (
        (Input(name="lone_reason", label="If one goes alone: why two cannot", value=trip.lone_reason),) if alone else ()
    )
    return Action(
        label="Change who's going" if trip.team else "Say who's going",
        command="name-team",
        fields={"trip": str(trip.id), "says": f"Who's going is settled: {label}"},
        confirm="A change after approval needs approval again" if trip.team else f"Who goes to {label}?",
        inputs=(
            Input(
                name="people",
                label="Who's going?",
                kind="checkboxes",
                options=options,
                chosen=tuple(str(p) for p in trip.team),
            ),
            *why,
        ),
        button="These people go",
    )


def keep_number(person: Person) -> Action:
    """A mobile number for somebody who goes."""
    return Action(
        label=f"Keep {person.name}'s number",
        command="register-number",
        fields={"staff": str(person.id), "says": f"Number kept for {person.name}"},
        confirm=f"The mobile on which {person.name} can be rung while out",
        inputs=(Input(name="mobile", label="Mobile number", kind="tel", required=True),),
        button="Keep this number",
    )


def i_know_it(me: Acquainted, trip: TripState, label: str, holder: str) -> Action:
    """One tap for somebody of the place that the policy names, who stays behind and knows it now."""
    return Action(
        label="I know where they are, their mobiles and when they are back",
        command="lodge-whereabouts",
        fields={
            "trip": str(trip.id),
            "holder": holder,
            "told": str(me.id),
            "says": f"Left with {role_in_words(holder)}: {label}",
        },
    )


def leave_whereabouts(me: Acquainted, trip: TripState, label: str, holder: str, *, asks_call: bool) -> Action:
    """Destination, mobiles and back-by time, left in one place that the policy names."""
    mine = me.fills(holder) and me.id not in trip.team
    holders = [p for p in me.directory.holders(holder, me.now) if p.id not in trip.team]
    others = [p for p in staff(me) if p.id not in trip.team and p not in holders]
    where = role_in_words(holder)
    return Action(
        label=f"Left with {where}",
        command="lodge-whereabouts",
        fields={"trip": str(trip.id), "holder": holder, "says": f"Left with {where}: {label}"},
        confirm=f"{sentence(where).rstrip('.')} knows where {label} is, their mobiles and when they are back",
        inputs=(
            Input(
                name="told",
                label="Who knows it now?",
                options=staff_options(me, (*holders, *others), nobody="Not said"),
                value=str(me.id) if mine else "",
            ),
            *((_call(trip),) if asks_call else ()),
        ),
        button="They know it",
    )


def fix_call(trip: TripState, label: str, known: Lodged) -> Action:
    """The time of the call that says the visit is over, kept with whoever knows the whereabouts already."""
    told = {"told": str(known.told)} if known.told is not None else {}
    return Action(
        label="Fix the time of the call",
        command="lodge-whereabouts",
        fields={"trip": str(trip.id), "holder": known.holder, **told, "says": f"Time of the call kept: {label}"},
        confirm=f"When do they ring to say that {label} is over?",
        inputs=(_call(trip),),
        button="Keep this time",
    )


def _call(trip: TripState) -> Input:
    ending = local(trip.back_by - timedelta(minutes=15)) if trip.back_by is not None else ""
    return Input(name="agreed_call_at", label="They ring to say it is over at", kind="datetime-local", value=ending)


def name_watcher(me: Acquainted, trip: TripState, label: str) -> Action:
    """Who stays behind and watches, with a deputy."""
    behind = [p for p in staff(me) if p.id not in trip.team and p.mobile]
    return Action(
        label="Change the watcher" if trip.watcher else "Name a watcher",
        command="name-watcher",
        fields={"trip": str(trip.id), "says": f"Watcher named: {label}"},
        confirm=f"Who stays behind and watches {label}?",
        inputs=(
            Input(name="watcher", label="Watcher", options=staff_options(me, behind), value=str(trip.watcher or "")),
            Input(
                name="deputy",
                label="Deputy",
                options=staff_options(me, behind, nobody="Nobody"),
                value=str(trip.deputy or ""),
            ),
            Input(name="tested", label="Were their mobiles tried?", options=_YES_NO[1:], value="no"),
        ),
        button="Name them",
    )


def plan_trip(me: Acquainted, policy: Policy, visit: VisitState, label: str, soon: datetime) -> Action:
    """A trip for this one visit."""
    options = tuple((str(p.id), f"{p.name}, {role_of(me, p)}, {p.mobile or 'no number held'}") for p in staff(me))
    alone = policy.value("lone_visit") != "never"
    return Action(
        label="Plan a trip for this visit",
        command="plan-trip",
        fields={"visits": str(visit.id), "says": f"Trip planned: {label}"},
        confirm=f"When do they leave for {label}, and when are they back?",
        inputs=(
            Input(name="leave_at", label="Leave at", kind="datetime-local", value=local(soon), required=True),
            Input(name="back_by", label="Back by", kind="datetime-local", value=local(soon + _LASTS), required=True),
            Input(name="people", label="Who's going?", kind="checkboxes", options=options),
            *((Input(name="lone_reason", label="If one goes alone: why two cannot"),) if alone else ()),
            Input(
                name="watcher",
                label="Who stays behind and watches?",
                options=staff_options(me, [p for p in staff(me) if p.mobile], nobody="Nobody yet"),
            ),
            Input(
                name="travel",
                label="How do they travel?",
                options=tuple((way, way.capitalize() or "Not said") for way in TRAVEL),
            ),
        ),
        button="Plan this trip",
    )


def local(instant: datetime) -> str:
    """An instant as a `datetime-local` field holds it, on London's clock."""
    return f"{london(instant):%Y-%m-%dT%H:%M}"
