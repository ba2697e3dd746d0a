"""A browser of the console in which somebody has signed in, over a gateway in memory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pyotp
from flask.testing import FlaskClient

from gateway.flow import welcome
from gateway.flow.exchange import Exchange
from gateway.flow.sign_in import sign_in
from gateway.web.app import create_app
from gateway.web.edge import Edge
from tests.journeys.gateways import World

PASSWORD = "apricot lantern nineteen gravel"
SITE = "https://gateway.example"


@dataclass
class Browser:
    """One browser, with the session of one person or none."""

    client: FlaskClient
    exchange: Exchange
    secret: str = ""

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(f"/console{path}", base_url=SITE, **more)

    def post(self, path: str, page: str = "/", **form: Any) -> Any:
        """Send a form as the page at `page` would: with its tokens."""
        shown = self.get(page).text
        hidden = {}
        for name in ("form_token", "form_key"):
            found = re.search(rf'name="{name}" value="([^"]+)"', shown)
            hidden[name] = found[1] if found else ""
        return self.send(path, **{**hidden, **form})

    def send(self, path: str, **form: Any) -> Any:
        """Send exactly these fields."""
        return self.client.post(f"/console{path}", base_url=SITE, data=form)

    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(self.exchange.now_ms() // 1000)


def of(person: str, world: World, exchange: Exchange, invited_by: str = "admin-1") -> Browser:
    """A browser in which this person has signed in."""
    browser = Browser(create_app(exchange, Edge()).test_client(), exchange)
    token = welcome.invite(person, invited_by, exchange).token
    browser.secret = welcome.open_invitation(token, exchange).secret
    welcome.accept(token, PASSWORD, browser.code(), exchange)
    world.clock.forward(seconds=30)
    session = sign_in(person, PASSWORD, browser.code(), exchange)
    browser.client.set_cookie(
        "__Host-session", session, domain="gateway.example", secure=True, httponly=True
    )
    return browser
