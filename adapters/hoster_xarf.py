"""A `hosting_report` → an XARF 4 report for the hoster who can remove the page.

Owns what a hoster is told: the place, what it was judged to be and how it was found, and who to
answer to. Persons, accounts, observations and everything else of the record stay; each is named as
a loss. Leaves to `flow` whether the record may go to a hoster at all.

Ruled by docs/reference/xarf.md.

Stays true:
  * The terms are said first, in the one free text that XARF has. That is no place which a reader
    must pass, so what came under H1, or under conditions in words, is refused.
  * What is written is held against the same table as what is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from adapters.base import AdapterFault, Loss
from adapters.sources.xarf_rules import (
    CLASSIFIED_BY,
    CSAM_METHODS,
    CSEM_METHODS,
    UUID,
    faults_of,
)

VERSION: Final = "4.2.0"
NOT_FOR_A_HOSTER: Final = "not-for-a-hoster"
NO_PLACE: Final = "no-place"
SHORTENED: Final = "shortened"
# H1: no disclosure in court without permission. H3: conditions in words.
_NEED_A_PLACE: Final = ("H1", "H3")
_MOST_DESCRIPTION_CHARS: Final = 1_000
_MEDIA: Final = frozenset({"image", "video", "text", "mixed"})
_METHODS: Final = {"csam": CSAM_METHODS, "csem": CSEM_METHODS}
_BY_USERS: Final = frozenset({"hotline", "citizen", "trusted_flagger"})
_OF_GATEWAY: Final = frozenset(
    {"type", "version", "schema", "nonce", "rendition", "corrects", "terms", "addressees"}
)
_UUID: Final = re.compile(rf"(?:urn:uuid:)?({UUID})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifier:
    """Who sends the report, and where the hoster answers: a desk, no person."""

    org: str
    contact: str  # e-mail address
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """What XARF wants to know and the record may not say: class and way of finding."""

    kind: str = ""  # csam or csem
    value: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The report, and everything of the record that is not in it."""

    report: Mapping[str, Any]
    losses: Sequence[Loss]

    def text(self) -> str:
        """Return it as JSON, for a file or a mail."""
        return json.dumps(self.report, ensure_ascii=False, indent=2)


class NotForHoster(Exception):
    """The record cannot be written for a hoster; all that stands against it."""

    code: ClassVar[str] = "not-for-hoster"

    def __init__(self, *faults: AdapterFault) -> None:
        super().__init__("; ".join(sorted({fault.code for fault in faults})))
        self.faults = faults


def for_hoster(
    body: Mapping[str, Any], by: Notifier, *, terms: Sequence[str], judgment: Judgment
) -> Written:
    """Return the XARF report of a hosting report. Raises NotForHoster with all faults.

    `terms` are the sentences under which the hoster gets it; `judgment` fills what the record does
    not say in XARF's codes.
    """
    if body.get("type") != "hosting_report":
        raise NotForHoster(_fault("/type", "wrong-type", "Only a hosting report is written so."))
    faults = list(_against(body))
    writing = _Writing(body, by, judgment)
    report = writing.report(terms)
    if writing.kind:
        faults += faults_of(report, writing.kind)
    else:
        detail = "What XARF calls the material is not known."
        faults.append(_fault("/assessment", "required", detail))
    if faults:
        raise NotForHoster(*dict.fromkeys(faults))
    return Written(report, tuple(writing.losses()))


def _against(body: Mapping[str, Any]) -> Iterator[AdapterFault]:
    """Yield what forbids that a hoster gets the record in this form."""
    governance = body.get("governance") or {}
    for index, code in enumerate(governance.get("handling") or ()):
        if code in _NEED_A_PLACE:
            detail = f"XARF has no place for terms that {code} needs read first."
            yield _fault(f"/governance/handling/{index}", "no-place-for-terms", detail)
    if governance.get("restrictions"):
        detail = "XARF has no place for restrictions."
        yield _fault("/governance/restrictions", "no-place-for-terms", detail)
    location = body.get("location") or {}
    if not location.get("url"):
        yield _fault("/location/url", "required", "A hoster needs the address of the page.")


