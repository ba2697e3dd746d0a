"""Whatever a document of these formats is, records or faults come of it, and all is accounted for.

FUZZ_INPUTS sets how many broken documents are read in all: a thousand here, `make fuzz` tries many
more. FUZZ_SEED gives others.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
import tomllib
import tracemalloc

import pytest
from accounting import SOURCES, leaves, recorded, untraced

from adapters import safe_xml
from adapters.base import Caps, SourceUnmapped, SourceUnreadable
from adapters.registry import adapter
from adapters.sources.goaml import GoamlAdapter
from adapters.sources.goaml_dialect import read_dialect
from adapters.sources.goaml_schema import ReportSchema
from gateway.core.guard import inspect_strings
from gateway.core.normalise import RecordInvalid

CAPS = Caps()
INPUTS = int(os.environ.get("FUZZ_INPUTS", "1000"))
SEED = int(os.environ.get("FUZZ_SEED", "4"))
GOAML = SOURCES / "goaml"
# Rules whose value is not the source's text: pointers, and what a document's shape says.
OF_THE_SHAPE = {"part", "same-part", "constant", "victim", "of-a-file", "cgn-port", "read-by"}


def dialect():
    body = tomllib.loads((GOAML / "fiu-test.toml").read_text())
    schema = ReportSchema((GOAML / "fiu-test.xsd").read_text())
    return GoamlAdapter(read_dialect("fiu.test", body), schema)


READERS = {name: adapter(name) for name in ("goaml", "cybertip", "xarf")} | {"dialect": dialect()}
SAMPLES = [
    ("dialect" if path.stem == "fiu-test-dialect" else name, path)
    for name in ("goaml", "cybertip", "xarf")
    for path in sorted((SOURCES / name).iterdir())
    if path.suffix in {".xml", ".json"}
]


def values(raw, *, as_json):
    """Return the text of each element, or the value of each member, by its path."""
    if as_json:
        waiting, found = [("", json.loads(raw))], {}
        while waiting:
            place, node = waiting.pop()
            entries = node.items() if isinstance(node, dict) else enumerate(node)
            for name, one in entries:
                here = f"{place}/{str(name).replace('~', '~0').replace('/', '~1')}"
                if isinstance(one, dict | list):
                    waiting.append((here, one))
                else:
                    found[here] = one
        return found
    return {one.path: one.text for one in safe_xml.load(raw, CAPS).walk() if one.text}


def at(body, pointer):
    for name in pointer.split("/")[1:]:
        body = body[int(name)] if isinstance(body, list) else body[name]
    return body


def accounted(name, raw):
    """Read a document; return how many drafts it gave. What is wrong with one fails here."""
    try:
        drafts = list(READERS[name].read(raw, CAPS))
    except (SourceUnreadable, SourceUnmapped) as refused:
        if not all(fault.code and fault.detail and fault.hint for fault in refused.faults):
            raise
        return 0
    found = values(raw, as_json=name == "xarf")
    for draft in drafts:
        assert untraced(draft) == set()
        assert changed_untold(draft, found) == []
        inspect_strings(draft.body)
        try:
            recorded(draft)
        except RecordInvalid as invalid:
            if not invalid.faults:
                raise
    return len(drafts)


def changed_untold(draft, found):
    """Return the steps whose value is not the source's, and which do not say what that was."""
    written = set(leaves(draft.body))
    return [
        step
        for step in draft.trail
        if step.rule not in OF_THE_SHAPE and step.target in written
        if found.get(step.source) not in (None, "", at(draft.body, step.target))
        if step.before != str(found[step.source])
    ]


SIGNS = [
    b'"', b"{", b"[]", b"null", b"1e400", b"<", b"</", b"&#0;", b"\x00", b"\r", b"-", b"\xff",
    b"<a/>", b" ", b"true", b"0", b"9" * 40, b"1753-01-01T00:00:00", b"2026-02-30", b"NL", b"]]>",
]  # fmt: skip


def mutated(raw, chance):  # noqa: C901 - a table of seven ways to break a document
    """Return the document with a few changes such as broken exports have."""
    changed = bytearray(raw)
    for _ in range(chance.randint(1, 4)):
        where, size = chance.randrange(len(changed) + 1), chance.randint(1, 8)
        match chance.randrange(7):
            case 0:
                changed[where : where + size] = b""
            case 1:
                changed[where:where] = chance.randbytes(size)
            case 2:
                changed[where:where] = changed[max(0, where - 40) : where] * chance.randint(1, 3)
            case 3:
                del changed[where + size * 20 :]
            case 4:  # the text of an element, or a value
                found = list(re.finditer(rb">([^<>]+)<|: ?([^\s,{}\[\]]+)", changed))
                if found:
                    one = chance.choice(found)
                    place = 1 if one[1] is not None else 2
                    changed[one.start(place) : one.end(place)] = chance.choice(SIGNS)
            case 5:  # an element twice, or gone
                found = list(re.finditer(rb"<(\w+)>[^<]*</\1>", changed))
                if found:
                    one = chance.choice(found)
                    changed[one.start() : one.end()] = one[0] * chance.choice((0, 2))
            case _:
                changed[where:where] = chance.choice(SIGNS)
    return bytes(changed)


