"""Reading the log, decrypted and decoded, against decrypting alone; and loading one stream."""

import gc
import os
import time
from collections.abc import Callable
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.ids import TripId, trip_stream
from domain.trip import state as trip_state
from eventlog.store import Store
from scripts.benchmarks.append import a_call
from scripts.benchmarks.figure import Figure, median

_ROUNDS = 3
_STREAM = 100


def figures(store: Store, small: str, large: str, say: Callable[[str], None]) -> list[Figure]:
    """Events a second of CPU time of this process, and milliseconds for a stream of a hundred events."""
    log = store.log(large)
    events = log.head()
    say(f"reading the log, {events} events")
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
