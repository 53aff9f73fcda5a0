"""The roles people hold at a school, and which role counts as which."""

from collections.abc import Callable, Collection
from enum import StrEnum


class Role(StrEnum):
    """A role as the five policies use the word."""

    HEADTEACHER = "headteacher"
    DSL = "DSL"
    DDSL = "DDSL"
    SLT = "SLT"
    ATTENDANCE_OFFICER = "attendance_officer"
    ATTENDANCE_ASSISTANT = "attendance_assistant"
    """Asks for visits and plans them as the officer does, and decides about none (SC-01)."""
    SCHOOL_OFFICE = "school_office"
    OFFICE_MANAGER = "office_manager"
    BUSINESS_MANAGER = "school_business_manager"
    SAFEGUARDING_TEAM = "safeguarding_team"
    LINE_MANAGER = "line_manager"
    TEACHER = "teacher"
    AGENCY_PROFESSIONAL = "agency_professional"
    GOVERNOR = "governor"
    CHAIR_OF_GOVERNORS = "chair_of_governors"
    """Hears what is alleged of the headteacher; of children's records sees no other."""
    ADMINISTRATOR = "administrator"
    """Looks after accounts, devices and tokens; reads no child's record."""
    TRUST_READER = "trust_reader"
    """Sees the governors' figures of the schools of a trust; never a name."""
    WALL_BOARD = "wall_board"
    """A screen on a wall, not a person: shows staff and streets, and no child's name."""
    OUTSIDER = "outsider"
    """A DSL of another school of the trust, who reads here in an emergency (`domain.glass`); nobody is given it."""
    FRONT_DESK = "front_desk"
    """A device in the office, not a person: it shows who is out, and takes down facts while nobody says who they are."""
    SYSTEM = "doorstep"
    """The program itself: an overdue alarm, say."""


HELD_BY_PEOPLE = tuple(
    role for role in Role if role not in (Role.SYSTEM, Role.WALL_BOARD, Role.FRONT_DESK, Role.OUTSIDER)
)
"""The roles that somebody may be given."""

DSL_ROLES = frozenset({Role.DSL, Role.DDSL})
"""The DSL and the deputies."""
NO_CHILDREN = frozenset({Role.GOVERNOR, Role.CHAIR_OF_GOVERNORS, Role.TRUST_READER, Role.ADMINISTRATOR})
"""Whoever holds none but these plans no visit and reads no child's record. What they report is taken (law 1)."""

STAFF = "staff"
"""The role word of everybody at the school but those who hold none but `NO_CHILDREN`."""
NO_ROLE = "no_role"
"""Stands beside the name of somebody on the staff who holds none."""
ANYBODY = "anybody"
"""The role word of everybody whom the school knows."""
HERE = "here"
"""The role word of everybody who has not left, whatever they do here."""


def works_with_children(held: Collection["Role"]) -> bool:
    """Whether somebody holding these roles counts as `STAFF`; somebody with none yet does."""
    return not held or not (NO_CHILDREN | {Role.FRONT_DESK}).issuperset(held)


_COUNTS_AS: dict[str, frozenset[Role]] = {
    # A policy's word -> who may act under it. The head is a member of SLT everywhere.
    "headteacher": frozenset({Role.HEADTEACHER}),
    "head_of_school": frozenset({Role.HEADTEACHER}),
    "SLT": frozenset({Role.SLT, Role.HEADTEACHER}),
    "senior_staff": frozenset({Role.SLT, Role.HEADTEACHER, Role.DSL}),
    "relevant_senior_leader": frozenset({Role.SLT, Role.HEADTEACHER}),
    "DSL": frozenset({Role.DSL}),
    "DDSL": frozenset({Role.DDSL}),
    "DSL|DDSL": frozenset({Role.DSL, Role.DDSL}),
    "safeguarding_team": frozenset({Role.DSL, Role.DDSL, Role.SAFEGUARDING_TEAM}),
    "appropriate_staff": frozenset({Role.DSL, Role.DDSL, Role.SAFEGUARDING_TEAM}),
    "attendance_officer": frozenset({Role.ATTENDANCE_OFFICER}),
    "attendance_assistant": frozenset({Role.ATTENDANCE_ASSISTANT}),
    "school_office": frozenset({Role.SCHOOL_OFFICE, Role.OFFICE_MANAGER}),
    "front_office": frozenset({Role.SCHOOL_OFFICE, Role.OFFICE_MANAGER}),
    "reception": frozenset({Role.SCHOOL_OFFICE, Role.OFFICE_MANAGER}),
    "school": frozenset({Role.SCHOOL_OFFICE, Role.OFFICE_MANAGER}),
    "office_manager": frozenset({Role.OFFICE_MANAGER}),
    "school_business_manager": frozenset({Role.BUSINESS_MANAGER}),
    "line_manager": frozenset({Role.LINE_MANAGER, Role.HEADTEACHER, Role.SLT}),
    "governor": frozenset({Role.GOVERNOR, Role.CHAIR_OF_GOVERNORS}),
    "chair_of_governors": frozenset({Role.CHAIR_OF_GOVERNORS}),
    "administrator": frozenset({Role.ADMINISTRATOR}),
    "trust_reader": frozenset({Role.TRUST_READER}),
    "wall_board": frozenset({Role.WALL_BOARD}),
    "outsider": frozenset({Role.OUTSIDER}),
    "front_desk": frozenset({Role.FRONT_DESK}),
}

_ON_SCREEN: dict[str, str] = {
    "headteacher": "the headteacher",
    "head_of_school": "the Head of School",
    "SLT": "a member of SLT",
    "senior_staff": "a member of senior staff",
    "DSL": "the DSL",
    "DDSL": "a deputy DSL",
    "DSL|DDSL": "the DSL or a deputy",
    "safeguarding_team": "the safeguarding team",
    "attendance_officer": "the attendance officer",
    "attendance_assistant": "the attendance assistant",
    "school_office": "the school office",
    "front_office": "the front office",
    "reception": "Reception",
    "team": "the team",
    "visiting_staff": "whoever is going",
    "office_manager": "the office manager",
    "school_business_manager": "the school business manager",
    "line_manager": "the line manager",
    "local_authority": "the local authority",
    "relevant_local_authority": "the child's local authority",
    "family": "the family",
    "governor": "a governor",
    "chair_of_governors": "the chair of governors",
    "administrator": "an administrator",
    "trust_reader": "a trust reader",
    "wall_board": "a screen that is signed in as a wall board",
    "outsider": "a DSL of another school in an emergency",
    "front_desk": "the front desk",
    "policy_originator": "the originator of the policy",
    "named_staff": "the member of staff named in the policy",
    STAFF: "any member of staff",
    ANYBODY: "anybody at the school",
    NO_ROLE: "no role here",
    HERE: "anybody who has not left",
}


def who_counts_as(word: str) -> frozenset[Role]:
    """The roles that may act where a policy says `word`; empty where the word names nobody here."""
    return _COUNTS_AS.get(word, frozenset())


def in_words(word: str) -> str:
    """A policy's role word as people in schools say it."""
    return _ON_SCREEN.get(word, word.replace("_", " "))


def any_of(words: Collection[str], say: Callable[[str], str] = in_words) -> str:
    """Any of these role words, each role said once, in a sentence.

    >>> any_of(("DSL|DDSL", "headteacher", "DSL", "DDSL"))
    'the DSL or a deputy or the headteacher'
    """
    said = {part for word in words if "|" in word for part in word.split("|")}
    return " or ".join(dict.fromkeys(say(word) for word in words if word not in said))
