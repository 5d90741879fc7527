"""What the tests of the rules share."""

from typing import Any

import pytest
from constants import NOON


@pytest.fixture
def noon(time_machine: Any) -> None:
    """Stop the clock at noon."""
    time_machine.move_to(NOON, tick=False)
