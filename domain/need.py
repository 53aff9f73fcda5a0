"""How a rule words what it wants: a requirement for a plan, a deviation beside a fact."""

from msgspec.structs import replace

from domain.policy import Force, Policy, Source
from domain.refusal import Requirement
from domain.roles import in_words
from domain.shared.events import DeviationNoted


def need(
    policy: Policy,
    setting: str,
    code: str,
    says: str,
    *,
    who: tuple[str, ...] = (),
    clauses: tuple[str, ...] | None = None,
    force: Force | None = None,
    key: str = "",
) -> Requirement:
    """A requirement that comes from one setting. `clauses` narrows to those that say just this, where there are some.

    `key` names the part of a map setting that asks for it: where the document is silent on that part, it is
    Doorstep's default that asks: it advises unless `force` says more, and no clause is cited. A school whose own clauses
    have none of these ids cites all that the setting names.
    """
    rule = policy.setting(setting)
    cited = rule.clauses if clauses is None else tuple(c for c in clauses if c in rule.clauses)
    if not cited and rule.source is not Source.DEFAULT:
        cited = rule.clauses  # A document of a school's own has none of the five's ids: it says it with its own.
    if key in rule.silent:
        rule, cited = replace(rule, source=Source.DEFAULT, force=Force.ADVISE), ()
    return Requirement(
        code=code,
        says=says,
        force=force or rule.force,
        source=rule.source,
        setting=setting,
        clauses=cited,
        who=tuple(in_words(word) for word in who),
    )


def deviation(
    policy: Policy,
    setting: str,
    rule: str,
    says: str,
    *,
    about: str,
    clauses: tuple[str, ...] | None = None,
    key: str = "",
) -> DeviationNoted:
    """A deviation from one setting: "not as policy", or "Doorstep advice not followed" where it is silent.

    `key` names the part of a map setting that was not followed, where the document may be silent on that part.
    """
    found = policy.setting(setting)
    source = Source.DEFAULT if key in found.silent else found.source
    cited = found.clauses if clauses is None else tuple(c for c in clauses if c in found.clauses) or found.clauses
    return DeviationNoted(
        rule=rule,
        says=says,
        source=source,
        about_topic=about,
        clauses=() if source is Source.DEFAULT else cited,
    )


def always_on(policy: Policy, *clauses: str) -> tuple[str, ...]:
    """Those of these clauses that the school's document has: they hold whatever its settings say."""
    return tuple(c for c in clauses if c in policy.clauses)


def always(code: str, says: str, *, who: tuple[str, ...] = (), setting: str = "") -> Requirement:
    """A requirement that no policy can waive: the plan would make no sense without it."""
    return Requirement(
        code=code,
        says=says,
        force=Force.MUST,
        source=Source.DEFAULT,
        setting=setting,
        who=tuple(in_words(word) for word in who),
    )


def advice(code: str, says: str, *, who: tuple[str, ...] = (), setting: str = "") -> Requirement:
    """Doorstep's own advice: it warns and never refuses (law 3)."""
    return Requirement(
        code=code,
        says=says,
        force=Force.ADVISE,
        source=Source.DEFAULT,
        setting=setting,
        who=tuple(in_words(word) for word in who),
    )
