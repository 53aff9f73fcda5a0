"""The shapes that the shared macros of `templates/shared/parts.html` read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

import msgspec
from markupsafe import Markup

from api.pages.templating import day, hm, iso


class PersonLine(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a line shows them."""

    name: str
    role: str = ""
    """In words; "" shows none."""
    mobile: str = ""


NO_YES: Final = (("no", "No"), ("yes", "Yes"))
"""The choices of a question that is answered no unless somebody says yes."""


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One field that an action asks for."""

    name: str
    label: str
    kind: Literal["text", "textarea", "time", "date", "datetime-local", "number", "tel", "checkboxes"] = "text"
    hint: str = ""
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    """(value, words): shown as a select instead; for `checkboxes` one box each, sent as the field repeated."""
    chosen: tuple[str, ...] = ()
    """The ticked ones of `checkboxes`."""
    required: bool = False
    """An answer is wanted; of `checkboxes` each one is ticked."""


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of an action that are filled in already, and are opened only where they are not so."""

    label: str
    says: str
    """What they say, in a line."""
    inputs: tuple[Input, ...]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """One command that the person may send from here, as a form."""

    label: str
    command: str
    """The command's NAME; the form is sent to `/schools/{school}/do/{command}`."""
    fields: Mapping[str, str | int | tuple[str, ...]] = {}
    """What is known already, sent along; a tuple is sent as the field repeated."""
    confirm: str = ""
    """A sentence that repeats the person's name and the street; shown before it is sent."""
    inputs: tuple[Input, ...] = ()
    folded: tuple[Folded, ...] = ()
    """Further fields, each group closed until it is opened."""
    button: str = ""
    """The words on the button under the sentence; "" says "Record it"."""
    style: Literal["primary", "secondary", "warning"] = "secondary"


class TimelineNote(msgspec.Struct, frozen=True, kw_only=True):
    """A remark under an event: sent late, not as policy, corrected."""

    text: str
    late: bool = False
    source: str = ""
    clauses: tuple[str, ...] = ()


class TimelineItem(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a history. Both times stay visible."""

    title: str
    occurred_at: datetime
    recorded_at: datetime | None = None
    """Shown where the minute differs from `occurred_at`."""
    by: str = ""
    """Who, in which role, and who said it: "Amira Khan, attendance officer (said by ...)"."""
    body: str = ""
    tags: tuple[str, ...] = ()
    """States of the `tag` macro."""
    notes: tuple[TimelineNote, ...] = ()
    struck: bool = False
    """True where a correction took it back."""
    id: str = ""
    link: str = ""
    """Where this entry leads to: its page, or the history it stands in; "" shows no link."""
    link_text: str = ""

    @property
    def at(self) -> str:
        """When it happened: "14:50"."""
        return hm(self.occurred_at)

    @property
    def when(self) -> Markup:
        """When it happened, and when it was written down where that is another minute: instants only, nothing typed."""
        happened = (day(self.occurred_at), hm(self.occurred_at))
        said = f"{_time(self.occurred_at, ' at '.join(happened))}"
        if self.recorded_at is not None:
            written = (day(self.recorded_at), hm(self.recorded_at))
            if written != happened:
                then = written[1] if written[0] == happened[0] else " at ".join(written)
                said += f", written down {_time(self.recorded_at, then)}"
        return Markup(said)  # noqa: S704 - made of instants


def _time(instant: datetime, says: str) -> str:
    return f'<time datetime="{iso(instant)}">{says}</time>'


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """One problem of a form."""

    field: str
    """The id of the form's field."""
    says: str
