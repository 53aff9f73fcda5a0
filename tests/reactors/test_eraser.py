"""Erasures are carried out soon after their confirmation, and whatever goes wrong at one school stays there."""

import asyncio

import pytest

from commands.erasure import Erasures
from domain.erasure.commands import About, PlaceHold
from domain.pupil.state import ERASED
from reactors.eraser import Eraser
from tests.scenarios.conftest import own_world as world
from tests.scenarios.harness import World
from tests.scenarios.test_erasure import admitted, ask, confirm, with_rule, years_later

__all__ = ["world"]


def test_a_confirmed_erasure_is_carried_out_and_one_school_never_stops_another(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    schools = [world.school("LJ"), world.school("LJ"), world.school("LJ")]
    children = [admitted(school) for school in schools]
    for school in schools:
        with_rule(school)
    years_later(schools[0])
    ailing, held, well = schools
    for school, child in zip(schools, children, strict=True):
        confirm(school, ask(school, child))
    held.send(PlaceHold(about=About.PUPIL, subject=children[1].id, why="police"), by=held.dsl)
    erasures = Erasures(world.store, world.bus, world.urls)
    eraser = Eraser(erasures, lambda: [school.slug for school in schools])
    pending = erasures.is_pending

    def broken(slug: str) -> bool:
        if slug == ailing.slug:
            raise ConnectionError
        return pending(slug)

    with monkeypatch.context() as patched:
        patched.setattr(erasures, "is_pending", broken)
        for _ in range(2):
            asyncio.run(eraser.look())
    assert [r.getMessage() for r in caplog.records if r.name == "reactors.eraser"] == [
        f"an erasure of {ailing.slug} is not finished and is tried again (ConnectionError)"
    ], "said once, not at each look"
    names = [school.known.pupils[child.id].name for school, child in zip(schools, children, strict=True)]
    assert names == ["Aoife Invented", "Aoife Invented", ERASED]
    assert not pending(well.slug)
    assert pending(held.slug)
    asyncio.run(eraser.look())
    assert ailing.known.pupils[children[0].id].name == ERASED, "tried again"
