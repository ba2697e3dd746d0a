"""A person's own account in the console, as far as it needs no browser: see tests/browser."""

from __future__ import annotations

import pytest

from gateway.flow import welcome
from gateway.flow.exchange import Exchange
from gateway.flow.rows_accounts import PasskeyRow
from gateway.web.app import create_app
from gateway.web.edge import Edge
from tests.journeys.gateways import World
from tests.web.test_console import SITE, of

pytestmark = pytest.mark.usefixtures("cheap_hashes")


def keep(person: str, exchange: Exchange) -> PasskeyRow:
    row = PasskeyRow(
        id=f"key-of-{person}", person=person, host="gateway.example", public_key=b"k", count=0,
        added_at=1, used_at=1,
    )  # fmt: skip
    with exchange.store.writing() as work:
        work.accounts.add_passkey(row)
        work.commit()
    return row


def left(person: str, exchange: Exchange) -> int:
    with exchange.store.reading() as work:
        return len(work.accounts.passkeys(person))


def test_scripts_of_ours_run_only_where_passkeys_are_used(world: World, nl: Exchange) -> None:
    browser = of("officer-1", world, nl)
    for page, runs in (("/account", 1), ("/proof", 1), ("/sign-in", 1), ("/records", 0)):
        policy = browser.get(page).headers["Content-Security-Policy"]
        assert ("script-src 'self'" in policy) == bool(runs), page
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy


def test_an_answer_that_is_none_is_said_at_the_form(world: World, nl: Exchange) -> None:
    answer = of("officer-1", world, nl).post("/account/passkeys", "/account", answer="{}")
    assert answer.status_code == 422
    assert "The passkey was not added." in answer.text
    stranger = create_app(nl, Edge()).test_client()
    refused = stranger.post("/console/sign-in/passkey", base_url=SITE, data={"answer": "[]"})
    assert "passkey=refused" in refused.location


@pytest.mark.parametrize("act", ["/account/passkeys", "/account/passkeys/remove"])
def test_passkeys_change_only_by_who_proved_themselves_just_now(
    world: World, nl: Exchange, act: str
) -> None:
    row = keep("officer-1", nl)
    browser = of("officer-1", world, nl)
    keep("officer-2", nl)
    world.clock.forward(seconds=301)
    assert "/console/proof" in browser.post(act, "/account", answer="{}", passkey=row.id).text


def test_nobody_removes_the_passkey_of_another(world: World, nl: Exchange) -> None:
    browser = of("officer-1", world, nl)
    theirs, own = keep("officer-2", nl), keep("officer-1", nl)
    answer = browser.post("/account/passkeys/remove", "/account", passkey=theirs.id)
    assert (answer.status_code, left("officer-2", nl)) == (404, 1)
    answer = browser.post("/account/passkeys/remove", "/account", passkey=own.id)
    assert (answer.status_code, left("officer-1", nl)) == (303, 0)


def test_passkeys_go_with_the_account(world: World, nl: Exchange) -> None:
    for end in (
        lambda: welcome.close("officer-1", "admin-1", nl),
        lambda: welcome.invite("officer-1", "admin-1", nl),
    ):
        of("officer-1", world, nl)
        keep("officer-1", nl)
        end()
        assert left("officer-1", nl) == 0
