"""The system's Chromium, driven by Playwright; it reaches the gateway alone, and what it complains of is kept."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.support.harness.waiting import TIMEOUT

MILLISECONDS = TIMEOUT * 1000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser_or_skip() -> str:
    """Return the program of the system's browser; skip without it."""
    for executable in filter(None, map(shutil.which, BROWSERS)):
        return executable
    pytest.skip(f"there is no browser: install one of {', '.join(BROWSERS)}")


@contextmanager
def launched() -> Iterator[Browser]:
    """Run the browser without a window."""
    executable = browser_or_skip()
    # Names are not even looked up, so that no request of the browser's own can leave the machine.
    arguments = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # which does not work for root
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments, timeout=MILLISECONDS)
        yield browser
        browser.close()


@contextmanager
def fresh_page(browser: Browser, origin: str, complaints: list[str]) -> Iterator[Page]:
    """Open a page that remembers nothing; errors of scripts, refusals of the policy and other hosts are complaints."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})

    def let_through(route: Route) -> None:
        if route.request.url.startswith((f"{origin}/", "data:")):
            route.continue_()
        else:
            complaints.append(f"asked for {route.request.url}")
            route.abort()

    context.route("**/*", let_through)
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
