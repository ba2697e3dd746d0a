"""What a partner's notice does here: laid out first, written in the commit of its envelope.

Owns who may give a notice about what, when it works, and who else is told: the national systems
that have the record, and the partners it was passed on to. Leaves to others: what it does to the
record (aftermath), what we answer (reporting).

Stays true:
  * A notice works once, whoever brings it and however often.
  * One that comes before its record waits for it; what it removes is then not taken in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.core.lifecycle import may, step
from gateway.core.notice import EVIDENCE, STANDING, Notice
from gateway.flow.acts import Act
from gateway.flow.aftermath import Aftermath, aftermath, standing
from gateway.flow.consented import end_of
from gateway.flow.exchange import Exchange
from gateway.flow.ports import UnitOfWork
from gateway.flow.promotion import follow
from gateway.flow.reporting import report, say
from gateway.flow.rows import ArrivalRow, DataKey, InboxRow, RecordRow
from gateway.flow.rows_after import EvidenceRow, InboxNoticeRow, NoticeRow
from gateway.flow.telling import is_outdated, replaced_by, stop, tell
from gateway.flow.vault import NOTICE, Closing

RESTRICTED = "restricted"  # code of an inbox entry that waits for a restriction to end


@dataclass(frozen=True, slots=True)
class Came:
    """A notice that a partner brought, believed, and whose it is."""

    said: Notice
    text: bytes
    author: str
    evidence: EvidenceRow | None

    @property
    def key(self) -> tuple[str, str]:
        """Author and id: another's notice may have the same id."""
        return self.author, self.said.id


@dataclass(slots=True)
class Taken:
    """What one notice does, for the commit."""

    notice: NoticeRow
    after: Aftermath
    replaced: Sequence[NoticeRow] = ()
    data_keys: Sequence[DataKey] = ()
    evidence: EvidenceRow | None = None
    is_new: bool = True

    def write(self, work: UnitOfWork, exchange: Exchange) -> list[Act]:
        """Write all of it and our answer. Raises StaleDecision if the record has changed."""
        acts = self.after.write(work)
        if self.is_new:
            work.records.add(data_keys=self.data_keys)
            work.follow.add_evidence([self.evidence] if self.evidence else [])
            work.notices.add([self.notice])
        else:
            work.notices.move([self.notice], self.notice.state)
        work.notices.move(self.replaced, "replaced")
        if self.notice.state in ("applied", "ended"):
            tell_clients(self.notice, work, exchange)
            stop(self.notice, work)
            tell(self.notice, work, exchange)
            follow(self.notice, work, exchange)
            acts += self._end_consent(work)
        answered = report(self.notice, work, exchange, first=self.is_new)
        state, _, code = (answered.answer or "").partition(" ")
        fields = {
            "partner": self.notice.from_partner,
            "notice": self.notice.id,
            "record": self.notice.record,
            "version": self.notice.version,
            "kind": self.notice.kind,
            "state": state,
            "code": code or None,
        }
        return [("notice_taken", fields), *acts]

    def _end_consent(self, work: UnitOfWork) -> list[Act]:
        """A consent that its giver takes back or restricts allows nothing any more."""
        notice = self.notice
        if notice.from_partner is None or not (notice.removes or notice.kind == "restrict"):
            return []
        return end_of(notice.record, notice.from_partner, work)


@dataclass(slots=True)
class Known:
    """What is held about the records that an envelope's notices speak of; grows as they work."""

    versions: dict[str, list[RecordRow]]
    notices: dict[str, list[NoticeRow]]
    by_key: dict[tuple[str, str], NoticeRow] = field(default_factory=dict)

    @classmethod
    def about(
        cls, records: Sequence[str], keys: Sequence[tuple[str, str]], exchange: Exchange
    ) -> Known:
        """Read it; `keys` are authors and ids of notices."""
        wanted = list(dict.fromkeys(records))
        with exchange.store.reading() as work:
            notices: dict[str, list[NoticeRow]] = {}
            for row in work.notices.of_records(wanted):
                notices.setdefault(row.record, []).append(row)
            return cls(
                versions={one: list(work.records.versions(one)) for one in wanted},
                notices=notices,
                by_key={row.key: row for row in work.notices.get(keys)},
            )

    def take_in(self, rows: Sequence[RecordRow], superseded: Sequence[tuple[str, int]]) -> None:
        """Let notices see versions that come in now, and the held ones that these replace."""
        over = set(superseded)
        for row in rows:
            self.versions[row.id] = [
                *(
                    replace(one, state="superseded") if (one.id, one.version) in over else one
                    for one in self.versions[row.id]
                ),
                row,
            ]

    def learn(self, taken: Taken) -> None:
        """Let what comes after in the same envelope see what this did."""
        record = taken.notice.record
        rewritten = {row.version: row for row in taken.after.rewritten}
        self.versions[record] = [
            rewritten.get(row.version, row) for row in self.versions.get(record, ())
        ]
        gone = {one.key for one in taken.replaced} | {taken.notice.key}
        before = [one for one in self.notices.get(record, ()) if one.key not in gone]
        self.notices[record] = [*before, taken.notice]
        self.by_key[taken.notice.key] = taken.notice


