"""`doorstep log` and `doorstep seal`: the proof that a log is whole and unchanged, made and checked."""

import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import click

from api import logs
from api.command_parts import aside, sentences, var_option
from api.installation import database, opened, sealer_url
from api.ledger_places import ledger_places, now, source_of
from api.progress import progress
from domain.ids import SchoolSlug, StreamKind, VisitId, school_stream
from domain.school.events import LogRestored
from eventlog.integrity import settings_looked_at, verify_storage
from eventlog.ledger.epochs import Earlier, earlier_epochs
from eventlog.ledger.ledger import Ledger, LedgerInUse, NoLedger
from eventlog.ledger.ledgers import every_epoch
from eventlog.ledger.online import released_evidence, verify_database
from eventlog.ledger.postgres import PostgresSource
from eventlog.ledger.receipts import NotYetSealed, receipt, write_export, write_receipt, write_visit_receipt
from eventlog.ledger.signing import KeyUnusable, WitnessSigner, make_key, read_key
from eventlog.ledger.verifier import (
    HOLDS,
    KINDS,
    MISUSED,
    REFUSED,
    Misused,
    Refused,
    VerifierKey,
    encode64,
    read_evidence,
    verify,
)
from eventlog.ledger.verifier import read_key as read_verifier_key
from eventlog.ledger.witness import Witness, witness_request
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from reactors.sealing import Sealing

_school = click.option("--school", required=True, help="Short name of the school (`doorstep school list`).")
_new = click.Path(path_type=Path, exists=False)
_there = click.Path(path_type=Path, exists=True)


@click.command()
@click.option("--make-key", "make_key_first", is_flag=True, help="Make the signing key first, where there is none yet.")
@var_option
def seal(make_key_first: bool, var: Path) -> None:  # noqa: FBT001 - click passes a flag so
    """Follow every school's log and sign what is in it, until Ctrl-C.

    It needs DOORSTEP_SEALER_DATABASE_URL and no other connection. Run it beside `doorstep serve`, as another user of the machine where you can: the signing key
    (DOORSTEP_SEALING_KEY_FILE) is for the sealer alone. What it signs lies in a folder outside the database
    (DOORSTEP_LEDGER): copy that folder to a place that the database's keeper cannot reach. Once a day it leaves each
    school's checkpoint in another one (DOORSTEP_EVIDENCE): send what is in it to a mailbox outside the school. The
    demonstration seals by itself.
    """
    places = ledger_places(var)
    with sentences(), sealer_url(var, click.echo) as url:
        if make_key_first and not places.key_file.exists():
            places.key_file.parent.mkdir(parents=True, exist_ok=True)
            make_key(places.key_file)
            click.echo(f"The signing key is made: {places.key_file}. Keep a copy of it where nobody else can read it.")
        sealing = Sealing(url, places.ledgers, read_key(places.key_file), now, places.evidence)
        signal.signal(signal.SIGTERM, lambda _number, _frame: sealing.stop())
        click.echo(
            f"Sealing every school's log into {places.ledgers}, a checkpoint a day into {places.evidence}."
            " Ctrl-C stops it."
        )
        with suppress(KeyboardInterrupt), logs.written():
            sealing.run()
    click.echo("The sealer has stopped. What was not sealed yet is sealed at the next start.")


@click.group("log")
def log_group() -> None:
    """Show that a school's log is whole and unchanged: to yourself, to a court, to anybody.

    The sealer (`doorstep seal`) signs the log as it grows. From what it signed these commands make evidence that
    others can check without Doorstep, and hold the database against it.
    """


@log_group.command("export")
@_school
@click.option("--out", required=True, type=_new, help="Folder to write; it must not be there yet.")
@var_option
def export(school: str, out: Path, var: Path) -> None:
    """Write the whole sealed log for somebody who wants to verify it.

    The folder holds `checkpoint`, `leaves.b64`, `log.vkey` and `events.jsonl`. What is personal in it stays encrypted;
    who acted when, in which role and on which visit can be read.
    """
    with _evidence(), _sealed_log(school, var) as (ledger, _, source), progress("Events") as advance:
        size = ledger.checkpoint.size
        source.leaves(ledger.checkpoint.size)
        written = write_export(out, ledger, source, lambda done: advance(done, size))
    click.echo(f"{written} events of {school} are in {out}. Verify them: doorstep log verify {out}")


