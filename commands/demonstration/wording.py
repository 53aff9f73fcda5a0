"""What people at the demonstration schools write down. `{child}` is the child's given name, `{carer}` the carer's."""

from random import Random
from typing import Final

from domain.visit.rules.record import WITH_BOTH

_WHY: Final[dict[str, tuple[str, ...]]] = {
    "attendance": (
        "{child} has been in on 11 of the last 25 mornings. To hear from {carer} what gets in the way.",
        "Attendance is down to 78 per cent and letters were not answered. To agree a plan with {carer}.",
        "{child} arrives after ten most days. To work out a morning routine together.",
    ),
    "safeguarding_unseen": (
        "{child} has not been seen since Thursday and nobody answers the telephone. To see {child}.",
        "Four days absent, no reason given, both contacts ring out. To see that {child} is well.",
    ),
    "safe_and_well": (
        "Absent today without a word, and no contact answers. To see that {child} is safe and well.",
        "{child} did not arrive and {carer} cannot be reached. To check that all is well.",
        "Second morning without a call. To see {child}.",
    ),
    "three_day_absence": (
        "Third day of absence and {child} has been seen by nobody from school. To see {child}.",
        "Absent since Monday; a text said “poorly”. To see {child} and ask whether help is wanted.",
    ),
    "safeguarding": (
        "Something {child} said on Tuesday wants following up with {carer} at home.",
        "To go through the family's safety plan with {carer}.",
        "Not seen this week, and an older cousin is said to be staying. To see {child}.",
    ),
    "cannot_attend_school": (
        "{carer} cannot leave the house after an operation. To hold the meeting there.",
        "Meeting about {child}'s support plan; {carer} cannot manage the stairs at school.",
    ),
    "relationship": ("First meeting with {carer}, to get to know the family.", "To mend things after a hard term."),
    "pre_start": ("To meet {child} before starting with us, with some toys and the welcome book.",),
    "no_engagement": ("{carer} has not answered letters, calls or texts since half-term.",),
    "school_refusal": ("{child} has refused to come in for six days. To talk it through at home, without hurry.",),
    "deliver_or_collect_work": ("To take round work for the fortnight and collect what is done.",),
    "late_for_exam": ("{child} has not arrived for the assessment. To fetch news.",),
    "long_absence_contact": ("{child} is at home after surgery. To keep in touch, with cards from the class.",),
    "transition": ("To meet {child} and {carer} before the move into the next class.",),
    "family_support": ("{carer} asked for help with bedtimes and with forms.", "To bring the food parcel and listen."),
    "exclusion": ("{child} is at home for two days. To bring work and plan the return.",),
    "long_illness": ("{child} has been ill for five weeks. To plan a gentle return with {carer}.",),
    "home_meeting_preferable": ("{carer} finds the school building hard to come into. To meet at home.",),
}
_WHY_ELSE: Final = ("To talk with {carer} about how {child} is getting on.",)

_WROTE: Final[dict[str, tuple[str, ...]]] = {
    "agreements": (
        "{carer} rings by 8:30 if {child} is ill. School texts a reminder on Sunday evening.",
        "Breakfast club from Monday. We speak again on Friday.",
        "none",
    ),
    "underlying_reason": (
        "Nights are short: three children share a room.",
        "{carer} starts work at six and {child} gets ready alone.",
        "Worry about a friendship in class.",
    ),
    "support_offered": ("Breakfast club, and a word with the school nurse.", "Early help, declined for now.", "none"),
    "outcome": (
        "{child} was in good spirits. {carer} was glad of the visit.",
        "A plan for mornings was agreed with {carer}.",
        "We talked on the doorstep; a meeting in school is booked.",
    ),
    "notes_filed": ("In the pupil file, today.", "Typed up and filed by the office."),
    WITH_BOTH: ("yes",),
    "parent_views": (
        "{carer} feels that school listens more this year.",
        "{carer} would like one person to ring.",
        "none",
    ),
    "information_gathered": ("A grandparent has moved in.", "{child} sees the optician next week.", "none"),
    "off_topic_issues": ("none", "none", "The bus pass: passed on to the office."),
    "people_present": ("{carer}, {child}", "{carer}, {child} and a baby", "{carer}"),
    "reason": ("As asked for.",),
    "points": ("Sleep, mornings, and the missed work.", "How the new timetable feels.", "Getting to school by bus."),
    "concerns": ("none", "none", "none", "Raised separately."),
    "details": (
        "{child} came to the door and chatted. A cold, back tomorrow.",
        "{carer} answered. {child} was on the sofa with a temperature; seen and spoken to.",
        "Spoke to both on the doorstep. No worries.",
    ),
}

