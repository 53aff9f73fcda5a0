"""Links that work once: to set up the installation, to invite somebody, to restore lost access."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import uuid4

from accounts.desks import LEAVE_DESKS
from accounts.errors import InvitationUnusableError
from accounts.ids import AccountId, InvitationId
from accounts.one_time import hash_of, new_token
from accounts.openid_subjects import take_chosen
from accounts.passkeys import Passkey
from accounts.people import add, folded, link, put_codes, put_passkey, renew, unlink_others
from accounts.rows import Row, Rows, Together
from accounts.rules import LASTS
from accounts.shapes import Invitation, Purpose
from domain.ids import SchoolSlug, StaffId

_COLUMNS: Final = (
    "SELECT invitation_id, purpose, school, staff_id, sign_in_name, made_by, expires_at, chosen_name, chosen_hash,"
    " chosen_totp, challenge FROM doorstep_accounts.invitation"
)
_FIND: Final = _COLUMNS + " WHERE token_hash = %(token)s AND ended_at IS NULL AND expires_at > %(now)s"
_WAITING: Final = (
    "SELECT DISTINCT staff_id FROM doorstep_accounts.invitation"
    " WHERE school = %(school)s AND ended_at IS NULL AND expires_at > %(now)s"
)
_WITHDRAW: Final = (
    "UPDATE doorstep_accounts.invitation SET ended_at = %(now)s, chosen_hash = NULL, chosen_totp = NULL"
    " WHERE ended_at IS NULL AND school IS NOT DISTINCT FROM %(school)s AND staff_id IS NOT DISTINCT FROM %(staff)s"
)
_ADD: Final = (
    "INSERT INTO doorstep_accounts.invitation"
    " (invitation_id, token_hash, purpose, school, staff_id, sign_in_name, made_by, made_at, expires_at)"
    " VALUES (%(invitation)s, %(token)s, %(purpose)s, %(school)s, %(staff)s, %(name)s, %(by)s, %(now)s, %(expires_at)s)"
)
_CHOOSE: Final = (
    "UPDATE doorstep_accounts.invitation SET chosen_name = %(name)s, chosen_hash = %(hash)s, chosen_totp = %(sealed)s"
    " WHERE invitation_id = %(invitation)s AND ended_at IS NULL"
)
_CHALLENGE: Final = (
    "UPDATE doorstep_accounts.invitation SET challenge = %(challenge)s WHERE invitation_id = %(invitation)s"
)
_USE: Final = (
    "UPDATE doorstep_accounts.invitation SET ended_at = %(now)s, chosen_hash = NULL, chosen_totp = NULL"
    " WHERE invitation_id = %(invitation)s AND ended_at IS NULL AND expires_at > %(now)s"
)
_END_SESSIONS: Final = (
    "UPDATE doorstep_accounts.session SET ended_at = %(now)s WHERE account_id = %(account)s AND ended_at IS NULL"
)
_LOCK: Final = "SELECT pg_advisory_xact_lock(8386650293413737)"
_ANY: Final = "SELECT EXISTS (SELECT FROM doorstep_accounts.account) AS found"


class Proofs(NamedTuple):
    """What an account proves itself by, beside its password."""

    sealed: bytes | None = None
    """The secret of the app's codes."""
    step: int = 0
    """The time step of the code that was shown."""
    codes: tuple[str, ...] = ()
    """Recovery codes."""
    passkey: Passkey | None = None


