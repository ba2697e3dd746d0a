"""A person's own account: their passkeys, and signing in and proving oneself with one."""

from __future__ import annotations

from flask import Response, request, url_for

from gateway.flow import passkeys
from gateway.flow.sign_in import SignInRefused
from gateway.web.console import frame
from gateway.web.console.door import demand_proof
from gateway.web.console.frame import blp, field, open_to_all
from gateway.web.edge import exchange


@blp.get("/account")
def own_account() -> Response:
    """Show one's own roles and passkeys."""
    return _account(200)


@blp.post("/account/passkeys")
def add_passkey() -> Response:
    """Keep a passkey that the browser made."""
    demand_proof()
    try:
        passkeys.register(field("answer"), frame.signed_in(), frame.place(), exchange())
    except passkeys.PasskeyNotTaken:
        return _account(422, refused=True)
    return frame.go("console.own_account")


@blp.post("/account/passkeys/remove")
def remove_passkey() -> Response:
    """Take one of one's own passkeys away."""
    demand_proof()
    passkeys.remove(field("passkey"), frame.signed_in(), exchange())
    return frame.go("console.own_account")


@blp.post("/sign-in/passkey")
@open_to_all
def sign_in_by_passkey() -> Response:
    """Let somebody in by a passkey, and back to where they were."""
    try:
        token = passkeys.sign_in(field("answer"), frame.place(), exchange())
    except SignInRefused:
        there = url_for("console.sign_in_page", passkey="refused", next=field("next"))
        return frame.start_again(there)
    return frame.start(token, frame.way_back(field("next")))


@blp.post("/proof/passkey")
def proof_by_passkey() -> Response:
    """Let somebody go on with a dangerous act by a passkey."""
    token = request.cookies.get(frame.SESSION, "")
    try:
        passkeys.prove_again(field("answer"), token, frame.signed_in(), frame.place(), exchange())
    except SignInRefused:
        return frame.go("console.proof_page", next=field("next"))
    return frame.start(token, frame.way_back(field("next")))


def _account(status: int, *, refused: bool = False) -> Response:
    frame.let_run_our_own()
    signed_in = frame.signed_in()
    return frame.page(
        "own_account.html",
        status,
        passkeys=passkeys.of_person(signed_in.person.name, exchange()),
        options=passkeys.to_register(signed_in, frame.place(), exchange()),
        refused=refused,
    )
