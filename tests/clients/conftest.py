"""A gateway with made-up data for each file of clients; what one of them writes, no other sees."""

import pytest

from tests.support.harness.processes import demo


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("demo")) as running:
        yield running
