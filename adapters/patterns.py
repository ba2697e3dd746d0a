"""Patterns that others write, held against texts that others send: never more than one walk.

Owns the matching: RE2, which has no way back and so no text that holds it up. What a pattern may
say is its owner's: `goaml_forms` for a dialect, `sources.xsd` for a schema.

Stays true:
  * The time grows with the length of the text and with the size of the pattern, nothing else.
"""

from __future__ import annotations

from typing import Any, Final

import re2

# Of one compiled pattern; above, RE2 says no. Enough for 150 letters of any language in a row.
_MOST_MEMORY_BYTES: Final = 4 * 1024 * 1024


class PatternRefused(ValueError):
    """No pattern, or one that would need too much memory."""


class Pattern:
    """One pattern, for whole texts."""

    __slots__ = ("_compiled", "text")

    def __init__(self, text: str) -> None:
        """Compile it. Raises PatternRefused."""
        options = re2.Options()
        options.max_mem = _MOST_MEMORY_BYTES
        options.never_capture = True
        options.log_errors = False  # they quote the pattern
        try:
            self._compiled: Any = re2.compile(text, options)
        except (re2.error, UnicodeEncodeError):
            raise PatternRefused from None  # the original quotes the pattern
        self.text = text

    def fits(self, text: str) -> bool:
        """Return whether the whole of a text is of this pattern."""
        return self._compiled.fullmatch(text) is not None
