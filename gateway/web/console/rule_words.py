"""What a release rule says, in the language of its reader: reasons, remedies, titles.

A proof keeps the sentence in English, as partners and the ledger have it. Each sentence of a rule
is known by its form, with places such as ``{0}`` in it; the form is what is translated, and what
stood in its places is put back. A sentence of no known form is shown as it is.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from gateway.web.console import words

_FOLDER: Final = Path(__file__).parent / "languages"
_PLACE: Final = re.compile(r"\{\d\}")
_KNOWN: Final = 4_096


def ruled(text: str) -> str:
    """Return a sentence of a rule in the language of this request."""
    return _said(text, words.language())


@lru_cache(maxsize=_KNOWN)
def _said(text: str, language: str) -> str:
    whole, forms = _forms(language)
    if text in whole:
        return whole[text]
    for pattern, translation in forms:
        if (found := pattern.fullmatch(text)) is not None:
            return _filled(translation, [_within(one, language) for one in found.groups()])
    return text


def _filled(form: str, values: list[str]) -> str:
    return _PLACE.sub(lambda place: values[int(place[0][1])], form)


def _within(text: str, language: str) -> str:
    """Return what stood in a place: words of a rule, a state, or a name that is the same."""
    said = _said(text, language)
    return said if said != text or not text else str(words.catalogue(language).ugettext(text))


@cache
def _forms(language: str) -> tuple[dict[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """Return whole sentences, and the forms with places: those that say most by themselves first.

    A place takes anything but a line's end; the fixed words around it decide.
    """
    path = _FOLDER / f"rules.{language}.po"
    if not path.exists():
        return {}, ()
    with path.open("rb") as file:
        found = {str(one.id): str(one.string) for one in read_po(file) if one.id}
    placed = sorted((form for form in found if _PLACE.search(form)), key=len, reverse=True)
    whole = {form: said for form, said in found.items() if not _PLACE.search(form)}
    return whole, tuple((_pattern(form), found[form]) for form in placed)


def _pattern(form: str) -> re.Pattern[str]:
    fixed = (re.escape(part) for part in _PLACE.split(form))
    return re.compile("(.*?)".join(fixed))
