"""What XARF 4 demands of a content report, as a table, and a check that names every fault.

Owns the members of the core and of the types csam and csem: their kinds, bounds and code lists.
Written as a table of our own because a general validator costs more than all else that is done
with a report; the tests hold it against the published schemas.

Source: the XARF specification 4, core and content schemas (MIT).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.base import AdapterFault
from adapters.safe_json import child

Way = tuple[Any, ...]  # nothing, or the way to what is above and a name or index
UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one value must be. Bounds are of a number, of a text's length or a list's."""

    kind: str  # text, integer, number, flag, list, object
    pattern: re.Pattern[str] | None = None
    codes: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    of: Rule | None = None
    members: Mapping[str, Rule] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    closed: bool = False  # no member but those named

    def holds(self, value: float) -> bool:
        """Return whether a number is within the bounds."""
        if self.least is None or self.most is None:
            return True
        return self.least <= value <= self.most


def _text(most: int | None = None, pattern: str = "") -> Rule:
    return Rule(kind="text", most=most, pattern=re.compile(pattern) if pattern else None)


def _code(*codes: str) -> Rule:
    return Rule(kind="text", codes=codes)


def _list(of: Rule, most: int | None = None) -> Rule:
    return Rule(kind="list", of=of, most=most)


def _object(*required: str, closed: bool = False, **members: Rule) -> Rule:
    return Rule(kind="object", required=required, closed=closed, members=members)


_TEXT: Final = _text()
_FLAG: Final = Rule(kind="flag")
_CONTACT: Final = _object(
    "org", "contact", "domain", closed=True, org=_text(200), contact=_TEXT, domain=_TEXT
)
_EVIDENCE: Final = _object(
    "content_type",
    "payload",
    closed=True,
    content_type=_TEXT,
    description=_text(500),
    payload=_TEXT,
    hash=_text(pattern=r"(?:md5|sha1|sha256|sha512):[a-fA-F0-9]+"),
    size=Rule(kind="integer", least=0, most=5_242_880),
)
_CONTENT: Final[Mapping[str, Rule]] = {
    "xarf_version": _text(pattern=r"4\.[0-9]+\.[0-9]+"),
    "report_id": _text(pattern=UUID),
    "timestamp": _TEXT,
    "reporter": _CONTACT,
    "sender": _CONTACT,
    "source_identifier": _TEXT,
    "source_port": Rule(kind="integer", least=1, most=65_535),
    "category": _code("content"),
    "type": _TEXT,
    "evidence_source": _TEXT,
    "evidence": _list(_EVIDENCE, most=50),
    "tags": _list(_text(pattern=r"[a-z0-9][a-z0-9_+-]*:[a-z0-9][a-z0-9_+-]*"), most=20),
    "confidence": Rule(kind="number", least=0, most=1),
    "description": _text(1_000),
    "legacy_version": _code("3"),
    "_internal": _object(),
    "url": _TEXT,
    "domain": _text(pattern=r"(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}"),
    "registrar": _TEXT,
    "nameservers": _list(_TEXT),
    "dns_records": _object(a=_list(_TEXT), aaaa=_list(_TEXT), mx=_list(_TEXT), txt=_list(_TEXT)),
    "screenshot_url": _TEXT,
    "verified_at": _TEXT,
    "verification_method": _code(
        "manual", "automated_crawler", "user_report", "honeypot", "threat_intelligence"
    ),
    "attack_vector": _code(
        "phishing", "malware", "fraud", "brand_infringement", "copyright_infringement",
        "data_leak", "remote_compromise", "suspicious_registration",
    ),
    "target_brand": _TEXT,
    "hosting_provider": _TEXT,
    "asn": Rule(kind="integer", least=1, most=4_294_967_295),
    "country_code": _text(pattern=r"[A-Z]{2}"),
    "ssl_certificate": _object(
        issuer=_TEXT, subject=_TEXT, valid_from=_TEXT, valid_to=_TEXT, fingerprint=_TEXT
    ),
    "whois": _object(
        registrant=_TEXT, created_date=_TEXT, updated_date=_TEXT, expiry_date=_TEXT,
        registrar_abuse_contact=_TEXT,
    ),
    "dns_response": _object(
        query_time=_TEXT,
        authoritative=_FLAG,
        response_code=_code("NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED"),
    ),
}  # fmt: skip
_REQUIRED: Final = (
    "xarf_version", "report_id", "timestamp", "reporter", "sender", "source_identifier",
    "category", "type", "url", "detection_method",
)  # fmt: skip
CSAM_CLASSES: Final = ("baseline", "A1", "A2", "B1", "B2")
CSEM_TYPES: Final = (
    "grooming", "solicitation", "sextortion", "trafficking", "distribution", "production",
    "possession",
)  # fmt: skip
CSAM_METHODS: Final = (
    "hash_match", "ai_detection", "manual_review", "user_report", "automated_scan"
)  # fmt: skip
CSEM_METHODS: Final = (
    "behavioral_analysis", "keyword_detection", "user_report", "ai_detection", "manual_review",
    "law_enforcement_referral",
)  # fmt: skip
CLASSIFIED_BY: Final = {"csam": "classification", "csem": "exploitation_type"}
_HEX: Final = "[a-fA-F0-9]"
_CSAM: Final[Mapping[str, Rule]] = {
    "type": _code("csam"),
    "classification": _code(*CSAM_CLASSES),
    "media_type": _code("image", "video", "audio", "text", "mixed"),
    "detection_method": _code(*CSAM_METHODS),
    "hash_values": _object(
        md5=_text(pattern=_HEX + "{32}"),
        sha1=_text(pattern=_HEX + "{40}"),
        sha256=_text(pattern=_HEX + "{64}"),
        photodna=_TEXT,
    ),
    "ncmec_report_id": _TEXT,
    "content_removed": _FLAG,
    "account_suspended": _FLAG,
}
_CSEM: Final[Mapping[str, Rule]] = {
    "type": _code("csem"),
    "exploitation_type": _code(*CSEM_TYPES),
    "victim_age_range": _code("infant", "toddler", "prepubescent", "pubescent", "unknown"),
    "platform": _code(
        "social_media", "messaging_app", "gaming_platform", "forum", "email", "darkweb", "other"
    ),
    "detection_method": _code(*CSEM_METHODS),
    "evidence_type": _list(_code("chat_logs", "images", "videos", "user_profile", "metadata")),
    "perpetrator_indicators": _object(
        account_id=_TEXT, ip_addresses=_list(_TEXT), pattern_of_behavior=_TEXT
    ),
    "reporting_obligations": _list(
        _code(
            "NCMEC", "IWF", "local_law_enforcement", "europol", "interpol",
            "platform_safety_team", "other",
        )
    ),
}  # fmt: skip
_RULES: Final = {
    kind: Rule(
        kind="object",
        members={**_CONTENT, **members},
        required=(*_REQUIRED, CLASSIFIED_BY[kind]),
    )
    for kind, members in (("csam", _CSAM), ("csem", _CSEM))
}
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "text": str, "integer": (int, float), "number": (int, float), "flag": bool, "list": list,
    "object": dict,
}  # fmt: skip


