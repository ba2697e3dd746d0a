"""docs/reference/converters.md, from the converters: ``python -m gateway.cli.converter_reference``.

Every example on the page is one of the converter's own, which the tests run.
"""

from __future__ import annotations

import json
import sys
from typing import Final

from adapters.sources.converters import CONVERTERS, DATE_FORMS, Converter

HEAD: Final = """# Converters

What a [mapping](mappings.md) may do to a value, as the code has it.
Written by `python -m gateway.cli.converter_reference`.
A test compares this page with the code and runs every example.

A converter stands in a field's `convert`, alone or in a chain, an argument behind a colon:
`convert = ["trim", "date:DD-MM-YYYY"]`.
The list is closed: a converter reads a value in the one way that it is told, and never guesses.
A value that does not fit goes by the field's `on_error`.
A list is converted entry by entry, a number as it was written, a truth as `true` or `false`.

Forms of dates: FORMS.

| converter | what it does | argument |
|---|---|---|
"""


def page() -> str:
    """Return the page."""
    head = HEAD.replace("FORMS", ", ".join(f"`{form}`" for form in DATE_FORMS))
    rows = [
        f"| [`{name}`](#{name}) | {one.about} | {one.argument or 'none'} |\n"
        for name, one in CONVERTERS.items()
    ]
    return head + "".join(rows) + "".join(_section(*pair) for pair in CONVERTERS.items())


def _section(name: str, one: Converter) -> str:
    lines = [f"\n## {name}\n\n{one.about}\n\n| value | written as | becomes |\n|---|---|---|\n"]
    lines += [
        f"| {_code(text)} | {_call(name, argument)} | {_code(result)} |\n"
        for text, argument, result in one.examples
    ]
    lines += [
        f"| {_code(text)} | {_call(name, argument)} | does not fit |\n"
        for text, argument in one.refused
    ]
    return "".join(lines)


def _call(name: str, argument: str) -> str:
    return _code(f"{name}:{argument}" if argument else name)


def _code(value: object) -> str:
    """Return a value in JSON as code in a cell of a table."""
    return f"`{json.dumps(value, ensure_ascii=False)}`".replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
