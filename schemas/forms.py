"""Normal forms as others can read and run them: pages and vectors, made from one table.

Owns the shapes of the table, how one rule is applied by its name, and the files that are made of
it: `docs/spec/normal-forms.md` and `docs/spec/vectors/normal-forms/RULE.json`. Leaves the table to
`forms_of_values.py`, `forms_of_network.py` and `forms_of_wallets.py`, the rules to `normal.py`,
`moments.py` and `wallet.py`.

Stays true:
  * What a page shows is a vector, and each vector is run by the tests.
"""

# ruff: noqa: E501 (a sentence of the page is one line)

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from schemas import moments, normal, wallet

Given = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """A value as found, with its normal form or the code that refuses it."""

    before: str
    after: str | None = None
    refused: str | None = None
    why: str = ""
    given: Given = field(default_factory=dict)  # what stands beside it in the record
    two_ways: bool = False  # refused because it can be read in more than one way


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One normal form: its rule in words, where that is from, and what it does to values."""

    rule: str
    title: str
    summary: str
    words: tuple[str, ...]
    source: str
    vectors: tuple[Vector, ...]
    tagged: bool = False  # compared by keyed tags: two identifiers never share a form


def to(before: str, after: str, why: str = "", **given: str) -> Vector:
    """Return the vector of a value that has a normal form."""
    return Vector(before=before, after=after, why=why, given=given)


def no(before: str, refused: str, why: str, **given: str) -> Vector:
    """Return the vector of a value that is refused."""
    return Vector(before=before, refused=refused, why=why, given=given)


def either(before: str, refused: str, why: str, **given: str) -> Vector:
    """Return the vector of a value that is refused because it is read in several ways."""
    return Vector(before=before, refused=refused, why=why, given=given, two_ways=True)


_RULES: Final[dict[str, Callable[[str, Given], str | int]]] = {
    "text": lambda value, _: normal.text(value),
    "country": lambda value, _: normal.country(value),
    "subdivision": lambda value, _: normal.subdivision(value),
    "currency": lambda value, _: normal.currency(value),
    "bcp47": lambda value, _: normal.language(value),
    "utc": lambda value, _: moments.instant(value),
    "local-time": lambda value, _: moments.local_time(value),
    "date": lambda value, _: moments.partial_date(value),
    "amount": lambda value, given: moments.amount(
        value, given["currency"], given.get("network", "")
    ),
    "iban": lambda value, _: normal.iban(value),
    "bic": lambda value, _: normal.bic(value),
    "lei": lambda value, _: normal.lei(value),
    "card-mask": lambda value, _: normal.card(value),
    "e164": lambda value, given: normal.phone(value, given.get("country")),
    "email": lambda value, _: normal.email(value),
    "host": lambda value, _: normal.host(value),
    "registrable-domain": lambda value, _: normal.registrable(normal.host(value)) or "",
    "url": lambda value, _: normal.url(value),
    "ip": lambda value, _: normal.ip(value),
    "port": lambda value, _: normal.port(value),
    "asn": lambda value, _: normal.asn(value),
    "wallet": lambda value, given: wallet.address(given["network"], value),
    "digest": lambda value, _: normal.digest(value),
}


def apply(rule: str, value: str, given: Given) -> str:
    """Return the normal form of `value` by the rule of that name, as text. Raises NotNormal."""
    return str(_RULES[rule](value, given))


def files(forms: tuple[Form, ...]) -> dict[str, str]:
    """Return the page and the files of vectors: path below the folder of documents, and text."""
    made = {
        f"spec/vectors/normal-forms/{form.rule}.json": json.dumps(
            _vectors(form), indent=2, ensure_ascii=False
        )
        + "\n"
        for form in forms
    }
    return {**made, "spec/normal-forms.md": "\n".join(_page(forms)) + "\n"}


def _vectors(form: Form) -> dict[str, Any]:
    return {
        "rule": form.rule,
        "summary": form.summary,
        "source": form.source,
        "page": "docs/spec/normal-forms.md",
        "vectors": [_written(vector) for vector in form.vectors],
    }


def _written(vector: Vector) -> dict[str, Any]:
    found: dict[str, Any] = {"before": vector.before}
    if vector.given:
        found["given"] = dict(vector.given)
    if vector.refused is None:
        found["after"] = vector.after
    else:
        found["refused"] = vector.refused
    return {**found, "why": vector.why} if vector.why else found


_PREFACE: Final = """# Normal forms

One way to write each identifier, so that equal things are equal texts on every gateway.
Matching depends on it: keyed tags are computed over normal forms.
This page is written by `python -m schemas.publish docs`: change the table, not the page.

- A normal form is its own normal form.
- A value that can be read in two ways is refused with the reason, never guessed.
- A value that was changed is in the mapping trail under the name of the rule.
- A refusal names a code and how to mend it; it never repeats the value.
- Rules marked *tagged* never give two different identifiers one form.

## Run the vectors

`docs/spec/vectors/normal-forms/RULE.json` holds every example of this page, for another implementation.
Each vector has `before`, and either `after` or `refused` (the code); `given` is what stands beside the value in the record, such as the network of an address.
Numbers are written as text there.
"""


def _page(forms: tuple[Form, ...]) -> Iterator[str]:
    yield _PREFACE
    yield "## What is refused as ambiguous\n"
    yield "| rule | as found | code | why |\n|---|---|---|---|"
    for form in forms:
        for vector in form.vectors:
            if vector.two_ways:
                found = _code(vector.before)
                yield f"| `{form.rule}` | {found} | `{vector.refused}` | {vector.why} |"
    for form in forms:
        yield f"\n## {form.rule}\n"
        yield f"For {form.title}."
        yield form.summary
        yield from form.words
        tagged = " Tagged." if form.tagged else ""
        yield f"\nSource: {form.source}.{tagged}"
        yield f"Vectors: [`{form.rule}.json`](vectors/normal-forms/{form.rule}.json).\n"
        yield from _examples(form)


def _examples(form: Form) -> Iterator[str]:
    given = any(vector.given for vector in form.vectors)
    yield "| as found |" + (" given |" if given else "") + " normal form, or refusal | why |"
    yield "|---|---|---|" + ("---|" if given else "")
    for vector in form.vectors:
        beside = f" {', '.join(vector.given.values())} |" if given else ""
        if vector.refused is not None:
            result = f"refused: `{vector.refused}`"
        else:
            result = _code(vector.after or "") if vector.after else "(none)"
        yield f"| {_code(vector.before)} |{beside} {result} | {vector.why} |"


def _code(text: str) -> str:
    """Return a value as code in a table; what a page cannot show is written as its escape."""
    shown = "".join(
        char if char.isprintable() and char != "`" else json.dumps(char)[1:-1] for char in text
    )
    return "`" + shown.replace("|", "\\|") + "`"
