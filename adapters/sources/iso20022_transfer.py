"""One transfer of an ISO 20022 message → one draft.

Owns where each value of a transfer goes. Ways are those of `iso20022_leaves`.

Stays true:
  * Who paid follows from the booking: a credit came to the account, a debit left it. Of a booking
    that was reversed or returned, the parties are those of the first one, hence change sides.
  * Only a time with an offset is a time; a day stays a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from adapters.base import AdapterFault, Loss, TrailStep
from adapters.drafting import CUT
from adapters.sources.iso20022_leaves import Level
from adapters.sources.iso20022_parties import Sheet, account, joined, party

_FAMILIES: Final = {
    "RCDT": "credit_transfer", "ICDT": "credit_transfer", "RRCT": "credit_transfer",
    "IRCT": "credit_transfer", "RDDT": "direct_debit", "IDDT": "direct_debit", "CCRD": "card",
    "MCRD": "card", "CNTR": "cash", "RCHQ": "cheque", "ICHQ": "cheque",
}  # fmt: skip
_MEANS: Final = {"TRF": "credit_transfer", "TRA": "credit_transfer", "CHK": "cheque"}
_SAID: Final = (
    "Purp/Prtry", "RmtInf/Ustrd", "RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/RfrdDocInf/Nb",
    "RmtInf/Strd/AddtlRmtInf",
)  # fmt: skip
_MOST_PURPOSE_CHARS: Final = 512
_WHOLE_DATE: Final = len("2026-01-15")
_OFFSET: Final = re.compile(r".*T.*(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_HERE: Final = "/transactions/0"
_ROLES: Final = ("Dbtr", "Cdtr")
_OF_SIDES: Final = {"CdtDbtInd": ("CRDT", "DBIT"), "RvslInd": ("true", "false", "1", "0")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One transfer, level by level: the message, its holder, its entry, itself."""

    message: str  # e.g. "camt.053"
    version: str  # e.g. "camt.053.001.08"
    place: str  # its number in its holder
    head: Level
    holder: Level
    entry: Level
    detail: Level
    is_one_of_many: bool  # of one entry, whose amount is then that of all

    @property
    def is_back(self) -> bool:
        """Whether money comes back that went the other way before."""
        return self.entry.peek("RvslInd") in {"true", "1"} or self.detail.has("RtrInf")

    @property
    def levels(self) -> list[Level]:
        """All levels, outermost first."""
        return [self.head, self.holder, self.entry, self.detail]


def compose(found: Found, seen_by: str) -> Sheet:
    """Return the sheet of one transfer."""
    sheet = Sheet()
    sheet.constant(sheet.body, "source_kind", seen_by, "")
    _reference(sheet, found)
    _as_of(sheet, found.head)
    transaction, _ = sheet.part("transactions")
    if found.message.startswith("camt"):
        _booking(sheet, found, transaction)
    else:
        _order(sheet, found, transaction)
    _references(sheet, found, transaction)
    _purpose(sheet, found, transaction)
    return sheet


def _reference(sheet: Sheet, found: Found) -> None:
    """Write a reference that the same document gives again: bank, message, holder, number."""
    wanted: list[tuple[Level, str]] = {
        "pain.001": [(found.holder, "DbtrAgt/BIC")],
        "pacs.008": [(found.head, "GrpHdr/InstgAgt/BIC")],
    }.get(found.message, [(found.holder, "Acct/Svcr/BIC")])
    wanted.append((found.head, "GrpHdr/MsgId"))
    wanted += [(found.holder, "Id"), (found.holder, "PmtInfId")]
    parts = []
    for level, way in wanted:
        place = level.find(way)
        if place >= 0:
            level.used[place] = 1
            parts.append(level.texts[place])
            sheet.trail.append(level.shape.step(place, "/provider_ref", "joined-with-place"))
    if not found.head.peek("GrpHdr/MsgId"):
        detail, hint = "The message has no reference of its own.", "Fill `GrpHdr/MsgId`."
        sheet.faults.append(AdapterFault("/GrpHdr/MsgId", "required", detail, hint))
    sheet.body["provider_ref"] = "/".join([*parts, found.place])


