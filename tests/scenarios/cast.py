"""Who is who in every scenario: invented people by role, and invented children."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from domain.ids import PupilId, StaffId
from domain.roles import Role


class Someone(NamedTuple):
    """A member of staff, or somebody from an agency who comes along."""

    id: StaffId
    name: str


class Child(NamedTuple):
    """A pupil."""

    id: PupilId
    name: str


class Cast(NamedTuple):
    """Who joined when a school opened: by the key of their part, and the first child."""

    people: Mapping[str, Someone]
    child: Child


class Part(NamedTuple):
    """Somebody of the cast, before the school knows them."""

    key: str
    name: str
    roles: tuple[Role, ...]
    kind: str = "staff"
    mobile: str | None = "07700 900100"


PARTS: Final = (
    Part("head", "Hilda Head", (Role.HEADTEACHER,)),
    Part("dsl", "Dora Dessel", (Role.DSL,)),
    Part("ddsl", "Dinah Deputy", (Role.DDSL,)),
    Part("slt", "Sam Senior", (Role.SLT,)),
    Part("officer", "Ottoline Officer", (Role.ATTENDANCE_OFFICER,)),
    Part("office", "Fran Front", (Role.SCHOOL_OFFICE,)),
    Part("office_manager", "Max Manager", (Role.OFFICE_MANAGER,)),
    Part("business_manager", "Bea Business", (Role.BUSINESS_MANAGER,)),
    Part("line_manager", "Lena Line", (Role.LINE_MANAGER,)),
    Part("teacher", "Tess Teacher", (Role.TEACHER,)),
    Part("colleague", "Cal Colleague", (Role.TEACHER,)),
    Part("governor", "Gus Governor", (Role.GOVERNOR,)),
    Part("social_worker", "Agnes Agency", (Role.AGENCY_PROFESSIONAL,), kind="agency_professional"),
)
"""Everybody at every school; each holds one role, so that a scenario says which role it is about."""

CHILDREN: Final = ("Alex Apple", "Billie Birch", "Charlie Cherry", "Drew Damson", "Ellis Elder", "Frankie Fig")
STREETS: Final = ("Acorn Road", "Beech Lane", "Cedar Close", "Damson Drive", "Elm Street", "Fir Avenue")
POLICY_OF: Final = {
    "SP": "st_patricks",
    "LJ": "leyland",
    "WL": "william_lilley",
    "NH": "norbury",
    "SC": "scargill",
}
"""The schools' letters in the scenarios, and the policy each one runs on."""
PURPOSE_OF: Final = {
    "st_patricks": "attendance",
    "leyland": "attendance",
    "william_lilley": "attendance",
    "norbury": "attendance",
    "scargill": "safe_and_well",
    "hill_top": "attendance",
}
"""An everyday reason for a visit at each school."""
WELFARE_PURPOSE_OF: Final = {
    "st_patricks": "safeguarding_unseen",
    "leyland": "safe_and_well",
    "william_lilley": "safeguarding",
    "norbury": "safe_and_well",
    "scargill": "safe_and_well",
    "hill_top": "safe_and_well",
}
"""A purpose that counts as safeguarding or welfare at each school."""
