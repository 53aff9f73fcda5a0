"""What may be put on record about the policy, as forms: each where the person may send it."""

from typing import Final

from api.identity import Acquainted
from api.pages.choices import staff_options
from api.pages.parts import NO_YES, Action, Input
from api.pages.words import AUDIENCES, REVIEW_OUTCOMES, audiences
from domain.ids import EventId
from domain.need import always_on
from domain.policy import Policy
from domain.school import commands as c
from domain.school.record import Linked
from domain.school.review import Review
from domain.times import day_of
from projections.policy_calendar import PolicyCalendar
from projections.staff_standing import who_may_go


def _today(me: Acquainted) -> str:
    return day_of(me.now).isoformat()


def keep_review(me: Acquainted, found: Review) -> Action | None:
    """A review, signed and dated."""
    if not me.may(c.RecordPolicyReview):
        return None
    hint = (
        f"A month such as 2027-03, or a season such as Spring 2027. Empty: {found.cycle_months} months after the review"
    )
    return Action(
        label="Record a review",
        command=c.RecordPolicyReview.NAME,
        fields={"says": "The review is on record"},
        inputs=(
            Input(name="reviewed_on", label="Reviewed on", kind="date", value=_today(me), required=True),
            Input(
                name="outcome",
                label="What came of it",
                options=tuple((k.value, w.capitalize()) for k, w in REVIEW_OUTCOMES.items()),
            ),
            Input(name="safeguarding", label="Were the safeguarding arrangements looked at with it?", options=NO_YES),
            Input(name="next_due", label="Next review", hint=hint),
            Input(name="signature", label="Signed (name)", value=me.person.name, required=True),
            Input(name="why", label="Anything to add", kind="textarea"),
        ),
        button="Keep this review",
    )


_SIGNS: Final = {
    "approve": "Governors approved the policy",
    "ensure_procedures": "Governors made sure that suitable procedures exist",
}


def acknowledge(me: Acquainted, policy: Policy) -> Action | None:
    """What governors signed."""
    if not me.may(c.AcknowledgePolicy):
        return None
    says = _SIGNS.get(policy.value("governor_role"), "Governors acknowledged the policy")
    own = me.person.name if me.fills("governor") else ""
    return Action(
        label=says,
        command=c.AcknowledgePolicy.NAME,
        fields={"says": f"On record: {says[:1].lower()}{says[1:]}"},
        inputs=(
            Input(name="on", label="On", kind="date", value=_today(me), required=True),
            Input(name="signature", label="Signed (name)", hint="The chair, as a rule", value=own, required=True),
        ),
        button="Keep this signature",
    )


def confirm_arrangements(me: Acquainted, policy: Policy) -> Action | None:
    """The head says that safeguarding arrangements are in place; only where the school's document asks for it.

    How many of the staff are trained and checked stands beside it: that much Doorstep knows (SC-09, SC-24).
    """
    if not always_on(policy, "SC-10") or not me.may(c.ConfirmArrangements):
        return None
    staff = who_may_go(me.directory, me.now)
    ready = f"By training and checks {sum(one.may_go for one in staff)} of {len(staff)} may go on a visit today"
    return Action(
        label="Safeguarding arrangements are in place",
        command=c.ConfirmArrangements.NAME,
        fields={"says": "On record: safeguarding arrangements are in place"},
        confirm=f"{me.person.name} made sure that safeguarding arrangements for home visits are in place",
        inputs=(Input(name="on", label="On", kind="date", hint=ready, value=_today(me), required=True),),
        button="They are in place",
    )


def share(me: Acquainted, policy: Policy) -> Action | None:
    """Who was told, or where it was published; those whom this school's policy names are ticked."""
    if not me.may(c.SharePolicy):
        return None
    named = tuple(policy.value("policy_sharing"))
    codes = tuple(dict.fromkeys((*named, *AUDIENCES)))
    return Action(
        label="Shared, or published",
        command=c.SharePolicy.NAME,
        fields={"says": "On record: who knows the policy"},
        inputs=(
            Input(
                name="audience",
                label="With whom, or where",
                kind="checkboxes",
                options=tuple((code, audiences((code,)).capitalize()) for code in codes),
                chosen=named,
            ),
            Input(name="where", label="How (a letter, an address on the web, a staff meeting)"),
            Input(name="on", label="On", kind="date", value=_today(me), required=True),
            Input(
                name="version",
                label="Which version",
                options=tuple((str(v), f"Version {v}") for v in range(policy.version, 0, -1)),
            ),
        ),
        button="Keep this",
    )


def name_keepers(me: Acquainted, found: PolicyCalendar) -> Action | None:
    """Who keeps the text, and which committee is responsible."""
    if not me.may(c.NamePolicyKeepers):
        return None
    keepers = found.record.keepers
    owner = str(keepers.owner) if keepers is not None and keepers.owner is not None else ""
    return Action(
        label="Who keeps the policy",
        command=c.NamePolicyKeepers.NAME,
        fields={"says": "On record: who keeps the policy"},
        inputs=(
            Input(name="owner", label="Kept by", options=staff_options(me, nobody="Nobody here"), value=owner),
            Input(
                name="owner_name",
                label="Or the name of somebody who is not on the list",
                value=keepers.owner_name if keepers is not None else "",
            ),
            Input(name="committee", label="Responsible committee of governors, if any", value=found.committee),
        ),
        button="Keep this",
    )


def link(me: Acquainted) -> Action | None:
    """Another document that the policy is read with."""
    if not me.may(c.RegisterLinkedPolicy):
        return None
    return Action(
        label="A policy or guidance that it is read with",
        command=c.RegisterLinkedPolicy.NAME,
        fields={"says": "On record: what the policy is read with"},
        inputs=(
            Input(name="title", label="Title", required=True),
            Input(name="edition", label="Edition", hint="September 2026, or version 3"),
        ),
        button="Keep this",
    )


def unlink(me: Acquainted, one: Linked) -> Action | None:
    """It is not read with it any more."""
    if not me.may(c.RegisterLinkedPolicy):
        return None
    return Action(
        label="Take it off",
        command=c.RegisterLinkedPolicy.NAME,
        fields={"title": one.title, "edition": one.edition, "gone": "yes", "says": f"{one.title} is off the list"},
        confirm=f"The policy is not read with “{one.title}” any more?",
        button="Take it off",
    )


def answer(me: Acquainted, incident: EventId) -> tuple[Action, ...]:
    """The two answers to "amend?"."""
    if not me.may(c.DecideAmendment):
        return ()
    why = (Input(name="why", label="Why (no names)", kind="textarea"),)
    fields = {"event": str(incident), "says": "Decided, and on record"}
    return (
        Action(
            label="Amend the policy",
            command=c.DecideAmendment.NAME,
            fields={**fields, "amend": "yes"},
            inputs=why,
            button="The policy changes",
        ),
        Action(
            label="Leave it as it is",
            command=c.DecideAmendment.NAME,
            fields={**fields, "amend": "no"},
            inputs=why,
            button="The policy stays as it is",
        ),
    )
