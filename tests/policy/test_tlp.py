"""TLP labels and handling codes: there and back again, never wider."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.tlp import LABELS, codes_of, label_for, label_of
from schemas.vocab import HANDLING, RESTRICTION_KINDS

TABLE = {
    "TLP:CLEAR": ({"H0"}, set()),
    "TLP:GREEN": ({"H0", "H1"}, set()),
    "TLP:AMBER": ({"H0", "H1", "H2"}, set()),
    "TLP:AMBER+STRICT": ({"H0", "H1", "H2"}, {"transfer"}),
    "TLP:RED": ({"H0", "H1", "H2", "H3"}, {"transfer"}),
}
CODES = st.sets(st.sampled_from(HANDLING))
KINDS = st.sets(st.sampled_from(RESTRICTION_KINDS))
LABEL = st.sampled_from(LABELS)


@pytest.mark.parametrize("label", TABLE)
def test_a_label_lays_codes_and_they_are_written_as_that_label_again(label):
    handling, restrictions = TABLE[label]
    laid = codes_of(label)

    assert (laid.handling, laid.restrictions) == (handling, restrictions)
    assert label_for(handling, restrictions, label=label) == label


WRITTEN = {
    "no label of its own": ({"H0"}, set(), None, "TLP:AMBER+STRICT"),
    "an assurance, which no label lays": ({"H0"}, {"no_death_penalty"}, "TLP:CLEAR", "TLP:RED"),
    "H2 came later": ({"H0", "H2"}, set(), "TLP:GREEN", "TLP:AMBER"),
    "a condition in words": ({"H3"}, set(), "TLP:CLEAR", "TLP:RED"),
    "a code of nobody": ({"H9"}, set(), "TLP:CLEAR", "TLP:RED"),
    "passing on was forbidden": ({"H0"}, {"transfer"}, "TLP:GREEN", "TLP:AMBER+STRICT"),
}


@pytest.mark.parametrize(
    ("handling", "restrictions", "own", "label"), WRITTEN.values(), ids=WRITTEN.keys()
)
def test_codes_are_written_as_a_label_at_least_as_strict(handling, restrictions, own, label):
    assert label_for(handling, restrictions, label=own) == label


@pytest.mark.parametrize(
    ("text", "label"),
    [("tlp: amber + strict", "TLP:AMBER+STRICT"), ("white", "TLP:CLEAR"), ("pink", "TLP:RED"),
     ("", "TLP:RED")],
)  # fmt: skip
def test_a_label_is_read_however_it_is_spelt_and_what_is_none_is_red(text, label):
    assert label_of(text) == label


@given(LABEL, LABEL)
def test_a_stricter_label_never_lays_less(one, other):
    stricter, wider = sorted((one, other), key=LABELS.index)
    assert codes_of(stricter).covers(codes_of(wider))


@given(CODES, KINDS, st.none() | LABEL)
def test_what_is_written_is_never_wider(handling, restrictions, own):
    written = label_for(handling, restrictions, label=own)
    laid = codes_of(written)

    assert own is None or LABELS.index(written) <= LABELS.index(own)
    assert written == "TLP:RED" or (laid.handling >= handling and laid.restrictions >= restrictions)


@given(CODES, KINDS, CODES, KINDS, st.none() | LABEL)
def test_one_more_code_or_restriction_never_makes_the_label_wider(codes, kinds, more, others, own):
    before = label_for(codes, kinds, label=own)
    after = label_for(codes | more, kinds | others, label=own)
    assert LABELS.index(after) <= LABELS.index(before)
