"""What somebody read, in school words: for whoever is given all that the school holds about them."""

from typing import Final, assert_never

from api.pages.wording_names import EventWords, Names
from domain.access import events as access
from domain.access.events import AccessEvent, WhyNotSignedIn, WhyRefused

REFUSED: Final = {
    WhyRefused.ROLE: "their role does not open it",
    WhyRefused.NOT_THEIRS: "it is none of their own visits",
    WhyRefused.RESTRICTED: "it is kept to a few named people",
}
"""Why somebody was turned away."""
NOT_SIGNED_IN: Final = {
    WhyNotSignedIn.SECRET: "the password, PIN or passkey was not theirs",
    WhyNotSignedIn.SECOND_FACTOR: "the second step was not theirs",
    WhyNotSignedIn.TOO_MANY_TRIES: "too many tries",
    WhyNotSignedIn.NO_ACCESS: "the account is closed",
}
"""Why a sign-in failed."""


def access_words(event: AccessEvent, names: Names) -> EventWords:  # noqa: C901, PLR0911, PLR0912 - one arm an event
    """The words of an event of the record of readings. Names no child: who reads this may not be one who sees them."""
    on = f" on {event.device}" if event.device else ""
    who = names.author
    match event:
        case access.RecordRead():
            return EventWords(title="Record opened", body=f"{who} opened the {event.page}{on}.")
        case access.Searched():
            found = "1 child" if len(event.pupils) == 1 else f"{len(event.pupils)} children"
            return EventWords(
                title="Searched", body=f"{who} looked for a child ({event.page}){on} and was shown {found}."
            )
        case access.ListRead():
            return EventWords(title="List opened", body=f"{who} opened the {event.page}{on}.")
        case access.Exported():
            return EventWords(title="Taken out", body=f"{who} was given the {event.page}{on}.")
        case access.Printed():
            return EventWords(title="Printed", body=f"{who} was given the {event.page} for paper{on}.")
        case access.AccessRefused():
            body = f"{who} was turned away from the {event.page or 'record'}{on}: {REFUSED[event.why]}."
            return EventWords(title="Turned away", body=body)
        case access.SignedIn():
            return EventWords(title="Signed in", body=f"{who} signed in{on}, by {event.how.replace('_', ' ')}.")
        case access.SignedOut():
            return EventWords(title="Signed out", body=f"{who} signed out{on}.")
        case access.SignInRefused():
            body = f"Somebody could not sign in as {who}{on}: {NOT_SIGNED_IN[event.why]}."
            return EventWords(title="Sign-in refused", body=body)
        case access.Invited():
            return EventWords(title="Invited", body=f"{who} gave somebody a link to make an account by{on}.")
        case access.InvitationUsed():
            return EventWords(title="Link used", body=f"{who} made their account, or got access again{on}.")
        case access.RestoringAsked():
            return EventWords(title="Access asked for", body=f"{who} asked that somebody gets access{on}.")
        case access.RestoringConfirmed():
            return EventWords(title="Access confirmed", body=f"{who} confirmed that somebody gets access{on}.")
        case access.SessionsEnded():
            return EventWords(title="Signed out by somebody else", body=f"{who} signed somebody out everywhere{on}.")
        case access.ProofChanged():
            return EventWords(title="Sign-in changed", body=f"{who} changed how they sign in{on}: {event.what}.")
        case access.TokenMade():
            body = f"{who} made a token by which a program acts for them{on}: {', '.join(event.allows)}."
            return EventWords(title="Token made", body=body)
        case access.TokenEnded():
            return EventWords(title="Token taken back", body=f"{who} took back a token of a program{on}.")
        case access.ScreenMade():
            return EventWords(title="Wall board made", body=f"{who} made a link for a wall board{on}.")
        case access.ScreenEnded():
            return EventWords(title="Wall board signed out", body=f"{who} signed a wall board out{on}.")
        case access.OpenedElsewhere():
            body = f"{who} opened the records of {event.school} until {names.when(event.until)}{on}. Why is kept there."
            return EventWords(title="Opened another school's records", body=body)
        case _:
            assert_never(event)
