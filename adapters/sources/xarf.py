"""XARF 4 reports of the content types csam and csem → `hosting_report`.

Owns the reading of one report; what XARF demands of it is in `xarf_rules`. Evidence that claims to
be media is refused for good; other evidence, digests of files and `_internal` are left out and
named.

Ruled by docs/reference/xarf.md.

Source: the XARF specification 4, core and content schemas (MIT).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from adapters.base import AdapterFault, Caps, Draft, MediaRefused, SourceUnmapped
from adapters.drafting import Sketch, unused_of_json
from adapters.safe_json import child, load
from adapters.sources.xarf_rules import CLASSIFIED_BY, faults_of

_EXPLOITATIONS: Final = {
    "grooming": "grooming",
    "solicitation": "grooming",
    "sextortion": "sextortion_sexual",
    "trafficking": "trafficking",
    "distribution": "distribution",
    "production": "production",
    "possession": "",
}
_MEDIA_KINDS: Final = {"image": "image", "video": "video", "text": "text", "mixed": "mixed"}
_MEDIA: Final = re.compile(r"\s*(?:image|video|audio)/", re.IGNORECASE)
_MINORS: Final = ("infant", "toddler", "prepubescent", "pubescent")
_VERSION: Final = re.compile(r"4\.[0-9]{1,4}\.[0-9]{1,4}")
_LEFT: Final = {
    "_internal": "internal",
    "hash_values": "digests-of-files",
    "evidence": "evidence",
    "screenshot_url": "evidence",
}


class XarfAdapter:
    """Reads one XARF report."""

    name = "xarf"
    version = "2"
    media_types: Sequence[str] = ("application/xarf+json",)

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield the one draft of a report."""
        report = load(raw, caps)
        if not isinstance(report, dict):
            raise _unmapped("", "A report is an object.")
        version = report.get("xarf_version")
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise _unmapped("/xarf_version", "Only version 4 is read here.")
        if report.get("category") != "content" or report.get("type") not in list(CLASSIFIED_BY):
            raise _unmapped("/type", "Only content reports of the types csam and csem are read.")
        _refuse_media(report)
        yield _Reading(report).draft()


def _refuse_media(report: Mapping[str, Any]) -> None:
    evidence = report.get("evidence")
    found = [
        AdapterFault(
            f"/evidence/{index}/content_type",
            "imagery",
            "Evidence of a media type is embedded.",
            "Send the report without it; say in `media_type` what was found.",
        )
        for index, one in enumerate(evidence if isinstance(evidence, list) else [])
        if isinstance(one, dict) and _MEDIA.match(str(one.get("content_type", "")))
    ]
    if found:
        raise MediaRefused(*found)


