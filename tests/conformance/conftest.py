"""What the conformance tests say at the end, passed or not."""

import pytest

lines = pytest.StashKey[list[str]]()


def pytest_configure(config):
    config.stash[lines] = []


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash[lines]:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def tell(request):
    """Write a line after all tests."""
    return request.config.stash[lines].append
