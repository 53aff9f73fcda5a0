"""A school's policy as the rules read it: 63 settings, each with where its value comes from."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class Source(StrEnum):
    """Where a setting's value comes from, shown on every screen that shows the value."""

    CLAUSE = "clause"
    """The school's own document says so."""
    READING = "reading"
    """Our reading of the document, to be confirmed by the school."""
    DEFAULT = "default"
    """The document is silent: Doorstep's default, which advises (four defaults excepted)."""


class Force(StrEnum):
    """How hard a requirement bites when a plan does not meet it."""

    MUST = "must"
    """Refuses the plan."""
    SHOULD = "should"
    """Refuses the plan until it is met or a reason is recorded."""
    ADVISE = "advise"
    """Warns only."""


class SettingType(StrEnum):
    """The types a setting's value may have."""

    MAP = "map"
    LIST = "list"
    ANY_OF_LISTS = "list of any-of lists"
    ENUM = "enum"
    INT = "int"
    BOOL = "bool"
    TEXT = "text"


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """One clause of a school's own policy document, in our words."""

    id: str
    says: str
    force: str
    """must, should or may, as the document words it."""
    lines: tuple[int, ...] = ()
    """Line numbers in the school's document; empty for what is ours (`DV-..`)."""
    reading: str = ""
    """How the school reads it, where its own file says so; how we read the five documents lies beside their clauses."""


class SettingRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a setting is: the same for every school."""

    name: str
    type: SettingType
    meaning: str
    group: str
    default: Any
    default_reason: str
    allowed: tuple[str, ...] = ()
    in_use: bool
    """Whether a rule of this release reads it; the others are shown and follow later."""
    default_refuses: bool = False
    """True for the four defaults that refuse: approval, second person, mobile number, whereabouts."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting of one school: its value, and where that comes from."""

    name: str
    value: Any
    source: Source
    force: Force
    clauses: tuple[str, ...] = ()
    """Clause ids of this school that the value comes from; `DV-..` ids mark Doorstep's own."""
    note: str = ""
    silent: tuple[str, ...] = ()
    """Keys of a map on which the document is silent: Doorstep's default fills them in, and advises."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A school's settings, all 63, at one version."""

    key: str
    """Which policy this is: st_patricks, leyland, william_lilley, norbury, scargill, or the school's own word for its own."""
    title: str
    """Whose policy it is, as the page says it."""
    version: int
    """0 in a policy file; the school's own count once adopted."""
    effective_from: datetime | None = None
    settings: Mapping[str, Setting]
    clauses: Mapping[str, Clause]
    """The clauses of this school, and Doorstep's own `DV-..` ones."""
    own: Mapping[str, Clause] = {}
    """Those of them that came in the school's own file."""

    def setting(self, name: str) -> Setting:
        """The named setting. Raises KeyError for a name that is not one of the 63."""
        return self.settings[name]

    def value(self, name: str) -> Any:
        """The value of the named setting."""
        return self.settings[name].value
