"""What the web edge is told about its surroundings, and how a view reaches what it needs.

Owns `Edge`, the few settings of this package: `gateway.settings` is translated into it by the
process that serves, so that nothing here knows where settings come from.

Stays true:
  * An application belongs to one `Exchange`; views reach it here and nowhere else.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flask import Flask, current_app

from gateway.flow.exchange import Exchange

_NAME = "exchange-gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """How requests reach this process, and how long one of them may hold a thread."""

    behind_proxy_socket: bool = False  # then X-Client-Cert counts, on a Unix socket only
    max_waiters: int = 2  # requests that may wait for a receipt at once (`Prefer: wait`)
    longest_wait_seconds: int = 20  # what `Prefer: wait` may ask for at most
    poll_interval_seconds: int = 30  # what we tell partners that empty our mailbox
    body_seconds: int = 60  # a body must have arrived by then


@dataclass(frozen=True, slots=True)
class _Bound:
    exchange: Exchange
    edge: Edge
    waiters: threading.BoundedSemaphore


def bind(app: Flask, exchange: Exchange, edge: Edge) -> None:
    """Make this exchange the one that the views of `app` serve."""
    waiters = threading.BoundedSemaphore(max(1, edge.max_waiters))
    app.extensions[_NAME] = _Bound(exchange, edge, waiters)


def exchange() -> Exchange:
    """Return the exchange that the current application serves."""
    return _bound().exchange


def edge() -> Edge:
    """Return how requests reach the current application."""
    return _bound().edge


def waiters() -> threading.BoundedSemaphore:
    """Return the places for requests that wait; taken without blocking, or not at all."""
    return _bound().waiters


def _bound() -> _Bound:
    bound = current_app.extensions[_NAME]
    if not isinstance(bound, _Bound):
        raise TypeError("the application was not made by create_app")
    return bound
