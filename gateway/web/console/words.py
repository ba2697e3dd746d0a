"""The languages of the console: every sentence in a template, in the language of its reader.

English is what templates say; other languages are catalogues (`languages/LANG.po`), read once. A
sentence that a catalogue lacks is shown in English, and a test fails.
"""

from __future__ import annotations

import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Final

from babel.core import Locale, negotiate_locale
from babel.dates import format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations
from flask import g, request
from markupsafe import Markup, escape

from gateway.core.moments import shown

LANGUAGES: Final = ("en", "nl")
COOKIE: Final = "__Host-language"
_NONE: Final = "\u2013"
_TURNS: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_TYPED: Final = re.compile("`([^`]+)`")
_FOLDER: Final = Path(__file__).parent / "languages"


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the sentences of one language; none for English, which the templates are in."""
    path = _FOLDER / f"{language}.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        found = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, found)
    compiled.seek(0)
    return Translations(compiled)


def language() -> str:
    """Return the language of this request: chosen before, or the browser's, or English."""
    if "language" not in g:
        chosen = request.cookies.get(COOKIE, "")
        wanted = [tag.replace("-", "_") for tag, _ in request.accept_languages]
        found = chosen if chosen in LANGUAGES else negotiate_locale(wanted, LANGUAGES)
        g.language = found or LANGUAGES[0]
    return str(g.language)


@cache
def _ours() -> frozenset[str]:
    """Return every sentence and code that the catalogues have, as templates say them."""
    found = [read_po(io.BytesIO(path.read_bytes())) for path in _FOLDER.glob("*.po")]
    return frozenset(one.id for po in found for one in po if one.id and isinstance(one.id, str))


def commands(text: str) -> Markup:
    """Return a text with what stands between backticks set as something to type."""
    return Markup(_TYPED.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def gettext(text: str) -> str:
    """Return a sentence in the language of this request.

    Templates take it for markup and for a pattern of values. What no catalogue knows may be
    somebody else's word, such as one of an address: it is shown as it is, and means neither.
    """
    if text not in _ours():
        return str(escape(text)).replace("%", "%%")
    return str(catalogue(language()).ugettext(text))


def ngettext(one: str, many: str, count: int) -> str:
    """Return the sentence for this many, in the language of this request."""
    return str(catalogue(language()).ungettext(one, many, count))


def moment(ms: int | None) -> str:
    """Return a time as its reader writes it, in UTC, or a dash."""
    if ms is None:
        return _NONE
    return str(format_datetime(shown(ms), "d MMM y HH:mm:ss", locale=Locale.parse(language())))


def ago(ms: int | None, now_ms: int) -> str:
    """Return how long ago something was, or how long it still takes, roughly."""
    if ms is None:
        return _NONE
    seconds = round((ms - now_ms) / 1000)
    return str(format_timedelta(seconds, add_direction=True, locale=Locale.parse(language())))


def legible(body: object) -> str:
    """Return a record's body for reading: each script as it is written, directions by their code.

    A character that turns the direction could show a reader other words than are decided on.
    """
    return readable(json.dumps(body, ensure_ascii=False, indent=2))


def readable(text: str) -> str:
    """Return a text for reading: what turns the direction, or ends a text, by its code."""
    return _TURNS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def number(value: int) -> str:
    """Return a whole number with the separators of its reader."""
    return str(format_decimal(value, locale=Locale.parse(language())))
