"""Attacks go through the same world as scenarios, and the same doors as the pages."""

from tests.api.conftest import doors
from tests.scenarios.conftest import _file_world, world

__all__ = ["_file_world", "doors", "world"]
