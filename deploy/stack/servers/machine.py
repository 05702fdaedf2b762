"""What the machine offers: programs, Java runtimes, system users, ports, and places another user can reach.

Whatever is missing is told with the command that installs it (`MissingError`). Called by the server modules; knows no
server itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import random
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

RELOCATED = Path("/var/lib/convene-stack")
"""As root only: where files lie that a server's own user could not reach in the folder that was given."""


class StackError(Exception):
    """What the caller must know or do; printed without a traceback."""


class MissingError(StackError):
    """A program that is not on this machine, and how to get it."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} is missing on this machine. {remedy}")


@dataclass(frozen=True)
class Account:
    """A system user that a server runs as."""

    name: str
    uid: int
    gid: int


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def is_root() -> bool:
    return os.geteuid() == 0


def run(
    argv: Sequence[str | Path],
    *,
    account: Account | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    text: str | None = None,
) -> str:
    """Output of a command; a failing one is a StackError that ends with the command's last lines."""
    done = subprocess.run(
        [str(part) for part in argv],
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=env,
        cwd=cwd or Path("/"),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
    if done.returncode:
        last = "\n  ".join(done.stdout.strip().splitlines()[-25:])
        raise StackError(f"{Path(argv[0]).name} failed with status {done.returncode}:\n  {last}")
    return done.stdout


# --- programs -------------------------------------------------------------------------------------------------


def program(name: str, package: str) -> Path:
    """A program on the PATH. As root on Debian its package is installed where it is missing."""
    if not shutil.which(name):
        install_package(package, f"The command {name}")
    found = shutil.which(name)
    if not found:
        raise MissingError(f"The command {name}", f"Install it: apt-get install -y {package}")
    return Path(found)


def install_package(package: str, what: str) -> None:
    """Installs a Debian package, as root; for anybody else says which command does."""
    command = f"apt-get install -y {package}"
    if not (is_root() and shutil.which("apt-get")):
        raise MissingError(what, f"Install it as root: {command}")
    say(f"installing {package}: {command}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    arguments = ["apt-get", "install", "-y", "--no-install-recommends", package]
    try:
        run(arguments, env=env)
    except StackError:
        run(["apt-get", "update"], env=env)
        run(arguments, env=env)


def java(oldest: int, *, compiler: bool, setting: str) -> Path | None:
    """The home of the oldest Java runtime (or compiler) that is new enough, the one named by `setting` first."""
    named = os.environ.get(setting)
    if named:
        version = _java_version(Path(named), compiler=compiler)
        if version is None or version < oldest:
            what = "JDK" if compiler else "Java runtime"
            raise StackError(f"{setting}={named} is not a {what} {oldest} or newer.")
        return Path(named)
    places = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    places += sorted(path for path in Path("/usr/lib/jvm").glob("*") if not path.is_symlink())
    on_path = shutil.which("java")
    if on_path:
        places.append(Path(on_path).resolve().parent.parent)
    found = [(version, place) for place in places if (version := _java_version(place, compiler=compiler))]
    fitting = sorted((version, str(place)) for version, place in found if version >= oldest)
    return Path(fitting[0][1]) if fitting else None


def _java_version(home: Path, *, compiler: bool) -> int | None:
    program = home / "bin" / ("javac" if compiler else "java")
    if not program.is_file():
        return None
    try:
        match = re.search(r'(?:javac |version ")(\d+)', run([program, "-version"]))
    except (StackError, OSError):
        return None
    return int(match[1]) if match else None


# --- users and places -----------------------------------------------------------------------------------------


def account(name: str, *, create: bool) -> Account | None:
    """The system user a server drops to; None when the caller is not root, and the server runs as the caller."""
    if not is_root():
        return None
    if create and not _known(name):
        try:
            run(["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name])
        except StackError:
            if not _known(name):  # somebody else made it a moment ago
                raise
    if not _known(name):
        raise MissingError(f"The system user {name}", "It comes with the server's package.")
    entry = pwd.getpwnam(name)
    return Account(name, entry.pw_uid, entry.pw_gid)


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def reaches(who: Account | None, folder: Path, *, write: bool = False) -> bool:
    """Whether that user can list (and write) a folder, every folder above it included."""
    script = 'test -r "$0" && test -x "$0"' + (' && test -w "$0"' if write else "")
    try:
        run(["/bin/sh", "-c", script, folder], account=who)
    except StackError:
        return False
    return True


def own(path: Path, who: Account) -> None:
    os.chown(path, who.uid, who.gid, follow_symlinks=False)


def folder_for(who: Account | None, asked: Path) -> Path:
    """A folder that the user can write: `asked`, or one under RELOCATED that `asked` then links to.

    A checkout below /root, or a test's private folder under /tmp, cannot be entered by another user, and no
    server works in a folder whose parents it may not pass.
    """
    if not asked.exists():
        asked.unlink(missing_ok=True)  # a link whose target is gone
        asked.mkdir(parents=True, mode=0o700)
        if who:
            own(asked, who)
            if not reaches(who, asked, write=True):
                asked.rmdir()
                asked.symlink_to(_relocate(asked, who))
    return asked.resolve()


def _relocate(asked: Path, who: Account) -> Path:
    sweep_relocated()
    digest = hashlib.sha256(str(asked).encode()).hexdigest()[:12]
    home = RELOCATED / "data" / f"{asked.parent.name}-{digest}"
    files = home / "files"
    for folder in (RELOCATED, home.parent, home):
        folder.mkdir(mode=0o755, exist_ok=True)
        folder.chmod(0o755)
    (home / "belongs-to").write_text(f"{asked.parent}\n")
    if files.exists():
        shutil.rmtree(files)  # left by a folder of the same name that is gone
    files.mkdir(mode=0o700)
    own(files, who)
    return files


def sweep_relocated() -> None:
    """Removes relocated files whose own folder is gone (a test's, mostly) and that no process works in."""
    for note in (RELOCATED / "data").glob("*/belongs-to"):
        try:
            abandoned = not Path(note.read_text().strip()).exists()
        except OSError:
            continue
        if abandoned and not _in_use(note.parent):
            shutil.rmtree(note.parent, ignore_errors=True)


def _in_use(folder: Path) -> bool:
    wanted = os.fsencode(folder)
    for commandline in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if wanted in commandline.read_bytes():
                return True
        except OSError:
            continue
    return False


def remove(folder: Path) -> None:
    """Removes a data folder, and what was relocated for it."""
    for path in [*folder.glob("*")]:
        if path.is_symlink() and path.resolve().is_relative_to(RELOCATED):
            shutil.rmtree(path.resolve().parent, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def visible_home(home: Path, who: Account | None) -> Path:
    """The assembled server, or a copy of it where its user can read it."""
    if reaches(who, home):
        return home
    copy = RELOCATED / "servers" / home.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    for folder in (RELOCATED, copy.parent):
        folder.chmod(0o755)
    with locked(copy.parent / f".{home.name}.lock"):
        if not copy.exists():
            part = copy.with_name(f".{home.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(home, part, symlinks=True)
            part.rename(copy)
    return copy


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# --- ports ----------------------------------------------------------------------------------------------------


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A free port below the range from which the system serves outgoing connections: it stays free for a restart."""
    candidates = random.sample(range(20000, 32000), 200)
    for port in candidates:
        if is_free(port):
            return port
    raise StackError("No free port between 20000 and 32000 on 127.0.0.1.")
