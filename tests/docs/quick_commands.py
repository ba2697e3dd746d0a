"""The command `gateway` for pages of many commands: imported once, forked for each call.

A folder for the PATH holds a `gateway` that hands its arguments, folder, environment, input and
outputs to a process that has everything imported. That one forks, and the child is the command as
it would be, a second sooner.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CALL = """#!{python} -IS
import json, os, signal, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({door!r})
    said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [len(said).to_bytes(4, "big")], [0, 1, 2])
    server.sendall(said)
    answer = server.makefile()
    child = int(answer.readline())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: os.kill(child, number))
    sys.exit(int(answer.readline() or 70))
"""


@contextmanager
def quick_commands(folder: Path) -> Iterator[Path]:
    """Give a folder with the command; what serves it ends with the block."""
    door = folder / "door"
    commands = folder / "bin"
    commands.mkdir()
    call = commands / "gateway"
    call.write_text(_CALL.format(python=sys.executable, door=str(door)))
    call.chmod(0o755)
    server = subprocess.Popen([sys.executable, "-m", __name__, str(door)])
    try:
        while not door.exists():
            assert server.poll() is None
            time.sleep(0.02)
        yield commands
    finally:
        server.terminate()
        server.wait(20)


def _serve(door: str) -> None:
    from gateway import serve, wiring_commands, wsgi  # noqa: F401, PLC0415 - before the fork
    from gateway.adapter_shelf import KnownAdapters  # noqa: PLC0415
    from gateway.cli.main import root  # noqa: PLC0415
    from gateway.flow import checking, replay, workbench  # noqa: F401, PLC0415

    for name in root.list_commands(None):  # type: ignore[arg-type]  # it has no need of one
        root.get_command(None, name)  # type: ignore[arg-type]
    KnownAdapters().compile(
        "x", {"format": "csv", "type": "case", "fields": {"/status": {"const": "open"}}}
    )
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{door}.new")
        listener.listen()
        os.rename(f"{door}.new", door)  # noqa: PTH104 - it is there once it answers
        while True:
            calling, _ = listener.accept()
            if os.fork() == 0:
                os._exit(_parent_of_one(calling))
            calling.close()
            while True:
                try:
                    if os.waitpid(-1, os.WNOHANG)[0] == 0:
                        break
                except ChildProcessError:
                    break


def _parent_of_one(calling: socket.socket) -> int:
    """Fork the command, wait for its end and tell it."""
    head, handles, _, _ = socket.recv_fds(calling, 4, 3)
    size, said = int.from_bytes(head, "big"), b""
    while len(said) < size:
        said += calling.recv(size - len(said))
    child = os.fork()
    if child == 0:
        os._exit(_command(json.loads(said), handles))
    calling.sendall(f"{child}\n".encode())  # whoever stops the caller stops the command
    _, status = os.waitpid(child, 0)
    calling.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    return 0


def _command(said: tuple[list[str], str, dict[str, str]], handles: list[int]) -> int:
    from gateway.cli.main import root  # noqa: PLC0415

    words, folder, environment = said
    for number, handle in enumerate(handles):
        os.dup2(handle, number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    try:
        root.main(words, prog_name="gateway")
    except SystemExit as ended:
        return int(ended.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    _serve(sys.argv[1])
