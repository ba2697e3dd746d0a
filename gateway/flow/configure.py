"""The journey of a configuration change: item bodies in, a new epoch out.

Items come from files (`[items] directory`, `gateway agreements apply DIR`) and, later, from the
console; policy, history and dual control see one kind of thing. One commit for all of them, so a
directory is in force whole or not at all.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from gateway.core.errors import Fault, GatewayError, NotFound
from gateway.core.ids import is_name
from gateway.core.looked import digest_of
from gateway.core.profile import read_profile
from gateway.core.record import canonical
from gateway.core.toml_lines import line_of
from gateway.flow.acts import Act, entries
from gateway.flow.exchange import Exchange
from gateway.flow.peers import reaches_nobody
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import CredentialRow, ItemRow
from keys.errors import KeysError
from keys.suite import digest
from keys.trust import spki_digest
from schemas.items import KINDS, ItemInvalid, load_item

GIVEN_BY_GATEWAY = frozenset({"partner"})
HOLDING_KEYS = {"client": "scopes", "person": "roles"}  # kind → what its credential carries
# What these say has its own dates, or none: who a partner is to us is either known or not.
UNDATED = frozenset({"recipient", "community"})
BY_FILE, BY_COMMAND = "file", "command"  # origins: by which hand an item is what it is
DECLARED = {"mapping": "mapping", "goaml": "goaml_dialect"}  # of an adapter's name → its kind
ALLOWED_BY_TWO = frozenset({"transfer", "condition"})


class ConfigurationRefused(GatewayError):
    """The items contradict themselves or their schema; nothing was changed."""

    code: ClassVar[str] = "configuration-refused"
    advice: ClassVar[str] = "Each fault names the file, the member and what is expected there."


@dataclass(frozen=True, slots=True)
class ItemFile:
    """One parsed item file. `valid_from`, `valid_until` in milliseconds since 1970.

    `text`: the file itself, where there is one: a fault then names its line.
    """

    kind: str
    name: str
    body: Mapping[str, Any]
    valid_from: int | None = None
    valid_until: int | None = None
    text: str = field(default="", repr=False, compare=False)

    def fault(self, fault: Fault) -> Fault:
        """Return a fault of the body as one of the file."""
        line = line_of(self.text, fault.pointer) if self.text else None
        detail = fault.detail if line is None else f"line {line}: {fault.detail}"
        return replace(fault, pointer=f"{self.kind}/{self.name}#{fault.pointer}", detail=detail)


@dataclass(frozen=True, slots=True)
class Changes:
    """What an apply changed, as ``kind/name``; `stays_ended` has a file that says otherwise.

    `reaches_nobody`: agreements in force of which nothing that is carried can be brought on.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    ended: tuple[str, ...]
    unchanged: int
    stays_ended: tuple[str, ...] = ()
    reaches_nobody: tuple[str, ...] = ()


