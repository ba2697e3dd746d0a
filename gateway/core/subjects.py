"""Of whom a record speaks, and whether it is whom somebody asks about. Pure.

Owns the marks of a subject: the values by which the same person is found again in what was
disclosed, and what they prove. Leaves making them unreadable to `flow.subject_blocks`.

Stays true:
  * A subject has the marks of what it holds: its accounts, identities, papers and addresses.
  * A mark that two people can share (a name, a birth year) is weak, and never counts alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.core import links

PERSON: Final = "persons"
NAME: Final = "name"
NAME_BIRTH: Final = "name_birth"  # with the birth date as the record has it
NAME_BIRTH_WITHIN: Final = "name_birth_within"  # with a less exact one
DOCUMENT: Final = "document"
# "2026-01-15", "2026-01", "2026": what a birth date says when less of it is known.
_LESS_EXACT: Final = (7, 4)
_WHOLE_DATE: Final = 10
_HELD: Final = ("accounts", "identities", "means_of_transport", "documents")
# Members of a person that say nothing of the person to others.
_SILENT: Final = frozenset({"meta", "category", "category_since", "category_reason"})

Mark = tuple[str, str]  # field, value


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody, or something that belongs to nobody named, of whom a rendition speaks."""

    place: str  # its pointer in the whole record; "" for the record's own references
    category: str | None  # of a person
    kinds: tuple[str, ...]  # which data about it there are: names of members, no content
    marks: tuple[Mark, ...]


def subjects(body: Mapping[str, Any], withheld: Sequence[str] = ()) -> list[Subject]:
    """Return everybody and everything that a rendition says something of, persons first.

    `withheld` are the pointers, into the whole record, of what it leaves out.
    """
    owners = {
        f"/{kind}/{index}": part.get("holder_ref")
        for kind in _HELD
        for index, part in enumerate(body.get(kind) or ())
    }
    marks: dict[str, list[Mark]] = {}
    for place, field, value in (*links.placed(body), *_of_persons(body), *_papers(body)):
        owner = owners.get(place) or place
        marks.setdefault(owner, []).append((field, value))
    found = [
        Subject(
            place=_in_the_whole(place, withheld),
            category=_category(body, place),
            kinds=_kinds(body, place, owners),
            marks=tuple(dict.fromkeys(some)),
        )
        for place, some in marks.items()
    ]
    return sorted(found, key=lambda one: not one.place.startswith(f"/{PERSON}/"))


def _in_the_whole(place: str, withheld: Sequence[str]) -> str:
    """Return where a part of the rendition stands in the whole record."""
    kind, _, index = place[1:].partition("/")
    if not index:
        return place
    gone = {
        int(pointer.rpartition("/")[2])
        for pointer in withheld
        if pointer.rpartition("/")[0] == f"/{kind}" and pointer.rpartition("/")[2].isdigit()
    }
    left = int(index)
    whole = 0
    while whole in gone or left:
        left -= whole not in gone
        whole += 1
    return f"/{kind}/{whole}"


def _part(body: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    kind, _, index = place[1:].partition("/")
    parts = body.get(kind) or ()
    if index.isdigit() and int(index) < len(parts) and isinstance(parts[int(index)], Mapping):
        part: Mapping[str, Any] = parts[int(index)]
        return part
    return {}


def _category(body: Mapping[str, Any], place: str) -> str | None:
    category = _part(body, place).get("category")
    return str(category) if category else None


def _kinds(
    body: Mapping[str, Any], place: str, owners: Mapping[str, str | None]
) -> tuple[str, ...]:
    own = [name for name in _part(body, place) if name not in _SILENT and name != "holder_ref"]
    held = sorted({part[1:].partition("/")[0] for part, owner in owners.items() if owner == place})
    return tuple(dict.fromkeys((*own, *held)))


def _of_persons(body: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for index, person in enumerate(body.get(PERSON) or ()):
        for field, value in _of_person(person):
            yield f"/{PERSON}/{index}", field, value


def _of_person(person: Mapping[str, Any]) -> Iterator[Mark]:
    born = person.get("dob") or ""
    for name in person.get("names") or ():
        words = links.name_words(name)
        if not words:
            continue
        if born:
            yield NAME_BIRTH, links.joined(words, born)
            for length in _LESS_EXACT:
                if length < len(born):
                    yield NAME_BIRTH_WITHIN, links.joined(words, born[:length])
        else:
            yield NAME, words
    for paper in person.get("ids") or ():
        if paper.get("number"):
            yield DOCUMENT, links.squeezed(paper["number"])


def _papers(body: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for index, paper in enumerate(body.get("documents") or ()):
        if paper.get("number"):
            yield f"/documents/{index}", DOCUMENT, links.squeezed(paper["number"])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom somebody asks about, as marks: those that prove it, and those that only may be it."""

    proving: frozenset[Mark]
    weak: frozenset[Mark]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All, in a fixed order."""
        return tuple(sorted(self.proving | self.weak))

    def proved_by(self, found: Sequence[Mark]) -> bool:
        """Return whether one of these marks is enough to say that it is the same person."""
        return not self.proving.isdisjoint(found)


def wanted(body: Mapping[str, Any]) -> Wanted:
    """Return the marks to look for, from parts that all belong to one person.

    `body` has the parts of a record, in normal form; of its persons only the names, the birth
    date, the nationalities and the numbers of papers are looked at.
    """
    proving: set[Mark] = {(field, value) for _, field, value in links.placed(body)}
    proving |= {(field, value) for _, field, value in _papers(body)}
    weak: set[Mark] = set()
    for person in body.get(PERSON) or ():
        proving |= {mark for mark in _of_person(person) if mark[0] == DOCUMENT}
        for name in person.get("names") or ():
            exact, less = _of_name(links.name_words(name), person.get("dob") or "")
            proving |= exact
            weak |= less
    return Wanted(frozenset(proving), frozenset(weak))


def _of_name(words: str, born: str) -> tuple[set[Mark], set[Mark]]:
    """Return what proves it, and what may be it: by a name and a birth date."""
    if not words:
        return set(), set()
    weak: set[Mark] = {(NAME, words)}
    if born:
        weak |= {
            (NAME_BIRTH, links.joined(words, born[:length]))
            for length in _LESS_EXACT
            if length < len(born)
        }
    if len(born) == _WHOLE_DATE:
        return {(NAME_BIRTH, links.joined(words, born))}, weak
    if born:  # the record may know more of it than whoever asks
        weak |= {(field, links.joined(words, born)) for field in (NAME_BIRTH, NAME_BIRTH_WITHIN)}
    return set(), weak
