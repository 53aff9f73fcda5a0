"""What the program writes about itself: to stderr, and never what somebody typed or is called.

Our own lines name ids and types. The words of an error are nobody's to choose (a database quotes the value that it
refuses, a parser what it could not read), so an error is told by its type and by where in the code it happened.
"""

import asyncio
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from traceback import extract_tb
from types import TracebackType
from typing import Any, Final, TextIO

log = logging.getLogger(__name__)

LEVELS: Final = ("error", "warning", "info", "debug")
"""How much is written, the least first."""
_FORM: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_LINE_ENDS: Final = {code: f"\\x{code:02x}" for code in (*range(32), 127, 0x85, 0x2028, 0x2029)}
_DEEPEST: Final = 10
"""So many errors behind an error are told."""


class WithoutWords(logging.Formatter):
    """Writes an error as its type and the places in the code, without its message. Times are UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line, and the error's places below it."""
        told = logging.makeLogRecord(record.__dict__)
        told.args = _without_words(record.args)  # type: ignore[assignment] # a record made of another takes what it had
        told.msg, told.args = _in_one_line(told.getMessage()), ()
        told.exc_text = None  # another handler may have written it out whole
        return super().format(told)

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - as logging calls it
        """The instant, as 2026-11-20T10:40:00.123Z."""
        at = datetime.fromtimestamp(record.created, UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging calls it so
        """The error, and what it came from."""
        error = ei[1]
        return "" if error is None else places_of(error)


def places_of(error: BaseException) -> str:
    """The types of an error and of those behind it, each with the places that it came through.

    >>> places_of(ValueError("Ava Brook"))
    'ValueError'
    """
    lines: list[str] = []
    cause: BaseException | None = error
    for _ in range(_DEEPEST):
        if cause is None:
            break
        lines.append(f"{'from ' if lines else ''}{_kind(cause)}")
        lines.extend(f"  {at.filename}:{at.lineno} in {at.name}" for at in extract_tb(cause.__traceback__))
        if isinstance(cause, BaseExceptionGroup):
            lines.extend(f"  with {_kind(one)}" for one in cause.exceptions)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "\n".join(lines)


@contextmanager
def written(level: str = "warning", to: TextIO | None = None) -> Iterator[None]:
    """Write what is logged from `level` on to stderr, and what nobody catches with it, for as long as the block lasts."""
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(WithoutWords(_FORM))
    root = logging.getLogger()
    before, hooks = root.level, (sys.excepthook, threading.excepthook, sys.unraisablehook)
    root.addHandler(handler)
    root.setLevel(level.upper())
    sys.excepthook, threading.excepthook, sys.unraisablehook = _uncaught, _thread_ended, _unraisable
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
        root.setLevel(before)
        root.removeHandler(handler)


def of_loop(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """An event loop's handler of what nobody waited for: asyncio's own would write the task, with its error's words."""
    error = context.get("exception")
    log.error("a task failed and nobody waited for it", exc_info=error if isinstance(error, BaseException) else None)


def _in_one_line(says: str) -> str:
    """So that nothing that is told can look like another line."""
    return says.strip().translate(_LINE_ENDS)


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _without_words(args: object) -> object:
    if isinstance(args, Mapping):
        return {name: _told(one) for name, one in args.items()}
    return tuple(_told(one) for one in args) if isinstance(args, tuple) else args


def _told(one: object) -> object:
    return _kind(one) if isinstance(one, BaseException) else one


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("the program ends with an error", exc_info=(kind, error, trace))


def _thread_ended(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None:
        log.error("a thread ended with an error", exc_info=ended.exc_value)


def _unraisable(found: "sys.UnraisableHookArgs") -> None:
    log.error("an error could not be raised", exc_info=found.exc_value)
