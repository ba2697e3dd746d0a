"""CyberTipline reports of NCMEC → `case`, and a `hosting_report` for each reported web page.

Owns the reduction to metadata: of an uploaded file only the address, port and time of its upload,
its annotations and the count stay; names, digests, camera data and content are left out.

Source: element names as in MIT-licensed clients of the CyberTipline API; NCMEC's XSD is not public.

Stays true:
  * The reporter's staff never enter a draft, nor an officer's name; chat content and file names
    neither.
  * Nobody reported becomes a suspect here: the category is the source profile's to give.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from adapters import safe_xml
from adapters.base import AdapterFault, Caps, Draft, Loss, SourceUnmapped
from adapters.drafting import CUT, Sketch, truth, unused_of_xml, whole
from adapters.safe_xml import Element
from schemas.codes import COUNTRIES

PHENOMENA: Final = {
    "online enticement of children for sexual acts": "grooming",
    "child pornography (possession, manufacture, and distribution)": "distribution",
    "child sex trafficking": "trafficking",
    "child sex tourism": "travelling_offender",
}
_EVENTS: Final = ("login", "registration", "purchase", "upload", "other")
_LEFT: Final = {
    "reportingPerson": "staff-dropped",
    "contactPerson": "staff-dropped",
    "officerContact": "staff-dropped",
    "content": "content",
    "chatLog": "content",
    "headers": "content",
    "fileNames": "file-detail",
}
_USERS: Final = ("personOrUserReported", "victim", "intendedRecipient")
_FILES: Final = ("fileDetails", "fileDetail")
_MOST_REASON_CHARS: Final = 1_000
_MOST_SUMMARY_CHARS: Final = 4_000
_ADULT: Final = 18


class CybertipAdapter:
    """Reads one CyberTipline report."""

    name = "cybertip"
    version = "1"
    media_types: Sequence[str] = ("application/cybertip+xml",)

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield the case, then a hosting report for each web page; losses are with the case.

        Raises SourceUnreadable, SourceUnmapped.
        """
        report = safe_xml.load(raw, caps)
        if report.tag != "report" or report.child("incidentSummary") is None:
            raise SourceUnmapped(
                AdapterFault(
                    report.path,
                    "not-cybertip",
                    "The document is no CyberTipline report.",
                    "Send a `report` with an `incidentSummary`.",
                )
            )
        case = _Case(report)
        case.fill()
        urls = [
            url
            for url in report.all("internetDetails", "webPageIncident", "url")
            if url.text and not url.children
        ]
        pages = [_page(report, url, at) for at, url in enumerate(urls)]
        used = case.sketch.used.union(*(page.used for page in pages))
        unused = unused_of_xml(report, used, case.sketch.settled)
        case.sketch.losses.extend(map(_of_file, unused))
        yield case.sketch.finish()
        for page in pages:
            yield page.finish()


def _of_file(loss: Loss) -> Loss:
    """Return the loss with its own code if it is of a file."""
    return Loss(loss.source, "file-detail") if _is_of_file(loss.source) else loss


def _is_of_file(path: str) -> bool:
    return not set(_FILES).isdisjoint(path.split("/"))


def _reference(sketch: Sketch, report: Element, suffix: str = "") -> None:
    """Write the report's number, or the stated derivation from the reported user and the time."""
    number = report.child("reportId")
    if number is not None and number.text:
        sketch.put("/provider_ref", number.text + suffix, number.path, "report-id")
        sketch.put("/external_refs/0/value", number.text, number.path, "report-id")
        sketch.constant("/external_refs/0/scheme", "ncmec")
        return
    user = report.at("personOrUserReported", "espIdentifier")
    time = report.at("incidentSummary", "incidentDateTime")
    if user is not None and time is not None and user.text and time.text:
        text = f"{user.text}@{time.text}{suffix}"
        sketch.put("/provider_ref", text, [user.path, time.path], "user-and-time")
        return
    sketch.fault(
        "/report/reportId",
        "required",
        "The report has no number, nor a reported user with the time of the incident.",
        "Send `reportId`, or `espIdentifier` and `incidentDateTime`.",
    )


def _risk(sketch: Sketch, report: Element) -> None:
    """Turn marks of escalation and of live streaming into risk."""
    reasons: list[tuple[Element, str]] = []
    escalated = report.at("incidentSummary", "escalateToHighPriority")
    if escalated is not None and _is_set(escalated):
        words = escalated.text if truth(escalated.text or "1") is None else ""
        reasons.append((escalated, words or "The platform escalated the report."))
    live = [one for one in report.walk() if one.tag == "liveStreaming" and _is_set(one)]
    if live:
        basis = "A mark of live streaming; nobody has looked whether it goes on."
        paths = [one.path for one in live]
        reasons.append((live[0], "The platform marks live streaming."))
        sketch.put("/risk/child_at_risk_now/value", "unknown", paths, "live-streaming")
        sketch.put("/risk/child_at_risk_now/basis", basis, paths, "live-streaming")
    if reasons:
        paths = [one.path for one, _ in reasons]
        text = " ".join(words for _, words in reasons)
        sketch.put("/risk/urgency", "urgent", paths, "marked-by-platform")
        _words(sketch, text, "/risk/reason", _MOST_REASON_CHARS, paths)


