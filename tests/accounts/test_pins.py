"""PINs for the front desk: what they may be, how they are kept, and how often they may be tried."""

from datetime import timedelta
from uuid import uuid4

import pytest
from argon2.profiles import CHEAPEST

from accounts.accounts import Accounts
from accounts.allowances import DESK, PINS
from accounts.desks import LASTS, LONGEST, Desk
from accounts.errors import NotAcceptedError, TooManyTriesError
from accounts.hashing import Hasher
from accounts.pin_rules import fault_of
from accounts.pins import MISSES
from accounts.signing_in import check_password
from domain.ids import StaffId
from tests.accounts.people import NOW, PASSWORD, SCHOOL, Someone, place, somebody


def a_desk(accounts: Accounts, school: str = SCHOOL, idle: int = 2) -> tuple[Desk, str]:
    token = accounts.desks.make(StaffId(uuid4()), school, "Main office", idle, StaffId(uuid4()), NOW)
    opened = accounts.desks.open(token, NOW)
    assert opened is not None
    return opened


def someone(accounts: Accounts, pin: str = "7391") -> Someone:
    one = somebody(accounts)
    accounts.pins.put(one.account, pin, NOW)
    return one


@pytest.mark.parametrize("pin", ["7391", "80264", "639174"])
def test_four_to_six_digits_will_do(pin: str) -> None:
    assert fault_of(pin) == ""


@pytest.mark.parametrize("pin", ["", "739", "7391742", "73a1", " 7391", "٧٣٩١", "7391\n"])
def test_nothing_else_is_a_pin(pin: str) -> None:
    assert "four to six digits" in fault_of(pin)


@pytest.mark.parametrize(
    "pin",
    ["0000", "1234", "4321", "5678", "7890", "9012", "1212", "123123", "111111", "2580", "1357", "112233", "98765"],
)
def test_what_is_tried_first_is_refused(pin: str) -> None:
    assert "tried first" in fault_of(pin)


def test_a_pin_is_kept_as_argon2id_of_a_keyed_hash_so_that_the_table_alone_gives_none_away(accounts: Accounts) -> None:
    one = someone(accounts)
    row = accounts.rows.one(
        "SELECT pin_hash FROM doorstep_accounts.desk_pin WHERE account_id = %(account)s", account=one.account
    )
    assert row is not None
    assert row["pin_hash"].startswith("$argon2id$")
    assert not any(Hasher(CHEAPEST).fits(row["pin_hash"], guess) for guess in ("7391", f"{one.account}7391"))


def test_the_same_pin_of_two_people_is_each_ones_own(accounts: Accounts) -> None:
    desk, _ = a_desk(accounts)
    one, other = someone(accounts), someone(accounts, "6205")
    assert accounts.pins.check(desk, str(one.staff), one.staff, "7391", NOW).id == one.account
    with pytest.raises(NotAcceptedError):
        accounts.pins.check(desk, str(other.staff), other.staff, "7391", NOW)


def test_an_unknown_person_costs_the_work_of_a_wrong_pin_and_gets_the_same_words(accounts: Accounts) -> None:
    counted: list[str] = []

    class Counting(Hasher):
        def fits(self, kept: str | None, password: str) -> bool:
            counted.append("known" if kept else "unknown")
            return super().fits(kept, password)

    watched = Accounts(accounts.rows, accounts.secret, Counting(CHEAPEST))
    desk, _ = a_desk(accounts)
    one, without = someone(accounts), somebody(accounts)
    said = set()
    for typed, staff in ((str(one.staff), one.staff), (str(without.staff), without.staff), ("nobody", None)):
        with pytest.raises(NotAcceptedError) as error:
            watched.pins.check(desk, typed, staff, "0001", NOW)
        said.add(str(error.value))
    assert counted == ["known", "unknown", "unknown"]
    assert len(said) == 1


def test_a_pin_of_another_school_opens_no_desk_here(accounts: Accounts) -> None:
    desk, _ = a_desk(accounts, "elm_park")
    one = someone(accounts)
    with pytest.raises(NotAcceptedError):
        accounts.pins.check(desk, str(one.staff), one.staff, "7391", NOW)


def test_few_tries_are_looked_at_for_one_person_known_or_not_and_nobody_is_locked_out_of_more_than_the_desk(
    accounts: Accounts,
) -> None:
    desk, _ = a_desk(accounts)
    one, other = someone(accounts), someone(accounts, "6205")
    nobody = StaffId(uuid4())
    for staff in (one.staff, nobody):
        for _ in range(PINS[0].amount):
            with pytest.raises(NotAcceptedError):
                accounts.pins.check(desk, str(staff), staff, "0001", NOW)
        with pytest.raises(TooManyTriesError, match="sign in by yourself"):
            accounts.pins.check(desk, str(staff), staff, "7391", NOW)
    assert accounts.pins.check(desk, str(other.staff), other.staff, "6205", NOW).id == other.account
    assert check_password(accounts, one.name, PASSWORD, place("192.0.2.77"), NOW).id == one.account
    later = NOW + timedelta(minutes=16)
    assert accounts.pins.check(desk, str(one.staff), one.staff, "7391", later).id == one.account


