"""Take the pictures of the console for the documentation: `make screenshots`.

The same gateway as in the tests, on the same clock; only ids and words of keys differ each time.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from playwright.sync_api import sync_playwright

from gateway.web.app import create_app
from gateway.web.edge import Edge
from tests.browser.conftest import CHROMIUM, cheap_hashes, flags_for, windows
from tests.browser.places import path_of
from tests.browser.served import served
from tests.browser.town import Town, busy_town, young_town

MOST_BYTES = 150_000


@dataclass(frozen=True)
class Picture:
    """One picture: whose page, and how they look at it."""

    file: str
    page: str
    person: str | None = "chief-1"
    width: int = 1280
    height: int = 720
    dark: bool = False
    language: str = "en"
    query: str = ""


BUSY = (
    Picture("console-sign-in", "sign_in_page", None, height=640),
    Picture("console-to-do", "to_do", "duty-1"),
    Picture("console-overview", "overview"),
    Picture("console-overview-dark", "overview", dark=True, language="nl"),
    Picture("console-record", "record"),
    Picture("console-held", "held_group", "officer-2", query="?reason=reviewed"),
    Picture("console-proposal", "proposal", "officer-2"),
    Picture("console-request", "request_page", height=900),
    Picture("console-urgent", "urgent_page", "duty-1", height=800),
    Picture("console-mapping", "mapping", height=900),
    Picture("console-quarantine", "quarantine", "admin-1", height=560),
    Picture("console-partner-test", "test_partner", "admin-1"),
    Picture("console-keys", "keys_page", "admin-1"),
    Picture("console-alarms", "alarms", "admin-1", height=560),
    Picture("console-account", "own_account", "officer-2", height=560),
    Picture("console-phone", "to_do", "officer-2", width=390, height=760),
)
YOUNG = (Picture("console-first-steps", "first_steps", "admin-1", height=860),)


def take(folder: Path) -> None:
    """Write every picture into a folder."""
    for town, pictures in ((busy_town(), BUSY), (young_town(), YOUNG)):
        _take(folder, town, pictures)


def _take(folder: Path, town: Town, pictures: Sequence[Picture]) -> None:
    with contextlib.ExitStack() as stack:
        stack.enter_context(cheap_hashes())
        place = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(served(create_app(town.nl, Edge()), place))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags_for(site))
        window_of = stack.enter_context(windows(browser, site, town))
        for one in pictures:
            options: dict[str, Any] = {
                "viewport": {"width": one.width, "height": one.height},
                "color_scheme": "dark" if one.dark else "light",
                "locale": one.language,
            }
            page = window_of(one.person, **options).open(path_of(one.page, town) + one.query)
            path = folder / f"{one.file}.png"
            page.screenshot(path=path)
            size = path.stat().st_size
            print(f"{path} {size:,} bytes")  # noqa: T201 - it says what it did
            if size > MOST_BYTES:
                pytest.fail(f"{path} is larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    take(Path(sys.argv[1]))
