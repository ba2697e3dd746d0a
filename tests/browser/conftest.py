"""One browser and one gateway for all tests of this folder, and what a page may not do.

Every page that a test opens is watched: a word in the browser's console, a report of the content
policy or a request to another host fails the test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from gateway.web.app import create_app
from gateway.web.edge import Edge
from keys import passwords
from keys.guarded import Cost
from tests.browser.served import HOST, Site, served
from tests.browser.town import Town, busy_town

CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = (
    f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND",
    "--disable-background-networking",
)


@contextmanager
def cheap_hashes() -> Iterator[None]:
    """Let hashes of passwords cost nothing until the block ends."""
    cheap = Cost(iterations=1, lanes=1, memory_kib=8)
    with pytest.MonkeyPatch.context() as patch:
        for module in ("gateway.flow.sign_in", "gateway.flow.welcome"):
            patch.setattr(f"{module}.hashed", lambda given: passwords.hashed(given, cheap))
        yield


@pytest.fixture(scope="package", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    with cheap_hashes():
        yield


def flags_for(site: Site) -> list[str]:
    """What the browser is started with: it finds this site by its name, and nothing else."""
    return [*_FLAGS, f"--ignore-certificate-errors-spki-list={site.key_digest}"]


@pytest.fixture(scope="package")
def town(_cheap_hashes: None) -> Town:
    """The gateway that all tests of this folder look at; who changes it, adds what they need."""
    return busy_town()


@pytest.fixture(scope="package")
def site(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """That gateway, served over TLS."""
    with served(create_app(town.nl, Edge()), tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture(scope="package")
def chromium(site: Site) -> Iterator[Browser]:
    """Debian's browser, which knows the gateway by its key."""
    if not CHROMIUM.exists():
        if os.environ.get("BROWSER_NEEDED"):
            pytest.fail(f"{CHROMIUM} is missing; `.ci/run` installs it")
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags_for(site))
        yield browser
        browser.close()


@dataclass
class Window:
    """One person's browser, and what it said that nobody asked for."""

    context: BrowserContext
    page: Page
    site: Site
    town: Town
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the console; it must be there."""
        answer = self.page.goto(f"{self.site.url}/console{path}")
        assert answer is not None
        assert answer.ok, f"{path}: {answer.status}"
        return self.page

    def sign_in_as(self, person: str) -> None:
        """Begin a session without the page for it."""
        cookie: Any = {
            "name": "__Host-session",
            "value": self.town.session(person),
            "url": self.site.url,
            "secure": True,
            "httpOnly": True,
            "sameSite": "Strict",
        }
        self.context.add_cookies([cookie])

    def demand_peace(self) -> None:
        """Fail if a page said something, tried what it may not, or asked another host."""
        said, self.said = self.said, []
        assert said == []


WindowOf = Callable[..., Window]


@contextmanager
def windows(chromium: Browser, site: Site, town: Town) -> Iterator[WindowOf]:
    """Give out windows; at the end, demand that each was at peace, and close them."""
    made: list[Window] = []

    def window(person: str | None = None, **options: Any) -> Window:
        options = {"locale": "en", "reduced_motion": "reduce", **options}
        context = chromium.new_context(**options)
        context.set_default_timeout(10_000)
        fresh = Window(context, context.new_page(), site, town)
        fresh.page.on("console", lambda line: fresh.said.append(f"console: {line.text}"))
        fresh.page.on("request", lambda one: _note_stranger(one.url, fresh))
        if person is not None:
            fresh.sign_in_as(person)
        made.append(fresh)
        return fresh

    yield window
    for one in made:
        one.demand_peace()
    for one in made:
        one.context.close()


@pytest.fixture
def window_of(chromium: Browser, site: Site, town: Town) -> Iterator[WindowOf]:
    """Open a browser of this person, or of nobody; options are those of a context."""
    with windows(chromium, site, town) as window:
        yield window


@pytest.fixture(scope="package")
def lasting_window_of(chromium: Browser, site: Site, town: Town) -> Iterator[WindowOf]:
    """The same for several tests: each ends with `demand_peace`."""
    with windows(chromium, site, town) as window:
        yield cache(window)


def _note_stranger(url: str, window: Window) -> None:
    if not url.startswith((f"{window.site.url}/", "data:")):
        window.said.append(f"asked another host: {url}")
