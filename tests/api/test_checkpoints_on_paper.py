"""Checkpoints on the governors' report and on a visit's history: a reprint is equal, and what is kept of it verifies."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import segno

from api.identity import COOKIE, HEADER
from eventlog.ledger.ledgers import Ledgers
from eventlog.ledger.postgres import LedgerDatabase, PostgresReleases, PostgresSource
from eventlog.ledger.signing import make_key, read_key
from eventlog.ledger.verifier import Refused, open_checkpoint, parse_vkey, verify
from tests.api.desk_pages import Pages
from tests.api.pictures import read_qr
from tests.scenarios.cast import Someone
from tests.scenarios.harness import World

TERM = "2026-27-autumn"


class Seals:
    """A sealer that seals when it is told to."""

    def __init__(self, world: World, school: str, folder: Path) -> None:
        """With a key of its own."""
        self._world, self._school, self._folder = world, school, folder
        self._key = folder / "key.pem"
        make_key(self._key)

    def seal(self) -> str:
        """Everything so far; the log's verifier key."""
        database = LedgerDatabase(self._world.urls.sealer)
        try:
            source = PostgresSource(database, self._school)
            ledgers = Ledgers(self._folder / "ledger", read_key(self._key))
            sealer = ledgers.sealer(source, PostgresReleases(database, self._school, 1), lambda: datetime.now(UTC))
            while sealer.seal():
                pass
            sealer.close()
        finally:
            database.close()
        return (self._folder / "ledger" / self._school / "1" / "log.vkey").read_text().strip()


@pytest.fixture
def seals(world: World, pages: Pages, tmp_path: Path) -> Seals:
    return Seals(world, pages.school.slug, tmp_path)


def code(html: str) -> str:
    """The QR code of a page."""
    found = re.search(r'<div role="img" aria-label="QR code[^>]*>(<svg.*?</svg>)', html, re.DOTALL)
    assert found is not None, html
    return found[1]


def pdf_of(pages: Pages) -> bytes:
    """The report as a file."""
    pages.caught_up()
    pages.client.cookies.set(COOKIE, str(pages.school.governor.id))
    path = f"/schools/{pages.school.slug}/governors/{TERM}/pdf"
    answer = pages.client.post(path, headers={"Origin": "http://localhost"})
    assert answer.status_code == 200
    return answer.content


def test_before_anything_is_sealed_the_papers_say_so(pages: Pages) -> None:
    school = pages.school
    visit = school.ask()
    assert "No checkpoint covers entry" in pages.get(school.governor, "/governors")
    pages.get(school.governor, f"/governors/{TERM}/checkpoint", status=404)
    assert pdf_of(pages).startswith(b"%PDF")
    assert "No checkpoint covers entry" in pages.get(school.dsl, f"/visits/{visit.id}/history")


def test_a_reprint_of_the_report_is_equal_and_what_is_kept_of_it_verifies(
    pages: Pages, seals: Seals, tmp_path: Path
) -> None:
    school = pages.school
    school.ask()
    key = seals.seal()
    sealed = school.log.head()
    html = pages.get(school.governor, "/governors")
    assert f"{sealed}</dd>" in html
    first = pdf_of(pages)
    kept = pages.get(school.governor, f"/governors/{TERM}/checkpoint")
    pages.get(school.dsl, "/dsl")
    seals.seal()  # the report that was made is an entry too, and is sealed under a larger checkpoint
    assert school.log.head() > sealed
    assert pdf_of(pages) == first
    assert code(pages.get(school.governor, "/governors")) == code(html)

    file = tmp_path / "kept.checkpoint"
    file.write_text(kept)
    assert f"with {sealed} events" in verify(file, [parse_vkey(key)], kind="checkpoint")
    school.ask(child=school.admit())
    seals.seal()
    assert pdf_of(pages) != first
    pages.get(school.teacher, f"/governors/{TERM}/checkpoint", status=403)


def test_a_history_printed_again_has_the_same_checkpoint_until_something_happens(pages: Pages, seals: Seals) -> None:
    school = pages.school
    visit = school.ask()
    seals.seal()
    address = f"/visits/{visit.id}/history"
    before = code(pages.get(school.dsl, address))
    seals.seal()  # the reading
    assert code(pages.get(school.dsl, address)) == before
    as_known = f"{address}?known_at={school.now:%Y-%m-%dT%H:%M:%SZ}"
    assert code(pages.get(school.dsl, as_known)) == before
    school.at("15:00")
    visit.arrive()
    assert "No checkpoint covers entry" in pages.get(school.dsl, address)
    seals.seal()
    assert code(pages.get(school.dsl, address)) != before
    assert code(pages.get(school.dsl, as_known)) == before


def asked(pages: Pages, who: Someone, path: str, *, status: int = 200) -> str:
    """What the JSON API answers."""
    answer = pages.client.get(f"/api/v1/schools/{pages.school.slug}{path}", headers={HEADER: str(who.id)})
    assert answer.status_code == status, answer.text
    return answer.text


def test_the_code_on_paper_is_the_signed_checkpoint_byte_for_byte(pages: Pages, seals: Seals, tmp_path: Path) -> None:
    school = pages.school
    visit = school.ask()
    key = parse_vkey(seals.seal())
    covered = school.log.head()
    for page in (pages.get(school.governor, "/governors"), pages.get(school.dsl, f"/visits/{visit.id}/history")):
        read = read_qr(code(page))
        opened = open_checkpoint(read.encode(), [key])
        assert (opened.checkpoint.size, opened.key) == (covered, key)
        file = tmp_path / "scanned.checkpoint"
        file.write_text(read)
        assert f"with {covered} events" in verify(file, [key], kind="checkpoint")
        assert read == asked(pages, school.governor, f"/checkpoint?index={covered}")


def test_a_code_of_something_else_does_not_verify(pages: Pages, seals: Seals) -> None:
    school = pages.school
    school.ask()
    key = parse_vkey(seals.seal())
    read = read_qr(code(pages.get(school.governor, "/governors")))
    size = str(school.log.head())
    forged = read.replace(f"\n{size}\n", f"\n{int(size) + 1}\n", 1)
    assert forged != read
    drawn = segno.make_qr(forged.encode(), error="m", boost_error=False).svg_inline(
        scale=3, border=4, dark="#000", light="#fff"
    )
    with pytest.raises(Refused, match="is not valid for this text"):
        open_checkpoint(read_qr(drawn).encode(), [key])


def test_the_json_api_gives_the_checkpoint_of_a_term_of_an_entry_and_the_newest(pages: Pages, seals: Seals) -> None:
    school = pages.school
    asked(pages, school.governor, "/checkpoint", status=404)
    school.ask()
    seals.seal()
    first = school.log.head()
    of_term = asked(pages, school.governor, f"/governors-report/{TERM}/checkpoint")
    assert of_term == pages.get(school.governor, f"/governors/{TERM}/checkpoint")
    school.ask(child=school.admit())
    seals.seal()
    newest = asked(pages, school.head, "/checkpoint")
    assert newest.split("\n")[1] == str(school.log.head())
    assert asked(pages, school.head, f"/checkpoint?index={first}") == of_term
    asked(pages, school.head, f"/checkpoint?index={school.log.head() + 1}", status=404)
    asked(pages, school.head, "/checkpoint?index=0", status=422)
    for path in ("/checkpoint", f"/governors-report/{TERM}/checkpoint"):
        asked(pages, school.teacher, path, status=403)
