"""What can go wrong behind the seam, beyond what the seam itself names. Each message says what to do."""


class UnknownSchool(Exception):  # noqa: N818 - a fact about the installation, not a fault
    """No school of this name is registered here."""

    def __init__(self, slug: str) -> None:
        """Keep the name that was asked for."""
        super().__init__(f"No school is called {slug!r} here. `doorstep school list` shows those that are.")
        self.slug = slug


class SchoolSlugUnusable(ValueError):  # noqa: N818 - reads as the sentence it is
    """A school's short name must be `[a-z][a-z0-9_]{0,39}` and must not end in `_views`."""

    def __init__(self, slug: str) -> None:
        """Keep the name that was refused."""
        super().__init__(
            f"{slug!r} cannot be a school's short name: use up to 40 small letters, digits and underscores,"
            " beginning with a letter and not ending in '_views'."
        )
        self.slug = slug


class SchoolExists(Exception):  # noqa: N818 - a fact about the installation, not a fault
    """The short name belongs to a school with another name or another policy."""

    def __init__(self, slug: str, name: str) -> None:
        """Keep the short name and whose it is."""
        super().__init__(f"The short name {slug!r} already belongs to {name}. Choose another.")
        self.slug = slug


class SchoolRemoved(Exception):  # noqa: N818 - a fact about the installation
    """A school of this short name was removed: what was signed under the name stays its own."""

    def __init__(self, slug: str) -> None:
        """Keep the slug."""
        super().__init__(
            f"The school {slug} was removed from here. Its short name is never taken again, so that every proof made"
            " before stays its own: choose another."
        )
        self.slug = slug


class WrongInstallation(Exception):  # noqa: N818 - a fact about the installation, not a fault
    """The database was made for the other kind of installation: a demonstration is never a live one."""

    def __init__(self, found: str, wanted: str) -> None:
        """Keep the database's mark and what was wanted."""
        super().__init__(
            f"This database was made for a {found} installation and is never used for a {wanted} one."
            " Point the connection settings to another database."
        )
        self.found = found
        self.wanted = wanted


class NotMigrated(Exception):  # noqa: N818 - a fact about the installation, not a fault
    """The database lacks migrations of this release; run `doorstep migrate`."""


class MigrationChanged(Exception):  # noqa: N818 - a fact about the files, not a fault
    """A migration that was applied has another content now, or its file is gone."""


class RolesMissing(Exception):  # noqa: N818 - a fact about the server, not a fault
    """The server lacks one of Doorstep's roles; run `eventlog/roles.sql` as a superuser."""


class LogUnavailable(Exception):  # noqa: N818 - a fact about the server, not a fault
    """The database could not be reached in time. After an append the outcome is unknown: send the same id again."""


class EventIdReused(ValueError):  # noqa: N818 - reads as the sentence it is
    """An event id of this append is in the log already. Nothing was stored."""


class PayloadTooLarge(ValueError):  # noqa: N818 - reads as the sentence it is
    """An event's payload is larger than an event may be. Nothing was stored."""

    def __init__(self, topic: str, size: int, largest: int) -> None:
        """Keep the topic and both sizes in bytes."""
        super().__init__(f"{topic} would take {size:,} bytes; an event holds at most {largest:,}. Shorten its text.")
        self.topic = topic
        self.size = size
        self.largest = largest


class UnreadableEvent(Exception):  # noqa: N818 - reads as the sentence it is
    """An event's topic is unknown to this release, or its payload does not fit the topic's type."""

    def __init__(self, topic: str, reason: str) -> None:
        """Keep the topic and a reason that repeats nothing of the payload."""
        super().__init__(f"an event of topic {topic!r} cannot be read: {reason}")
        self.topic = topic
        self.reason = reason


class UnknownTopic(UnreadableEvent):
    """No type is registered for the topic: a newer release wrote it, or nobody did."""

    def __init__(self, topic: str) -> None:
        """Keep the topic."""
        super().__init__(topic, "this release does not know the topic")


class GapInLog(Exception):  # noqa: N818 - a fact about the log, not a fault of the program
    """An index is missing from the log: somebody removed an event, or a restore lost it."""

    def __init__(self, schema: str, index: int) -> None:
        """Keep where reading on became impossible."""
        super().__init__(f"{schema} has no event at index {index}, and has later ones")
        self.schema = schema
        self.index = index
