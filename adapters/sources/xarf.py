"""XARF 4 reports of the content types csam and csem → `hosting_report`.

Owns the reading of one report. Evidence that claims to be media is refused for good; other
evidence, digests of files and `_internal` are left out and named.

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

_REQUIRED: Final = (
    "report_id", "timestamp", "reporter", "sender", "source_identifier", "url", "detection_method",
)  # fmt: skip
_OF_TYPE: Final = {"csam": "classification", "csem": "exploitation_type"}
_CLASSES: Final = ("baseline", "A1", "A2", "B1", "B2")
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
    version = "1"
    media_types: Sequence[str] = ("application/xarf+json",)

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield the one draft of a report."""
        report = load(raw, caps)
        if not isinstance(report, dict):
            raise _unmapped("", "A report is an object.")
        version = report.get("xarf_version")
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            raise _unmapped("/xarf_version", "Only version 4 is read here.")
        if report.get("category") != "content" or report.get("type") not in list(_OF_TYPE):
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
        self._check()
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
        if self._take("description", "/summaries/0/text"):
            sketch.constant("/summaries/0/lang", "und")
        sketch.losses.extend(unused_of_json(report, sketch.used))
        return sketch.finish()

    def _check(self) -> None:
        """Say all that the specification requires and the report lacks."""
        report, sketch = self._report, self._sketch
        for name in (*_REQUIRED, _OF_TYPE[report["type"]]):
            if not report.get(name):
                sketch.fault(f"/{name}", "required", "XARF requires this member.", f"Add `{name}`.")
        for name, allowed in (
            ("classification", _CLASSES),
            ("exploitation_type", tuple(_EXPLOITATIONS)),
        ):
            value = report.get(name)
            if value is not None and value not in allowed:
                hint = f"One of {', '.join(allowed)}."
                sketch.fault(f"/{name}", "not-in-list", "Not a code of XARF.", hint)

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
        self._sketch.put(target, changed, child("", name), rule)
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
        if self._take(_OF_TYPE[kind], "/assessment/value"):
            sketch.put("/assessment/scheme", f"xarf-4-{kind}", "/type", "scheme-of-type")
            self._take("detection_method", "/assessment/by")
            self._take("verified_at", "/assessment/at")
            sketch.indicators.append(f"{kind}:{sketch.body['assessment']['value']}")
        if kind == "csem":
            value = self._report.get("exploitation_type")
            phenomenon = _EXPLOITATIONS.get(value, "") if isinstance(value, str) else ""
            if phenomenon:
                target = "/governance/phenomenon/0"
                sketch.put(target, phenomenon, "/exploitation_type", "exploitation-type")
        self._take("media_type", "/media_kind", "media-type", lambda v: _MEDIA_KINDS.get(str(v)))
        if self._report.get("content_removed") is True:
            self._take("content_removed", "/state", "removed", lambda _: "removed")

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
        suspect = self._report.get("perpetrator_indicators")
        account = suspect.get("account_id") if isinstance(suspect, dict) else None
        domain = self._report.get("domain") or _host(self._report.get("url"))
        if isinstance(account, str) and account and domain:
            sketch.put(
                "/identities/0/user_id", account, "/perpetrator_indicators/account_id", "as-is"
            )
            source = "/domain" if self._report.get("domain") else "/url"
            sketch.put("/identities/0/platform", domain, source, "host")
        if isinstance(suspect, dict) and suspect.get("ip_addresses"):
            # An address means nobody without its time, which XARF does not give.
            sketch.lose("/perpetrator_indicators/ip_addresses", "address-or-time-missing")


def _host(url: object) -> str:
    found = re.match(r"[a-z]{3,6}://([^/?#@:\s]{1,253})", url) if isinstance(url, str) else None
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
