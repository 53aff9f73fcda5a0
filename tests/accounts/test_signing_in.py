import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from accounts.accounts import Accounts
from accounts.allowances import STRANGERS
from accounts.errors import NotAcceptedError, SignInError, TooBusyError, TooManyTriesError
from accounts.hashing import AT_ONCE, WAITING, Hasher
from accounts.one_time import hash_of
from accounts.signing_in import begin, begin_half, check_code, check_password
from tests.accounts.people import NOW, PASSWORD, place, somebody

T = TypeVar("T")


def test_name_and_password_that_fit_are_accepted_whichever_way_the_name_is_written(accounts: Accounts) -> None:
    one = somebody(accounts)
    assert check_password(accounts, f"  {one.name.upper()} ", PASSWORD, place(), NOW).id == one.account


def test_a_wrong_name_and_a_wrong_password_are_answered_in_the_same_words(accounts: Accounts) -> None:
    one = somebody(accounts)
    with pytest.raises(NotAcceptedError) as password:
        check_password(accounts, one.name, "quite another one", place(), NOW)
    with pytest.raises(NotAcceptedError) as name:
        check_password(accounts, "nobody@example.org", PASSWORD, place(), NOW)
    assert str(password.value) == str(name.value)


def test_a_wrong_name_costs_as_much_work_as_a_wrong_password(accounts: Accounts) -> None:
    counted: list[str] = []

    class Counting(Hasher):
        def fits(self, kept: str | None, password: str) -> bool:
            counted.append("known" if kept else "unknown")
            return super().fits(kept, password)

    watched = Accounts(accounts.rows, accounts.secret, Counting(CHEAPEST))
    one = somebody(accounts)
    for name in (one.name, "nobody.else@example.org"):
        with pytest.raises(NotAcceptedError):
            check_password(watched, name, "quite another one", place("192.0.2.8"), NOW)
    assert counted == ["known", "unknown"]


def test_of_a_million_guesses_a_day_no_more_than_thirty_are_looked_at(accounts: Accounts) -> None:
    one = somebody(accounts)
    looked_at = 0
    now = NOW
    for guess in range(1_000):
        now += timedelta(seconds=86)
        try:
            check_password(accounts, one.name, f"guess number {guess}", place(f"198.51.100.{guess % 200}"), now)
        except TooManyTriesError:
            continue
        except NotAcceptedError:
            looked_at += 1
    assert looked_at <= max(item.amount for item in STRANGERS)
    # The sum: thirty a day are ninety-one years for a million.


def test_a_name_that_nobody_has_runs_out_of_tries_as_one_that_somebody_has(accounts: Accounts) -> None:
    one = somebody(accounts)

    def answers(name: str) -> list[str]:
        return [
            str(_refused(lambda: check_password(accounts, name, "wrong", place("192.0.2.9"), NOW))) for _ in range(9)
        ]

    assert answers(one.name) == answers("somebody.not.here@example.org")


def test_a_stranger_cannot_lock_somebody_out_of_the_device_that_they_always_use(accounts: Accounts) -> None:
    one = somebody(accounts)
    begin(accounts, one.account, place(device="their own browser"), {}, NOW, second=True)
    for _ in range(50):
        _refused(lambda: check_password(accounts, one.name, "wrong", place(), NOW))
    with pytest.raises(TooManyTriesError):
        check_password(accounts, one.name, PASSWORD, place("203.0.113.5"), NOW)
    assert check_password(accounts, one.name, PASSWORD, place(device="their own browser"), NOW).id == one.account


def test_the_known_device_has_an_allowance_too(accounts: Accounts) -> None:
    one = somebody(accounts)
    begin(accounts, one.account, place(device="stolen"), {}, NOW, second=True)
    refusals = [
        _refused(lambda: check_password(accounts, one.name, "x", place(device="stolen"), NOW)) for _ in range(12)
    ]
    assert isinstance(refusals[-1], TooManyTriesError)


def test_signing_in_rightly_costs_nothing(accounts: Accounts) -> None:
    one = somebody(accounts)
    for _ in range(20):
        check_password(accounts, one.name, PASSWORD, place("192.0.2.10"), NOW)


def test_a_hundred_tries_at_the_same_moment_count_as_a_hundred(accounts: Accounts) -> None:
    one = somebody(accounts)
    looked_at: list[int] = []

    def guess(number: int) -> None:
        try:
            check_password(accounts, one.name, f"guess {number}", place("192.0.2.11"), NOW)
        except NotAcceptedError:
            looked_at.append(number)
        except SignInError:
            pass

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) <= STRANGERS[0].amount


