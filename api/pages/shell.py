"""What every page has around its content: menu, who I am, the strip, what was just done and its undo."""

from collections.abc import Mapping
from datetime import datetime

import msgspec


class MenuItem(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the menu; the person's role decides which there are."""

    text: str
    href: str
    current: bool = False
    count: int | None = None
    """How many things wait there; None or 0 shows no number."""


class SchoolName(msgspec.Struct, frozen=True, kw_only=True):
    """The school whose pages these are."""

    slug: str
    name: str


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks at the page."""

    id: str
    name: str
    role: str
    """The role in words: "attendance officer"."""


class DeskStrip(msgspec.Struct, frozen=True, kw_only=True):
    """What a front desk shows on every page: where it stands, and who acts there."""

    name: str
    path: str
    """Address of its own pages."""
    who: str = ""
    """Who acts there now; "" for nobody yet."""
    idle: int = 0
    """Seconds without a touch after which they do so no more."""
    minutes: int = 0
    """The same in minutes, for people."""


class UndoForm(msgspec.Struct, frozen=True, kw_only=True):
    """A ten-second undo of what was just done."""

    command: str
    """The command to send: `undo`."""
    fields: Mapping[str, str]
    until: datetime
    """UTC instant after which the button goes away (and a correction is the way)."""


class Flash(msgspec.Struct, frozen=True, kw_only=True):
    """What was just done, in one sentence that repeats the person's name and the street."""

    text: str
    important: bool = False
    """True for what did not go as asked: amber instead of green, and announced at once."""
    undo: UndoForm | None = None
    sign: str = ""
    """Address of the page where one puts one's name to it, typed at a front desk by nobody who gave one; "" shows no link."""


class Through(msgspec.Struct, frozen=True, kw_only=True):
    """By what somebody of another school reads here in an emergency: said on every page."""

    who: str
    """As what they read: "DSL of Beckside Primary"."""
    until: datetime
    end: str
    """The command that ends it at once."""
    fields: Mapping[str, str]
    """What is sent along with that."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The context of `base.html`. `render` hands it to every template as `page`."""

    school: SchoolName | None = None
    me: Me | None = None
    menu: tuple[MenuItem, ...] = ()
    demonstration: bool = False
    change_person: str = ""
    """Address of the page where one chooses who one is (demonstration only); "" shows no link."""
    desk: DeskStrip | None = None
    """On a front desk only."""
    sign_out: str = ""
    """Address of the page where one signs out; "" shows no link."""
    programs: str = ""
    """Address of the page with the programs that act for one; "" shows no link."""
    flash: Flash | None = None
    wide: bool = False
    """True for the board and other pages that use a wall screen's whole width."""
    altered: bool = False
    """True where an alarm about the school's log stops planning and exports: said in red on every page."""
    altered_href: str = ""
    """Where it says more about that alarm; "" for those who are not shown it."""
    here: str = ""
    """This page's path, sent along with forms so that the answer leads back here."""
    takes: frozenset[str] | None = None
    """The commands whose forms are shown; None for all."""
    through: Through | None = None
    """Set for somebody of another school."""

    @property
    def waiting(self) -> int:
        """How many things wait on all pages of the menu together."""
        return sum(item.count or 0 for item in self.menu)

    @property
    def commands(self) -> str:
        """Where the forms of this page are sent: `<commands>/<command name>`."""
        if self.school is None:
            raise ValueError(NO_SCHOOL)
        return f"/schools/{self.school.slug}/do"


NO_SCHOOL = "a page with a form needs a school"
