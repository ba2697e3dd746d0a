"""CyberTipline reports of NCMEC → `case`, and a `hosting_report` for each reported web page.

Owns the report: its kind, its risk, where the incident was, and the reduction of files to
metadata: of an uploaded file only the address, port and time of its upload, its annotations and
the count stay; names, digests, camera data and content are left out. Users and victims are in
`cybertip_users`.

Ruled by docs/reference/cybertip.md. Source: element names as in MIT-licensed clients of the
CyberTipline API; NCMEC's XSD is not public.

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
from adapters.drafting import Sketch, truth, unused_of_xml
from adapters.safe_xml import Element
from adapters.sources.cybertip_users import USERS, Users

# What an incident type says of how it was done; the others say what was done, which is no less.
PHENOMENA: Final = {
    "online enticement of children for sexual acts": "grooming",
    "child pornography (possession, manufacture, and distribution)": "distribution",
    "child sex trafficking": "trafficking",
    "child sex tourism": "travelling_offender",
}
WHERE: Final = {
    "webPageIncident": "a web page",
    "emailIncident": "e-mail",
    "newsgroupIncident": "a newsgroup",
    "chatImIncident": "a chat",
    "onlineGamingIncident": "an online game",
    "cellPhoneIncident": "a mobile phone",
    "nonInternetIncident": "outside the internet",
    "peer2peerIncident": "a peer-to-peer network",
}
_LEFT: Final = {
    "reportingPerson": "staff-dropped",
    "contactPerson": "staff-dropped",
    "officerContact": "staff-dropped",
    "content": "content",
    "chatLog": "content",
    "headers": "content",
    "fileNames": "file-detail",
}
_FILES: Final = ("fileDetails", "fileDetail")
_ANNOTATIONS: Final = ("reportAnnotations", "fileAnnotations")
_MOST_REASON_CHARS: Final = 1_000
_MOST_SUMMARY_CHARS: Final = 4_000
_MOST_REFERENCES: Final = 32


class CybertipAdapter:
    """Reads CyberTipline reports: one, or several below `reports`."""

    name = "cybertip"
    version = "2"
    media_types: Sequence[str] = ("application/cybertip+xml",)

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield each case, then a hosting report for each web page; losses are with the case.

        Raises SourceUnreadable, SourceUnmapped.
        """
        root = safe_xml.load(raw, caps)
        reports = list(root.all("report")) if root.tag == "reports" else [root]
        strange = [
            one for one in reports if one.tag != "report" or one.child("incidentSummary") is None
        ]
        if strange or not reports:
            raise SourceUnmapped(
                AdapterFault(
                    (strange or [root])[0].path,
                    "not-cybertip",
                    "The document is no CyberTipline report.",
                    "Send a `report` with an `incidentSummary`, or several in `reports`.",
                )
            )
        for report in reports:
            yield from _drafts(report)


def _drafts(report: Element) -> Iterator[Draft]:
    case = _Case(report)
    case.fill()
    urls = [
        url
        for url in report.all("internetDetails", "webPageIncident", "url")
        if url.text and not url.children
    ]
    pages = [_page(case, url, at) for at, url in enumerate(urls)]
    used = case.sketch.used.union(*(page.used for page in pages))
    unused = unused_of_xml(report, used, case.sketch.settled)
    case.sketch.losses.extend(map(_of_file, unused))
    yield case.sketch.finish()
    for page in pages:
        yield page.finish()


def _of_file(loss: Loss) -> Loss:
    """Return the loss with its own code if it is of a file."""
    of_file = not set(_FILES).isdisjoint(loss.source.split("/"))
    return Loss(loss.source, "file-detail") if of_file else loss


