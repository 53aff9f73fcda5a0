"""The forms that stand beside a visit at any time, each one command."""

from collections.abc import Sequence

from api.pages.parts import NO_YES, Action, Input
from api.pages.words import CANCEL_REASONS, CONCERNS, in_words, sentence
from domain.ids import StaffId
from domain.policy import Policy
from domain.trip.state import TripState
from domain.visit.events import CancelReason
from domain.visit.rules.on_site import asks_somebody_why_not_in_school
from domain.visit.rules.purpose import purposes_offered
from domain.visit.state import VisitState
from projections.visits import VisitLine


def family_declined(visit: VisitState, label: str) -> Action:
    """The family said no."""
    return Action(
        label="Family declined",
        command="family-declined",
        fields={"visit": str(visit.id), "says": f"The family declined: {label}"},
        confirm=f"The family said that they do not want the visit to {label}",
        inputs=(Input(name="who", label="Who said so?"), Input(name="text", label="In their words", kind="textarea")),
        button="They declined",
    )


def cancel_visit(visit: VisitState, label: str) -> Action:
    """Called off, for another reason than safety."""
    reasons = tuple((code.value, sentence(words).rstrip(".")) for code, words in CANCEL_REASONS.items())
    return Action(
        label="Call the visit off",
        command="cancel-visit",
        fields={"visit": str(visit.id), "says": f"Called off: the visit to {label}"},
        confirm=f"Call off the visit to {label}? Anybody who is out stays on the board until back",
        inputs=(
            Input(name="reason", label="Why", options=reasons, value=CancelReason.NO_LONGER_NEEDED.value),
            Input(name="text", label="Anything to add", kind="textarea"),
        ),
        button="Call it off",
    )


def correct_request(policy: Policy, visit: VisitState, label: str) -> Action:
    """What was asked for was not right: the purpose, the address, or whether it is a safeguarding visit."""
    purposes = tuple(dict.fromkeys((visit.purpose, *purposes_offered(policy))))
    places = tuple(dict.fromkeys((visit.place, *policy.value("places"))))
    inputs = [
        Input(name="purpose", label="Purpose", options=_in_words(purposes), value=visit.purpose),
        Input(
            name="purpose_text", label="In a sentence or two: why a visit?", kind="textarea", hint="Empty: as it was"
        ),
        Input(name="address", label="Where it goes to", value=visit.address),
        Input(
            name="safeguarding",
            label="Is it a safeguarding visit?",
            options=NO_YES,
            value="yes" if visit.safeguarding else "no",
            hint="One for a welfare purpose is, whatever is said here",
        ),
        Input(name="why", label="What was wrong?", required=True),
    ]
    if len(places) > 1:
        inputs.insert(3, Input(name="place", label="Kind of place", options=_in_words(places), value=visit.place))
    if visit.safeguarding and asks_somebody_why_not_in_school(policy):
        label_of_it = "Why meeting in school will not do, where it is no welfare visit any more"
        inputs.insert(-1, Input(name="on_site_reason", label=label_of_it))
    return Action(
        label="Correct the request",
        command="correct-request",
        fields={"visit": str(visit.id), "says": f"Request put right: {label}"},
        confirm=f"Put right what the visit to {label} was asked for. Approvals and assessments so far no longer count",
        inputs=tuple(inputs),
        button="Put it right",
    )


def _in_words(codes: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((code, sentence(in_words(code)).rstrip(".")) for code in codes)


def keep_note(visit: VisitState, label: str) -> Action:
    """Something worth keeping."""
    return Action(
        label="Add a note",
        command="keep-note",
        fields={"visit": str(visit.id), "says": f"Note kept: {label}"},
        confirm=f"A note on the visit to {label}. Those who may read notes can read it, and it is kept for ever",
        inputs=(Input(name="text", label="Note", kind="textarea", required=True),),
        button="Keep this note",
    )


def raise_concern(visit: VisitState, label: str) -> Action:
    """A worry about a child."""
    kinds = (("", "Not said"), *((code, sentence(words).rstrip(".")) for code, words in CONCERNS.items()))
    return Action(
        label="Raise a concern",
        command="raise-concern",
        fields={
            "visit": str(visit.id),
            "pupils": tuple(str(p) for p in visit.pupils),
            "says": f"Concern raised: {label}. The DSL sees it in Doorstep; ring them as well",
        },
        confirm=f"A worry about {label}. In immediate danger ring 999 first",
        inputs=(
            Input(name="category", label="What kind?", options=kinds),
            Input(name="text", label="What was seen or said, in plain words", kind="textarea"),
        ),
        button="Raise this concern",
        style="warning",
    )


def add_visit(trip: TripState, waiting: Sequence[VisitLine]) -> Action:
    """One more door, of those that are on no trip yet."""
    options = tuple((str(line.visit), f"{line.street}, {', '.join(line.pupils)}") for line in waiting)
    return Action(
        label="Add a visit",
        command="add-visit-to-trip",
        fields={"trip": str(trip.id), "says": "One more visit is on this trip"},
        confirm="One more door, after the others. A trip that was OK to go must be cleared again",
        inputs=(Input(name="visit", label="Which visit?", options=options),),
        button="Add it",
    )


def shut_out_phone(trip: TripState, person: StaffId, name: str) -> Action:
    """While somebody's phone may report without signing in."""
    return Action(
        label=f"Shut out {name}'s phone",
        command="shut-out-phone",
        fields={"trip": str(trip.id), "person": str(person), "says": f"{name}'s phone is shut out of this trip"},
        confirm=(
            f"Shut out {name}'s phone, because it is lost or in other hands? It reports on this trip only after signing"
            " in again. Until then the office types what they say by telephone"
        ),
        inputs=(Input(name="why", label="Why"),),
        button="Shut it out",
    )


def call_off_trip(trip: TripState) -> Action:
    """Before anybody has left."""
    return Action(
        label="Call the trip off",
        command="call-off-trip",
        fields={"trip": str(trip.id), "says": "Trip called off; its visits can be planned again"},
        confirm="Call off the whole trip? Its visits stay, and can be planned again",
        inputs=(Input(name="why", label="Why"),),
        button="Call it off",
    )