def test_a_code_of_the_app_is_accepted_once(accounts: Accounts) -> None:
    one = somebody(accounts)
    assert check_code(accounts, one.account, one.code(NOW), NOW)
    with pytest.raises(NotAcceptedError):
        check_code(accounts, one.account, one.code(NOW), NOW)
    with pytest.raises(NotAcceptedError):
        check_code(accounts, one.account, one.code(NOW - timedelta(seconds=30)), NOW)
    later = NOW + timedelta(seconds=30)
    assert check_code(accounts, one.account, one.code(later), later)


def test_a_code_typed_with_a_space_half_a_minute_late_is_accepted(accounts: Accounts) -> None:
    one = somebody(accounts)
    shown = one.code(NOW)
    assert check_code(accounts, one.account, f"{shown[:3]} {shown[3:]}", NOW + timedelta(seconds=30))


def test_a_code_from_long_ago_is_not_accepted(accounts: Accounts) -> None:
    one = somebody(accounts)
    with pytest.raises(NotAcceptedError):
        check_code(accounts, one.account, one.code(NOW), NOW + timedelta(minutes=2))


def test_each_printed_code_works_once_however_it_is_typed(accounts: Accounts) -> None:
    one = somebody(accounts)
    assert len(one.codes) == 10
    assert not check_code(accounts, one.account, one.codes[3].upper().replace("-", " "), NOW)
    with pytest.raises(NotAcceptedError):
        check_code(accounts, one.account, one.codes[3], NOW)
    assert accounts.people.codes_left(one.account) == 9


def test_a_printed_code_of_one_account_is_nothing_for_another(accounts: Accounts) -> None:
    one, another = somebody(accounts), somebody(accounts)
    with pytest.raises(NotAcceptedError):
        check_code(accounts, another.account, one.codes[0], NOW)


def test_codes_cannot_be_tried_out(accounts: Accounts) -> None:
    one = somebody(accounts)
    refusals = [_refused(lambda: check_code(accounts, one.account, "000000", NOW)) for _ in range(8)]
    assert isinstance(refusals[-1], TooManyTriesError)
    with pytest.raises(TooManyTriesError):
        check_code(accounts, one.account, one.code(NOW), NOW)


def test_a_password_is_hashed_anew_when_the_parameters_are_others(accounts: Accounts) -> None:
    one = somebody(accounts)
    stronger = Accounts(
        accounts.rows, accounts.secret, Hasher(PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)._parameters)
    )
    check_password(stronger, one.name, PASSWORD, place(), NOW)
    account = accounts.people.get(one.account)
    assert account is not None
    assert "m=64,t=2,p=1" in account.password_hash
    assert check_password(stronger, one.name, PASSWORD, place(), NOW).id == one.account


def test_a_flood_of_sign_ins_is_turned_away_before_it_takes_memory() -> None:
    hasher = Hasher(CHEAPEST)
    kept = hasher.hash(PASSWORD)
    for _ in range(AT_ONCE):
        hasher._running.acquire()
    waiting = [threading.Thread(target=hasher.fits, args=(kept, "x")) for _ in range(AT_ONCE + WAITING)]
    for thread in waiting:
        thread.start()
    while hasher._places._value:
        pass
    with pytest.raises(TooBusyError):
        hasher.fits(kept, PASSWORD)
    hasher._running.release(AT_ONCE)
    for thread in waiting:
        thread.join()
    assert hasher.fits(kept, PASSWORD)


def test_an_identifier_is_another_one_after_each_step_and_kept_nowhere(accounts: Accounts) -> None:
    one = somebody(accounts)
    account = accounts.people.get(one.account)
    assert account is not None
    half = begin_half(accounts, account, place(), NOW)
    session = accounts.sessions.find(half, NOW)
    assert session is not None
    assert session.half
    whole = begin(accounts, one.account, place(), {}, NOW, second=True, before=session)
    assert whole != half
    assert accounts.sessions.find(half, NOW) is None
    kept = accounts.rows.all(
        "SELECT identifier_hash FROM doorstep_accounts.session WHERE account_id = %(a)s", a=one.account
    )
    assert hash_of(whole) in {bytes(row["identifier_hash"]) for row in kept}
    assert whole not in str(kept)


def _refused(do: Callable[[], T]) -> SignInError:
    try:
        do()
    except SignInError as error:
        return error
    message = "it was accepted"
    raise AssertionError(message)
