"""The way in: the page behind a one-time link, signing in and out, proving oneself once more."""

from __future__ import annotations

from flask import Response, request, url_for
from markupsafe import Markup

from gateway.core.errors import GatewayError
from gateway.flow import passkeys, welcome
from gateway.flow import sign_in as journey
from gateway.flow.sign_in import ProofNeeded, SignInRefused
from gateway.web.console import frame, words
from gateway.web.console.frame import blp, field, open_to_all
from gateway.web.edge import exchange


@blp.get("/sign-in")
@open_to_all
def sign_in_page() -> Response:
    """Ask for number, password and code."""
    return _sign_in(200, request.args.get("next", ""))


@blp.post("/sign-in")
@open_to_all
def sign_in() -> Response:
    """Let somebody in, and back to where they were."""
    try:
        token = journey.sign_in(field("person"), field("password"), field("code"), exchange())
    except SignInRefused as refused:
        return _sign_in(422, field("next"), typed=field("person"), refused=refused)
    return frame.start(token, frame.way_back(field("next")))


@blp.post("/sign-out")
def sign_out() -> Response:
    """End the session."""
    journey.sign_out(request.cookies.get(frame.SESSION, ""), exchange())
    return frame.leave(url_for("console.sign_in_page"))


@blp.get("/proof")
def proof_page() -> Response:
    """Ask for password and code once more, before a dangerous act."""
    return _proof(200, request.args.get("next", ""), None)


@blp.post("/proof")
def proof() -> Response:
    """Let somebody go on with a dangerous act."""
    token = request.cookies.get(frame.SESSION, "")
    try:
        journey.prove_again(token, field("password"), field("code"), exchange())
    except SignInRefused as refused:
        return _proof(422, field("next"), refused)
    return frame.start(token, frame.way_back(field("next")))


def _sign_in(
    status: int, there: str, *, typed: str = "", refused: SignInRefused | None = None
) -> Response:
    frame.let_run_our_own()
    return frame.page(
        "sign_in.html",
        status,
        next=there,
        typed=typed,
        refused=refused,
        passkey_refused="passkey" in request.args,
        options=passkeys.to_sign_in(frame.place(), exchange()),
    )


def _proof(status: int, there: str, refused: SignInRefused | None) -> Response:
    frame.let_run_our_own()
    options = passkeys.to_sign_in(frame.place(), exchange())
    return frame.page("proof.html", status, next=there, refused=refused, options=options)


@blp.get("/welcome/<token>")
@open_to_all
def welcome_page(token: str) -> Response:
    """Show a new person the secret for their app, and ask for a password."""
    return _welcome(token)


@blp.post("/welcome/<token>")
@open_to_all
def accept(token: str) -> Response:
    """Make the account of a new person."""
    if field("password") != field("again"):
        return _welcome(token, again=True)
    try:
        welcome.accept(token, field("password"), field("code"), exchange())
    except welcome.InviteRefused:
        raise
    except GatewayError as refused:
        return _welcome(token, refused=refused)
    return frame.go("console.sign_in_page")


def _welcome(token: str, *, refused: GatewayError | None = None, again: bool = False) -> Response:
    found = welcome.open_invitation(token, exchange())
    faults = frame.said(refused) if refused else {}
    return frame.page(
        "welcome.html",
        422 if refused or again else 200,
        found=found,
        picture=Markup(welcome.picture_of(found)),  # noqa: S704 - drawn here, of our own address
        faults=faults,
        again=again,
    )


@blp.post("/language")
@open_to_all
def choose_language() -> Response:
    """Show the console in another language from now on."""
    answer = frame.start_again(frame.way_back(field("next")))
    if field("language") in words.LANGUAGES:
        answer.set_cookie(
            words.COOKIE,
            field("language"),
            secure=True,
            httponly=True,
            samesite="Strict",
            path="/",
            max_age=365 * 86_400,
        )
    return answer


def demand_proof() -> None:
    """Raise ProofNeeded unless this person proved themselves in the last minutes."""
    if not frame.signed_in().proven:
        raise ProofNeeded
