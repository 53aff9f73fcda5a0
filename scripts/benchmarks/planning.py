"""What is still needed before anyone leaves: for one trip, for ten thousand visits; and how long a request takes.

The list is asked of the rules themselves, in memory, as the gate, the pages and the board ask them.
"""

import time
from collections.abc import Callable
from typing import Final

import httpx2

from commands.ids import new_command_id
from domain.readiness import readiness
from domain.refusal import Requirement
from scripts.benchmarks.figure import Figure, median, paced, slowest
from scripts.benchmarks.history import Place
from tests.domain.story import Story, pupil_id

_POLICIES: Final = ("st_patricks", "leyland", "william_lilley", "norbury", "scargill")
_TIMES = 300
_VISITS = 10_000
_A_SECOND: float = 10
_REQUESTS = 200
_ROUNDS = 3


def figures(say: Callable[[str], None]) -> list[Figure]:
    """One trip to two doors, of which nothing is settled yet: eleven rules for each door and twelve for the trip."""
    say("what is still needed")
    reference = median([_plain() for _ in range(_TIMES)])
    asked = {key: _trip_of(key) for key in _POLICIES}
    took = {key: [_ms(ask) for _ in range(_TIMES)] for key, ask in asked.items()}
    slow = max(took, key=lambda key: median(took[key]))
    begun = time.perf_counter()
    for _ in range(_VISITS // 2):
        asked[slow]()
    every = time.perf_counter() - begun
    return [
        Figure(
            name=f"what is still needed for a trip to two doors ({len(asked[slow]())} lines), the slowest of five policies",
            value=median(took[slow]),
            unit="ms",
            reference="ms for a hundred thousand plain additions",
            reference_value=reference,
            ratio=median(took[slow]) / reference,
            spread=(min(took[slow]), max(took[slow])),
        ),
        Figure(
            name=f"{_VISITS:,} planned visits evaluated anew, at that policy",
            value=every,
            unit="s",
            reference="s for a hundred thousand plain additions, as often",
            reference_value=reference * _VISITS / 2 / 1000,
            ratio=every / (reference * _VISITS / 2 / 1000),
        ),
    ]


async def request_figures(address: str, place: Place, say: Callable[[str], None]) -> list[Figure]:
    """Ten requests a second for twenty seconds, each for one of twenty children; beside it a route that does nothing."""
    say("asking for visits")
    headers = {"Doorstep-Demo-Person": str(place.visitors[0])}
    ours, nothing = [], []
    async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=30) as client:

        async def ask(number: int) -> None:
            answer = await client.post(
                f"/api/v1/schools/{place.slug}/commands/request-visit",
                json={
                    "pupils": [str(place.pupils[number % len(place.pupils)])],
                    "purpose": "attendance",
                    "purpose_text": "Not seen since Monday",
                    "on_site_reason": "No answer to letters",
                },
                headers={"Idempotency-Key": str(new_command_id())},
            )
            answer.raise_for_status()

        async def idle(_: int) -> None:
            (await client.post("/api/v1/nothing", json={})).raise_for_status()

        for _ in range(_ROUNDS):
            nothing.append(slowest(await paced(_A_SECOND, _REQUESTS, idle)))
            ours.append(slowest(await paced(_A_SECOND, _REQUESTS, ask)))
    return [
        Figure(
            name=f"asking for a visit, {_A_SECOND:.0f} a second, p99",
            value=median(ours),
            unit="ms",
            reference="a route that does nothing, p99",
            reference_value=median(nothing),
            ratio=median(ours) / median(nothing),
            spread=(min(ours), max(ours)),
        )
    ]


def _trip_of(key: str) -> Callable[[], tuple[Requirement, ...]]:
    story = Story(key)
    trip = story.trip(story.plan(story.ask(), story.ask(pupils=(pupil_id("billie"),))))
    visits = [story.visit(one) for one in trip.visits]
    others = dict.fromkeys(trip.team, trip)
    return lambda: readiness(story.policy, trip, visits, story.people, others, story.pupils)


def _plain() -> float:
    def add() -> None:
        total = 0
        for number in range(100_000):
            total += number

    return _ms(add)


def _ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
