"""How the domain says no: with everything that is still needed, from which clause, and who can meet it."""

import msgspec

from domain.policy import Force, Source


class Requirement(msgspec.Struct, frozen=True, kw_only=True):
    """Something a plan still needs."""

    code: str
    """Stable name, dotted: `approval.headteacher`. Reasons for a `should` are given under it."""
    says: str
    """The sentence a head teacher reads."""
    force: Force
    source: Source
    setting: str
    """The setting it comes from."""
    clauses: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    """Who can meet it, in words: "the headteacher"."""

    @property
    def refuses(self) -> bool:
        """Whether the plan is turned down while this is unmet and no reason is given."""
        return self.force is not Force.ADVISE


class Refused(Exception):  # noqa: N818 - the glossary's word; an exception is how it travels
    """The plan does not meet the school's policy yet. `unmet` lists all that is still needed."""

    def __init__(self, unmet: tuple[Requirement, ...]) -> None:
        """Keep the requirements; the message holds codes only, never personal data."""
        super().__init__(", ".join(requirement.code for requirement in unmet))
        self.unmet = unmet


class Incomplete(Exception):  # noqa: N818 - see Refused
    """A plan or closing that cannot be read: which field, what was expected, and what to do."""

    def __init__(self, field: str, expected: str) -> None:
        """Keep the field's name and the expectation, both free of personal data."""
        super().__init__(f"{field}: {expected}")
        self.field = field
        self.expected = expected


class NotPermitted(Exception):  # noqa: N818 - see Refused
    """The person's role does not allow this; `says` names who may."""

    def __init__(self, says: str) -> None:
        """Keep the sentence shown to the person."""
        super().__init__(says)
        self.says = says


class Unknown(Exception):  # noqa: N818 - see Refused
    """No such visit, trip, person or concern at this school."""

    def __init__(self, kind: str) -> None:
        """Keep the kind of thing that is unknown, not its id's meaning."""
        super().__init__(f"unknown {kind}")
        self.kind = kind
