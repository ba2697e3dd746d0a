"""Items kept in files: a folder of ``KIND/NAME.toml`` → what `flow.configure` applies.

Owns reading the folder and the two dates. What a body may say is its schema's (`schemas.items`).

Stays true:
  * A folder is read whole, or refused with every fault at once.
  * A kind, a file or a link that is not understood is a fault, never passed over.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

from gateway.core.errors import Fault, GatewayError
from gateway.flow.configure import GIVEN_BY_GATEWAY, ItemFile
from schemas.items import KINDS

MAX_ITEM_BYTES: Final = 1024 * 1024
_DATES: Final = ("valid_from", "valid_until")
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
    return items


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
            else:
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
    return ItemFile(kind, path.stem, members, start, end)


def _moment(value: Any, name: str, place: str) -> int | None:
    """Return milliseconds since 1970; a date alone is a whole day of UTC, its end included."""
    if value is None:
        return None
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return int(value.timestamp() * 1000)
    if isinstance(value, date) and not isinstance(value, datetime):
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