def _reference(sketch: Sketch, report: Element, suffix: str = "") -> None:
    """Write the report's number, or the stated derivation from the reported user and the time."""
    number = report.child("reportId")
    if number is not None and number.text:
        sketch.put("/provider_ref", number.text + suffix, number, "report-id")
        sketch.put("/external_refs/0/value", number.text, number, "report-id")
        sketch.constant("/external_refs/0/scheme", "ncmec")
        return
    user = report.at("personOrUserReported", "espIdentifier")
    time = report.at("incidentSummary", "incidentDateTime")
    if user is not None and time is not None and user.text and time.text:
        text = f"{user.text}@{time.text}{suffix}"
        sketch.put("/provider_ref", text, [user, time], "user-and-time")
        return
    sketch.fault(
        f"{report.path}/reportId",
        "required",
        "The report has no number, nor a reported user with the time of the incident.",
        "Send `reportId`, or `espIdentifier` and `incidentDateTime`.",
    )


def _risk(sketch: Sketch, report: Element, live: Sequence[Element]) -> None:
    """Turn marks of escalation and of live streaming into risk."""
    reasons: list[tuple[Element, str]] = []
    escalated = report.at("incidentSummary", "escalateToHighPriority")
    if escalated is not None and is_set(escalated):
        words = escalated.text if truth(escalated.text or "1") is None else ""
        reasons.append((escalated, words or "The platform escalated the report."))
    if live:
        basis = "A mark of live streaming; nobody has looked whether it goes on."
        reasons.append((live[0], "The platform marks live streaming."))
        sketch.put("/risk/child_at_risk_now/value", "unknown", live, "live-streaming")
        sketch.put("/risk/child_at_risk_now/basis", basis, live, "live-streaming")
    if reasons:
        marks = [one for one, _ in reasons]
        sketch.put("/risk/urgency", "urgent", marks, "marked-by-platform")
        text = " ".join(words for _, words in reasons)
        sketch.text("/risk/reason", text, marks, _MOST_REASON_CHARS)


def _page(case: _Case, url: Element, at: int) -> Sketch:
    report, sketch = case.report, Sketch("hosting_report")
    _reference(sketch, report, f"/web/{at}")
    sketch.constant("/origin", "cybertip")
    sketch.put("/location/url", url.text, url, "as-is")
    sketch.take(report.child("incidentSummary"), "incidentDateTime", "/as_of")
    _risk(sketch, report, case.live)
    return sketch


