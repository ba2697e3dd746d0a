"""Whatever a document is, a mapping makes records of it or says why not, and accounts for it.

FUZZ_INPUTS sets how many mutated documents each sample gives: a few hundred here, `make fuzz`
tries many more.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.base import Caps, SourceUnmapped, SourceUnreadable
from adapters.sources import declared
from adapters.sources.mapping_tables import digest_of
from gateway.core.normalise import RecordInvalid
from tests.sources import test_mappings_to_depth as depth
from tests.sources import test_several_records as several
from tests.sources.accounting import leaves, recorded
from tests.sources.test_declared_mappings import DATA

CAPS = Caps()
INPUTS = int(os.environ.get("FUZZ_INPUTS", "1000"))
SEED = int(os.environ.get("FUZZ_SEED", "4"))


def _table():
    mapping = tomllib.loads(depth.TABLE)
    text = depth.COUNTRIES
    mapping["tables"]["countries"] |= {"text": text, "digest": digest_of(text)}
    return mapping


PAYMENTS = """
format = "csv"
type = "financial_signal"
[csv]
delimiter = ";"
group_by = "Alert"
[each]
"/persons/*payee" = "rows"
"/transactions/*" = "rows"
[fields]
"/provider_ref" = { path = "rows[0].Alert", required = true }
"/as_of" = { path = "rows[0].When", convert = ["time:DD.MM.YYYY;Europe/Prague"] }
"/source_kind" = { const = "psp" }
"/persons/0/names/0/full" = { path = "rows[0].Client", convert = ["squeeze"] }
"/persons/0/dob" = { path = "rows[0].Born", convert = ["date:DD.MM.YYYY"] }
"/accounts/0/iban" = { path = "rows[0].Account" }
"/accounts/0/kind" = { const = "bank" }
"/accounts/0/holder_ref" = { const = "/persons/0" }
"/persons/*payee/names/0/full" = { path = "Payee" }
"/transactions/*/amount" = { path = "Sum", convert = ["decimal_comma"], on_error = "refuse" }
"/transactions/*/currency" = { path = "Currency", default = "EUR" }
"/transactions/*/time" = { path = "When", convert = ["time:DD.MM.YYYY;Europe/Prague"] }
"/transactions/*/sender" = { const = "/accounts/0" }
"/summaries/0/text" = { path = "join(' / ', rows[*].Note)" }
"/summaries/0/lang" = { const = "en" }
"/summaries/0/by" = { const = "person" }
"""
ALERTS = """Alert;Client;Born;Account;Payee;Sum;Currency;When;Note
H-11;Jan  Vzor;20.5.1988;CZ65 0800 0000 1920 0014 5399;Maria Halimbawa;1.040,00;CZK;1.2.2026 21:04;x
H-11;Jan  Vzor;20.5.1988;CZ65 0800 0000 1920 0014 5399;Jose Halimbawa;980,50;CZK;1.7.2026 21:09;y
H-12;Petr Ukazka;;CZ65 0800 0000 1920 0014 5399;Ion Exemplu;35,00;;2.2.2026 8:15;
"""
SAMPLES = {
    "payments": (tomllib.loads(PAYMENTS), ALERTS.encode()),
    "csv": (
        tomllib.loads((DATA / "zaken-csv.toml").read_text()),
        (DATA / "zaken.csv").read_bytes(),
    ),
    "json": (
        tomllib.loads((DATA / "meldingen-json.toml").read_text()),
        (DATA / "meldingen.json").read_bytes(),
    ),
    "lists": (tomllib.loads(depth.LISTS), depth.REPORTS.encode()),
    "table": (_table(), "x\nLand;Stav;Jednotka\nHolandsko,Česko;o;A17\n".encode("cp1250")),
    "groups": (tomllib.loads(depth.GROUPED), b"Report,Amount,Note,Clerk\nR1,1,a,x\nR1,2,b,\n"),
    "several": (tomllib.loads(several.TREE), several.CASES.encode()),
    "kinds": (tomllib.loads(several.ROWS), b"Kind,Ref,Sum\nC,R1,\nF,R2,5.00\nX,R3,\n"),
    "xml": (tomllib.loads(depth.XML), depth.ONE_CASE.encode()),
    "xsd": (depth.by_schema(depth.XSD), depth.ONE_CASE.encode()),
}
# Samples whose mapping gives all that a record needs, and how many records they are as they are.
UNDERSTOOD = {"payments": 2, "csv": 3, "json": 2}
READERS = {name: declared.compile(mapping) for name, (mapping, _) in SAMPLES.items()}


def accounted(name: str, raw: bytes) -> int:
    """Read a document; return how many drafts it gave. What is wrong with one fails here."""
    try:
        found = list(READERS[name].read(raw, CAPS))
    except (SourceUnreadable, SourceUnmapped):
        return 0
    for draft in found:
        if draft.unreadable:
            assert (draft.body, bool(draft.faults)) == ({}, True)
            continue
        traced = {step.target for step in draft.trail if step.target}
        for pointer in leaves(draft.body):
            around = {pointer[:end] for end in _ends(pointer)}
            assert around & traced, pointer
    return len(found)


def understood(name: str, raw: bytes) -> int:
    """Take a document in as the gateway does; return how many records came of it.

    What stands in a record stood in the draft, or a step says which rule changed or gave it.
    """
    try:
        drafts = list(READERS[name].read(raw, CAPS))
    except (SourceUnreadable, SourceUnmapped):
        return 0
    count = 0
    for draft in drafts:
        if draft.unreadable:
            continue
        try:
            made = recorded(draft)
        except RecordInvalid as refused:
            assert refused.faults, "held without a reason"  # noqa: PT017 - not what is tested
            continue
        count += 1
        rules = {}
        for step in made.trail:
            rules.setdefault(step.target, set()).add(step.rule)
        body = made.record.content()
        for pointer in leaves(body):
            if _found(body, pointer) is None:
                continue  # nothing is said there
            around = [pointer[:end] for end in _ends(pointer)]
            said = set().union(*(rules.get(one, set()) for one in around))
            same = _found(draft.body, pointer) == _found(body, pointer)
            assert said, pointer
            assert same or said - {"as-is"}, pointer
    return count


def _found(value: object, pointer: str) -> object:
    try:
        return _at(value, pointer)
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _ends(pointer: str) -> list[int]:
    return [place for place, sign in enumerate(pointer) if sign == "/" and place] + [len(pointer)]


def mutated(raw: bytes, chance: random.Random) -> bytes:
    """Return the bytes with a few changes such as broken exports have."""
    changed = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        at, size = chance.randrange(len(changed) + 1), chance.randint(1, 8)
        match chance.randrange(6):
            case 0:
                changed[at : at + size] = b""
            case 1:
                changed[at:at] = chance.randbytes(size)
            case 2:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                changed[at:at] = changed[max(0, at - 40) : at] * chance.randint(1, 3)
            case 4:
                changed[at:at] = chance.choice(SIGNS)
            case _:
                del changed[at + size * 20 :]
    return bytes(changed)


SIGNS = [b'"', b"{", b"[]", b"null", b"1e400", b"<", b"</", b"&#0;", b"\x00", b"\r", b";", b"\xff"]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_broken_document_is_records_or_faults_and_nothing_is_without_a_trail(name):
    raw = SAMPLES[name][1]
    chance = random.Random(f"{SEED} {name}")  # noqa: S311 - to break documents
    assert accounted(name, raw) > 0
    made = sum(accounted(name, mutated(raw, chance)) for _ in range(INPUTS // len(SAMPLES) + 1))
    assert made > 0  # some were still read


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_what_differs_from_the_source_in_a_record_has_a_step_that_says_so(name):
    raw = SAMPLES[name][1]
    chance = random.Random(f"{SEED} {name} records")  # noqa: S311 - to break documents
    for _ in range(INPUTS // len(UNDERSTOOD) // 4 + 1):
        understood(name, mutated(raw, chance))
    assert understood(name, raw) == UNDERSTOOD[name]


KEYS = st.sampled_from(
    ["reports", "ref", "made", "payments", "people", "called", "from", "to", "sum", "sex", "a"]
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SINGLE = st.none() | st.booleans() | NUMBERS | st.text(max_size=9)
JSON = st.recursive(
    SINGLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=40,
)


@given(JSON)
def test_whatever_json_says_it_is_records_or_faults(value):

    accounted("lists", json.dumps(value, allow_nan=False).encode())
    accounted("lists", json.dumps({"reports": value}, allow_nan=False).encode())
    accounted("lists", json.dumps({"reports": [value, {"payments": value}]}).encode())


@given(st.lists(st.lists(st.text(max_size=6), min_size=4, max_size=4), max_size=6))
def test_whatever_rows_say_they_are_records_or_faults(rows):

    file = io.StringIO()
    csv.writer(file).writerows([["Report", "Amount", "Note", "Clerk"], *rows])
    accounted("groups", file.getvalue().encode(errors="replace"))


@given(JSON)
def test_a_value_taken_as_it_is_stands_in_the_record_as_it_was(value):
    """Each step that changes nothing leads back to the very same value of the source."""

    document = {"reports": [{"ref": "R", "born": value, "payments": value, "people": value}]}
    raw = json.dumps(document).encode()
    if not accounted("lists", raw):
        return
    for draft in READERS["lists"].read(raw, CAPS):
        for step in draft.trail:
            if step.rule == "as-is":
                assert _at(draft.body, step.target) == _filled(_at(json.loads(raw), step.source))


def _at(value: object, pointer: str) -> object:
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def _filled(value: object) -> object:
    """Blank entries of a list are nothing."""
    if not isinstance(value, list):
        return value
    return [
        one for one in map(_filled, value) if one not in (None, "", [], {}) and str(one).strip()
    ]
