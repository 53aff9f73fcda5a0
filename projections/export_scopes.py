"""Whether a school's settings ask for a record: those in force when it happened decide (DV-03). Pure.

The settings may change, and be adopted for a day that is past; the rows do not say, so that none has to be written anew.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from projections.directory import Directory
from projections.export_records import CONCERN_AROSE
from projections.export_shapes import Due
from projections.visit_stages import microseconds

_EVER = 2**62
"""Later than every instant, in microseconds; its negative is earlier."""


class Scope(NamedTuple):
    """The setting `record_scope` from one instant, in microseconds since 1970, until before another."""

    begins: int
    ends: int
    named: tuple[str, ...]
    """As the settings name its parts, in their order."""

    @property
    def always(self) -> bool:
        """Whether it is the only one there ever was."""
        return (self.begins, self.ends) == (-_EVER, _EVER)

    @property
    def parts(self) -> list[str]:
        """What it asks for: a school that names purposes has visits enter when a concern arises (WL-40)."""
        purposes = any(part.startswith("purpose:") for part in self.named)
        return [*self.named, CONCERN_AROSE] if purposes and "concerns" in self.named else [*self.named]

    def why(self, due: Due) -> str:
        """The part that asks for a record that happened under it; "" where none does."""
        parts = set(self.parts)
        if not self.begins <= due.judged < self.ends or not parts & set(due.asks) or parts & set(due.unless):
            return ""
        in_order = due.asks if due.kind == "concern" else self.named
        return next((part for part in in_order if part in due.asks and part in self.named), "concerns")


def scopes_of(known: Directory) -> tuple[Scope, ...]:
    """The scopes one after another, without a gap; settings that ask for the same as those before make no new one."""
    starts = [microseconds(policy.effective_from) for policy in known.policies]
    found: list[Scope] = []
    for place, (begins, ends) in enumerate(pairwise((*starts, _EVER))):
        named = tuple(known.policies[place].value("record_scope"))
        if place == 0:
            begins = -_EVER  # noqa: PLW2901 - what happened before the first settings is judged by them
        if found and found[-1].named == named:
            found[-1] = found[-1]._replace(ends=ends)
        elif begins < ends:
            found.append(Scope(begins, ends, named))
    return tuple(found)


def why(scopes: Iterable[Scope], due: Due) -> str:
    """The part of the scope that asks for a record; "" where none does."""
    return next((found for scope in scopes if (found := scope.why(due))), "")
