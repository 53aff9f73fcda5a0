"""When a policy is to be reviewed: a month counts to its last day, and late warns only (DV-16)."""

from datetime import date

import pytest

from commands.policy_files import load_policy
from domain.school.record import PolicyRecord
from domain.school.review import review

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("policy", "due", "overdue", "reckoned"),
    [
        ("st_patricks", date(2025, 7, 31), True, False),
        ("leyland", date(2028, 1, 31), False, False),
        ("william_lilley", date(2027, 3, 31), False, False),
        ("norbury", date(2026, 9, 30), True, False),
        ("scargill", date(2026, 11, 30), False, False),
    ],
)
def test_the_five_policies(policy: str, due: date, overdue: bool, reckoned: bool) -> None:  # noqa: FBT001 - a case
    found = review(load_policy(policy), TODAY, PolicyRecord())
    assert (found.due, found.overdue, found.reckoned) == (due, overdue, reckoned)


def test_the_last_day_of_the_month_is_still_in_time() -> None:
    scargill = load_policy("scargill")
    assert not review(scargill, date(2026, 11, 30), PolicyRecord()).overdue
    assert review(scargill, date(2026, 12, 1), PolicyRecord()).overdue
