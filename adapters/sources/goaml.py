"""goAML reports of an FIU → `financial_signal`.

Owns the report, its transactions and activity. Persons, entities and accounts are in
`goaml_parties`, goods and networks in `goaml_things`; what differs between FIUs is a `Dialect`.
No XSD of an FIU is shipped or needed; where a dialect names one, a report is held against it.

Ruled by docs/reference/goaml.md. Source: element names of UNODC's goAML schemas 4 and 5.

Stays true:
  * The staff of the reporting entity never enter a draft; nor does the entity.
  * A time without an offset is read with the dialect's clock, and the trail says so.
  * Two parties are one part only where a number or a birth date says so, never by a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from adapters import safe_xml
from adapters.base import AdapterFault, Caps, Draft, SourceUnmapped, TrailStep
from adapters.drafting import Sketch, code_of, unused_of_xml
from adapters.safe_xml import Element
from adapters.sources.goaml_dialect import GENERIC, Dialect
from adapters.sources.goaml_forms import MOST_TEXT_CHARS
from adapters.sources.goaml_parties import Parties
from adapters.sources.goaml_schema import ReportSchema
from adapters.sources.goaml_things import Things
from adapters.sources.goaml_times import write_time

_LEFT: Final = (
    (("reporting_person",), "staff-dropped"),
    (("reporting_user_code",), "staff-dropped"),
    (("transaction", "teller"), "staff-dropped"),
    (("transaction", "authorized"), "staff-dropped"),
    (("transaction", "agent_name"), "staff-dropped"),
    (("rentity_id",), "reporting-entity"),
    (("rentity_branch",), "reporting-entity"),
    (("location",), "reporting-entity"),
    (("action",), "reporting-entity"),
)
_SIDES: Final = (("t_from", "from", "sender"), ("t_to", "to", "receiver"))
READ_BY: Final = "read-by"
_MOST_SUMMARY_CHARS: Final = 4_000
_MOST_PURPOSE_CHARS: Final = 512

_VERSION: Final = "2"


class GoamlAdapter:
    """Reads one goAML report in the dialect of one FIU."""

    media_types: Sequence[str] = ("application/goaml+xml",)

    def __init__(self, dialect: Dialect = GENERIC, schema: ReportSchema | None = None) -> None:
        self._dialect = dialect
        self._schema = schema
        self.name = "goaml" if dialect is GENERIC else f"goaml:{dialect.name}"
        self.version = _VERSION if dialect is GENERIC else f"{_VERSION}+{dialect.digest}"

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield the one draft of a report. Raises SourceUnreadable, SourceUnmapped.

        What breaks the FIU's own schema, or a pattern of the dialect, is a fault of the draft.
        """
        report = safe_xml.load(raw, caps)
        if report.tag != "report" or report.child("report_code") is None:
            raise SourceUnmapped(
                AdapterFault(
                    report.path,
                    "not-goaml",
                    "The document is no goAML report.",
                    "Send a `report` with a `report_code`.",
                )
            )
        reading = _Reading(report, self._dialect)
        if self._schema is not None:
            reading.sketch.faults.extend(self._schema.faults(raw, report))
        draft = reading.draft()
        if self._dialect is not GENERIC:
            draft = replace(draft, trail=(self._read_by(), *draft.trail))
        yield draft

    def _read_by(self) -> TrailStep:
        return TrailStep(f"{self.name}@{self.version}", "", READ_BY)


