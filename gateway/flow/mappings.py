"""Mappings as an administrator edits them: text in, faults at their lines, versions compared.

Owns the way between an item of the store and the text of the editor, and who may see and change
one. What is in force changes by the act `configure` alone, proposed here and approved by a second
person; trying and checking are `administering`'s.

Stays true:
  * A mapping that sources of other organisations alone are read by looks like none.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from gateway.core.errors import Conflict, Fault, GatewayError, NotFound
from gateway.core.toml_lines import line_of
from gateway.core.toml_text import toml_text
from gateway.flow import propose as two
from gateway.flow.administering import ROLE, Written
from gateway.flow.configuration import Configuration
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person, demand_role
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import ItemRow
from gateway.flow.rows_people import ProposalRow

KIND: Final = "mapping"
PREFIX: Final = "mapping:"
_LONGEST_NUMBER: Final = 9
_AT: Final = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)\Z")
_PLACE: Final = re.compile(r"/[^\s,;]*[^\s,;.]")

Json = dict[str, Any]


class NotToml(GatewayError):
    """The text is not TOML: nothing of it was read."""

    code: ClassVar[str] = "not-toml"


class MappingChanged(Conflict):
    """Another version is in force by now than the one you began with."""

    code: ClassVar[str] = "mapping-changed"
    advice: ClassVar[str] = "Compare it with yours below, and begin from it."


def listing(person: Person, exchange: Exchange) -> Json:
    """Return the adapters that ship and the mappings in force. Raises Forbidden."""
    demand_role(person, ROLE)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        rows = work.config.active(KIND)
    shipped = [exchange.adapters.named(name, {}) for name in exchange.adapters.names()]
    return {
        "shipped": [
            {
                "name": one.name,
                "version": one.version,
                "media_types": list(one.media_types),
                "sources": _own_sources(one.name, person, configuration),
            }
            for one in shipped
        ],
        "mappings": [
            _summary(row, person, configuration)
            for row in rows
            if _is_visible(row.name, person, configuration)
        ],
    }


def shown(name: str, person: Person, exchange: Exchange) -> Json:
    """Return a mapping in force or ended, its text and its versions, the newest first.

    Raises Forbidden, NotFound.
    """
    demand_role(person, ROLE)
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
        rows = work.config.history(KIND, name)
    if not rows or not _is_visible(name, person, configuration):
        raise NotFound("there is no mapping of that name")
    return {
        **_summary(rows[-1], person, configuration),
        "text": toml_text(rows[-1].body),
        "versions": [_version(row) for row in reversed(rows)],
    }


def version(name: str, number: int, person: Person, exchange: Exchange) -> Json:
    """Return one version: its text, and its lines against the version before it.

    Raises Forbidden, NotFound.
    """
    shown(name, person, exchange)
    with exchange.store.reading() as work:
        rows = {row.version: row for row in work.config.history(KIND, name)}
    row = rows.get(number)
    if row is None:
        raise NotFound("there is no such version")
    before = rows.get(number - 1)
    text = toml_text(row.body)
    lines = compared("" if before is None else toml_text(before.body), text)
    return {"name": name, **_version(row), "text": text, "lines": lines}


def history(name: str, exchange: Exchange) -> list[Json]:
    """Return every version of a mapping with its text, the oldest first, for who runs the gateway.

    Raises NotFound.
    """
    with exchange.store.reading() as work:
        rows = work.config.history(KIND, name)
    if not rows:
        raise NotFound("there is no mapping of that name")
    return [{**_version(row), "text": toml_text(row.body)} for row in rows]


def parse_version(text: str) -> int:
    """Return the number of a version. Raises NotFound: no version has another name."""
    if not text.isdecimal() or len(text) > _LONGEST_NUMBER:
        raise NotFound("there is no such version")
    return int(text)


def own_sources(person: Person, exchange: Exchange) -> list[str]:
    """Return the sources of the person's organisation."""
    with exchange.store.reading() as work:
        configuration = exchange.configuration(work)
    return sorted(name for name, body in configuration.sources.items() if body["org"] == person.org)


def written(name: str, text: str) -> Written:
    """Return a mapping from its text. Raises NotToml."""
    try:
        body = tomllib.loads(text)
        json.dumps(body, allow_nan=False)
    except tomllib.TOMLDecodeError as error:
        # The message can repeat a value; its place is all that is told.
        at = _AT.search(str(error))
        line = (at[1] or str(len(text.splitlines()))) if at else ""
        raise NotToml(faults=(Fault(line, "not-toml", "Not TOML.", _HINT),)) from None
    except (TypeError, ValueError, RecursionError):
        detail = "A date, or a number without an end: no mapping has those."
        fault = Fault("", "wrong-type", detail, "Write dates as texts, in quotes.")
        raise NotToml("the text holds a value that no mapping has", faults=(fault,)) from None
    return Written(name, body)


_HINT: Final = 'A line is a head, [fields], or NAME = VALUE; texts stand in quotes: "text".'


def at_lines(text: str, faults: Iterable[Fault | Mapping[str, str]]) -> list[Json]:
    """Return faults of a mapping, or of what it made of a sample, each with its line if it has one.

    `quoted` is that line.
    """
    lines = text.splitlines()
    targets = dict(_targets(text))
    found = []
    for one in faults:
        fault = one if isinstance(one, Fault) else Fault(**one)
        line = _line(fault, text, targets)
        quoted = lines[line - 1].strip() if line and line <= len(lines) else ""
        found.append(
            {
                "line": line,
                "quoted": quoted,
                "code": fault.code,
                "pointer": fault.pointer,
                "detail": fault.detail,
                "hint": fault.hint,
            }
        )
    return sorted(found, key=lambda one: (one["line"] is None, one["line"] or 0))


