"""The form that closes a visit: the school's own fields, and for each pupil whether the child was seen."""

import msgspec

from api.identity import Acquainted
from api.pages.choices import pupil_line
from api.pages.parts import Action, Input
from api.pages.saying_seen import outcome
from api.pages.templating import hm
from api.pages.words import in_words, listed, sentence
from domain.ids import PupilId
from domain.visit.events import Outcome
from domain.visit.rules.record import WITH_BOTH, fields_asked
from projections.visits import Planned

_ONE_LINE = ("people_present", "started_at", "ended_at")
_OF_A_TALK = ("parent_views", "points", "agreements", "support_offered")
"""Fields of a write-up about what was said with the family."""
_CHOSEN_FROM = {
    WITH_BOTH: (
        ("", "Not said"),
        ("yes", "Yes, with both"),
        ("with the parent only", "With the parent only"),
        ("with the child only", "With the child only"),
        ("no", "With neither"),
    )
}
"""Fields of a write-up that are chosen from."""


class WriteUp(msgspec.Struct, frozen=True, kw_only=True):
    """The form that closes the visit."""

    fields: tuple[Input, ...]
    outcomes: tuple[Action, ...]
    """For each pupil of whom nothing is said yet."""
    unanswered: str
    """Names of the pupils of whom nothing was said but that nobody answered; "" for none."""
    known: tuple[Action, ...]
    """For each of them, to put it right."""


def write_up_form(me: Acquainted, planned: Planned) -> WriteUp:
    """The form as this school asks for it, with what is known already filled in."""
    visit, trip = planned.visit, planned.trip
    names = [me.directory.people[p].name for p in tuple(trip.departed) or trip.team if p in me.directory.people]
    known = {
        "people_present": listed(names),
        "started_at": hm(visit.arrived_at) if visit.arrived_at else "",
        "ended_at": hm(visit.left_at) if visit.left_at else "",
    }
    if visit.unanswered and visit.no_answer_at is not None:
        known["outcome"] = f"Nobody answered at {hm(visit.no_answer_at)}"
        known |= dict.fromkeys(_OF_A_TALK, "None: nobody answered")
    policy = me.directory.policy_of(trip, me.now)
    fields = tuple(
        Input(
            name=f"fields.{name}",
            label=sentence(in_words(name)).rstrip("."),
            kind="text" if name in _ONE_LINE else "textarea",
            value=known.get(name, ""),
            options=_CHOSEN_FROM.get(name, ()),
            required=True,
        )
        for name in fields_asked(policy, visit)
    )
    return WriteUp(
        fields=fields,
        outcomes=tuple(_outcome(me, planned, pupil) for pupil in visit.not_said),
        unanswered=listed([pupil_line(me.directory, p).name for p in visit.unanswered]),
        known=tuple(_put_right(me, planned, pupil) for pupil in visit.unanswered),
    )


def _outcome(me: Acquainted, planned: Planned, pupil: PupilId) -> Action:
    name = pupil_line(me.directory, pupil).name
    asks = outcome(str(planned.visit.id), str(pupil), name, planned.visit.street, label=f"Was {name} seen?")
    return msgspec.structs.replace(asks, style="primary")


def _put_right(me: Acquainted, planned: Planned, pupil: PupilId) -> Action:
    name, none = pupil_line(me.directory, pupil).name, Outcome.NO_ANSWER.value
    label = f"That is not so: {name}"
    return outcome(str(planned.visit.id), str(pupil), name, planned.visit.street, label=label, chosen=none)