def test_a_desk_has_its_own_allowance_for_anybody(accounts: Accounts) -> None:
    desk, _ = a_desk(accounts)
    for _ in range(DESK[0].amount):
        with pytest.raises(NotAcceptedError):
            accounts.pins.check(desk, str(uuid4()), None, "0001", NOW)
    one = someone(accounts)
    with pytest.raises(TooManyTriesError):
        accounts.pins.check(desk, str(one.staff), one.staff, "7391", NOW)
    other, _ = a_desk(accounts)
    assert accounts.pins.check(other, str(one.staff), one.staff, "7391", NOW).id == one.account


def test_right_ones_cost_nothing(accounts: Accounts) -> None:
    desk, _ = a_desk(accounts)
    one = someone(accounts)
    for _ in range(DESK[0].amount + 5):
        accounts.pins.check(desk, str(one.staff), one.staff, "7391", NOW)


def test_after_twenty_wrong_tries_in_a_row_a_pin_waits_for_its_person_to_set_another(accounts: Accounts) -> None:
    desk, _ = a_desk(accounts)
    one, now = someone(accounts), NOW
    for _ in range(MISSES):
        now += timedelta(minutes=16)
        with pytest.raises(NotAcceptedError):
            accounts.pins.check(desk, str(one.staff), one.staff, "0001", now)
    now += timedelta(days=1)
    assert accounts.pins.state(one.account) is False
    with pytest.raises(NotAcceptedError):
        accounts.pins.check(desk, str(one.staff), one.staff, "7391", now)
    accounts.pins.put(one.account, "6205", now)
    assert accounts.pins.check(desk, str(one.staff), one.staff, "6205", now).id == one.account


def test_a_right_one_begins_the_count_anew(accounts: Accounts) -> None:
    desk, _ = a_desk(accounts)
    one, now = someone(accounts), NOW
    for number in range(MISSES + 10):
        now += timedelta(hours=1)
        if number % 15 == 14:
            accounts.pins.check(desk, str(one.staff), one.staff, "7391", now)
        else:
            with pytest.raises(NotAcceptedError):
                accounts.pins.check(desk, str(one.staff), one.staff, "0001", now)
    assert accounts.pins.state(one.account) is True


def test_somebody_acts_at_the_desk_they_typed_at_until_the_next_one_does(accounts: Accounts) -> None:
    desk, _ = a_desk(accounts)
    other, _ = a_desk(accounts)
    one, two = someone(accounts), someone(accounts, "6205")
    first = accounts.desks.act(desk, one.account, one.staff, NOW)
    found = accounts.desks.acting(desk, first)
    assert found is not None
    assert found.staff == one.staff
    assert accounts.desks.acting(other, first) is None
    second = accounts.desks.act(desk, two.account, two.staff, NOW)
    assert accounts.desks.acting(desk, first) is None
    assert accounts.desks.acting(desk, second) is not None
    accounts.desks.end(desk.id, SCHOOL, NOW)
    assert accounts.desks.acting(desk, second) is None


def test_two_minutes_unused_or_an_hour_in_all_are_over(accounts: Accounts) -> None:
    desk, _ = a_desk(accounts)
    one = someone(accounts)
    identifier = accounts.desks.act(desk, one.account, one.staff, NOW)
    at = accounts.desks.acting(desk, identifier)
    assert at is not None
    assert not at.over(desk, NOW + timedelta(seconds=119))
    assert at.over(desk, NOW + timedelta(seconds=120))
    accounts.desks.used(identifier, at, NOW + LONGEST - timedelta(seconds=1))
    busy = accounts.desks.acting(desk, identifier)
    assert busy is not None
    assert not busy.over(desk, NOW + LONGEST - timedelta(seconds=1))
    assert busy.over(desk, NOW + LONGEST)


def test_a_link_is_opened_once_and_what_the_device_holds_is_kept_as_a_hash(accounts: Accounts) -> None:
    token = accounts.desks.make(StaffId(uuid4()), SCHOOL, "Main office", 2, StaffId(uuid4()), NOW)
    opened = accounts.desks.open(token, NOW)
    assert opened is not None
    assert accounts.desks.open(token, NOW) is None
    assert accounts.desks.find(token, NOW) is None, "the link itself is no device"
    assert accounts.desks.find(opened[1], NOW) is not None
    kept = accounts.rows.one("SELECT token_hash FROM doorstep_accounts.desk WHERE desk_id = %(id)s", id=opened[0].id)
    assert kept is not None
    assert opened[1].encode() not in bytes(kept["token_hash"])


def test_a_device_stays_a_desk_for_more_than_a_year_and_not_for_ever(accounts: Accounts) -> None:
    _, held = a_desk(accounts)
    assert accounts.desks.find(held, NOW + LASTS - timedelta(seconds=1)) is not None
    assert accounts.desks.find(held, NOW + LASTS) is None
