"""A school's database held against its ledgers, against what was released, and against what somebody kept."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from api.installation import opened
from api.ledger_places import ledger_places
from api.log_parts import reasons, sealed_log
from domain.ids import SchoolSlug, school_stream
from domain.school.events import LogRestored
from eventlog.integrity import settings_looked_at, verify_storage
from eventlog.ledger.epochs import Earlier, earlier_epochs
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.ledgers import every_epoch
from eventlog.ledger.online import released_evidence, verify_database
from eventlog.ledger.postgres import PostgresSource
from eventlog.ledger.verifier import Refused, VerifierKey, encode64, read_evidence
from eventlog.settings import DatabaseUrls


def verify_school(school: str, keys: Sequence[VerifierKey], evidence: Sequence[Path], var: Path) -> str:
    """What holds, in words. Raises Refused, Misused; click.ClickException where it cannot be looked at."""
    with reasons(), sealed_log(school, var) as (ledger, urls, source):
        if keys and ledger.key not in keys:
            raise Refused("the ledger is signed with another key than the one that was given")
        earlier = _earlier(urls, source, every_epoch(ledger_places(var).ledgers, school), keys)
        own = [ledger.key, *(one.key for one in earlier if one.key is not None)]
        unknown = {one.epoch for one in earlier if one.key is None}
        released = [note for epoch, note in source.released_ever() if epoch not in unknown]
        found = [*released_evidence(released, *own), *(read_evidence(one, own) for one in evidence)]
        checkpoint = verify_database(source, ledger, found, earlier=earlier)
        steps = verify_storage(urls, SchoolSlug(school))
        around = settings_looked_at(urls)
    holds = (
        f"HOLDS: the database of {school} has all {checkpoint.size} sealed events, each as it was sealed,"
        f" and agrees with {_checkpoints(len(found))}. Its tables are as this release made them."
    )
    lines = [
        holds,
        f"  root {encode64(checkpoint.root)}",
        *(f"  {one.says()}" for one in earlier),
        *(f"  beside the log: {says}" for says in around),
        *(f"  the server's clock was put back before event {one.event}, by {one.by} at least" for one in steps),
    ]
    return "\n".join(lines)


def _checkpoints(number: int) -> str:
    return "1 checkpoint" if number == 1 else f"{number} checkpoints"


def _earlier(
    urls: DatabaseUrls, source: PostgresSource, ledgers: Mapping[int, Ledger], keys: Sequence[VerifierKey]
) -> tuple[Earlier, ...]:
    """The epochs before a restore. What the log says of them is read where there are any, with the data keys."""
    opened_epochs = source.epochs()
    if len(opened_epochs) == 1 and len(ledgers) == 1:
        return ()
    with opened(urls) as store:
        log = store.log(source.school)
        events = [recorded.event for recorded in log.read(school_stream(log.school))]
    return earlier_epochs(ledgers, opened_epochs, [one for one in events if isinstance(one, LogRestored)], keys)
