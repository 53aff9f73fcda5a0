"""Writing a school's export into a folder, for whoever works at the command line."""

import asyncio
import os
from pathlib import Path
from typing import NamedTuple

from api.command_parts import person_named
from api.exporting import NOTHING_LEFT, ExportFile, left_out, make_file
from api.identity import Acquainted
from api.runtime import Runtime
from commands.ids import new_command_id
from domain.ids import DOORSTEP
from domain.refusal import Refused
from domain.roles import Role
from domain.school.commands import ExportRecords
from domain.staff.state import Person, RoleHeld

_ONLY_OWNER = 0o600


def somebody(runtime: Runtime, slug: str, name: str | None) -> Acquainted:
    """The member of staff of this name; without one Doorstep itself, which exports what a school office may.

    Raises UnknownSchool; Unknown where nobody, or more than one, is called so.
    """
    school, directory = runtime.school(slug), runtime.directory(slug)
    if name is None:
        itself = Person(id=DOORSTEP, name="Doorstep", roles=(RoleHeld(role=Role.SCHOOL_OFFICE),))
        return Acquainted(school=school, person=itself, directory=directory, now=runtime.now())
    return Acquainted(school=school, person=person_named(directory, name), directory=directory, now=runtime.now())


class Exported(NamedTuple):
    """What came of an export."""

    file: Path | None
    """None where nothing was exported."""
    left_out: int
    """Records that wait and that whoever asked may not read."""


def export_to(runtime: Runtime, slug: str, folder: Path, name: str | None) -> Exported:
    """Write what waits for the school's record system into a file in `folder`.

    Each record in it counts as exported, once. Only the file's owner may read it; a file that is there already is
    never overwritten. Raises as `somebody`, NotPermitted, OSError; Refused while an alarm about the log stands, also
    where nothing waits.
    """
    me = somebody(runtime, slug, name)
    me.refuse_unless(ExportRecords, "Files are made for the DSL, a deputy, the school office or the headteacher")
    runtime.bus.integrity.of(slug)  # Looked at before `refuse` can know.
    runtime.bus.integrity.refuse(slug)
    folder.mkdir(parents=True, exist_ok=True)
    runner = runtime.runner(slug)
    runner.catch_up()
    runner.start()
    try:
        made = asyncio.run(make_file(runtime, me, None, {}, new_command_id()))
    except Refused as refused:
        if any(one.code != NOTHING_LEFT for one in refused.unmet):
            raise  # An alarm about the log, say: what waits still waits.
        return Exported(None, asyncio.run(left_out(runtime, me)))
    # A crash here leaves records that count as exported without a file: the exports page gives the file again.
    return Exported(_write(folder, made), asyncio.run(left_out(runtime, me)))


def _write(folder: Path, made: ExportFile) -> Path:
    whole = Path(made.name)
    number = 1
    while True:
        path = folder / (whole.name if number == 1 else f"{whole.stem}-{number}{whole.suffix}")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_OWNER)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(made.body)
        return path
