"""CyberTipline reports of NCMEC → `case`, and `hosting_report` for each reported web page.

Owns the reduction to metadata: of an uploaded file only the address, port and time of its upload,
its annotations and the count stay; names, digests, camera data and content are left out.

Source: element names as in MIT-licensed clients of the CyberTipline API; NCMEC's XSD is not public.

Stays true:
  * The reporter's staff never enter a draft; chat content and file names neither.
  * Nobody reported becomes a suspect here: the category is the source profile's to give.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from adapters import safe_xml
from adapters.base import AdapterFault, Caps, Draft, SourceUnmapped
from adapters.drafting import Sketch, truth, unused_of_xml, whole
from adapters.safe_xml import Element

PHENOMENA: Final = {
    "online enticement of children for sexual acts": "grooming",
    "child pornography (possession, manufacture, and distribution)": "distribution",
    "child sexual abuse material": "distribution",
    "child sex trafficking": "trafficking",
    "child sex tourism": "travelling_offender",
}
_EVENTS: Final = {
    "login": "login", "registration": "registration", "purchase": "purchase", "upload": "upload",
    "other": "other",
}  # fmt: skip
_CONTENT: Final = ("content", "chatLog", "headers")
_ADULT: Final = 18


class CybertipAdapter:
    """Reads one CyberTipline report."""

    name = "cybertip"
    version = "1"
    media_types: Sequence[str] = ("application/cybertip+xml",)

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield the case, then a hosting report for each web page; losses are with the case."""
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
        pages = [
            _page(report, page, at)
            for at, page in enumerate(report.all("internetDetails", "webPageIncident"))
        ]
        used = case.sketch.used.union(*(page.used for page in pages))
        case.sketch.losses.extend(unused_of_xml(report, used))
        yield case.sketch.finish()
        for page in pages:
            yield page.finish()


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
    escalated = report.at("incidentSummary", "escalateToHighPriority")
    live = [one for one in report.walk() if one.tag == "liveStreaming" and truth(one.text or "1")]
    reasons: list[tuple[Element, str]] = []
    if escalated is not None and truth(escalated.text) is not False:
        words = escalated.text if truth(escalated.text) is None else ""
        reasons.append((escalated, words or "The platform escalated the report."))
    if live:
        reasons.append((live[0], "The platform marks live streaming."))
        basis = "A mark of live streaming; nobody has looked whether it goes on."
        sketch.put("/risk/child_at_risk_now/value", "unknown", live[0].path, "live-streaming")
        sketch.put("/risk/child_at_risk_now/basis", basis, live[0].path, "live-streaming")
    for one in live:
        sketch.used.add(one.path)
    if reasons:
        paths = [one.path for one, _ in reasons]
        sketch.put("/risk/urgency", "urgent", paths, "marked-by-platform")
        sketch.put(
            "/risk/reason", " ".join(text for _, text in reasons), paths, "marked-by-platform"
        )


def _incident(sketch: Sketch, report: Element) -> None:
    """Write what kind of incident it is, and a sentence of codes and counts."""
    kind = report.at("incidentSummary", "incidentType")
    marks = [
        one
        for tag in ("reportAnnotations", "fileAnnotations")
        for place in report.walk()
        if place.tag == tag
        for one in place.children
        if truth(one.text or "1")
    ]
    files = [
        one
        for one in report.walk()
        if one.tag in {"fileDetails", "fileDetail"} and one.child("fileDetails") is None
    ]
    sketch.take(report.child("incidentSummary"), "incidentDateTime", "/as_of")
    sources = [one.path for one in (*marks, *files)]
    sentence = []
    if kind is not None and kind.text:
        phenomenon = PHENOMENA.get(kind.text.casefold())
        if phenomenon:
            sketch.put("/governance/phenomenon/0", phenomenon, kind.path, "incident-type")
        sketch.indicators.append(f"incident:{kind.text}")
        sentence.append(f"CyberTipline report: {kind.text}.")
        sources.append(kind.path)
    if marks:
        names = sorted({one.tag for one in marks})
        sketch.indicators.extend(f"annotation:{name}" for name in names)
        sentence.append(f"Annotations: {', '.join(names)}.")
    if files:
        sentence.append(f"Files in the report: {len(files)}.")
    if sentence:
        sketch.put("/summaries/0/text", " ".join(sentence), sources, "codes-and-counts")
        sketch.constant("/summaries/0/lang", "en")
        sketch.constant("/summaries/0/by", "machine")
        for one in files:
            sketch.used.discard(one.path)  # what else the file said is a loss


