"""What an XSD of a mapping may cost: looked over before it is compiled.

Owns the bounds that keep whoever writes a schema from holding the machine: no expressions that are
computed, no pattern that a short text can hold up, no more elements than are told apart soon.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from adapters import safe_xml
from adapters.base import Caps, SourceUnreadable

MOST_ELEMENTS: Final = 2_000
MOST_IN_ONE: Final = 1_000  # elements side by side: each is compared with every other
_MOST_REPEATED_BRANCHES: Final = 16
_CAPS: Final = Caps(max_depth=100, max_string_chars=1024 * 1024)
# Of XSD 1.1: they hold XPath, which counts as far as it is told to.
_COMPUTED: Final = frozenset({"assert", "assertion", "alternative"})
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_TOKEN: Final = re.compile(
    r"(?P<open>\()|(?P<close>\))|(?P<branch>\|)"
    r"|(?P<count>[*+?]|\{[0-9]+(?:,[0-9]*)?\})"
    r"|(?P<atom>\[(?:\\.|\[[^\]]*\]|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\.|.)",
    re.DOTALL,
)


@dataclass
class _Group:
    r"""A group of a pattern: whether its length varies, and whether it has alternatives.

    `begins`: the one sign that it begins with. If nothing else in it is that sign, every repetition
    can be told from the next, as in ``(\.[a-z]+)*``.
    """

    varies: bool = False
    branches: bool = False
    begins: str | None = None
    is_told_apart: bool = True

    def take(self, atom: str) -> None:
        """Note one more sign or class."""
        if self.begins is None:
            self.begins = atom.removeprefix("\\")
            self.is_told_apart = len(self.begins) == 1 and not self.begins.isalnum() and atom != "."
        elif self.is_told_apart:
            self.is_told_apart = _cannot_be(atom, self.begins)


def too_costly(text: str) -> str | None:
    """Return why an XSD may cost too much, None if it may not."""
    try:
        root = safe_xml.load(_DECLARATION.sub("", text).encode(errors="replace"), _CAPS)
    except SourceUnreadable:
        return "too large, too deep, or no XML"
    elements = 0
    for one in root.walk():
        if one.tag in _COMPUTED:
            return f"it has `{one.tag}`"
        here = sum(below.tag == "element" for below in one.children)
        elements += here
        if elements > MOST_ELEMENTS or here > MOST_IN_ONE:
            return "too many elements"
        if one.tag == "pattern" and is_slow(one.attributes.get("value", "")):
            return "a pattern repeats what repeats, or repeats alternatives without a bound"
    return None


def is_slow(pattern: str) -> bool:
    """Return whether a short text may be held against a pattern in very many ways."""
    groups, closed = [_Group()], None
    for token in _TOKEN.finditer(pattern):
        before, closed = closed, None
        if token["open"]:
            groups.append(_Group())
        elif token["close"] and len(groups) > 1:
            closed = groups.pop()
            groups[-1].varies |= closed.varies
            groups[-1].branches |= closed.branches
            groups[-1].begins = groups[-1].begins or "()"
            groups[-1].is_told_apart = False
        elif token["branch"]:
            groups[-1].branches = True
        elif token["count"]:
            most = _most(token["count"])
            if before is not None and _multiplies(before, most):
                return True
            groups[-1].varies |= not re.fullmatch(r"\{[0-9]+\}", token["count"])
        elif token["atom"]:
            groups[-1].take(token["atom"])
    return False


def _cannot_be(atom: str, sign: str) -> bool:
    """Return whether a sign or plain class is never `sign`; False if that takes a longer look."""
    if len(atom) == 1:
        return atom not in (".", sign)
    if re.fullmatch(r"\[[A-Za-z0-9_-]+\]", atom) is None:
        return False
    return re.match(atom, sign) is None


def _most(count: str) -> int | None:
    """Return how often a count repeats at most, None for without a bound."""
    if count == "?":
        return 1
    found = re.fullmatch(r"\{([0-9]+)(,?)([0-9]*)\}", count)
    if found is None or (found[2] and not found[3]):
        return None
    return int(found[3] or found[1])


def _multiplies(group: _Group, most: int | None) -> bool:
    if most is not None and most <= 1:
        return False
    if group.is_told_apart and group.begins is not None and not group.branches:
        return False
    return group.varies or (group.branches and (most is None or most > _MOST_REPEATED_BRANCHES))
