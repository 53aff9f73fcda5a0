"""The page templates: strict about names that a page forgot, London times, macros of govuk-frontend.

Our own templates fail on any undefined name. The macros of `govuk-frontend-jinja` rely on the opposite
(options left out are undefined), so they live in an environment of their own; a template imports them as
their documentation says, or uses them by name (`govukButton`) without an import.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
from jinja2 import ChoiceLoader, Environment, FunctionLoader, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from api.pages.assets import Assets
from api.pages.shell import Page
from domain.times import day_of

LONDON = ZoneInfo("Europe/London")
_MINUTE = 60
_COMES_TWICE = (1, 2)
"""Hours in which the clocks in London ever went back."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"),
    "December",
)
_MACRO = re.compile(r"components/(?P<component>[a-z-]+)/macro\.html")


class Templates:
    """Renders pages. One object for the whole program."""

    def __init__(self, assets: Assets) -> None:
        """Build the two environments; templates are compiled on first use."""
        self._environment = _environment(assets)

    def render(self, name: str, page: Page, **context: object) -> str:
        """The HTML of a whole page. Raises jinja2.UndefinedError for a name that the page forgot."""
        return self._environment.get_template(name).render(page=page, **context)

    def fragment(self, name: str, **context: object) -> str:
        """The HTML of a part that stands alone, such as the board's rows."""
        return self._environment.get_template(name).render(**context)


def hm(instant: datetime) -> str:
    """The time in London: "14:50"; with "BST" or "GMT" in the hour that comes twice.

    >>> hm(datetime(2026, 11, 20, 14, 50, tzinfo=UTC))
    '14:50'
    >>> hm(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)), hm(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    ('01:30 BST', '01:30 GMT')
    """
    local = instant.astimezone(LONDON)
    shown = f"{local.hour:02}:{local.minute:02}"
    if local.hour not in _COMES_TWICE:
        return shown
    first, second = local.replace(fold=0), local.replace(fold=1)
    return f"{shown} {local:%Z}" if first.utcoffset() != second.utcoffset() else shown


def hms(instant: datetime) -> str:
    """The time in London with seconds: "14:50:07"."""
    return f"{instant.astimezone(LONDON):%H:%M:%S}"


def until(due: datetime, now: datetime) -> str:
    """How long is left, or by how much it is overdue; the same words as `static/clock.js`.

    >>> until(datetime(2026, 11, 20, 14, 50, tzinfo=UTC), datetime(2026, 11, 20, 13, 38, tzinfo=UTC))
    '1 h 12 min left'
    >>> until(datetime(2026, 11, 20, 14, 50, tzinfo=UTC), datetime(2026, 11, 20, 14, 53, 30, tzinfo=UTC))
    'overdue by 3 min'
    """
    seconds = (due - now).total_seconds()
    return f"{_duration(seconds)} left" if seconds > 0 else f"overdue by {_duration(-seconds)}"


def _duration(seconds: float) -> str:
    whole = int(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    minutes = whole // _MINUTE
    return f"{minutes} min" if minutes < _MINUTE else f"{minutes // _MINUTE} h {minutes % _MINUTE} min"


def day(value: datetime | date) -> str:
    """The day in London: "Friday 20 November 2026".

    >>> day(datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    'Wednesday 1 July 2026'
    """
    local = value.astimezone(LONDON) if isinstance(value, datetime) else value
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"


def short_day(value: datetime | date) -> str:
    """The day in London, short: "20 Nov 2026"."""
    local = value.astimezone(LONDON) if isinstance(value, datetime) else value
    return f"{local.day} {local:%b %Y}"


def moment(at: datetime, now: datetime) -> str:
    """The time with its day as seen from `now`, in London.

    >>> now = datetime(2026, 11, 20, 14, 50, tzinfo=UTC)
    >>> moment(datetime(2026, 11, 20, 9, 5, tzinfo=UTC), now), moment(datetime(2026, 11, 19, 9, 5, tzinfo=UTC), now)
    ('09:05 today', '09:05 yesterday')
    >>> moment(datetime(2026, 11, 3, 9, 5, tzinfo=UTC), now)
    '09:05 on 3 Nov 2026'
    """
    if day_of(at) == day_of(now):
        return f"{hm(at)} today"
    return f"{hm(at)} yesterday" if day_of(at) == day_of(now) - timedelta(days=1) else f"{hm(at)} on {short_day(at)}"


def iso(instant: datetime) -> str:
    """The instant as scripts and `datetime` attributes read it: UTC with milliseconds and "Z".

    >>> iso(datetime(2026, 11, 20, 14, 50, tzinfo=UTC))
    '2026-11-20T14:50:00.000Z'
    """
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def tel(number: str) -> str:
    """A telephone number as a `tel:` or `sms:` link wants it: digits and a leading plus only.

    >>> tel("01632 960 000"), tel("+44 (0)7700 900 123")
    ('01632960000', '+447700900123')
    """
    abroad = number.strip().startswith("+")
    return re.sub(r"[^+0-9]", "", number.replace("(0)", "") if abroad else number)


def embedded_json(value: object) -> Markup:
    """A value (msgspec structs too) as JSON for a `<script type="application/json">` block; instants as ISO 8601.

    Nothing in it can end the block: `<`, `>`, `&` and whatever is not ASCII are escaped.
    """
    text = json.dumps(msgspec.to_builtins(value), ensure_ascii=True)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def _environment(assets: Assets) -> Environment:
    lenient = Environment(
        loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        auto_reload=False,  # they come with the program: looking at each file for each page finds nothing new
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    macros = _govuk_macros(lenient)

    def bridge(name: str) -> str | None:
        found = _MACRO.fullmatch(name)
        macro = _macro_name(found) if found else ""
        return f"{{% set {macro} = {macro} %}}" if macro in macros else None

    strict = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("api"),
                PrefixLoader({"govuk_frontend_jinja": FunctionLoader(bridge)}),
            ]
        ),
        auto_reload=False,  # as above
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    strict.globals |= macros
    strict.globals |= {"asset": assets.address, "new_id": lambda: str(uuid4())}
    strict.filters |= {
        "hm": hm,
        "hms": hms,
        "until": until,
        "day": day,
        "short_day": short_day,
        "iso": iso,
        "tel": tel,
        "embedded_json": embedded_json,
    }
    return strict


def _govuk_macros(lenient: Environment) -> Mapping[str, Callable[..., Any]]:
    """The macros by name; each is compiled when a page first uses it, because all of them take half a second."""
    found = ((name, _MACRO.search(name)) for name in lenient.list_templates())
    return {(macro := _macro_name(match)): _when_used(lenient, name, macro) for name, match in found if match}


def _macro_name(match: re.Match[str]) -> str:
    return "govuk" + match["component"].title().replace("-", "")


def _when_used(lenient: Environment, template: str, macro: str) -> Callable[..., Any]:
    @cache
    def compiled() -> Any:
        return getattr(lenient.get_template(template).module, macro)

    def use(*options: object, **more: object) -> Any:
        return compiled()(*options, **more)

    return use