class _Reading:
    """One report being read."""

    def __init__(self, report: Element, dialect: Dialect) -> None:
        self._report = report
        self._dialect = dialect
        self.sketch = Sketch("financial_signal", dialect.placeholders)
        self._parties = Parties(self.sketch, dialect)
        self._things = Things(self.sketch, dialect)

    def draft(self) -> Draft:
        sketch, report = self.sketch, self._report
        if self._dialect.patterns:
            self._hold_against_patterns(report, ())
        for way, code in _LEFT:
            for one in report.all(*way):
                sketch.lose(one.path, code)
        self._head()
        for transaction in report.all("transaction"):
            self._transaction(transaction)
        for activity in report.all("activity"):
            self._activity(activity)
        for indicator in report.all("report_indicators", "indicator"):
            self._indicator(indicator)
        sketch.losses.extend(unused_of_xml(report, sketch.used, sketch.settled))
        return sketch.finish()

    def _head(self) -> None:
        sketch, report, dialect = self.sketch, self._report, self._dialect
        sketch.constant("/source_kind", dialect.source_kind)
        if not sketch.take(report, "entity_reference", "/provider_ref"):
            sketch.fault(
                "/report/entity_reference",
                "required",
                "The report has no reference of its own.",
                "Fill `entity_reference`.",
            )
        sketch.take(report, "fiu_ref_number", "/fiu_ref")
        kinds = code_of(dialect.report_kinds)
        sketch.take(report, "report_code", "/report_kind", "report-code", kinds)
        code = report.child("report_code")
        if code is not None and dialect.says(code.text):
            sketch.indicators.append(_token(f"report:{code.text}"))
        for tag in ("report_date", "submission_date"):
            if "as_of" not in sketch.body:
                self._time(report, tag, "/as_of")
        reasons = [
            *report.all("reason"),
            *report.all("activity", "report_parties", "report_party", "reason"),
        ]
        if sketch.joined(reasons, "/summaries/0/text", _MOST_SUMMARY_CHARS, between="\n"):
            sketch.constant("/summaries/0/lang", dialect.language)
            sketch.constant("/summaries/0/by", "person")

    def _time(self, element: Element, tag: str, target: str, local: str = "") -> None:
        one = element.child(tag)
        if one is not None and one.text:
            write_time(self.sketch, self._dialect, one, target, local)

    def _hold_against_patterns(self, element: Element, above: tuple[str, ...]) -> None:
        """Say which values have not the form that the dialect demands; depth was bounded."""
        way = (*above, element.tag)
        if self._dialect.says(element.text):
            name = "/".join(way)
            for end, form in self._dialect.patterns.items():
                if f"/{name}".endswith(f"/{end}") and not (
                    len(element.text) <= MOST_TEXT_CHARS and form.fits(element.text)
                ):
                    detail = "Not of the pattern that this FIU's dialect demands."
                    hint = f"Write it as {form.text}."
                    self.sketch.fault(element.path, "not-of-pattern", detail, hint)
        for one in element.children:
            self._hold_against_patterns(one, way)

    def _activity(self, activity: Element) -> None:
        for party in activity.all("report_parties", "report_party"):
            self._parties.party(party)
        for item in activity.all("goods_services", "item"):
            self._things.goods(item)

    def _transaction(self, transaction: Element) -> None:
        sketch, dialect = self.sketch, self._dialect
        here = sketch.part("transactions", transaction.path)
        for tag in ("transactionnumber", "internal_ref_number"):
            if "ref" not in sketch.entry(here):
                sketch.take(transaction, tag, f"{here}/ref", "without-spaces", _without_spaces)
        self._time(transaction, "date_transaction", f"{here}/time", f"{here}/time_local")
        if sketch.take(transaction, "amount_local", f"{here}/amount"):
            sketch.take(self._report, "currency_code_local", f"{here}/currency", "local-currency")
        purpose = transaction.child("transaction_description")
        sketch.words(purpose, f"{here}/purpose_text", _MOST_PURPOSE_CHARS)
        instruments = code_of(dialect.instruments)
        sketch.take(transaction, "transmode_code", f"{here}/instrument", "transmode", instruments)
        channels = code_of(dialect.channels)
        sketch.take(transaction, "transaction_location", f"{here}/channel", "channel", channels)
        self._parties_of(transaction, here)
        for item in transaction.all("goods_services", "item"):
            self._things.goods(item)

    def _parties_of(self, transaction: Element, here: str) -> None:
        """Read both sides, or all parties where there are more; `here` is the transaction."""
        for name, prefix, end in _SIDES:
            for tag in (name, f"{name}_my_client"):
                for side in transaction.all(tag):
                    self._side(side, prefix, here, end)
        for party in transaction.all("involved_parties", "party"):
            self._involved(party, here)

    def _side(self, side: Element, prefix: str, transaction: str, end: str) -> None:
        sketch, target = self.sketch, f"{transaction}/{end}"
        if end in sketch.entry(transaction):
            sketch.lose(side.path, "second-party")
            return
        pointer = self._parties.subject(side, f"{prefix}_", f"{prefix}_is_suspected")
        if pointer is not None:
            sketch.point(target, pointer, side.path)
        place = f"{target}_place/country"
        sketch.take(side, f"{prefix}_country", place, "country-code", self._dialect.country)
        conductor = side.child("t_conductor")
        if conductor is not None:
            who = self._parties.person(conductor, suspected=side.child("conductor_is_suspected"))
            if pointer is not None:
                self._parties.relate(who, pointer, "other", conductor)

    def _involved(self, party: Element, transaction: str) -> None:
        sketch = self.sketch
        pointer = self._parties.party(party)
        role = party.child("role")
        if pointer is None or role is None:
            return
        end = code_of(self._dialect.party_roles)(role.text)
        if end not in {"sender", "receiver"}:
            sketch.lose(role.path, "code-unknown")
            return
        if end in sketch.entry(transaction):
            sketch.lose(role.path, "second-party")
            return
        target = f"{transaction}/{end}"
        sketch.put(target, pointer, role, "party-role")
        place = f"{target}_place/country"
        sketch.take(party, "country", place, "country-code", self._dialect.country)

    def _indicator(self, indicator: Element) -> None:
        sketch = self.sketch
        if not self._dialect.says(indicator.text):
            sketch.lose(indicator.path, "placeholder")
            return
        here = sketch.part("indicator_hits", indicator.path)
        code = _token(indicator.text)
        sketch.put(f"{here}/rule", f"goaml:{code}", indicator, "indicator")
        sketch.constant(f"{here}/version", self._dialect.name)
        sketch.indicators.append(code)


def _token(text: str) -> str:
    return re.sub(r"\s+", "-", text)


def _without_spaces(text: str) -> str:
    return re.sub(r"\s+", "", text)
