from __future__ import annotations

import pytest

from tests.days.acts import Acts
from tests.journeys.gateways import World
from tests.journeys.scenes import two_gateways


@pytest.fixture
def world() -> World:
    """A national gateway and a hub that know each other, both listening."""
    return two_gateways()


@pytest.fixture
def acts() -> Acts:
    """The acts of this day: none yet."""
    return Acts()
