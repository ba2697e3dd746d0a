"""A passkey made and used, by an authenticator that the browser plays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from gateway.flow import passkeys
from gateway.flow.passkeys import Place
from gateway.flow.sign_in import SignInRefused
from gateway.flow.vault import Vault
from keys.memory import MemoryKeys
from tests.browser.conftest import Window, WindowOf
from tests.browser.served import HOST
from tests.journeys.gateways import FakeClock

PERSON = "duty-1"
_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
_ANSWER = """async () => {
  const form = document.querySelector("form[data-passkey]");
  return JSON.stringify((await ask(JSON.parse(form.dataset.passkey))).toJSON());
}"""


class Device:
    """A window with an authenticator in it."""

    def __init__(self, window: Window) -> None:
        self._session = window.context.new_cdp_session(window.page)
        self._session.send("WebAuthn.enable")
        added = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR})
        self.id = added["authenticatorId"]

    def verifies(self, *, is_verified: bool) -> None:
        told = {"authenticatorId": self.id, "isUserVerified": is_verified}
        self._session.send("WebAuthn.setUserVerified", told)


def with_a_passkey(window_of: WindowOf) -> tuple[Window, Device]:
    """A person's window in which they made a passkey and signed out."""
    window = window_of(PERSON)
    device = Device(window)
    page = window.open("/account")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("main tbody tr").first).to_be_visible()
    window.town.world.clock.forward(seconds=1)
    page.get_by_role("button", name="Sign out").click()
    return window, device


def sign_in(page: Page) -> None:
    page.get_by_role("button", name="Sign in with a passkey").click()


def test_a_passkey_signs_in_without_password_and_code(window_of: WindowOf) -> None:
    window, _ = with_a_passkey(window_of)
    page = window.page
    window.page.goto(f"{window.site.url}/console/records")
    sign_in(page)
    expect(page).to_have_url(f"{window.site.url}/console/records")
    expect(page.locator(".who strong")).to_have_text(PERSON)


def test_an_answer_is_taken_once_in_time_and_for_its_place(window_of: WindowOf) -> None:
    window, _ = with_a_passkey(window_of)
    nl, here = window.town.nl, Place(HOST, window.site.url)
    answer = str(window.page.evaluate(_ANSWER))
    later = replace(nl, clock=FakeClock(nl.now_ms() + 5 * 60_000))
    other = replace(nl, vault=Vault(MemoryKeys(b"other").agent(), nl.entropy))
    refused = {
        "another host": (answer, Place("evil.example", window.site.url), nl),
        "another origin": (answer, Place(HOST, "https://evil.example"), nl),
        "five minutes later": (answer, here, later),
        "a question of another gateway": (answer, here, other),
        "no answer": ("{}", here, nl),
        "no JSON": ("x", here, nl),
        "another signature": (answer.replace('"signature":"', '"signature":"AAAA'), here, nl),
    }
    for said, place, exchange in refused.values():
        with pytest.raises(SignInRefused):
            passkeys.sign_in(said, place, exchange)
    assert passkeys.sign_in(answer, here, nl)
    with nl.store.writing() as work:  # as of an authenticator that does not count
        for used in work.accounts.passkeys(PERSON):
            assert work.accounts.use_passkey(replace(used, count=0), expect=used)
        nl.commit(work, "test")
    with pytest.raises(SignInRefused):
        passkeys.sign_in(answer, here, nl)


def test_a_dangerous_act_is_proven_by_a_passkey(window_of: WindowOf) -> None:
    window, _ = with_a_passkey(window_of)
    page = window.page
    sign_in(page)
    expect(page.locator(".who strong")).to_have_text(PERSON)
    window.town.world.clock.forward(seconds=400)
    page.goto(f"{window.site.url}/console/proof?next=/console/account")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Passkeys")).to_be_visible()
    page.get_by_role("button", name="Remove").first.click()
    expect(page.locator("main")).to_contain_text("Passkeys")


def test_who_is_not_verified_by_their_device_stays_out(window_of: WindowOf) -> None:
    window, device = with_a_passkey(window_of)
    device.verifies(is_verified=False)
    sign_in(window.page)
    expect(window.page.locator(".passkey .fault")).to_be_visible()


def test_a_passkey_that_was_removed_is_refused(window_of: WindowOf) -> None:
    window, _ = with_a_passkey(window_of)
    with window.town.nl.store.writing() as work:
        work.accounts.remove_passkeys(PERSON)
        window.town.nl.commit(work, "test")
    sign_in(window.page)
    expect(window.page.get_by_text("This passkey was not taken.")).to_be_visible()
