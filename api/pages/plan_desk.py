"""Who looks at which plan, and whom they ask for what is still needed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from api.identity import Acquainted
from api.pages.assessing import of_risk
from api.pages.choices import names_of
from domain.ids import VisitId
from domain.policy import Policy
from domain.refusal import Requirement
from domain.staff.rules.training import organisers
from domain.staff.rules.vetting import KEEPERS
from domain.staff.state import Person
from domain.trip.rules.whereabouts import same_holder
from domain.trip.state import TripState
from domain.visit.rules.signed_list import signer
from domain.visit.state import VisitState
from projections.approvals import who_may_approve
from projections.earlier_visits import EarlierVisit
from projections.visits import Planned


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks, and at which plan."""

    me: Acquainted
    policy: Policy
    trip: TripState
    visit: VisitState | None = None
    """The door that is looked at; None on the page of a trip."""
    who: tuple[Person, ...] = ()
    """Those whose yes would bring this door on now."""
    doors: tuple[VisitState, ...] = ()
    """Every door of the trip."""
    earlier: Mapping[VisitId, Sequence[EarlierVisit]] = {}
    """By door: the visits before, where they are shown to whoever looks."""

    @property
    def label(self) -> str:
        """Whom and where, as confirmations repeat it: "Ava Brook, 12 Mill Lane"."""
        if self.visit is None:
            return "this trip"
        return f"{names_of(self.me.directory, self.visit.pupils)}, {self.visit.street or 'no address'}"

    @property
    def may_say_yes(self) -> bool:
        """Whether the person's own yes would bring it on."""
        return any(p.id == self.me.id for p in self.who)


def desk_of(me: Acquainted, planned: Planned, earlier: Sequence[EarlierVisit] | None = None) -> Desk:
    """The desk of one visit. `earlier`: the visits before it; None where they are not shown."""
    doors, policy = (planned.visit, *planned.other_doors), me.directory.policy_of(planned.trip, me.now)
    before = {} if earlier is None else {planned.visit.id: earlier}
    desk = Desk(me=me, policy=policy, trip=planned.trip, doors=doors, earlier=before)
    return at_door(desk, planned.visit) if planned.needs else msgspec.structs.replace(desk, visit=planned.visit)


def at_door(desk: Desk, visit: VisitState) -> Desk:
    """The desk of one door of the trip, with those whose yes would bring it on."""
    who = who_may_approve(desk.me.directory, desk.me.now, visit, desk.trip.team)
    return msgspec.structs.replace(desk, visit=visit, who=who)


def whom_to_ask(  # noqa: C901, PLR0911 - one arm a family of requirements
    desk: Desk, need: Requirement
) -> tuple[Person, ...]:
    """Those who can meet a requirement, whom the clause names first before others; nobody where anybody can, or nobody here."""
    known, now = desk.me.directory, desk.me.now
    match need.code.partition(".")[0]:
        case "approval":
            # Somebody who is going may say yes, and another would still have to (DV-04).
            named = _named_first(need.code.partition(".")[2].split("|"), desk.who, now)
            return tuple(sorted(named, key=lambda p: p.id in desk.trip.team))
        case "list":
            return known.holders(signer(desk.policy), now)
        case "appointment" | "absence" | "childcare":
            return (*known.holders("attendance_officer", now), *known.holders("school_office", now))
        case "family":
            return _named_first(("DSL", "DDSL"), known.holders("DSL|DDSL", now), now)
        case "person":
            return (*known.holders("school_office", now), *known.holders("senior_staff", now))
        case "training":
            return tuple(
                p for word in organisers(desk.policy, need.code.split(".")[1]) for p in known.holders(word, now)
            )
        case "risk":
            return of_risk(known, desk.policy, desk.trip, need, now)
        case "vetting":
            return tuple({p.id: p for word in KEEPERS for p in known.holders(word, now)}.values())
        case "travel":
            return known.holders("SLT", now) if need.code == "travel.agreed" else ()
        case "whereabouts" | "check_in":
            words = holders_missing(desk, need)
            found = {p.id: p for word in words for p in known.holders(word, now) if p.id not in desk.trip.team}
            return tuple(found.values())
        case _:
            return ()


def _named_first(words: Sequence[str], people: Iterable[Person], now: datetime) -> tuple[Person, ...]:
    """These people with the one whom the clause names first: the DSL before her deputies, and before who else may."""

    def place(person: Person) -> int:
        return next((at for at, word in enumerate(words) if person.fills(word, now)), len(words))

    return tuple(sorted(people, key=place))


def holders_missing(desk: Desk, need: Requirement) -> tuple[str, ...]:
    """The policy's holders who have not been told; all of them where they have been."""
    if need.code == "whereabouts.safeguarding_team":
        return ("safeguarding_team",)
    rule = desk.policy.value("whereabouts")
    told = {same_holder(held.holder) for held in desk.trip.lodged}
    missing = tuple(word for word in rule["holders"] if same_holder(word) not in told)
    return missing or tuple(rule["holders"])
