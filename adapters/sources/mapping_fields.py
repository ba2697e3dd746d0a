"""The fields of a mapping: where a value comes from, what is done to it, where it goes.

Owns targets with ``*``, the lists they stand for, and the checks between fields. A target
``/transactions/*/amount`` is one for each entry of the list that ``[each] "/transactions/*"``
names; a word after the star, ``/accounts/*sender``, tells two lists of parts apart.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.safe_json import child
from adapters.sources.converters import CONVERTERS, MOST_ARGUMENT_CHARS, is_argument
from adapters.sources.mapping_paths import Path, PathRefused, read_path
from adapters.sources.mapping_tables import Tell

MOST_EACHES: Final = 100
MOST_LOOKUPS: Final = 2_000
MOST_CONVERTERS: Final = 8
MOST_CONSTANT_DEPTH: Final = 8
LEVELS: Final = ("entry", "record", "document")
ON_ERROR: Final = ("hold", "refuse", "drop_with_loss")
_FIELD_MEMBERS: Final = (
    "path",
    "of",
    "convert",
    "lookup",
    "required",
    "on_error",
    "default",
    "const",
)
_WITH_A_PATH: Final = frozenset(_FIELD_MEMBERS) - {"const"}
_NAME: Final = r"[a-z][a-z0-9_]{0,63}"
_STAR: Final = r"\*[a-z0-9_]{0,32}"
_TARGET: Final = re.compile(rf"(?:/(?:{_NAME}|[0-9]{{1,3}}|{_STAR})){{1,12}}")
PART: Final = re.compile(rf"/{_NAME}/(?:[0-9]{{1,3}}|{_STAR})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One field of the draft: where its value comes from. `path` None: a constant."""

    target: str
    scope: str  # the target of the list whose entries it is read from; empty: the record
    path: Path | None = None
    level: str = "entry"
    convert: tuple[tuple[str, str], ...] = ()
    lookup: Mapping[str, Any] | None = None
    table: str = ""  # name of the table that the lookup is, for the trail
    required: bool = False
    on_error: str = "hold"
    default: object = None
    const: object = None
    part: str | None = None  # the part that a constant points to, as a target

    @property
    def rule(self) -> str:
        """Name of the rule for the trail."""
        if self.path is None:
            return "constant"
        names = [f"{name}:{argument}" if argument else name for name, argument in self.convert]
        if self.lookup is not None:
            names.append(f"lookup:{self.table}" if self.table else "lookup")
        return "+".join(names) or "as-is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """A list of the draft, made from a list of the source."""

    target: str  # ends in the star
    scope: str  # the list it lies in; empty: the record
    order: int
    path: Path
    level: str

    def made_as(self, other: Each) -> bool:
        """Return whether the other list has an entry for each of this one."""
        return (self.scope, self.path.text, self.level) == (
            other.scope,
            other.path.text,
            other.level,
        )


class FieldReading:
    """The fields and lists of one mapping being checked."""

    def __init__(
        self,
        *,
        tell: Tell,
        known: Callable[[Mapping[str, object], tuple[str, ...], str], None],
        tables: Mapping[str, Mapping[str, str]],
    ) -> None:
        self._tell = tell
        self._known = known
        self._tables = tables
        self._eaches: dict[str, Each] = {}

    def eaches(self, table: object) -> tuple[Each, ...]:
        """Return the lists, outer ones first."""
        if not isinstance(table, Mapping) or len(table) > MOST_EACHES:
            hint = f'Write [each] with "/transactions/*" = "path", at most {MOST_EACHES}.'
            self._tell("/each", "wrong-type", "Not lists.", hint)
            return ()
        for order, target in enumerate(sorted(map(str, table), key=_natural)):
            place = child("/each", target)
            if not _TARGET.fullmatch(target) or not re.search(rf"/{_STAR}\Z", target):
                hint = "Write a place whose last part is a star, e.g. /transactions/*."
                self._tell(place, "bad-pointer", "Not a list of a record.", hint)
                continue
            said = table[target]
            body = said if isinstance(said, Mapping) else {"path": said}
            self._known(body, ("path", "of"), place)
            path = self._path(body.get("path"), place)
            scope = self._scope(target.rpartition("/")[0], place)
            level = self._level(body, place)
            if path is not None and scope is not None:
                self._eaches[target] = Each(
                    target=target, scope=scope, order=order, path=path, level=level
                )
        return tuple(self._eaches.values())

    def fields(self, fields: Mapping[str, object]) -> tuple[Mapped, ...]:
        """Return the fields in the order of their targets."""
        found: list[Mapped] = []
        for target in sorted(map(str, fields), key=_natural):
            found.extend(self._field(target, fields[target]))
        self._clashes([one.target for one in found])
        for each in self._eaches.values():
            if not any(one.target.startswith(each.target) for one in found):
                hint = f"Map a field below it, e.g. {each.target}/ref, or leave it out."
                self._tell(child("/each", each.target), "unused", "No field uses it.", hint)
        return tuple(found)

    def _scope(self, target: str, place: str) -> str | None:
        """Return the innermost list that a target lies in; None if one is not declared."""
        stars = [m.end() for m in re.finditer(rf"/{_STAR}(?=/|\Z)", target)]
        if not stars:
            return ""
        missing = [target[:end] for end in stars if target[:end] not in self._eaches]
        if missing:
            hint = f'Write [each] "{missing[0]}" = "the path of the list".'
            self._tell(place, "no-such-list", "Its list is not declared.", hint)
            return None
        return target[: stars[-1]]

    def _field(self, target: str, body: object) -> Iterator[Mapped]:
        place = child("/fields", target)
        if not _TARGET.fullmatch(target):
            hint = "Write a pointer into the record, e.g. /persons/0/dob."
            self._tell(place, "bad-pointer", "Not a place of a record.", hint)
            return
        if not isinstance(body, Mapping) or ("path" in body) == ("const" in body):
            hint = 'Write { path = "…" } or { const = "…" }.'
            self._tell(place, "required", "A field has either a path or a constant.", hint)
            return
        self._known(body, _FIELD_MEMBERS, place)
        scope = self._scope(target, place)
        if "const" in body:
            yield from self._constant(target, scope, body, place)
            return
        path = self._path(body["path"], f"{place}/path")
        table, lookup = self._lookup(body.get("lookup"), place)
        required = self._flag(body, place)
        on_error = self._on_error(body, place)
        default = body.get("default")
        if "default" in body:
            self._demand_plain(default, f"{place}/default")
        if required and ("default" in body or on_error == "drop_with_loss"):
            hint = "Leave `required` out, or hold or refuse what lacks it."
            self._tell(place, "contradiction", "A required value cannot be dispensed with.", hint)
        convert = tuple(self._convert(body.get("convert", []), place))
        if path is None or scope is None:
            return
        yield Mapped(
            target=target,
            scope=scope,
            path=path,
            level=self._level(body, place),
            convert=convert,
            lookup=lookup,
            table=table,
            required=required,
            on_error=on_error,
            default=default,
        )

    def _constant(
        self, target: str, scope: str | None, body: Mapping[str, object], place: str
    ) -> Iterator[Mapped]:
        if set(body) & _WITH_A_PATH:
            hint = "Write the constant as it shall stand in the record."
            self._tell(place, "contradiction", "A constant is not converted.", hint)
        const = body["const"]
        self._demand_plain(const, f"{place}/const")
        part = const if isinstance(const, str) and PART.fullmatch(const) else None
        if part is not None and "*" in part and scope is not None:
            part = self._same_list(part, scope, f"{place}/const")
        if scope is not None:
            yield Mapped(target=target, scope=scope, const=const, part=part)

    def _same_list(self, part: str, scope: str, place: str) -> str | None:
        """Return the part if its list has an entry for each of the scope's."""
        pointed = self._eaches.get(part)
        while scope:
            around = self._eaches[scope]
            if pointed is not None and pointed.made_as(around):
                return part
            scope = around.scope
        hint = "Point to a list with the same path as the one this field stands in."
        self._tell(place, "contradiction", "There is no such entry for each of these.", hint)
        return None

    def _demand_plain(self, value: object, place: str, depth: int = 0) -> None:
        """Tell a constant that a record cannot hold: a date of TOML, a number with a fraction."""
        if value is None or isinstance(value, str | bool | int):
            return
        inner: Iterator[object] = iter(())
        if isinstance(value, Mapping):
            inner = iter(value.values())
        elif isinstance(value, list | tuple):
            inner = iter(value)
        if depth >= MOST_CONSTANT_DEPTH or not isinstance(value, Mapping | list | tuple):
            hint = "Write dates, times and amounts as texts in quotes."
            self._tell(place, "wrong-type", "Not a value that a record holds.", hint)
            return
        for one in inner:
            self._demand_plain(one, place, depth + 1)

    def _path(self, text: object, place: str) -> Path | None:
        try:
            return read_path(text)
        except PathRefused as refused:
            self._tell(place, refused.code, refused.detail, refused.hint)
        return None

    def _level(self, body: Mapping[str, object], place: str) -> str:
        level = body.get("of", "entry")
        if level not in LEVELS:
            hint = f"One of {', '.join(LEVELS)}."
            self._tell(f"{place}/of", "not-in-list", "What the path starts from.", hint)
        return str(level)

    def _convert(self, chain: object, place: str) -> Iterator[tuple[str, str]]:
        place = f"{place}/convert"
        if not isinstance(chain, list | tuple) or len(chain) > MOST_CONVERTERS:
            hint = f"Write a list of at most {MOST_CONVERTERS} converters."
            self._tell(place, "wrong-type", "Converters stand in a list.", hint)
            return
        for index, text in enumerate(chain):
            name, _, argument = str(text).partition(":")
            if name not in CONVERTERS:
                near = difflib.get_close_matches(name[:64], CONVERTERS, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(CONVERTERS)}."
                self._tell(f"{place}/{index}", "unknown-converter", "No such converter.", hint)
            elif len(argument) > MOST_ARGUMENT_CHARS or not is_argument(name, argument):
                wanted = CONVERTERS[name].argument
                hint = f"Write `{name}:` and {wanted}." if wanted else f"Write `{name}` alone."
                self._tell(f"{place}/{index}", "bad-argument", "Not its argument.", hint)
            else:
                yield name, argument

    def _lookup(self, said: object, place: str) -> tuple[str, Mapping[str, Any] | None]:
        if said is None:
            return "", None
        if isinstance(said, str):
            if said in self._tables:
                return said, self._tables[said]
            hint = f"Declare it: [tables.{said}] with file, digest, key and value."[:200]
            self._tell(f"{place}/lookup", "no-such-table", "There is no such table.", hint)
            return "", None
        if isinstance(said, Mapping) and 0 < len(said) <= MOST_LOOKUPS:
            for name, value in said.items():
                self._demand_plain(value, child(f"{place}/lookup", name))
            return "", {str(name): value for name, value in said.items()}
        hint = f"Write a table of 1 to {MOST_LOOKUPS} entries, or the name of one in [tables]."
        self._tell(f"{place}/lookup", "wrong-type", "Not a table.", hint)
        return "", None

    def _flag(self, body: Mapping[str, object], place: str) -> bool:
        value = body.get("required", False)
        if not isinstance(value, bool):
            self._tell(f"{place}/required", "wrong-type", "True or false.", "Write true or false.")
        return value is True

    def _on_error(self, body: Mapping[str, object], place: str) -> str:
        value = body.get("on_error", "hold")
        if value not in ON_ERROR:
            hint = f"One of {', '.join(ON_ERROR)}."
            self._tell(f"{place}/on_error", "not-in-list", "What to do if it does not fit.", hint)
        return str(value)

    def _clashes(self, targets: list[str]) -> None:
        """Name targets that would write into the value of another, or make a list an object."""
        known = set(targets)
        kinds: dict[str, str] = {}
        for target in targets:
            parts = target.split("/")
            place = child("/fields", target)
            for count in range(2, len(parts) + 1):
                above, part = "/".join(parts[: count - 1]), parts[count - 1]
                if above in known:
                    hint = "Map the whole or its members, not both."
                    self._tell(place, "contradiction", "Another field writes above it.", hint)
                kind = "an entry" if part[0] in "*0123456789" else "a member"
                if kinds.setdefault(above, kind) != kind:
                    hint = "Write numbers and stars, or names, below one place."
                    self._tell(place, "contradiction", "A list there, an object here.", hint)


def _natural(target: str) -> tuple[tuple[int, int, str], ...]:
    """Order targets by their parts; numbers by size, before stars."""
    return tuple(
        (0, int(part), "") if part.isdigit() and part.isascii() and len(part) < 9 else (1, 0, part)  # noqa: PLR2004
        for part in target.split("/")
    )
