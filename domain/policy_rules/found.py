"""How a rule about settings says what it found."""

from collections.abc import Iterator

import msgspec

from domain.policy import Policy, Source


class Contradiction(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a school's settings say and that cannot hold."""

    settings: tuple[str, ...]
    """The names of the settings: two that contradict each other, or one that does so by itself."""
    why: str

    def in_words(self, policy: Policy) -> str:
        """The sentence that names the settings and their clauses.

        "lone_visit (HT-03) and with_pupil (HT-09) cannot both hold: ..."
        """
        named = " and ".join(f"{name} ({where_from(policy, name)})" for name in self.settings)
        return f"{named} cannot {'both ' if len(self.settings) > 1 else ''}hold: {self.why}"


Found = Iterator[Contradiction]


def one(name: str, why: str) -> Contradiction:
    """A setting that cannot hold by itself."""
    return Contradiction(settings=(name,), why=why)


def two(first: str, second: str, why: str) -> Contradiction:
    """Two settings that cannot both hold."""
    return Contradiction(settings=(first, second), why=why)


def where_from(policy: Policy, name: str) -> str:
    """The clauses behind a setting, or that it is Doorstep's default."""
    setting = policy.setting(name)
    return "Doorstep's default" if setting.source is Source.DEFAULT else ", ".join(setting.clauses)


def said(policy: Policy, name: str) -> bool:
    """Whether the school's own document gives this setting."""
    return policy.setting(name).source is not Source.DEFAULT
