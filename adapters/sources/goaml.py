"""goAML reports of an FIU → `financial_signal`.

Owns the report, its transactions and activity. Persons, entities and accounts are in
`goaml_parties`; what differs between FIUs is a `Dialect`. No XSD of an FIU is shipped or needed.

Source: element names of UNODC's goAML schema 5.

Stays true:
  * The staff of the reporting entity never enter a draft; nor does its name.
  * A time without an offset is read with the dialect's, and the trail says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from adapters import safe_xml
from adapters.base import AdapterFault, Caps, Draft, SourceUnmapped
from adapters.drafting import Sketch, code_of, unused_of_xml
from adapters.safe_xml import Element
from adapters.sources.goaml_dialect import GENERIC, Dialect
from adapters.sources.goaml_parties import Parties

_STAFF: Final = ("reporting_person", "reporting_user_code")
_ENTITY: Final = ("rentity_id", "rentity_branch", "location", "action")
_EMPTY_CODE: Final = frozenset({"", "-", "--", "---"})
_SIDES: Final = (("t_from", "from", "sender"), ("t_to", "to", "receiver"))
_FIRST_YEAR: Final = "1753"
_TIME: Final = re.compile(r"(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


class GoamlAdapter:
    """Reads one goAML report in the dialect of one FIU."""

    name = "goaml"
    version = "1"
    media_types: Sequence[str] = ("application/goaml+xml",)

    def __init__(self, dialect: Dialect = GENERIC) -> None:
        self._dialect = dialect

    def read(self, raw: bytes, caps: Caps) -> Iterator[Draft]:
        """Yield the one draft of a report."""
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
        self._sketch = Sketch("financial_signal")
        self._parties = Parties(self._sketch, dialect)

    def draft(self) -> Draft:
        sketch, report = self._sketch, self._report
        for tag, code in [
            *((t, "staff-dropped") for t in _STAFF),
            *((t, "reporting-entity") for t in _ENTITY),
        ]:
            for one in report.all(tag):
                sketch.lose(one.path, code)
        self._head()
        currency = report.child("currency_code_local")
        for transaction in report.all("transaction"):
            self._transaction(transaction, currency)
        for party in report.all("activity", "report_parties", "report_party"):
            self._parties.party(party)
        for indicator in report.all("report_indicators", "indicator"):
            self._indicator(indicator)
        sketch.losses.extend(unused_of_xml(report, sketch.used))
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
        sketch.take(
            report, "report_code", "/report_kind", "report-code", code_of(dialect.report_kinds)
        )
        code = report.child("report_code")
        if code is not None and code.text not in _EMPTY_CODE:
            sketch.indicators.append(f"report:{code.text}")
        for tag in ("report_date", "submission_date"):
            if "as_of" not in sketch.body:
                self._time(report, tag, "/as_of")
        if sketch.take(report, "reason", "/summaries/0/text"):
            sketch.constant("/summaries/0/lang", dialect.language)
            sketch.constant("/summaries/0/by", "person")

    def _time(self, element: Element, tag: str, target: str) -> bool:
        """Write a time, with the dialect's offset where it has none."""
        one = element.child(tag)
        found = _TIME.fullmatch(one.text) if one is not None else None
        if one is None or not one.text:
            return False
        if found is None or found[1] < _FIRST_YEAR:
            self._sketch.fault(
                one.path,
                "bad-time",
                "Not a time as goAML writes one, or before the year 1753.",
                "Write e.g. 2026-01-10T01:12:00.",
            )
            return False
        if found[3]:
            self._sketch.put(target, one.text, one.path, "as-is")
        else:
            offset = self._dialect.utc_offset
            rule = f"clock-of-dialect:{self._dialect.name}:{offset}"
            self._sketch.put(target, one.text + offset, one.path, rule)
        return True

    def _transaction(self, transaction: Element, currency: Element | None) -> None:
        sketch, dialect = self._sketch, self._dialect
        here = sketch.place("transactions")
        sketch.take(transaction, "transactionnumber", f"{here}/ref")
        if not transaction.child("transactionnumber"):
            sketch.take(transaction, "internal_ref_number", f"{here}/ref")
        self._time(transaction, "date_transaction", f"{here}/time")
        if sketch.take(transaction, "amount_local", f"{here}/amount") and currency is not None:
            sketch.put(f"{here}/currency", currency.text, currency.path, "local-currency")
        sketch.take(transaction, "transaction_description", f"{here}/purpose_text")
        instruments = code_of(dialect.instruments)
        sketch.take(transaction, "transmode_code", f"{here}/instrument", "transmode", instruments)
        channels = code_of(dialect.channels)
        sketch.take(transaction, "transaction_location", f"{here}/channel", "channel", channels)
        for tag in ("teller", "authorized"):
            for one in transaction.all(tag):
                sketch.lose(one.path, "staff-dropped")
        for name, prefix, end in _SIDES:
            for tag in (name, f"{name}_my_client"):
                for side in transaction.all(tag):
                    self._side(side, prefix, f"{here}/{end}")
        for party in transaction.all("involved_parties", "party"):
            self._involved(party, here)

    def _side(self, side: Element, prefix: str, target: str) -> None:
        sketch = self._sketch
        pointer = self._parties.subject(side, f"{prefix}_", f"{prefix}_is_suspected")
        if pointer is not None:
            sketch.put(target, pointer, side.path, "part")
            sketch.used.discard(side.path)  # its members are accounted for one by one
        sketch.take(side, f"{prefix}_country", f"{target}_place/country", "country-code")
        conductor = side.child("t_conductor")
        if conductor is not None:
            who = self._parties.person(conductor, suspected=side.child("conductor_is_suspected"))
            if pointer is not None:
                self._parties.relate(who, pointer, "payment", conductor.path)

    def _involved(self, party: Element, transaction: str) -> None:
        sketch = self._sketch
        pointer = self._parties.party(party)
        role = party.child("role")
        end = code_of(self._dialect.party_roles)(role.text) if role is not None else None
        if pointer is None or role is None:
            return
        if end not in {"sender", "receiver"}:
            sketch.lose(role.path, "code-unknown")
            return
        target = f"{transaction}/{end}"
        if end in sketch.body["transactions"][int(transaction.rsplit("/", 1)[1])]:
            sketch.lose(role.path, "second-party")
            return
        sketch.put(target, pointer, role.path, "party-role")
        sketch.take(party, "country", f"{target}_place/country", "country-code")

    def _indicator(self, indicator: Element) -> None:
        sketch = self._sketch
        if indicator.text in _EMPTY_CODE:
            sketch.lose(indicator.path, "empty-code")
            return
        here = sketch.place("indicator_hits")
        rule = re.sub(r"\s+", "-", f"goaml:{indicator.text}")
        sketch.put(f"{here}/rule", rule, indicator.path, "indicator")
        sketch.constant(f"{here}/version", self._dialect.name)
        sketch.indicators.append(indicator.text)