def take(came: Came, arrival: ArrivalRow, known: Known, exchange: Exchange) -> Taken | str:
    """Return what a new notice does, or the code of its rejection."""
    said = came.said
    versions = known.versions.get(said.record, [])
    if versions and versions[-1].from_partner != came.author:
        return "not-originator"
    notice, keys = _row(came, arrival, exchange)
    beside = known.notices.get(said.record, [])
    if _is_kept_for_evidence(notice, beside):
        notice = replace(notice, state="waiting", answer=f"own_basis {EVIDENCE}")
        return _taken(notice, Aftermath(notice.id), (), keys, came)
    if is_outdated(notice, beside):
        notice = replace(notice, state=step("notice", "applied", "replace"))
        return _taken(notice, Aftermath(notice.id), (), keys, came)
    if not _is_here(notice, versions):
        notice = replace(notice, state="waiting")
        return _taken(notice, Aftermath(notice.id), replaced_by(notice, beside), keys, came)
    replaced = replaced_by(notice, beside)
    gone = {one.key for one in replaced}
    holding = [one for one in beside if one.key not in gone]
    after = aftermath(notice, versions, holding, exchange)
    return _taken(notice, after, replaced, keys, came)


def apply_waiting(
    notice: NoticeRow,
    versions: Sequence[RecordRow],
    beside: Sequence[NoticeRow],
    exchange: Exchange,
) -> Taken:
    """Return what a notice that waited does, now that its record is here."""
    applied = replace(notice, state=step("notice", notice.state, "apply"))
    after = aftermath(applied, versions, [one for one in beside if one.key != notice.key], exchange)
    return Taken(notice=applied, after=after, is_new=False)


def repeat(
    notice: NoticeRow, arrival: ArrivalRow, work: UnitOfWork, exchange: Exchange
) -> NoticeRow:
    """Answer a notice that we know to whoever brought it again."""
    place = {"partner": arrival.partner, "ep": arrival.ep, "seq": arrival.seq}
    others = [one for one in notice.told if one["partner"] != arrival.partner]
    heard = replace(notice, told=[*others, place])
    work.notices.answered(heard)
    say(heard, arrival.partner, arrival.ep, arrival.seq, work, exchange)
    return heard


def forbids(notices: Sequence[NoticeRow], version: int, author: str) -> NoticeRow | None:
    """Return the notice because of which this version is not taken in any more, if any."""
    for one in notices:
        removes = one.removes or one.kind == "correct"
        if removes and not is_kept(one) and one.from_partner == author and one.covers(version):
            return one
    return None


def is_kept(notice: NoticeRow) -> bool:
    """Return whether we answered that we keep, on a basis of our own, what it would remove."""
    return notice.answer is not None and notice.answer.startswith("own_basis")


def let_work(author: str, row: RecordRow, known: Known, exchange: Exchange) -> list[Taken]:
    """Return what the notices do that waited for this version, which `known` has taken in."""
    done = []
    for notice in known.notices.get(row.id, []):
        awaited = notice.covers(row.version) or (notice.kind in STANDING and notice.person is None)
        waits = notice.state == "waiting" and notice.from_partner == author
        if waits and awaited and not is_kept(notice):
            beside = known.notices[row.id]
            taken = apply_waiting(notice, known.versions[row.id], beside, exchange)
            known.learn(taken)
            done.append(taken)
    return done


