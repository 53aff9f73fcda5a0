"""Names for what has an identity here. Never two bare UUIDs side by side."""

from typing import NewType
from uuid import UUID

AccountId = NewType("AccountId", UUID)
SessionId = NewType("SessionId", UUID)
InvitationId = NewType("InvitationId", UUID)
RestoringId = NewType("RestoringId", UUID)
TokenId = NewType("TokenId", UUID)
ScreenId = NewType("ScreenId", UUID)
