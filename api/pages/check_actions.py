"""The forms of the school's list before leaving: one question, "all as our policy?", or what is not so."""

from collections.abc import Iterable, Sequence

from api.identity import Acquainted
from api.pages.parts import Action, Input
from api.pages.templating import moment
from api.pages.words import listed, sentence
from domain.policy import Policy
from domain.readiness import open_doors
from domain.trip.rules.checks import points_asked
from domain.trip.state import TripState
from domain.visit.state import VisitState
from projections.board_words import name_of


def all_as_policy(policy: Policy, trip: TripState, doors: Sequence[VisitState], label: str) -> Action:
    """One tap: yes, all of it."""
    points = tuple(p.code for p in points_asked(policy, open_doors(doors)))
    return Action(
        label="Yes, all of it",
        command="confirm-checks",
        fields={"trip": str(trip.id), "points": points, "says": f"All is as the list says: {label}"},
        style="primary",
    )


def but_for(policy: Policy, trip: TripState, doors: Sequence[VisitState], label: str) -> Action:
    """What is not so, each with a word; what is left empty is."""
    points = points_asked(policy, open_doors(doors))
    before = trip.checked.exceptions if trip.checked is not None else {}
    return Action(
        label="Not all of it" if trip.checked is None else "Go through the list again",
        command="confirm-checks",
        fields={"trip": str(trip.id), "points": tuple(p.code for p in points), "says": f"List gone through: {label}"},
        confirm="Say what is not so. What you leave empty is as the list says",
        inputs=tuple(
            Input(name=f"exceptions.{p.code}", label=sentence(p.says).rstrip("."), value=before.get(p.code, ""))
            for p in points
        ),
        button="Keep this",
    )


def gone_through(me: Acquainted, policy: Policy, trip: TripState, doors: Sequence[VisitState]) -> Iterable[str]:
    """How the list stands, in sentences; nothing where nobody has gone through it."""
    if trip.checked is None:
        return
    known = trip.checked
    said = {p.code: p.says for p in points_asked(policy, doors)}
    not_so = [said.get(code, code.replace("_", " ")) for code in known.exceptions]
    how = f"Not so that {listed(not_so)}" if not_so else "All as the list says"
    yield f"{how}, {name_of(me.directory, known.by)} at {moment(known.at, me.now)}"
