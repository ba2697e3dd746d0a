"""An amount is read whole, however long its text is."""

from __future__ import annotations

import pytest

from schemas.faults import NotNormal
from schemas.quantities import Amount


@pytest.mark.parametrize("text", ["12" + " " * 70 + "34", "7" + " " * 63 + ","])
def test_what_stands_behind_the_64th_character_counts(text):
    with pytest.raises(NotNormal):
        Amount().normal(text)
