"""The reference page of the shared schema: every member, every list of codes, every normal form.

Owns the words of `docs/spec/records.md`, apart from what each field says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from schemas import vocab, wallet
from schemas.codes import ASSETS, COUNTRIES, CURRENCIES
from schemas.containers import Many, Part
from schemas.fields import Choice, Pointer, Text, Whole
from schemas.reading import TYPES
from schemas.record import GatewayMembers, RecordBase
from schemas.shape import Shape, members_of, the
from schemas.versions import current

# Rule → the sentence, a value as found, its normal form. The tests run each of them.
RULES: Final[dict[str, tuple[str, str, str]]] = {
    "text": ("NFC, no white space around it, LF as line end.", " Zoe\u0308 ", "Zoë"),
    "upper-case": ("Upper case; the code is checked against its list.", "nl", "NL"),
    "utc": (
        "RFC 3339 in UTC with Z. Without an offset it is refused.",
        "2026-01-15T10:30:00+01:00",
        "2026-01-15T09:30:00Z",
    ),
    "local-time": (
        "RFC 3339 as the clock stood there, with the offset if known.",
        "2026-01-15 10:30:00+01:00",
        "2026-01-15T10:30:00+01:00",
    ),
    "date": (
        "ISO 8601 with the precision known. `03/04/2026` is refused: it is read in two ways.",
        "19710520",
        "1971-05-20",
    ),
    "amount": ("A decimal text with exactly the decimals of its currency.", "0040.5 EUR", "40.50"),
    "iban": (
        "Upper case without spaces; length per country and mod 97 checked.",
        "nl91 abna 0417 1643 00",
        "NL91ABNA0417164300",
    ),
    "bic": ("ISO 9362 in upper case.", "abna nl 2a", "ABNANL2A"),
    "e164": (
        "E.164. A national number is read as one of the submitter's country.",
        "+31 (0)20 555 0123",
        "+31205550123",
    ),
    "email": (
        "The domain as a host name; the local part is kept.",
        "Jan.V@BÜCHER.example",
        "Jan.V@xn--bcher-kva.example",
    ),
    "host": (
        "IDNA (UTS 46), lower case, A-labels.",
        "WWW.Bücher.example.",
        "www.xn--bcher-kva.example",
    ),
    "url": (
        "As the WHATWG URL standard serialises it; hxxp and [.] are understood.",
        "hxxps://Example[.]COM:443/a/../b",
        "https://example.com/b",
    ),
    "ip": ("Canonical text; IPv4 mapped into IPv6 becomes IPv4.", "::FFFF:192.0.2.1", "192.0.2.1"),
    "asn": ("The number alone.", "AS64500", "64500"),
    "card-mask": (
        "First 6 and last 4 digits, never more.",
        "4111 1111 1111 1111",
        "411111******1111",
    ),
    "bcp47": ("BCP 47 in its usual case.", "zh-hant-tw", "zh-Hant-TW"),
    "wallet": (
        "Checksum of its network checked (Base58Check, Bech32, Bech32m, EIP-55); case kept.",
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    ),
}

_PREFACE: Final = """# Records

The shared schema: what a record may say, member by member.
This page is written by `python -m schemas.publish docs`: change the classes, not the page.

## Conventions

- A record is one JSON object. Members that are not listed here are refused.
- In a submission a member that is null is absent. Numbers with a fraction are refused everywhere.
- "unknown" is a code of its own: somebody looked and could not tell. An absent member says nothing.
- A pointer between parts, such as `/persons/0`, counts the parts of the text it stands in.
- A minor version only adds optional members; a reader keeps what it does not know.
- Every value that a normal form changed is in the mapping trail under the name of its rule.
- A part without an evaluation is an assessment of X/4, the weakest there is.
"""


def page() -> str:
    """Return the text of the reference page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _PREFACE
    yield "## Normal forms\n"
    yield "| rule | what it does | as found | normal form |\n|---|---|---|---|"
    for rule, (sentence, before, after) in RULES.items():
        yield f"| `{rule}` | {sentence} | `{before}` | `{after}` |"
    yield "\n## Members that only the gateway writes\n"
    yield "A submission that carries one of them is refused with the code `set-by-gateway`.\n"
    yield from _table(the(GatewayMembers))
    yield "\n## Members of every record\n"
    yield from _table(the(RecordBase))
    common = {name for name, _ in members_of(the(RecordBase))}
    for kind, shape in TYPES.items():
        yield f"\n## `{kind}`\n"
        yield f"Version `{current(kind)}`. The members of every record, and:\n"
        yield from _table(the(shape), without=common)
    yield "\n## Parts"
    for name, part in sorted(_parts().items()):
        yield f"\n### {name}\n"
        yield f"{(part.__doc__ or '').splitlines()[0]}\n"
        yield from _table(the(part))
    yield from _code_lists()


def _table(shape: Shape, *, without: set[str] | frozenset[str] = frozenset()) -> Iterator[str]:
    yield "| member | kind | needed | what it says |\n|---|---|---|---|"
    for member, field in members_of(shape):
        if member not in without:
            needed = "yes" if field.required else ""
            yield f"| `{member}` | {_kind(field)} | {needed} | {field.about} |"


def _kind(field: Any) -> str:
    if isinstance(field, Many):
        return f"list of {_kind(field.inner)}, at most {field.most}"
    if isinstance(field, Part):
        return f"[{field.of.__name__}](#{field.of.__name__.lower()})"
    if isinstance(field, Choice):
        return "one of " + ", ".join(f"`{code}`" for code in field.codes)
    return f"{type(field).__name__}{_bounds(field)}"


def _bounds(field: Any) -> str:
    if isinstance(field, Pointer) and field.into:
        return " into " + ", ".join(f"`{part}`" for part in field.into)
    if isinstance(field, Whole):
        return f", {field.least} to {field.most}"
    if isinstance(field, Text):
        rule = "" if field.rule == "text" else f", rule `{field.rule}`"
        return f", at most {field.most} characters{rule}"
    return ""


def _parts() -> dict[str, type[Shape]]:
    found: dict[str, type[Shape]] = {}
    waiting: list[Shape] = [the(GatewayMembers), *(the(shape) for shape in TYPES.values())]
    while waiting:
        for _, field in members_of(waiting.pop()):
            inner = field.inner if isinstance(field, Many) else field
            if isinstance(inner, Part) and inner.of.__name__ not in found:
                found[inner.of.__name__] = inner.of
                waiting.append(inner.schema)
    return found


def _code_lists() -> Iterator[str]:
    yield "\n## Code lists of others\n"
    yield f"- Countries: ISO 3166-1 alpha-2 and XK, {len(COUNTRIES)} codes."
    yield f"- Currencies: ISO 4217 with their decimals, {len(CURRENCIES)} codes."
    yield "- Assets that ISO 4217 does not know: " + ", ".join(ASSETS) + "."
    yield "- Crypto networks: " + ", ".join(wallet.NETWORKS) + "."
    yield "- Handling: " + ", ".join(vocab.HANDLING) + ", the handling codes of Europol."
