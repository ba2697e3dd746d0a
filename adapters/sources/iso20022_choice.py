"""Which transfers of a document a source takes.

A statement names everybody who paid its holder, or was paid. Of those a source takes what it was
set up for; the rest leaves no trace, neither as a record nor in a kept original.

Stays true:
  * A source that does not say what it takes, takes nothing: `all` has to be written out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A transfer is taken if it meets every criterion given; empty ones ask nothing."""

    seen_by: str  # of `schemas.vocab.SIGNAL_SOURCES`: who gives us the documents
    all: bool = False
    references: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()  # at either end, without spaces
    countries: frozenset[str] = frozenset()  # of an account, its bank or a party, at either end
    at_least: Decimal | None = None
    at_most: Decimal | None = None

    def takes(self, body: Mapping[str, Any]) -> bool:
        """Return whether the transfer in a draft of one is taken."""
        if self.all:
            return True
        asked = (
            (self.references, _references),
            (self.accounts, _accounts),
            (self.countries, _countries),
        )
        if not any(wanted for wanted, _ in asked) and self.at_least is self.at_most is None:
            return False
        if any(wanted and wanted.isdisjoint(found(body)) for wanted, found in asked):
            return False
        return self._has_amount(body)

    def _has_amount(self, body: Mapping[str, Any]) -> bool:
        if self.at_least is None and self.at_most is None:
            return True
        try:
            amount = Decimal(body["transactions"][0].get("amount", ""))
        except InvalidOperation:
            return False
        least, most = self.at_least, self.at_most
        return (least is None or amount >= least) and (most is None or amount <= most)


EVERYTHING: Final = Choice(seen_by="bank_team", all=True)


def read_choice(body: Mapping[str, Any]) -> Choice:
    """Return the choice that a source's `transfers` describes; its schema was checked before."""
    amounts = {name: Decimal(str(body[name])) for name in ("at_least", "at_most") if body.get(name)}
    return Choice(
        seen_by=str(body["seen_by"]),
        all=bool(body.get("all")),
        references=frozenset(body.get("references") or ()),
        accounts=frozenset(map(_squeezed, body.get("accounts") or ())),
        countries=frozenset(body.get("countries") or ()),
        at_least=amounts.get("at_least"),
        at_most=amounts.get("at_most"),
    )


def _references(body: Mapping[str, Any]) -> Iterator[str]:
    yield str(body.get("provider_ref", ""))
    for name in ("ref", "beneficiary_ref", "fingerprint"):
        yield str(body["transactions"][0].get(name, "")).removeprefix("uetr:")


def _accounts(body: Mapping[str, Any]) -> Iterator[str]:
    for account in body.get("accounts") or ():
        yield _squeezed(account.get("iban") or account.get("account_no") or "")


def _countries(body: Mapping[str, Any]) -> Iterator[str]:
    for account in body.get("accounts") or ():
        yield str(account.get("iban", ""))[:2].upper()
        yield str(account.get("bic", ""))[4:6].upper()
    for kind in ("persons", "organisations"):
        for party in body.get(kind) or ():
            for address in party.get("addresses") or ():
                yield str(address.get("country", "")).upper()


def _squeezed(number: str) -> str:
    return "".join(number.split()).upper()
