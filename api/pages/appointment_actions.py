"""The forms about a visit's appointment, each one command: offered, agreed, signed, altered; and the days that are none for it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from api.identity import Acquainted
from api.pages.choices import staff_options
from api.pages.parts import NO_YES, Action, Input
from api.pages.plan_actions import local
from api.pages.words import APPOINTMENT_HOW, CHILDCARE_DAYS, KEPT_AT, sentence
from domain.policy import Policy
from domain.trip.state import TripState
from domain.visit.events import ChildcareDay
from domain.visit.rules.appointment import OFFICER
from domain.visit.rules.childcare import asks_childcare_days
from domain.visit.state import VisitState

_TO_THE_DOOR: Final = timedelta(minutes=15)
_HOW: Final = tuple((code.value, sentence(words).rstrip(".")) for code, words in APPOINTMENT_HOW.items())
_DAYS: Final = tuple((day.value, sentence(words).rstrip(".")) for day, words in CHILDCARE_DAYS.items())
_KEPT: Final = tuple((code.value, sentence(words).rstrip(".")) for code, words in KEPT_AT.items())
_ROOM_FOR: Final = 2
"""Times that the form of an offer has room for, where the school asks for no more."""


def offer_times(policy: Policy, visit: VisitState, trip: TripState, label: str) -> Action:
    """Times to choose from are offered to the family."""
    room = max(_ROOM_FOR, policy.value("appointment_offers_min"))
    first = "" if visit.offered else _on_arrival(trip)
    return Action(
        label="Times offered",
        command="offer-appointments",
        fields={"visit": str(visit.id), "says": f"Times offered kept: {label}"},
        confirm=f"Which times was the family offered for the visit to {label}?",
        inputs=(
            *(
                Input(name="times", label=f"Time {number}", kind="datetime-local", value=first if number == 1 else "")
                for number in range(1, room + 1)
            ),
            Input(name="how", label="How they were offered", options=_HOW, value="phone"),
            Input(name="with_whom", label="To whom"),
        ),
        button="Keep these times",
    )


def agree_appointment(policy: Policy, visit: VisitState, trip: TripState, label: str) -> Action:
    """The family agreed a time; asked is what this school's policy asks for."""
    written = policy.value("appointment_rule") == "written_signed_for_entry"
    agreed = visit.appointment
    at = local(agreed.at) if agreed is not None else _on_arrival(trip)
    how = agreed.how.value if agreed is not None else "written" if written else "phone"
    return Action(
        label="Appointment agreed",
        command="confirm-appointment",
        fields={"visit": str(visit.id), "says": f"Appointment kept: {label}"},
        confirm=f"The family agreed a time for the visit to {label}",
        inputs=(
            Input(name="appointment_at", label="Agreed time", kind="datetime-local", value=at, required=True),
            Input(name="how", label="How it was agreed", options=_HOW, value=how),
            *(_written() if written else ()),
            Input(name="with_whom", label="With whom"),
            *_choice(policy, visit),
            *_call(policy, visit),
            *_childcare(policy, visit),
        ),
        button="Keep this appointment",
    )


def _written() -> Iterable[Input]:
    yield Input(
        name="kept_at",
        label="Where is the written confirmation kept?",
        options=_KEPT,
        hint="SC-15: at the school office, to go inside",
    )
    yield Input(
        name="signed",
        label="Are both signatures kept with it?",
        options=(("", "Not said"), *reversed(NO_YES)),
        hint="SC-17: parents and attendance officer, to go inside",
    )


def _choice(policy: Policy, visit: VisitState) -> Iterable[Input]:
    """Asked where the policy gives the family a choice (NH-05)."""
    least = policy.value("appointment_offers_min")
    if least > 1:
        yield Input(
            name="offers",
            label="How many times were offered?",
            kind="number",
            value=str(max(1, len(visit.offered))),
            hint=f"The family chooses among at least {least}, or names a time themselves",
        )
        yield Input(name="family_named_it", label="Did the family name this time themselves?", options=NO_YES)


def _call(policy: Policy, visit: VisitState) -> Iterable[Input]:
    """Asked where a call fixes the visit: what it settles (LJ-38)."""
    if policy.value("appointment_rule") == "phone_if_suitable":
        agreed = visit.appointment
        minutes = agreed.planned_minutes if agreed is not None else None
        settled = {
            "address_settled": ("The address was gone through with them", agreed and agreed.address_settled),
            "questions_invited": ("They were asked what they would like to know", agreed and agreed.questions_invited),
        }
        yield Input(
            name="planned_minutes",
            label="How many minutes will the visit last?",
            kind="number",
            value=str(minutes or ""),
        )
        for name, (words, done) in settled.items():
            yield Input(name=name, label=words, options=NO_YES, value="yes" if done else "no")


def _childcare(policy: Policy, visit: VisitState) -> Iterable[Input]:
    """Asked where an early-years visit keeps off the days on which the child is at childcare (LJ-37)."""
    if asks_childcare_days(policy, visit):
        yield _days("childcare_days", visit)


def _days(name: str, visit: VisitState) -> Input:
    return Input(
        name=name,
        label="On which days is the child at childcare?",
        kind="checkboxes",
        options=_DAYS,
        chosen=tuple(day.value for day in visit.childcare_days),
        hint="The visit is to be on another day",
    )


def at_no_childcare(visit: VisitState, label: str) -> Action:
    """One tap: the child is at childcare on no day."""
    return Action(
        label="At no childcare",
        command="keep-childcare-days",
        fields={"visit": str(visit.id), "days": (ChildcareDay.NONE.value,), "says": f"At no childcare: {label}"},
        style="primary",
    )


def childcare_days(visit: VisitState, label: str) -> Action:
    """On which days the child is at childcare."""
    return Action(
        label="Childcare days",
        command="keep-childcare-days",
        fields={"visit": str(visit.id), "says": f"Childcare days kept: {label}"},
        confirm=f"Before the visit to {label}, as the family says",
        inputs=(_days("days", visit),),
        button="Keep these days",
    )


def sign_appointment(me: Acquainted, visit: VisitState, label: str) -> Action:
    """Signatures of parents and attendance officer are kept with the appointment (SC-17)."""
    officers = me.directory.holders(OFFICER, me.now)
    return Action(
        label="Appointment signed",
        command="sign-appointment",
        fields={"visit": str(visit.id), "says": f"Signatures kept: {label}"},
        confirm=f"Who signed the appointment for the visit to {label}? One of the two may follow later",
        inputs=(
            Input(name="parents", label="Which parents signed, by name"),
            Input(
                name="officer",
                label="The attendance officer who signed",
                options=staff_options(me, officers, nobody="Not yet"),
            ),
        ),
        button="Keep these signatures",
    )


def change_appointment(visit: VisitState, label: str) -> Action:
    """The agreed time was altered."""
    at = local(visit.appointment.at) if visit.appointment is not None else ""
    return Action(
        label="Change the appointment",
        command="change-appointment",
        fields={"visit": str(visit.id), "says": f"Appointment changed: {label}"},
        confirm=f"The time agreed for {label} was altered",
        inputs=(
            Input(name="appointment_at", label="New time", kind="datetime-local", value=at, required=True),
            Input(name="how", label="How it was agreed", options=_HOW, value="phone"),
            Input(name="why", label="Why"),
        ),
        button="Change it",
    )


def _on_arrival(trip: TripState) -> str:
    return local(trip.leave_at + _TO_THE_DOOR) if trip.leave_at is not None else ""