def state_of_new(notices: Sequence[NoticeRow], author: str, now_ms: int) -> str:
    """Return the state in which a further version of a record comes in."""
    return standing([one for one in notices if one.from_partner == author], now_ms)


def _taken(
    notice: NoticeRow,
    after: Aftermath,
    replaced: Sequence[NoticeRow],
    keys: Sequence[DataKey],
    came: Came,
) -> Taken:
    return Taken(
        notice=notice, after=after, replaced=replaced, data_keys=keys, evidence=came.evidence
    )


def _row(came: Came, arrival: ArrivalRow, exchange: Exchange) -> tuple[NoticeRow, list[DataKey]]:
    said = came.said
    key = exchange.new_id()
    closing = Closing(
        data_key=key, table=NOTICE, id=said.id, version=said.version, plaintext=came.text
    )
    (sealed,), keys = exchange.vault.close(came.author, [closing])
    ended = said.until is not None and said.until <= said.at
    row = NoticeRow(
        id=said.id,
        record=said.record,
        version=said.version,
        kind=said.kind,
        person=said.person,
        code=said.code,
        from_partner=came.author,
        until=None if said.until is None else said.until * 1000,
        at=said.at * 1000,
        state=step("notice", "applied", "end") if ended else "applied",
        text=sealed,
        data_key=key,
        told=({"partner": arrival.partner, "ep": arrival.ep, "seq": arrival.seq},),
    )
    return row, keys


def _is_kept_for_evidence(notice: NoticeRow, beside: Sequence[NoticeRow]) -> bool:
    """Return whether a court needs what this would remove, as a person here has said."""
    takes = notice.kind in ("recall", "erase", "expire", "correct")
    return takes and any(
        one.from_partner is None
        and one.kind == "restrict"
        and one.code == EVIDENCE
        and one.state == "applied"
        for one in beside
    )


def _is_here(notice: NoticeRow, versions: Sequence[RecordRow]) -> bool:
    if notice.kind == "correct" or notice.person is not None:
        return any(notice.covers(row.version) for row in versions)
    return bool(versions)


def tell_clients(notice: NoticeRow, work: UnitOfWork, exchange: Exchange) -> None:
    """Let national systems follow: what they do not have yet is withdrawn or held, else told."""
    rows = [row for row in work.arrivals.inbox_of_record(notice.record) if _concerns(notice, row)]
    has_it = {row.client for row in rows if row.state in ("handed", "accepted", "rejected")}
    for row in rows:
        after = _moved(notice, row, work)
        if after is not None:
            work.arrivals.replace_inbox([after], expect=[row.state])
    work.follow.add_entries(
        [
            InboxNoticeRow(
                client=client,
                notice=notice.id,
                record=notice.record,
                version=notice.version,
                kind=notice.kind,
                person=notice.person,
                code=notice.code,
                until=notice.until,
                at=notice.at,
                partner=notice.from_partner or exchange.own.id,
                state="waiting",
            )
            for client in sorted(has_it)
        ]
    )


def _concerns(notice: NoticeRow, row: InboxRow) -> bool:
    takes = notice.removes or notice.kind == "correct" or notice.person is not None
    return row.state != "withdrawn" and (notice.covers(row.version) if takes else True)


def _moved(notice: NoticeRow, row: InboxRow, work: UnitOfWork) -> InboxRow | None:
    if notice.removes or notice.kind == "correct":
        return replace(row, state=step("inbox", row.state, "withdraw"), code=notice.kind)
    record = next(iter(work.records.get([(row.record, row.version)])), None)
    if record is None:
        return None
    if record.data_key is None:  # a person could not be taken out alone
        return replace(row, state=step("inbox", row.state, "withdraw"), code=notice.kind)
    if record.state == RESTRICTED and may("inbox", row.state, "hold"):
        return replace(row, state=step("inbox", row.state, "hold"), code=RESTRICTED)
    return lifted(record, row)


def lifted(record: RecordRow, row: InboxRow) -> InboxRow | None:
    """Return the entry as it goes on, if it waited for a restriction that no longer holds."""
    if record.state != RESTRICTED and row.state == "held" and row.code == RESTRICTED:
        return replace(row, state=step("inbox", row.state, "admit"), code=None)
    return None
