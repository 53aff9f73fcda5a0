"""The epochs of a log that was restored: each has its own ledger, and its own key, outside the database.

A restore that lost sealed events begins the next epoch (`backup.epochs`), and the log says so itself: `LogRestored`
carries the old epoch's last checkpoint, and how much of it is missing. So it can be held against every earlier epoch how
much of that must still be there; the verifier keys lie beside the ledgers (`<school>/<epoch>/log.vkey`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.school.events import LogRestored
from eventlog.ledger.ledger import Ledger
from eventlog.ledger.verifier import (
    Checkpoint,
    Refused,
    VerifierKey,
    open_checkpoint,
    parse_checkpoint,
    parse_note,
    parse_origin,
)


class Opened(NamedTuple):
    """What the database says of an epoch."""

    epoch: int
    old_checkpoint: str | None
    """The last checkpoint of an epoch before, a signed note; None for the first."""


class Earlier(NamedTuple):
    """An epoch that ended with a restore."""

    epoch: int
    key: VerifierKey | None
    """None where its ledger is lost and nobody brought the key: its checkpoints cannot be verified."""
    ledger: Ledger | None
    kept: int
    """So many of its events, from the first on, must still be in the log."""
    last: Checkpoint | None = None
    """Where its ledger is lost: the last checkpoint of it that the log tells of, over `kept` events or fewer."""

    def says(self) -> str:
        """What was found, for the person at the terminal, once the log was held against it."""
        if self.ledger is not None:
            return (
                f"epoch {self.epoch}: its first {self.kept} events of the {self.ledger.checkpoint.size} that were sealed"
                f" under it are there as they were, by {self.key}"
            )
        if self.last is None:
            return (
                f"epoch {self.epoch}: NOT LOOKED AT. Its ledger was lost in the disaster, and the log tells of no"
                " checkpoint of it"
            )
        lost = f"epoch {self.epoch}: its ledger was lost in the disaster."
        if self.key is None:
            return (
                f"{lost} Its first {self.last.size} events have the root that the log tells of; who signed it was NOT"
                " LOOKED AT, nor any checkpoint of it: give its verifier key (--key)"
            )
        unsealed = ""
        if self.kept > self.last.size:
            events = f"Events {self.last.size + 1} to {self.kept} are"
            if self.kept == self.last.size + 1:
                events = f"Event {self.kept} is"
            unsealed = f" {events} under no checkpoint of it that is known here."
        return (
            f"{lost} Its first {self.last.size} events are there as they were, by the last checkpoint of it that the log"
            f" tells of and {self.key}.{unsealed} Whether more had been sealed under it, only evidence from outside shows"
        )


def earlier_epochs(
    ledgers: Mapping[int, Ledger],
    opened: Sequence[Opened],
    restores: Iterable[LogRestored],
    keys: Sequence[VerifierKey] = (),
) -> tuple[Earlier, ...]:
    """The epochs before the last one that the database has `opened`, by their `ledgers` and by what the log tells.

    `keys` were given by somebody who kept them. Raises Refused where these contradict each other.
    """
    told = {one.epoch: one for one in restores}
    later = [one for one in opened if one.epoch > 1]
    _check_told(later, told)
    present = max((one.epoch for one in opened), default=1)
    found: dict[int, Earlier] = {}
    for one in later:
        ended = _ended(told[one.epoch], ledgers, keys)
        found[ended.epoch] = ended
    for epoch, ledger in ledgers.items():
        if epoch < present and epoch not in found:
            # The log was restored from a backup of this epoch though another one came after it.
            restored = next((told[one.epoch].restored for one in later if one.epoch > epoch), 0)
            found[epoch] = Earlier(epoch, _key(ledger, keys), ledger, min(restored, ledger.checkpoint.size))
    for one in opened:
        if one.epoch < present and one.epoch not in found:
            found[one.epoch] = Earlier(one.epoch, None, None, 0)
    return tuple(found[epoch] for epoch in sorted(found))


def _check_told(opened: Iterable[Opened], told: Mapping[int, LogRestored]) -> None:
    for one in opened:
        if one.epoch not in told:
            raise Refused(
                f"epoch {one.epoch} was opened, and the log does not say so: give the restore command again, if it was cut off"
            )
        if told[one.epoch].old_checkpoint != one.old_checkpoint:
            raise Refused(f"the checkpoint that epoch {one.epoch} begins from is not the one that the log tells of")


def _ended(restore: LogRestored, ledgers: Mapping[int, Ledger], keys: Sequence[VerifierKey]) -> Earlier:
    """The epoch that a restore ended, with its last checkpoint verified."""
    note = restore.old_checkpoint.encode()
    origin = parse_note(note).text.partition("\n")[0]
    epoch = parse_origin(origin).epoch
    ledger = ledgers.get(epoch)
    if ledger is None and restore.missing is not None:
        reason = (
            f"the ledger of epoch {epoch} was there when the log was restored, and is gone: put it back from its copy"
        )
        raise Refused(reason)
    key = next((one for one in keys if one.name == origin), None) if ledger is None else _key(ledger, keys)
    last = parse_checkpoint(parse_note(note).text) if key is None else open_checkpoint(note, [key]).checkpoint
    if restore.missing is None and last.size > restore.restored:
        raise Refused(
            f"epoch {epoch} had {last.size} events sealed when the backup was made, and the log says that it held"
            f" {restore.restored}",
            index=restore.restored + 1,
        )
    if ledger is None:
        return Earlier(epoch, key, None, restore.restored, last)
    if restore.missing is None:
        # It was lost at the restore, and has been found since.
        found = Earlier(epoch, key, ledger, min(ledger.checkpoint.size, restore.restored))
        check_root(found, last, "the checkpoint that the log tells of")
        check_gone(found, restore.restored, ledger.checkpoint.size, "its ledger")
        return found
    if ledger.checkpoint != last:
        raise Refused(
            f"epoch {epoch} ended with {last.size} events, and its ledger has {ledger.checkpoint.size}: it was sealed on"
        )
    return Earlier(epoch, key, ledger, last.size - restore.missing)


def _key(ledger: Ledger, given: Sequence[VerifierKey]) -> VerifierKey:
    for key in given:
        if key.name == ledger.key.name and key != ledger.key:
            raise Refused(f"the ledger of {key.name} is signed with another key than the one that was given")
    return ledger.key


def check_root(earlier: Earlier, checkpoint: Checkpoint, name: str) -> None:
    """Refuse a checkpoint of an earlier epoch that its own ledger does not give; one without a ledger is not looked at."""
    if earlier.ledger is None:
        return
    tree = earlier.ledger.tree()
    if checkpoint.size > tree.size:
        reason = f"{name} was signed over {checkpoint.size} events, but epoch {earlier.epoch} ended with {tree.size}"
        raise Refused(reason, index=tree.size + 1)
    if tree.root(checkpoint.size) != checkpoint.root:
        reason = f"{name} of epoch {earlier.epoch} has another root than its ledger: the log was forked"
        raise Refused(reason, index=checkpoint.size)


def check_gone(earlier: Earlier, there: int, sealed: int, name: str) -> None:
    """Refuse where `name` shows that more was `sealed` under an epoch than is `there`, and the log tells of no loss."""
    if sealed > there:
        gone = f"event {sealed} is" if sealed == there + 1 else f"events {there + 1} to {sealed} are"
        reason = (
            f"{name} shows that {sealed} events were sealed under epoch {earlier.epoch}. A restore kept {there}, and"
            f" nothing else told how many there had been: {gone} gone. What else it was signed over cannot be worked out"
            " without what is gone"
        )
        raise Refused(reason, index=there + 1)
