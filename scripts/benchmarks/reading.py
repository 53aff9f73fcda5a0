"""Reading the log, decrypted and decoded, against decrypting alone; and loading one stream.

In a process of its own, as a rebuild or a verification is: what the bench itself has in memory slows nothing down.
"""

import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from uuid import uuid4

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.catalogue import EVENTS
from domain.ids import TripId, trip_stream
from domain.trip import state as trip_state
from eventlog.garbage import collect_seldom
from eventlog.settings import DatabaseUrls
from eventlog.store import Store
from scripts.benchmarks.append import a_call
from scripts.benchmarks.figure import Figure, median

_ROUNDS = 3
_STREAM = 100


def figures(urls: DatabaseUrls, small: str, large: str, say: Callable[[str], None]) -> list[Figure]:
    """Events a second of CPU time of one process, and milliseconds for a stream of a hundred events."""
    say("reading the log")
    environment = {**os.environ, "DOORSTEP_BENCH_URLS": json.dumps(asdict(urls)), "PYTHONPATH": "."}
    command = [sys.executable, "-m", "scripts.benchmarks.reading", small, large]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=list[Figure])


def main() -> None:
    """Measure the two schools that are named, and print the figures as JSON."""
    collect_seldom()
    urls = DatabaseUrls(**json.loads(os.environ["DOORSTEP_BENCH_URLS"]))
    small, large = sys.argv[1:]
    with Store.open(urls, EVENTS) as store:
        sys.stdout.write(msgspec.json.encode(_measured(store, small, large)).decode())


def _measured(store: Store, small: str, large: str) -> list[Figure]:
    log = store.log(large)
    events = log.head()
    rates, decrypting = [], []
    for _ in range(_ROUNDS):
        gc.collect()
        begun = time.process_time()
        read = sum(1 for _ in log.read_log())
        rates.append(read / (time.process_time() - begun))
        decrypting.append(_decrypting())
    stream = trip_stream(TripId(uuid4()))
    for number in range(_STREAM):
        log_of_small = store.log(small)
        command, fingerprint, writes = a_call(number, stream, number)
        log_of_small.append_now(command, fingerprint, writes)
    loads = []
    for _ in range(50):
        begun = time.perf_counter()
        trip_state.fold(TripId(stream.id), store.log(small).read(stream))
        loads.append((time.perf_counter() - begun) * 1000)
    return [
        Figure(
            name=f"reading the log decrypted and decoded, {events} events, a core",
            value=median(rates),
            unit="events/s",
            reference="AES-256-GCM of 300 bytes, decrypting alone",
            reference_value=median(decrypting),
            ratio=median([one / beside for one, beside in zip(rates, decrypting, strict=True)]),
            spread=(min(rates), max(rates)),
        ),
        Figure(
            name=f"a stream of {_STREAM} events, loaded and folded",
            value=median(loads),
            unit="ms",
            spread=(min(loads), max(loads)),
        ),
    ]


def _decrypting() -> float:
    key, nonce = AESGCM(os.urandom(32)), os.urandom(12)
    sealed = key.encrypt(nonce, os.urandom(300), b"envelope")
    begun = time.process_time()
    for _ in range(20_000):
        key.decrypt(nonce, sealed, b"envelope")
    return 20_000 / (time.process_time() - begun)


if __name__ == "__main__":
    main()
