"""A first day at the console, in a browser that runs no script."""

from __future__ import annotations

import pyotp
from playwright.sync_api import Page, expect

from gateway.flow import welcome
from tests.browser.conftest import WindowOf
from tests.browser.town import PASSWORD, Town

PERSON = "dpo-1"


def sign_in(page: Page, town: Town, secret: str, *, password: str = PASSWORD) -> None:
    town.world.clock.forward(seconds=30)
    page.get_by_label("Staff number").fill(PERSON)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Code of your app").fill(pyotp.TOTP(secret).at(town.nl.now_ms() // 1000))
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_from_a_link_to_the_first_page_and_back_to_where_one_was(window_of: WindowOf) -> None:
    """The link works once; what was typed stays; a lost session comes back to its page."""
    window = window_of(java_script_enabled=False)
    town = window.town
    link = f"/welcome/{welcome.invite(PERSON, 'admin-1', town.nl).token}"
    page = window.open(link)
    secret = page.locator("code.secret").inner_text()
    for label in ("Password", "The same again"):
        page.get_by_label(label, exact=True).fill(PASSWORD)
    code = pyotp.TOTP(secret).at(town.nl.now_ms() // 1000)
    page.get_by_label("The code that your app shows now").fill(code)
    page.get_by_role("button", name="Begin").click()

    page.goto(f"{window.site.url}/console/records")
    sign_in(page, town, secret, password="wrong words altogether here")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Staff number")).to_have_value(PERSON)
    sign_in(page, town, secret)
    expect(page).to_have_url(f"{window.site.url}/console/records")

    page.get_by_role("button", name="nl").click()
    expect(page).to_have_url(f"{window.site.url}/console/records")
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    page.get_by_role("button", name="Afmelden").click()
    expect(page.get_by_role("heading", name="Aanmelden")).to_be_visible()
    page.goto(f"{window.site.url}/console{link}")
    expect(page.locator("main")).to_contain_text("invite-refused")
    window.said.clear()  # the browser says that two pages were answered with 422


def test_the_menu_of_a_telephone_needs_no_script(window_of: WindowOf) -> None:
    window = window_of(
        "officer-1", java_script_enabled=False, viewport={"width": 360, "height": 800}
    )
    page = window.open("/records")
    menu = page.get_by_role("navigation", name="Pages")
    expect(menu).to_be_hidden()
    page.get_by_role("link", name="Menu").click()
    expect(menu).to_be_visible()
    menu.get_by_role("link", name="Close").click()
    expect(menu).to_be_hidden()
    page.get_by_role("link", name="Menu").click()
    menu.get_by_role("link", name="Partners").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Partners")
