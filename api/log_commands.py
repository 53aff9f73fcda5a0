"""`doorstep log` and `doorstep seal`: the proof that a log is whole and unchanged, made and checked."""

import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import click

from api import logs
from api.command_parts import var_option
from api.installation import opened, sealer_url
from api.ledger_places import ledger_places, now
from api.log_parts import sealed_log, told_as_sentences
from api.log_verify import verify_school
from api.progress import progress
from domain.ids import StreamKind, VisitId
from eventlog.ledger.ledgers import every_epoch, refuse_in_use
from eventlog.ledger.receipts import receipt, write_export, write_receipt, write_visit_receipt
from eventlog.ledger.signing import WitnessSigner, make_key, read_key
from eventlog.ledger.verifier import HOLDS, KINDS, MISUSED, REFUSED, Misused, Refused, verify
from eventlog.ledger.verifier import read_key as read_verifier_key
from eventlog.ledger.witness import Witness, extension_of, ledger_of
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
    (DOORSTEP_LEDGER): copy that folder to a place that the database's keeper cannot reach. Once a day, and
    with each governors' report, it leaves the school's checkpoint in another one (DOORSTEP_EVIDENCE): send what is in it to a mailbox outside the school. The
    demonstration seals by itself.
    """
    places = ledger_places(var)
    with told_as_sentences(), sealer_url(var, click.echo) as url:
        if make_key_first and not places.key_file.exists():
            places.key_file.parent.mkdir(parents=True, exist_ok=True)
            make_key(places.key_file)
            click.echo(f"The signing key is made: {places.key_file}. Keep a copy of it where nobody else can read it.")
        refuse_in_use(places.ledgers)
        sealing = Sealing(url, places.ledgers, read_key(places.key_file), now, places.evidence)
        signal.signal(signal.SIGTERM, lambda _number, _frame: sealing.stop())
        click.echo(
            f"Sealing every school's log into {places.ledgers}, a checkpoint a day (and one with each governors' report) into {places.evidence}."
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
    with told_as_sentences(), sealed_log(school, var) as (ledger, _, source), progress("Events") as advance:
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
    with told_as_sentences(), sealed_log(school, var) as (ledger, urls, source):
        if event_id is not None:
            row = source.event(str(event_id))
            if row is None:
                raise click.ClickException(f"{school} has no event {event_id}.")
            source.leaves(ledger.checkpoint.size)
            write_receipt(out, receipt(ledger, row))
            beside = f"its leaf in {out.with_suffix('.leaf')} and the event in {out.with_suffix('.event')}"
            click.echo(f"The receipt is in {out}, {beside}. Keep the three together.")
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
        return verify_school(str(school), known, evidence, var)

    sys.exit(_verdict(ask))


@log_group.command("request")
@_school
@click.option("--seen", default=0, show_default=True, help="Size of the last checkpoint that the witness has seen.")
@click.option(
    "--to",
    "later",
    metavar="SIZE|FILE",
    help="The later checkpoint, instead of the newest: its size, where it was released, or a file in which it was kept.",
)
@click.option("--out", required=True, type=_new, help="File to send to the witness.")
@var_option
def request(school: str, seen: int, later: str | None, out: Path, var: Path) -> None:
    """Write what a witness is asked to cosign: the newest checkpoint, and the proof that it extends the last one seen.

    With --to it is the proof between any two checkpoints, for anybody: doorstep log verify OUT --evidence THE-OLDER-ONE.
    """
    with told_as_sentences(), sealed_log(school, var) as (ledger, _, source):
        if later is None:
            note, tree_of = ledger.note, ledger
        elif later.isdecimal():
            note, tree_of = source.released_at(int(later)) or b"", ledger
            if not note:
                message = (
                    f"No checkpoint over {later} events is kept here. Give one that was kept elsewhere: --to FILE."
                )
                raise click.ClickException(message)
        elif not Path(later).is_file():
            message = f"{later} is neither a number of events nor a file with a checkpoint in it."
            raise click.ClickException(message)
        else:
            note = Path(later).read_bytes()
            tree_of = ledger_of(note, ledger, every_epoch(ledger_places(var).ledgers, school))
        made = extension_of(tree_of, seen, note)
        source.leaves(made.size)
        out.write_bytes(made.text)
    click.echo(
        f"{out} proves that the checkpoint over {made.size} events extends the one over {seen}."
        if later is not None
        else f"Send {out} to the witness. Its answer is a line to keep with the checkpoint."
    )


@log_group.command("witness")
@click.argument("request_file", type=_there)
@click.option("--state", required=True, type=_new, help="Folder that remembers what this witness has seen.")
@click.option("--name", required=True, help="Name of this witness, without blanks: a host name serves well.")
@click.option("--log", "logs", multiple=True, required=True, help="Verifier key of a log to watch, or its file.")
def witness(request_file: Path, state: Path, name: str, logs: Sequence[str]) -> None:
    """Cosign a checkpoint, but only one that extends what this witness has seen. For somebody outside the school.

    The witness's own key is made with its state folder. Nothing of Doorstep's database is needed or seen.
    """
    with told_as_sentences():
        key_file = state / "witness-key.pem"
        if not key_file.exists():
            state.mkdir(parents=True, exist_ok=True)
            make_key(key_file)
        signer = WitnessSigner(name, read_key(key_file))
        line = Witness(state, signer, [read_verifier_key(one) for one in logs], now).cosign(request_file.read_bytes())
    click.echo(f"verifier key of this witness: {signer.vkey}", err=True)
    click.echo(line, nl=False)


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


def _visit_with_trips(store: Store, school: str, visit: VisitId) -> list[tuple[str, str]]:
    """The visit's stream and those of the trips that it was ever on."""
    trips = {
        one.envelope.stream.id
        for one in store.log(school).read_log()
        if one.envelope.stream.kind is StreamKind.TRIP and visit in getattr(one.event, "visits", ())
    }
    return [(StreamKind.VISIT.value, str(visit)), *((StreamKind.TRIP.value, str(trip)) for trip in sorted(trips))]
