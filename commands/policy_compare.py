"""Two policies beside each other, setting by setting, in words: for a new version of one, and for two schools'."""

from collections.abc import Sequence

import msgspec

from commands.policy_words import PolicyRow, describe
from domain.policy import Policy, Source


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A setting in which two policies differ."""

    before: PolicyRow
    after: PolicyRow

    @property
    def name(self) -> str:
        """The setting's name in a policy file."""
        return self.after.name

    @property
    def label(self) -> str:
        """What a page calls it."""
        return self.after.label

    @property
    def asks_otherwise(self) -> bool:
        """Whether what is asked changes, and not only where it comes from."""
        return _asked(self.before) != _asked(self.after)


class ClauseChanged(msgspec.Struct, frozen=True, kw_only=True):
    """A clause that is new, gone, or in other words."""

    id: str
    before: str
    """What it said; empty for a new one."""
    after: str
    """What it says; empty for one that is gone."""


def compare(before: Policy, after: Policy) -> tuple[Difference, ...]:
    """The settings that differ in value, in how hard they bite or in where they come from, group by group.

    Of two schools' documents the clauses' ids differ everywhere: there, only what comes from a document in the one and
    from Doorstep in the other counts.
    """
    same_document = _letters(before) == _letters(after) or before.key == after.key
    pairs = zip(describe(before), describe(after), strict=True)
    return tuple(
        Difference(before=old, after=new)
        for old, new in pairs
        if _asked(old) != _asked(new) or _whence(old, exact=same_document) != _whence(new, exact=same_document)
    )


def compare_clauses(before: Policy, after: Policy) -> tuple[ClauseChanged, ...]:
    """The clauses that the newer one adds, drops or words otherwise."""
    ids = dict.fromkeys((*before.clauses, *after.clauses))
    pairs = ((id_, _says(before, id_), _says(after, id_)) for id_ in ids)
    return tuple(ClauseChanged(id=id_, before=old, after=new) for id_, old, new in pairs if old != new)


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """One setting as several policies have it."""

    name: str
    label: str
    meaning: str
    group: str
    in_use: bool
    rows: tuple[PolicyRow, ...]
    """In the order of the policies."""
    alike: bool
    """Whether all of them ask the same."""


def side_by_side(policies: Sequence[Policy]) -> tuple[Beside, ...]:
    """Every setting as each of these policies has it; those in which they differ first, each part in the usual order."""
    columns = [describe(policy) for policy in policies]
    found = [
        Beside(
            name=rows[0].name,
            label=rows[0].label,
            meaning=rows[0].meaning,
            group=rows[0].group,
            in_use=rows[0].in_use,
            rows=rows,
            alike=len({_asked(row) for row in rows}) == 1,
        )
        for rows in zip(*columns, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: one.alike))


def _asked(row: PolicyRow) -> tuple[str, str]:
    return row.value, row.force


def _whence(row: PolicyRow, *, exact: bool) -> tuple[object, ...]:
    if exact:
        return row.origin, tuple(clause.id for clause in row.clauses), row.note
    return (row.origin is Source.DEFAULT,)


def _letters(policy: Policy) -> frozenset[str]:
    return frozenset(id_.partition("-")[0] for id_ in policy.clauses)


def _says(policy: Policy, id_: str) -> str:
    clause = policy.clauses.get(id_)
    return clause.says if clause is not None else ""