class _Case:
    """The case of one report, being read."""

    def __init__(self, report: Element) -> None:
        self.sketch = Sketch("case")
        self.report = report
        found = list(report.walk())
        self._left = [one for one in found if one.tag in _LEFT]
        self._marks = [
            mark
            for place in found
            if place.tag in _ANNOTATIONS
            for mark in place.children
            if is_set(mark)
        ]
        self.live = [one for one in found if one.tag == "liveStreaming" and is_set(one)]
        # Where one element holds the details of several files, those within are the files.
        self._files = [
            one
            for one in found
            if one.tag in _FILES and not any(below.tag in _FILES for below in one.children)
        ]
        services = [
            report.at("incidentSummary", "platform"),
            *(report.at(tag, "espService") for tag in USERS),
        ]
        self._platform = next((one for one in services if one is not None and one.text), None)
        self._users = Users(self.sketch, self._platform)

    def fill(self) -> None:
        sketch, report = self.sketch, self.report
        for one in self._left:
            if one.path not in sketch.settled:
                sketch.lose(one.path, _LEFT[one.tag])
        _reference(sketch, report)
        _risk(sketch, report, self.live)
        sketch.take(report.child("incidentSummary"), "incidentDateTime", "/as_of")
        self._kind()
        self._words()
        for tag in USERS:
            for user in report.all(tag):
                self._users.user(user, tag)
        for one in self._files:
            self._users.network(one, None, event="upload")
        for details in report.all("internetDetails"):
            self._users.incident(details)
        self._references()
        self._ground()

    def _kind(self) -> None:
        """Write what kind of incident it is, and a few sentences of codes and counts."""
        sketch, report = self.sketch, self.report
        said: list[tuple[str, Sequence[Element]]] = []
        kind = report.at("incidentSummary", "incidentType")
        if kind is not None and kind.text:
            self._phenomenon(PHENOMENA.get(kind.text.casefold()), kind, "incident-type")
            sketch.indicators.append(f"incident:{_token(kind.text)}")
            said.append((f"CyberTipline report: {kind.text}.", [kind]))
        places = [
            one for details in report.all("internetDetails") for one in details.children
            if one.tag in WHERE
        ]  # fmt: skip
        if places:
            sketch.indicators.extend(f"where:{one.tag}" for one in places)
            names = ", ".join(dict.fromkeys(WHERE[one.tag] for one in places))
            said.append((f"Where: {names}.", places))
        said += self._annotations()
        if self._files:
            said.append((f"Files in the report: {len(self._files)}.", self._files))
        taken_over = report.at("personOrUserReported", "compromisedAccount")
        if taken_over is not None and truth(taken_over.text):
            said.append(("The platform says that the account was taken over.", [taken_over]))
        if said:
            text = " ".join(words for words, _ in said)
            sources = [one for _, elements in said for one in elements]
            sketch.text("/summaries/0/text", text, sources, _MOST_SUMMARY_CHARS, "codes-and-counts")
            sketch.constant("/summaries/0/lang", "en")
            sketch.constant("/summaries/0/by", "machine")
        for one in [*self._files, *places]:
            sketch.used.discard(one.path)  # counted or named; what else it says is a loss

    def _annotations(self) -> Iterator[tuple[str, Sequence[Element]]]:
        sketch = self.sketch
        batched = self.report.child("batchedReport")
        if batched is not None:
            sketch.indicators.append("batched")
        if not self._marks:
            return
        names = sorted({one.tag for one in self._marks})
        sketch.indicators.extend(f"annotation:{name}" for name in names)
        generated = next((one for one in self._marks if one.tag == "generativeAi"), None)
        if generated is not None:
            self._phenomenon("ai_generated", generated, "annotation")
        yield f"Annotations: {', '.join(names)}.", self._marks

    def _phenomenon(self, code: str | None, element: Element, rule: str) -> None:
        if code is not None:
            count = len(self.sketch.body.get("governance", {}).get("phenomenon", ()))
            self.sketch.put(f"/governance/phenomenon/{count}", code, element, rule)

    def _words(self) -> None:
        """Write what people wrote of the incident, but no chat."""
        report = self.report
        found = [
            *report.all("additionalInfo"),
            *report.all("incidentSummary", "incidentDateTimeDescription"),
            *(
                one
                for details in report.all("internetDetails")
                for incident in details.children
                for one in incident.all("additionalInfo")
            ),
            *report.all("personOrUserReported", "additionalInfo"),
        ]
        self.sketch.joined(found, "/summary", _MOST_SUMMARY_CHARS, between="\n")

    def _references(self) -> None:
        """Name earlier reports on the same user, and the case of a police force."""
        sketch = self.sketch
        earlier = [one for tag in USERS for one in self.report.all(tag, "priorCTReports")]
        numbered = [("ncmec", one) for one in earlier if one.text and not one.children]
        case = self.report.at("lawEnforcement", "caseNumber")
        if case is not None and case.text and not case.children:
            numbered.append(("national", case))
        known = {one["value"] for one in sketch.body.get("external_refs", ())}
        for scheme, one in numbered:
            here = sketch.place("external_refs")
            if one.text in known:
                sketch.repeat(one.path, "/external_refs")
            elif len(known) >= _MOST_REFERENCES:
                sketch.lose(one.path, "too-many")
            else:
                known.add(one.text)
                sketch.put(f"{here}/value", one.text, one, "earlier-report")
                sketch.constant(f"{here}/scheme", scheme)

    def _ground(self) -> None:
        sketch = self.sketch
        sketch.constant("/grounds/0/kind", "platform_report")
        if self._platform is not None:
            sketch.put("/grounds/0/provider", self._platform.text, self._platform, "platform")
        if sketch.body.get("identities"):
            sketch.constant("/grounds/0/subject_link/by", "shared_identifier")
            sketch.constant("/grounds/0/subject_link/pointer", "/identities/0")


def is_set(mark: Element) -> bool:
    """Return whether a mark is set: present, and not said to be false."""
    return truth(mark.text or "1") is not False


def _token(text: str) -> str:
    """Return a code that a source profile can name, e.g. ``child-sex-trafficking``."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
