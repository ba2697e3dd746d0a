"""An XSD that could hold the machine is no XSD of a mapping; ordinary ones are."""

from __future__ import annotations

import time
from typing import Any

import pytest

from adapters import safe_xml
from adapters.base import Caps
from adapters.sources.goaml_schema import ReportSchema, SchemaUnusable
from adapters.sources.xml_dictionary import SchemaRefused, read_schema
from adapters.sources.xsd_cost import MOST_IN_ONE

MOST_SECONDS = 0.1
HEAD = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="r"><xs:complexType>'
)
TAIL = "</xs:complexType></xs:element></xs:schema>"
ONE = '<xs:element name="a" type="xs:string"/>'
COUNTING = (
    '<xs:element name="a"><xs:simpleType><xs:restriction base="xs:string">'
    '<xs:assertion test="every $x in 1 to 1000000000 satisfies $x lt 0"/>'
    "</xs:restriction></xs:simpleType></xs:element>"
)
COSTLY = {
    "counts as far as it is told": f"<xs:sequence>{COUNTING}</xs:sequence>",
    "deep": "<xs:sequence>" * 200 + ONE + "</xs:sequence>" * 200,
    "wide": "<xs:sequence>"
    + "".join(
        f'<xs:element name="a{number}" type="xs:string" minOccurs="0"/>'
        for number in range(MOST_IN_ONE + 1)
    )
    + "</xs:sequence>",
}


@pytest.mark.parametrize("inside", COSTLY.values(), ids=COSTLY)
def test_a_schema_that_could_hold_the_machine_is_refused(inside):
    with pytest.raises(SchemaRefused, match="soon enough"):
        read_schema(HEAD + inside + TAIL)


# Each of them holds a matcher that goes back for seconds at thirty or at three thousand characters.
HOLDING_UP = ["(a+)+b", "(a|a)*b", "(a|aa)+b", "((a+)b?)*c", "(.*a){12}b", "(.a*)*b", "a*a*a*a*b"]


@pytest.mark.parametrize("pattern", HOLDING_UP)
def test_no_pattern_is_held_up_by_a_document_of_the_greatest_size(pattern):
    long = Caps().max_string_chars
    texts = ["a" * long] * (Caps().max_bytes // long)
    kind = simple(pattern)

    def spent() -> float:
        start = time.thread_time()
        assert not any(kind.is_valid(text) for text in texts)
        return time.thread_time() - start

    assert min(spent() for _ in range(3)) < MOST_SECONDS  # others may use the machine meanwhile


def test_a_value_of_the_schema_itself_holds_no_pattern_up():
    start = time.thread_time()
    with pytest.raises(SchemaRefused):
        read_schema(whole("(a+)+b").replace('name="r"', f'name="r" default="{"a" * 5_000}"'))
    assert time.thread_time() - start < 1  # of which reading a schema takes most


def test_the_pattern_of_an_fiu_is_not_held_up_either():
    schema = ReportSchema(whole("(a+)+b").replace('name="r"', 'name="report"'))
    raw = b"<report>" + b"a" * 60_000 + b"</report>"

    start = time.thread_time()
    (fault,) = schema.faults(raw, safe_xml.load(raw, Caps()))
    assert time.thread_time() - start < MOST_SECONDS
    assert fault.detail == "Not of the pattern that the schema demands."


# pattern: texts that fit, texts that do not
SAID = {
    "[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}": (["NL02ABNA0123456789"], ["nl02", "NL02"]),
    r"[_a-z0-9-]+(\.[_a-z0-9-]+)*@[a-z0-9-]+(\.[a-z]{2,3})": (["a.b@c.org"], ["a.b@c", "@c.org"]),
    "(19|20)[0-9]{2}(-[0-9]{2})?": (["1999", "2026-11"], ["1899", "2026-"]),
    r"\d+": (["12", "\u0661"], ["1a", ""]),
    r"\D\S\s": (["ab\t"], ["1b ", "a\t ", "ab\u00a0"]),
    r"\w+": (["a1", "\u03a9"], ["a b", "a_b", "a.b"]),
    r"\W": ([".", " "], ["a", "1"]),
    r"\i\c*": (["a-1", ":x"], ["1a"]),
    r"[\i-[:]][\c-[:]]*": (["a-1"], ["a:b"]),
    r"[\d\s.]+": (["1 2.3"], ["1x"]),
    r"\p{IsGreek}+": (["\u03a9"], ["O"]),
    r"\P{Lu}": (["a"], ["A"]),
    r"\p{L}{1,140}": (["\u00e9" * 140], ["1"]),
    r"^a$": (["^a$"], ["a"]),
    r"[\[\]\\^-]+": (["[]\\^-"], ["a"]),
    "[^()|*+]*": (["", "ab"], ["a|b"]),
    ".{0,1000}": (["x" * 1_000], ["a\nb", "x" * 1_001]),
    "": ([""], ["a"]),
}


@pytest.mark.parametrize("pattern", SAID)
def test_a_pattern_says_what_xml_schema_says_that_it_does(pattern):
    kind, (good, bad) = simple(pattern), SAID[pattern]

    assert [text for text in good if not kind.is_valid(text)] == []
    assert [text for text in bad if kind.is_valid(text)] == []


@pytest.mark.parametrize("pattern", ["(a", "a{1001}", "[b-a]", ".{0,999}" * 24, r"(a)\1"])
def test_what_is_no_pattern_or_too_large_is_refused(pattern):
    with pytest.raises(SchemaRefused):
        read_schema(whole(pattern))
    with pytest.raises(SchemaUnusable):
        ReportSchema(whole(pattern).replace('name="r"', 'name="report"'))


def whole(pattern: str) -> str:
    restriction = f'<xs:restriction base="xs:string"><xs:pattern value="{pattern}"/>'
    return (
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="r">'
        f"<xs:simpleType>{restriction}</xs:restriction></xs:simpleType></xs:element></xs:schema>"
    )


def simple(pattern: str) -> Any:
    return read_schema(whole(pattern)).elements["r"].type
