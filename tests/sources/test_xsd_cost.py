"""An XSD that could hold the machine is no XSD of a mapping; ordinary ones are."""

from __future__ import annotations

import pytest

from adapters.sources.xml_dictionary import SchemaRefused, read_schema
from adapters.sources.xsd_cost import MOST_IN_ONE, is_slow

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
    "pattern": "<xs:sequence>"
    + COUNTING.replace("assertion test", "pattern value").replace(
        "every $x in 1 to 1000000000 satisfies $x lt 0", "(a|a)*b"
    )
    + "</xs:sequence>",
}


@pytest.mark.parametrize("inside", COSTLY.values(), ids=COSTLY)
def test_a_schema_that_could_hold_the_machine_is_refused(inside):
    with pytest.raises(SchemaRefused, match="soon enough"):
        read_schema(HEAD + inside + TAIL)


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a*)*", "(a|a)*b", "(a|aa)+", "((a+)b?)*", "(a+){30}", "(.a*)*", "(aa*)*"],
)
def test_patterns_that_a_short_text_holds_up(pattern):
    assert is_slow(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}",
        r"[_a-zA-Z0-9-]+(\.[_a-zA-Z0-9-]+)*@[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)*(\.[a-z]{2,3})",
        "(19|20)[0-9]{2}(-[0-9]{2})?",
        "([0-9]|[A-Z]){10}",
        r"(\+[0-9]{1,3})?[0-9 ]+",
        "[^()|*+]*",
        "",
    ],
)
def test_ordinary_patterns_are_none_of_these(pattern):
    assert not is_slow(pattern)
