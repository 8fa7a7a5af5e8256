"""What the conformance tests tell at the end, whichever way they went."""

import pytest

told = pytest.StashKey[list[str]]()


def pytest_configure(config):
    config.stash[told] = []


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash[told]:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def tell(request):
    """Write a line after all tests."""
    return request.config.stash[told].append