class _Reading:
    """One report being read."""

    def __init__(self, report: dict[str, Any]) -> None:
        self._report = report
        self._sketch = Sketch("hosting_report")

    def draft(self) -> Draft:
        sketch, report = self._sketch, self._report
        for name, code in _LEFT.items():
            if report.get(name):
                sketch.lose(child("", name), code)
        sketch.used.update(("/xarf_version", "/category"))
        sketch.faults.extend(faults_of(report, report["type"]))
        sketch.constant("/origin", "xarf")
        self._take("report_id", "/provider_ref")
        self._take("timestamp", "/as_of")
        for name, scheme in (("report_id", "xarf"), ("ncmec_report_id", "ncmec")):
            here = sketch.place("external_refs")
            if self._take(name, f"{here}/value"):
                sketch.constant(f"{here}/scheme", scheme)
        self._location()
        self._attribution()
        self._judgment()
        self._people()
        self._indicators()
        if self._take("description", "/summaries/0/text"):
            sketch.constant("/summaries/0/lang", "und")
        sketch.losses.extend(unused_of_json(report, sketch.used))
        return sketch.finish()

    def _take(
        self,
        name: str,
        target: str,
        rule: str = "as-is",
        change: Callable[[Any], object] | None = None,
    ) -> bool:
        value = self._report.get(name)
        if value in (None, "", [], {}) or isinstance(value, dict | list):
            return False
        changed = change(value) if change else value
        if changed in (None, ""):
            self._sketch.lose(child("", name), "code-unknown")
            return False
        before = None if changed is value else str(value)
        self._sketch.put(target, changed, child("", name), rule, before)
        return True

    def _location(self) -> None:
        self._take("url", "/location/url")
        self._take("domain", "/location/domain")
        self._take("asn", "/location/asn")
        self._take("country_code", "/host_country", "country-code")
        source = self._report.get("source_identifier")
        if isinstance(source, str) and _is_ip(source):
            self._take("source_identifier", "/location/ip", "source-is-address")
            self._take("source_port", "/location/port")
        elif source and source == self._report.get("domain"):
            self._sketch.used.add("/source_identifier")

    def _attribution(self) -> None:
        for name, layer in (("hosting_provider", "webhoster"), ("registrar", "domain")):
            here = self._sketch.place("attribution")
            if self._take(name, f"{here}/org"):
                self._sketch.constant(f"{here}/layer", layer)
                self._sketch.constant(f"{here}/source", "XARF report")
                self._take("timestamp", f"{here}/as_of")

    def _judgment(self) -> None:
        sketch, kind = self._sketch, self._report["type"]
        if self._take(CLASSIFIED_BY[kind], "/assessment/value"):
            scheme = f"xarf-4-{kind}"
            sketch.put("/assessment/scheme", scheme, "/type", "scheme-of-type", before=kind)
            self._take("detection_method", "/assessment/by")
            self._take("verified_at", "/assessment/at")
            sketch.indicators.append(f"{kind}:{sketch.body['assessment']['value']}")
        if kind == "csem":
            value = self._report.get("exploitation_type")
            phenomenon = _EXPLOITATIONS.get(value, "") if isinstance(value, str) else ""
            if phenomenon:
                target = "/governance/phenomenon/0"
                sketch.put(target, phenomenon, "/exploitation_type", "exploitation-type", value)
        self._take("media_type", "/media_kind", "media-type", lambda v: _MEDIA_KINDS.get(str(v)))
        if self._report.get("content_removed") is True:
            self._take("content_removed", "/state", "removed", lambda _: "removed")
        if self._report.get("verification_method") == "manual" and self._report.get("verified_at"):
            self._take("verified_at", "/observations/0/time")
            sketch.constant("/observations/0/result", "online")
            self._take(
                "verification_method", "/observations/0/method", "looked-at", lambda _: "analyst"
            )

    def _indicators(self) -> None:
        """Make the tags of a report keys that a source profile may use; they have no place."""
        tags = self._report.get("tags")
        if isinstance(tags, list):
            self._sketch.indicators.extend(f"tag:{one}" for one in tags if isinstance(one, str))

    def _people(self) -> None:
        sketch = self._sketch
        for name in ("reporter", "sender"):
            contact = self._report.get(name)
            if not isinstance(contact, dict):
                continue
            if contact.get("contact"):
                sketch.lose(f"/{name}/contact", "staff-dropped")
            if isinstance(contact.get("org"), str) and (
                name == "reporter" or contact != self._report.get("reporter")
            ):
                here = sketch.place("organisations")
                sketch.put(f"{here}/name", contact["org"], f"/{name}/org", "as-is")
                sketch.constant(f"{here}/role", name)
            elif name == "sender":
                sketch.used.update(("/sender/org", "/sender/domain"))
        self._subjects()

    def _subjects(self) -> None:
        """Read whom the report is about; who reports is no subject."""
        sketch = self._sketch
        suspect = self._report.get("perpetrator_indicators")
        account = suspect.get("account_id") if isinstance(suspect, dict) else None
        domain = self._report.get("domain") or _host(self._report.get("url"))
        if isinstance(account, str) and account and domain:
            sketch.put(
                "/identities/0/user_id", account, "/perpetrator_indicators/account_id", "as-is"
            )
            source = "/domain" if self._report.get("domain") else "/url"
            whole = None if source == "/domain" else str(self._report["url"])
            sketch.put("/identities/0/platform", domain, source, "host", whole)
        if self._report.get("victim_age_range") in _MINORS:
            self._take("victim_age_range", "/persons/0/minor", "age-range", lambda _: "yes")
            sketch.constant("/persons/0/category", "victim")
        if isinstance(suspect, dict) and suspect.get("ip_addresses"):
            # An address means nobody without its time, which XARF does not give.
            sketch.lose("/perpetrator_indicators/ip_addresses", "address-or-time-missing")


# A name and password can stand before the host.
_HOST: Final = re.compile(
    r"[a-z]{3,6}://(?:[^/?#@\s]{0,256}@)?([^/?#@:\s\[\]]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?=[/?#:]|\Z)",
    re.IGNORECASE,
)


def _host(url: object) -> str:
    found = _HOST.match(url) if isinstance(url, str) else None
    return found[1] if found else ""


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _unmapped(pointer: str, detail: str) -> SourceUnmapped:
    hint = "Send an XARF 4 report of category content, type csam or csem."
    return SourceUnmapped(AdapterFault(pointer, "not-mapped", detail, hint))
