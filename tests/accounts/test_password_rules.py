import pytest

from accounts.password_rules import common, fault_of

NAMES = ("Amira Khan", "amira.khan@beckside.example", "Beckside Primary Academy")


@pytest.mark.parametrize(
    "password",
    [
        "gravel lantern otter",
        "ein sehr langes Kennwort",
        "GravelLantern",
        "zażółć gęślą jaźń",
        "four words no signs",
        "x7Qp!m2Lw9#v",
    ],
)
def test_a_long_password_that_few_have_is_taken_whatever_it_is_made_of(password: str) -> None:
    assert fault_of(password, NAMES) == ""


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "password1234",
        "Liverpool2026!",
        "!!!sunshine!!!",
        "123456789012",
        "098765432109",
        "19840312-1984",
        "qwertyuiopas",
        "abcabcabcabc",
        "aaaaaaaaaaaaaaa",
        "amirakhan1234",
        "Beckside-Primary-1",
        "Doorstep-Khan-26",
        "x" * 201,
    ],
)
def test_a_password_that_would_be_guessed_is_refused_with_what_to_do(password: str) -> None:
    assert fault_of(password, NAMES).startswith(("Use ", "Many people", "This is mostly"))


def test_the_list_holds_what_many_people_use() -> None:
    assert {"password", "liverpool", "letmein"} <= common()
