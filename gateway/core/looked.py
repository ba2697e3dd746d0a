"""What the rules need of one record alone, found in one look at it. Pure.

Owns the walk over a record, made once however many partners it is decided on for. Leaves to the
rules (`core.rules`) what follows from it. Knows no recipient and no time of day.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.core.facts import Ground, grounds
from gateway.core.moments import adult_at, moment
from gateway.core.naming import WITHOUT_PERSONS, named_in
from gateway.core.record import Record
from gateway.core.tlp import Laid, codes_of

UNKNOWN: Final = frozenset({None, "", "unknown"})  # categories that say nothing
SUSPECTING: Final = frozenset({"suspect", "convicted", "potential_future"})
_PROTECTED: Final = frozenset({"victim", "witness"})
_INFERRED: Final = frozenset({"assessment", "automated_hit"})
_TOO_SURE: Final = frozenset({"1", "2"})

# Lists whose entries are statements: each carries what stands behind it.
STATEMENTS: Final = (
    "persons", "organisations", "accounts", "identities", "network", "locations",
    "means_of_transport", "documents", "relations", "grounds", "indicator_hits",
)  # fmt: skip
WEAKEST: Final[Mapping[str, str]] = {"kind": "assessment", "source_code": "X", "info_code": "4"}

_KEPT_UNTIL: Final = ("review_by", "erase_by")
_NO_LABEL: Final = Laid(frozenset())

# What stays of a person whose data are protected, and the member of a part that says whose it is.
_STAYS: Final = frozenset(
    {
        "category", "category_since", "category_reason", "minor", "sex", "safeguarding_flag",
        "meta",
    }
)  # fmt: skip
_HOLDERS: Final[Mapping[str, str]] = {
    "accounts": "holder_ref",
    "identities": "holder_ref",
    "documents": "holder_ref",
    "means_of_transport": "holder_ref",
    "locations": "person_ref",
    "network": "identity_ref",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One look at a record. Pointers and indices are into that record."""

    governance: Mapping[str, Any]
    handling: frozenset[str]
    condition: str | None  # digest of the handling condition in words
    purposes: tuple[str, ...]
    named: Sequence[Mapping[str, str | None]]  # recipients
    named_at: Mapping[str, tuple[str | None, ...]]  # the same by partner: organisations there
    life: bool  # somebody's life is at stake, as the record says
    necessity: str | None
    tells: tuple[str, ...]  # where it names somebody, for types that shall name nobody
    unknown: tuple[int, ...]  # persons of unknown category
    bystanders: tuple[int, ...]  # those of them to whom nothing refers
    sources: tuple[int, ...]  # persons who are informants
    protected: tuple[str, ...]  # what the reduced form of victims and the like leaves out
    growing: tuple[tuple[int, int], ...]  # persons with a birth date, and when they are adult
    undercover: tuple[int, ...]  # grounds that an undercover operation gave
    nameless: tuple[int, ...]  # grounds whose provider may be a person: never named
    notes: tuple[str, ...]  # for own use
    unmarked: tuple[tuple[str, dict[str, Any]], ...]  # statements, with their meta completed
    unlabelled: tuple[tuple[str, dict[str, Any]], ...]  # findings of rules, labelled
    ruleless: str | None  # an automated finding of no named rule
    adverse: str | None  # a person called suspect by a machine alone
    too_sure: str | None  # an inference evaluated better than it can be known
    oldest: int | None  # when the oldest assessment was true
    review_by: int | None
    erase_by: int | None
    kept_until: str | None  # the first of the two, as it is written
    created: int | None
    restrictions: tuple[tuple[str, int | None], ...]  # kinds that go with it, with their ends
    grounds: tuple[Ground, ...]
    english: bool
    moments: tuple[int, ...]  # of the record itself, at which time may change a decision
    forms: dict[object, object] = field(default_factory=dict, repr=False, compare=False)
    """Reduced forms made of it so far: many recipients get the same."""