def apply_items(
    files: list[ItemFile], by: str, exchange: Exchange, *, again: bool = False
) -> Changes:
    """Make the items of `files` the ones in force; those of earlier files not among them end.

    Items of other origins are left alone, and so is what was ended otherwise than by taking its
    file away: until its file changes, or `again`. Raises ConfigurationRefused with all faults.
    """
    loaded = checked(files, exchange)
    with exchange.store.writing() as work:
        plan = planned(loaded, work, by, again=again)
        for row in (*plan.added, *plan.changed, *plan.ended):
            work.config.put(row)
        if plan:
            _credentials(work)
            acts: list[Act] = [
                ("configured", {"item": _named(row), "change": change, "by": by})
                for change, group in plan.by_change()
                for row in group
            ]
            work.ledger.add(entries(acts, exchange))
            exchange.commit(work, "configure")
    with exchange.store.reading() as work:
        nobody = reaches_nobody(exchange.configuration(work), exchange.own.id)
    added, changed, ended = (tuple(map(_named, group)) for _, group in plan.by_change())
    stays = tuple(map(_named, plan.stays_ended))
    unchanged = len(loaded) - len(added) - len(changed) - len(stays)
    lost = tuple(f"agreement/{name}" for name in nobody)
    return Changes(added, changed, ended, unchanged, stays, lost)


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows that would be written: versions and changes are still to be given."""

    added: tuple[ItemRow, ...] = ()
    changed: tuple[ItemRow, ...] = ()
    ended: tuple[ItemRow, ...] = ()
    stays_ended: tuple[ItemRow, ...] = ()  # nothing is written of these

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.ended)

    def by_change(self) -> tuple[tuple[str, tuple[ItemRow, ...]], ...]:
        """Return the rows by what happens to their items."""
        return ("added", self.added), ("changed", self.changed), ("ended", self.ended)


def checked(files: list[ItemFile], exchange: Exchange) -> list[ItemRow]:
    """Return the rows of a whole folder. Raises ConfigurationRefused with all faults at once."""
    rows, faults = _check(files, exchange)
    named = {(file.kind, file.name) for file in files}
    with exchange.store.reading() as work:
        named |= _persons(work) | _of_the_store(work)
        others = [row for row in work.config.active("route") if row.origin != BY_FILE]
    _demand_none(faults + _references(rows, named) + _unselected([*others, *rows]))
    return rows


def _persons(work: UnitOfWork) -> set[tuple[str, str]]:
    """Name everybody who was ever a person here: what they allowed stands after they have left."""
    return {("person", item.name) for item in work.config.items("person")}


def _of_the_store(work: UnitOfWork) -> set[tuple[str, str]]:
    """Name the mappings that two people put in force: sources of files are read by them too."""
    return {
        ("mapping", item.name) for item in work.config.active("mapping") if item.origin != "file"
    }


def checked_alone(file: ItemFile, work: UnitOfWork, exchange: Exchange) -> ItemRow:
    """Return the row of one item beside those in force. Raises ConfigurationRefused."""
    rows, faults = _check([file], exchange)
    named = {(kind, item.name) for kind in KINDS for item in work.config.active(kind)}
    routes = [row for row in work.config.active("route") if row.name != file.name]
    _demand_none(faults + _references(rows, named | _persons(work)) + _unselected([*routes, *rows]))
    return replace(rows[0], origin="database")


def _demand_none(faults: list[Fault]) -> None:
    if faults:
        counted = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise ConfigurationRefused(f"{counted} in the items", faults=tuple(faults))


def planned(loaded: list[ItemRow], work: UnitOfWork, by: str, *, again: bool = False) -> Plan:
    """Return what making these the items of files changes; items of other origins are left."""
    held = {
        (item.kind, item.name): item
        for kind in KINDS
        if kind not in GIVEN_BY_GATEWAY
        for item in work.config.items(kind)
    }
    added: list[ItemRow] = []
    changed: list[ItemRow] = []
    stays_ended: list[ItemRow] = []
    for row in loaded:
        before = held.get((row.kind, row.name))
        if before is None:
            added.append(row)
        elif _was_ended(before) and before.digest == row.digest and not again:
            stays_ended.append(row)
        elif (before.digest, before.state, before.origin) != (row.digest, "active", row.origin):
            changed.append(row)
    names = {(row.kind, row.name) for row in loaded}
    ended = [
        _ended(item, by)
        for key, item in held.items()
        if item.origin == BY_FILE and item.state == "active" and key not in names
    ]
    return Plan(tuple(added), tuple(changed), tuple(ended), tuple(stays_ended))


def _was_ended(item: ItemRow) -> bool:
    """Return whether a hand ended this item, and not that its file was taken away."""
    return item.state == "ended" and item.origin != BY_FILE


def _named(row: ItemRow) -> str:
    return f"{row.kind}/{row.name}"


def put_item(row: ItemRow, by: tuple[str, ...], work: UnitOfWork) -> Act:
    """Write one item that two people agreed to, in their commit; return its ledger act."""
    before = {item.name for item in work.config.items(row.kind)}
    work.config.put(replace(row, approved_by=by))
    _credentials(work)
    change = "ended" if row.state == "ended" else "changed" if row.name in before else "added"
    return ("configured", {"item": _named(row), "change": change, "by": "+".join(by)})


def end_item(kind: str, name: str, by: str, exchange: Exchange) -> None:
    """End one item now. It stays ended while the file that declares it, if any, stays as it is.

    Raises NotFound if there is no such item in force.
    """
    with exchange.store.writing() as work:
        held = {item.name: item for item in work.config.active(kind)}.get(name)
        if held is None:
            raise NotFound(f"there is no {kind} of that name in force")
        work.config.put(replace(_ended(held, by), origin=BY_COMMAND))
        _credentials(work)
        fields = {"item": f"{kind}/{name}", "change": "ended", "by": by}
        work.ledger.add(entries([("configured", fields)], exchange))
        exchange.commit(work, "configure")


def _ended(item: ItemRow, by: str) -> ItemRow:
    return replace(item, state="ended", approved_by=(by,))


def _check(files: list[ItemFile], exchange: Exchange) -> tuple[list[ItemRow], list[Fault]]:
    """Load every body by its schema."""
    rows: list[ItemRow] = []
    faults: list[Fault] = []
    for file in files:
        place = f"{file.kind}/{file.name}"
        if not is_name(file.name):
            faults.append(Fault(place, "bad-name", "names are 1 to 64 of a-z, 0-9, dot, hyphen"))
            continue
        if file.kind in GIVEN_BY_GATEWAY:
            faults.append(Fault(place, "not-by-hand", "the gateway writes these itself"))
            continue
        if file.kind in UNDATED and (file.valid_from, file.valid_until) != (None, None):
            hint = "give dates to what it says, not to the item"
            faults.append(Fault(place, "no-dates", "an item of this kind has no dates", hint))
            continue
        try:
            body = _body(file, exchange)
        except ItemInvalid as invalid:
            faults += [
                file.fault(Fault(pointer, invalid.code, sentence))
                for pointer, sentence in invalid.faults
            ]
            continue
        except GatewayError as error:
            faults += [file.fault(fault) for fault in error.faults]
            continue
        rows.append(
            ItemRow(
                kind=file.kind,
                name=file.name,
                version=0,
                change=0,
                body=body,
                digest=digest(canonical([body, file.valid_from, file.valid_until])),
                origin=BY_FILE,
                state="active",
                valid_from=file.valid_from,
                valid_until=file.valid_until,
            )
        )
    return rows, faults


def _body(file: ItemFile, exchange: Exchange) -> dict[str, Any]:
    """Return the body, completed. Raises ItemInvalid, or an error with faults."""
    body = load_item(file.kind, file.body)
    if file.kind in HOLDING_KEYS:
        body["key_digests"] = sorted({*body["key_digests"], *_digests(body["certificates"])})
    elif file.kind == "source_profile":
        read_profile(file.name, 1, body)  # raises ProfileInvalid
    elif file.kind == "condition":
        body["text"] = digest_of(body.pop("words"))  # words of a record do not lie about in items
    elif file.kind == "mapping":
        exchange.adapters.compile(file.name, body)
    elif file.kind == "goaml_dialect":
        exchange.adapters.goaml(file.name, body)
    return body


def _digests(certificates: list[str]) -> list[str]:
    try:
        return [spki_digest(ssl.PEM_cert_to_DER_cert(text)) for text in certificates]
    except (KeysError, ValueError):
        raise ItemInvalid((("/certificates", "not a certificate in PEM"),)) from None


def _references(rows: list[ItemRow], named: set[tuple[str, str]]) -> list[Fault]:
    """Every name that an item mentions and that items themselves define must exist."""
    faults = []
    for row in rows:
        for kind, member, mentioned in _mentions(row):
            if (kind, mentioned) not in named:
                faults.append(
                    Fault(
                        f"{row.kind}/{row.name}#/{member}",
                        "no-such-item",
                        f"there is no {kind} of that name",
                        f"add {kind}/<name>.toml or correct the name",
                    )
                )
    return faults


def _unselected(rows: Sequence[ItemRow]) -> list[Fault]:
    """Routes to clients must leave nothing that came in without a client."""
    inward = [row for row in rows if row.kind == "route" and row.body["clients"]]
    if not inward or any(row.body["otherwise"] for row in inward):
        return []
    place = f"route/{inward[-1].name}#/clients"
    detail = "what no route to clients selects would reach nobody"
    return [Fault(place, "no-otherwise", detail, "add a route with otherwise = true")]


def _mentions(row: ItemRow) -> list[tuple[str, str, str]]:
    body = row.body
    found: list[tuple[str, str, str]] = []
    if row.kind in ("client", "person", "source"):
        found.append(("organisation", "org", str(body["org"])))
    if row.kind == "client":
        found += [("source", "sources", str(name)) for name in body["sources"]]
    if row.kind == "source":
        if body.get("profile"):
            found.append(("source_profile", "profile", str(body["profile"])))
        format_, colon, declared = str(body["adapter"]).partition(":")
        if colon and format_ in DECLARED:
            found.append((DECLARED[format_], "adapter", declared))
    if row.kind in ALLOWED_BY_TWO:
        found += [("person", "by", str(name)) for name in body["by"]]
    if row.kind == "route":
        found += [("client", "clients", str(name)) for name in body["clients"]]
    return found


def _credentials(work: UnitOfWork) -> None:
    """Make the credentials of clients and persons what the active items say."""
    for kind, scopes in HOLDING_KEYS.items():
        active = {item.name: item.body for item in work.config.active(kind)}
        for item in work.config.items(kind):
            body = active.get(item.name, {})
            work.config.replace_credentials(
                kind,
                item.name,
                [
                    CredentialRow(
                        digest=key,
                        kind=kind,
                        owner=item.name,
                        scopes=tuple(body[scopes]),
                        valid_from=item.valid_from,
                        valid_until=item.valid_until,
                    )
                    for key in body.get("key_digests", ())
                ],
            )
