"""The records that are pushed: a case of ordinary size, each with a reference of its own."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final

CLIENT: Final = "police-cases"
SOURCE: Final = "cases"
BULK: Final = 1_000
_MARK: Final = "@REFERENCE@"
_DATA: Final = files("gateway.cli.demo") / "data"


def case() -> dict[str, Any]:
    """Return one case as its submitter writes it; it names the hub as its recipient."""
    body: dict[str, Any] = json.loads((_DATA / "files" / "series.json").read_text())
    return body


def file(name: str) -> bytes:
    """Return a file that the demonstration pushes."""
    return (_DATA / "files" / name).read_bytes()


def mapping(name: str) -> str:
    """Return a declared mapping of the demonstration, as TOML."""
    path = _DATA / "items" / "national" / "mapping" / f"{name}.toml"
    return path.read_text(encoding="utf-8")


def documents() -> Iterator[bytes]:
    """Yield cases as JSON, without end; no two have the same reference, in this run or another."""
    model = json.dumps({**case(), "provider_ref": _MARK, "national_ref": _MARK}).encode()
    run, number = secrets.token_hex(4), 0
    while True:
        number += 1
        yield model.replace(_MARK.encode(), f"{run}-{number:08}".encode())


def bulk(count: int = BULK) -> bytes:
    """Return that many cases as NDJSON."""
    found = documents()
    return b"".join(next(found) + b"\n" for _ in range(count))