@pytest.mark.parametrize(("name", "path"), SAMPLES, ids=[f"{n}/{p.stem}" for n, p in SAMPLES])
def test_a_broken_document_is_records_or_faults_and_no_value_changes_untold(name, path):
    raw = path.read_bytes()
    chance = random.Random(f"{SEED} {path.stem}")  # noqa: S311 - to break documents
    assert accounted(name, raw) > 0
    made = sum(accounted(name, mutated(raw, chance)) for _ in range(INPUTS // len(SAMPLES) + 1))
    assert made > 0  # some were still read


READ_BOTH_WAYS = [
    b"<a> x <b/> y <b>z</b> </a>",
    b"<a><!-- c -->x<![CDATA[<y>]]></a>",
    b"<n:a xmlns:n='urn:x' n:b='1' c='2'><n:d/></n:a>",
    b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>",
    b"<a><?pi x?><b>1</b>\n<b> 2</b></a>",
    b"<a>&#60;&amp;&lt;</a>",
]


@pytest.mark.parametrize("raw", [*READ_BOTH_WAYS, *(p.read_bytes() for _, p in SAMPLES)])
def test_the_quick_way_through_xml_reads_what_the_careful_one_does(raw, monkeypatch):
    chance = random.Random(SEED)  # noqa: S311 - to break documents
    documents = [raw, *(mutated(raw, chance) for _ in range(30))]
    quick = [read_xml(one) for one in documents]
    monkeypatch.setattr(safe_xml, "_quick", lambda _raw, _caps: None)

    assert [read_xml(one) for one in documents] == quick


def read_xml(raw):
    try:
        return safe_xml.load(raw, CAPS)
    except SourceUnreadable as refused:
        return refused.faults


LAUGHS = (
    b"<!DOCTYPE report [<!ENTITY a 'lol'>"
    + b"".join(b"<!ENTITY a%d '%s'>" % (n, b"&a;" * 10) for n in range(10))
    + b"]><report>&a9;</report>"
)
DEEP = 100_000
HOSTILE = {
    "goaml: laughs": ("goaml", LAUGHS),
    "cybertip: laughs": ("cybertip", LAUGHS),
    "goaml: a file of the machine": (
        "goaml",
        b'<!DOCTYPE report [<!ENTITY x SYSTEM "file:///etc/hostname">]><report>&x;</report>',
    ),
    "goaml: deep": ("goaml", b"<report>" * DEEP),
    "cybertip: deep": ("cybertip", b"<report>" + b"<a>" * DEEP + b"</a>" * DEEP + b"</report>"),
    "goaml: many": ("goaml", b"<report>" + b"<transaction/>" * 600_000),
    "goaml: cut short": ("goaml", (GOAML / "v5-activity.xml").read_bytes()[:-40]),
    "cybertip: attributes": (
        "cybertip",
        b"<report " + b" ".join(b"a%d='1'" % n for n in range(200_000)) + b"/>",
    ),
    "goaml: a long number": (
        "goaml",
        b"<report><report_code>STR</report_code><transaction><amount_local>"
        + b"9" * 8_000_000
        + b"</amount_local></transaction></report>",
    ),
    "xarf: a long number": ("xarf", b'{"xarf_version": "4.2.0", "asn": ' + b"9" * 8_000_000 + b"}"),
    "xarf: deep": ("xarf", b'{"a":' * DEEP),
    "xarf: cut short": ("xarf", (SOURCES / "xarf" / "content-csam.json").read_bytes()[:-3]),
}


@pytest.mark.parametrize(("name", "raw"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_hostile_is_refused_before_it_costs_anything(name, raw):
    seconds = min(refusing(name, raw)[0] for _ in range(3))
    tracemalloc.start()
    try:
        _, refused = refusing(name, raw)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert all(fault.code and fault.hint for fault in refused.faults)
    assert seconds < 0.15 * slowness()  # 0.1 on a machine that does nothing else
    assert peak < 50 * 1024 * 1024


def refusing(name, raw):
    start = time.thread_time()
    with pytest.raises(SourceUnreadable) as refused:
        list(READERS[name].read(raw, CAPS))
    return time.thread_time() - start, refused.value


def slowness():
    """Return how much slower than a free machine this one is now, at reading text; 1 or more."""
    text = '"x",' * 250_000
    start = time.thread_time()
    len(re.findall(r'"[^"]*"', text))
    return max(1.0, (time.thread_time() - start) / 0.04)


def test_a_number_within_the_bounds_is_kept_for_a_person_not_rounded():
    raw = (GOAML / "v4-parties-and-goods.xml").read_bytes()
    (draft,) = READERS["goaml"].read(raw.replace(b"1250.50", b"9" * 60_000), CAPS)
    with pytest.raises(RecordInvalid) as refused:
        recorded(draft)

    assert "/transactions/0/amount" in {fault.pointer for fault in refused.value.faults}
