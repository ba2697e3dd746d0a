"""`financial_signal`: what the money shows, and nothing that only an investigation can show.

The staff of the reporting entity have no place in it.
"""

# ruff: noqa: D102, ARG002 (a method without a docstring does what its base says)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from schemas import moments, vocab
from schemas.codes import LONGER_ON
from schemas.containers import Many, Parameters, Part
from schemas.faults import NotNormal, Problem
from schemas.fields import Choice, Pointer, RecordId, Text, Token, Whole
from schemas.parts import AgentPlace
from schemas.quantities import Amount, Currency, Day, Instant, LocalTime
from schemas.shape import Cross, Shape, view
from schemas.statement_meta import meta
from schemas.subjects import Subjects

_ENDS = ("persons", "organisations", "accounts", "identities")


def _longest(currency: str) -> str:
    """Return the network on which an asset has most decimals; its record says if it is that one."""
    networks = LONGER_ON.get(currency, {})
    return max(networks, key=networks.__getitem__, default="")


def _settle_money(
    members: dict[str, Any], given: Mapping[str, Any], amount: str
) -> Iterator[Cross]:
    """Put an amount in the form of its currency, or say why it has none."""
    if amount not in members:
        return
    if "currency" not in given:
        problem = Problem("required", "An amount needs a currency.", "Add `currency`.")
        yield Cross(("currency",), problem)
    if "currency" not in members:
        return
    currency = members["currency"]
    try:
        members[amount] = moments.amount(members[amount], currency, _longest(currency))
    except NotNormal as refused:
        yield Cross((amount,), refused.problem)


class Transaction(Shape):
    """One movement of money or value."""

    ref = Token("Reference of the sender's institution.", most=128)
    beneficiary_ref = Token("Reference of the receiver's institution.", most=128)
    fingerprint = Token("Fingerprint both institutions agree on.", most=128)
    time = Instant("When.")
    day = Day("When it was settled, or else booked, as both institutions know it to the day.")
    time_local = LocalTime("When, as the clock stood at the sender.")
    amount = Amount("How much; decimals as the currency has.", required=True)
    currency = Currency("In which currency.")
    instrument = Choice("By what means.", of=vocab.INSTRUMENTS)
    channel = Choice("Over which way.", of=vocab.CHANNELS)
    sender = Pointer("Who or what it came from.", into=_ENDS)
    receiver = Pointer("Who or what it went to.", into=_ENDS)
    sender_place = Part("Where it was paid in.", AgentPlace)
    receiver_place = Part("Where it was paid out.", AgentPlace)
    purpose_text = Text("Purpose as the sender wrote it.", most=512)
    mcc = Token("Merchant category code (ISO 18245).", most=4)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        yield from _settle_money(members, given, "amount")
        if not given.keys() & {"time", "day"}:
            problem = Problem(
                "required", "When was it?", "Add `time`, or `day` where no more is known."
            )
            yield Cross(("time",), problem)


class IndicatorHit(Shape):
    """A rule that found something."""

    rule = Token("The rule.", most=128, required=True)
    version = Token("Its version.", most=32, required=True)
    params = Parameters("Its settings.")
    evidence_refs = Many(
        "What it found it in.",
        Pointer("A part.", into=(*_ENDS, "transactions", "network", "relations")),
        most=1_000,
    )
    meta = meta()


class Period(Shape):
    """Days, both included."""

    from_ = Day("First day.", required=True, data_key="from", attribute="from")
    to = Day("Last day.", required=True)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        if {"from", "to"} <= members.keys() and members["to"] < members["from"]:
            yield Cross(("to",), Problem("contradiction", "The period ends before it begins."))


class Aggregate(Shape):
    """Many transactions in four figures."""

    count = Whole("How many.", most=10**9, required=True)
    sum = Amount("Together.")
    currency = Currency("In which currency.")
    distinct_counterparties = Whole("With how many others.", most=10**9)
    period = Part("In which days.", Period)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        yield from _settle_money(members, given, "sum")


class FiuTerms(Shape):
    """What the providing FIU allows."""

    use = Choice("Use.", of=vocab.FIU_USES, required=True)
    dissemination = Choice("Passing on.", of=vocab.FIU_DISSEMINATIONS, required=True)
    consent_id = Token("Its consent, where given.", most=128)


class FinancialSignal(Subjects):
    """A financial signal."""

    kind: ClassVar[str] = "financial_signal"
    parts: ClassVar[tuple[str, ...]] = (*Subjects.parts, "transactions")

    source_kind = Choice("Who saw it.", of=vocab.SIGNAL_SOURCES, required=True)
    report_kind = Choice("What kind of report.", of=vocab.REPORT_KINDS)
    reporting_entity = Text("The reporting entity; only for the FIU and recipients named for it.")
    fiu_ref = Text("Number of the report with the FIU.", most=128)
    fiu_terms = Part("What the providing FIU allows.", FiuTerms)
    transactions = Many("Transactions.", Part("One of them.", Transaction), most=2_000)
    indicator_hits = Many("Rules that found something.", Part("A hit.", IndicatorHit), most=200)
    aggregate = Part("Many transactions in four figures.", Aggregate)
    corroboration = Choice(
        "Whether anything else supports it.", of=vocab.CORROBORATIONS, load_default="none"
    )
    corroborated_by = Many("What supports it.", RecordId("A record."), most=64, as_set=True)
    payer_possible_victim = Choice("The payer may be a victim.", of=vocab.TERNARY)

    def settle(self, members: dict[str, Any], given: Mapping[str, Any]) -> Iterator[Cross]:
        yield from super().settle(members, given)
        if view().as_text:  # the account that says the network may be withheld
            return
        for index, one in enumerate(members.get("transactions", ())):
            if one.get("currency") in LONGER_ON and "amount" in one:
                yield from _by_network(("transactions", index, "amount"), one, members)


def _by_network(
    way: tuple[str | int, ...], transaction: Mapping[str, Any], members: Mapping[str, Any]
) -> Iterator[Cross]:
    """Yield a fault if an amount has more decimals than the network has that it went over."""
    networks = [
        _network_of(str(transaction.get(end, "")), members) for end in ("sender", "receiver")
    ]
    named = next((one for one in networks if one in LONGER_ON[transaction["currency"]]), "")
    try:
        moments.amount(transaction["amount"], transaction["currency"], named)
    except NotNormal as refused:
        hint = "Name the account on the network that it went over, or round at the source."
        yield Cross(way, replace(refused.problem, hint=hint))


def _network_of(pointer: str, members: Mapping[str, Any]) -> str:
    name, _, index = pointer.removeprefix("/").partition("/")
    accounts = members.get("accounts", ())
    if name != "accounts" or not index.isdigit() or int(index) >= len(accounts):
        return ""
    return str(accounts[int(index)].get("network", ""))
