"""What persons said of records about one subject, as frozen rows. Milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectLinkRow:
    """Two records that speak of the same subject: one person said so, another agreed.

    It is about these versions and parts. `on` has the tags of what says who they are (`record`,
    `other`) and of the identifiers that both had (`shared`): a later version must still have them.
    """

    id: str
    org: str
    record: str
    version: int
    other: str
    other_version: int
    part: str  # pointer into `record`: which part of it they have in common
    other_part: str  # pointer into `other`; "": it has no part to name
    proposer: str
    approver: str
    at: int
    on: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ended_at: int | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionRow:
    """An assertion that two persons let stand on an independent ground that is not financial.

    `record` and `version` are the case that was written for it. `origin` is what it was promoted
    from: a financial signal, or the case itself as it was before.
    """

    id: str
    org: str
    record: str
    version: int
    origin: str
    origin_version: int
    ground: str
    ground_version: int
    kind: str  # of the ground, at its roots
    link: str  # field of the identifier in common, or confirmed_link
    proposer: str
    approver: str
    at: int
    state: str  # standing | fallen
    code: str | None = None  # why it fell back
    fell_at: int | None = None
