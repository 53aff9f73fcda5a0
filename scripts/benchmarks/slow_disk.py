"""A server whose every sync takes a millisecond longer."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventlog import postgres_server


class NoCompiler(Exception):  # noqa: N818 - a fact about the machine
    """There is no C compiler, so the second regime is left out."""


@contextmanager
def slow_disk() -> Iterator[None]:
    """Servers that are started inside the block have it. Raises NoCompiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        message = "no C compiler (cc) on this machine: the regime with slow syncs is left out"
        raise NoCompiler(message)
    with tempfile.TemporaryDirectory() as folder:
        # PostgreSQL runs as another user than root: it must be able to read the library.
        Path(folder).chmod(0o755)
        library = Path(folder) / "slow_disk.so"
        source = Path(__file__).with_name("slow_disk.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
        library.chmod(0o755)
        usual = postgres_server._environment  # noqa: SLF001 - the bench starts a server that nobody else may have

        def preloaded() -> dict[str, str]:
            return usual() | {"LD_PRELOAD": str(library)}

        postgres_server._environment = preloaded  # noqa: SLF001 - as above
        try:
            yield
        finally:
            postgres_server._environment = usual  # noqa: SLF001 - as above
