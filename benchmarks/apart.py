"""Run a measurement in a process of its own, and end it whatever happens.

The main process starts no thread and opens no database, since it forks the gateways' processes.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar

T = TypeVar("T")
_FORK: Final = multiprocessing.get_context("fork")
LONGEST_SECONDS: Final = 120.0


class MeasurementFailedError(Exception):
    """A measurement ended without a result, or took too long."""


def apart(work: Callable[..., T], *words: Any, seconds: float = LONGEST_SECONDS) -> T:
    """Return what `work` returns, run in a child. Raises MeasurementFailedError."""
    with running(_send, work, words) as (process, results):
        if not results.poll(seconds):
            raise MeasurementFailedError(f"{work.__name__}: nothing after {seconds:.0f} s")
        try:
            done: tuple[bool, T] = results.recv()
        except EOFError:
            process.join()
            raise MeasurementFailedError(
                f"{work.__name__}: ended with {process.exitcode}"
            ) from None
    good, value = done
    if not good:
        raise MeasurementFailedError(f"{work.__name__}: {value}")
    return value


@contextmanager
def running(work: Callable[..., Any], *words: Any) -> Iterator[tuple[Any, Connection]]:
    """Run `work` in a child beside the block; it is told where to send. It ends with the block."""
    results, sender = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_alone, args=(work, *words, sender), daemon=True)
    process.start()
    sender.close()
    try:
        yield process, results
    finally:
        process.join(0.2)
        if process.is_alive():
            process.kill()
            process.join()
        results.close()


def _alone(work: Callable[..., Any], *words: Any) -> None:
    """Do the work; Ctrl-C and SIGTERM end it without a word, the parent has what to say."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    gc.collect()
    gc.freeze()  # as web and worker do
    work(*words)


def _send(work: Callable[..., Any], words: tuple[Any, ...], sender: Connection) -> None:
    try:
        sender.send((True, work(*words)))
    except Exception as fault:  # noqa: BLE001 - told in the parent, which knows what was measured
        sender.send((False, f"{type(fault).__name__}: {fault}"))
