"""When a partner is tried again."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.retry import Pauses, is_stalled, pause_ms, retry_at

PAUSES = Pauses(shortest_ms=1_000, longest_ms=900_000)
RANDOM = st.binary(min_size=8, max_size=8)


@given(st.integers(0, 10_000), RANDOM)
def test_a_pause_is_never_longer_than_the_longest_nor_shorter_than_half_the_shortest(
    failures, randomness
):
    assert 500 <= pause_ms(failures, randomness, PAUSES) <= 900_000


def test_pauses_double_until_the_longest():
    longest = [pause_ms(failures, b"\xff" * 8, PAUSES) for failures in range(12)]
    assert longest == [1000 << step for step in range(10)] + [900_000, 900_000]


def test_two_gateways_do_not_come_back_together():
    assert pause_ms(5, bytes(8), PAUSES) == 16_000
    assert pause_ms(5, b"\x80" + bytes(7), PAUSES) == 24_000


@given(st.integers(0, 50), RANDOM, st.none() | st.integers(0, 10**9))
def test_what_a_partner_asks_for_is_kept_up_to_the_longest(failures, randomness, asked):
    at = retry_at(1_000_000, failures, randomness, PAUSES, asked)
    assert at >= 1_000_000 + min((asked or 0) * 1000, 900_000)
    assert at <= 1_900_000


def test_a_person_is_asked_after_so_many_refusals():
    assert [is_stalled(count, 3) for count in (0, 2, 3, 4)] == [False, False, True, True]
