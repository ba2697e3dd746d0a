"""Strict JSON, as the wire format allows it, and its one way of being written.

Owns the conventions of docs/spec/wire.md, section 2: what is refused here is refused wherever
signed or sealed bytes are read. Stays true: hostile bytes cost time in proportion to their
length, and end in a value or in NotStrict.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from keys.errors import NotStrict

MAX_INTEGER: Final = 2**53 - 1
MAX_DEPTH: Final = 32

_DIGITS = re.compile(r"[0-9]{1,16}")

# One token per string or bracket. The string part cannot fail once its quote is read (an unclosed
# one ends at the end), so that no byte is looked at twice.
_BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|([\[{])|([\]}])', re.DOTALL)


def strict_json(raw: bytes, max_depth: int = MAX_DEPTH) -> Any:
    """Return the JSON value in `raw`: dict, list, str, int, bool or None.

    Raises NotStrict on anything else, floats and repeated members included.
    """
    _demand_depth(raw, max_depth)
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_members,
            parse_int=_integer,
            parse_float=_no_number,
            parse_constant=_no_number,
        )
        # A lone surrogate, written as an escape, has no UTF-8.
        if b"\\u" in raw:
            json.dumps(value, ensure_ascii=False).encode()
    except NotStrict:
        raise
    except (ValueError, RecursionError):
        raise NotStrict from None  # the cause would repeat what was read
    return value


def compact(value: object) -> bytes:
    """Return `value` without white space, members in the order given, nothing escaped in vain."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def members(value: object, *names: str) -> dict[str, Any]:
    """Return `value` if it is an object with exactly these members, in any order."""
    if not isinstance(value, dict) or value.keys() != set(names):
        raise NotStrict("not an object of exactly the members that belong there")
    return value


def integer(value: object, least: int = 0) -> int:
    """Return `value` if it is an integer of at least `least`; a bool is none."""
    if type(value) is not int or not least <= value <= MAX_INTEGER:
        raise NotStrict("not an integer of the range that belongs there")
    return value


def text(value: object, grammar: re.Pattern[str]) -> str:
    """Return `value` if it is a string that matches `grammar` as a whole."""
    if not isinstance(value, str) or not grammar.fullmatch(value):
        raise NotStrict("not a string of the grammar that belongs there")
    return value


def array(value: object, least: int, most: int) -> list[Any]:
    """Return `value` if it is an array of `least` to `most` entries."""
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise NotStrict(f"not an array of {least} to {most} entries")
    return value


def _demand_depth(raw: bytes, max_depth: int) -> None:
    if raw.count(b"[") + raw.count(b"{") <= max_depth:
        return
    depth = 0
    for token in _BRACKETS.finditer(raw):
        if token[1]:
            depth += 1
            if depth > max_depth:
                raise NotStrict(f"deeper than {max_depth} levels")
        elif token[2]:
            depth -= 1


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrict("a member appears twice")
    return found


def _integer(digits: str) -> int:
    # "-0" and all other negative numbers included: nothing in the format is below zero.
    if not _DIGITS.fullmatch(digits) or int(digits) > MAX_INTEGER:
        raise NotStrict("a number is no integer from 0 to 2^53-1")
    return int(digits)


def _no_number(_text: str) -> NoReturn:
    raise NotStrict("a number is no integer from 0 to 2^53-1")
