"""How many random examples a property is tried with: few in the suite, many where `scripts/soak/properties.py` asks."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import settings

VARIABLE = "GATEWAY_TEST_EXAMPLES"
_TIMES = int(os.environ.get(VARIABLE, "1"))


def examples(count: int) -> Callable[[Any], Any]:
    """Decorate a property: so many examples, or as many times more as the environment says."""
    return settings(max_examples=count * _TIMES)
