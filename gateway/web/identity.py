"""Who is calling: from the certificate of the connection to a client, a person or a partner.

Owns where the certificate is read. There are two places and no third: the TLS socket of this
process, or, when the settings say that we listen on a Unix socket behind a proxy, the header
`X-Client-Cert` (the PEM, percent-encoded, as nginx's ``$ssl_client_escaped_cert``). On any other
listener that header is a stranger's word and is not looked at.

Stays true:
  * Whose key it is, is decided for each request from the database: a revoked one stops at once.
  * Clients and persons reach /v1 only, each their own calls of it; partners /exchange only.
"""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Callable
from typing import ClassVar, Protocol, runtime_checkable
from urllib.parse import unquote

from flask import g, request

from gateway.core.errors import Forbidden, Unidentified
from gateway.flow.identify import (
    Caller,
    Client,
    PartnerCaller,
    Person,
    caller_of_certificate,
)
from gateway.web.edge import edge, exchange

_HEADER = "X-Client-Cert"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_LONGEST_HEADER_CHARS = 16 * 1024


class ForPeople(Forbidden):
    """A person does this; a machine's certificate, or a partner's, is not enough."""

    advice: ClassVar[str] = (
        "Call it with the certificate of such a person of your organisation; "
        "`gateway people list` shows who has which role."
    )


class ForMachines(Forbidden):
    """A national system calls this; a person's certificate, or a partner's, does not do."""

    advice: ClassVar[str] = "Call it with the certificate of a client of your organisation."


@runtime_checkable
class _TlsSocket(Protocol):
    def getpeercert(self, binary_form: bool, /) -> bytes | None: ...  # noqa: FBT001 - as in ssl


def admit_client() -> None:
    """Let only a client of one of our organisations pass; before each call of /v1."""
    if not isinstance(_caller(), Client):
        raise ForMachines


def admit_person(*roles: str) -> Callable[[], None]:
    """Return what lets only a person of one of our organisations pass, before calls for people.

    `roles` are those that such calls take, for whoever is turned away; each call asks for its own.
    """

    def admit() -> None:
        if not isinstance(_caller(), Person):
            raise ForPeople(
                f"a person with the role {' or '.join(roles)} does this, as the call demands; a "
                "machine's certificate is not enough"
            )

    return admit


def admit_partner() -> None:
    """Let only a partner's gateway pass; before each call of /exchange."""
    if not isinstance(_caller(), PartnerCaller):
        raise Forbidden


def calling_client() -> Client:
    """Return the client that `admit_client` let pass."""
    caller = _caller()
    if not isinstance(caller, Client):
        raise ForMachines
    return caller


def calling_person() -> Person:
    """Return the person that `admit_person` let pass."""
    caller = _caller()
    if not isinstance(caller, Person):
        raise ForPeople
    return caller


def calling_partner() -> str:
    """Return the id of the partner that `admit_partner` let pass."""
    caller = _caller()
    if not isinstance(caller, PartnerCaller):
        raise Forbidden
    return caller.partner


def caller_name() -> str | None:
    """Return whom this request was found to come from, None if nobody asked; for the log."""
    match g.get("caller"):
        case Client(name=name):
            return f"client:{name}"
        case Person(name=name):
            return f"person:{name}"
        case PartnerCaller(partner=partner):
            return f"partner:{partner}"
    return None


def _caller() -> Caller:
    if "caller" not in g:
        der = _certificate()
        if der is None:
            raise Unidentified
        g.caller = caller_of_certificate(der, exchange())
    known: Caller = g.caller
    return known


def _certificate() -> bytes | None:
    """Return the certificate (DER) whose key the other side proved to hold, None without one."""
    connection = request.environ.get("gunicorn.socket")
    if edge().behind_proxy_socket:
        return _from_proxy() if _is_unix(connection) else None
    if not isinstance(connection, _TlsSocket):
        return None
    return connection.getpeercert(True) or None  # noqa: FBT003 - positional in ssl


def _is_unix(connection: object) -> bool:
    return getattr(connection, "family", None) == socket.AF_UNIX


def _from_proxy() -> bytes | None:
    escaped = request.headers.get(_HEADER, "")
    if not escaped or len(escaped) > _LONGEST_HEADER_CHARS:
        return None
    try:
        pem = _PEM.fullmatch(unquote(escaped, errors="strict").strip())
        return base64.b64decode("".join(pem[1].split()), validate=True) if pem else None
    except ValueError:  # not UTF-8, not base64: nobody that we know
        return None
