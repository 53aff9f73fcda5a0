"""The five invented schools, and how often each goes on visits."""

from typing import Final, NamedTuple

TRUST: Final = "Alderwater Learning Trust"
"""The trust that the five schools belong to. It does not exist."""


class DemonstrationSchool(NamedTuple):
    """An invented school that runs one of the five real policies."""

    slug: str
    name: str
    policy_key: str
    whose: str
    """Whose policy it is: the real school that wrote it."""
    town: str
    years: tuple[str, ...]
    first_age: int
    """How old a child of the first year is on 31 August before it begins."""
    agency: bool = False
    """Whether a professional from an agency comes along: only where the policy counts one."""

    @property
    def runs(self) -> str:
        """“runs St Patrick's policy”, as pages say it."""
        return f"runs {self.whose} policy"


_PRIMARY = ("Reception", "Year 1", "Year 2", "Year 3", "Year 4", "Year 5", "Year 6")
_INFANT = ("Nursery", "Reception", "Year 1", "Year 2")
_HIGH = ("Year 7", "Year 8", "Year 9", "Year 10", "Year 11")

SCHOOLS: Final = (
    DemonstrationSchool(
        "elmbrook_primary",
        "Elmbrook Primary School",
        "st_patricks",
        whose="St Patrick's",
        town="Elmbrook",
        years=_PRIMARY,
        first_age=4,
    ),
    DemonstrationSchool(
        "tansy_hill_primary",
        "Tansy Hill Primary School",
        "leyland",
        whose="Leyland St James'",
        town="Tansy Hill",
        years=_PRIMARY,
        first_age=4,
    ),
    DemonstrationSchool(
        "copperbeck_infant",
        "Copperbeck Infant and Nursery School",
        "william_lilley",
        whose="William Lilley",
        town="Copperbeck",
        years=_INFANT,
        first_age=3,
        agency=True,
    ),
    DemonstrationSchool(
        "larkmoor_high",
        "Larkmoor High School",
        "norbury",
        whose="Norbury High",
        town="Larkmoor",
        years=_HIGH,
        first_age=11,
        agency=True,
    ),
    DemonstrationSchool(
        "quillbrook_primary",
        "Quillbrook Primary School",
        "scargill",
        whose="Scargill",
        town="Quillbrook",
        years=_PRIMARY,
        first_age=4,
    ),
)
