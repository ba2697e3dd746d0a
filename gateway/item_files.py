"""Items kept in files: a folder of ``KIND/NAME.toml`` → what `flow.configure` applies.

Owns reading the folder and the two dates. What a body may say is its schema's (`schemas.items`).
A mapping's tables (CSV) and XSD lie beside it; their text becomes part of the item.

Stays true:
  * A folder is read whole, or refused with every fault at once.
  * A kind, a file or a link that is not understood is a fault, never passed over.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

from gateway.core.errors import Fault, GatewayError
from gateway.flow.configure import GIVEN_BY_GATEWAY, ItemFile
from schemas.items import KINDS

MAX_ITEM_BYTES: Final = 1024 * 1024
_DATES: Final = ("valid_from", "valid_until")
MAPPING: Final = "mapping"
_BESIDE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,95}\.(?:csv|xsd)")
_PLACE: Final = re.compile(r"\(at [a-z0-9 ,]+\)\Z")


class ItemsUnreadable(GatewayError):
    """The folder of items cannot be read as items; nothing was changed."""

    code: ClassVar[str] = "items-unreadable"
    advice: ClassVar[str] = "A folder of items holds KIND/NAME.toml and nothing else."


def read_items(directory: Path) -> list[ItemFile]:
    """Return the items in `directory`, by kind and name. Raises ItemsUnreadable."""
    if not directory.is_dir():
        raise ItemsUnreadable(f"not a folder: {directory}")
    items: list[ItemFile] = []
    faults: list[Fault] = []
    for path, kind in _item_paths(directory, faults):
        try:
            items.append(_read(path, kind))
        except ItemsUnreadable as error:
            place = str(path.relative_to(directory))
            faults += error.faults or (Fault(place, "malformed", error.detail),)
    if faults:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise ItemsUnreadable(f"{count} in {directory}", faults=tuple(faults))
    named = {name for item in items if item.kind == MAPPING for name in files_named(item.body)}
    for path in _beside(directory / MAPPING):
        if path.name not in named:
            hint = "name it in `tables` or `xml` of a mapping, or take it away"
            faults.append(
                Fault(f"{MAPPING}/{path.name}", "not-an-item", "no mapping names it", hint)
            )
    if faults:
        raise ItemsUnreadable(f"{len(faults)} files nobody names", faults=tuple(faults))
    return items


def read_item(path: Path, kind: str) -> ItemFile:
    """Return one item of a file, wherever it lies. Raises ItemsUnreadable."""
    return _read(path, kind)


def files_named(body: Mapping[str, Any]) -> set[str]:
    """Return the names of the files that a mapping rests on."""
    return {str(section.get(member)) for section, member in _resting(body)}


def _resting(body: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each section of a mapping that names a file, and the member that does."""
    tables = body.get("tables")
    for section in tables.values() if isinstance(tables, dict) else ():
        if isinstance(section, dict) and "file" in section:
            yield section, "file"
    xml = body.get("xml")
    if isinstance(xml, dict) and "schema" in xml:
        yield xml, "schema"


def _with_files(body: dict[str, Any], folder: Path) -> None:
    """Put the text of each file that a mapping names beside its name; what is wrong is its own."""
    for section, member in _resting(body):
        section.pop("text", None)  # only ever that of the file
        name = section[member]
        path = folder / str(name)
        if isinstance(name, str) and _BESIDE.fullmatch(name) and path.is_file():
            with path.open("rb") as file:
                raw = file.read(MAX_ITEM_BYTES + 1)
            try:
                section["text"] = raw.decode("utf-8-sig")
            except UnicodeDecodeError:
                detail, hint = "not UTF-8", "write tables and XSDs in UTF-8"
                fault = Fault(f"{MAPPING}/{name}", "bad-encoding", detail, hint)
                raise ItemsUnreadable(detail, faults=(fault,)) from None


def _beside(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in _visible(folder) if path.is_file() and _BESIDE.fullmatch(path.name)]


def _item_paths(directory: Path, faults: list[Fault]) -> Iterator[tuple[Path, str]]:
    """Yield item files with their kind; what else lies there becomes a fault."""
    kinds = sorted(set(KINDS) - GIVEN_BY_GATEWAY)
    for folder in _visible(directory):
        if folder.name not in kinds or not folder.is_dir():
            hint = f"kinds: {', '.join(kinds)}"
            faults.append(Fault(folder.name, "unknown-kind", "not a folder of a known kind", hint))
            continue
        for path in _visible(folder):
            if path.suffix == ".toml" and path.is_file():
                yield path, folder.name
            elif folder.name != MAPPING or not _BESIDE.fullmatch(path.name):
                place = f"{folder.name}/{path.name}"
                faults.append(Fault(place, "not-an-item", "not a file NAME.toml"))


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _read(path: Path, kind: str) -> ItemFile:
    try:
        raw = path.read_bytes()
        if len(raw) > MAX_ITEM_BYTES:
            raise ItemsUnreadable(f"larger than {MAX_ITEM_BYTES} bytes")
        members = tomllib.loads(raw.decode())
    except OSError:
        raise ItemsUnreadable("cannot be read") from None
    except tomllib.TOMLDecodeError as error:
        # The message can repeat a value; its place is all that is told.
        at = _PLACE.search(str(error))
        raise ItemsUnreadable(f"not TOML {at[0] if at else ''}".rstrip()) from None
    except (UnicodeDecodeError, RecursionError):
        raise ItemsUnreadable("not TOML in UTF-8, or nested too deeply") from None
    place = f"{kind}/{path.name}"
    start, end = (_moment(members.pop(name, None), name, place) for name in _DATES)
    if kind == MAPPING:
        _with_files(members, path.parent)
    return ItemFile(kind, path.stem, members, start, end, raw.decode())


def _moment(value: Any, name: str, place: str) -> int | None:
    """Return milliseconds since 1970; a date alone is a whole day of UTC, its end included."""
    if value is None:
        return None
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return int(value.timestamp() * 1000)
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    if is_day and (name != "valid_until" or value < date.max):  # after that day there is none
        if name == "valid_until":
            value += timedelta(days=1)
        return int(datetime.combine(value, time(), UTC).timestamp() * 1000)
    detail, hint = "not a date, nor a time with its zone", "2027-01-31 or 2027-01-31T12:00:00Z"
    raise ItemsUnreadable(detail, faults=(Fault(f"{place}#/{name}", "bad-date", detail, hint),))


def _parsed(text: str) -> date | None:
    for read in (date.fromisoformat, datetime.fromisoformat):
        try:
            return read(text)
        except ValueError:
            continue
    return None
