"""One item of the configuration, changed or ended by two people: the act `configure`.

Items of files stay with their files. What carries keys (clients, persons), and what they rest on,
is given by files alone; everything that says who may receive what can be changed here, and how a
document is read (ADR 0017).

Stays true:
  * Executed is the very version that was compared: if the item has changed since, nothing is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gateway.core.errors import Conflict, Forbidden, NotFound
from gateway.core.proposal import ActUnknown, BasisChanged
from gateway.core.record import canonical
from gateway.flow.acts import Act
from gateway.flow.configure import ItemFile, Plan, checked_alone, put_item
from gateway.flow.exchange import Exchange
from gateway.flow.identify import Person
from gateway.flow.ports import UnitOfWork
from gateway.flow.preview import Preview, preview
from gateway.flow.rows import ItemRow
from gateway.flow.rows_people import ProposalRow
from gateway.flow.two_people import Body, TwoPeopleAct
from keys.suite import digest
from schemas.items import KINDS

BY_FILE_ONLY: Final = frozenset(
    {"organisation", "client", "person", "source", "goaml_dialect", "partner"}
)
_LAST_MS: Final = 253_402_300_799_999  # the end of year 9999: what is later is no date
_MEMBERS: Final = frozenset({"change", "kind", "name", "body", "valid_from", "valid_until"})


class OfAFile(Conflict):
    """The item is declared in a file: it is changed there."""

    code = "of-a-file"
    advice = "Change the file and apply the folder; a preview shows what that would do."


class NamesOthers(Conflict):
    """The item says that two people stand behind it, and they are not the two who settle it."""

    code = "names-others"
    advice = "Its member `by` names who proposes it and who approves it."


class StillRead(Conflict):
    """Sources are read by this mapping, so it cannot end."""

    code = "still-read"
    advice = "Let these sources be read by another adapter first."


def _complete(asked: Body, person: Person, exchange: Exchange) -> Body:
    body = _shaped(asked)
    with exchange.store.reading() as work:
        before = _newest(body["kind"], body["name"], work)
        if before is not None and before.state == "active" and before.origin == "file":
            raise OfAFile
        if body["change"] == "end" and (before is None or before.state != "active"):
            raise NotFound
        row = before
        if row is None or body["change"] == "apply":
            dates = body["valid_from"], body["valid_until"]
            file = ItemFile(body["kind"], body["name"], body["body"], *dates)
            row = checked_alone(file, work, exchange)
        _demand_free(body, person.org, work)
    _demand_own(row, before, person)
    basis = before.version if before else 0
    # Completed: what a schema fills in, or keeps a digest of, is what both people read.
    return {**body, "body": dict(row.body), "basis": basis}


def _shaped(asked: Body) -> dict[str, Any]:
    if set(asked) - _MEMBERS or not {"change", "kind", "name"} <= set(asked):
        raise ActUnknown(f"the members are {', '.join(sorted(_MEMBERS))}")
    if asked["change"] not in ("apply", "end") or asked["kind"] not in KINDS.keys() - BY_FILE_ONLY:
        raise ActUnknown(f"apply or end, of {', '.join(sorted(KINDS.keys() - BY_FILE_ONLY))}")
    dates = [asked.get("valid_from"), asked.get("valid_until")]
    body = asked.get("body", {})
    if not isinstance(body, Mapping) or not isinstance(asked["name"], str):
        raise ActUnknown("name is a text, body an object")
    if not all(one is None or (type(one) is int and 0 <= one <= _LAST_MS) for one in dates):
        raise ActUnknown("valid_from and valid_until are milliseconds since 1970, or null")
    return {
        "change": asked["change"],
        "kind": asked["kind"],
        "name": asked["name"],
        "body": dict(body),
        "valid_from": dates[0],
        "valid_until": dates[1],
    }


def _newest(kind: str, name: str, work: UnitOfWork) -> ItemRow | None:
    return next((row for row in work.config.items(kind) if row.name == name), None)


def _made(body: Body, before: ItemRow | None) -> ItemRow:
    """Return the row that a complete body makes. Raises BasisChanged if what would end is gone."""
    if body["change"] == "end":
        if before is None or before.state != "active":
            raise BasisChanged
        return replace(before, state="ended", approved_by=())
    return ItemRow(
        kind=body["kind"],
        name=body["name"],
        version=0,
        change=0,
        body=body["body"],
        digest=digest(canonical([body["body"], body["valid_from"], body["valid_until"]])),
        origin="database",
        state="active",
        valid_from=body["valid_from"],
        valid_until=body["valid_until"],
    )


def _demand_own(row: ItemRow, before: ItemRow | None, person: Person) -> None:
    """A consent is its originator's alone: nobody else gives or ends it."""
    if row.kind != "consent":
        return
    for one in (row, before):
        if one is not None and one.body.get("originator") != person.org:
            raise Forbidden("a consent is given and ended by its originator")


def _demand_free(body: Body, org: str, work: UnitOfWork) -> None:
    """Raise unless nobody but this organisation is read by a mapping; if it ends, nobody at all."""
    if body["kind"] != "mapping":
        return
    adapter = f"mapping:{body['name']}"
    using = {
        str(item.body["org"])
        for item in work.config.active("source")
        if str(item.body["adapter"]) == adapter
    }
    if using - {org}:
        raise Forbidden("sources of another organisation are read by this mapping")
    if using and body["change"] == "end":
        raise StillRead


def _execute(row: ProposalRow, _: Exchange) -> Callable[[UnitOfWork], Sequence[Act]]:
    by = (row.proposer, str(row.approver))
    named = row.body["body"].get("by")
    if row.body["change"] == "apply" and named is not None and set(named) != set(by):
        raise NamesOthers

    def commit(work: UnitOfWork) -> Sequence[Act]:
        before = _newest(row.body["kind"], row.body["name"], work)
        if (before.version if before else 0) != row.body["basis"]:
            raise BasisChanged
        _demand_free(row.body, row.org, work)
        return [put_item(_made(row.body, before), by, work)]

    return commit


def preview_of(row: ProposalRow, exchange: Exchange, *, last: int) -> Preview:
    """Return what a proposed change would do to the newest records of its organisation.

    Raises ActUnknown for a proposal of another act.
    """
    if row.act != "configure":
        raise ActUnknown("only a change of configuration has a preview")
    return _previewed(row.body, row.org, exchange, last)


def preview_asked(asked: Body, person: Person, exchange: Exchange, *, last: int) -> Preview:
    """Return what a change would do that nobody has proposed yet. Raises as proposing it does."""
    return _previewed(_complete(asked, person, exchange), person.org, exchange, last)


def _previewed(body: Body, org: str, exchange: Exchange, last: int) -> Preview:
    with exchange.store.reading() as work:
        made = _made(body, _newest(body["kind"], body["name"], work))
    plan = Plan(ended=(made,)) if made.state == "ended" else Plan(changed=(made,))
    return preview(plan, exchange, org=org, last=last)


CONFIGURE: Final = TwoPeopleAct(complete=_complete, execute=_execute)
