"""What the release rules need to know, beyond the record, to decide.

Owns the frozen shapes: what must be fetched (`Needs`), who would receive (`Recipient`) and what
is known (`Facts`). Leaves to others: fetching (`flow`) and deciding (`core.policy`). Times are
integer milliseconds since 1970; `None` as an end means open-ended.

Stays true:
  * Nothing here is fetched, computed from a clock or defaulted to "allowed": an empty list in an
    agreement, a route or a consent covers nothing.
  * What comes from configuration belongs to one `epoch`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

from gateway.core.ids import RecordId
from gateway.core.lists import NO_LISTS, Demands, EndRecipient, Lists, Membership
from gateway.core.record import Record

Direction = Literal["out", "in"]

# Who raised a dispute that stops new releases; anybody else's is a mark and a warning.
STOPPING_DISPUTES: Final = frozenset({"originator", "supervisory_authority", "court"})
_NO_GROUNDS: Final[Mapping[RecordId, tuple[Ground, ...]]] = MappingProxyType({})
NO_RECORDS: Final[frozenset[RecordId]] = frozenset()
_NO_ORIGINS: Final[Mapping[RecordId, str]] = MappingProxyType({})
_NO_DEMANDS: Final[Mapping[str, Demands]] = MappingProxyType({})
_NONE_LEFT: Final[Mapping[str, int]] = MappingProxyType({})

# What a record of these types is itself, when another record rests on it. A `case` is what its
# own grounds are; a record of any other type proves nothing about its origin.
_KIND_OF_TYPE: Final = {"financial_signal": "financial"}
_VICTIMS_PAY: Final = frozenset({"sextortion_sexual", "sextortion_financial"})
_KIND_OF_REPORT_ORIGIN: Final = {"platform": "platform_report", "cybertip": "platform_report"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What must be loaded before `decide` can be asked about one record."""

    record: RecordId
    version: int
    type: str
    org: str
    recipients: tuple[str, ...]  # partner ids that the submitter named
    derived_from: tuple[RecordId, ...]
    roots: tuple[RecordId, ...]  # records that the grounds rest on
    consents: tuple[str, ...]  # names of consents that the record itself refers to
    operational_action: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A partner and the organisations behind it, as we know them; for what comes in, the sender.

    Class and country are those that we set. `behind` describes organisations of `orgs`; one that
    it does not describe is unknown.
    """

    partner: str
    orgs: tuple[str, ...] = ()
    org_class: str = ""
    country: str = ""
    assurances_needed: tuple[str, ...] = ()
    behind: tuple[EndRecipient, ...] = ()
    community: str = ""  # as its card says; where `memberships` has any, that rules
    memberships: tuple[Membership, ...] = ()
    suite: str = "xg1"
    clearance: frozenset[str] = frozenset()  # markings it may see
    state: str = "confirmed"
    carrier: str | None = None
    ends: Mapping[str, EndRecipient] = field(init=False, repr=False, compare=False)  # by id

    def __post_init__(self) -> None:
        """Describe the partner and everybody behind it once, not at every decision."""
        itself = EndRecipient(
            org=self.partner,
            org_class=self.org_class,
            country=self.country,
            assurances_needed=self.assurances_needed,
        )
        described = {one.org: one for one in self.behind}
        everybody = {org: described.get(org, EndRecipient(org=org)) for org in self.orgs}
        object.__setattr__(self, "ends", {self.partner: itself, **everybody, self.partner: itself})


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One agreement with one partner. `members`: None is no group, empty is a group of nobody."""

    name: str
    version: int
    partner: str
    direction: str  # out | in | both
    types: tuple[str, ...]
    crime_areas: tuple[str, ...]
    purposes: tuple[str, ...]
    operational_action: str | None = None
    members: tuple[str, ...] | None = None
    carrier: str | None = None
    valid_from: int | None = None
    valid_until: int | None = None
    state: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """What a record must be for a route to select it: each member given must match.

    Only jurisdictions (country of host, suspect or victim) and an operational action select;
    the others narrow. A type, crime area or phenomenon alone reaches nobody.
    """

    types: tuple[str, ...] = ()
    crime_areas: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    phenomenon: tuple[str, ...] = ()
    orgs: tuple[str, ...] = ()
    operational_action: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A versioned routing rule: which partners are addressed when a submitter names nobody."""

    name: str
    version: int
    when: When
    partners: tuple[str, ...]
    valid_from: int | None = None
    valid_until: int | None = None
    state: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What one originator allowed: to whom, of which records or types, for which purposes.

    `use`: that it goes there, that it serves as evidence there, or that it serves another purpose.
    """

    name: str
    version: int
    org: str
    recipients: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    records: tuple[str, ...] = ()  # record ids or the originator's references
    types: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    use: str = "pass_on"  # pass_on | evidence | other_purpose
    valid_from: int | None = None
    valid_until: int | None = None
    state: str = "granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A yes of one person or two for this version of the record and this partner.

    `rule` is the rule whose answer it changes; ``text``: the free text was read and may go;
    ``R-20``: an override for the sake of a life. `fields` are pointers into the whole record, where
    it is for these members only. `ground` and `necessity`: of a derogation under R-08.
    """

    rule: str
    partner: str
    by: tuple[str, ...]
    until: int | None = None
    fields: tuple[str, ...] = ()
    ground: str | None = None
    necessity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A limit laid on the record after it was made, by a notice or a person."""

    kind: str  # access | use | transfer | evidential | erasure | no_death_penalty
    until: int | None = None


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """Somebody else whose material a record rests on: who, and which of its records."""

    org: str  # empty: it cannot be told who
    records: tuple[RecordId, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A record that others rest on: whose it is, the partner it came from, what it rests on."""

    org: str
    partner: str = ""  # empty: it is ours
    rests_on: tuple[RecordId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What a financial signal says of itself, for the records that rest on it."""

    org: str  # the originator, as the text names it
    org_class: str
    from_unit: bool  # a financial intelligence unit provided it
    dissemination: str  # to whom that unit lets it go on; empty: it does not say
    consent: str  # the name of the unit's consent; empty: none
    payer_may_be_victim: bool


@dataclass(frozen=True, slots=True)
class Root:
    """What a ground rests on: the kind as claimed, and the record if it is one."""

    kind: str
    record: RecordId | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground of an assertion. `linked`: it concerns the same subject, and that is shown."""

    kind: str
    roots: tuple[Root, ...] = ()
    linked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known about one record and one partner at one epoch.

    The first four members have no default: whoever decides must have looked.
    """

    epoch: int
    provider_known: bool  # our client by its credential; a partner by both its signatures
    schema_faults: tuple[str, ...]  # pointers; empty when the body passed the schema of its version
    imagery: tuple[str, ...]  # pointers at which the guard found imagery
    agreements: tuple[Agreement, ...] = ()
    routes: tuple[Route, ...] = ()
    consents: tuple[Consent, ...] = ()
    approvals: tuple[Approval, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    added_handling: frozenset[str] = frozenset()  # codes added after it was made
    state: str = "current"  # lifecycle `record`
    disputed_until: int | None = None  # the next end of a dispute in force
    disputed_by: str | None = None  # originator | supervisory_authority | court | others
    grounds: Mapping[RecordId, tuple[Ground, ...]] = field(default_factory=lambda: _NO_GROUNDS)
    demoted: bool = False  # whoever promoted it took that back
    confirmed: frozenset[RecordId] = NO_RECORDS  # records of the same subject, say two persons
    shared: frozenset[RecordId] = NO_RECORDS  # its roots with an exact identifier of it, looked up
    fallen: frozenset[RecordId] = NO_RECORDS  # grounds on which its promotion fell back
    signals: tuple[Signal, ...] = ()  # the financial signals it rests on, however far back
    origins: Mapping[RecordId, str] = field(
        default_factory=lambda: _NO_ORIGINS
    )  # partner; "" when it is ours
    third_parties: tuple[ThirdParty, ...] = ()  # whose material it rests on, besides its own
    told_of: tuple[str, ...] = ()  # where a text that shall name nobody has an identifier held here
    theirs: bool = False  # a partner's record, which goes on as it came
    struck: tuple[str, ...] = ()  # pointers of persons that a notice took back
    returning: bool = False  # somebody stands in it whom a notice took out of a record before
    first_received: int | None = None  # of the oldest material in it; None: when it was created
    lists: Lists = NO_LISTS
    demands: Mapping[str, Demands] = field(default_factory=lambda: _NO_DEMANDS)  # by community
    left: Mapping[str, int] = field(
        default_factory=lambda: _NONE_LEFT
    )  # by purpose: what left for this recipient from this submitter in the last 24 hours
    left_until: int | None = None  # when the first of those is older than that
    bulk_limit: int | None = None  # more than that takes two people; None: nothing is counted
    clearance: frozenset[str] = frozenset()  # ours, for what comes in
    agreement: str | None = None  # named by the statement it came in
    purpose: str | None = None  # named by the statement it came in


def rests_on(record: Record) -> tuple[RecordId, ...]:
    """Return the ids of the records that this one names as what it rests on."""
    body = record.body
    roots = (
        root["record"]
        for ground in body.get("grounds") or ()
        for root in ground.get("roots") or ()
        if root.get("record")
    )
    return tuple(dict.fromkeys(map(RecordId, (*(body.get("derived_from") or ()), *roots))))


def named_roots(record: Record) -> frozenset[RecordId]:
    """Return the ids of the records that the grounds of this one name as their roots."""
    return frozenset(
        RecordId(root["record"])
        for ground in record.body.get("grounds") or ()
        for root in ground.get("roots") or ()
        if root.get("record")
    )


def third_parties(
    record: Record, sources: Mapping[RecordId, Source], *, is_a_partners: bool = False
) -> tuple[ThirdParty, ...]:
    """Return whose material `record` rests on, however far back, its own organisation left out.

    A record that nobody here knows belongs to somebody unknown; below a partner's record it is
    that partner's, who had to ask for leave before it came here.
    """
    found: dict[str, list[RecordId]] = {}
    seen: set[RecordId] = {record.id}
    waiting = [(id_, str(record.org) if is_a_partners else "") for id_ in rests_on(record)]
    while waiting:
        id_, through = waiting.pop()
        if id_ in seen:
            continue
        seen.add(id_)
        source = sources.get(id_)
        org = source.org if source else through
        if org != record.org:
            found.setdefault(org, []).append(id_)
        if source:
            waiting += [(below, source.org if source.partner else "") for below in source.rests_on]
    return tuple(ThirdParty(org, tuple(sorted(ids))) for org, ids in sorted(found.items()))


def signal_of(record: Record) -> Signal:
    """Return what a financial signal says of itself."""
    body = record.body
    originator, terms = body.get("originator") or {}, body.get("fiu_terms") or {}
    return Signal(
        org=str(originator.get("org_id") or record.org),
        org_class=str(originator.get("org_class") or ""),
        from_unit=bool(body.get("source_kind") == "fiu" or terms),
        dissemination=str(terms.get("dissemination") or ""),
        consent=str(terms.get("consent_id") or ""),
        payer_may_be_victim=payer_may_be_victim(body),
    )


def payer_may_be_victim(body: Mapping[str, Any]) -> bool:
    """Return whether who pays may be the victim: it is said, or how the money is extorted says so.

    Not answered counts as no, except where payers usually are the victims.
    """
    said = body.get("payer_possible_victim")
    if said is not None:
        return str(said) != "no"
    return not _VICTIMS_PAY.isdisjoint((body.get("governance") or {}).get("phenomenon") or ())


def grounds(record: Record) -> tuple[Ground, ...]:
    """Return what `record` is as a ground for others: for `Facts.grounds`.

    Empty when its origin cannot be told; an assertion may not lean on that.
    """
    if record.type == "case":
        return tuple(_ground(entry) for entry in record.body.get("grounds") or ())
    if record.type == "hosting_report":
        origin = str(record.body.get("origin", ""))
        return (Ground(_KIND_OF_REPORT_ORIGIN.get(origin, "hotline_report")),)
    kind = _KIND_OF_TYPE.get(record.type)
    return (Ground(kind),) if kind else ()


def _ground(entry: Mapping[str, Any]) -> Ground:
    roots = tuple(
        Root(str(root.get("kind") or ""), root.get("record")) for root in entry.get("roots") or ()
    )
    return Ground(str(entry.get("kind") or ""), roots, _is_linked(entry.get("subject_link") or {}))


def _is_linked(link: Mapping[str, Any]) -> bool:
    """Return whether a ground is said to be tied to its subject: by an identifier, or a person.

    Where it names a record, `Facts.shared` and `Facts.confirmed` have to bear that out.
    """
    if not link.get("pointer"):
        return False
    by = link.get("by")
    return by == "shared_identifier" or (by == "confirmed_link" and bool(link.get("confirmed_by")))


def in_force(valid_from: int | None, valid_until: int | None, now_ms: int) -> bool:
    """Return whether a period holds at `now_ms`: the start belongs to it, the end does not."""
    return (valid_from is None or valid_from <= now_ms) and (
        valid_until is None or now_ms < valid_until
    )
