"""What all pages of the console share: the session, forms that only they can send, the layout.

Owns the cookie, the headers and how a refusal looks to a person. Leaves to `door` how a session
begins, and to the journeys what a person may do: each asks for its roles.

Stays true:
  * No page but those of `door` is shown without a session; whoever lost one comes back to where
    they were.
  * A form is believed only with the token of its session, and never when another site sent it.
  * Nothing of a page is run but one file of ours, where passkeys are used; nothing is asked of
    another host; nothing is kept.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, g, make_response, redirect, request, url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.exceptions import NotFound as NoSuchPage

from gateway.core.errors import Forbidden, GatewayError, Unidentified
from gateway.flow import administering, disclosures, requests, urgent
from gateway.flow.holds import OFFICERS
from gateway.flow.identify import Person
from gateway.flow.passkeys import Place
from gateway.flow.sign_in import SignedIn, form_token, whose
from gateway.web.console import menu, rule_words, words
from gateway.web.edge import exchange
from gateway.web.problems import incident_of, request_id, status_of

SESSION: Final = "__Host-session"
_FOLDER: Final = Path(__file__).parent
_HERE: Final = "/console"
_LONGEST_WAY: Final = 512
_SERVER_FAULT: Final = 500

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Browsers say where a form came from only where they may say it to us.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

# Envelopes hold records of several organisations: not for the officers of one.
OVERSEERS: Final = ("administrator", "auditor", "data_protection_officer")
ADMINISTRATOR: Final = administering.ROLE
# What stands in the navigation: the page, its name, and the roles that need it; none: everybody.
PLACES: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("console.to_do", "To do", ()),
    ("console.requests_page", "Requests", requests.LOOKING),
    ("console.urgent_page", "Urgent", urgent.READERS),
    ("console.overview", "Overview", ()),
    ("console.records", "Records", ()),
    ("console.held", "Held", OFFICERS),
    ("console.alarms", "Alarms", ()),
    ("console.quarantine", "Quarantine", (ADMINISTRATOR,)),
    ("console.sources", "Sources", ()),
    ("console.adapters", "Adapters", (ADMINISTRATOR,)),
    ("console.deliveries", "Deliveries", OVERSEERS),
    ("console.list_partners", "Partners", ()),
    ("console.agreements_page", "Agreements", ()),
    ("console.consents_page", "Consents", requests.LOOKING),
    ("console.keys_page", "Keys", OVERSEERS),
    ("console.audit_page", "Audit", disclosures.ROLES),
    ("console.people", "People", ()),
    ("console.first_steps", "First steps", ("administrator",)),
    ("console.about", "About", ()),
)

blp = Blueprint(
    "console",
    __name__,
    url_prefix=_HERE,
    static_folder=str(_FOLDER / "static"),
    static_url_path="/static",
)


class FormRefused(GatewayError):
    """This form was not sent from a page of yours, or the page is older than your session."""

    code = "form-refused"
    advice = "Open the page again, and send it from there."


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_callables(  # type: ignore[attr-defined] # of the extension
        words.gettext, words.ngettext, newstyle=True
    )
    names = ("moment", "number", "legible", "readable", "commands")
    made.filters.update({name: getattr(words, name) for name in names}, ruled=rule_words.ruled)
    return made


def page(template: str, answered: int = 200, /, **values: Any) -> Response:
    """Return a page made of `template`."""
    found = signed_in() if "signed_in" in g else None
    html = (
        _templates()
        .get_template(template)
        .render(
            url_for=url_for,
            here=request.endpoint,
            this=request.full_path.removesuffix("?") if request.method == "GET" else "",
            menu=menu.grouped(_places(found.person)) if found else (),
            help_topic=menu.help_of(request.endpoint),
            person=found.person if found else None,
            form_token=form_token(_token()) if found else "",
            language=words.language(),
            languages=words.LANGUAGES,
            gateway=exchange().own.id,
            ago=lambda ms: words.ago(ms, exchange().now_ms()),
            **values,
        )
    )
    answer = make_response(html, answered)
    answer.headers["Content-Type"] = "text/html; charset=utf-8"
    return answer


def _places(person: Person) -> list[tuple[str, str]]:
    """Return what this person can go to."""
    return [
        (endpoint, name)
        for endpoint, name, roles in PLACES
        if not roles or not person.roles.isdisjoint(roles)
    ]


def signed_in() -> SignedIn:
    """Return who is behind this request."""
    found: SignedIn = g.signed_in
    return found


def person() -> Person:
    """Return the person behind this request."""
    return signed_in().person


def open_to_all(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view that needs no session."""
    view.needs_no_session = True  # type: ignore[attr-defined] # read by `_admit`
    return view