def look(record: Record) -> Looked:
    """Look at `record` once."""
    body, governance = record.body, record.governance
    persons = body.get("persons") or ()
    unknown = tuple(i for i, one in enumerate(persons) if one.get("category") in UNKNOWN)
    always = [i for i, one in enumerate(persons) if _is_protected(one)]
    growing = tuple(_growing(persons, always))
    statements = _Statements(body)
    words = governance.get("handling_text")
    restrictions = _restrictions(governance, _label(body))
    review_by, erase_by = moment(governance.get("review_by")), moment(governance.get("erase_by"))
    risk = body.get("risk") or {}
    own_grounds = body.get("grounds") or ()
    named = (body.get("addressees") or {}).get("recipients") or ()
    ends = (review_by, erase_by, *(end for _, end in restrictions), *(end for _, end in growing))
    return Looked(
        governance=governance,
        handling=_label(body).handling.union(governance.get("handling") or ()),
        condition=digest_of(words) if words else None,
        purposes=tuple(governance.get("purposes") or ()),
        named=named,
        named_at=_by_partner(named),
        life=risk.get("urgency") == "threat_to_life"
        or (risk.get("child_at_risk_now") or {}).get("value") == "yes",
        necessity=(governance.get("necessity") or {}).get("code"),
        tells=named_in(body) if record.type in WITHOUT_PERSONS else (),
        unknown=unknown,
        bystanders=_bystanders(record, unknown) if unknown else (),
        sources=tuple(i for i, one in enumerate(persons) if one.get("category") == "informant"),
        protected=tuple(beyond_reduced(record, always)) if always else (),
        growing=growing,
        undercover=tuple(i for i, one in enumerate(own_grounds) if one.get("kind") == "undercover"),
        nameless=tuple(
            i
            for i, one in enumerate(own_grounds)
            if one.get("kind") in ("undercover", "other_non_financial") and "provider" in one
        ),
        notes=_notes(persons, governance),
        unmarked=tuple(statements.unmarked),
        unlabelled=tuple(statements.unlabelled),
        ruleless=statements.ruleless,
        adverse=statements.adverse,
        too_sure=statements.too_sure,
        oldest=moment(statements.oldest),
        review_by=review_by,
        erase_by=erase_by,
        kept_until=min(
            (str(governance[name]) for name in _KEPT_UNTIL if governance.get(name)), default=None
        ),
        created=moment(body.get("created")),
        restrictions=restrictions,
        grounds=grounds(record),
        english=any(
            str(one.get("lang", "")).partition("-")[0] == "en"
            for one in body.get("summaries") or ()
        ),
        moments=tuple(end for end in ends if end is not None),
    )


def _by_partner(
    named: Iterable[Mapping[str, str | None]],
) -> Mapping[str, tuple[str | None, ...]]:
    found: dict[str, tuple[str | None, ...]] = {}
    for one in named:
        partner = str(one.get("partner"))
        found[partner] = (*found.get(partner, ()), one.get("org_id"))
    return found


def _label(body: Mapping[str, Any]) -> Laid:
    """Return what the record's TLP label lays on it; without one, nothing."""
    return codes_of(str(body["tlp"])) if body.get("tlp") else _NO_LABEL


def _restrictions(governance: Mapping[str, Any], label: Laid) -> tuple[tuple[str, int | None], ...]:
    stated = governance.get("restrictions") or ()
    if not stated and not label.restrictions:
        return ()
    own = ((str(one["kind"]), moment(one.get("until"))) for one in stated)
    return (*own, *((kind, None) for kind in sorted(label.restrictions)))


def digest_of(words: str) -> str:
    """Return the digest under which a condition in words is known: base64url of SHA-256.

    White space counts once, so that a line break does not make another condition of it.
    """
    raw = hashlib.sha256(" ".join(words.split()).encode()).digest()
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _is_protected(person: Mapping[str, Any]) -> bool:
    return person.get("category") in _PROTECTED or person.get("minor") == "yes"