def _as_of(sheet: Sheet, head: Level) -> None:
    way = "GrpHdr/CreDtTm"
    if _OFFSET.fullmatch(head.peek(way)):
        sheet.take(head, way, sheet.body, "as_of", "")
    else:
        sheet.leave(head, way, "no-offset")


def _order(sheet: Sheet, found: Found, transaction: dict[str, Any]) -> None:
    """An instruction: pain.001 names the debtor once for a group, pacs.008 with each transfer."""
    own = found.holder if found.message == "pain.001" else found.detail
    unit = found.detail
    debtor = party(sheet, own, "Dbtr")
    sender = account(sheet, own, "DbtrAcct", (own, "DbtrAgt"), debtor) or debtor
    creditor = party(sheet, unit, "Cdtr")
    receiver = account(sheet, unit, "CdtrAcct", (unit, "CdtrAgt"), creditor) or creditor
    for end, pointer in (("sender", sender), ("receiver", receiver)):
        if pointer:
            transaction[end] = pointer
            sheet.trail.append(TrailStep("", f"{_HERE}/{end}", "part"))
    for level in (found.holder, unit):
        _ultimate(sheet, level, sender, receiver)
    for way in ("IntrBkSttlmAmt", "Amt/InstdAmt", "Amt/EqvtAmt/Amt"):
        if _amount(sheet, unit, way, transaction):
            break
    _day(
        sheet,
        transaction,
        (unit, "IntrBkSttlmDt"),
        (found.head, "GrpHdr/IntrBkSttlmDt"),
        (found.holder, "ReqdExctnDt/Dt"),
        (found.holder, "ReqdExctnDt/DtTm"),
        (found.holder, "ReqdExctnDt"),
    )
    _time(sheet, transaction, (unit, "AccptncDtTm"), (found.holder, "ReqdExctnDt/DtTm"))
    means = _MEANS.get(found.holder.peek("PmtMtd"))
    if means:
        sheet.code(found.holder, "PmtMtd", transaction, "instrument", _HERE, means)
    else:
        sheet.constant(transaction, "instrument", "credit_transfer", _HERE)


def _booking(sheet: Sheet, found: Found, transaction: dict[str, Any]) -> None:
    """An entry of an account: a statement or a notification."""
    entry, detail, holder = found.entry, found.detail, found.holder
    side = detail if detail.peek("CdtDbtInd") else entry
    _demand_codes(sheet, found)
    is_credit = side.peek("CdtDbtInd") == "CRDT"
    other, mine = _sides(found, is_credit=is_credit)
    owner = party(sheet, holder, "Acct/Ownr") or party(sheet, detail, mine)
    own = account(sheet, holder, "Acct", (holder, "Acct/Svcr"), owner) or owner
    if _is_own(found, mine):
        for way in (f"{mine}", f"{mine}Acct", f"{mine}Agt"):
            sheet.leave(detail, way, "own-account")
    them = party(sheet, detail, other)
    theirs = account(sheet, detail, f"{other}Acct", (detail, f"{other}Agt"), them) or them
    sender, receiver = (theirs, own) if is_credit else (own, theirs)
    place = side.find("CdtDbtInd")
    for end, pointer in (("sender", sender), ("receiver", receiver)):
        if pointer and place >= 0:
            side.used[place] = 1
            transaction[end] = pointer
            sheet.trail.append(side.shape.step(place, f"{_HERE}/{end}", "booking-side"))
    sheet.leave(entry, "CdtDbtInd", "side-of-entry")
    _ultimate(sheet, detail, sender, receiver)
    _booked_amount(sheet, found, transaction)
    _day(
        sheet,
        transaction,
        (detail, "RltdDts/IntrBkSttlmDt"),
        *((entry, f"{way}/{kind}") for way in ("ValDt", "BookgDt") for kind in ("Dt", "DtTm")),
    )
    _time(
        sheet,
        transaction,
        (detail, "RltdDts/TxDtTm"),
        (detail, "RltdDts/AccptncDtTm"),
        (entry, "BookgDt/DtTm"),
        (entry, "ValDt/DtTm"),
    )
    for level in (detail, entry):
        family = level.peek("BkTxCd/Domn/Fmly/Cd")
        if "instrument" not in transaction and family in _FAMILIES:
            way, code = "BkTxCd/Domn/Fmly/Cd", _FAMILIES[family]
            sheet.code(level, way, transaction, "instrument", _HERE, code)
    _marks(sheet, found)


