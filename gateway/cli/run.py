"""`gateway run`, `web`, `worker`: the processes of a gateway.

`run` starts the other two as children and stops them together; when one ends, so does the other.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import Final

import click

from gateway.cli.frame import Invocation, command
from gateway.core.errors import GatewayError
from gateway.settings import Settings

_LOOK_SECONDS: Final = 0.2
_LIFELINE_VARIABLE: Final = "GATEWAY_LIFELINE"  # the number of an inherited pipe
_GRACE_SECONDS: Final = 10  # beyond what requests under way are given


class ProcessEnded(GatewayError):
    """One of the gateway's processes ended by itself; the other was stopped."""

    code = "process-ended"


@command("run", example="gateway run --config config.toml")
def run(call: Invocation) -> None:
    """Run the gateway: web and worker together.

    Says its address on standard error once it takes calls there. Both are stopped by SIGTERM or
    Ctrl-C, after what is under way is done. When one of the two ends by itself the other is
    stopped too, with exit code 1.
    """
    settings = call.settings()
    _demand_ready(settings)
    held, given = os.pipe()  # its end tells the children that this process is gone
    children = {name: _start(name, settings, held) for name in ("web", "worker")}
    os.close(held)
    told = threading.Event()

    def stop(*_: int | FrameType | None) -> None:
        told.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    listens = False
    while not told.is_set() and all(child.poll() is None for child in children.values()):
        if not listens and (listens := _listens(settings)):
            url = settings.listen.public_url
            click.echo(f"gateway {settings.gateway.id} at {url}; console: {url}/console", err=True)
        told.wait(_LOOK_SECONDS)
    ended = [name for name, child in children.items() if child.poll() is not None]
    _stop(list(children.values()), settings.listen.graceful_seconds + _GRACE_SECONDS)
    os.close(given)
    if ended and not told.is_set():
        raise ProcessEnded(f"{' and '.join(ended)} ended by itself")


@command("web", example="gateway web --config config.toml")
def web(call: Invocation) -> None:
    """Run only the web process.

    Serves the API, partners and health pages; holds no signing key. Ends at SIGTERM.
    """
    settings = call.settings()
    _end_with_parent()
    _demand_ready(settings)
    _log(settings)
    from gateway import serve, wsgi  # noqa: PLC0415 - gunicorn is needed here only

    serve.run_web(wsgi.listening_of(settings), lambda: wsgi.build(settings))


@command("worker", example="gateway worker --config config.toml")
def worker(call: Invocation) -> None:
    """Run only the worker process.

    Seals, sends, fetches, opens and expires; several may run beside each other. Ends at SIGTERM.
    """
    settings = call.settings()
    _end_with_parent()
    _demand_ready(settings)
    _log(settings)
    from gateway.flow.configure import apply_items  # noqa: PLC0415 - the worker is needed here only
    from gateway.item_files import read_items  # noqa: PLC0415
    from gateway.jobs import Pace, run_worker  # noqa: PLC0415
    from gateway.wiring_commands import opened  # noqa: PLC0415

    pace = Pace(
        tick_seconds=settings.worker.tick_seconds,
        lease_seconds=settings.worker.lease_seconds,
        fetch_seconds=settings.fetch.interval_seconds,
        checkpoint_seconds=settings.worker.checkpoint_seconds,
        threads=settings.worker.threads,
    )
    with opened(settings, "worker") as exchange:
        if settings.items.directory is not None:
            apply_items(read_items(settings.items.directory), "start", exchange)
        run_worker(exchange, pace)


def _demand_ready(settings: Settings) -> None:
    """Open and close everything once, here, where what is wrong can be said in one line."""
    from gateway.wiring_commands import opened  # noqa: PLC0415 - see above

    with opened(settings, "web"):
        pass


def _log(settings: Settings) -> None:
    from gateway import logs  # noqa: PLC0415 - see above

    logs.configure(settings.log.level, settings.log.format)


def _end_with_parent() -> None:
    """When started by `run`: end as by SIGTERM once that process is gone, however it went."""
    held = os.environ.pop(_LIFELINE_VARIABLE, None)
    if held is None or not held.isdecimal():
        return

    def watch() -> None:
        os.read(int(held), 1)  # nothing is ever written: it returns at the end
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _start(name: str, settings: Settings, lifeline: int) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own: Ctrl-C reaches it through us, as SIGTERM."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "gateway.cli", name, "--config", str(settings.file)],
        env={**os.environ, _LIFELINE_VARIABLE: str(lifeline)},
        pass_fds=(lifeline,),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _listens(settings: Settings) -> bool:
    """Return whether somebody takes connections where this gateway shall."""
    path = settings.listen.proxy_socket
    family = socket.AF_INET6 if ":" in settings.listen.host else socket.AF_INET
    place = (settings.listen.host, settings.listen.port)
    with socket.socket(socket.AF_UNIX if path else family) as one:
        one.settimeout(_LOOK_SECONDS)
        return one.connect_ex(str(path) if path else place) == 0


def _stop(children: Sequence[subprocess.Popen[bytes]], seconds: float) -> None:
    """Ask all to end; end those that do not within `seconds`."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + seconds
    for child in children:
        try:
            child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
