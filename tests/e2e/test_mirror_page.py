"""How the mirror stands, for admins: the page /mirror in a browser, and what it shows, at /mirror/status."""

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.sync_api import Page, expect

from gateway.clock import system_clock
from gateway.explorer.fetch import is_complete
from gateway.mirror.options import MirrorOptions
from gateway.mirror.status import MOST_MONTHS, read_status
from gateway.store.schema.mirror import (
    MirrorAccountRow,
    MirrorBudgetRow,
    MirrorLagRow,
    MirrorLeaseRow,
    MirrorMonthRow,
    MirrorNeighbourRow,
    MirrorTroubleRow,
    MirrorWaitingRow,
)
from tests.support.harness.browsing import browser_or_skip, fresh_page, launched
from tests.support.harness.serving import Served, insert_rows, listening, serving
from tests.support.harness.waiting import TIMEOUT, eventually

ACCOUNT = "https://account.example/api/v2"
MIRRORED: dict[str, Any] = {"mirror_url": ACCOUNT, "mirror_token": "a-secret", "mirror_organization_id": 1}
MINUTE, HOUR = 60_000, 3_600_000  # milliseconds
SYNCED_TO = 1_754_028_000_000  # 2025-08-01T08:00:00+02:00
TROUBLE = "The account answered 500 three times."


def mirrored(now: int, **account: Any) -> list[Any]:
    """The rows of a mirror that has loaded two months of a day's work, and cannot read one entry."""
    facts: dict[str, Any] = {
        "organization_id": 1,
        "url": ACCOUNT,
        "started_at": now - 5 * HOUR,
        "synced_to": SYNCED_TO,
        "synced_at": now - 4_000,
        "reaches_back_to": dt.date(2025, 7, 1),
        "entries": 5_000,
        "neighbours_at": now - 5 * MINUTE,
        "swept_at": now - 3 * HOUR,
        "swept_total": 2,
    }
    past = now // MINUTE
    return [
        MirrorAccountRow(**facts | account),
        MirrorLeaseRow(organization_id=1, holder="host 17", expires_at=now + 30_000),
        MirrorBudgetRow(organization_id=1, windows=f'{{"10":{{"{now // 100}":[3,1]}},"1800":{{}}}}'),
        MirrorMonthRow(
            organization_id=1,
            month=dt.date(2025, 8, 1),
            entries=1_200,
            loaded_at=now - 4 * HOUR,
            swept_at=now - 3 * HOUR,
            differences=2,
        ),
        MirrorMonthRow(organization_id=1, month=dt.date(2025, 7, 1), entries=300, loaded_at=now - 2 * HOUR),
        MirrorNeighbourRow(organization_id=1, type="people", records=4, read_at=now - 5 * MINUTE),
        MirrorTroubleRow(
            organization_id=1, what="time_entries 7", sentence=TROUBLE, tries=3, next_try_at=now, first_at=now - HOUR
        ),
        MirrorWaitingRow(
            organization_id=1,
            type="time_entries",
            id=8,
            lacks="services 77",
            tries=1,
            next_try_at=now,
            since=now,
        ),
        MirrorLagRow(organization_id=1, minute=past - 2, lag_ms=9_000),
        MirrorLagRow(organization_id=1, minute=past - 1, lag_ms=95_000),
    ]


async def keep(served: Served, rows: list[Any]) -> None:
    for row in rows:

        async def put(connection: Any, row: Any = row) -> None:
            await insert_rows(connection, (row,))

        await served.database.write(put)


