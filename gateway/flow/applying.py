"""What a believed envelope does here, by its kind: laid out first, written in one commit.

Steps (18) to (20) for records and notices; verdicts and voids of the partner about what we sent. A
fault here is a verdict on one record and stops no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.core import policy
from gateway.core.arrived import ArrivedInvalid, claimed_id, parse_arrived
from gateway.core.bodies import CardNotice, Texts, VerdictItem, Verdicts, VoidItem, Voids
from gateway.core.envelope import Believed
from gateway.core.errors import StaleDecision
from gateway.core.facts import Facts
from gateway.core.guard import inspect_strings
from gateway.core.ids import OrgId, RecordId
from gateway.core.notice import NoticeMalformed, parse
from gateway.core.record import Record
from gateway.core.statement import EvidenceRefused
from gateway.flow.acts import Act
from gateway.flow.arriving_notices import RESTRICTED, Came, Known, Taken, let_work, repeat, take
from gateway.flow.arriving_records import Accepted, Kept, keep_rows
from gateway.flow.asked import QUESTIONS, arrived
from gateway.flow.configuration import Configuration
from gateway.flow.consented import take_effect
from gateway.flow.deciding import ALWAYS_BACK
from gateway.flow.exchange import Exchange
from gateway.flow.hearing import hear
from gateway.flow.linking import brings_back
from gateway.flow.origin import origin_of
from gateway.flow.ports import UnitOfWork
from gateway.flow.rows import (
    ArrivalRow,
    DataKey,
    InboxRow,
    LinkRow,
    RecordRow,
    VerdictRow,
)
from gateway.flow.rows_after import ClaimRow, EvidenceRow
from gateway.flow.take_in import VOIDED
from gateway.flow.whose import ANOTHER_SENDER, claim, sort_out
from keys.suite import digest


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
    evidence: list[EvidenceRow] = field(default_factory=list)
    claims: list[ClaimRow] = field(default_factory=list)  # on ids that are another's
    taken: list[Taken] = field(default_factory=list)  # notices, in the order they came
    repeated: list[tuple[str, str]] = field(default_factory=list)  # notices that we know already
    voids: Sequence[VoidItem] = ()
    acts: list[Act] = field(default_factory=list)
    fresh: list[Fresh] = field(default_factory=list)

    def write(self, work: UnitOfWork, exchange: Exchange) -> None:
        """Write all of it. Raises Conflict, StaleDecision if a record came in by another way."""
        partner = self.arrival.partner
        authors = {row.id: row.from_partner for row in self.records}
        held = work.records.newest(list(authors)).values()
        if any(row.from_partner != authors[row.id] for row in held):
            raise StaleDecision("a record came in from another partner meanwhile")
        for record, version in self.superseded:
            work.records.set_state(record, version, "superseded")
        work.records.add(data_keys=self.data_keys, records=self.records, links=self.links)
        work.arrivals.add_inbox(self.inbox)
        work.envelopes.add_verdicts(self.verdicts)
        work.follow.add_evidence(self.evidence)
        work.follow.add_claims(self.claims)
        for taken in self.taken:
            self.acts += taken.write(work, exchange)
        for notice in work.notices.get(self.repeated):
            repeat(notice, self.arrival, work, exchange)
        for one in self.fresh:
            self.acts += _answered(one, self, work, exchange)
        for item in self.heard:
            self.acts += hear(item, partner, work, exchange)
        for void in self.voids:
            _fill(void, self.arrival, work, exchange)

    def take_in(self, kept: Kept) -> None:
        """Add the rows of the records that this envelope brought."""
        self.data_keys += kept.data_keys
        self.records += kept.records
        self.links += kept.links
        self.evidence += kept.evidence
        self.acts += kept.acts

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
    elif isinstance(body, Texts):
        _consider_notices(believed, effects, configuration, exchange)
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
    accepted: list[Accepted] = []
    for text in believed.texts:
        try:
            author, proof = origin_of(text, believed.evidence, partner, configuration)  # (18)
            record = parse_arrived(text, OrgId(author))  # (19)
        except EvidenceRefused:
            effects.say("rejected", "evidence", *claimed_id(text), exchange)
            continue
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
                returning=bool(brings_back([record], exchange)),
                agreement=believed.statement.agr,
                purpose=believed.statement.pur,
            ),
            exchange.now_ms(),
        )
        if decision.inbox == "rejected":
            effects.say("rejected", decision.rule, record.id, record.version, exchange)
        else:
            held_by = decision.rule if decision.inbox == "held" else None
            accepted.append(Accepted(record, text, decision.inbox, author, proof, held_by))
            if held_by is not None:
                effects.say("held", held_by, record.id, record.version, exchange)
    _keep(accepted, effects, configuration, exchange)


def _origins(record: Record, exchange: Exchange) -> dict[RecordId, str]:
    """Return where the records come from that an outcome is about: ours may be told of always."""
    if record.type != ALWAYS_BACK:
        return {}
    with exchange.store.reading() as work:
        rows = work.records.newest(list(record.body.get("derived_from") or ()))
    return {RecordId(id_): row.from_partner or "" for id_, row in rows.items()}


def _keep(
    accepted: Sequence[Accepted],
    effects: Effects,
    configuration: Configuration,
    exchange: Exchange,
) -> None:
    known = Known.about([one.record.id for one in accepted], [], exchange)
    found = sort_out(accepted, known)
    for one in found.foreign:
        # Whoever else has seen an id could write it, and bury the record that bears it.
        effects.say("rejected", ANOTHER_SENDER, one.record.id, one.record.version, exchange)
        effects.claims.append(claim(one, found, exchange.now_ms()))
    for one in found.duplicates:
        effects.say("duplicate", None, one.record.id, one.record.version, exchange)
    effects.superseded += found.superseded
    kept = keep_rows(found.fresh, known, effects.arrival, exchange)
    effects.take_in(kept)
    # All versions first: a notice that waited finds them as they will be when it is written.
    known.take_in(kept.records, found.superseded)
    for one, row in zip(found.fresh, kept.records, strict=True):
        _hand_in(one, row, known, effects, configuration, exchange)


def _hand_in(
    one: Accepted,
    row: RecordRow,
    known: Known,
    effects: Effects,
    configuration: Configuration,
    exchange: Exchange,
) -> None:
    """Put a record into the inboxes, and let the notices work that waited for it."""
    record = one.record
    clients = clients_for(record, configuration)
    if row.data_key is None:
        effects.say("erased", None, record.id, record.version, exchange)
        clients = []
    held_back = row.state == RESTRICTED and one.state == "waiting"
    effects.inbox += [
        InboxRow(
            client=client,
            record=record.id,
            version=record.version,
            partner=effects.arrival.partner,
            state="held" if held_back else one.state,
            code=RESTRICTED if held_back else one.held_by,
            ep=effects.arrival.ep,
            seq=effects.arrival.seq,
        )
        for client in clients
    ]
    if row.data_key is not None:
        state = "held" if held_back else one.state
        effects.fresh.append(Fresh(record, state, _orgs(clients, configuration)))
    effects.taken += let_work(one.author, row, known, exchange)


def _consider_notices(
    believed: Believed, effects: Effects, configuration: Configuration, exchange: Exchange
) -> None:
    arrival = effects.arrival
    came: list[Came] = []
    for text in believed.texts:
        try:
            author, proof = origin_of(text, believed.evidence, arrival.partner, configuration)
            said = parse(text)
        except EvidenceRefused:
            effects.say("rejected", "evidence", None, None, exchange)
        except NoticeMalformed:
            effects.say("cannot", "notice", None, None, exchange)
        else:
            proof = proof or EvidenceRow(author, digest(text), believed.line)
            came.append(Came(said, text, author, proof))
    known = Known.about([one.said.record for one in came], [one.key for one in came], exchange)
    for one in came:
        before = known.by_key.get(one.key)
        if before is not None:
            effects.repeated.append(before.key)
            continue
        taken = take(one, arrival, known, exchange)
        if isinstance(taken, str):
            effects.say("rejected", taken, one.said.id, one.said.version, exchange)
        else:
            known.learn(taken)
            effects.taken.append(taken)


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
