"""Write docs/spec/vectors anew from the table: `python tests/crypto/make_vectors.py`.

Signing and sealing draw randomness, so every run gives other bytes that mean the same.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).parent
VECTORS = HERE.parent.parent / "docs" / "spec" / "vectors"
sys.path[:0] = [str(HERE), str(HERE.parent.parent)]

from faults import FAULTS, GOOD  # noqa: E402
from forge import ALICE, BOB, HUB, KEYS, Case  # noqa: E402

# Made by the reader of a vector, so that the file stays small.
GROWN = {"larger than 6 MiB"}
# Not UTF-8 on purpose, or too large to be worth a file: the test table alone has them.
LEFT_OUT = {"not UTF-8", "a hundred thousand levels", "a text of more than 256 KiB"}


def file_name(step: int, name: str) -> str:
    return f"{step:02}-" + re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") + ".json"


def vector(name: str, case: Case) -> dict[str, object]:
    raw = case.forgery.make()
    grown = name in GROWN
    expect = {"step": case.outcome.step, "code": case.outcome.code} if case.outcome else None
    return {
        "why": name,
        "expect": expect,
        "known": {"us": BOB, "sender": ALICE, **asdict(case.facts)},
        "append_spaces": len(raw) - len(raw.rstrip(b" ")) if grown else 0,
        "envelope": (raw.rstrip(b" ") if grown else raw).decode(),
    }


def keys() -> dict[str, object]:
    return {
        name: [
            {
                "use": one.use,
                "kid": one.key.kid,
                "jwk": one.key.jwk,
                "private": KEYS[name].seed(one.key.kid)[1].hex(),
            }
            for one in KEYS[name].public_keys()
        ]
        for name in (ALICE, BOB, HUB)
    }


def write() -> None:
    for old in VECTORS.glob("*.json"):
        old.unlink()
    written = {"keys.json": keys()}
    for name, case in (GOOD | FAULTS).items():
        if name not in LEFT_OUT:
            step = case.outcome.step if case.outcome else 0
            written[file_name(step, name)] = vector(name, case)
    for name, value in written.items():
        text = json.dumps(value, ensure_ascii=False, indent=1)
        (VECTORS / name).write_text(text + "\n")


if __name__ == "__main__":
    write()