@log_group.command("receipt")
@_school
@click.option("--event", "event_id", type=click.UUID, help="Id of the event (it stands in the visit's history).")
@click.option(
    "--visit", "visit_id", type=click.UUID, help="Id of a visit: a receipt for all its events and its trip's."
)
@click.option("--out", required=True, type=_new, help="FILE.tlog-proof for an event, a new folder for a visit.")
@var_option
def receipt_(school: str, event_id: UUID | None, visit_id: UUID | None, out: Path, var: Path) -> None:
    """Write the receipt of an event, or of a whole visit with its trip.

    For an event the leaf is written beside it (FILE.leaf), and the event, with what is personal encrypted (FILE.event).
    """
    if (event_id is None) == (visit_id is None):
        message = "Give --event or --visit, one of them."
        raise click.UsageError(message)
    with _evidence(), _sealed_log(school, var) as (ledger, urls, source):
        if event_id is not None:
            row = source.event(str(event_id))
            if row is None:
                raise click.ClickException(f"{school} has no event {event_id}.")
            source.leaves(ledger.checkpoint.size)
            write_receipt(out, receipt(ledger, row))
            click.echo(f"The receipt is in {out}, its leaf in {out.with_suffix('.leaf')}.")
        elif visit_id is not None:
            with opened(urls) as store:
                streams = _visit_with_trips(store, school, VisitId(visit_id))
            source.leaves(ledger.checkpoint.size)
            written = write_visit_receipt(out, ledger, source.streams(streams))
            click.echo(f"The receipts of {written} events are in {out}. Verify them: doorstep log verify {out}")


@log_group.command("verify")
@click.argument("path", required=False, type=_there)
@click.option("--school", help="Verify this school's database instead of a file.")
@click.option("--key", "keys", multiple=True, help="The log's verifier key, or a file with it (log.vkey).")
@click.option("--witness", "witnesses", multiple=True, help="Verifier key of a witness that must have cosigned.")
@click.option("--evidence", multiple=True, type=_there, help="A checkpoint, a receipt or an export that was kept.")
@click.option("--as", "kind", type=click.Choice(KINDS), help="Refuse PATH where it is anything but this.")
@var_option
def verify_(
    path: Path | None,
    school: str | None,
    keys: Sequence[str],
    witnesses: Sequence[str],
    evidence: Sequence[Path],
    kind: str | None,
    var: Path,
) -> None:
    """Verify an exported log, a receipt or a checkpoint (PATH), or a school's database (--school).

    The database is held against the sealer's ledger, against the checkpoints that were released and against all
    --evidence that is given: the earliest that contradicts it is named. Exit status: 0 it holds, 1 it is refused
    (with the index and the reason), 2 the command was called wrongly.
    """
    if (path is None) == (school is None):
        _misused("Give a path to verify, or --school.")
    if kind is not None and path is None:
        _misused("--as says what a path is: leave it out with --school.")

    def ask() -> str:
        known = [read_verifier_key(one) for one in keys]
        if path is not None:
            return verify(path, known, [read_verifier_key(one) for one in witnesses], evidence, kind)
        return _verify_database(str(school), known, evidence, var)

    sys.exit(_verdict(ask))


