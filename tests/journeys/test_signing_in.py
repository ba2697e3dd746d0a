"""How a person gets into the console: a one-time link, then a password and a time code."""

from __future__ import annotations

import pyotp
import pytest

from gateway.core import sign_in as rules
from gateway.core.errors import NotFound, Unidentified
from gateway.core.sign_in import PasswordRefused
from gateway.flow import welcome
from gateway.flow.configure import ConfigurationRefused
from gateway.flow.exchange import Exchange
from gateway.flow.sign_in import (
    SignInRefused,
    forget_sessions,
    prove_again,
    sign_in,
    sign_out,
    whose,
)
from gateway.flow.welcome import AlreadyBegun, CodeRefused, InviteRefused
from keys import passwords
from keys.guarded import Cost
from keys.suite import digest
from tests.journeys.gateways import World
from tests.journeys.staff import staffed
from tests.journeys.test_dates import let_expire

PASSWORD = "apricot lantern nineteen gravel"


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as always, at the least cost: what it costs is tested beside the hashes."""
    cheap = Cost(iterations=1, lanes=1, memory_kib=8)
    for module in ("gateway.flow.sign_in", "gateway.flow.welcome"):
        monkeypatch.setattr(f"{module}.hashed", lambda given: passwords.hashed(given, cheap))


@pytest.fixture
def nl(world: World) -> Exchange:
    return staffed(world)


def code(secret: str, exchange: Exchange, *, later: int = 0) -> str:
    return pyotp.TOTP(secret).at(exchange.now_ms() // 1000 + later)


def welcomed(person: str, exchange: Exchange) -> str:
    """Let a person accept an invitation; return the secret of their time code."""
    token = welcome.invite(person, "admin-1", exchange).token
    secret = welcome.open_invitation(token, exchange).secret
    welcome.accept(token, PASSWORD, code(secret, exchange), exchange)
    return secret


def test_a_person_who_was_invited_signs_in_with_password_and_code(
    world: World, nl: Exchange
) -> None:
    secret = welcomed("officer-1", nl)
    world.clock.forward(seconds=30)
    token = sign_in("officer-1", PASSWORD, code(secret, nl), nl)

    found = whose(token, nl)
    assert (found.person.name, found.person.org) == ("officer-1", "police.nl")
    assert found.person.roles == {"release_officer"}
    assert found.proven


@pytest.mark.parametrize(
    ("person", "password", "given"),
    [
        ("officer-1", PASSWORD + "x", None),
        ("officer-1", PASSWORD, "000000"),
        ("officer-2", PASSWORD, None),  # never invited
        ("nobody", PASSWORD, None),
    ],
)
def test_every_refusal_is_the_same(
    world: World, nl: Exchange, person: str, password: str, given: str | None
) -> None:
    secret = welcomed("officer-1", nl)
    world.clock.forward(seconds=30)
    given = given or code(secret, nl)
    with pytest.raises(SignInRefused) as refusal:
        sign_in(person, password, given, nl)
    assert refusal.value.detail == SignInRefused().detail


def test_a_code_counts_once(world: World, nl: Exchange) -> None:
    secret = welcomed("officer-1", nl)
    with pytest.raises(SignInRefused):  # the one that was shown on the page of the link
        sign_in("officer-1", PASSWORD, code(secret, nl), nl)
    world.clock.forward(seconds=30)
    used = code(secret, nl)
    sign_in("officer-1", PASSWORD, used, nl)
    with pytest.raises(SignInRefused):
        sign_in("officer-1", PASSWORD, used, nl)


def test_guessing_is_slowed_down_and_ends_with_the_pause(world: World, nl: Exchange) -> None:
    secret = welcomed("officer-1", nl)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            sign_in("officer-1", "wrong wrong wrong", "000000", nl)
    world.clock.forward(seconds=31)
    with pytest.raises(SignInRefused):  # right, and too soon
        sign_in("officer-1", PASSWORD, code(secret, nl), nl)
    world.clock.forward(seconds=31)
    assert sign_in("officer-1", PASSWORD, code(secret, nl), nl)


def test_the_pause_grows_to_a_quarter_of_an_hour() -> None:
    minutes = [rules.pause_ms(n) // 60_000 for n in (0, 4, 5, 6, 7, 8, 9, 50)]
    assert minutes == [0, 0, 1, 2, 4, 8, 15, 15]


def test_a_link_works_once(world: World, nl: Exchange) -> None:
    token = welcome.invite("officer-1", "admin-1", nl).token
    secret = welcome.open_invitation(token, nl).secret
    assert welcome.open_invitation(token, nl).secret == secret  # the page may be loaded again
    welcome.accept(token, PASSWORD, code(secret, nl), nl)
    with pytest.raises(InviteRefused):
        welcome.accept(token, PASSWORD, code(secret, nl), nl)
    with pytest.raises(InviteRefused):
        welcome.open_invitation(token, nl)


def test_a_link_has_three_days(world: World, nl: Exchange) -> None:
    token = welcome.invite("officer-1", "admin-1", nl).token
    world.clock.forward(days=3)
    with pytest.raises(InviteRefused):
        welcome.open_invitation(token, nl)


@pytest.mark.parametrize(
    "password", ["short", "aaaaaaaaaaaaaaaaaa", "officer-1 officer-1", "x" * 300]
)
def test_a_weak_password_is_refused_and_the_link_still_works(
    world: World, nl: Exchange, password: str
) -> None:
    token = welcome.invite("officer-1", "admin-1", nl).token
    secret = welcome.open_invitation(token, nl).secret
    with pytest.raises(PasswordRefused) as refusal:
        welcome.accept(token, password, code(secret, nl), nl)
    assert {fault.pointer for fault in refusal.value.faults} == {"/password"}
    with pytest.raises(CodeRefused):
        welcome.accept(token, PASSWORD, "123456", nl)
    welcome.accept(token, PASSWORD, code(secret, nl), nl)


def test_a_new_invitation_ends_what_the_person_had(world: World, nl: Exchange) -> None:
    secret = welcomed("officer-1", nl)
    world.clock.forward(seconds=30)
    token = sign_in("officer-1", PASSWORD, code(secret, nl), nl)
    welcome.invite("officer-1", "admin-1", nl)
    with pytest.raises(Unidentified):
        whose(token, nl)
    world.clock.forward(seconds=30)
    with pytest.raises(SignInRefused):
        sign_in("officer-1", PASSWORD, code(secret, nl), nl)


def test_who_was_closed_is_out_at_once(world: World, nl: Exchange) -> None:
    secret = welcomed("officer-1", nl)
    world.clock.forward(seconds=30)
    token = sign_in("officer-1", PASSWORD, code(secret, nl), nl)
    welcome.close("officer-1", "admin-1", nl)
    with pytest.raises(Unidentified):
        whose(token, nl)
    with pytest.raises(NotFound):
        welcome.close("officer-1", "admin-1", nl)


def test_who_is_no_person_any_more_is_out_at_once(world: World, nl: Exchange) -> None:
    secret = welcomed("officer-1", nl)
    world.clock.forward(seconds=30)
    token = sign_in("officer-1", PASSWORD, code(secret, nl), nl)
    world.configure(nl, "")
    with pytest.raises(Unidentified):
        whose(token, nl)


def test_a_session_ends_by_itself(world: World, nl: Exchange) -> None:
    secret = welcomed("officer-1", nl)
    world.clock.forward(seconds=30)
    token = sign_in("officer-1", PASSWORD, code(secret, nl), nl)
    for _ in range(20):  # in use all the time
        world.clock.forward(seconds=29 * 60)
        whose(token, nl)
    world.clock.forward(seconds=21 * 60)
    with pytest.raises(Unidentified):
        whose(token, nl)
    let_expire(world)
    assert forget_sessions(nl, 9) == 0  # the worker did
    with nl.store.reading() as work:
        assert work.accounts.session(digest(token.encode())) is None


def test_a_session_that_nobody_uses_ends(world: World, nl: Exchange) -> None:
    secret = welcomed("officer-1", nl)
    world.clock.forward(seconds=30)
    token = sign_in("officer-1", PASSWORD, code(secret, nl), nl)
    world.clock.forward(seconds=30 * 60)
    with pytest.raises(Unidentified):
        whose(token, nl)


def test_a_dangerous_act_asks_again_after_five_minutes(world: World, nl: Exchange) -> None:
    secret = welcomed("officer-1", nl)
    world.clock.forward(seconds=30)
    token = sign_in("officer-1", PASSWORD, code(secret, nl), nl)
    world.clock.forward(seconds=5 * 60)
    assert not whose(token, nl).proven
    prove_again(token, PASSWORD, code(secret, nl), nl)
    assert whose(token, nl).proven


def test_signing_out_ends_the_session(world: World, nl: Exchange) -> None:
    secret = welcomed("officer-1", nl)
    world.clock.forward(seconds=30)
    token = sign_in("officer-1", PASSWORD, code(secret, nl), nl)
    sign_out(token, nl)
    sign_out(token, nl)  # twice is no fault
    with pytest.raises(Unidentified):
        whose(token, nl)


def test_the_first_administrator_is_made_once(world: World, nl: Exchange) -> None:
    with pytest.raises(ConfigurationRefused):
        welcome.invite_first("admin-9", "no-such-organisation", "uid-0", nl)
    token = welcome.invite_first("admin-9", "police.nl", "uid-0", nl).token
    assert welcome.open_invitation(token, nl).person == "admin-9"
    with pytest.raises(AlreadyBegun):
        welcome.invite_first("admin-10", "police.nl", "uid-0", nl)


def test_nobody_is_invited_who_is_no_person(nl: Exchange) -> None:
    with pytest.raises(NotFound):
        welcome.invite("nobody", "admin-1", nl)
