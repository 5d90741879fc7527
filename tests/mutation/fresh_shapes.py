"""A pytest plugin for mutation testing: each test finds the service model's shapes not compiled yet.

They are kept for the whole process otherwise. Then only the first test to use a shape would run what compiles it, and a
mutant of that would be tried with this one test, or with what was compiled before it was there.
"""

from collections.abc import Iterator

import pytest

from pytest_sagemaker_ie.core import constraints


@pytest.fixture(autouse=True)
def _fresh_shapes() -> Iterator[None]:
    constraints._kept.clear()
    yield
    constraints._kept.clear()
