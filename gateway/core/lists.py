"""What is configured beside agreements, routes and consents, in the shapes that rules use.

Owns who receives in the end, what a community demands, and the lists of transfers, reductions and
conditions. Leaves to `flow` reading them from items. Times are milliseconds since 1970; what has
ended is not there.

Stays true:
  * An empty list covers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

TWO: Final = 2  # persons, where one is not enough

# What a community may demand of a record or of its rendition (`Demands.requires`).
HANDLING: Final = "handling_codes"
PURPOSES: Final = "purposes"
EVALUATION: Final = "evaluation"  # 4x4 on every statement
OPERATIONAL_ACTION: Final = "operational_action"
ENGLISH_SUMMARY: Final = "english_summary"
NO_PERSONAL_DATA: Final = "no_personal_data"
URL_TO_ADDRESSEE: Final = "url_to_addressee"
DEMANDS: Final = frozenset(
    {
        HANDLING,
        PURPOSES,
        EVALUATION,
        OPERATIONAL_ACTION,
        ENGLISH_SUMMARY,
        NO_PERSONAL_DATA,
        URL_TO_ADDRESSEE,
    }
)

Way = tuple[str, ...]  # tokens of a pointer; `*` is each entry of a list


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRecipient:
    """One organisation that receives in the end: its class and country as we set them."""

    org: str
    org_class: str = ""
    country: str = ""
    assurances_needed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """That a partner belongs to a community, and when. Hidden: submitters are not told."""

    community: str
    since: int | None = None
    until: int | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a community demands of what travels in it, and which types it exchanges."""

    name: str
    requires: frozenset[str] = frozenset()
    carries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Adequacy:
    """A decision that the data protection of these countries is adequate; it has an end."""

    name: str
    version: int
    countries: frozenset[str]
    valid_from: int | None = None
    valid_until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A binding instrument with appropriate safeguards: for whom, of which types."""

    name: str
    version: int
    recipients: frozenset[str] = frozenset()  # partners or organisations
    countries: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    assurances: frozenset[str] = frozenset()
    valid_from: int | None = None
    valid_until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """That two people allow transfers of these types to one partner, for a year at most."""

    name: str
    version: int
    partner: str
    types: frozenset[str]
    by: frozenset[str]
    valid_from: int | None = None
    valid_until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduction:
    """What records of these types lose on their way to these recipients.

    `needed`: members that go only where the record's necessity is one of the codes beside them.
    """

    name: str
    version: int
    types: frozenset[str]
    partners: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    withhold: tuple[Way, ...] = ()
    needed: tuple[tuple[frozenset[str], tuple[Way, ...]], ...] = ()
    valid_from: int | None = None
    valid_until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What two people once made of a handling condition in words: codes that can be checked.

    An empty `purposes` or `classes` says nothing about them.
    """

    name: str
    version: int
    text: str  # digest of the words
    restrictions: frozenset[str]
    purposes: frozenset[str]
    classes: frozenset[str]
    by: frozenset[str]
    valid_from: int | None = None
    valid_until: int | None = None


_NO_CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """All of them at one epoch. `moments`: every start and end in them, in order."""

    adequacy: tuple[Adequacy, ...] = ()
    instruments: tuple[Instrument, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    reductions: tuple[Reduction, ...] = ()
    conditions: Mapping[str, Condition] = field(default_factory=lambda: _NO_CONDITIONS)  # by text
    moments: tuple[int, ...] = ()


NO_LISTS: Final = Lists()


def listed(
    *,
    adequacy: tuple[Adequacy, ...] = (),
    instruments: tuple[Instrument, ...] = (),
    transfers: tuple[Transfer, ...] = (),
    reductions: tuple[Reduction, ...] = (),
    conditions: tuple[Condition, ...] = (),
) -> Lists:
    """Return these lists with the moments at which any of them starts or ends."""
    every: tuple[Adequacy | Instrument | Transfer | Reduction | Condition, ...] = (
        *adequacy,
        *instruments,
        *transfers,
        *reductions,
        *conditions,
    )
    moments = {moment for one in every for moment in (one.valid_from, one.valid_until)}
    return Lists(
        adequacy=adequacy,
        instruments=instruments,
        transfers=transfers,
        reductions=reductions,
        conditions={one.text: one for one in conditions},
        moments=tuple(sorted(moment for moment in moments if moment is not None)),
    )


def way(pattern: str) -> Way:
    """Return the tokens of a pointer pattern such as ``/persons/*/addresses``."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pattern.split("/")[1:])


def found(node: object, steps: Way, place: str = "") -> Iterator[str]:
    """Yield the pointers of every member of `node` that the way leads to."""
    if not steps:
        yield place
    elif steps[0] == "*":
        if isinstance(node, list):
            for index, entry in enumerate(node):
                yield from found(entry, steps[1:], f"{place}/{index}")
    elif isinstance(node, Mapping) and steps[0] in node:
        yield from found(node[steps[0]], steps[1:], f"{place}/{steps[0]}")
