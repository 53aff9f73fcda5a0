"""What a school takes with it of its people's accounts: whose they are and what they sign in by, and no secret."""

from datetime import datetime
from typing import Final

import msgspec

from accounts.rows import Rows
from domain.ids import StaffId

_OF_SCHOOL: Final = (
    "SELECT l.staff_id, a.sign_in_name, l.made_at AS linked_at, a.totp_sealed IS NOT NULL AS codes,"
    " (SELECT count(*) FROM doorstep_accounts.passkey AS p WHERE p.account_id = a.account_id) AS passkeys,"
    " (SELECT coalesce(jsonb_agg(jsonb_build_object('issuer', s.issuer, 'subject', s.subject) ORDER BY s.issuer), '[]')"
    " FROM doorstep_accounts.openid_subject AS s WHERE s.account_id = a.account_id) AS elsewhere"
    " FROM doorstep_accounts.account_link AS l JOIN doorstep_accounts.account AS a USING (account_id)"
    " WHERE l.school = %(school)s ORDER BY a.sign_in_name"
)


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is at a provider that they sign in by (OpenID Connect)."""

    issuer: str
    subject: str


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """An account of a school's."""

    staff: StaffId
    sign_in_name: str
    linked_at: datetime
    codes: bool
    """Whether they had an app that shows codes."""
    passkeys: int
    elsewhere: tuple[Elsewhere, ...] = ()


def linked_to(rows: Rows, school: str) -> tuple[Linked, ...]:
    """Everybody with an account at a school, by sign-in name. Raises LogUnavailable."""
    return tuple(
        Linked(
            staff=StaffId(row["staff_id"]),
            sign_in_name=row["sign_in_name"],
            linked_at=row["linked_at"],
            codes=row["codes"],
            passkeys=row["passkeys"],
            elsewhere=msgspec.convert(row["elsewhere"], tuple[Elsewhere, ...]),
        )
        for row in rows.all(_OF_SCHOOL, school=school)
    )
