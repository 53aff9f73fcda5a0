"""Under which address a live installation answers, and whose word is taken for who asks."""

import pytest
from fastapi import Request

from api.origin import LOOPBACK, Origin, address_of, origin_from_environ
from eventlog.settings import SettingsUnclearError


def asked_by(peer: str, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return Request({"type": "http", "client": (peer, 4711), "headers": headers})


@pytest.mark.parametrize(
    "address", ["https://visits.school.uk", "https://visits.school.uk:8443/", "http://localhost:8000"]
)
def test_an_address_that_people_type_is_taken(address: str) -> None:
    origin = origin_from_environ({"DOORSTEP_ORIGIN": address})
    assert origin.hosts in {("visits.school.uk",), ("localhost",)}
    assert origin.secure == address.startswith("https")


@pytest.mark.parametrize(
    "address",
    [
        "http://visits.school.uk",
        "visits.school.uk",
        "https://visits.school.uk/doorstep",
        "https://u:p@x",
        "https://x:y",
    ],
)
def test_one_that_cannot_be_right_is_refused_with_what_to_write(address: str) -> None:
    with pytest.raises(SettingsUnclearError, match="DOORSTEP_ORIGIN"):
        origin_from_environ({"DOORSTEP_ORIGIN": address})


def test_without_one_this_machine_alone_is_answered() -> None:
    assert origin_from_environ({}) == Origin()
    assert Origin().hosts == LOOPBACK


def test_networks_that_are_none_are_refused() -> None:
    with pytest.raises(SettingsUnclearError, match="DOORSTEP_PROXIES"):
        origin_from_environ({"DOORSTEP_PROXIES": "the proxy"})


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (asked_by("203.0.113.9"), "203.0.113.9"),
        (asked_by("203.0.113.9", "198.51.100.1"), "203.0.113.9"),
        (asked_by("127.0.0.1", "198.51.100.1"), "198.51.100.1"),
        (asked_by("127.0.0.1", "192.0.2.1, 198.51.100.1"), "198.51.100.1"),
        (asked_by("127.0.0.1", "192.0.2.1", "198.51.100.1"), "198.51.100.1"),
        (asked_by("127.0.0.1", "nobody"), ""),
        (asked_by("127.0.0.1"), ""),
    ],
    ids=[
        "stranger",
        "stranger who says another",
        "proxy",
        "what the proxy saw",
        "several",
        "no address",
        "proxy silent",
    ],
)
def test_only_a_proxys_word_is_taken_and_only_its_last(request_: Request, found: str) -> None:
    assert address_of(request_, Origin()) == found