async def test_of_more_months_than_anybody_looks_at_the_latest_are_shown(tmp_path):
    days = [dt.date(1 + number // 12, 1 + number % 12, 1) for number in range(MOST_MONTHS + 3)]
    months = [MirrorMonthRow(organization_id=1, month=day, entries=2) for day in days]
    async with serving(tmp_path, **MIRRORED) as served:
        await keep(served, mirrored(system_clock(), is_complete=False)[:1])
        await served.database.write(lambda connection: insert_rows(connection, months))
        answer = await served.client.get("/mirror/status", headers=served.bearer())
        async with served.database.read(snapshot=True) as connection:
            status = await read_status(connection, MirrorOptions(**MIRRORED), system_clock())

    told = answer.json()
    assert [month["month"] for month in told["months"]] == [day.isoformat() for day in reversed(days[3:])]
    assert (told["monthCount"], told["loadedEntries"]) == (len(days), 2 * len(days))
    assert [line[0] for line in status.table()][-2:] == [f"{days[3]:%Y-%m}", "and 3 before"]
    assert f"{2 * len(days):,} of 5,000 entries are loaded" in dict(status.lines())["reaches back"]


async def test_an_admin_reads_how_the_mirror_stands(tmp_path):
    now = system_clock()
    async with serving(tmp_path, **MIRRORED) as served:
        await keep(served, mirrored(now))
        answer = await served.client.get("/mirror/status", headers=served.bearer())

    told = answer.json()
    assert answer.status_code == 200
    assert "a-secret" not in answer.text
    assert 4_000 <= told.pop("lagMs") < 4_000 + MINUTE
    assert told.pop("budget")[1] == {
        "requests": 4000,
        "seconds": 1800,
        "mirror": 0,
        "people": 0,
        "mostOfMirror": 2000,
    }
    assert {name: told[name] for name in ("account", "syncedTo", "reachesBackTo", "complete", "holder", "waiting")} == {
        "account": ACCOUNT,
        "syncedTo": "2025-08-01T06:00:00.000+00:00",
        "reachesBackTo": "2025-07-01",
        "complete": False,
        "holder": "host 17",
        "waiting": 1,
    }
    assert [(month["month"], month["entries"], month["differences"]) for month in told["months"]] == [
        ("2025-08-01", 1200, 2),
        ("2025-07-01", 300, 0),
    ]
    assert [(trouble["what"], trouble["sentence"], trouble["tries"]) for trouble in told["troubles"]] == [
        ("time_entries 7", TROUBLE, 3)
    ]
    assert told["lags"] == [[now // MINUTE - 2, 9_000], [now // MINUTE - 1, 95_000]]
    assert told["mostLagMs"] == MINUTE


async def test_nobody_but_an_admin_of_that_organization_is_told(tmp_path):
    async with serving(tmp_path, **MIRRORED) as served:
        before = await served.client.get("/mirror/status", headers=served.bearer())
        await keep(served, mirrored(system_clock()))
        answers = [
            await served.client.get("/mirror/status", headers=served.bearer(who))
            for who in ("manager", "member", "stranger")
        ]
        nobody = await served.client.get("/mirror/status")
        posted = await served.client.post("/mirror/status", headers=served.bearer())

    assert [answer.status_code for answer in (before, *answers, nobody, posted)] == [404, 403, 403, 404, 401, 405]
    assert all(ACCOUNT not in answer.text for answer in answers)


async def test_without_an_account_there_is_no_page(tmp_path):
    async with serving(tmp_path) as served:
        page = await served.client.get("/mirror")
        status = await served.client.get("/mirror/status", headers=served.bearer())

    assert (page.status_code, status.status_code) == (404, 404)


async def tells_of_the_mirror(served: Served) -> bool:
    """Whether the gateway, which looks now and then, knows by now that there is a mirror."""
    return "x-mirror" in (await served.post("{ viewer { role } }")).headers


class Shown:
    """A gateway that mirrors, behind a socket, in a thread and a loop of its own."""

    def __init__(self, folder: Path, **account: Any) -> None:
        self._folder, self._account = folder, account
        self.address = ""
        self.tokens: dict[str, str] = {}
        self._is_up, self._loop = threading.Event(), asyncio.new_event_loop()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._run()))

    async def _run(self) -> None:
        self._over = asyncio.Event()
        # However long the browser takes, the mirror is not behind.
        settings = MIRRORED | {"mirror_max_lag_s": HOUR // 1_000}
        async with serving(self._folder, **settings) as served, listening(served.app) as address:
            await keep(served, mirrored(system_clock(), **self._account))
            await eventually(partial(tells_of_the_mirror, served))
            self.address, self.tokens = address, served.tokens
            self._is_up.set()
            await self._over.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._is_up.wait(TIMEOUT)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    browser_or_skip()
    with launched() as browser:
        yield browser


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: errors of scripts, refusals of the policy, requests to other hosts."""
    return []


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shown]:
    monkeypatch.setattr("gateway.mirror.freshness.BETWEEN_LOOKS", 0.05)
    with Shown(tmp_path) as shown:
        yield shown


@pytest.fixture
def page(browser: Any, shown: Shown, complaints: list[str]) -> Iterator[Page]:
    with fresh_page(browser, shown.address, complaints) as page:
        yield page


pytest_browser = pytest.mark.sqlite_only


@pytest_browser
def test_the_page_asks_for_a_token_and_shows_how_the_mirror_stands(page, shown, complaints):
    page.goto(f"{shown.address}/mirror")
    page.get_by_label("Token of an admin").fill(shown.tokens["admin"])
    page.get_by_role("button", name="Open").click()

    expect(page.locator("#state")).to_have_text("Equal to the account as far as it reaches")
    expect(page.locator("#reach")).to_have_text("July 2025")
    expect(page.locator("#about-reach")).to_have_text("1,500 of 5,000 entries so far.")
    expect(page.locator("#swept")).to_have_text("3 h ago")
    expect(page.locator("#about-swept")).to_have_text("Never all of it yet. 2 differences found so far.")
    expect(page.locator("#budget")).to_contain_text("0 of 4,000 in 30 min")
    expect(page.locator("#months tr").first).to_contain_text("August 2025")
    expect(page.locator("#troubles")).to_contain_text(TROUBLE)
    expect(page.locator("#lacking li")).to_have_text("time entries 8 waits for services 77")
    expect(page.locator("#nothing-broken")).to_have_text("1 record waits for what it points to.")
    expect(page.locator("#under-plot")).to_have_text("The longest lag of the last day was 95 s.")
    assert page.locator("#plot .line").count() == 1
    assert complaints == []


@pytest_browser
def test_the_page_opens_by_an_address_with_a_token_and_loses_it(page, shown, complaints):
    page.goto(f"{shown.address}/mirror#token={shown.tokens['admin']}")

    expect(page.locator("#role")).to_have_text("Admin")
    assert page.url == f"{shown.address}/mirror"
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#sign-in")).to_be_visible()
    expect(page.locator("#content")).to_be_hidden()
    assert complaints == []


@pytest_browser
def test_the_explorer_leads_an_admin_to_the_mirror_and_back_by_one_token(page, shown, complaints):
    if not is_complete():
        pytest.skip("the explorer's files are not there: run scripts/explorer")
    page.goto(f"{shown.address}/mirror#token={shown.tokens['admin']}")
    page.get_by_role("link", name="Explorer").click()
    page.get_by_role("toolbar", name="Editor Commands").wait_for()

    page.get_by_role("link", name="Mirror", exact=True).click()

    expect(page.locator("#reach")).to_have_text("July 2025")
    assert page.url == f"{shown.address}/mirror"
    assert complaints == []


@pytest_browser
def test_a_manager_is_asked_for_another_token(page, shown):
    page.goto(f"{shown.address}/mirror#token={shown.tokens['manager']}")

    expect(page.locator("#problem")).to_have_text(
        "How the mirror stands is shown to admins. Please give an admin's token."
    )
    expect(page.locator("#content")).to_be_hidden()


@pytest_browser
def test_on_a_telephone_nothing_is_wider_than_the_screen(page, shown, complaints):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{shown.address}/mirror#token={shown.tokens['admin']}")

    expect(page.locator("#months tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator("main").evaluate("main => main.scrollWidth") == 360
    assert complaints == []


@pytest_browser
def test_a_gateway_that_ends_leaves_what_was_known_marked_as_old(page, shown):
    page.goto(f"{shown.address}/mirror#token={shown.tokens['admin']}")
    expect(page.locator("#reach")).to_have_text("July 2025")

    page.route("**/mirror/status", lambda route: route.abort())

    expect(page.locator("#state")).to_have_text("The gateway did not answer. Is it still running? Please try again.")
    expect(page.locator("#explanation")).to_have_text("Below is what it answered last.")
    expect(page.locator("#reach")).to_have_text("July 2025")
