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
from schemas.forms import Form
from schemas.forms_of_network import NETWORK
from schemas.forms_of_values import VALUES
from schemas.forms_of_wallets import WALLETS
from schemas.reading import TYPES
from schemas.record import GatewayMembers, RecordBase
from schemas.shape import Shape, members_of, the
from schemas.versions import current

FORMS: Final = VALUES + NETWORK + WALLETS


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
    yield "[Each has a section and vectors of its own](normal-forms.md).\n"
    yield "| rule | what it does | as found | normal form |\n|---|---|---|---|"
    for form in FORMS:
        before, after = example(form)
        link = f"[`{form.rule}`](normal-forms.md#{form.rule})"
        yield f"| {link} | {form.summary} | `{before}` | `{after}` |"
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


def example(form: Form) -> tuple[str, str]:
    """Return a value that the form changes, and what it becomes; else one that it keeps."""
    good = [(one.before, one.after) for one in form.vectors if one.after]
    return next((pair for pair in good if pair[0] != pair[1]), good[0])


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
