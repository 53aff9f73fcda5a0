"""What was just done: kept in a short-lived cookie from the answer to a form until the next page shows it once."""

import base64
import binascii
from datetime import datetime, timedelta

import msgspec
from fastapi import Request
from fastapi.responses import Response

from api.pages.forms import local_path
from api.pages.shell import Flash, UndoForm

COOKIE = "doorstep_flash"
KEPT = 60
"""Seconds after which it is forgotten, shown or not."""
UNDO = timedelta(seconds=10)
_LONGEST = 600


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """A command that was just stored."""

    says: str
    command_id: str
    index: int
    """The log's index of its last event: the next page waits for it."""
    undo_until: datetime | None = None
    """Set where a tap may be taken back."""
    important: bool = False
    sign: str = ""
    """Where one puts one's name to it, for what was typed at a front desk without one."""


def keep(response: Response, school: str, done: Done) -> None:
    """Hand it to the browser for the next page."""
    short = msgspec.structs.replace(done, says=done.says[:_LONGEST])
    value = base64.urlsafe_b64encode(msgspec.json.encode(short)).decode().rstrip("=")
    response.set_cookie(COOKIE, value, max_age=KEPT, path=f"/schools/{school}", httponly=True, samesite="strict")


def shown(response: Response, school: str) -> None:
    """It was shown: forget it."""
    response.delete_cookie(COOKIE, path=f"/schools/{school}", httponly=True, samesite="strict")


def just_done(request: Request) -> Done | None:
    """What was just done, if anything."""
    value = request.cookies.get(COOKIE)
    if not value:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)), type=Done)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return None  # Not ours, or from an older release: there is nothing to show.


def at_least(request: Request) -> int:
    """The index that this page's projections must have reached; 0 where nothing was just done."""
    done = just_done(request)
    return 0 if done is None else done.index


def flash(request: Request, now: datetime) -> Flash | None:
    """What the page shows of it."""
    done = just_done(request)
    if done is None or not done.says:
        return None
    undo = None
    if done.undo_until is not None and done.undo_until > now:
        undo = UndoForm(command="undo", fields={"command": done.command_id}, until=done.undo_until)
    return Flash(text=done.says, important=done.important, undo=undo, sign=local_path(done.sign))