def compared(before: str, after: str) -> list[tuple[str, str]]:
    """Return the lines of two texts that differ, with some around: what happens, and the line."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    marks = {"+": "added", "-": "removed", "@": "place", " ": "same"}
    return [
        (marks[line[0]], line if line[0] == "@" else line[1:])
        for number, line in enumerate(found)
        if number > 1  # the two heads name files
    ]


def difference(row: ProposalRow, exchange: Exchange) -> list[tuple[str, str]] | None:
    """Return what a proposed change of an item changes, line by line; None for other acts.

    It compares with the version that the proposal was made on, whatever is in force by now.
    """
    if row.act != "configure":
        return None
    body = row.body
    with exchange.store.reading() as work:
        history = {one.version: one for one in work.config.history(body["kind"], body["name"])}
    before = history.get(body["basis"])
    old = "" if before is None or before.state == "ended" else _text_of(body["kind"], before.body)
    new = "" if body["change"] == "end" else _text_of(body["kind"], body["body"])
    return compared(old, new)


def propose(
    given: Written, seen: int, person: Person, exchange: Exchange, *, reason: str
) -> ProposalRow:
    """Propose that a mapping is in force from now on, in place of the version that was seen.

    Raises Forbidden, MappingChanged, AdapterUnusable and what `propose.propose` raises.
    """
    demand_role(person, ROLE)
    given.compiled(exchange)
    with exchange.store.reading() as work:
        now = _newest(given.name, work)
    if (now.version if now else 0) != seen:
        raise MappingChanged
    asked = {"change": "apply", "kind": KIND, "name": given.name, "body": given.body}
    return two.propose("configure", asked, person, exchange, reason=reason)


def bring_back(
    name: str, number: int, person: Person, exchange: Exchange, *, reason: str
) -> ProposalRow:
    """Propose that an older version is in force again.

    Raises Forbidden, NotFound and what `propose` raises.
    """
    shown(name, person, exchange)
    with exchange.store.reading() as work:
        rows = {row.version: row for row in work.config.history(KIND, name)}
    if number not in rows:
        raise NotFound("there is no such version")
    given = Written(name, rows[number].body)
    return propose(given, max(rows), person, exchange, reason=reason)


def _newest(name: str, work: UnitOfWork) -> ItemRow | None:
    return next((row for row in work.config.items(KIND) if row.name == name), None)


def _text_of(kind: str, body: Mapping[str, Any]) -> str:
    if kind == KIND:
        return toml_text(body)
    return json.dumps(dict(body), ensure_ascii=False, indent=2, sort_keys=True)


def _own_sources(adapter: str, person: Person, configuration: Configuration) -> list[str]:
    return sorted(
        name
        for name, body in configuration.sources.items()
        if str(body["adapter"]) == adapter and body["org"] == person.org
    )


def _is_visible(name: str, person: Person, configuration: Configuration) -> bool:
    using = configuration.read_by(f"{PREFIX}{name}")
    return not using or person.org in using


def _summary(row: ItemRow, person: Person, configuration: Configuration) -> Json:
    adapter = f"{PREFIX}{row.name}"
    return {
        "name": row.name,
        "title": str(row.body.get("title", "")),
        "owner": str(row.body.get("owner", "")),
        **_version(row),
        "sources": _own_sources(adapter, person, configuration),
        "by_file": row.origin == "file" and row.state == "active",
        "of_others": bool(configuration.read_by(adapter) - {person.org}),
    }


def _version(row: ItemRow) -> Json:
    return {
        "version": row.version,
        "state": row.state,
        "origin": row.origin,
        "approved_by": list(row.approved_by),
    }


def _targets(text: str) -> list[tuple[str, str]]:
    """Return each target of a mapping's fields with the pointer of its line."""
    try:
        body = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return []
    blocks: list[tuple[str, Any]] = [("", body)]
    if isinstance(body.get("record"), list):
        blocks += [(f"/record/{number}", one) for number, one in enumerate(body["record"])]
    return [
        (target, f"{place}/fields/{target.replace('~', '~0').replace('/', '~1')}")
        for place, block in blocks
        if isinstance(block, Mapping) and isinstance(block.get("fields"), Mapping)
        for target in block["fields"]
    ]


def _line(fault: Fault, text: str, targets: Mapping[str, str]) -> int | None:
    """Return the line of a fault: of the text, of a member, or of the field that made the value."""
    if fault.code == NotToml.code:
        return int(fault.pointer) if fault.pointer else None
    for place in (fault.pointer, *_PLACE.findall(fault.detail)):
        for target, pointer in targets.items():
            if place == target or re.fullmatch(_as_pattern(target), place):
                return line_of(text, pointer)
    return line_of(text, fault.pointer)


def _as_pattern(target: str) -> str:
    """Return a pattern of the places that a target makes, and of what is below them."""
    parts = ("\\d+" if part.startswith("*") else re.escape(part) for part in target.split("/"))
    return "/".join(parts) + r"(?:/.*)?"
