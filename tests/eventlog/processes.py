"""Starts writers as processes of their own."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from eventlog.settings import DatabaseUrls

ROOT = Path(__file__).parents[2]


def start_writer(urls: DatabaseUrls, school: str, *, threads: int, appends: int) -> subprocess.Popen[str]:
    """A process that runs `writer.py`; its output has a line for each acknowledged event: index and id."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.eventlog.writer"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    order = {"urls": asdict(urls), "school": school, "threads": threads, "appends": appends}
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    return process
