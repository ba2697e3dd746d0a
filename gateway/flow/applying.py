"""What a believed envelope does here, by its kind: laid out first, written in one commit.

Steps (18) to (20) for records and notices; verdicts and voids of the partner about what we sent. A
fault here is a verdict on one record and stops no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.core import inward, policy
from gateway.core.arrived import ArrivedInvalid, claimed_id, parse_arrived
from gateway.core.bodies import (
    CardNotice,
    FurtherHolders,
    FurtherItem,
    Texts,
    VerdictItem,
    Verdicts,
    VoidItem,
    Voids,
)
from gateway.core.envelope import Believed
from gateway.core.errors import StaleDecision
from gateway.core.facts import Facts
from gateway.core.guard import inspect_strings
from gateway.core.ids import OrgId
from gateway.core.notice import Notice, NoticeMalformed, parse
from gateway.core.record import Record
from gateway.core.statement import EvidenceRefused, Statement
from gateway.flow.acts import Act
from gateway.flow.arriving_notices import (
    Came,
    Known,
    Taken,
    let_work,
    repeat,
    take,
)
from gateway.flow.arriving_records import Accepted, Kept, keep_rows
from gateway.flow.as_asked import question_of
from gateway.flow.asked import QUESTIONS, Arrived, arrived
from gateway.flow.card_news import NewCard, consider_card
from gateway.flow.client_routes import clients_for, orgs_of
from gateway.flow.configuration import Configuration
from gateway.flow.consented import take_effect
from gateway.flow.directly import (
    Direct,
    now_direct,
    taken_anew,
    write_all,
)
from gateway.flow.exchange import Exchange
from gateway.flow.former import ANOTHER_SENDER
from gateway.flow.further_heard import hear_further
from gateway.flow.hearing import hear
from gateway.flow.linking import brings_back
from gateway.flow.origin import Evidence, origin_of, origins_of
from gateway.flow.own_systems import RESTRICTED
from gateway.flow.ports import UnitOfWork
from gateway.flow.reporting import unheld
from gateway.flow.revoked import is_revoked
from gateway.flow.rows import ArrivalRow, DataKey, InboxRow, LinkRow, RecordRow, VerdictRow
from gateway.flow.rows_after import ClaimRow, EvidenceRow, NoticeRow
from gateway.flow.voids import fill
from gateway.flow.whose import claim, sort_out
from keys.suite import digest

ORIGINATOR_REVOKED: Final = "originator-revoked"  # it comes round by another what we refuse
NOT_ITS_OWN: Final = "not-originator"  # in our ledger alone: who may not know asks in vain


@dataclass(frozen=True, slots=True)
class Fresh:
    """A record that is new here, and the organisations of ours that it is for."""

    record: Record
    author: str  # whose word it is, whoever brought it
    question: Record | None  # ours that it answers, if it is a consent
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
    direct: list[Direct] = field(default_factory=list)  # copies by other hands until now
    over: list[NoticeRow] = field(default_factory=list)  # recalls after which a record comes back
    heard: Sequence[VerdictItem] = ()  # theirs
    further: Sequence[FurtherItem] = ()  # of those who have it by their hands
    evidence: list[EvidenceRow] = field(default_factory=list)
    claims: list[ClaimRow] = field(default_factory=list)  # on ids that are another's
    taken: list[Taken] = field(default_factory=list)  # notices, in the order they came
    repeated: list[tuple[str, str]] = field(default_factory=list)  # notices that we know already
    voids: Sequence[VoidItem] = ()
    card: NewCard | None = None
    acts: list[Act] = field(default_factory=list)
    fresh: list[Fresh] = field(default_factory=list)

    def write(self, work: UnitOfWork, exchange: Exchange) -> None:
        """Write all of it. Raises Conflict, StaleDecision if a record came in by another way."""
        partner = self.arrival.partner
        self._write_records(work)
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
        self.acts += hear_further(self.further, self.arrival, work, exchange)
        for void in self.voids:
            fill(void, self.arrival, work, exchange)
        if self.card is not None:
            self.acts.append(self.card.write(work))

    def _write_records(self, work: UnitOfWork) -> None:
        authors = {row.id: row.from_partner for row in self.records}
        held = work.records.newest(list(authors)).values()
        if any(row.from_partner != authors[row.id] for row in held):
            raise StaleDecision("a record came in from another partner meanwhile")
        work.records.add(data_keys=self.data_keys)
        work.notices.move(self.over, "ended")
        write_all(self.direct, work)
        for record, version in self.superseded:
            work.records.set_state(record, version, "superseded")
        work.records.add(records=self.records, links=self.links)
        if self.direct:
            work.arrivals.drop_withdrawn(self.inbox)  # national systems may have it again
        work.arrivals.add_inbox(self.inbox)

    def take_in(self, kept: Kept, known: Known) -> None:
        """Add the rows of the records that this envelope brought."""
        self.data_keys += kept.data_keys
        for row in kept.records:
            if any(row.version == one.version for one in known.versions[row.id]):
                self.direct.append(taken_anew(row, known))
            else:
                self.records.append(row)
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
        self._answer(state, code, record, version, exchange)
        self._note(state, code, record, version)

    def ignore(self, said: Notice, exchange: Exchange) -> None:
        """Answer a notice about another's record like one about what is not held here.

        Anything else would tell whoever tries an id whether we hold the record.
        """
        self._answer(*unheld(said.kind, said.person), said.id, said.version, exchange)
        self._note("rejected", NOT_ITS_OWN, said.id, said.version)

    def _answer(
        self,
        state: str,
        code: str | None,
        record: str | None,
        version: int | None,
        exchange: Exchange,
    ) -> None:
        arrival = self.arrival
        self.verdicts.append(
            VerdictRow(
                id=exchange.new_id(),
                partner=arrival.partner,
                ep=arrival.ep,
                seq=arrival.seq,
                record=record,
                version=version,
                state=state,
                code=code,
            )
        )

    def _note(self, state: str, code: str | None, record: str | None, version: int | None) -> None:
        fields = {"partner": self.arrival.partner, "record": record, "version": version}
        self.acts.append(("taken", {**fields, "state": state, "code": code}))


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
    elif isinstance(body, FurtherHolders):
        effects.further = body.items
    elif isinstance(body, Voids):
        # Only what was sealed before can be voided: places ahead would only make gaps.
        effects.voids = [item for item in body.items if item.seq < arrival.seq]
    elif isinstance(body, CardNotice):
        consider_card(body, effects, configuration, exchange)
    else:  # what this gateway does not know is answered honestly
        effects.say("cannot", "kind", None, None, exchange)
    return effects


def _consider_records(
    believed: Believed, effects: Effects, configuration: Configuration, exchange: Exchange
) -> None:
    partner, own = effects.arrival.partner, exchange.own.id
    evidence = Evidence.read(believed.evidence)
    accepted: list[Accepted] = []
    for text in believed.texts:
        try:
            origin = origin_of(text, evidence, partner, own, configuration)  # (18)
            record = parse_arrived(text, OrgId(origin.author))  # (19)
        except EvidenceRefused:
            effects.say("rejected", "evidence", *claimed_id(text), exchange)
            continue
        except ArrivedInvalid as invalid:
            code = invalid.faults[0].code if invalid.faults else "schema"
            state = "cannot" if code == "schema-unknown" else "rejected"
            effects.say(state, code, *claimed_id(text), exchange)
            continue
        if is_revoked(origin.author, configuration):
            effects.say("rejected", ORIGINATOR_REVOKED, record.id, record.version, exchange)
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
                origins=origins_of(record, partner, exchange),
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
            accepted.append(Accepted(record, text, decision.inbox, origin, held_by))
            if held_by is not None:
                effects.say("held", held_by, record.id, record.version, exchange)
    _keep(accepted, believed.statement, effects, configuration, exchange)


def _keep(
    accepted: Sequence[Accepted],
    statement: Statement,
    effects: Effects,
    configuration: Configuration,
    exchange: Exchange,
) -> None:
    known = Known.about([one.record.id for one in accepted], [], exchange)
    found = sort_out(accepted, statement.iat, known)
    effects.over += found.over
    for one in found.foreign:
        # Whoever else has seen an id could write it, and bury the record that bears it.
        effects.say("rejected", ANOTHER_SENDER, one.record.id, one.record.version, exchange)
        effects.claims.append(claim(one, found, exchange.now_ms()))
    for one in found.duplicates:
        effects.say("duplicate", None, one.record.id, one.record.version, exchange)
    effects.direct += [now_direct(copy, effects.arrival, known, exchange) for copy in found.direct]
    effects.superseded += found.superseded
    kept = keep_rows(found.fresh, known, effects.arrival, exchange)
    effects.take_in(kept, known)
    # All versions first: a notice that waited finds them as they will be when it is written.
    known.take_in(kept.records, found.superseded)
    came = inward.Came(
        partner=effects.arrival.partner, agreement=statement.agr, now_ms=exchange.now_ms()
    )
    for one, row in zip(found.fresh, kept.records, strict=True):
        clients = clients_for(one.record, came, configuration)
        _hand_in(one, row, clients, known, effects, configuration, exchange)


def _hand_in(
    one: Accepted,
    row: RecordRow,
    clients: list[str],
    known: Known,
    effects: Effects,
    configuration: Configuration,
    exchange: Exchange,
) -> None:
    """Put a record into the inboxes, and let the notices work that waited for it."""
    record = one.record
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
        orgs = orgs_of(clients, configuration)
        effects.fresh.append(Fresh(record, one.author, question_of(record, exchange), state, orgs))
    is_back = any((row.id, row.version) == key for direct in effects.direct for key in direct.anew)
    effects.taken += let_work(one.author, row, known, exchange, is_back=is_back)


def _consider_notices(
    believed: Believed, effects: Effects, configuration: Configuration, exchange: Exchange
) -> None:
    came = _came(believed, effects, configuration, exchange)
    known = Known.about([one.said.record for one in came], [one.key for one in came], exchange)
    for one in came:
        done = take(one, effects.arrival, known, exchange)
        if done is None:
            effects.ignore(one.said, exchange)
        elif isinstance(done, NoticeRow):
            effects.repeated.append(done.key)
        else:
            known.learn(done)
            effects.taken.append(done)


def _came(
    believed: Believed, effects: Effects, configuration: Configuration, exchange: Exchange
) -> list[Came]:
    """Return the notices that can be read and are proven."""
    came = []
    sender, own = effects.arrival.partner, exchange.own.id
    evidence = Evidence.read(believed.evidence)
    for text in believed.texts:
        try:
            origin = origin_of(text, evidence, sender, own, configuration)
            said = parse(text)
        except EvidenceRefused:
            effects.say("rejected", "evidence", None, None, exchange)
        except NoticeMalformed:
            effects.say("cannot", "notice", None, None, exchange)
        else:
            proof = origin.proof or EvidenceRow(origin.author, digest(text), believed.line)
            came.append(Came(said, text, origin.author, proof, origin.via))
    return came


def _answered(one: Fresh, effects: Effects, work: UnitOfWork, exchange: Exchange) -> list[Act]:
    """Let clocks start or end by this record; what is held answers and allows nothing yet."""
    if one.state == "held" and one.record.type not in QUESTIONS:
        return []
    came = Arrived(one.record, one.author, effects.arrival.partner)
    acts = arrived(came, one.orgs, effects.links, work, exchange)
    if one.record.type == "consent":
        acts += take_effect(one.record, one.author, one.question, work, exchange)
    return acts
