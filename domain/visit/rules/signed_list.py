"""The visit list that somebody signs before any visit on it. Clauses: SP-37, SP-38. Only a school whose policy has one."""

from collections.abc import Mapping

from domain.ids import PupilId
from domain.need import need
from domain.policy import Policy
from domain.pupil.state import Pupil
from domain.refusal import Requirement
from domain.roles import in_words
from domain.visit.state import VisitState

SETTING = "visit_list_signer"


def signer(policy: Policy) -> str:
    """The role word of whoever signs; "" where the policy has no visit list."""
    word: str = policy.value(SETTING)
    return "" if word == "none" else word


def why_unsigned(visit: VisitState, pupils: Mapping[PupilId, Pupil]) -> str:
    """Why a signature that was given counts no more; "" where it counts, or where none was ever given."""
    signature = visit.signature
    if signature is None:
        return visit.unsigned
    if any(pupils[p].told > signature.log_index for p in visit.pupils if p in pupils):
        return "what is held about the child or the family changed"
    return ""


def row_signed(visit: VisitState, pupils: Mapping[PupilId, Pupil]) -> bool:
    """Whether the row, as it stands now, is signed: editing a signed row unsigns it."""
    return visit.signature is not None and not why_unsigned(visit, pupils)


def list_signed(policy: Policy, visit: VisitState, pupils: Mapping[PupilId, Pupil]) -> tuple[Requirement, ...]:
    """The visit's row is signed before anybody goes."""
    word = signer(policy)
    if not word or row_signed(visit, pupils):
        return ()
    why = why_unsigned(visit, pupils)
    again = f" again, because {why}" if why else ""
    says = f"The visit list is not signed for this visit{again}: it needs the signature of {in_words(word)}"
    return (need(policy, SETTING, "list.signed", says, who=(word,)),)