NOBODY_IN: Final = (
    "Knocked twice and rang the bell. Card left.",
    "Curtains drawn, no sound. Card through the door.",
    "A neighbour thought they were out. Card left.",
)
DECIDED: Final = {
    "try_again": ("The aunt says they are at an appointment. Second visit tomorrow morning.", "Try again at teatime."),
    "police_welfare_check": ("Third time with no answer, and nobody has seen {child} since Monday.",),
    "social_care": ("The family's social worker was rung and goes today.",),
    "no_further_action": (
        "{carer} rang at 14:10 and put {child} on: both well.",
        "{child} was in school by lunch and seen by the class teacher.",
    ),
}
REFUSED_BY_APPROVER: Final = (
    "A telephone call has not been tried since Monday. Ring first.",
    "Invite {carer} in on Thursday: a meeting in school will do.",
    "A social worker is there this afternoon. Two visits in a day are too many.",
)
FAMILY_SAID_NO: Final = ("“Not at the house, please. I will come in.”", "{carer} would rather speak on the telephone.")
UNSAFE_PEOPLE: Final = ("Shouting from the flat above as we arrived; we turned back.", "Two men arguing on the path.")
UNSAFE_ANIMAL: Final = ("A large dog loose in the front garden, and nobody came to hold it.",)
NOT_WRITTEN: Final = ("none",)
CONCERNS: Final = (
    ("neglect", "{child} was hungry and said there had been no tea.", "Food parcel and early help", "Agreed with {carer}."),
    ("other", "{child} did not want to say who else sleeps there.", "Spoke to {child} in school", "A cousin is staying."),
    ("safety", "The stair gate is broken and the baby was on the stairs.", "Rang {carer}", "The landlord mends it today."),
    ("disclosure", "{child} said that nights are scary.", "Told children's social care", "Passed on within the hour."),
    ("injury", "A bruise on {child}'s arm; “from the swing”, said {carer}.", "Body map made in school", "Fits what was said."),
)  # fmt: skip
SEEN_IN_SCHOOL: Final = (
    ("other", "{child} fell asleep in two lessons and says the baby cries all night.", "Rang {carer}", "Help is offered."),
    ("neglect", "No coat again, in the rain.", "A coat from the cupboard", "{carer} knows and is glad of it."),
    ("disclosure", "{child} drew something that worried me.", "Spoke to {child}", "From a film seen with a brother."),
)  # fmt: skip


def why(purpose: str, rng: Random, child: str, carer: str) -> str:
    """What a visit is for, in a sentence."""
    return say(rng, _WHY.get(purpose, _WHY_ELSE), child, carer)


def wrote(field: str, rng: Random, child: str, carer: str) -> str:
    """What the write-up says under one of the policy's fields; “none” is an answer."""
    return say(rng, _WROTE.get(field, NOT_WRITTEN), child, carer)


def say(rng: Random, choices: tuple[str, ...], child: str, carer: str) -> str:
    """One of the sentences, with the names in it."""
    return fill(rng.choice(choices), child, carer)


def fill(sentence: str, child: str, carer: str) -> str:
    """A sentence with the names in it."""
    return sentence.format(child=child, carer=carer)
