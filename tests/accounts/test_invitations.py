from datetime import timedelta
from uuid import uuid4

import pyotp
import pytest
from psycopg.errors import InsufficientPrivilege

from accounts import enrolling
from accounts.accounts import Accounts
from accounts.enrolling import ChoiceRefusedError
from accounts.errors import InvitationUnusableError, NotAcceptedError
from accounts.people import forget
from accounts.restorings import NotTwoPeopleError
from accounts.secret import open_secret, wrap_anew
from accounts.shapes import Purpose
from accounts.signing_in import begin, check_password
from domain.ids import StaffId
from eventlog.keys.rotation import rotate
from eventlog.store import Store
from tests.accounts.people import NOW, PASSWORD, SCHOOL, place, somebody


def test_an_invitation_works_once(accounts: Accounts) -> None:
    staff = StaffId(uuid4())
    token = accounts.invitations.make(Purpose.INVITE, NOW, school=SCHOOL, staff=staff, name=f"{staff}@example.org")
    enrolling.choose(accounts, accounts.invitations.find(token, NOW), "", PASSWORD, ())
    invitation = accounts.invitations.find(token, NOW)
    code = pyotp.TOTP(enrolling.secret_of(accounts, invitation)).at(NOW)
    enrolling.finish(accounts, invitation, code, {SCHOOL: staff}, NOW)
    with pytest.raises(InvitationUnusableError):
        accounts.invitations.find(token, NOW)
    with pytest.raises(InvitationUnusableError):
        enrolling.finish(accounts, invitation, code, {SCHOOL: staff}, NOW)


def test_an_invitation_expires_and_a_newer_one_takes_its_place(accounts: Accounts) -> None:
    staff = StaffId(uuid4())
    old = accounts.invitations.make(Purpose.INVITE, NOW, school=SCHOOL, staff=staff)
    new = accounts.invitations.make(Purpose.INVITE, NOW, school=SCHOOL, staff=staff)
    with pytest.raises(InvitationUnusableError):
        accounts.invitations.find(old, NOW)
    assert staff in accounts.invitations.waiting(SCHOOL, NOW)
    with pytest.raises(InvitationUnusableError):
        accounts.invitations.find(new, NOW + timedelta(days=7))


def test_a_wrong_code_makes_no_account_and_the_invitation_stays(accounts: Accounts) -> None:
    staff = StaffId(uuid4())
    token = accounts.invitations.make(Purpose.INVITE, NOW, school=SCHOOL, staff=staff, name=f"{staff}@example.org")
    enrolling.choose(accounts, accounts.invitations.find(token, NOW), "", PASSWORD, ())
    with pytest.raises(NotAcceptedError):
        enrolling.finish(accounts, accounts.invitations.find(token, NOW), "000000", {SCHOOL: staff}, NOW)
    assert accounts.people.of_staff(SCHOOL, staff) is None
    assert accounts.invitations.find(token, NOW).staff == staff


@pytest.mark.parametrize("name", ["ab", "two words", "", "a\nb", "x" * 201])
def test_a_name_that_cannot_be_one_is_refused(accounts: Accounts, name: str) -> None:
    token = accounts.invitations.make(Purpose.INVITE, NOW, school=SCHOOL, staff=StaffId(uuid4()))
    with pytest.raises(ChoiceRefusedError) as refused:
        enrolling.choose(accounts, accounts.invitations.find(token, NOW), name, PASSWORD, ())
    assert refused.value.field == "name"


def test_a_name_that_somebody_has_is_refused(accounts: Accounts) -> None:
    one = somebody(accounts)
    token = accounts.invitations.make(Purpose.INVITE, NOW, school=SCHOOL, staff=StaffId(uuid4()))
    with pytest.raises(ChoiceRefusedError):
        enrolling.choose(accounts, accounts.invitations.find(token, NOW), one.name.upper(), PASSWORD, ())


def test_access_restored_is_another_password_another_secret_and_no_open_session(accounts: Accounts) -> None:
    one = somebody(accounts)
    open_one = begin(accounts, one.account, place(device="lost"), {}, NOW, second=True)
    token = accounts.invitations.make(Purpose.RESTORE, NOW, school=SCHOOL, staff=one.staff)
    enrolling.choose(accounts, accounts.invitations.find(token, NOW), "ignored", "another lantern otter", ())
    invitation = accounts.invitations.find(token, NOW)
    secret = enrolling.secret_of(accounts, invitation)
    assert secret != one.secret
    done = enrolling.finish(accounts, invitation, pyotp.TOTP(secret).at(NOW), {}, NOW)
    assert done.account == one.account
    assert not set(done.codes) & set(one.codes)
    assert accounts.sessions.find(open_one, NOW) is None
    with pytest.raises(NotAcceptedError):
        check_password(accounts, one.name, PASSWORD, place(), NOW)
    assert check_password(accounts, one.name, "another lantern otter", place(), NOW).id == one.account
    assert not accounts.people.knows(one.account, b"\0" * 32)