def _incident(sketch: Sketch, report: Element) -> None:
    """Write what kind of incident it is, and a sentence of codes and counts."""
    sketch.take(report.child("incidentSummary"), "incidentDateTime", "/as_of")
    sentence: list[str] = []
    sources: list[str] = []
    kind = report.at("incidentSummary", "incidentType")
    if kind is not None and kind.text:
        _phenomenon(sketch, PHENOMENA.get(kind.text.casefold()), kind, "incident-type")
        sketch.indicators.append(f"incident:{_token(kind.text)}")
        sentence.append(f"CyberTipline report: {kind.text}.")
        sources.append(kind.path)
    marks = [
        one
        for place in report.walk()
        if place.tag in {"reportAnnotations", "fileAnnotations"}
        for one in place.children
        if _is_set(one)
    ]
    if marks:
        names = sorted({one.tag for one in marks})
        sketch.indicators.extend(f"annotation:{name}" for name in names)
        sentence.append(f"Annotations: {', '.join(names)}.")
        sources.extend(one.path for one in marks)
        generated = next((one for one in marks if one.tag == "generativeAi"), None)
        if generated is not None:
            _phenomenon(sketch, "ai_generated", generated, "annotation")
    files = _files(report)
    if files:
        sentence.append(f"Files in the report: {len(files)}.")
        sources.extend(one.path for one in files)
    if sentence:
        sketch.put("/summaries/0/text", " ".join(sentence), sources, "codes-and-counts")
        sketch.constant("/summaries/0/lang", "en")
        sketch.constant("/summaries/0/by", "machine")
    for one in files:
        sketch.used.discard(one.path)  # counted; what else it says is a loss


def _phenomenon(sketch: Sketch, code: str | None, element: Element, rule: str) -> None:
    if code is not None:
        count = len(sketch.body.get("governance", {}).get("phenomenon", ()))
        sketch.put(f"/governance/phenomenon/{count}", code, element.path, rule)


def _files(report: Element) -> list[Element]:
    """Return each file's details; where one element holds several, those within."""
    return [
        one
        for one in report.walk()
        if one.tag in _FILES and not any(below.tag in _FILES for below in one.children)
    ]


def _page(report: Element, url: Element, at: int) -> Sketch:
    sketch = Sketch("hosting_report")
    _reference(sketch, report, f"/web/{at}")
    sketch.constant("/origin", "cybertip")
    sketch.put("/location/url", url.text, url.path, "as-is")
    sketch.take(report.child("incidentSummary"), "incidentDateTime", "/as_of")
    _risk(sketch, report)
    return sketch


