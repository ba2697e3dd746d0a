"""Where a text that shall speak of nobody names somebody after all. Pure.

Owns the patterns of identifiers in sentences, and which words of a text may be identifiers that
are held already. Leaves looking those up to `flow.told_of`, and what follows to R-09.

Stays true:
  * What is found is a kind and a place; the value itself is never repeated.
  * It is a net below the person who reads the text, not a replacement for that person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final

from gateway.core.links import joined, squeezed
from gateway.core.lists import found, way
from schemas import normal, vocab
from schemas.faults import NotNormal

WITHOUT_PERSONS: Final = frozenset({"knowledge_product"})  # types that speak of nobody
MOST_CANDIDATES: Final = 20_000  # pairs looked up for one text; what has more is not checked
_SENTENCES: Final = ("/title", "/text", "/summaries/*/text", "/risk/reason", "/provider_ref")
_WORD: Final = re.compile(r"[^\s|()\[\]{}<>\"'`,;]+")
_EDGES: Final = ".:!?*_~#"
_LEAST: Final = 4  # characters of a word that may be an identifier

_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE: Final = re.compile(r"(?<![\w.])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){6,14}(?!\w)")
_IBAN: Final = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]){10,30}(?!\w)", re.IGNORECASE)
_DIGITS: Final = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?!\w)")
_ADDRESS: Final = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)|[0-9a-f:]*::[0-9a-f:]+"
)
_HANDLE: Final = re.compile(r"(?<![\w.@/])@[A-Za-z0-9_.]{3,}")
_ETHEREUM: Final = re.compile(r"(?<!\w)0x[0-9a-fA-F]{40}(?!\w)")
_BITCOIN: Final = re.compile(
    r"(?<!\w)(?:bc1[02-9ac-hj-np-z]{11,71}|[13][1-9A-HJ-NP-Za-km-z]{25,34})(?!\w)"
)
_ID: Final = re.compile(r"urn:uuid:[0-9a-f-]{36}")


def sentences(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (pointer, text) of every sentence that somebody wrote."""
    for pattern in _SENTENCES:
        for pointer in found(body, way(pattern)):
            node: Any = body
            for part in way(pointer):
                node = node[int(part)] if isinstance(node, list) else node[part]
            if isinstance(node, str):
                yield pointer, node


def named_in(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what in the sentences of a record looks like an identifier: kind, place and line."""
    return tuple(
        f"{kind} at {pointer}, line {number}"
        for pointer, text in sentences(body)
        for number, line in enumerate(text.split("\n"), 1)
        for kind in dict.fromkeys(_kinds(line))
    )


def _kinds(line: str) -> Iterator[str]:
    """Yield the kinds of identifier in one line."""
    for kind, pattern, is_one in _PATTERNS:
        # The end of an e-mail address is not a handle.
        searched = _EMAIL.sub(" ", line) if pattern is _HANDLE else line
        if any(is_one is None or is_one(one.group()) for one in pattern.finditer(searched)):
            yield kind


def _is_iban(text: str) -> bool:
    """Return whether an IBAN begins here; words of the sentence may follow it."""
    run = text.replace(" ", "").upper()
    return any(_is_whole_iban(run[:length]) for length in range(len(run), 13, -1))


def _is_whole_iban(text: str) -> bool:
    try:
        normal.iban(text)
    except NotNormal:
        return False
    return True


def _is_card(text: str) -> bool:
    try:
        normal.card(text)
    except NotNormal:
        return False
    return True


def _is_address(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return not address.is_unspecified


_PATTERNS: Final[tuple[tuple[str, re.Pattern[str], Callable[[str], bool] | None], ...]] = (
    ("an e-mail address", _EMAIL, None),
    ("a handle", _HANDLE, None),
    ("a telephone number", _PHONE, None),
    ("an IBAN", _IBAN, _is_iban),
    ("a card number", _DIGITS, _is_card),
    ("an IP address", _ADDRESS, _is_address),
    ("an address of a wallet", _ETHEREUM, None),
    ("an address of a wallet", _BITCOIN, None),
    ("the id of a record", _ID, None),
)


def candidates(body: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return (pointer and line, field, value) of words that may be identifiers held already.

    A value is written as the blind index has it (`core.links`). A handle is tried with every other
    word of its line as the platform.
    """
    made = {
        (f"{pointer}, line {number}", *pair): None
        for pointer, text in sentences(body)
        for number, line in enumerate(text.split("\n"), 1)
        for pair in _pairs(line)
    }
    return list(made)


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    words = [stripped for one in _WORD.findall(line) if (stripped := one.strip(_EDGES))]
    telling = [one for one in words if len(one) >= _LEAST and _is_telling(one)]
    platforms = {one.casefold() for one in words if one[0].isalpha()}
    for one in telling:
        bare = one.lstrip("@").casefold()
        yield "device", bare
        yield "account", squeezed(one)
        for scheme in vocab.EXTERNAL_SCHEMES:
            yield "case_ref", joined(scheme, squeezed(one))
        for platform in sorted(platforms - {bare}):
            yield "handle", joined(platform, bare)
            yield "handle", joined(platform, "#", one)


def _is_telling(word: str) -> bool:
    """Return whether a word is more than a word of the language, or a plain number."""
    plain = word.replace("-", "")
    return not plain.isalpha() and not (plain.isdigit() and len(plain) <= _LEAST)