def start(token: str, there: str) -> Response:
    """Go to `there` with a session of this token."""
    answer = _see_other(there)
    answer.set_cookie(SESSION, token, secure=True, httponly=True, samesite="Strict", path="/")
    return answer


def leave(there: str) -> Response:
    """Go to `there` without a session."""
    answer = _see_other(there)
    answer.delete_cookie(SESSION, secure=True, httponly=True, samesite="Strict", path="/")
    return answer


def start_again(there: str) -> Response:
    """Go to `there`; nothing changes about the session."""
    return _see_other(there)


def go(endpoint: str, **values: str) -> Response:
    """Go to a page after something was done, so that loading it again does nothing twice."""
    parts: dict[str, Any] = {**values}
    return _see_other(url_for(endpoint, **parts))


def way_back(asked: str | None) -> str:
    """Return where to go after signing in: a page of ours, or the first one."""
    parts = urlsplit(asked or "")
    ours = not parts.scheme and not parts.netloc and parts.path.startswith(f"{_HERE}/")
    if asked and ours and "\\" not in asked and len(asked) <= _LONGEST_WAY:
        return asked
    return url_for("console.to_do")


def place() -> Place:
    """Return where this page stands, as its browser knows it."""
    return Place(urlsplit(f"https://{request.host}").hostname or "", f"https://{request.host}")


def let_run_our_own() -> None:
    """Let this answer run scripts of ours: passkeys work with one only."""
    g.runs = True


def field(name: str) -> str:
    """Return what was typed into a field of the form; empty where nothing was."""
    return request.form.get(name, "")


def _see_other(there: str) -> Response:
    answer = redirect(there, 303)
    if not isinstance(answer, Response):
        raise TypeError("not an answer of ours")
    return answer


def _token() -> str:
    return request.cookies.get(SESSION, "")


@blp.before_request
def _admit() -> Response | None:
    view: Any = current_app.view_functions.get(request.endpoint or "")
    is_open = getattr(view, "needs_no_session", False) or request.endpoint == "console.static"
    if request.method == "POST":
        _demand_own_site()
    if not is_open or (_token() and request.endpoint != "console.static"):
        try:
            g.signed_in = whose(_token(), exchange())
            g.caller = g.signed_in.person
        except Unidentified:
            if not is_open:
                return _to_the_door()
    if request.method == "POST" and not is_open:
        given = field("form_token")
        if not hmac.compare_digest(given.encode(), form_token(_token()).encode()):
            raise FormRefused
    return None


def _to_the_door() -> Response:
    there = request.full_path.removesuffix("?") if request.method == "GET" else None
    return _see_other(url_for("console.sign_in_page", next=there))


def _demand_own_site() -> None:
    """Refuse a form that a browser says another site sent."""
    fetched = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", "")
    if fetched not in ("same-origin", "none"):
        raise FormRefused
    if origin and urlsplit(origin).netloc != request.host:
        raise FormRefused


@blp.after_request
def _harden(answer: Response) -> Response:
    for name, value in _HEADERS.items():
        answer.headers[name] = value
    if "runs" in g:
        policy = answer.headers["Content-Security-Policy"]
        answer.headers["Content-Security-Policy"] = f"{policy}; script-src 'self'"
    if request.endpoint == "console.static":
        answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


@blp.errorhandler(GatewayError)
def _refused(error: GatewayError) -> Response:
    if isinstance(error, Unidentified):
        return _to_the_door()
    status = status_of(error)
    incident = incident_of(error) if status >= _SERVER_FAULT else None
    return page("refused.html", status, error=error, incident=incident, request_id=request_id())


@blp.errorhandler(Exception)
def _fault_of_ours(error: Exception) -> Response:
    if isinstance(error, NoSuchPage):
        return page("refused.html", 404, error=_Missing(), incident=None, request_id=request_id())
    if hasattr(error, "get_response"):  # of HTTP itself: 405, 413
        answer: Response = error.get_response()
        return answer
    return page(
        "refused.html",
        _SERVER_FAULT,
        error=_Ours(),
        incident=incident_of(error),
        request_id=request_id(),
    )


class _Missing(GatewayError):
    """There is no such page."""

    code = "not-found"


class _Ours(GatewayError):
    """The gateway failed; its administrator finds the incident in the log."""

    code = "internal-error"


def said(faults: GatewayError) -> Mapping[str, list[str]]:
    """Return what is wrong with each field of a form."""
    found: dict[str, list[str]] = {}
    for fault in faults.faults:
        text = fault.detail + (f" {fault.hint}" if fault.hint else "")
        found.setdefault(fault.pointer.lstrip("/"), []).append(text)
    return found


def demand(*roles: str) -> None:
    """Raise Forbidden unless the person has one of these roles."""
    if person().roles.isdisjoint(roles):
        raise Forbidden(f"this page takes the role {' or '.join(roles)}")
