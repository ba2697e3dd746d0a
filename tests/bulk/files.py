"""Large files that are like small ones, written as they are needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks import samples
from benchmarks.statement import ABROAD, HEAD, TAIL, entry

_MARK = "@NUMBER@"


def statement(path: Path, size: int) -> int:
    """Write a statement of about `size` bytes; return how many entries went abroad."""
    number = written = 0
    with path.open("w") as file:
        file.write(HEAD)
        while written < size:
            written += file.write(entry(number))
            number += 1
        file.write(TAIL)
    return -(-number // ABROAD)


def lines(path: Path, size: int, words: int) -> int:
    """Write cases as NDJSON, `size` bytes at least; return how many. `words` make each longer."""
    number = written = 0
    with path.open("w") as file:
        for line in _cases(words):
            written += file.write(line)
            number += 1
            if written >= size:
                return number
    return number


def _cases(words: int) -> Iterator[str]:
    body = samples.case()
    body |= {"provider_ref": _MARK, "national_ref": _MARK}
    if words:
        text = "Repeated payments of small amounts. " * words
        body["summaries"] = [{"lang": lang, "text": text, "by": "person"} for lang in ("en", "nl")]
    model = json.dumps(body)
    number = 0
    while True:
        number += 1
        yield model.replace(_MARK, f"B-{number:08}") + "\n"
