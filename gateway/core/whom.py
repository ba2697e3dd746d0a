"""About whom somebody asks: identifiers as people write them down, a line each. Pure.

    name: Piet Proef
    born: 1988-03-04
    country: BE
    iban: BE71 0961 2345 6769
    handle: chat.example / proef_88

Owns the grammar of these lines and their normal forms. All lines are about one person. A refusal
names the line, never what stands in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final

from gateway.core.errors import Fault, Malformed
from gateway.core.subjects import Wanted, wanted
from schemas import moments, normal, wallet
from schemas.faults import NotNormal

Parts = dict[str, Any]


class WhomRefused(Malformed):
    """The identifiers cannot be read, or name nobody."""

    code: ClassVar[str] = "whom-refused"
    advice: ClassVar[str] = "Lines as `name: …`, `born: 1988-03-04`, `iban: …`; see the guide."


def read(lines: Iterable[str]) -> Wanted:
    """Return what to look for. Raises WhomRefused with every line that is wrong."""
    person: Parts = {"names": [], "nationalities": [], "ids": []}
    body: Parts = {"persons": [person], "accounts": [], "identities": []}
    faults = []
    for number, line in enumerate(lines, start=1):
        kind, colon, value = line.partition(":")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        put = KINDS.get(kind.strip().lower())
        if not colon or put is None or not value.strip():
            faults.append(_fault(number, "unknown-line", f"a line is one of {', '.join(KINDS)}"))
            continue
        try:
            put(value.strip(), body)
        except NotNormal as refused:
            faults.append(_fault(number, refused.problem.code, refused.problem.detail))
    if faults:
        raise WhomRefused(faults=tuple(faults))
    found = wanted(body)
    if not found.proving:
        raise WhomRefused(
            "too little to tell one person from others: give a name with the whole birth date, "
            "or a number, an account, an address on a network or an online identity"
        )
    return found


def _fault(number: int, code: str, detail: str) -> Fault:
    return Fault(f"/{number}", code, detail)


def _name(value: str, body: Parts) -> None:
    body["persons"][0]["names"].append({"full": normal.text(value)})


def _born(value: str, body: Parts) -> None:
    body["persons"][0]["dob"] = moments.partial_date(value)


def _country(value: str, body: Parts) -> None:
    body["persons"][0]["nationalities"].append(value.upper())


def _document(value: str, body: Parts) -> None:
    body["persons"][0]["ids"].append({"number": normal.text(value)})


def _iban(value: str, body: Parts) -> None:
    body["accounts"].append({"kind": "bank", "iban": normal.iban(value)})


def _wallet(value: str, body: Parts) -> None:
    network, address = _two(value)
    made = {"network": network.lower(), "address": wallet.address(network.lower(), address)}
    body["accounts"].append({"kind": "wallet", **made})


def _handle(value: str, body: Parts) -> None:
    platform, handle = _two(value)
    body["identities"].append({"platform": platform, "handle": handle})


def _user(value: str, body: Parts) -> None:
    platform, user = _two(value)
    body["identities"].append({"platform": platform, "user_id": user})


def _email(value: str, body: Parts) -> None:
    body["identities"].append({"email": normal.email(value)})


def _phone(value: str, body: Parts) -> None:
    body["identities"].append({"phone": normal.phone(value)})


def _device(value: str, body: Parts) -> None:
    body["identities"].append({"device_ids": [normal.text(value)]})


def _two(value: str) -> tuple[str, str]:
    first, slash, second = (part.strip() for part in value.partition("/"))
    if not (first and slash and second):
        raise NotNormal("two-parts", "This takes two parts with a slash between them.", "")
    return normal.text(first), normal.text(second)


KINDS: Final[dict[str, Callable[[str, Parts], None]]] = {
    "name": _name,
    "born": _born,
    "country": _country,
    "document": _document,
    "iban": _iban,
    "wallet": _wallet,
    "handle": _handle,
    "user": _user,
    "email": _email,
    "phone": _phone,
    "device": _device,
}
