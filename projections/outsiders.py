"""Who of another school reads here in an emergency, or did: asked of the directory, which knows it at the log's head."""

from datetime import datetime

from domain.glass.state import Glass
from domain.staff.state import Person
from projections.directory import Directory


def opened(directory: Directory) -> tuple[tuple[Person, Glass], ...]:
    """Everybody of another school who ever read here, and by what, the latest first."""
    found = ((person, glass) for person in directory.people.values() if person.outside for glass in person.glasses)
    return tuple(sorted(found, key=lambda one: (one[1].begins, one[1].id), reverse=True))


def open_now(directory: Directory, now: datetime) -> tuple[tuple[Person, Glass], ...]:
    """Those who read here at this moment."""
    return tuple(one for one in opened(directory) if one[1].open_at(now))


def not_reviewed(directory: Directory) -> int:
    """How many wait for the school's own word, those that are open still among them."""
    return sum(glass.reviewed_at is None for _, glass in opened(directory))