class _Case:
    """The case of one report, being read."""

    def __init__(self, report: Element) -> None:
        self.sketch = Sketch("case")
        self._report = report
        place = report.at("incidentSummary", "platform")
        self._platform = place if place is not None and place.text else None

    def fill(self) -> None:
        sketch, report = self.sketch, self._report
        for one in report.walk():
            if any(one.path.startswith(f"{loss.source}/") for loss in sketch.losses):
                continue
            if one.tag in {"reporter", "contactPerson", "reportingPerson"}:
                sketch.lose(one.path, "staff-dropped")
            elif one.tag in _CONTENT:
                sketch.lose(one.path, "content")
        _reference(sketch, report)
        _risk(sketch, report)
        _incident(sketch, report)
        words = [
            one
            for one in (
                *report.all("additionalInfo"),
                *(
                    x
                    for i in report.all("internetDetails")
                    for k in i.children
                    for x in k.all("additionalInfo")
                ),
            )
            if one.text
        ]
        if words:
            text = "\n".join(one.text for one in words)
            sketch.put("/summary", text, [one.path for one in words], "joined")
        for tag in ("personOrUserReported", "victim", "intendedRecipient"):
            for user in report.all(tag):
                self._user(user, tag)
        for one in report.walk():
            if one.tag in {"fileDetails", "fileDetail"}:
                self._network(one, None, "upload")
        self._ground()

    def _ground(self) -> None:
        sketch = self.sketch
        sketch.constant("/grounds/0/kind", "platform_report")
        if self._platform is not None:
            sketch.put("/grounds/0/provider", self._platform.text, self._platform.path, "platform")
        if sketch.body.get("identities"):
            sketch.constant("/grounds/0/subject_link/by", "shared_identifier")
            sketch.constant("/grounds/0/subject_link/pointer", "/identities/0")

    def _user(self, user: Element, tag: str) -> None:
        sketch = self.sketch
        holder = self._person(user, tag)
        here = sketch.place("identities")
        named = [
            sketch.take(user, "screenName", f"{here}/handle"),
            sketch.take(user, "espIdentifier", f"{here}/user_id"),
        ]
        if any(named):
            if not sketch.take(user, "espService", f"{here}/platform") and self._platform:
                platform = self._platform
                sketch.put(f"{here}/platform", platform.text, platform.path, "platform")
            devices = [
                one for d in user.all("deviceId") if (one := d.child("idValue")) and one.text
            ]
            for count, one in enumerate(devices):
                sketch.put(f"{here}/device_ids/{count}", one.text, one.path, "device")
            if holder:
                sketch.constant(f"{here}/holder_ref", holder)
        seen = here if any(named) else holder
        self._network(user, seen)

    def _person(self, user: Element, tag: str) -> str | None:
        sketch = self.sketch
        inner = next((one for one in user.children if one.tag.endswith("Person")), None)
        if inner is None and tag != "victim":
            return None
        here = sketch.place("persons")
        if tag == "victim":
            sketch.put(f"{here}/category", "victim", user.path, "victim")
            sketch.used.discard(user.path)
        if inner is None:
            return here
        names = [
            sketch.take(inner, "firstName", f"{here}/names/0/given"),
            sketch.take(inner, "lastName", f"{here}/names/0/family"),
            sketch.take(inner, "dateOfBirth", f"{here}/dob"),
            sketch.take(inner, "age", f"{here}/minor", "age-under-18", _minor),
        ]
        if not any(names) and tag != "victim":
            sketch.put(here, {}, inner.path, "person")
            sketch.used.discard(inner.path)
        for field, member in (("email", "email"), ("phone", "phone")):
            for one in inner.all(field):
                if one.text:
                    place = sketch.place("identities")
                    sketch.put(f"{place}/{member}", one.text, one.path, "as-is")
                    sketch.put(f"{place}/holder_ref", here, one.path, "holder")
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
            if (
                not sketch.take(
                    capture, "eventName", f"{here}/event", "event", lambda t: _EVENTS.get(t.lower())
                )
                and event
            ):
                sketch.put(f"{here}/event", event, capture.path, "of-a-file")
                sketch.used.discard(capture.path)
            sketch.take(capture, "possibleProxy", f"{here}/proxy", "truth", truth)
            sketch.take(capture, "port", f"{here}/port", "whole", whole)
            if seen:
                sketch.constant(f"{here}/identity_ref", seen)


def _minor(text: str) -> str | None:
    age = whole(text)
    return None if age is None else "yes" if age < _ADULT else "no"


def _page(report: Element, page: Element, at: int) -> Sketch:
    sketch = Sketch("hosting_report")
    _reference(sketch, report, f"/web/{at}")
    sketch.constant("/origin", "cybertip")
    if not sketch.take(page, "url", "/location/url"):
        sketch.fault(page.path, "required", "A web incident without an address.", "Send `url`.")
    sketch.take(report.child("incidentSummary"), "incidentDateTime", "/as_of")
    _risk(sketch, report)
    return sketch
