"""Accounts, persons and organisations of one transfer in an ISO 20022 message.

Owns how a party and its account become parts of a draft. Leaves to `iso20022` who of them paid
and who was paid.

Stays true:
  * A party is an organisation only where the message says so; else it is taken for a person,
    which is the more careful of the two, and the trail says that it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from adapters.base import AdapterFault, Draft, Loss, TrailStep
from adapters.sources.iso20022_leaves import Level

Change = Callable[[str], str]

_PAPERS: Final = {
    "CCPT": "passport",
    "NIDN": "national_id",
    "DRLC": "driving_licence",
    "TXID": "tax_id",
    "ARNU": "residence_permit",
}
_NUMBERS_OF_ORGANISATIONS: Final = ("Id/OrgId/LEI", "Id/OrgId/Othr/Id", "Id/OrgId/AnyBIC")
_STREET: Final = ("StrtNm", "BldgNb")
_PLACE: Final = (("PstCd", "postal_code"), ("TwnNm", "locality"), ("Ctry", "country"))
NOT_PROVIDED: Final = frozenset({"NOTPROVIDED", "NOTAVAILABLE", "UNKNOWN", "-"})


class Sheet:
    """A draft in the making, value by value from the levels of one transfer."""

    __slots__ = ("body", "faults", "indicators", "losses", "trail")

    def __init__(self) -> None:
        self.body: dict[str, Any] = {"type": "financial_signal"}
        self.trail = [TrailStep("", "/type", "constant")]
        self.losses: list[Loss] = []
        self.faults: list[AdapterFault] = []
        self.indicators: list[str] = []

    def constant(self, part: dict[str, Any], name: str, value: object, here: str) -> None:
        """Write what the message itself says, whatever its values."""
        part[name] = value
        self.trail.append(TrailStep("", f"{here}/{name}", "constant"))

    def part(self, kind: str) -> tuple[dict[str, Any], str]:
        """Begin the next part of a list; return it with its pointer."""
        parts = self.body.setdefault(kind, [])
        part: dict[str, Any] = {}
        parts.append(part)
        return part, f"/{kind}/{len(parts) - 1}"

    def take(
        self,
        level: Level,
        way: str,
        part: dict[str, Any],
        name: str,
        here: str,
        rule: str = "as-is",
        change: Change | None = None,
    ) -> bool:
        """Write the first value at `way`, if there is one; return whether it was written."""
        place = level.find(way)
        if place < 0:
            return False
        text = level.texts[place]
        level.used[place] = 1
        if text in NOT_PROVIDED:
            self.losses.append(Loss(level.shape.path(place), "placeholder"))
            return False
        part[name] = text if change is None else change(text)
        self.trail.append(level.shape.step(place, f"{here}/{name}", rule))
        return True

    def code(
        self, level: Level, way: str, part: dict[str, Any], name: str, here: str, value: object
    ) -> None:
        """Write `value`, which the code at `way` stands for."""
        place = level.find(way)
        level.used[place] = 1
        part[name] = value
        self.trail.append(level.shape.step(place, f"{here}/{name}", "code"))

    def leave(self, level: Level, way: str, code: str) -> None:
        """Say that the values at and below `way` are left on purpose."""
        for place in level.shape.under(way):
            if not level.used[place]:
                level.used[place] = 1
                self.losses.append(level.shape.loss(place, code))

    def finish(self, raw: bytes, levels: list[Level]) -> Draft:
        """Return the draft of these levels."""
        for level in levels:
            self.losses += level.losses()
        return Draft(
            body=self.body,
            trail=tuple(self.trail),
            losses=tuple(self.losses),
            faults=tuple(self.faults),
            raw=raw,
            indicators=tuple(self.indicators),
        )


def party(sheet: Sheet, level: Level, way: str) -> str:
    """Read the party at `way`; return its pointer, or nothing where none is named."""
    if not level.has(way):
        return ""
    if level.has(f"{way}/Id/OrgId") or level.has(f"{way}/Agt"):
        return _organisation(sheet, level, way)
    if level.has(f"{way}/Nm") or level.has(f"{way}/Id/PrvtId"):
        return _person(sheet, level, way)
    return ""


def account(sheet: Sheet, level: Level, way: str, agent: tuple[Level, str], holder: str) -> str:
    """Read the account at `way`, held by `holder` at `agent`; return its pointer, or nothing."""
    iban, number = f"{way}/Id/IBAN", f"{way}/Id/Othr/Id"
    if level.find(iban) < 0 and level.find(number) < 0:
        return ""
    part, here = sheet.part("accounts")
    sheet.constant(part, "kind", "bank", here)
    if not sheet.take(level, iban, part, "iban", here):
        sheet.take(level, number, part, "account_no", here)
    sheet.take(level, f"{way}/Ccy", part, "currency", here)
    bank, at = agent
    sheet.take(bank, f"{at}/BIC", part, "bic", here)
    sheet.take(bank, f"{at}/Nm", part, "institution", here)
    if holder:
        part["holder_ref"] = holder
        sheet.trail.append(TrailStep("", f"{here}/holder_ref", "part"))
    return here


def _person(sheet: Sheet, level: Level, way: str) -> str:
    part, here = sheet.part("persons")
    rule = "as-is" if level.has(f"{way}/Id/PrvtId") else "party-as-person"
    name: dict[str, Any] = {}
    if sheet.take(level, f"{way}/Nm", name, "full", f"{here}/names/0", rule):
        part["names"] = [name]
    if level.has(f"{way}/Id/PrvtId"):
        _private(sheet, level, f"{way}/Id/PrvtId", part, here)
    _address(sheet, level, way, part, here)
    _contacts(sheet, level, way, here)
    return here


def _private(sheet: Sheet, level: Level, way: str, part: dict[str, Any], here: str) -> None:
    birth = f"{way}/DtAndPlcOfBirth"
    if level.has(birth):
        sheet.take(level, f"{birth}/BirthDt", part, "dob", here)
        pob: dict[str, Any] = {}
        sheet.take(level, f"{birth}/CityOfBirth", pob, "locality", f"{here}/pob")
        sheet.take(level, f"{birth}/CtryOfBirth", pob, "country", f"{here}/pob")
        if pob:
            part["pob"] = pob
    paper: dict[str, Any] = {}
    if sheet.take(level, f"{way}/Othr/Id", paper, "number", f"{here}/ids/0"):
        kind = f"{way}/Othr/SchmeNm/Cd"
        if level.peek(kind) in _PAPERS:
            sheet.code(level, kind, paper, "kind", f"{here}/ids/0", _PAPERS[level.peek(kind)])
        else:
            sheet.constant(paper, "kind", "other", f"{here}/ids/0")
        part["ids"] = [paper]


def _organisation(sheet: Sheet, level: Level, way: str) -> str:
    names = (f"{way}/Nm", f"{way}/Agt/Nm", f"{way}/Agt/BIC")
    named = next((one for one in names if level.find(one) >= 0), None)
    if named is None:
        return ""
    part, here = sheet.part("organisations")
    sheet.take(level, named, part, "name", here)
    for number in _NUMBERS_OF_ORGANISATIONS:
        if sheet.take(level, f"{way}/{number}", part, "registration_no", here):
            break
    _address(sheet, level, way, part, here)
    _contacts(sheet, level, way, here)
    return here


def _address(sheet: Sheet, level: Level, way: str, part: dict[str, Any], here: str) -> None:
    at = f"{way}/PstlAdr"
    if not level.has(at):
        return
    address: dict[str, Any] = {}
    there = f"{here}/addresses/0"
    for name, member in _PLACE:
        sheet.take(level, f"{at}/{name}", address, member, there)
    street = [place for name in _STREET if (place := level.find(f"{at}/{name}")) >= 0]
    joined(sheet, level, street, " ", address, "street", there)
    lines = list(level.shape.at.get(f"{at}/AdrLine", ()))
    joined(sheet, level, lines, ", ", address, "text", there)
    if address:
        part["addresses"] = [address]


def _contacts(sheet: Sheet, level: Level, way: str, holder: str) -> None:
    at = f"{way}/CtctDtls"
    if not level.has(at):
        return
    for name, member in (("PhneNb", "phone"), ("MobNb", "phone"), ("EmailAdr", "email")):
        if level.find(f"{at}/{name}") >= 0:
            part, here = sheet.part("identities")
            sheet.take(level, f"{at}/{name}", part, member, here)
            part["holder_ref"] = holder
            sheet.trail.append(TrailStep("", f"{here}/holder_ref", "part"))


def joined(
    sheet: Sheet,
    level: Level,
    places: list[int],
    divider: str,
    part: dict[str, Any],
    name: str,
    here: str,
) -> None:
    """Write several values as one text, in their order."""
    if not places:
        return
    part[name] = divider.join(level.texts[place] for place in places)
    rule = "joined" if len(places) > 1 else "as-is"
    for place in places:
        level.used[place] = 1
        sheet.trail.append(level.shape.step(place, f"{here}/{name}", rule))
