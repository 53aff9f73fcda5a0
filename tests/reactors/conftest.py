"""The world of the scenarios, for tests of what acts on time."""

from tests.scenarios.conftest import _file_world, world

__all__ = ["_file_world", "world"]
