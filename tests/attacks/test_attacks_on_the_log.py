"""What somebody with a superuser's rights can do to a sealed log, then with the signing key and the sealer's machine too.

For each attack: who notices. Where nobody does, a window is open; `docs/threat-model.md` has the same table, and says
which. `sealed_school` says what is sealed and what outsiders hold.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from tests.attacks.deeds import (
    OWN_KEY,
    Deed,
    cut_off,
    cut_out,
    delete,
    edit,
    fork,
    put_a_copy_back,
    renumber,
    rewrite_all,
    several,
    slip_in,
    sql,
    swap,
    swap_the_key,
)
from tests.attacks.sealed_school import OUTSIDE, SEALED, SealedSchool
from tests.databases import Databases
from tests.eventlog.conftest import slug, store, urls
from tests.superuser import superuser_of

__all__ = ["slug", "store", "urls"]
THREAT_MODEL = Path(__file__).parents[2] / "docs" / "threat-model.md"
SEALER, VERIFY, COLUMNS, CLOCK, MANIFEST = "the sealer", "log verify", "the columns", "the clock", "the manifest"
CHECKPOINT, RECEIPT, WITNESS = "the checkpoint outside", "the receipt outside", "the witness"


class Attack(NamedTuple):
    """What is done; who notices; who still does where the signing key and the sealer's machine are taken as well."""

    do: Deed
    noticed: set[str]
    with_the_key: set[str]
    take_over: Deed = SealedSchool.take_over


INSIDE: Final = {SEALER, VERIFY}
"""The sealer stops, and `log verify` names the event: both go by the ledger outside the database."""
OUTSIDERS: Final = {CHECKPOINT, RECEIPT, WITNESS}
"""Whoever was given something before the deed, and kept it."""
ATTACKS: Final = {
    "edit an event that a checkpoint outside covers": Attack(edit(3), INSIDE, OUTSIDERS),
    "edit an event sealed since": Attack(edit(9), INSIDE, {RECEIPT}),
    "edit an event not sealed yet": Attack(edit(14), set(), set()),
    "delete an event": Attack(
        delete(3), INSIDE | {COLUMNS}, OUTSIDERS, several(renumber(4, -1), SealedSchool.take_over)
    ),
    "delete an event and close the gap": Attack(cut_out(3), INSIDE, OUTSIDERS),
    "delete an event sealed since and close the gap": Attack(cut_out(9), INSIDE, {RECEIPT}),
    "reorder two events": Attack(swap(4), INSIDE, OUTSIDERS),
    "insert an event between others": Attack(slip_in(5), INSIDE, OUTSIDERS),
    "insert a back-dated event at the end": Attack(slip_in(16, "recorded_at - interval '1 year'"), {CLOCK}, {CLOCK}),
    "truncate what is not sealed yet": Attack(cut_off(13), set(), set()),
    "truncate above the last checkpoint outside": Attack(cut_off(9), INSIDE, {RECEIPT}),
    "truncate below the last checkpoint outside": Attack(cut_off(5), INSIDE, OUTSIDERS),
    "rewrite everything with recomputed hashes": Attack(rewrite_all, INSIDE, OUTSIDERS),
    "swap the key": Attack(swap_the_key, INSIDE, OUTSIDERS | {SEALER}, lambda school: school.take_over(OWN_KEY)),
    "another origin": Attack(sql("INSERT INTO epoch (epoch, old_checkpoint) VALUES (2, 'none')"), INSIDE, OUTSIDERS),
    "replay an old checkpoint": Attack(sql("DELETE FROM checkpoint WHERE size > {at}", at=OUTSIDE), set(), set()),
    "two checkpoints of one size": Attack(fork(OWN_KEY), INSIDE, INSIDE, fork("")),
    "put an old copy of the database back and go on": Attack(put_a_copy_back, INSIDE, {RECEIPT}),
    "move an event to another stream": Attack(
        sql("UPDATE event SET originator_id = gen_random_uuid() WHERE notification_id = 3"), {COLUMNS}, {COLUMNS}
    ),
    "forget a command, to have it stored twice": Attack(
        sql("DELETE FROM command WHERE first_index = 3"), {COLUMNS}, {COLUMNS}
    ),
    "take away who holds what": Attack(sql("DELETE FROM claim"), set(), set()),
    "leave a trigger switched off": Attack(
        lambda school: school.as_superuser("ALTER TABLE event DISABLE TRIGGER event_never_changes"),
        {MANIFEST},
        {MANIFEST},
        lambda _school: None,
    ),
}


@pytest.fixture
def school(urls: DatabaseUrls, store: Store, slug: str, postgres: Databases, tmp_path: Path) -> Iterator[SealedSchool]:
    """A sealed log of this test's own."""
    made = SealedSchool(urls, superuser_of(postgres, urls), store, slug, tmp_path)
    yield made
    made.close()


def test_nobody_cries_wolf(school: SealedSchool) -> None:
    assert school.noticed_by() == set()


@pytest.mark.parametrize("name", ATTACKS)
def test_who_notices_what_a_superuser_does(school: SealedSchool, name: str) -> None:
    ATTACKS[name].do(school)
    assert school.noticed_by() == ATTACKS[name].noticed


@pytest.mark.parametrize("name", ATTACKS)
def test_who_notices_what_a_superuser_with_the_signing_key_and_the_sealers_machine_does(
    school: SealedSchool, name: str
) -> None:
    attack = ATTACKS[name]
    attack.do(school)
    attack.take_over(school)
    assert school.noticed_by() == attack.with_the_key


def test_a_replayed_checkpoint_misleads_nobody_once_the_sealer_has_looked(school: SealedSchool) -> None:
    ATTACKS["replay an old checkpoint"].do(school)
    assert len(school.source().released()) == 1
    school.seal()
    newest = school.source().released()[-1].decode().split("\n")[1]
    assert int(newest) > SEALED


def test_the_threat_model_says_the_same() -> None:
    """Its table has each attack with who notices, first without and then with the signing key."""
    said: dict[str, tuple[set[str], set[str]]] = {}
    for line in THREAT_MODEL.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0] in ATTACKS:
            said[cells[0]] = (_named(cells[1]), _named(cells[2]))
    assert said == {name: (attack.noticed, attack.with_the_key) for name, attack in ATTACKS.items()}


def _named(cell: str) -> set[str]:
    return set() if cell == "nobody" else set(cell.split(", "))
