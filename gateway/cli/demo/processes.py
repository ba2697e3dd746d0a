"""Commands of the gateway, run as children of this process.

Owns starting, waiting and stopping. A child is a fork of this process, in which everything is
imported once, so that fifty commands do not cost fifty times a second of imports; it runs the
same `main` as the shell does.

Stays true:
  * This process starts no thread and opens no database: a fork copies neither.
  * A child is stopped and waited for before this process ends, whatever ends it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn

from gateway.core.errors import GatewayError

COMMAND_SECONDS: Final = 60
STOP_SECONDS: Final = 8
_LOOK_SECONDS: Final = 0.005
_WRONG: Final = 70  # an exit code no command uses: a fault that none expected
_SETTING: Final = "GATEWAY"
_IMPORTED_ONCE: Final = (
    "gateway.wiring_commands",
    "gateway.founding",
    "gateway.flow.look",
    "gateway.flow.audit",
    "gateway.flow.submit",
    "gateway.jobs",
    "gateway.wsgi",
    "gateway.logs",
    "gateway.item_files",
    "gateway.transport.client",
    "adapters.sources.declared",
    "adapters.sources.goaml",
    "adapters.sources.cybertip",
    "adapters.sources.xarf",
    *(f"gateway.cli.{name}" for name in ("init", "run", "push", "partners", "agreements")),
    *(f"gateway.cli.{name}" for name in ("inbox", "explain", "deliveries", "records", "audit")),
    *(f"gateway.cli.{name}" for name in ("holds", "proposals", "links", "requests", "consents")),
    *(f"gateway.cli.{name}" for name in ("quarantine", "sources", "people", "urgent")),
    "adapters.sources.iso20022",
    "adapters.renderings.stix",
    "gateway.flow.workbench",
    "gateway.flow.welcome",
    "gateway.flow.audit_subject",
)


class CommandFailed(GatewayError):
    """A command of the demonstration did not end as it should."""

    code = "command-failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return the answer to a script. Raises CommandFailed if it is none."""
        try:
            return json.loads(self.out)
        except ValueError:
            raise CommandFailed(f"no JSON: {self.out[:400]} {self.err[-800:]}") from None


@dataclass
class Child:
    """A process that runs one command; its output goes to files."""

    words: tuple[str, ...]
    out: Path
    err: Path
    pid: int = 0
    ended: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        if self.ended is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.ended = os.waitstatus_to_exitcode(status)
        return self.ended

    def wait(self, seconds: float = COMMAND_SECONDS) -> Answer:
        """Return the answer once the command has ended. Raises CommandFailed if it takes longer."""
        deadline = time.monotonic() + seconds
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise CommandFailed(f"still running after {seconds} s: {' '.join(self.words)}")
            time.sleep(_LOOK_SECONDS)
        return Answer(self.ended or 0, self.out.read_text(), self.err.read_text())

    def stop(self) -> None:
        """Ask it to end; end it, and what it started, if it does not."""
        if self.poll() is not None:
            return
        os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while self.poll() is None:
            if time.monotonic() > deadline:
                os.killpg(self.pid, signal.SIGKILL)  # a session of its own: see `_become`
                deadline += STOP_SECONDS
            time.sleep(_LOOK_SECONDS)


@dataclass
class Processes:
    """All children of the demonstration. Use `stop_all` in a `finally`."""

    folder: Path
    children: list[Child] = field(default_factory=list)

    def start(
        self,
        words: Sequence[str],
        *,
        log: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> Child:
        """Start a command; `settings` are GATEWAY__… variables for it alone."""
        return self._fork(words, log, lambda: _command(words, settings or {}))

    def beside(self, name: str, act: Callable[[], None]) -> Child:
        """Start a part of the demonstration itself as a child, beside what this process does."""
        return self._fork((name,), None, act)

    def _fork(self, words: Sequence[str], log: Path | None, act: Callable[[], None]) -> Child:
        number = len(self.children)
        out = log or self.folder / f"{number:03}-{words[0]}.out"
        err = log or out.with_suffix(".err")
        child = Child(tuple(words), out, err)
        sys.stdout.flush()
        sys.stderr.flush()
        child.pid = os.fork()
        if child.pid == 0:
            _become(child, act)
        self.children.append(child)
        return child

    def stop_all(self) -> None:
        """Stop what still runs, all at once, and wait for it."""
        running = [child for child in self.children if child.poll() is None]
        for child in running:
            os.kill(child.pid, signal.SIGTERM)
        for child in running:
            child.stop()


def import_all() -> None:
    """Import what commands need, once, here."""
    for name in _IMPORTED_ONCE:
        import_module(name)


def _command(words: Sequence[str], settings: Mapping[str, str]) -> None:
    """Run one command as the shell does, with these settings and no others of our environment."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    for name in [name for name in os.environ if name.startswith(_SETTING)]:
        del os.environ[name]
    os.environ.update(settings)
    from gateway.cli.main import root  # noqa: PLC0415 - imported already, by who calls us

    root.main([*words], prog_name="gateway")


def _become(child: Child, act: Callable[[], None]) -> NoReturn:
    """Do what the child is for: nothing of the parent's code runs after this."""
    code = _WRONG
    try:
        os.setsid()  # Ctrl-C on the terminal reaches the parent, which stops its children
        _redirect(child)
        act()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:  # noqa: BLE001 - the child must never go on as the parent
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _redirect(child: Child) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, path in ((1, child.out), (2, child.err)):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        file = os.open(path, flags, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.close(nothing)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
