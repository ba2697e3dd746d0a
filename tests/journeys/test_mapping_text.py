"""A mapping of the store becomes text that reads back as the same, whatever stands in it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.toml_text import toml_text
from gateway.flow import mappings

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUE = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(TEXT, VALUE, max_size=5))
def test_what_is_written_reads_back_as_the_same(table):
    assert tomllib.loads(toml_text(table)) == table


@given(st.dictionaries(st.sampled_from(["tables", "record", "a b"]), VALUE, max_size=3))
def test_so_do_members_that_have_a_form_of_their_own(table):
    assert tomllib.loads(toml_text(table)) == table


LONG = "code,iso\n'''\r\nx\n"


@pytest.mark.parametrize("text", [LONG, LONG.replace("\r", ""), "a,b\nc,'d'\n", "'\n'", "\n"])
def test_a_table_of_several_lines_stays_as_it_is(text):
    table = {"tables": {"codes": {"text": text}}, "fields": {"/a": {"const": text}}}
    assert tomllib.loads(toml_text(table)) == table


def test_a_fault_of_a_value_is_at_the_line_of_its_field():
    text = '[fields]\n"/a" = { path = "x" }\n"/b/*/c" = { path = "y" }\n'
    told = [
        {"pointer": "/b/12/c", "code": "x", "detail": "Not a number.", "hint": ""},
        {"pointer": "/1/col", "code": "x", "detail": "Nothing stands there for /a.", "hint": ""},
        {"pointer": "/z", "code": "x", "detail": "Nobody made it.", "hint": ""},
    ]
    found = mappings.at_lines(text, told)
    assert [one["line"] for one in found] == [2, 3, None]
    assert found[1]["quoted"] == '"/b/*/c" = { path = "y" }'
