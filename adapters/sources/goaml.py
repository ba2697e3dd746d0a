"""goAML reports of an FIU → `financial_signal`.

Owns the report, its transactions and activity. Persons, entities and accounts are in
`goaml_parties`; what differs between FIUs is a `Dialect`. No XSD of an FIU is shipped or needed.

Source: element names of UNODC's goAML schema 5.

Stays true:
  * The staff of the reporting entity never enter a draft; nor does the entity.
  * A time without an offset is read with the dialect's clock, and the trail says so.
  * Two parties are one part only where a number or a birth date says so, never by a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from adapters import safe_xml
from adapters.base import AdapterFault, Caps, Draft, SourceUnmapped
from adapters.drafting import Sketch, code_of, unused_of_xml
from adapters.safe_xml import Element
from adapters.sources.goaml_dialect import GENERIC, Dialect
from adapters.sources.goaml_parties import Parties

_LEFT: Final = (
    (("reporting_person",), "staff-dropped"),
    (("reporting_user_code",), "staff-dropped"),
    (("transaction", "teller"), "staff-dropped"),
    (("transaction", "authorized"), "staff-dropped"),
    (("rentity_id",), "reporting-entity"),
    (("rentity_branch",), "reporting-entity"),
    (("location",), "reporting-entity"),
    (("action",), "reporting-entity"),
)
_PLACEHOLDERS: Final = frozenset({"-", "--", "---"})
_SIDES: Final = (("t_from", "from", "sender"), ("t_to", "to", "receiver"))
_FIRST_YEAR: Final = "1753"  # the earliest that goAML's database can hold
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_MOST_SUMMARY_CHARS: Final = 4_000
_MOST_PURPOSE_CHARS: Final = 512


class GoamlAdapter:
    """Reads one goAML report in the dialect of one FIU."""

    name = "goaml"
    version = "1"
    media_types: Sequence[str] = ("application/goaml+xml",)

    def __init__(self, dialect: Dialect = GENERIC) -> None:
        self._dialect = dialect

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield the one draft of a report. Raises SourceUnreadable, SourceUnmapped."""
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
        yield _Reading(report, self._dialect).draft()


class _Reading:
    """One report being read."""

    def __init__(self, report: Element, dialect: Dialect) -> None:
        self._report = report
        self._dialect = dialect
        self._sketch = Sketch("financial_signal", _PLACEHOLDERS)
        self._parties = Parties(self._sketch, dialect)

    def draft(self) -> Draft:
        sketch, report = self._sketch, self._report
        for way, code in _LEFT:
            for one in report.all(*way):
                sketch.lose(one.path, code)
        self._head()
        for transaction in report.all("transaction"):
            self._transaction(transaction)
        for party in report.all("activity", "report_parties", "report_party"):
            self._parties.party(party)
        for indicator in report.all("report_indicators", "indicator"):
            self._indicator(indicator)
        sketch.losses.extend(unused_of_xml(report, sketch.used, sketch.settled))
        return sketch.finish()

    def _head(self) -> None:
        sketch, report, dialect = self._sketch, self._report, self._dialect
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
        if code is not None and code.text and code.text not in _PLACEHOLDERS:
            sketch.indicators.append(_token(f"report:{code.text}"))
        for tag in ("report_date", "submission_date"):
            if "as_of" not in sketch.body:
                self._time(report, tag, "/as_of")
        if sketch.words(report.child("reason"), "/summaries/0/text", _MOST_SUMMARY_CHARS):
            sketch.constant("/summaries/0/lang", dialect.language)
            sketch.constant("/summaries/0/by", "person")

    def _time(self, element: Element, tag: str, target: str, local: str = "") -> None:
        """Write a time, by the dialect's clock where it has no offset; as found at `local`."""
        one = element.child(tag)
        if one is None or not one.text:
            return
        sketch, dialect = self._sketch, self._dialect
        found = _TIME.fullmatch(one.text)
        moment = _moment(found[1]) if found else None
        if found is None or moment is None:
            detail = "Not a time as goAML writes one, or before the year 1753."
            sketch.fault(one.path, "bad-time", detail, "Write e.g. 2026-01-10T01:12:00.")
            return
        if found[2]:
            sketch.put(target, one.text, one.path, "as-is")
            return
        offset = dialect.offset_at(moment)
        if offset is None:
            detail = "The FIU's clock shows this time twice or never: it is changed that night."
            sketch.fault(one.path, "ambiguous-time", detail, "Add the offset, e.g. +01:00.")
            return
        rule = f"clock-of-dialect:{dialect.name}:{dialect.clock}"
        sketch.put(target, one.text + offset, one.path, rule)
        if local:
            sketch.put(local, one.text, one.path, "as-is")

    def _transaction(self, transaction: Element) -> None:
        sketch, dialect = self._sketch, self._dialect
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
        for name, prefix, end in _SIDES:
            for tag in (name, f"{name}_my_client"):
                for side in transaction.all(tag):
                    self._side(side, prefix, here, end)
        for party in transaction.all("involved_parties", "party"):
            self._involved(party, here)

    def _side(self, side: Element, prefix: str, transaction: str, end: str) -> None:
        sketch, target = self._sketch, f"{transaction}/{end}"
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
                self._parties.relate(who, pointer, "other", conductor.path)

    def _involved(self, party: Element, transaction: str) -> None:
        sketch = self._sketch
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
        sketch.put(target, pointer, role.path, "party-role")
        place = f"{target}_place/country"
        sketch.take(party, "country", place, "country-code", self._dialect.country)

    def _indicator(self, indicator: Element) -> None:
        sketch = self._sketch
        if not indicator.text or indicator.text in _PLACEHOLDERS:
            sketch.lose(indicator.path, "placeholder")
            return
        here = sketch.part("indicator_hits", indicator.path)
        code = _token(indicator.text)
        sketch.put(f"{here}/rule", f"goaml:{code}", indicator.path, "indicator")
        sketch.constant(f"{here}/version", self._dialect.name)
        sketch.indicators.append(code)


def _moment(text: str) -> datetime | None:
    """Return a time that the calendar and goAML have, else None."""
    try:
        return datetime.fromisoformat(text) if text >= _FIRST_YEAR else None
    except ValueError:
        return None


def _token(text: str) -> str:
    return re.sub(r"\s+", "-", text)


def _without_spaces(text: str) -> str:
    return re.sub(r"\s+", "", text)
