"""XSDs that others write, compiled so that no document holds them up.

Owns what an XSD may bring with it (nothing: it stands alone) and how its patterns are matched.
Loaded when first used: the library behind it takes its time.

Source: the regular expressions of XML Schema, part 2, appendix G.
"""

from __future__ import annotations

import re
from typing import Any, Final, Self

from elementpath.regex import RegexError, translate_pattern
from xmlschema import XMLSchema11
from xmlschema.validators import XsdBuilders, XsdPatternFacets

from adapters.patterns import Pattern, PatternRefused

# What the translator puts around a pattern for the `re` of Python.
_HEAD, _TAIL = "^(?:", r")$(?!\n\Z)"
_CLASS_OR_ESCAPE: Final = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\.", re.DOTALL)
# In a class the translator writes them out; outside it leaves them to Python.
_ESCAPES: Final = {
    r"\d": r"\p{Nd}",
    r"\D": r"\P{Nd}",
    r"\s": r"[ \t\n\r]",
    r"\S": r"[^ \t\n\r]",
    r"\w": r"[^\pP\pZ\pC]",
    r"\W": r"[\pP\pZ\pC]",
}


class _XsdPattern(Pattern):
    """A pattern of an XSD, as the library asks it."""

    __slots__ = ()

    def match(self, text: str) -> Self | None:
        """Return something if the text is of this pattern."""
        return self if self.fits(text) else None


class _LinearPatterns(XsdPatternFacets):
    """The `pattern` facets of a type, matched in one walk over the text."""

    def _parse_value(self, elem: Any) -> Any:
        try:
            return _XsdPattern(_for_re2(elem.attrib.get("value", "")))
        except (RegexError, PatternRefused):
            self.parse_error("not a pattern that can be matched here", elem)
            return _XsdPattern(r"[\s\S]*")


class _Schema(XMLSchema11):
    builders = XsdBuilders(None, _LinearPatterns)


def compiled(text: str) -> Any:
    """Return an XSD 1.1 that stands alone. Raises what xmlschema raises."""
    return _Schema(text, allow="none", defuse="always", use_cache=False)


def _for_re2(pattern: str) -> str:
    """Return a pattern of XML Schema in the words of RE2. Raises RegexError."""
    translated = translate_pattern(
        pattern, xsd_version="1.1", back_references=False, lazy_quantifiers=False, anchors=False
    )
    bare = translated.removeprefix(_HEAD).removesuffix(_TAIL)
    return _CLASS_OR_ESCAPE.sub(lambda found: _ESCAPES.get(found[0], found[0]), bare)
