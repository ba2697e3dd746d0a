"""Resolve, check, pin: which addresses a partner's host name may lead to.

Owns the rule that a partner lives on the public internet, unless its network is listed in our
settings: so a card cannot make us speak to a database or a metadata service beside us. The
address that was checked is the one connected to; the name is not resolved a second time.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from gateway.core.errors import Unavailable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Sequence[str]]

# IPv6 forms that carry an IPv4 address, which some router would unpack for us.
_CARRIERS = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
    )
)


class Unreachable(Unavailable):
    """The partner's gateway could not be reached, or did not answer as a gateway does."""

    code: ClassVar[str] = "unreachable"
    advice: ClassVar[str] = (
        "It is tried again by itself. `gateway partners list` shows its address; it may be down, "
        "or may not have confirmed our card yet."
    )


class AddressRefused(Unreachable):
    """The partner's host name leads to no address that we may speak to."""

    code: ClassVar[str] = "address-refused"
    advice: ClassVar[str] = "List the partner's network in the settings if it is not public."


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return networks in CIDR notation. Raises AddressRefused for anything else."""
    try:
        return tuple(ipaddress.ip_network(text) for text in texts)
    except ValueError as error:
        raise AddressRefused("a listed network is not in CIDR notation") from error


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of `host`, as the system resolves them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def permitted(
    host: str, port: int, allowed: Sequence[Network], resolve: Resolve = resolve
) -> list[str]:
    """Return those addresses of `host` that we may connect to, at least one."""
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise Unreachable("the partner's host name does not resolve") from error
    good = [text for text in dict.fromkeys(found) if may_connect(text, allowed)]
    if not good:
        raise AddressRefused
    return good


def may_connect(text: str, allowed: Sequence[Network]) -> bool:
    """Return whether an address is public, or in a listed network."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:  # e.g. an IPv6 address with a zone
        return False
    if any(address in network for network in allowed if network.version == address.version):
        return True
    if isinstance(address, ipaddress.IPv6Address) and any(address in net for net in _CARRIERS):
        return False
    return address.is_global and not address.is_multicast
