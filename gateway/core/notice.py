"""The text of a notice: what follows a record that was handed out.

Owns the members of a notice, its strict reading and its writing. Leaves to others: the statement
around it (statement), who may give one about a record, and what it does there (flow).

Ruled by docs/spec/wire.md, section 8.1. Pure: times are integer seconds since 1970, `nonce` is 32
fresh random bytes in b64 for every text sealed.

Stays true:
  * What is laid out here is read back by the same rules.
  * A notice holds ids and codes: nothing in it describes a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from gateway.core.bodies import CODE, DIGEST
from gateway.core.errors import Malformed
from keys.errors import NotStrict
from keys.strict import compact, integer, members, strict_json, text
from schemas import vocab

CONSENT_WITHDRAWN: Final = "consent_withdrawn"
RECALL_CODES: Final = ("sent_in_error", "unlawful", "wrong_person", CONSENT_WITHDRAWN)
PARTNER_REVOKED: Final = "partner_revoked"  # no person's reason: it follows a revocation
NOT_RELEASABLE: Final = "not_releasable"  # no person's either: the rules refuse it to this holder
DISPUTERS: Final = ("originator", "supervisory_authority", "court", "data_subject", "other")
EVIDENCE: Final = "evidence"
# Why something is only kept, not used: Directive (EU) 2016/680, article 16(3).
UNCONFIRMED: Final = "unconfirmed"
RESTRICT_CODES: Final = ("accuracy_contested", EVIDENCE, UNCONFIRMED, "other")
ADDED_HANDLING: Final = ("H1", "H2", "H3")

# The codes each kind can have; None: it needs none, and whatever it has is only noted.
CODES: Final[Mapping[str, tuple[str, ...] | None]] = {
    "correct": None,
    "restrict": RESTRICT_CODES,
    "recall": (*RECALL_CODES, PARTNER_REVOKED, NOT_RELEASABLE),
    "erase": None,
    "change_restrictions": (*vocab.RESTRICTION_KINDS, *ADDED_HANDLING),
    "category_change": vocab.PERSON_CATEGORIES,
    "promote": None,
    "demote": None,
    "expire": None,
    "dispute": DISPUTERS,
}
KINDS: Final = tuple(CODES)
ABOUT_A_PERSON: Final = frozenset({"recall", "erase", "category_change"})  # these can be
WITH_AN_END: Final = frozenset({"restrict", "change_restrictions", "dispute"})  # these can have one
# Kind and code of what is meant for one holder alone, and for whoever has it by that one's hands.
FOR_ONE_HOLDER: Final = frozenset(
    {
        ("recall", CONSENT_WITHDRAWN),
        ("recall", PARTNER_REVOKED),
        ("recall", NOT_RELEASABLE),
        ("restrict", UNCONFIRMED),
    }
)
REMOVING: Final = frozenset({"recall", "erase", "expire"})
# Of these the newest holds, also to end it: one whose `until` is not after its `at`.
STANDING: Final = WITH_AN_END

_ID: Final = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PERSON: Final = re.compile(r"/persons/(?:0|[1-9][0-9]{0,5})")


def is_for_one_holder(kind: str, code: str | None) -> bool:
    """Return whether such a notice says nothing about copies that came by other hands."""
    return (kind, code) in FOR_ONE_HOLDER


def is_lift(until: int | None, at: int) -> bool:
    """Return whether a notice given at `at` ends what held; both in one unit."""
    return until is not None and until <= at


class NoticeMalformed(Malformed):
    """A text is not a notice of a kind and form that we know."""

    code = "notice-malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """News about one record, up to one version of it, or about one person in that version.

    `person` is a pointer into the unreduced version, so that it means the same in every rendition.
    """

    id: str
    record: str
    version: int
    kind: str
    person: str | None = None
    code: str | None = None
    until: int | None = None
    at: int

    @property
    def removes(self) -> bool:
        """Whether the holder keeps nothing of what it is about but a tombstone."""
        return self.kind in REMOVING and self.person is None


MEMBERS: Final = ("id", "nonce", *(one.name for one in fields(Notice) if one.name != "id"))


def lay_out(notice: Notice, nonce: str) -> bytes:
    """Return the text of a notice. Raises NoticeMalformed for one that nobody would take."""
    values = {name: getattr(notice, name, nonce) for name in MEMBERS}
    written = compact(values)
    parse(written)
    return written


def parse(written: bytes) -> Notice:
    """Return the notice in a text. Raises NoticeMalformed; says nothing about who may give it."""
    try:
        found = members(strict_json(written, 1), *MEMBERS)
        text(found["nonce"], DIGEST)
        notice = Notice(
            id=text(found["id"], _ID),
            record=text(found["record"], _ID),
            version=integer(found["version"], 1),
            kind=_kind(found["kind"]),
            person=None if found["person"] is None else text(found["person"], _PERSON),
            code=None if found["code"] is None else text(found["code"], CODE),
            until=None if found["until"] is None else integer(found["until"]),
            at=integer(found["at"]),
        )
    except NotStrict as fault:
        raise NoticeMalformed(fault.detail) from None  # the cause would repeat what was read
    return demand_sense(notice)


def demand_sense(notice: Notice) -> Notice:
    """Return `notice` if its members belong together. Raises NoticeMalformed."""
    codes = CODES.get(notice.kind)
    if codes is not None and notice.code not in codes:
        raise NoticeMalformed(f"the code of {notice.kind} is one of: {', '.join(codes)}")
    if notice.person is not None and notice.kind not in ABOUT_A_PERSON:
        raise NoticeMalformed(f"{notice.kind} is about a whole record")
    if notice.kind == "category_change" and notice.person is None:
        raise NoticeMalformed("category_change names a person")
    if notice.until is not None and notice.kind not in WITH_AN_END:
        raise NoticeMalformed(f"{notice.kind} has no end")
    return notice


def _kind(value: object) -> str:
    if not isinstance(value, str) or value not in CODES:
        raise NotStrict("not a kind of notice")
    return value