class Invitations:
    """All invitations. Thread-safe; every method raises LogUnavailable."""

    def __init__(self, rows: Rows) -> None:
        """Over the rows that all share."""
        self._rows = rows

    def make(
        self,
        purpose: Purpose,
        now: datetime,
        *,
        school: str | None = None,
        staff: StaffId | None = None,
        name: str = "",
        by: StaffId | None = None,
    ) -> str:
        """A new one, in place of any that the person had; its token, which is kept nowhere here."""
        token = new_token()
        with self._rows.together() as rows:
            rows.run(_WITHDRAW, school=school, staff=staff, now=now)
            rows.run(
                _ADD,
                invitation=uuid4(),
                token=hash_of(token),
                purpose=str(purpose),
                school=school,
                staff=staff,
                name=folded(name) or None,
                by=by,
                now=now,
                expires_at=now + LASTS[purpose],
            )
        return token

    def find(self, token: str, now: datetime) -> Invitation:
        """The invitation of a token. Raises InvitationUnusableError."""
        row = self._rows.one(_FIND, token=hash_of(token), now=now)
        if row is None:
            raise InvitationUnusableError
        return _invitation(row)

    def waiting(self, school: str, now: datetime) -> frozenset[StaffId]:
        """Whose invitations are not used yet."""
        return frozenset(StaffId(row["staff_id"]) for row in self._rows.all(_WAITING, school=school, now=now))

    def choose(self, invitation: Invitation, name: str, kept: str, sealed: bytes | None) -> None:
        """Keep what was chosen on the first page for the second one. Raises InvitationUnusableError."""
        changed = self._rows.run(_CHOOSE, invitation=invitation.id, name=folded(name), hash=kept, sealed=sealed)
        if not changed:
            raise InvitationUnusableError

    def challenge(self, invitation: Invitation, challenge: bytes) -> None:
        """Keep what a new passkey is asked to sign."""
        self._rows.run(_CHALLENGE, invitation=invitation.id, challenge=challenge)

    def use(
        self,
        invitation: Invitation,
        account: AccountId,
        proofs: Proofs,
        *,
        links: dict[SchoolSlug, StaffId],
        exists: bool,
        now: datetime,
    ) -> None:
        """The account is made, or renewed where it `exists`, and the invitation is used up: all of it or nothing.

        Raises InvitationUnusableError where it was used meanwhile; NameTakenError, AlreadyLinkedError, SubjectTakenError.
        """
        with self._rows.together() as rows:
            self._use_up(rows, invitation, now)
            if exists:
                renew(rows, account, invitation.chosen_hash, proofs.sealed, proofs.step)
                rows.run(_END_SESSIONS, account=account, now=now)
                rows.run(LEAVE_DESKS, account=account, now=now)
                if invitation.school is not None and invitation.made_by is not None:
                    # People of one school gave this: at another one they could be let in by nobody there.
                    unlink_others(rows, account, invitation.school)
            else:
                add(rows, account, invitation.chosen_name, invitation.chosen_hash, proofs.sealed, proofs.step, now)
                for school, staff in links.items():
                    link(rows, account, school, staff, now)
            take_chosen(rows, invitation.id, account, now)
            put_codes(rows, account, proofs.codes)
            if proofs.passkey is not None:
                put_passkey(rows, account, proofs.passkey, now)
        # After this line the account can sign in; a crash before it leaves the invitation as it was.

    def take_up(self, invitation: Invitation, account: AccountId, now: datetime) -> None:
        """Somebody who has an account is this member of staff as well: the invitation is used up by that.

        Raises InvitationUnusableError, AlreadyLinkedError.
        """
        if invitation.school is None or invitation.staff is None or invitation.purpose is not Purpose.INVITE:
            raise InvitationUnusableError
        with self._rows.together() as rows:
            self._use_up(rows, invitation, now)
            link(rows, account, invitation.school, invitation.staff, now)

    def _use_up(self, rows: Together, invitation: Invitation, now: datetime) -> None:
        if invitation.purpose is Purpose.SET_UP:
            # Two links printed by two starts: only the first account of all is made by one.
            rows.run(_LOCK)
            row = rows.one(_ANY)
            if row is None or row["found"]:
                raise InvitationUnusableError
        if rows.run(_USE, invitation=invitation.id, now=now) != 1:
            raise InvitationUnusableError


def _invitation(row: Row) -> Invitation:
    return Invitation(
        id=InvitationId(row["invitation_id"]),
        purpose=Purpose(row["purpose"]),
        school=None if row["school"] is None else SchoolSlug(row["school"]),
        staff=None if row["staff_id"] is None else StaffId(row["staff_id"]),
        name=row["sign_in_name"] or "",
        made_by=None if row["made_by"] is None else StaffId(row["made_by"]),
        expires_at=row["expires_at"],
        chosen_name=row["chosen_name"] or "",
        chosen_hash=row["chosen_hash"] or "",
        chosen_totp=None if row["chosen_totp"] is None else bytes(row["chosen_totp"]),
        challenge=None if row["challenge"] is None else bytes(row["challenge"]),
    )