def _sides(found: Found, *, is_credit: bool) -> tuple[str, str]:
    """Return the role of the other party, and that of the account itself."""
    detail = found.detail
    other = "Dbtr" if is_credit != found.is_back else "Cdtr"
    mine = "Cdtr" if other == "Dbtr" else "Dbtr"
    named = [role for role in _ROLES if detail.has(role) or detail.has(f"{role}Acct")]
    if found.is_back and named == [mine] and not _is_own(found, mine):
        return mine, other
    return other, mine


def _demand_codes(sheet: Sheet, found: Found) -> None:
    """Tell a code that says who paid and is none that there is: read as another, sides change."""
    for level in (found.entry, found.detail):
        for way, codes in _OF_SIDES.items():
            text = level.peek(way)
            if text and text not in codes:
                detail = "Not a code that says who paid whom."
                hint = f"Write one of {', '.join(codes)}."
                path = level.shape.path(level.find(way))
                sheet.faults.append(AdapterFault(path, "code-unknown", detail, hint))


def _is_own(found: Found, role: str) -> bool:
    """Return whether the account of a role is the one whose entries these are, or not told."""
    told = found.detail.peek(f"{role}Acct/Id/IBAN") or found.detail.peek(f"{role}Acct/Id/Othr/Id")
    own = found.holder.peek("Acct/Id/IBAN") or found.holder.peek("Acct/Id/Othr/Id")
    return not told or told.replace(" ", "") == own.replace(" ", "")


def _booked_amount(sheet: Sheet, found: Found, transaction: dict[str, Any]) -> None:
    entry, detail = found.entry, found.detail
    for way in ("AmtDtls/TxAmt/Amt", "Amt", "AmtDtls/InstdAmt/Amt"):
        if _amount(sheet, detail, way, transaction):
            sheet.leave(entry, "Amt", "total-of-entry")
            return
    if not found.is_one_of_many:
        _amount(sheet, entry, "Amt", transaction)
        return
    sheet.faults.append(
        AdapterFault(
            "/Ntry/NtryDtls/TxDtls",
            "required",
            "One of several transfers in an entry has no amount of its own.",
            "Fill `Amt` or `AmtDtls/TxAmt` of each `TxDtls`.",
        )
    )


def _amount(sheet: Sheet, level: Level, way: str, transaction: dict[str, Any]) -> bool:
    if not sheet.take(level, way, transaction, "amount", _HERE):
        return False
    sheet.take(level, f"{way}/@Ccy", transaction, "currency", _HERE)
    return True


def _day(sheet: Sheet, transaction: dict[str, Any], *ways: tuple[Level, str]) -> None:
    for level, way in ways:
        text = level.peek(way)
        if text:
            rule = "as-is" if len(text) == _WHOLE_DATE else "day-of-time"
            sheet.take(level, way, transaction, "day", _HERE, rule, _first_ten)
            return


def _first_ten(text: str) -> str:
    return text[:_WHOLE_DATE]


def _time(sheet: Sheet, transaction: dict[str, Any], *ways: tuple[Level, str]) -> None:
    for level, way in ways:
        text = level.peek(way)
        if text:
            name = "time" if _OFFSET.fullmatch(text) else "time_local"
            sheet.take(level, way, transaction, name, _HERE)
            return


