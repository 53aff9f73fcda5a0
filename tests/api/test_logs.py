"""What is written about an error: its type and its places, and nothing of its words."""

import logging
import re
import sys
import threading
from io import StringIO

import pytest

from api import logs

log = logging.getLogger("doorstep.test")


def fail(words: str) -> None:
    try:
        int(words)
    except ValueError as error:
        raise KeyError(words) from error


def test_an_error_is_told_by_type_and_place_and_our_own_words_stay() -> None:
    out = StringIO()
    with logs.written("info", out):
        try:
            fail("Ava Brook")
        except KeyError as error:
            log.exception("visit %s failed (%s)", 7, error)  # noqa: TRY401 - what this is about
    written = out.getvalue()
    assert "ERROR doorstep.test: visit 7 failed (KeyError)\nKeyError\n" in written
    assert "from ValueError\n" in written
    assert "test_logs.py:" in written
    assert "Ava" not in written


def test_less_than_the_level_is_not_written_and_afterwards_everything_is_as_before() -> None:
    out, root = StringIO(), logging.getLogger()
    before = (root.level, list(root.handlers), sys.excepthook, threading.excepthook, sys.unraisablehook)
    with logs.written(to=out):
        log.info("not this")
        log.warning("this")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING doorstep\.test: this\n", out.getvalue())
    assert "not this" not in out.getvalue()
    assert (root.level, list(root.handlers), sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_what_another_handler_wrote_out_whole_is_not_taken_over() -> None:
    with pytest.raises(KeyError) as found:
        fail("Ava Brook")
    error = (found.type, found.value, found.tb)
    record = log.makeRecord(log.name, logging.ERROR, __file__, 1, "failed", (), error)
    record.exc_text = "ValueError: Ava Brook"
    assert "Ava" not in logs.WithoutWords().format(record)
    assert record.exc_text == "ValueError: Ava Brook", "it is the other's"


def test_nothing_that_is_told_looks_like_a_line_of_its_own() -> None:
    out = StringIO()
    with logs.written(to=out):
        log.warning("school %s", "x\n2026-11-22 10:00:00,000 ERROR forged\x1b[2J\r")
    assert out.getvalue().count("\n") == 1
    assert r"x\x0a2026" in out.getvalue()
    assert "\x1b" not in out.getvalue()
