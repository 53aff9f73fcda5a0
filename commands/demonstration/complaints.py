"""What families and staff say about how somebody behaved: restricted cases, which only those inside see."""

from commands.demonstration.outing import Outing
from commands.demonstration.steps import case_of
from domain.case import commands as case


def complained(o: Outing) -> None:
    """The parent rings to complain that they came late; the headteacher answers, and closes it."""
    o.later(1)
    raised = o.send(
        case.RaiseComplaint(
            visit=o.door.visit,
            text="They came twenty minutes late and nobody rang me. I had to be at work.",
            from_whom=f"{o.door.first.carer}, by telephone",
        ),
        o.office,
    )
    about, head = case_of(raised), o.cast.id("head")
    o.later(1)
    o.send(
        case.NoteCase(case=about, text="Rang back and said sorry. The next visit is agreed first.", answer=True), head
    )
    o.later(1)
    o.send(case.CloseCase(case=about, outcome="Spoken to the team: ring the family when you run late."), head)


def alleged(o: Outing) -> None:
    """A colleague says what was heard in the hall; it waits for the headteacher."""
    o.later(1)
    said = case.RaiseAllegation(
        visit=o.door.visit,
        about_described="One of the two who went",
        text="A neighbour told me that one of ours shouted at the children on the stairs.",
    )
    o.send(said, o.cast.id("support"))
