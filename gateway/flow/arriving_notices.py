"""What a partner's notice does here: laid out first, written in the commit of its envelope.

Owns who may give a notice about what, when it works, and who else is told: the national systems
that have the record, and the partners it was passed on to. Leaves to others: what it does to the
record (aftermath), what we answer (reporting).

Stays true:
  * A notice works once, whoever brings it and however often.
  * One that comes before its record waits for it; what it removes is then not taken in.
  * Whose id was given to another speaks to those who have its versions from us, and changes nothing
    here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from gateway.core.lifecycle import step
from gateway.core.notice import STANDING, Notice, is_for_one_holder
from gateway.flow.acts import Act
from gateway.flow.aftermath import Aftermath, aftermath, standing
from gateway.flow.consented import end_of
from gateway.flow.exchange import Exchange
from gateway.flow.former import author_of
from gateway.flow.further import pass_up
from gateway.flow.own_systems import tell_clients
from gateway.flow.ports import UnitOfWork
from gateway.flow.promotion import follow
from gateway.flow.reporting import report, say, told_onward
from gateway.flow.rows import ArrivalRow, DataKey, RecordRow
from gateway.flow.rows_after import ClaimRow, EvidenceRow, NoticeRow
from gateway.flow.telling import FOR_SOME, is_outdated, replaced_by, stop, tell
from gateway.flow.vault import NOTICE, Closing


@dataclass(frozen=True, slots=True)
class Came:
    """A notice that a partner brought, believed, and whose it is."""

    said: Notice
    text: bytes
    author: str
    evidence: EvidenceRow | None
    via: str | None  # whom its author told it, if that is not us

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
    is_wider: bool = False  # it is here, and about other copies as well from now on
    is_former: bool = False  # the id is another's by now: others have its author's versions still

    def write(self, work: UnitOfWork, exchange: Exchange) -> list[Act]:
        """Write all of it and our answer. Raises StaleDecision if the record has changed."""
        acts = self.after.write(work)
        work.records.add(data_keys=self.data_keys)
        work.follow.add_evidence([self.evidence] if self.evidence else [])
        if self.is_wider:
            work.notices.widen(self.notice)
        elif self.is_new:
            work.notices.add([self.notice])
        else:
            work.notices.move([self.notice], self.notice.state)
        work.notices.move(self.replaced, "replaced")
        if self.is_former and self.notice.state in (FOR_SOME, "ended"):
            tell(self.notice, work, exchange)
        elif self.notice.state in ("applied", "ended"):
            tell_clients(self.notice, work, exchange)
            stop(self.notice, work)
            tell(self.notice, work, exchange)
            if self._is_about_the_newest():
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

    def _is_about_the_newest(self) -> bool:
        return not self.after.read or self.notice.reaches(self.after.read[-1])

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
    given: Sequence[ClaimRow] = ()  # by which some of these ids were given to another

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
                given=work.follow.given(wanted),
            )

    def is_former(self, author: str, record: str) -> bool:
        """Return whether the id of this record was theirs, and is another's now."""
        rows = self.versions.get(record, [])
        given = [one for one in self.given if one.record == record]
        authors = {author_of(row.version, row.from_partner, given) for row in rows}
        return author in authors and rows[-1].from_partner != author

    def take_in(self, rows: Sequence[RecordRow], superseded: Sequence[tuple[str, int]]) -> None:
        """Let notices see versions that come in now, and the held ones that these replace."""
        over = set(superseded)
        for row in rows:
            others = [
                replace(one, state="superseded") if (one.id, one.version) in over else one
                for one in self.versions[row.id]
                if one.version != row.version
            ]
            self.versions[row.id] = sorted((*others, row), key=lambda one: one.version)

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


def take(
    came: Came, arrival: ArrivalRow, known: Known, exchange: Exchange
) -> Taken | NoticeRow | None:
    """Return what a notice does; the notice itself if that is done; None if it is not theirs.

    That is, if its record is not its author's, and never was.
    """
    said = came.said
    before = known.by_key.get(came.key)
    versions = known.versions.get(said.record, [])
    is_theirs = not versions or versions[-1].from_partner == came.author
    if not is_theirs and not known.is_former(came.author, said.record):
        return None
    if before is None:
        notice, keys = _row(came, arrival, exchange)
        taken = _laid_out(notice, versions, known.notices.get(said.record, []), exchange)
        return replace(taken, data_keys=keys, evidence=came.evidence)
    if not before.via or came.via in before.via:
        return before
    return _take_wider(before, came, arrival, known, exchange)


