"""The events about the policy as a document, in school words."""

from typing import assert_never

from api.pages.templating import day
from api.pages.wording_names import EventWords, Names, said
from api.pages.words import GOVERNORS_PARTS, REVIEW_OUTCOMES, audiences
from domain.school import events as e

GoverningEvent = (
    e.PolicyReviewRecorded
    | e.PolicyAcknowledged
    | e.ArrangementsConfirmed
    | e.PolicyShared
    | e.PolicyKeepersNamed
    | e.LinkedPolicyRegistered
    | e.AmendmentDecided
)


def governing_words(event: GoverningEvent, names: Names) -> EventWords:  # noqa: PLR0911 - one arm an event
    """The words of one event."""
    match event:
        case e.PolicyReviewRecorded():
            due = f" The next review is due by {day(event.due)}." if event.due is not None else ""
            also = " The safeguarding arrangements were looked at with it." if event.safeguarding else ""
            body = f"Reviewed on {day(event.reviewed_on)}: {REVIEW_OUTCOMES[event.outcome]}.{also}{due}"
            return EventWords(title="Policy reviewed", body=body, note=said(f"signed {event.signature}", event.why))
        case e.PolicyAcknowledged():
            body = f"Governors {GOVERNORS_PARTS.get(event.part, 'signed for it')} on {day(event.on)}."
            return EventWords(title="Policy signed by governors", body=body, note=f"signed {event.signature}")
        case e.ArrangementsConfirmed():
            body = f"The head made sure on {day(event.on)} that they are in place."
            return EventWords(title="Safeguarding arrangements confirmed", body=body)
        case e.PolicyShared():
            where = f", {event.where}" if event.where else ""
            body = f"Version {event.version} on {day(event.on)}: {audiences(event.audience)}{where}."
            return EventWords(title="Policy shared", body=body)
        case e.PolicyKeepersNamed():
            keeper = names.person(event.owner) if event.owner is not None else event.owner_name
            committee = f"committee: {event.committee}" if event.committee else ""
            return EventWords(title="Who keeps the policy", body="It was written down.", note=said(keeper, committee))
        case e.LinkedPolicyRegistered():
            edition = f", {event.edition}" if event.edition else ""
            gone = "is not read with it any more" if event.gone else "is read with it"
            return EventWords(title="Linked policy", body=f"{event.title}{edition} {gone}.")
        case e.AmendmentDecided():
            body = (
                "The policy changes after an incident."
                if event.amend
                else "The policy stays as it is after an incident."
            )
            return EventWords(title="Amend the policy?", body=body, note=event.why)
        case _:
            assert_never(event)
