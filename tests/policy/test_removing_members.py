"""What is taken out of a record is gone, what stays is untouched, and references stay true."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Malformed
from gateway.core.ids import OrgId, RecordId
from gateway.core.record import Record

NAMES = st.sampled_from(["a", "b", "c", "0", "1", "a/b", "~"])
LEAVES = st.integers() | st.none() | st.text("xyz", max_size=3)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=25,
)
BODIES = st.dictionaries(NAMES, TREES, max_size=5)


def record(body):
    return Record(
        id=RecordId("urn:uuid:00000000-0000-7000-8000-000000000001"),
        version=1,
        type="case",
        org=OrgId("police.example"),
        body=body,
    )


def token(part):
    return "/" + str(part).replace("~", "~0").replace("/", "~1")


def places(node, at=""):
    """Every pointer of a JSON value, its own first."""
    yield at, node
    if isinstance(node, dict | list):
        for part, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(inner, at + token(part))


def rebuilt(node, gone, at=""):
    """The same by another way: copy only what has no removed pointer above it."""
    if isinstance(node, dict):
        return {
            part: rebuilt(inner, gone, at + token(part))
            for part, inner in node.items()
            if at + token(part) not in gone
        }
    if isinstance(node, list):
        return [
            rebuilt(inner, gone, at + token(part))
            for part, inner in enumerate(node)
            if at + token(part) not in gone
        ]
    return node


@given(BODIES, st.data())
def test_exactly_what_was_named_goes_in_whatever_order_it_is_named(body, data):
    known = [at for at, _ in places(body) if at]
    gone = data.draw(st.lists(st.sampled_from(known), max_size=6)) if known else []
    before = copy.deepcopy(body)

    reduced = record(body).without(data.draw(st.permutations(gone)))

    assert reduced.body == rebuilt(body, set(gone))
    assert body == before


def test_an_entry_and_a_member_of_the_same_entry_do_not_take_another_entry_with_them():
    body = {"a": [0, 1, {"b": "secret", "c": 1}, {"b": "stays"}]}

    assert record(body).without(["/a/2", "/a/2/b"]).body == {"a": [0, 1, {"b": "stays"}]}
    assert record(body).without(["/a/2/b", "/a/2"]).body == {"a": [0, 1, {"b": "stays"}]}


NOTHING_THERE = ["/x", "/a/9", "/a/-", "/a/01", "/a/٣", "/a/0/b/c", "/a/" + "9" * 5000]


@pytest.mark.parametrize("pointer", NOTHING_THERE)
def test_a_pointer_to_nothing_changes_nothing(pointer):
    body = {"a": [{"b": 1}, 2]}
    assert record(body).without([pointer]).body == body


def test_what_is_no_pointer_is_refused_rather_than_ignored():
    with pytest.raises(Malformed):
        record({"a": 1}).without(["a"])


def test_the_empty_pointer_takes_everything():
    assert record({"a": 1, "b": [2]}).without([""]).body == {}


PARTS = {
    "persons": [{"names": ["A"]}, {"names": ["B"]}, {"names": ["C"]}],
    "relations": [{"from": "/persons/2", "to": "/persons/0"}, {"from": "/persons/1"}],
    "evidence": ["/persons/1", "/persons/2/names/0", "/persons/7"],
}


def test_references_follow_what_they_name_to_its_new_place():
    reduced = record(PARTS).without(["/persons/0"]).body

    assert reduced["persons"] == [{"names": ["B"]}, {"names": ["C"]}]
    assert reduced["relations"] == [{"from": "/persons/1"}, {"from": "/persons/0"}]
    assert reduced["evidence"][:2] == ["/persons/0", "/persons/1/names/0"]


def test_references_to_what_is_gone_go_too_and_are_named():
    lost = record(PARTS).loses(["/persons/1"])

    assert lost == ("/evidence/0", "/persons/1", "/relations/1/from")
    assert record(PARTS).without(["/persons/1"]).body == record(PARTS).without(lost).body


def test_what_a_rendition_says_was_withheld_keeps_the_old_indices():
    body = {**PARTS, "rendition": {"withheld": [{"pointer": "/persons/2/names"}]}}
    reduced = record(body).without(["/persons/0"]).body
    assert reduced["rendition"]["withheld"] == [{"pointer": "/persons/2/names"}]


def test_a_text_that_only_looks_like_a_pointer_is_harmless():
    body = {"a": [1, 2], "t": "/a/" + "9" * 5000, "u": "/nowhere/1"}
    assert record(body).without(["/a/0"]).body == {**body, "a": [2]}