def _take_wider(
    before: NoticeRow, came: Came, arrival: ArrivalRow, known: Known, exchange: Exchange
) -> Taken:
    """Return what a notice does that was about copies by other hands alone until now."""
    notice, keys = _row(came, arrival, exchange)
    others = [one for one in before.told if one["partner"] != arrival.partner]
    notice = replace(
        notice,
        via=(*before.via, *notice.via) if notice.via else (),
        told=[*others, *notice.told],
    )
    record = came.said.record
    beside = [one for one in known.notices.get(record, []) if one.key != before.key]
    taken = _laid_out(notice, known.versions.get(record, []), beside, exchange)
    if before.data_key is not None:
        taken.after.dead_keys.append(before.data_key)
    return replace(taken, data_keys=keys, evidence=came.evidence, is_wider=True)


def _laid_out(
    notice: NoticeRow,
    versions: Sequence[RecordRow],
    beside: Sequence[NoticeRow],
    exchange: Exchange,
) -> Taken:
    if is_outdated(notice, beside):
        outdated = replace(notice, state=step("notice", "applied", "replace"))
        return Taken(notice=outdated, after=Aftermath(notice.id))
    replaced = replaced_by(notice, beside)
    if versions and versions[-1].from_partner != notice.from_partner:
        state = FOR_SOME if notice.state == "applied" else notice.state
        said = replace(notice, state=state)
        return Taken(said, Aftermath(notice.id), replaced=replaced, is_former=True)
    if not _is_here(notice, versions):
        waiting = replace(notice, state="waiting")
        return Taken(notice=waiting, after=Aftermath(notice.id), replaced=replaced)
    gone = {one.key for one in replaced}
    holding = [one for one in beside if one.key not in gone]
    after = aftermath(notice, versions, holding, exchange)
    return Taken(notice=notice, after=after, replaced=replaced)


def apply_waiting(
    notice: NoticeRow,
    versions: Sequence[RecordRow],
    beside: Sequence[NoticeRow],
    exchange: Exchange,
) -> Taken:
    """Return what a notice that waited does, now that its record is here or kept no longer."""
    state = step("notice", "waiting", "apply") if notice.state == "waiting" else notice.state
    applied = replace(notice, state=state)
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
    pass_up(heard, told_onward(heard, work), work)
    say(heard, arrival.partner, arrival.ep, arrival.seq, work, exchange)
    return heard


def forbids(notices: Sequence[NoticeRow], copy: RecordRow) -> NoticeRow | None:
    """Return the notice because of which this copy is not taken in any more, if any."""
    for one in notices:
        removes = (one.removes and one.state != "ended") or one.kind == "correct"
        about_it = one.from_partner == copy.from_partner and one.reaches(copy)
        if removes and about_it and one.covers(copy.version):
            return one
    return None


def let_work(
    author: str, row: RecordRow, known: Known, exchange: Exchange, *, is_back: bool = False
) -> list[Taken]:
    """Return what the notices do that waited for this version, which `known` has taken in.

    `is_back`: another's copy of it was here before, and what was done to that is done again.
    """
    done = []
    for notice in known.notices.get(row.id, []):
        awaited = notice.covers(row.version) or (notice.kind in STANDING and notice.person is None)
        waits = notice.state == "waiting" or (
            is_back and notice.state == "applied" and notice.person is not None
        )
        if waits and awaited and notice.from_partner == author and notice.reaches(row):
            beside = known.notices[row.id]
            taken = apply_waiting(notice, known.versions[row.id], beside, exchange)
            known.learn(taken)
            done.append(taken)
    return done


def state_of_new(notices: Sequence[NoticeRow], copy: RecordRow, now_ms: int) -> str:
    """Return the state in which a further version of a record comes in."""
    ours = [one for one in notices if one.from_partner == copy.from_partner and one.reaches(copy)]
    return standing(ours, now_ms)


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
        via=(came.via,) if came.via and is_for_one_holder(said.kind, said.code) else (),
    )
    return row, keys


def _is_here(notice: NoticeRow, versions: Sequence[RecordRow]) -> bool:
    copies = [row for row in versions if notice.reaches(row)]
    if notice.kind == "correct" or notice.person is not None:
        return any(notice.covers(row.version) for row in copies)
    return bool(copies)
