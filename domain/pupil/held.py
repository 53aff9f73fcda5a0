"""What is held about a family, as one thing: to compare it with what a file says, or with what somebody saw when a form was opened."""

from typing import Final

from domain.marks import mark
from domain.pupil.events import FamilyProfileRecorded
from domain.pupil.state import Pupil

CHANGED: Final = "family.changed"


def family_of(pupil: Pupil) -> FamilyProfileRecorded:
    """All that is held, as if it were kept anew."""
    return FamilyProfileRecorded(
        carers=pupil.carers,
        address=pupil.address,
        phone=pupil.phone,
        phone_none_reason=pupil.phone_none_reason,
        language=pupil.language,
        interpreter_needed=pupil.interpreter_needed,
        literacy_support=pupil.literacy_support,
        notes=pupil.notes,
    )


def mark_of(pupil: Pupil) -> str:
    """Stands for what is held: another one where anything of it is another. It goes to whoever sees the family, and nowhere else."""
    return mark(family_of(pupil))