def test_only_the_first_account_of_all_is_made_by_a_set_up_link(accounts: Accounts) -> None:
    somebody(accounts)
    token = accounts.invitations.make(Purpose.SET_UP, NOW)
    enrolling.choose(accounts, accounts.invitations.find(token, NOW), "somebody.new", PASSWORD, ())
    invitation = accounts.invitations.find(token, NOW)
    code = pyotp.TOTP(enrolling.secret_of(accounts, invitation)).at(NOW)
    with pytest.raises(InvitationUnusableError):
        enrolling.finish(accounts, invitation, code, {}, NOW)


def test_access_is_restored_by_two_people_and_neither_is_the_one_who_lost_it(accounts: Accounts) -> None:
    lost, first, second = (StaffId(uuid4()) for _ in range(3))
    with pytest.raises(NotTwoPeopleError):
        accounts.restorings.ask(SCHOOL, lost, lost, NOW)
    accounts.restorings.ask(SCHOOL, lost, first, NOW)
    accounts.restorings.ask(SCHOOL, lost, second, NOW)
    waiting = next(one for one in accounts.restorings.open(SCHOOL, NOW) if one.staff == lost)
    assert waiting.asked_by == first
    for by in (first, lost):
        with pytest.raises(NotTwoPeopleError):
            accounts.restorings.confirm(waiting.id, SCHOOL, by, NOW)
    with pytest.raises(NotTwoPeopleError):
        accounts.restorings.confirm(waiting.id, "another", second, NOW)
    assert accounts.restorings.confirm(waiting.id, SCHOOL, second, NOW).staff == lost
    with pytest.raises(NotTwoPeopleError):
        accounts.restorings.confirm(waiting.id, SCHOOL, second, NOW)


def test_what_nobody_confirmed_in_two_days_is_over(accounts: Accounts) -> None:
    lost, first, second = (StaffId(uuid4()) for _ in range(3))
    accounts.restorings.ask(SCHOOL, lost, first, NOW)
    waiting = next(one for one in accounts.restorings.open(SCHOOL, NOW) if one.staff == lost)
    later = NOW + timedelta(days=2)
    assert lost not in {one.staff for one in accounts.restorings.open(SCHOOL, later)}
    with pytest.raises(NotTwoPeopleError):
        accounts.restorings.confirm(waiting.id, SCHOOL, second, later)


def test_second_factors_outlive_a_rotation_of_the_key_file(store: Store, accounts: Accounts) -> None:
    one = somebody(accounts)
    rotate(store.keyrings, also=lambda keks: wrap_anew(accounts.rows, keks))
    secret = open_secret(accounts.rows, store.keyrings.keks)
    account = accounts.people.get(one.account)
    assert account is not None
    assert account.totp_sealed is not None
    assert secret.open(account.totp_sealed, one.account) == one.secret


def test_the_app_role_cannot_empty_the_accounts_nor_rename_one(accounts: Accounts) -> None:
    one = somebody(accounts)
    for statement in (
        "DELETE FROM doorstep_accounts.account",
        "UPDATE doorstep_accounts.account SET sign_in_name = 'x'",
        "UPDATE doorstep_accounts.account_link SET staff_id = account_id",
        "TRUNCATE doorstep_accounts.session",
    ):
        with pytest.raises(InsufficientPrivilege), accounts.rows.together() as rows:
            rows.run(statement)
    assert accounts.people.get(one.account) is not None


def test_an_erased_persons_account_goes_and_stays_theirs_at_another_school(accounts: Accounts) -> None:
    one, both = somebody(accounts), somebody(accounts)
    elsewhere = StaffId(uuid4())
    accounts.people.link(both.account, "elm_park", elsewhere, NOW)
    for person in (one, both):
        begin(accounts, person.account, place(device="known"), {}, NOW, second=True)
        forget(accounts.rows, SCHOOL, person.staff)
        assert accounts.people.of_staff(SCHOOL, person.staff) is None
    assert accounts.people.get(one.account) is None
    assert accounts.people.links(both.account) == {"elm_park": elsewhere}
    forget(accounts.rows, SCHOOL, one.staff)
