"""Starting, asking and ending the programs of server_program.py."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from eventlog.postgres_programs import RunAs

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("server_program.py")


class Program:
    """A process that uses the embedded server of a folder."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Keep the process."""
        self.process = process

    def ask(self, word: str) -> str:
        """Give it a word and wait for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        return self.heard()

    def heard(self) -> str:
        """Its next line; a program that ended instead fails the test with what it said."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        assert line, f"the program ended: {self.process.communicate(timeout=30)[1]}"
        return line

    def leave(self) -> str:
        """Let it end properly, and hand back what it said to the person at the terminal."""
        _, said = self.process.communicate("leave\n", timeout=60)
        assert self.process.returncode == 0, said
        return said

    def end(self, number: signal.Signals) -> str:
        """End it by a signal, and hand back what it said."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=60)[1]


@contextmanager
def program(
    var: Path,
    *,
    python: str = sys.executable,
    imports: Path = ROOT,
    run_as: RunAs | None = None,
    in_session: bool = False,
) -> Iterator[Program]:
    """A running program that is connected; killed at the end of the block if it is still there."""
    process = subprocess.Popen(
        [python, "-X", "utf8", PROGRAM if run_as is None else imports / PROGRAM.name, var],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(imports)},
        start_new_session=in_session,
        **(run_as or {}),
    )
    try:
        running = Program(process)
        assert running.heard() == "ready"
        yield running
    finally:
        process.kill()
        process.communicate(timeout=30)


def is_running(pid: int) -> bool:
    """Whether a process is there (a zombie is not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"


def soon(happens: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether something becomes true within that time."""
    deadline = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end_server(pid: int) -> None:
    """Stop a server that a killed program left behind, so that no test leaves one."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    assert soon(lambda: not is_running(pid))
