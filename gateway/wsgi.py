"""From settings to an application that a WSGI server can serve.

Owns the translation of `Settings` into what `web` and `serve` are told. `gateway run` serves
through `serve.run_web`; another WSGI server, on a Unix socket behind a proxy, can call
`application` as its factory: it reads the path of the settings file from `GATEWAY_CONFIG`.
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

from gateway import wiring
from gateway.core.errors import SettingRefused
from gateway.flow.exchange import Exchange
from gateway.serve import Listening
from gateway.settings import Settings, load
from gateway.web.app import create_app
from gateway.web.edge import Edge

CONFIG_VARIABLE = "GATEWAY_CONFIG"


def application() -> Flask:
    """Return the application of the gateway whose settings `GATEWAY_CONFIG` names."""
    path = os.environ.get(CONFIG_VARIABLE)
    if not path:
        raise SettingRefused(f"{CONFIG_VARIABLE} does not name a settings file")
    app, _ = build(load(Path(path), os.environ))
    return app


def build(settings: Settings) -> tuple[Flask, Exchange]:
    """Return the application and its exchange; called in each worker, after the fork."""
    exchange = wiring.build(settings, role="web")
    return create_app(exchange, edge_of(settings)), exchange


def edge_of(settings: Settings) -> Edge:
    """Return what the web edge is told of how requests reach it."""
    listen = settings.listen
    return Edge(
        behind_proxy_socket=listen.proxy_socket is not None,
        max_waiters=listen.waiters,
        longest_wait_seconds=listen.longest_wait_seconds,
        poll_interval_seconds=listen.poll_interval_seconds,
        body_seconds=listen.body_seconds,
    )


def listening_of(settings: Settings) -> Listening:
    """Return where and how gunicorn listens: an address with TLS, or a socket behind a proxy."""
    listen = settings.listen
    tls = listen.proxy_socket is None
    return Listening(
        bind=listen.bind,
        certificate_file=listen.tls_certificate_file if tls else None,
        key_file=listen.tls_key_file if tls else None,
        ca_files=tuple(settings.trust.ca_files),
        workers=listen.workers,
        threads=listen.threads,
        graceful_seconds=listen.graceful_seconds,
    )
