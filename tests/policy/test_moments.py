"""Moments as people read them, whatever number a partner writes."""

from __future__ import annotations

import pytest

from gateway.cli.show import local_time
from gateway.core.moments import shown
from gateway.core.notice import Notice, lay_out, parse

FARTHEST = 2**53 - 1  # seconds: the largest number that a text of a partner may hold


@pytest.mark.parametrize("ms", [0, 1_767_225_600_000, FARTHEST * 1000])
def test_any_moment_can_be_shown(ms: int) -> None:
    assert shown(ms).year in (1970, 2026, 9999)
    assert local_time(ms)[:4] in ("1969", "1970", "2026", "9999")


def test_a_notice_may_say_such_a_moment() -> None:
    id_ = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"
    said = Notice(id=id_, record=id_, version=1, kind="dispute", code="other", at=FARTHEST)
    assert parse(lay_out(said, "A" * 43)).at == FARTHEST
