"""Whether two reports speak of one transfer, and how many transfers there were. Pure.

The bank of the sender and the bank of the receiver report the same transfer, each in its own
words. Owns the values by which such reports find each other, and the rule by which they count
once.

Ruled by docs/spec/fingerprints.md, whose vectors another implementation can run.

Stays true:
  * Values are built from normal forms only, so that two gateways build the same ones.
  * Two transfers in one record are two: a record does not name a transfer twice.
  * What one reporter tells of twice, without a reference in common, is two transfers: a payment
    of the same amount on the next day is no repetition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

DAYS_APART: Final = 3  # between what two banks write down for one transfer
_WINDOW_DAYS: Final = 2 * DAYS_APART
_DIVIDER: Final = "\x1f"
_WHOLE_DATE: Final = len("2026-01-15")
_EPOCH: Final = date(1970, 1, 1).toordinal()
_SURE, _BY_REFERENCE, _BY_TERMS = 0, 1, 2

Members = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What tells one transfer from another; empty: not known."""

    fingerprint: str = ""
    day: str = ""
    amount: str = ""
    currency: str = ""
    sender: str = ""
    receiver: str = ""
    refs: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_whole(self) -> bool:
        """Whether amount, currency, day and both ends are known."""
        return all((self.day, self.amount, self.currency, self.sender, self.receiver))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The transfers of one record, and who reported them."""

    reporter: str
    transfers: Sequence[Terms]


def terms_of(transaction: Members, body: Members) -> Terms:
    """Return the terms of a transaction of a record in normal form."""
    refs = (transaction.get(name) for name in ("ref", "beneficiary_ref"))
    return Terms(
        fingerprint=transaction.get("fingerprint", ""),
        day=(transaction.get("day") or transaction.get("time") or "")[:_WHOLE_DATE],
        amount=transaction.get("amount", ""),
        currency=transaction.get("currency", ""),
        sender=_end(transaction.get("sender", ""), body),
        receiver=_end(transaction.get("receiver", ""), body),
        refs=frozenset(ref for ref in refs if ref),
    )


def values(terms: Terms) -> Iterator[str]:
    """Yield what two reports of one transfer have in common: one value of them is enough.

    Windows overlap, so that two days at most `DAYS_APART` apart share one.
    """
    if terms.fingerprint:
        yield _DIVIDER.join(("fingerprint", terms.fingerprint))
    if terms.is_whole:
        rest = (terms.amount, terms.currency, terms.sender, terms.receiver)
        number = _number(terms.day)
        for letter, shift in (("a", 0), ("b", DAYS_APART)):
            window = f"{letter}{(number + shift) // _WINDOW_DAYS}"
            yield _DIVIDER.join(("transfer", window, *rest))


def once(reports: Sequence[Report]) -> list[list[int]]:
    """Return for each transfer the number of the transfer that it is, from 0, in reading order.

    The surest pairs are joined first; among equally sure ones the nearest days, then reading order.
    """
    places = [
        (number, place)
        for number, report in enumerate(reports)
        for place in range(len(report.transfers))
    ]
    joined = _Joined(places)
    for _, _, one, other in sorted(_pairs(reports, places)):
        joined.join(one, other)
    numbers: dict[int, int] = {}
    found: list[list[int]] = [[] for _ in reports]
    for index, (report, _) in enumerate(places):
        found[report].append(numbers.setdefault(joined.first(index), len(numbers)))
    return found


def count_once(reports: Sequence[Report]) -> int:
    """Return how many transfers these reports speak of together."""
    return len({number for report in once(reports) for number in report})


def _pairs(
    reports: Sequence[Report], places: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield (how sure, days apart, index, later index) of each pair that may be one transfer."""
    by_value: dict[str, list[int]] = {}
    seen: set[tuple[int, int]] = set()
    for index, (report, place) in enumerate(places):
        terms = reports[report].transfers[place]
        for value in values(terms):
            for other in by_value.setdefault(value, []):
                there, where = places[other]
                if there == report or (other, index) in seen:
                    continue
                seen.add((other, index))
                same = reports[there].reporter == reports[report].reporter
                sure = _sure(reports[there].transfers[where], terms, is_same_reporter=same)
                if sure is not None:
                    yield *sure, other, index
            by_value[value].append(index)


def _sure(one: Terms, other: Terms, *, is_same_reporter: bool) -> tuple[int, int] | None:
    """Return how sure it is that two are one transfer, and how many days lie between them."""
    apart = abs(_number(one.day) - _number(other.day)) if one.day and other.day else 0
    if one.fingerprint and other.fingerprint and _scheme(one) == _scheme(other):
        return (_SURE, apart) if one.fingerprint == other.fingerprint else None
    if not (one.is_whole and other.is_whole) or apart > DAYS_APART:
        return None
    if _rest(one) != _rest(other):
        return None
    if one.refs & other.refs:
        return _BY_REFERENCE, apart
    return None if is_same_reporter else (_BY_TERMS, apart)


def _scheme(terms: Terms) -> str:
    return terms.fingerprint.partition(":")[0]


def _rest(terms: Terms) -> tuple[str, ...]:
    return terms.amount, terms.currency, terms.sender, terms.receiver


class _Joined:
    """Transfers joined into one, each with one transfer of a record at most."""

    def __init__(self, places: Sequence[tuple[int, int]]) -> None:
        self._group = list(range(len(places)))
        self._records = [{report} for report, _ in places]

    def first(self, index: int) -> int:
        """Return the group of a transfer."""
        while self._group[index] != index:
            index = self._group[index]
        return index

    def join(self, one: int, other: int) -> None:
        """Make one of two groups, unless a record would then name a transfer twice."""
        one, other = sorted((self.first(one), self.first(other)))
        if one != other and not self._records[one] & self._records[other]:
            self._group[other] = one
            self._records[one] |= self._records[other]


def _number(day: str) -> int:
    """Return how many days after 1 January 1970 a day is."""
    return date.fromisoformat(day).toordinal() - _EPOCH


def _end(pointer: str, body: Members) -> str:
    """Return the number by which both banks know the account at an end, or nothing."""
    name, _, index = pointer[1:].partition("/")
    accounts = body.get("accounts", ())
    if name != "accounts" or not index.isdigit() or int(index) >= len(accounts):
        return ""
    account = accounts[int(index)]
    if "iban" in account:
        return f"iban:{account['iban']}"
    if "address" in account and "network" in account:
        address = account["address"]
        address = address.lower() if account["network"] == "ethereum" else address
        return f"wallet:{account['network']}:{address}"
    number, bic = account.get("account_no", ""), account.get("bic", "")
    dense = "".join(char for char in number.upper() if char.isalnum())
    return f"account:{bic[:8]}:{dense}" if dense and bic else ""