class _Writing:
    """One report being written; remembers what of the record went into it."""

    def __init__(self, body: Mapping[str, Any], by: Notifier, judgment: Judgment) -> None:
        self._body = body
        self._by = by
        self._used: set[str] = set()
        self._cut: list[Loss] = []
        said = body.get("assessment") or {}
        scheme = str(said.get("scheme", "")).removeprefix("xarf-4-")
        known = scheme if scheme in CLASSIFIED_BY else ""
        self.kind = judgment.kind or known
        self._value = judgment.value
        if known and known == self.kind and not judgment.value:
            self._value = str(self._say("assessment", "value"))
            self._used.add("/assessment/scheme")
        self._method = judgment.method

    def report(self, terms: Sequence[str]) -> dict[str, Any]:
        """Return the members that have a value, in the order of the specification."""
        body = self._body
        contact = {"org": self._by.org, "contact": self._by.contact, "domain": self._by.domain}
        number = _UUID.fullmatch(str(body.get("id", "")))
        address = self._say("location", "ip")
        domain = self._say("location", "domain")
        members = {
            "xarf_version": VERSION,
            "report_id": number[1] if number else str(body.get("id", "")),
            "timestamp": self._say("as_of") or self._say("created"),
            "reporter": contact,
            "sender": dict(contact),
            "source_identifier": address or domain,
            "source_port": self._say("location", "port") if address else None,
            "category": "content",
            "type": self.kind,
            "url": self._say("location", "url"),
            "domain": domain,
            "asn": self._say("location", "asn"),
            "hosting_provider": self._answering("webhoster"),
            "registrar": self._answering("domain"),
            "country_code": self._country(),
            CLASSIFIED_BY.get(self.kind, "classification"): self._value,
            "detection_method": self._found(),
            "media_type": self._media(),
            "content_removed": True if self._is_removed() else None,
            **self._seen(),
            "description": self._description(terms),
        }
        self._used.add("/id")
        return {name: value for name, value in members.items() if value not in (None, "")}

    def losses(self) -> Iterator[Loss]:
        """Yield everything of the record that is not in the report, by the member it stands in."""
        yield from self._cut
        for name, value in self._body.items():
            here = f"/{name}"
            if name in _OF_GATEWAY or value in (None, "", [], {}) or here in self._used:
                continue
            below = [one for one in self._used if one.startswith(f"{here}/")]
            if not below:
                yield Loss(here, NOT_FOR_A_HOSTER)
            elif isinstance(value, Mapping):
                yield from (
                    Loss(f"{here}/{one}", NO_PLACE)
                    for one in value
                    if f"{here}/{one}" not in self._used
                )
            elif isinstance(value, list):
                yield from (
                    Loss(f"{here}/{index}", NO_PLACE)
                    for index in range(len(value))
                    if f"{here}/{index}" not in self._used
                )

    def _say(self, *way: str) -> Any:
        """Return a value of the record, and remember that it was said."""
        node: Any = self._body
        for name in way:
            node = node.get(name) if isinstance(node, Mapping) else None
        if node not in (None, ""):
            self._used.add("/" + "/".join(way))
        return node

    def _answering(self, layer: str) -> str | None:
        for index, one in enumerate(self._body.get("attribution") or ()):
            if one.get("layer") == layer:
                self._used.add(f"/attribution/{index}")
                return str(one.get("org"))
        return None

    def _country(self) -> str | None:
        code = self._body.get("host_country")
        return self._say("host_country") if code not in (None, "unknown") else None

    def _found(self) -> str:
        methods = _METHODS.get(self.kind, ())
        said = (self._body.get("assessment") or {}).get("by")
        if self._method:
            return self._method
        if said in methods:
            return str(self._say("assessment", "by"))
        return "user_report" if self._say("origin") in _BY_USERS else ""

    def _media(self) -> str | None:
        if self.kind == "csam" and self._body.get("media_kind") in _MEDIA:
            return str(self._say("media_kind"))
        return None

    def _is_removed(self) -> bool:
        return self.kind == "csam" and self._body.get("state") == "removed" and (
            self._say("state") == "removed"
        )  # fmt: skip

    def _seen(self) -> dict[str, Any]:
        """Return when somebody last saw it there."""
        looks = [
            (str(one.get("time")), index)
            for index, one in enumerate(self._body.get("observations") or ())
            if (one.get("result"), one.get("method")) == ("online", "analyst")
        ]
        if not looks:
            return {}
        time, index = max(looks)
        self._used.add(f"/observations/{index}")
        return {"verified_at": time, "verification_method": "manual"}

    def _description(self, terms: Sequence[str]) -> str | None:
        text = " ".join(terms)
        count = self._body.get("item_count")
        if count:
            text = f"{text} Items at this address: {self._say('item_count')}.".strip()
        if len(text) > _MOST_DESCRIPTION_CHARS:
            raise NotForHoster(
                _fault("/terms", "too-long", "The terms do not fit into what XARF has for text.")
            )
        return text or None


_HINTS: Final = {
    "no-place-for-terms": "Agree with the hoster otherwise, in a form that says the terms first.",
    "required": "Add it to the record, or say it with the command.",
    "wrong-type": "Name a hosting report.",
    "too-long": "Shorten the terms.",
}


def _fault(pointer: str, code: str, detail: str) -> AdapterFault:
    return AdapterFault(pointer, code, detail, _HINTS[code])
