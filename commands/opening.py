"""Opening a school: its schemas, and the settings it begins with."""

import asyncio
from datetime import datetime

from commands.bus import Bus, Sender
from commands.ids import new_command_id
from commands.storage import tell_of_migrations
from domain.ids import DOORSTEP, SchoolSlug, school_stream
from domain.policy import Policy
from domain.school.commands import AdoptSettings
from domain.school.events import SettingsAdopted
from eventlog.migrate import add_school
from eventlog.settings import DatabaseUrls


async def open_school(
    bus: Bus, urls: DatabaseUrls, slug: str, name: str, policy: Policy, effective_from: datetime
) -> None:
    """Register a school and let it adopt a policy, one of the five or its own, as its first settings.

    Doing it again with the same words finishes what was cut short, and changes nothing else. Raises SchoolSlugUnusable,
    SchoolExists; Refused for settings that contradict each other.
    """
    add_school(urls, slug, name, policy.key)
    await asyncio.to_thread(tell_of_migrations, bus.store, slug, bus.now())
    begun = await asyncio.to_thread(bus.store.log(slug).read, school_stream(SchoolSlug(slug)))
    if not any(isinstance(one.event, SettingsAdopted) for one in begun):
        await adopt(bus, slug, policy, version=1, effective_from=effective_from)


async def adopt(bus: Bus, slug: str, policy: Policy, *, version: int, effective_from: datetime) -> None:
    """Adopt a policy whole: every setting goes into the event, so that a later release rewrites nothing (DV-03)."""
    command = adoption(policy, version=version, effective_from=effective_from)
    await bus.send(slug, command, Sender(DOORSTEP, new_command_id(), at=effective_from))


def adoption(policy: Policy, *, version: int, effective_from: datetime | None, why: str = "") -> AdoptSettings:
    """The command that adopts a policy, with all that it holds."""
    return AdoptSettings(
        policy_key=policy.key,
        title=policy.title,
        version=version,
        effective_from=effective_from,
        settings=dict(policy.settings),
        own=dict(policy.own),
        why=why,
    )