def faults_of(report: Mapping[str, object], kind: str) -> list[AdapterFault]:
    """Return all that a report of the type `kind` lacks, or has otherwise than XARF says."""
    return list(_check(report, _RULES[kind], ()))


def _check(value: object, rule: Rule, here: Way) -> Iterator[AdapterFault]:
    """Yield what is wrong with a value; the table is three deep, and so is this."""
    if not _is_of(value, rule.kind):
        yield AdapterFault(
            _place(here), "wrong-type", f"XARF has a {rule.kind} here.", "See XARF 4."
        )
    elif isinstance(value, str):
        yield from _check_text(value, rule, here)
    elif isinstance(value, list):
        yield from _check_list(value, rule, here)
    elif isinstance(value, dict):
        yield from _check_object(value, rule, here)
    elif isinstance(value, int | float) and not rule.holds(value):
        yield AdapterFault(
            _place(here), "out-of-range", "Outside of what XARF allows.", "See XARF 4."
        )


def _check_list(value: list[object], rule: Rule, here: Way) -> Iterator[AdapterFault]:
    if rule.most is not None and len(value) > rule.most:
        yield AdapterFault(_place(here), "too-many", f"At most {rule.most} entries.", "Send fewer.")
    if rule.of is not None:
        for index, one in enumerate(value):
            yield from _check(one, rule.of, (here, index))


def _is_of(value: object, kind: str) -> bool:
    if kind in ("integer", "number"):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and (kind == "number" or value == int(value))  # type: ignore[call-overload]
    return isinstance(value, _TYPES[kind])


def _check_text(value: str, rule: Rule, here: Way) -> Iterator[AdapterFault]:
    if rule.codes and value not in rule.codes:
        hint = f"One of {', '.join(rule.codes)}."
        yield AdapterFault(_place(here), "not-in-list", "Not a code of XARF.", hint)
    if rule.pattern is not None and not rule.pattern.fullmatch(value):
        hint = f"Write it as {rule.pattern.pattern}."
        yield AdapterFault(
            _place(here), "not-of-pattern", "Not of the form that XARF demands.", hint
        )
    if rule.most is not None and len(value) > rule.most:
        yield AdapterFault(
            _place(here), "too-long", f"At most {rule.most} characters.", "Shorten it."
        )


def _check_object(value: dict[str, object], rule: Rule, here: Way) -> Iterator[AdapterFault]:
    for name in rule.required:
        if name not in value:
            yield AdapterFault(
                _place((here, name)), "required", "XARF requires this member.", f"Add `{name}`."
            )
    for name, one in value.items():
        below = rule.members.get(name)
        if below is not None:
            yield from _check(one, below, (here, name))
        elif rule.closed:
            yield AdapterFault(
                _place((here, name)), "unknown-field", "XARF has no such member.", "Leave it out."
            )


def _place(way: Way) -> str:
    """Return the pointer of a way; only of what is wrong is it ever needed."""
    return child(_place(way[0]), way[1]) if way else ""
