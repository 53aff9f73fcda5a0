from datetime import timedelta

import pytest

from accounts.accounts import Accounts
from accounts.rules import HALF_SIGNED_IN, LIMITS, STILL_ANSWERED, is_over, limits_of, needs_second_factor
from accounts.signing_in import begin, begin_half
from domain.roles import HELD_BY_PEOPLE, Role
from tests.accounts.people import NOW, place, somebody


def test_every_role_that_somebody_may_hold_has_limits() -> None:
    assert set(LIMITS) == set(HELD_BY_PEOPLE)


def test_the_strictest_role_says_how_long_a_session_lasts() -> None:
    both = limits_of((Role.TEACHER, Role.ADMINISTRATOR))
    assert both == LIMITS[Role.ADMINISTRATOR]
    assert limits_of(()) == LIMITS[Role.TEACHER]


def test_only_those_who_never_see_a_child_sign_in_by_a_password_alone() -> None:
    assert [role for role in HELD_BY_PEOPLE if not needs_second_factor((role,))] == [Role.GOVERNOR, Role.TRUST_READER]
    assert needs_second_factor((Role.GOVERNOR, Role.TEACHER))
    assert needs_second_factor(())


def test_a_session_ends_when_it_is_not_used_and_in_any_case() -> None:
    limits = LIMITS[Role.DSL]
    assert not is_over(limits, began_at=NOW, seen_at=NOW, now=NOW + limits.idle - timedelta(seconds=1))
    assert is_over(limits, began_at=NOW, seen_at=NOW, now=NOW + limits.idle)
    late = NOW + limits.absolute
    assert is_over(limits, began_at=NOW, seen_at=late - timedelta(seconds=1), now=late)


def test_half_a_session_lasts_ten_minutes(accounts: Accounts) -> None:
    one = somebody(accounts)
    account = accounts.people.get(one.account)
    assert account is not None
    half = begin_half(accounts, account, place(), NOW)
    assert accounts.sessions.find(half, NOW + HALF_SIGNED_IN - timedelta(seconds=1)) is not None
    assert accounts.sessions.find(half, NOW + HALF_SIGNED_IN) is None


def test_who_signed_out_is_signed_out_and_everywhere_means_everywhere(accounts: Accounts) -> None:
    one = somebody(accounts)
    first, second, third = (begin(accounts, one.account, place(), {}, NOW, second=True) for _ in range(3))
    session = accounts.sessions.find(first, NOW)
    assert session is not None
    accounts.sessions.end(session.id, NOW)
    assert accounts.sessions.find(first, NOW) is None
    assert accounts.sessions.end_all(one.account, NOW) == 2
    assert accounts.sessions.find(second, NOW) is None
    assert accounts.sessions.find(third, NOW) is None


def test_another_role_means_another_identifier_and_the_old_one_ends_a_minute_later(accounts: Accounts) -> None:
    one = somebody(accounts)
    old = begin(accounts, one.account, place(), {"beckside": "teacher"}, NOW, second=True)
    session = accounts.sessions.find(old, NOW)
    assert session is not None
    new = accounts.sessions.rotate(session, {"beckside": "DSL"}, NOW)
    assert new is not None
    assert accounts.sessions.rotate(session, {"beckside": "DSL"}, NOW) is None, (
        "two requests at once: one of them does it"
    )
    under_way = accounts.sessions.find(old, NOW + STILL_ANSWERED / 2)
    assert under_way is not None
    assert under_way.by_old_identifier
    assert accounts.sessions.find(old, NOW + STILL_ANSWERED) is None
    now = accounts.sessions.find(new, NOW)
    assert now is not None
    assert now.roles == {"beckside": "DSL"}


@pytest.mark.parametrize("identifier", ["", "x", "0" * 43])
def test_an_identifier_that_was_never_given_opens_nothing(accounts: Accounts, identifier: str) -> None:
    assert accounts.sessions.find(identifier, NOW) is None
