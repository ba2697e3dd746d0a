"""What a believed envelope does here, by its kind: laid out first, written in one commit.

Steps (18) to (20) for records; verdicts and voids of the partner about what we sent. A fault here
is a verdict on one record and stops no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.core import policy
from gateway.core.arrived import ArrivedInvalid, claimed_id, parse_arrived
from gateway.core.bodies import CardNotice, Texts, VerdictItem, Verdicts, VoidItem, Voids
from gateway.core.envelope import Believed
from gateway.core.errors import StaleDecision
from gateway.core.facts import Facts
from gateway.core.guard import inspect_strings
from gateway.core.ids import OrgId, RecordId
from gateway.core.lifecycle import VERDICT_EVENT, may, step
from gateway.core.record import Record
from gateway.flow.acts import Act
from gateway.flow.asked import QUESTIONS, arrived
from gateway.flow.booking import link_rows
from gateway.flow.configuration import Configuration
from gateway.flow.consented import take_effect
from gateway.flow.deciding import ALWAYS_BACK
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import (
    ArrivalRow,
    DataKey,
    InboxRow,
    LinkRow,
    RecordRow,
    ReleaseRow,
    VerdictRow,
)
from gateway.flow.take_in import VOIDED
from gateway.flow.vault import TEXT, Closing
from keys.suite import digest

ANOTHER_SENDER: Final = "another-sender"  # the id is that of a record which another brought


@dataclass(frozen=True, slots=True)
class Fresh:
    """A record that is new here, and the organisations of ours that it is for."""

    record: Record
    state: str  # of its inbox entries
    orgs: tuple[str, ...]


@dataclass(slots=True)
class Effects:
    """All that the commit of one opened envelope writes, beside arrival, channel and receipt."""

    epoch: int
    arrival: ArrivalRow
    data_keys: list[DataKey] = field(default_factory=list)
    records: list[RecordRow] = field(default_factory=list)
    links: list[LinkRow] = field(default_factory=list)
    inbox: list[InboxRow] = field(default_factory=list)
    verdicts: list[VerdictRow] = field(default_factory=list)  # ours, still to be sealed
    superseded: list[tuple[str, int]] = field(default_factory=list)
    heard: Sequence[VerdictItem] = ()  # theirs
    voids: Sequence[VoidItem] = ()
    acts: list[Act] = field(default_factory=list)
    fresh: list[Fresh] = field(default_factory=list)

    def write(self, work: UnitOfWork, exchange: Exchange) -> None:
        """Write all of it. Raises Conflict, StaleDecision if a record came in by another way."""
        partner = self.arrival.partner
        held = work.records.newest([row.id for row in self.records]).values()
        if any(row.from_partner != partner for row in held):
            raise StaleDecision("a record came in from another partner meanwhile")
        for record, version in self.superseded:
            work.records.set_state(record, version, "superseded")
        work.records.add(data_keys=self.data_keys, records=self.records, links=self.links)
        work.arrivals.add_inbox(self.inbox)
        work.envelopes.add_verdicts(self.verdicts)
        for one in self.fresh:
            self.acts += _answered(one, self, work, exchange)
        for item in self.heard:
            self.acts += _hear(item, partner, exchange.now_ms(), work)
        for void in self.voids:
            _fill(void, self.arrival, work, exchange)

    def say(
        self,
        state: str,
        code: str | None,
        record: str | None,
        version: int | None,
        exchange: Exchange,
    ) -> None:
        """Add a verdict of ours on one record, or (no record) on the whole statement."""
        self.verdicts.append(
            VerdictRow(
                id=exchange.new_id(),
                partner=self.arrival.partner,
                ep=self.arrival.ep,
                seq=self.arrival.seq,
                record=record,
                version=version,
                state=state,
                code=code,
            )
        )
        self.acts.append(
            (
                "taken",
                {
                    "partner": self.arrival.partner,
                    "record": record,
                    "version": version,
                    "state": state,
                    "code": code,
                },
            )
        )


def consider(
    believed: Believed, arrival: ArrivalRow, configuration: Configuration, exchange: Exchange
) -> Effects:
    """Return what this envelope does. Reads; writes nothing."""
    effects = Effects(epoch=configuration.epoch, arrival=arrival)
    body = believed.statement.body
    if isinstance(body, Texts) and believed.statement.kind == "records":
        _consider_records(believed, effects, configuration, exchange)
    elif isinstance(body, Verdicts):
        effects.heard = body.items
    elif isinstance(body, Voids):
        effects.voids = body.items
    elif isinstance(body, CardNotice):
        _consider_card(body, effects, configuration, exchange)
    else:  # what this gateway does not know is answered honestly
        effects.say("cannot", "kind", None, None, exchange)
    return effects


def _consider_card(
    body: CardNotice, effects: Effects, configuration: Configuration, exchange: Exchange
) -> None:
    """Apply a card that we hold already; another one waits for a person."""
    if body.card == configuration.partners[effects.arrival.partner].card:
        effects.say("applied", None, None, None, exchange)
    else:
        effects.say("held", "card-needs-confirmation", None, None, exchange)


def _consider_records(
    believed: Believed, effects: Effects, configuration: Configuration, exchange: Exchange
) -> None:
    partner = effects.arrival.partner
    accepted: list[tuple[Record, bytes, str]] = []
    for text in believed.texts:
        try:
            record = parse_arrived(text, OrgId(partner))  # (19)
        except ArrivedInvalid as invalid:
            code = invalid.faults[0].code if invalid.faults else "schema"
            state = "cannot" if code == "schema-unknown" else "rejected"
            effects.say(state, code, *claimed_id(text), exchange)
            continue
        decision = policy.decide_in(  # (20)
            record,
            configuration.recipients[partner],
            Facts(
                epoch=configuration.epoch,
                provider_known=True,  # both signatures were verified at (12)
                schema_faults=(),
                imagery=tuple(found.pointer for found in inspect_strings(dict(record.body))),
                agreements=configuration.covering(partner),
                origins=_origins(record, exchange),
                agreement=believed.statement.agr,
                purpose=believed.statement.pur,
            ),
            exchange.now_ms(),
        )
        if decision.inbox == "rejected":
            effects.say("rejected", decision.rule, record.id, record.version, exchange)
        else:
            accepted.append((record, text, decision.inbox))
            if decision.inbox == "held":
                effects.say("held", decision.rule, record.id, record.version, exchange)
    _keep(accepted, effects, configuration, exchange)


def _origins(record: Record, exchange: Exchange) -> dict[RecordId, str]:
    """Return where the records come from that an outcome is about: ours may be told of always."""
    if record.type != ALWAYS_BACK:
        return {}
    with exchange.store.reading() as work:
        rows = work.records.newest(list(record.body.get("derived_from") or ()))
    return {RecordId(id_): row.from_partner or "" for id_, row in rows.items()}


def _keep(
    accepted: Sequence[tuple[Record, bytes, str]],
    effects: Effects,
    configuration: Configuration,
    exchange: Exchange,
) -> None:
    with exchange.store.reading() as work:
        newest = dict(work.records.newest([record.id for record, _, _ in accepted]))
    fresh: list[tuple[Record, bytes, str]] = []
    seen: set[tuple[str, int]] = set()
    for record, text, state in accepted:
        held = newest.get(record.id)
        if held is not None and held.from_partner != effects.arrival.partner:
            # Whoever else has seen an id could write it, and bury the record that bears it.
            effects.say("rejected", ANOTHER_SENDER, record.id, record.version, exchange)
            continue
        known = held is not None and held.version >= record.version
        if known or (record.id, record.version) in seen:
            effects.say("duplicate", None, record.id, record.version, exchange)
            continue
        if held is not None and held.state == "current":
            effects.superseded.append((held.id, held.version))
        seen.add((record.id, record.version))
        fresh.append((record, text, state))
    _close(fresh, effects, exchange)
    for record, _, state in fresh:
        clients = clients_for(record, configuration)
        effects.fresh.append(Fresh(record, state, _orgs(clients, configuration)))
        for client in clients:
            effects.inbox.append(
                InboxRow(
                    client=client,
                    record=record.id,
                    version=record.version,
                    partner=effects.arrival.partner,
                    state=state,
                    ep=effects.arrival.ep,
                    seq=effects.arrival.seq,
                )
            )


def _close(
    fresh: Sequence[tuple[Record, bytes, str]], effects: Effects, exchange: Exchange
) -> None:
    arrival = effects.arrival
    keys = [exchange.new_id() for _ in fresh]
    sealed, effects.data_keys = exchange.vault.close(
        arrival.partner,
        [
            Closing(data_key=key, table=TEXT, id=record.id, version=record.version, plaintext=text)
            for (record, text, _), key in zip(fresh, keys, strict=True)
        ],
    )
    ref_tags = exchange.vault.tags(
        "ref", [f"{arrival.partner}\x1f\x1f{record.id}".encode() for record, _, _ in fresh]
    )
    now = exchange.now_ms()
    for place, (record, text, _) in enumerate(fresh):
        effects.records.append(
            RecordRow(
                id=record.id,
                version=record.version,
                org=arrival.partner,
                from_partner=arrival.partner,
                type=record.type,
                schema=str(record.body["schema"]),
                source="",
                ref_tag=ref_tags[place],
                content_tag="",
                sha256=digest(text),
                urgency=record.urgency,
                text=sealed[place],
                trail=None,
                data_key=keys[place],
                original=None,
                statement=arrival.id,
                state="current",
                received_at=now,
            )
        )
        effects.acts.append(
            (
                "received",
                {
                    "partner": arrival.partner,
                    "record": record.id,
                    "version": record.version,
                    "rendition": digest(text),
                },
            )
        )
    effects.links = link_rows([record for record, _, _ in fresh], exchange)


def _orgs(clients: Sequence[str], configuration: Configuration) -> tuple[str, ...]:
    """Return whose clients these are; where nobody listens, the only organisation there is."""
    orgs = sorted({str(configuration.clients[client]["org"]) for client in clients})
    if not orgs and len(configuration.organisations) == 1:
        orgs = list(configuration.organisations)
    return tuple(orgs)


def _answered(one: Fresh, effects: Effects, work: UnitOfWork, exchange: Exchange) -> list[Act]:
    """Let clocks start or end by this record; what is held answers and allows nothing yet."""
    if one.state == "held" and one.record.type not in QUESTIONS:
        return []
    partner = effects.arrival.partner
    acts = arrived(one.record, partner, one.orgs, effects.links, work, exchange)
    if one.record.type == "consent":
        acts += take_effect(one.record, partner, work, exchange)
    return acts


def clients_for(record: Record, configuration: Configuration) -> list[str]:
    """Return the national systems that get this record.

    Those of the client routes that select it; without any such route, every client with the
    scope `inbox`.
    """
    listening = {name for name, body in configuration.clients.items() if "inbox" in body["scopes"]}
    if not configuration.client_routes:
        return sorted(listening)
    chosen = {
        client
        for route, clients in configuration.client_routes
        if policy.selects(route, record)
        for client in clients
    }
    return sorted(chosen & listening)


def _hear(item: VerdictItem, partner: str, now: int, work: UnitOfWork) -> list[Act]:
    """Apply one verdict of the partner to our release of that record."""
    event = VERDICT_EVENT[item.state]
    act: Act = (
        "verdict",
        {
            "partner": partner,
            "record": item.id,
            "version": item.version,
            "state": item.state,
            "code": item.code,
        },
    )
    if item.id is None:
        return [act]
    for release in work.releases.of_record(item.id):
        if release.partner != partner or release.version != item.version or release.notice:
            continue
        moved = _moved(release, item, event, now)
        if moved is not None:
            work.releases.replace([moved], expect=release.state)
    return [act]


def _moved(
    release: ReleaseRow, item: VerdictItem, event: str | None, now: int
) -> ReleaseRow | None:
    state = release.state
    if state == "sealed":  # the verdict overtook its receipt
        state = step("release", state, "receipt")
    if event is not None and may("release", state, event):
        state = step("release", state, event)
    elif state not in ("accepted", "rejected", "parked", "stored", "gone"):
        return None
    return replace(
        release,
        state=state,
        verdict=item.state,
        verdict_at=now,
        code=item.code or release.code,
    )


def _fill(void: VoidItem, arrival: ArrivalRow, work: UnitOfWork, exchange: Exchange) -> None:
    """Count a voided place as filled: nothing more is taken for it.

    A void undoes nothing that is held already: an envelope opened before stays opened.
    """
    if work.arrivals.at_place(arrival.partner, arrival.ep, void.seq) is not None:
        return
    row = ArrivalRow(
        id=exchange.new_id(),
        partner=arrival.partner,
        digest=void.digest,
        ep=arrival.ep,
        seq=void.seq,
        wire=None,
        state="opened",
        arrived_at=exchange.now_ms(),
        size=0,
        step=VOIDED,
    )
    if work.arrivals.add(row):
        return
    waiting = work.arrivals.by_digest(arrival.partner, void.digest)
    if waiting is not None:  # it had arrived and waits, or was refused: now it never opens
        work.arrivals.replace(replace(row, id=waiting.id), expect=waiting.state)
