"""What STIX 2.1 objects are made of: ids, timestamps, markings. Source: OASIS STIX 2.1.

Owns what is the same for every object. Ids are made from what an object says or where it stands in
the record, so that the same record is written to the same bytes each time.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from adapters.base import Handed

Object = dict[str, Any]

_OBSERVABLES: Final = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1, section 2.9
_OURS: Final = uuid.UUID("d9b5e4de-9caa-47b1-9495-ecec6141c07c")
EXTENSION: Final = "extension-definition--2ef7ffac-34be-4f02-99e0-49c3b0fd29c5"
_TLP_2: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
# Of each label of TLP 2.0: the published marking, its word, and the one of TLP 1 that STIX itself
# defines and that is at least as strict, for whoever knows no other.
_MARKINGS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "TLP:CLEAR": (
        "94868c89-83c2-464b-929b-a1a8aa3c8487", "clear",
        "613f2e26-407d-48c7-9eca-b8e91df99dc9", "white",
    ),
    "TLP:GREEN": (
        "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green",
        "34098fce-860f-48ae-8e50-ebd3cc5e41da", "green",
    ),
    "TLP:AMBER": (
        "55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber",
        "f88d31f6-486f-44da-b317-01333bde0b82", "amber",
    ),
    "TLP:AMBER+STRICT": (
        "939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict",
        "5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "red",
    ),
    "TLP:RED": (
        "e828b379-4e03-4974-9ac4-e53a884c97c1", "red",
        "5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "red",
    ),
}  # fmt: skip


class Maker:
    """Makes the objects of one record: each with its id, its dates and all markings."""

    def __init__(self, handed: Handed) -> None:
        self._about = f"{handed.record}/{handed.version}"
        self.created = stamp(handed.body.get("created")) or stamp(handed.body.get("as_of"))
        self.created = self.created or "1970-01-01T00:00:00.000Z"
        self.markings = self._markings(handed)
        self._marks = [one["id"] for one in self.markings]
        self.originator = ""

    def domain(self, kind: str, place: str, **members: Any) -> Object:
        """Return a domain or relationship object for what stands at `place` of the record."""
        made: Object = {
            "type": kind,
            "spec_version": "2.1",
            "id": self.id(kind, place),
            "created": self.created,
            "modified": self.created,
        }
        if self.originator:
            made["created_by_ref"] = self.originator
        made |= {name: value for name, value in members.items() if value not in (None, "", [])}
        made["object_marking_refs"] = list(self._marks)
        return made

    def observable(self, kind: str, naming: Mapping[str, Any], **members: Any) -> Object:
        """Return an observable; `naming` are the properties of which STIX makes its id."""
        given = {name: value for name, value in naming.items() if value not in (None, "", [])}
        canonical = json.dumps(given, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": f"{kind}--{uuid.uuid5(_OBSERVABLES, canonical)}",
            **given,
            **{name: value for name, value in members.items() if value not in (None, "", [])},
            "object_marking_refs": list(self._marks),
        }

    def related(self, source: str, target: str, place: str, description: str = "") -> Object:
        """Return a relationship of which STIX knows no more than that there is one."""
        return self.domain(
            "relationship",
            f"{place}>{target}",
            relationship_type="related-to",
            source_ref=source,
            target_ref=target,
            description=description,
        )

    def id(self, kind: str, place: str) -> str:
        """Return the id of the object for a place of this record."""
        return f"{kind}--{uuid.uuid5(_OURS, f'{self._about}#{place}#{kind}')}"

    def _markings(self, handed: Handed) -> list[Object]:
        two, word, one, old = _MARKINGS[handed.label]
        statement = "\n".join(clause["text"] for clause in handed.terms_in_words)
        return [
            {
                "type": "marking-definition",
                "spec_version": "2.1",
                "id": self.id("marking-definition", "/terms"),
                "created": self.created,
                "definition_type": "statement",
                "definition": {"statement": statement},
            },
            {
                "type": "marking-definition",
                "spec_version": "2.1",
                "id": f"marking-definition--{two}",
                "created": "2022-10-01T00:00:00.000Z",
                "name": handed.label,
                "extensions": {_TLP_2: {"extension_type": "property-extension", "tlp_2_0": word}},
            },
            {
                "type": "marking-definition",
                "spec_version": "2.1",
                "id": f"marking-definition--{one}",
                "created": "2017-01-20T00:00:00.000Z",
                "name": f"TLP:{old.upper()}",
                "definition_type": "tlp",
                "definition": {"tlp": old},
            },
        ]


def extension_definition(maker: Maker) -> Object:
    """Return the object that says what our members of a report mean."""
    return {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": EXTENSION,
        "created_by_ref": maker.originator,
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "name": "Record of an exchange gateway",
        "schema": "terms: under which the record may be used; terms_in_words: the same as "
        "sentences with their sources; record, version, record_type, sender, urgency, handling: "
        "what the bundle was made of; losses: members of the record (JSON pointers) that stand in "
        "this bundle only as words (as-text) or not at all (no-place).",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
    }


def stamp(text: object) -> str | None:
    """Return a time as STIX writes it, None for what is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def in_words(value: object) -> str:
    """Return members as words: what has no property of its own, for people to read."""
    if isinstance(value, Mapping):
        return "; ".join(
            f"{name.replace('_', ' ')}: {in_words(inner)}" for name, inner in value.items()
        )
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(
            f"({in_words(inner)})" if isinstance(inner, Mapping) else in_words(inner)
            for inner in value
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
