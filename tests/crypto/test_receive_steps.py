"""Receiving: what is good is believed, and each fault is refused by its own step."""

from __future__ import annotations

import pytest
from faults import FAULTS, GOOD
from forge import TEXTS, Facts, Forgery, receive
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core import steps

WHOLE = Forgery().make()


@pytest.mark.parametrize("case", GOOD.values(), ids=GOOD.keys())
def test_a_good_envelope_is_believed(case):
    believed = receive(case.forgery.make(), case.facts)

    assert believed.statement.iss == "fiu.ee"


@pytest.mark.parametrize("case", FAULTS.values(), ids=FAULTS.keys())
def test_one_fault_is_refused_by_its_step(case):
    with pytest.raises(steps.EnvelopeRefused) as refusal:
        receive(case.forgery.make(), case.facts)

    assert type(refusal.value) is case.outcome


def test_every_step_has_a_class_with_a_code_of_its_own():
    classes = steps.EnvelopeRefused.__subclasses__()

    assert sorted(one.step for one in classes) == [1, *range(3, 18)]
    assert len({one.code for one in classes}) == len(classes)


def test_every_step_has_a_fault_in_the_table():
    assert {case.outcome for case in FAULTS.values()} == set(steps.EnvelopeRefused.__subclasses__())


def test_only_a_wrong_place_is_told_to_the_sender():
    told = {one: one.told for one in steps.EnvelopeRefused.__subclasses__() if one.told}

    assert told == {steps.SequenceWrong: "sequence"}


def test_texts_come_out_as_they_went_in():
    assert receive(WHOLE, Facts()).texts == TEXTS


def test_a_newer_sequence_that_does_not_follow_what_we_hold_is_taken_and_told():
    forgery = Forgery(said={"ep": 1_789_000_001, "seq": 1, "prev": None})

    believed = receive(forgery.make(), Facts())

    assert believed.new_sequence
    assert believed.prev_unexpected


@settings(max_examples=300, deadline=None)
@given(
    at=st.integers(0, len(WHOLE) - 1),
    length=st.integers(0, 4),
    new=st.binary(max_size=4),
)
def test_no_changed_byte_is_ever_taken(at, length, new):
    changed = WHOLE[:at] + new + WHOLE[at + length :]
    if changed == WHOLE:
        return

    with pytest.raises(steps.EnvelopeRefused):
        receive(changed, Facts())


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_arbitrary_bytes_are_refused_not_crashed_on(raw):
    with pytest.raises(steps.EnvelopeRefused):
        receive(raw, Facts())