def _growing(
    persons: Iterable[Mapping[str, Any]], always: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield who may be young by birth date, whatever else is stated, and until when."""
    for index, person in enumerate(persons):
        if person.get("dob") and index not in always:
            adult = adult_at(person["dob"])
            if adult is not None:
                yield index, adult


def beyond_reduced(record: Record, indices: Iterable[int]) -> Iterator[str]:
    """Yield what a protected person's reduced form leaves out, with what belongs to that person."""
    persons = record.body.get("persons") or ()
    holders = {f"/persons/{index}" for index in indices}
    for place in sorted(holders):
        person = persons[int(place.rpartition("/")[2])]
        yield from (f"{place}/{name}" for name in person if name not in _STAYS)
    if holders:
        yield from _belongings(record, holders)


def _belongings(record: Record, holders: set[str]) -> Iterator[str]:
    for name, member in _HOLDERS.items():
        for index, part in enumerate(record.body.get(name) or ()):
            if part.get(member) in holders:
                yield f"/{name}/{index}"
                if name == "identities":
                    holders = {*holders, f"/{name}/{index}"}  # seen in `network` under that


def _bystanders(record: Record, unknown: tuple[int, ...]) -> tuple[int, ...]:
    """Return those of `unknown` that nothing else in the record refers to."""
    referred = {
        target.split("/")[2]
        for place, target in record.references()
        if target.startswith("/persons/") and not place.startswith(target + "/")
    }
    return tuple(index for index in unknown if str(index) not in referred)


def _notes(persons: Iterable[Mapping[str, Any]], governance: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the pointers of what is written for own use: it never leaves, to anybody."""
    found = [
        f"/persons/{index}/category_reason"
        for index, person in enumerate(persons)
        if "category_reason" in person
    ]
    if "text" in (governance.get("necessity") or {}):
        found.append("/governance/necessity/text")
    if "originator_chain" in governance:
        found.append("/governance/originator_chain")
    return tuple(sorted(found))


class _Statements:
    """What the statements of a record say of themselves, gathered in one walk."""

    __slots__ = ("adverse", "oldest", "ruleless", "too_sure", "unlabelled", "unmarked")

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.unmarked: list[tuple[str, dict[str, Any]]] = []
        self.unlabelled: list[tuple[str, dict[str, Any]]] = []
        self.ruleless: str | None = None
        self.adverse: str | None = None
        self.too_sure: str | None = None
        self.oldest: str | None = None
        stated = str(body.get("as_of") or body.get("created") or "")
        for name in STATEMENTS:
            for index, part in enumerate(body.get(name) or ()):
                self._take(name, index, part, part.get("meta") or {}, stated)

    def _take(
        self, name: str, index: int, part: Mapping[str, Any], meta: Mapping[str, Any], stated: str
    ) -> None:
        kind = meta.get("kind", "assessment")
        if len(meta) < len(WEAKEST) or not meta.keys() >= WEAKEST.keys():
            self.unmarked.append((f"/{name}/{index}/meta", {**WEAKEST, **meta}))
        if name == "indicator_hits":
            if kind != "automated_hit" or not meta.get("rule_ref"):
                label = {"kind": "automated_hit", "rule_ref": f"{part['rule']}@{part['version']}"}
                self.unlabelled.append((f"/{name}/{index}/meta", {**WEAKEST, **meta, **label}))
        elif kind == "automated_hit":
            self._of_a_machine(f"/{name}/{index}", part, meta)
        if kind == "assessment":
            as_of = meta.get("as_of") or stated
            if as_of and (self.oldest is None or as_of < self.oldest):
                self.oldest = as_of
        if kind in _INFERRED and meta.get("info_code") in _TOO_SURE:
            self.too_sure = self.too_sure or f"/{name}/{index}"

    def _of_a_machine(self, place: str, part: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
        if not meta.get("rule_ref"):
            self.ruleless = self.ruleless or place
        if part.get("category") in SUSPECTING:
            self.adverse = self.adverse or place