def _ultimate(sheet: Sheet, level: Level, sender: str, receiver: str) -> None:
    """Write on whose behalf it was paid, and for whom."""
    for way, end, role in (("UltmtDbtr", sender, "payer"), ("UltmtCdtr", receiver, "recipient")):
        behind = party(sheet, level, way) if level.has(way) and end else ""
        if behind:
            relation, here = sheet.part("relations")
            relation.update({"from": behind, "to": end, "type": "payment", "role": role})
            sheet.trail += [TrailStep("", f"{here}/{name}", "part") for name in relation]


def _references(sheet: Sheet, found: Found, transaction: dict[str, Any]) -> None:
    """Write the references: those that travel with the transfer, and those of the two banks."""
    detail, entry = found.detail, found.entry
    if not found.is_back:
        sheet.take(detail, "UETR", transaction, "fingerprint", _HERE, "uetr", _uetr)
    else:
        sheet.leave(detail, "UETR", "of-the-first")  # this is the way back
    for level, way in ((detail, "EndToEndId"), (detail, "TxId"), (detail, "InstrId")):
        if "ref" not in transaction:
            sheet.take(level, way, transaction, "ref", _HERE, "without-spaces", _dense)
    if found.message.startswith("camt"):
        is_credit = (detail.peek("CdtDbtInd") or entry.peek("CdtDbtInd")) == "CRDT"
        name = "beneficiary_ref" if is_credit else "ref"
        for level in (detail, entry):
            if name not in transaction:
                sheet.take(level, "AcctSvcrRef", transaction, name, _HERE, "without-spaces", _dense)


def _uetr(text: str) -> str:
    return f"uetr:{text.lower()}"


def _dense(text: str) -> str:
    return "".join(text.split())


def _purpose(sheet: Sheet, found: Found, transaction: dict[str, Any]) -> None:
    """Write the words that go with the transfer, or what the bank wrote where there are none."""
    detail, entry = found.detail, found.entry
    places = [place for way in _SAID for place in detail.shape.at.get(way, ())]
    if places:
        joined(sheet, detail, places, " ", transaction, "purpose_text", _HERE)
    else:
        for level, way in ((detail, "AddtlTxInf"), (entry, "AddtlNtryInf")):
            rule = "words-of-the-bank"
            if sheet.take(level, way, transaction, "purpose_text", _HERE, rule):
                break
    text = transaction.get("purpose_text", "")
    if len(text) > _MOST_PURPOSE_CHARS:
        transaction["purpose_text"] = text[: _MOST_PURPOSE_CHARS - len(CUT)] + CUT
        source = next(s.source for s in sheet.trail if s.target == f"{_HERE}/purpose_text")
        sheet.losses.append(Loss(source, "shortened"))
    code = detail.peek("Purp/Cd")
    if code:
        sheet.indicators.append(f"purpose:{_dense(code)}")
        sheet.leave(detail, "Purp/Cd", "indicator-only")


def _marks(sheet: Sheet, found: Found) -> None:
    """Write what the booking says of itself: reversed, returned, not yet booked."""
    for level, way, code in _marked(found):
        hit, here = sheet.part("indicator_hits")
        place = level.find(way)
        level.used[place] = 1
        hit["rule"] = code
        sheet.trail.append(level.shape.step(place, f"{here}/rule", "mark"))
        sheet.constant(hit, "version", found.version, here)
        sheet.indicators.append(code)


def _marked(found: Found) -> Iterator[tuple[Level, str, str]]:
    entry, detail = found.entry, found.detail
    if entry.peek("RvslInd") in {"true", "1"}:
        yield entry, "RvslInd", "iso20022:reversal"
    for way in ("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"):
        if detail.find(way) >= 0:
            yield detail, way, f"iso20022:return:{_dense(detail.peek(way))[:64]}"
            break
    for way in ("Sts", "Sts/Cd"):
        if entry.peek(way) not in {"", "BOOK"}:
            yield entry, way, f"iso20022:status:{_dense(entry.peek(way))[:64]}"
