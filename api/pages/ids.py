"""The ids in a page's address."""

from uuid import UUID

from domain.refusal import Unknown


def id_in(address: str, kind: str) -> UUID:
    """The id that this part of an address is. Raises Unknown for what is none: there is no `kind` of that name."""
    try:
        return UUID(address)
    except ValueError:
        raise Unknown(kind) from None
