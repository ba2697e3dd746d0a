"""Identifiers by which two records may turn out to speak of the same thing.

Owns which values of a record are linked by blind index, and how each is written before its tag
is computed. Leaves computing tags to whoever holds the key. A name or a place alone is never
among them: only a name with a whole birth date and a country.

Stays true:
  * Values are built from normal forms only, so that two gateways build the same ones.
  * The parts of a value are divided by U+001F, which no normal form contains.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from gateway.core.record import Record
from schemas import fingerprint, wallet

FIELDS: Final = (
    "account",
    "wallet",
    "handle",
    "email",
    "phone",
    "device",
    "address",
    "ip_hour",
    "remittance_ref",
    "case_ref",
    "transaction",
    "name_birth_country",
)
RESTS_ON: Final = "rests_on"  # the id of a record that this one rests on; no identifier
_DIVIDER: Final = "\x1f"
_WHOLE_DATE: Final = len("2026-01-15")
_TO_THE_HOUR: Final = len("2026-01-15T09")

Members = Mapping[str, Any]


def identifiers(record: Record) -> list[tuple[str, str]]:
    """Return (field, value) of each identifier in `record`, once each, in reading order."""
    return list(dict.fromkeys((field, value) for _, field, value in _all(record.body)))


def placed(body: Members) -> list[tuple[str, str, str]]:
    """Return (pointer of its part, field, value) of each identifier, in reading order."""
    return list(_all(body))


def name_words(name: Members) -> str:
    """Return a person's name as it is compared: its words in order, without case and accents."""
    whole = name.get("full") or f"{name.get('given', '')} {name.get('family', '')}"
    return " ".join(sorted(_folded(whole).split()))


def joined(*parts: str) -> str:
    """Return the parts of one value as one text."""
    return _DIVIDER.join(parts)


def squeezed(text: str) -> str:
    """Return a number without what people put between its characters."""
    return "".join(char for char in text.upper() if char.isalnum())


def _all(body: Members) -> Iterator[tuple[str, str, str]]:
    for kind, of_part in _PARTS:
        for index, part in enumerate(body.get(kind, ())):
            for field, value in of_part(part):
                yield f"/{kind}/{index}", field, value
    for index, transaction in enumerate(body.get("transactions", ())):
        for value in fingerprint.values(fingerprint.terms_of(transaction, body)):
            yield f"/transactions/{index}", "transaction", value
    for field, value in _of_references(body):
        yield "", field, value


def _of_observation(seen: Members) -> Iterator[tuple[str, str]]:
    if "ip" in seen and "time" in seen:
        yield "ip_hour", joined(seen["ip"], seen["time"][:_TO_THE_HOUR])


def _of_account(account: Members) -> Iterator[tuple[str, str]]:
    number, kind = account.get("account_no"), account.get("kind")
    house = account.get("bic", "")[:8] or _folded(
        account.get("institution") or account.get("provider") or ""
    )
    if "iban" in account:
        yield "account", account["iban"]
    if number and kind == "remittance_ref":
        yield "remittance_ref", joined(house, squeezed(number))
    elif number and house:
        yield "account", joined(house, squeezed(number))
    if "address" in account and "network" in account:
        yield "wallet", joined(*wallet.compared(account["network"], account["address"]))
    if "handle" in account and "provider" in account:
        yield "handle", joined(account["provider"].casefold(), account["handle"].casefold())


def _of_identity(identity: Members) -> Iterator[tuple[str, str]]:
    if "platform" in identity:
        platform = identity["platform"].casefold()
        if "handle" in identity:
            yield "handle", joined(platform, identity["handle"].casefold())
        if "user_id" in identity:
            yield "handle", joined(platform, "#", identity["user_id"])
    if "email" in identity:
        yield "email", identity["email"].casefold()
    if "phone" in identity:
        yield "phone", identity["phone"]
    for device in identity.get("device_ids", ()):
        yield "device", device.casefold()


def _of_person(person: Members) -> Iterator[tuple[str, str]]:
    dob = person.get("dob", "")
    countries = {*person.get("nationalities", ()), person.get("pob", {}).get("country", "unknown")}
    if len(dob) != _WHOLE_DATE:
        return
    for name in person.get("names", ()):
        words = name_words(name)
        for country in sorted(countries - {"unknown"}):
            if words:
                yield "name_birth_country", joined(words, dob, country)


def _of_address(address: Members) -> Iterator[tuple[str, str]]:
    country, street = address.get("country"), address.get("street")
    post = squeezed(address.get("postal_code", "")) or _folded(address.get("locality", ""))
    if country and street and post:
        yield "address", joined(country, post, _folded(street))


def _of_references(body: Members) -> Iterator[tuple[str, str]]:
    if "national_ref" in body:
        org = body.get("originator", {}).get("org_id", "")
        yield "case_ref", joined(org, squeezed(body["national_ref"]))
    for ref in body.get("external_refs", ()):
        if "scheme" in ref and "value" in ref:
            yield "case_ref", joined(ref["scheme"], squeezed(ref["value"]))


def _folded(text: str) -> str:
    """Return words without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = (char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return " ".join("".join(kept).split())


def _of_addresses(party: Members) -> Iterator[tuple[str, str]]:
    for address in party.get("addresses", ()):
        yield from _of_address(address)


_PARTS: Final[tuple[tuple[str, Callable[[Members], Iterator[tuple[str, str]]]], ...]] = (
    ("accounts", _of_account),
    ("identities", _of_identity),
    ("persons", _of_person),
    ("persons", _of_addresses),
    ("organisations", _of_addresses),
    ("network", _of_observation),
)
