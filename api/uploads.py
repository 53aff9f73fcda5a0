"""A form with a file in it: read into memory and nowhere else, within the limit that stands before it (`api.guards`)."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from api.guards import FILE_LIMIT

_MOST_FIELDS: Final = 20


class Upload(NamedTuple):
    """What such a form sent."""

    fields: Mapping[str, str]
    file: bytes
    """b"" where none was chosen. What it was called is not looked at."""


class _InMemory(MultiPartParser):
    """Starlette's, which would write a file of more than a megabyte to the disk."""

    spool_max_size = FILE_LIMIT + 1


async def read_upload(request: Request) -> Upload:
    """The fields and the one file. Raises HTTPException for anything that is no such form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(415, "Send this as a form with a file")
    parser = _InMemory(
        request.headers, request.stream(), max_files=1, max_fields=_MOST_FIELDS, max_part_size=FILE_LIMIT
    )
    try:
        form = await parser.parse()
    except MultiPartException:
        raise HTTPException(400, "This form cannot be read. Open the page again and send it from there") from None
    try:
        files = [await one.read() for one in form.values() if isinstance(one, UploadFile)]
    finally:
        await form.close()
    return Upload({name: one for name, one in form.items() if isinstance(one, str)}, b"".join(files))