class _Case:
    """The case of one report, being read."""

    def __init__(self, report: Element) -> None:
        self.sketch = Sketch("case")
        self._report = report
        services = [
            report.at("incidentSummary", "platform"),
            *(report.at(tag, "espService") for tag in _USERS),
        ]
        self._platform = next((one for one in services if one is not None and one.text), None)

    def fill(self) -> None:
        sketch, report = self.sketch, self._report
        for one in report.walk():
            if one.tag in _LEFT and one.path not in sketch.settled:
                sketch.lose(one.path, _LEFT[one.tag])
        _reference(sketch, report)
        _risk(sketch, report)
        _incident(sketch, report)
        self._summary()
        for tag in _USERS:
            for user in report.all(tag):
                self._user(user, tag)
        for one in _files(report):
            self._network(one, None, "upload")
        for one in report.all("internetDetails", "peer2peerIncident"):
            self._network(one, None)
        self._ground()

    def _summary(self) -> None:
        report = self._report
        found = [
            *report.all("additionalInfo"),
            *(
                one
                for details in report.all("internetDetails")
                for incident in details.children
                for one in incident.all("additionalInfo")
            ),
            *report.all("personOrUserReported", "additionalInfo"),
        ]
        said = [one for one in found if one.text]
        if said:
            text, paths = "\n".join(one.text for one in said), [one.path for one in said]
            _words(self.sketch, text, "/summary", _MOST_SUMMARY_CHARS, paths)

    def _ground(self) -> None:
        sketch = self.sketch
        sketch.constant("/grounds/0/kind", "platform_report")
        if self._platform is not None:
            sketch.put("/grounds/0/provider", self._platform.text, self._platform.path, "platform")
        if sketch.body.get("identities"):
            sketch.constant("/grounds/0/subject_link/by", "shared_identifier")
            sketch.constant("/grounds/0/subject_link/pointer", "/identities/0")

    def _user(self, user: Element, tag: str) -> None:
        sketch, holder = self.sketch, self._person(user, tag)
        here = sketch.place("identities")
        named = [
            sketch.take(user, "screenName", f"{here}/handle"),
            sketch.take(user, "espIdentifier", f"{here}/user_id", "without-spaces", _joined),
        ]
        if any(named):
            platform = self._platform
            if not sketch.take(user, "espService", f"{here}/platform") and platform is not None:
                sketch.put(f"{here}/platform", platform.text, platform.path, "platform")
            devices = [one for one in user.all("deviceId", "idValue") if one.text]
            for count, one in enumerate(devices):
                value = _joined(one.text)
                sketch.put(f"{here}/device_ids/{count}", value, one.path, "without-spaces")
            if holder:
                sketch.constant(f"{here}/holder_ref", holder)
        self._network(user, here if any(named) else holder)

    def _person(self, user: Element, tag: str) -> str | None:
        """Read the person behind a user, if the report speaks of one; return its pointer."""
        sketch = self.sketch
        inner = user.child(f"{tag}Person")
        if inner is None and tag != "victim":
            return None
        here = sketch.part("persons", user.path)
        if tag == "victim":
            sketch.put(f"{here}/category", "victim", user.path, "victim")
            sketch.used.discard(user.path)
        if inner is None:
            return here
        sketch.take(inner, "firstName", f"{here}/names/0/given")
        sketch.take(inner, "lastName", f"{here}/names/0/family")
        sketch.take(inner, "dateOfBirth", f"{here}/dob")
        sketch.take(inner, "age", f"{here}/minor", "age-under-18", _minor)
        for count, address in enumerate(one for one in inner.all("address") if one.children):
            place = f"{here}/addresses/{count}"
            sketch.put(place, {}, address.path, "part")
            sketch.used.discard(address.path)
            sketch.take(address, "address", f"{place}/street")
            sketch.take(address, "city", f"{place}/locality")
            sketch.take(address, "zipCode", f"{place}/postal_code")
            sketch.take(address, "country", f"{place}/country", "country-code", _country)
        for member in ("email", "phone"):
            for one in inner.all(member):
                if one.text:
                    place = sketch.place("identities")
                    sketch.put(f"{place}/{member}", one.text, one.path, "as-is")
                    sketch.put(f"{place}/holder_ref", here, one.path, "part")
        return here

    def _network(self, holder: Element, seen: str | None, event: str | None = None) -> None:
        sketch = self.sketch
        for capture in holder.all("ipCaptureEvent"):
            address, time = capture.child("ipAddress"), capture.child("dateTime")
            if address is None or time is None or not address.text or not time.text:
                sketch.lose(capture.path, "address-or-time-missing")
                continue
            here = sketch.place("network")
            sketch.put(f"{here}/ip", address.text, address.path, "as-is")
            sketch.put(f"{here}/time", time.text, time.path, "as-is")
            if capture.child("eventName") is not None:
                sketch.take(capture, "eventName", f"{here}/event", "event", _event)
            elif event:
                sketch.put(f"{here}/event", event, capture.path, "of-a-file")
                sketch.used.discard(capture.path)
            sketch.take(capture, "possibleProxy", f"{here}/proxy", "truth", truth)
            sketch.take(capture, "port", f"{here}/port", "whole", whole)
            if seen:
                sketch.constant(f"{here}/identity_ref", seen)


def _is_set(mark: Element) -> bool:
    """Return whether a mark is set: present, and not said to be false."""
    return truth(mark.text or "1") is not False


def _words(sketch: Sketch, text: str, target: str, most: int, sources: Sequence[str]) -> None:
    """Write words joined from several places, cut where the record has no room for more."""
    if len(text) > most:
        text = text[: most - len(CUT)] + CUT
        sketch.losses.extend(Loss(source, "shortened") for source in sources)
    sketch.put(target, text, sources, "joined")


def _minor(text: str) -> str | None:
    age = whole(text)
    return None if age is None else "yes" if age < _ADULT else "no"


def _country(text: str) -> str | None:
    code = text.strip().upper()
    return code if code in COUNTRIES else None


def _event(text: str) -> str | None:
    code = text.strip().lower()
    return code if code in _EVENTS else None


def _joined(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _token(text: str) -> str:
    """Return a code that a source profile can name, e.g. ``child-sex-trafficking``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
