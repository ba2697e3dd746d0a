"""What an officer does with the keyboard alone: read a held group, decide on it, as two people."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import WindowOf

_FOCUSED = """() => {
  const one = document.activeElement;
  return (one.labels?.[0]?.innerText ?? one.innerText ?? "").trim();
}"""
_MOST_STEPS = 60


def tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus begins with these words."""
    for _ in range(_MOST_STEPS):
        page.keyboard.press("Tab")
        if str(page.evaluate(_FOCUSED)).startswith(words):
            return
    raise AssertionError(f"no Tab leads to {words!r}")


def press(page: Page, words: str) -> None:
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_held_record_is_released_by_two_keyboards(window_of: WindowOf) -> None:
    officer = window_of("officer-1").open("/")
    press(officer, "Held")
    press(officer, "R-")
    tab_to(officer, "Why do you look?")
    officer.keyboard.type("reviewed")
    press(officer, "Read a few of them")
    expect(officer.locator("pre").first).to_be_visible()
    press(officer, "Let them go")
    expect(officer.locator(".empty")).to_have_text("You proposed it: a second person decides.")
    proposed = officer.url

    second = window_of("officer-2").open("/")
    second.goto(proposed)
    press(second, "Do it")
    expect(second.locator(".state-approved")).to_be_visible()
