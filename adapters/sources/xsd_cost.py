"""What an XSD of a mapping may cost: looked over before it is compiled.

Owns the bounds that keep whoever writes a schema from holding the machine: no expressions that are
computed, no more elements than are told apart soon. Its patterns are `xsd`'s.
"""

from __future__ import annotations

import re
from typing import Final

from adapters import safe_xml
from adapters.base import Caps, SourceUnreadable

MOST_ELEMENTS: Final = 2_000
MOST_IN_ONE: Final = 1_000  # elements side by side: each is compared with every other
_CAPS: Final = Caps(max_depth=100, max_string_chars=1024 * 1024)
# Of XSD 1.1: they hold XPath, which counts as far as it is told to.
_COMPUTED: Final = frozenset({"assert", "assertion", "alternative"})
_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")


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
    return None
