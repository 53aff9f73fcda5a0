"""The forms that say that a pupil or a member of staff has left, for those who may say it."""

from api.identity import Acquainted
from api.pages.parts import Action, Input
from domain.ids import PupilId, StaffId, Stream, StreamKind
from domain.pupil.commands import TakeOffRoll
from domain.staff.commands import RecordStaffLeft
from domain.times import day_of


def leaving_form(me: Acquainted, stream: Stream, back: str) -> Action | None:
    """Take off roll, or record as left; None where there is nothing to say, or this person may not say it."""
    if stream.kind is StreamKind.PUPIL:
        return _off_roll(me, PupilId(stream.id), back)
    return _left(me, StaffId(stream.id), back) if stream.kind is StreamKind.STAFF else None


def _off_roll(me: Acquainted, child: PupilId, back: str) -> Action | None:
    pupil = me.directory.pupils.get(child)
    if pupil is None or not pupil.on_roll or not me.may(TakeOffRoll):
        return None
    return Action(
        label="Take off roll",
        command=TakeOffRoll.NAME,
        fields={"pupil": str(child), "next": back, "says": f"{pupil.name} is off roll. The record stays"},
        confirm=f"{pupil.name}{f', {pupil.street},' if pupil.street else ''} has left the school. The record stays.",
        inputs=(
            Input(name="on", label="Last day on roll", kind="date", value=day_of(me.now).isoformat(), required=True),
            Input(
                name="moved_to", label="Where the child went, if it is known", hint="A school, another council, abroad"
            ),
        ),
        button="Take off roll",
    )


def _left(me: Acquainted, staff: StaffId, back: str) -> Action | None:
    person = me.directory.people.get(staff)
    if person is None or not person.here or not me.may(RecordStaffLeft):
        return None
    return Action(
        label="Record that they have left",
        command=RecordStaffLeft.NAME,
        fields={"staff": str(staff), "next": back, "says": f"{person.name} has left, and holds no role any more"},
        confirm=f"{person.name} has left the school. Every role of theirs ends now; the record stays.",
        inputs=(Input(name="on", label="Last day", kind="date", value=day_of(me.now).isoformat(), required=True),),
        button="Record it",
    )
