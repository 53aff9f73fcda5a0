"""The world of the scenarios, for tests of what projections answer."""

from tests.scenarios.conftest import _file_world, world

__all__ = ["_file_world", "world"]
