"""Promotion: financial information alone becomes an assertion, on a ground beside it. Pure.

Owns what such an assertion says: a `case` made of a financial signal, or a case with one more
ground. Leaves to others whether the ground carries it (`core.rules.corroboration`), and who said
so (`flow.promoting`).

Ruled by docs/explanation/release-rules.md, R-11.

Stays true:
  * Nothing of the ground's content goes into the assertion: only that it exists, and its kind.
  * It is used no more freely than the signal and the ground allow together.
  * Nobody becomes more of a suspect by it, and a payer who may be a victim is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.facts import payer_may_be_victim
from gateway.core.links import FIELDS, identifiers, placed
from gateway.core.payers import capped, payers
from gateway.core.record import GATEWAY_MEMBERS, Record
from schemas import vocab

# What shows by itself that two records speak of one subject. A household, an address on the
# network that many use, a name: these are for persons to judge.
EXACT: Final = ("account", "wallet", "handle", "email", "phone", "device", "remittance_ref")
WEAK: Final = tuple(field for field in FIELDS if field not in EXACT)
PROMOTABLE: Final = ("financial_signal", "case")
CONFIRMED: Final = "confirmed_link"
SHARED: Final = "shared_identifier"
LINKABLE: Final = ("persons", "organisations", "accounts", "identities", "network", "locations")

# Members of a financial signal that a case has no place for. Its terms are not lost: the case
# rests on the signal, and R-07 looks at those (`Facts.signals`).
_OF_A_SIGNAL: Final = frozenset(
    {
        "source_kind", "report_kind", "reporting_entity", "fiu_ref", "fiu_terms", "transactions",
        "indicator_hits", "aggregate", "corroboration", "corroborated_by", "payer_possible_victim",
    }
)  # fmt: skip
_LONGEST_REF: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SameSubject:
    """Why two records speak of the same subject."""

    by: str  # SHARED or CONFIRMED
    field: str  # of the identifier in common, or CONFIRMED
    pointer: str  # the part of the promoted record that they have in common; "": none is named

    def link(self, role: str) -> dict[str, str]:
        """Return it as the schema has it; `role` of who confirmed it, since no name leaves."""
        members = {"by": self.by}
        if self.pointer:
            members["pointer"] = self.pointer
        return {**members, "confirmed_by": role} if self.by == CONFIRMED else members


def in_common(record: Record, other: Record) -> dict[str, str]:
    """Return by field of identifier which part of `record` has one in common with `other`."""
    theirs = frozenset(identifiers(other))
    found: dict[str, str] = {}
    for pointer, field, value in placed(record.body):
        if (field, value) in theirs:
            found.setdefault(field, pointer)
    return found


def by_identifier(common: Mapping[str, str]) -> SameSubject | None:
    """Return why it is the same subject by what is in common, if that is enough by itself."""
    for field in EXACT:
        if common.get(field):
            return SameSubject(by=SHARED, field=field, pointer=common[field])
    return None


def promoted(
    origin: Record, ground: Record, kind: str, same: SameSubject, role: str, number: int
) -> dict[str, Any]:
    """Return the submission of the case that `origin` becomes, resting on `ground` as well.

    `kind` is that of the ground at its roots. `number` tells the cases of one signal apart.
    """
    if origin.type == "financial_signal":
        body = _case_of(origin, kind, number)
    else:
        body = {name: origin.body[name] for name in origin.body if name not in GATEWAY_MEMBERS}
        body["corrects"] = origin.version
    beside = {
        "kind": kind,
        "roots": [{"kind": kind, "record": str(ground.id)}],
        "subject_link": same.link(role),
    }
    rests = [*(body.get("derived_from") or ()), str(ground.id)]
    body["grounds"] = [*body["grounds"], beside]
    body["derived_from"] = list(dict.fromkeys(rests))
    body["governance"] = _narrowed(origin.governance, ground.governance)
    return body


def rests_already(origin: Record, ground: Record) -> bool:
    """Return whether `ground` is one of the grounds that `origin` names."""
    return any(
        root.get("record") == ground.id
        for one in origin.body.get("grounds") or ()
        for root in one.get("roots") or ()
    )


def without_suspected_payers(body: Mapping[str, Any], signals: Mapping[str, Any]) -> dict[str, Any]:
    """Return `body` with payers who may be victims called persons of interest at most.

    `signals`: the bodies, by id, of the financial signals that it rests on.
    """
    flagged = [signal for signal in signals.values() if payer_may_be_victim(signal)]
    if not flagged:
        return dict(body)
    paying = set(payers(body))
    for signal in flagged:  # only the signal knows the transactions: its persons are the same ones
        if signal.get("persons") == body.get("persons"):
            paying |= set(payers(signal))
    return capped(body, tuple(sorted(paying)))


def _case_of(signal: Record, kind: str, number: int) -> dict[str, Any]:
    body = {
        name: value
        for name, value in signal.body.items()
        if name not in GATEWAY_MEMBERS and name not in _OF_A_SIGNAL
    }
    rests = [*(body.get("derived_from") or ()), str(signal.id)]
    return {
        **body,
        "type": "case",
        "corrects": None,
        "provider_ref": f"{signal.provider_ref[:_LONGEST_REF]}/promoted-{number}",
        "derived_from": rests,
        "summary": "Promoted from a financial signal: what follows was financial information "
        f"alone until a ground of another kind ({kind}) was found for the same subject.",
        "grounds": [
            {"kind": "financial", "roots": [{"kind": "financial", "record": str(signal.id)}]}
        ],
    }


def _narrowed(own: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return the conditions of use that keep to both."""
    both = dict(own)
    handling = {*(own.get("handling") or ()), *(other.get("handling") or ())}
    both["handling"] = [code for code in vocab.HANDLING if code in handling]
    both["purposes"] = [
        one for one in own.get("purposes") or () if one in (other.get("purposes") or ())
    ]
    words = [text for one in (own, other) if (text := one.get("handling_text"))]
    if words:
        both["handling_text"] = " ".join(dict.fromkeys(words))
    restrictions = [*(own.get("restrictions") or ()), *(other.get("restrictions") or ())]
    if restrictions:
        both["restrictions"] = [
            one for place, one in enumerate(restrictions) if one not in restrictions[:place]
        ]
    for name in ("review_by", "erase_by"):
        days = [day for one in (own, other) if (day := one.get(name))]
        if days:
            both[name] = min(days)
    markings = {own.get("marking"), other.get("marking")}
    if markings != {None}:
        both["marking"] = max(markings - {None}, key=vocab.MARKINGS.index)
    return both
