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
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.core.record import Record

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
    return list(dict.fromkeys(_all(record.body)))


def sources(record: Record) -> list[str]:
    """Return the ids of the records that this one rests on: derived from, or a root of a ground."""
    roots = [
        root["record"]
        for ground in record.body.get("grounds") or ()
        for root in ground.get("roots") or ()
        if root.get("record")
    ]
    return list(dict.fromkeys([*(record.body.get("derived_from") or ()), *roots]))


def _all(body: Members) -> Iterator[tuple[str, str]]:
    for account in body.get("accounts", ()):
        yield from _of_account(account)
    for identity in body.get("identities", ()):
        yield from _of_identity(identity)
    for person in body.get("persons", ()):
        yield from _of_person(person)
    for party in (*body.get("persons", ()), *body.get("organisations", ())):
        for address in party.get("addresses", ()):
            yield from _of_address(address)
    yield from (
        ("ip_hour", _joined(seen["ip"], seen["time"][:_TO_THE_HOUR]))
        for seen in body.get("network", ())
        if "ip" in seen and "time" in seen
    )
    for transaction in body.get("transactions", ()):
        yield from _of_transaction(transaction, body)
    yield from _of_references(body)


def _of_account(account: Members) -> Iterator[tuple[str, str]]:
    number, kind = account.get("account_no"), account.get("kind")
    house = account.get("bic", "")[:8] or _folded(
        account.get("institution") or account.get("provider") or ""
    )
    if "iban" in account:
        yield "account", account["iban"]
    if number and kind == "remittance_ref":
        yield "remittance_ref", _joined(house, _squeezed(number))
    elif number and house:
        yield "account", _joined(house, _squeezed(number))
    if "address" in account and "network" in account:
        address = account["address"]
        address = address.lower() if account["network"] == "ethereum" else address
        yield "wallet", _joined(account["network"], address)
    if "handle" in account and "provider" in account:
        yield "handle", _joined(account["provider"].casefold(), account["handle"].casefold())


def _of_identity(identity: Members) -> Iterator[tuple[str, str]]:
    if "platform" in identity:
        platform = identity["platform"].casefold()
        if "handle" in identity:
            yield "handle", _joined(platform, identity["handle"].casefold())
        if "user_id" in identity:
            yield "handle", _joined(platform, "#", identity["user_id"])
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
        whole = name.get("full") or f"{name.get('given', '')} {name.get('family', '')}"
        words = " ".join(sorted(_folded(whole).split()))
        for country in sorted(countries - {"unknown"}):
            if words:
                yield "name_birth_country", _joined(words, dob, country)


def _of_address(address: Members) -> Iterator[tuple[str, str]]:
    country, street = address.get("country"), address.get("street")
    post = _squeezed(address.get("postal_code", "")) or _folded(address.get("locality", ""))
    if country and street and post:
        yield "address", _joined(country, post, _folded(street))


def _of_transaction(transaction: Members, body: Members) -> Iterator[tuple[str, str]]:
    if "fingerprint" in transaction:
        yield "transaction", _joined("fingerprint", transaction["fingerprint"])
        return
    ends = [_end(transaction.get(end, ""), body) for end in ("sender", "receiver")]
    known: list[str] = [transaction.get(name, "") for name in ("time", "amount", "currency")]
    if all(ends) and all(known):
        yield "transaction", _joined(known[0][:_WHOLE_DATE], *known[1:], *ends)


def _end(pointer: str, body: Members) -> str:
    """Return the first identifier of the account at one end of a transaction, or nothing."""
    name, _, index = pointer[1:].partition("/")
    accounts = body.get("accounts", ())
    if name != "accounts" or not index.isdigit() or int(index) >= len(accounts):
        return ""
    return next((_joined(*found) for found in _of_account(accounts[int(index)])), "")


def _of_references(body: Members) -> Iterator[tuple[str, str]]:
    if "national_ref" in body:
        org = body.get("originator", {}).get("org_id", "")
        yield "case_ref", _joined(org, _squeezed(body["national_ref"]))
    for ref in body.get("external_refs", ()):
        if "scheme" in ref and "value" in ref:
            yield "case_ref", _joined(ref["scheme"], _squeezed(ref["value"]))


def _joined(*parts: str) -> str:
    return _DIVIDER.join(parts)


def _squeezed(text: str) -> str:
    """Return a number without what people put between its characters."""
    return "".join(char for char in text.upper() if char.isalnum())


def _folded(text: str) -> str:
    """Return words without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = (char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return " ".join("".join(kept).split())
