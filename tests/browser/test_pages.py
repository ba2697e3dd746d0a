"""Every page in every language, as a browser shows it: for all eyes, on every screen, in peace."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Page

from gateway.web.console.words import LANGUAGES
from tests.browser.conftest import WindowOf
from tests.browser.places import BEFORE_SIGNING_IN, pages, path_of
from tests.browser.town import HOSTILE

AXE = Path(__file__).parent / "axe"
_SEARCH = """async (only) => {
  const options = {preload: false, resultTypes: ["violations"]};
  if (only) options.runOnly = only;
  const found = await axe.run(document, options);
  return found.violations.map(
    (one) => one.id + ": " + one.nodes.map((node) => node.html).join(" | "));
}"""
_TOO_WIDE = """[...document.querySelectorAll("body *")].filter((one) =>
  one.getBoundingClientRect().right > innerWidth + 1 && !one.closest("table, .flow, .wide, pre")
).map((one) => one.outerHTML.slice(0, 90))"""
_SCROLLS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
NARROW, WIDE = 360, 1440


@cache
def _axe() -> str:
    return (AXE / "axe.min.js").read_text(encoding="utf-8")


def barriers(page: Page, only: list[str] | None = None) -> list[str]:
    """What axe finds that keeps people out of this page as it is now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    found: list[str] = page.evaluate(_SEARCH, only)
    return found


def look(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert not page.evaluate(_SCROLLS), f"{width} px scrolls: {page.evaluate(_TOO_WIDE)}"


def test_axe_is_as_its_makers_gave_it_out() -> None:
    listed = dict(
        reversed(line.split("  ")) for line in (AXE / "SHA256SUMS").read_text().splitlines()
    )
    for name, digest in listed.items():
        assert hashlib.sha256((AXE / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", pages())
def test_a_page_is_for_all_eyes_and_screens(
    lasting_window_of: WindowOf, name: str, language: str
) -> None:
    window = lasting_window_of(None if name in BEFORE_SIGNING_IN else "chief-1", locale=language)
    page = window.open(path_of(name, window.town))
    assert page.locator("html").get_attribute("lang") == language
    page.emulate_media(color_scheme="light")
    look(page, WIDE)
    assert barriers(page) == []
    look(page, NARROW)
    if language == LANGUAGES[0]:
        page.emulate_media(color_scheme="dark")
        assert barriers(page, ["color-contrast", "target-size"]) == [], "dark"
    assert page.locator("[data-hostile]").count() == 0
    window.demand_peace()


def test_a_name_is_text_whatever_it_tries(window_of: WindowOf) -> None:
    window = window_of("chief-1")
    window.town.hold(HOSTILE)
    groups = path_of("held", window.town)
    page = window.open(groups)
    shown = []
    for place in page.locator("main tbody a").all():
        href = place.get_attribute("href") or ""
        shown.append(href.removeprefix("/console"))
    texts = [
        window.open(f"{path}?reason=reviewed").locator("main").text_content() for path in shown
    ]
    legible = HOSTILE.replace('"', '\\"').replace("\u202e", "\\u202e").replace("\u202c", "\\u202c")
    assert any(legible in (text or "") for text in texts)
    assert page.locator("[data-hostile]").count() == 0
