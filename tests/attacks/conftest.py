"""Attacks go through the same world as scenarios."""

from tests.scenarios.conftest import _file_world, world

__all__ = ["_file_world", "world"]
