"""Commands spoken by persons to a gateway in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway import wiring_commands
from gateway.flow.exchange import Exchange
from gateway.flow.identify import person_of
from gateway.flow.ports import Answer
from gateway.transport.client import ApiClient
from gateway.web import identity
from gateway.web.app import create_app
from gateway.web.edge import Edge
from tests.commands.conftest import House
from tests.web.conftest import TlsSocket

Act = Callable[..., Any]


class InProcess(ApiClient):
    """The client of the commands, with the web application in place of the network."""

    def __init__(self, app: Any, person: str) -> None:
        self._browser = app.test_client()
        self._browser.environ_base["gunicorn.socket"] = TlsSocket(person.encode())

    def close(self) -> None:
        """There is no connection."""

    def _call(self, method, path, *, parameters=None, headers=None, body=None) -> Answer:
        answer = self._browser.open(
            path, method=method, query_string=parameters, headers=headers, data=body
        )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(status=answer.status_code, body=answer.get_data(), headers=headers)


def acting_on(exchange: Exchange, house: House, monkeypatch: pytest.MonkeyPatch) -> Act:
    """Call a command as a person: JSON, or its result with `plain`."""
    app = create_app(exchange, Edge())
    monkeypatch.setattr(
        identity, "caller_of_certificate", lambda der, exchange: person_of(der.decode(), exchange)
    )

    def act(person: str, *words: str, plain: bool = False) -> Any:
        monkeypatch.setattr(wiring_commands, "api_client", lambda _: InProcess(app, person))
        with capture_logs():  # of the gateway, which is a process of its own elsewhere
            return house.call(*words) if plain else house.asked(*words)

    return act