@log_group.command("request")
@_school
@click.option("--seen", default=0, show_default=True, help="Size of the last checkpoint that the witness has seen.")
@click.option("--out", required=True, type=_new, help="File to send to the witness.")
@var_option
def request(school: str, seen: int, out: Path, var: Path) -> None:
    """Write what a witness is asked to cosign: the newest checkpoint, and the proof that it extends the last one seen."""
    with _evidence(), _sealed_log(school, var) as (ledger, _, source):
        if not 0 <= seen <= ledger.checkpoint.size:
            raise click.ClickException(f"The log has {ledger.checkpoint.size} events; nobody has seen {seen} of them.")
        source.leaves(ledger.checkpoint.size)
        out.write_bytes(witness_request(ledger, seen))
    click.echo(f"Send {out} to the witness. Its answer is a line to keep with the checkpoint.")


@log_group.command("witness")
@click.argument("request_file", type=_there)
@click.option("--state", required=True, type=_new, help="Folder that remembers what this witness has seen.")
@click.option("--name", required=True, help="Name of this witness, without blanks: a host name serves well.")
@click.option("--log", "logs", multiple=True, required=True, help="Verifier key of a log to watch, or its file.")
def witness(request_file: Path, state: Path, name: str, logs: Sequence[str]) -> None:
    """Cosign a checkpoint, but only one that extends what this witness has seen. For somebody outside the school.

    The witness's own key is made with its state folder. Nothing of Doorstep's database is needed or seen.
    """
    with _evidence():
        key_file = state / "witness-key.pem"
        if not key_file.exists():
            state.mkdir(parents=True, exist_ok=True)
            make_key(key_file)
        signer = WitnessSigner(name, read_key(key_file))
        line = Witness(state, signer, [read_verifier_key(one) for one in logs], now).cosign(request_file.read_bytes())
    click.echo(f"verifier key of this witness: {signer.vkey}", err=True)
    click.echo(line, nl=False)


@contextmanager
def _sealed_log(school: str, var: Path) -> Iterator[tuple[Ledger, DatabaseUrls, PostgresSource]]:
    """A school's ledger, and its log. The ledger comes first: where there is none, no database is made for the asking."""
    ledger = ledger_places(var).ledger(school)
    with database(var, aside) as urls, source_of(urls, school) as source:
        yield ledger, urls, source


@contextmanager
def _evidence() -> Iterator[None]:
    """As `_reasons`, where a refusal is one of them."""
    with _reasons():
        try:
            yield
        except Refused as refused:
            at = "" if refused.index is None else f" at index {refused.index}"
            message = f"Refused{at}: {refused.reason}."
            raise click.ClickException(message) from refused


@contextmanager
def _reasons() -> Iterator[None]:
    """Reasons why there is no evidence are sentences for the person at the terminal."""
    with sentences():
        try:
            yield
        except (KeyUnusable, LedgerInUse, NoLedger, NotYetSealed, ValueError) as error:
            raise click.ClickException(str(error)) from error
        except FileExistsError as error:
            message = f"{error.filename or error} is there already. Nothing was written: choose another place."
            raise click.ClickException(message) from error


def _misused(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(MISUSED)


def _verdict(ask: Callable[[], str]) -> int:
    try:
        click.echo(ask())
    except Refused as refused:
        at = "" if refused.index is None else f" at index {refused.index}"
        click.echo(f"REFUSED{at}: {refused.reason}.")
        return REFUSED
    except Misused as misused:
        click.echo(f"doorstep log verify: {misused}.", err=True)
        return MISUSED
    except click.ClickException as error:
        # Nothing was found wrong: it could not be looked at.
        error.show()
        return MISUSED
    return HOLDS


def _verify_database(school: str, keys: Sequence[VerifierKey], evidence: Sequence[Path], var: Path) -> str:
    with _reasons(), _sealed_log(school, var) as (ledger, urls, source):
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


def _visit_with_trips(store: Store, school: str, visit: VisitId) -> list[tuple[str, str]]:
    """The visit's stream and those of the trips that it was ever on."""
    trips = {
        one.envelope.stream.id
        for one in store.log(school).read_log()
        if one.envelope.stream.kind is StreamKind.TRIP and visit in getattr(one.event, "visits", ())
    }
    return [(StreamKind.VISIT.value, str(visit)), *((StreamKind.TRIP.value, str(trip)) for trip in sorted(trips))]
