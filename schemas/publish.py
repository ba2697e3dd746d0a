"""Publish the shared schema: JSON Schema 2020-12, and the reference page of fields and codes.

`python -m schemas.publish docs` writes `docs/spec/schema/*.json`, `docs/spec/records.md`, and the
page and vectors of normal forms; a test demands that what is committed is what this writes.

Each record type has two schemas. *submission*: what a submitter may send; values are wider than
their normal form. *record*: a record text in normal form; members may be missing that it says
were withheld, so only the top level demands members, and only of a whole record.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from schemas import forms
from schemas.containers import Many, Part
from schemas.problem import ProblemSchema
from schemas.reading import TYPES
from schemas.record import GatewayMembers, RecordBase
from schemas.reference import FORMS, page
from schemas.shape import Shape, members_of, the
from schemas.source_profile import SourceProfileShape
from schemas.versions import current

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_WHOLE: Final = {
    "anyOf": [
        {"not": {"required": ["rendition"]}},
        {"properties": {"rendition": {"properties": {"withheld": {"maxItems": 0}}}}},
    ]
}


def files() -> dict[str, str]:
    """Return every published file: its path below the folder of documents, and its text."""
    schemas = {
        "problem": _document("problem", ProblemSchema, strict=True),
        "source_profile": _document("source_profile", SourceProfileShape, strict=False),
    }
    for name, shape in TYPES.items():
        schemas[f"{name}.submission"] = _submission(name, shape)
        schemas[f"{name}.record"] = _record(name, shape)
    texts = {
        f"spec/schema/{name}.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in sorted(schemas.items())
    }
    return {**texts, "spec/records.md": page(), **forms.files(FORMS)}


def _document(title: str, shape: type[Shape], *, strict: bool) -> dict[str, Any]:
    shapes: dict[str, Any] = {}
    body = _object(the(shape), shapes, strict=strict)
    return {"$schema": _DIALECT, "title": title, **body, "$defs": dict(sorted(shapes.items()))}


def _submission(name: str, shape: type[RecordBase]) -> dict[str, Any]:
    schema = _document(f"{current(name)}, submission", shape, strict=False)
    schema["properties"]["type"] = {"const": name}
    return schema


def _record(name: str, shape: type[RecordBase]) -> dict[str, Any]:
    schema = _document(f"{current(name)}, record", shape, strict=True)
    own = _object(the(GatewayMembers), schema["$defs"], strict=True)
    demanded = [member for member in schema["required"] if member not in ("type", "provider_ref")]
    schema["properties"] = {**own["properties"], **schema["properties"], "type": {"const": name}}
    schema["required"] = [*_required(the(GatewayMembers)), "type", "provider_ref"]
    if demanded:
        schema["allOf"] = [{"if": _WHOLE, "then": {"required": demanded}}]
    schema["$defs"] = dict(sorted(schema["$defs"].items()))
    for part in schema["$defs"].values():
        del part["required"]  # below the top a member may be missing because it was withheld
    return schema


def _object(shape: Shape, shapes: dict[str, Any], *, strict: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for member, field in members_of(shape):
        found = _value(field, shapes, strict=strict)
        nullable = field.allow_none or not (strict or field.required)
        if nullable:
            found = {"anyOf": [found, {"type": "null"}]}
        properties[member] = {"description": field.about, **found}
    return {
        "description": (type(shape).__doc__ or "").splitlines()[0],
        "type": "object",
        "properties": properties,
        "required": _required(shape),
        "additionalProperties": False,
    }


def _required(shape: Shape) -> list[str]:
    return [member for member, field in members_of(shape) if field.required]


def _value(field: Any, shapes: dict[str, Any], *, strict: bool) -> dict[str, Any]:
    if isinstance(field, Many):
        found: dict[str, Any] = {
            "type": "array",
            "items": _value(field.inner, shapes, strict=strict),
            "maxItems": field.most,
        }
        if field.least and not strict:
            found["minItems"] = field.least
        if field.as_set and strict:
            found["uniqueItems"] = True
        return found
    if isinstance(field, Part):
        name = field.of.__name__
        if name not in shapes:
            shapes[name] = {}  # named before its members are read, should it hold itself
            shapes[name] = _object(field.schema, shapes, strict=strict)
        return {"$ref": f"#/$defs/{name}"}
    shape: dict[str, Any] = field.shape(strict=strict)
    return shape


def _write(folder: Path) -> Iterator[Path]:
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        yield path


def main(arguments: list[str]) -> int:
    """Write all files below the folder named on the command line."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m schemas.publish FOLDER, e.g. docs\n")
        return 2
    for path in _write(Path(arguments[0])):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
