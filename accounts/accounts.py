"""Everything about signing in, in one object that the program holds."""

from typing import Self

from accounts.allowances import Allowances
from accounts.api_tokens import ApiTokens
from accounts.desks import Desks
from accounts.hashing import Hasher
from accounts.invitations import Invitations
from accounts.openid_subjects import Subjects
from accounts.people import People
from accounts.pins import Pins
from accounts.restorings import Restorings
from accounts.rows import Rows
from accounts.screens import Screens
from accounts.secret import Secret, open_secret
from accounts.sessions import Sessions
from eventlog.keys.keks import Keks
from eventlog.pools import Pool


class Accounts:
    """The accounts of an installation. Thread-safe."""

    def __init__(self, rows: Rows, secret: Secret, hasher: Hasher) -> None:
        """Use `Accounts.open`."""
        self.rows = rows
        self.secret = secret
        self.hasher = hasher
        self.people = People(rows)
        self.subjects = Subjects(rows)
        self.tokens = ApiTokens(rows)
        self.screens = Screens(rows)
        self.sessions = Sessions(rows)
        self.invitations = Invitations(rows)
        self.restorings = Restorings(rows)
        self.allowances = Allowances(rows, secret)
        self.desks = Desks(rows)
        self.pins = Pins(rows, secret, hasher, self.people, self.allowances)

    @classmethod
    def open(cls, pool: Pool, keks: Keks, hasher: Hasher | None = None) -> Self:
        """Over a migrated database's pool of the app's role. Raises KeyAltered, KeyFileUnusable, LogUnavailable."""
        rows = Rows(pool)
        return cls(rows, open_secret(rows, keks), hasher or Hasher())
