"""Killed at any step, or on a disk or a database that fails, the sealer goes on and signs nothing twice."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventlog.ledger.ledger import Ledger
from tests.eventlog.ledger.examples import MemoryReleases, MemorySource, Sealed, rows


class Killed(BaseException):
    """The process ends here: nothing that follows is done."""


class Steps:
    """Counts the steps that touch the disk or the database, and kills at one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Count from now on."""
        self.names: list[str] = []
        self.kill_at = -1
        self.before = False
        for holder, name in (
            (os, "fsync"),
            (os, "truncate"),
            (Path, "replace"),
            (MemorySource, "read"),
            (MemorySource, "settle"),
            (MemoryReleases, "last"),
            (MemoryReleases, "release"),
            (Ledger, "grow"),
            (Ledger, "keep"),
        ):
            monkeypatch.setattr(holder, name, self._step(name, getattr(holder, name)))

    def _step(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            number = len(self.names)
            self.names.append(name)
            if number == self.kill_at and self.before:
                raise Killed
            done = work(*arguments, **named)
            if number == self.kill_at:
                raise Killed
            return done

        return step


@pytest.mark.parametrize("before", [True, False])
def test_killed_before_or_after_any_step_the_sealer_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    killed, number = 0, 0
    while True:
        growing = Sealed(tmp_path / str(number), rows(6)[:4])
        with monkeypatch.context() as patched:
            steps = Steps(patched)
            steps.kill_at, steps.before = number, before
            try:
                growing.seal_all()
                growing.source.log += rows(6)[4:]
                growing.seal_all()
            except Killed:
                killed += 1
            else:
                break
        released = dict(growing.releases.notes)
        growing.source.log[:] = rows(8)  # It was appended to meanwhile.
        growing.check()
        growing.seal_all()
        assert max(growing.releases.notes) == 8
        assert released.items() <= growing.releases.notes.items()
        growing.check()
        number += 1
    assert killed > 20
    assert {"fsync", "replace", "truncate", "settle", "release", "grow", "keep"} <= set(steps.names)


def test_a_log_or_disk_that_fails_is_tried_again_and_nothing_is_signed_twice(
    growing: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealer = growing.sealer()
    for holder, name in ((os, "fsync"), (Path, "replace"), (MemoryReleases, "release"), (MemorySource, "settle")):
        with monkeypatch.context() as patched:
            patched.setattr(holder, name, _full)
            growing.source.log.append(rows(len(growing.source.log) + 1)[-1])
            with pytest.raises(OSError, match="No space left"):
                sealer.seal()
            with pytest.raises(OSError, match="No space left"):
                sealer.seal()
        while sealer.seal():
            pass
        growing.check()
    sealer.close()
    assert max(growing.releases.notes) == len(growing.source.log) == 16


def test_a_checkpoint_that_is_there_though_keeping_it_failed_is_gone_on_from(
    growing: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealer = growing.sealer()
    sync = os.fsync

    def not_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            _full()
        sync(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", not_folders)
        with pytest.raises(OSError, match="No space left"):
            sealer.seal(limit=2)
    assert Ledger.read(growing.folder).checkpoint.size == 11  # The renaming was done; only its folder was not synced.
    assert 11 not in growing.releases.notes
    assert sealer.seal() == 1
    sealer.close()
    assert sorted(growing.releases.notes) == [9, 11, 12]
    growing.check()


def _full(*_arguments: object, **_named: object) -> None:
    raise OSError(28, "No space left on device")
