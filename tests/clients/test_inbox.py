"""The approval inbox in a browser: `gateway demo --inbox` serves it, under the policy of the explorer."""

import json
import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from gateway.commands.demo import INBOX
from tests.support.harness.browsing import fresh_page, launched
from tests.support.harness.processes import ROOT, demo
from tests.support.harness.waiting import TIMEOUT

pytestmark = pytest.mark.clients
SCREENSHOTS = ROOT / "test-results"
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
# What is shown for some seconds stays for as long as a test takes that looks at it.
STAYS = """const wait = window.setTimeout;
    window.setTimeout = (run, ms, ...rest) => wait(run, ms < 10_000 ? ms : 100 * ms, ...rest);"""
GROUPS = """{ timeEntries(filter: { decidableByMe: true }) { groups(by: [PERSON]) { nodes {
    person { name } aggregate { count time costDefault } timeEntries(orderBy: [{ field: DATE }], first: 200) {
        nodes { id time revision person { name } service { name } } } } } } }"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    if not (INBOX / "index.html").exists():
        pytest.skip("the inbox is not built: run scripts/test-clients")
    with demo(tmp_path_factory.mktemp("demo"), "--inbox") as running:
        yield running


@pytest.fixture(scope="module")
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture
def ask(gateway):
    """What a plain request answers the manager whose inbox it is, or somebody else."""

    def run(query, who="manager"):
        headers = {"Authorization": f"Bearer {gateway.tokens[who]}"}
        answer = httpx.post(f"{gateway.address}/graphql", json={"query": query}, headers=headers, timeout=TIMEOUT)
        return answer.json()["data"]

    return run


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def is_live():
    return True


@pytest.fixture
def page(browser, gateway, complaints, request, is_live):
    """The manager's inbox; left behind as a picture when the test fails."""
    failed_before = request.session.testsfailed
    with fresh_page(browser, gateway.address, complaints) as page:
        page.add_init_script(STAYS)
        if not is_live:
            page.route("**/graphql", lambda route: route.abort() if is_stream(route.request) else route.fallback())
        page.goto(f"{gateway.address}/inbox/#token={gateway.tokens['manager']}")
        page.locator(".person").first.wait_for()
        expect(page.locator(".live")).to_have_text("live" if is_live else "offline")
        yield page
        if request.session.testsfailed > failed_before:
            SCREENSHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"{request.node.name}.png")
    expected = [] if is_live else ["Failed to load resource: net::ERR_FAILED"]
    assert [complaint for complaint in complaints if complaint not in expected] == []


def is_stream(asked):
    return asked.headers.get("accept", "").startswith("text/event-stream")


def groups_of(ask):
    return ask(GROUPS)["timeEntries"]["groups"]["nodes"]


def row(page: Page, entry):
    return page.locator(f'[id="{entry["id"]}"]')


def said(page: Page):
    return page.locator(".toast > span")


def operations(page: Page):
    """Names of the queries and mutations that are sent from now on."""
    sent: list[str] = []

    def keep(asked):
        if asked.url.endswith("/graphql") and not is_stream(asked):
            sent.append(json.loads(asked.post_data)["operationName"])

    page.on("request", keep)
    return sent


def hours(minutes):
    return f"{minutes // 60}:{minutes % 60:02}"


def shown_sums(page: Page, name):
    return page.get_by_label(name, exact=True).locator(".sums").inner_text().split()


def sums(group):
    """The sums of a group as they are shown."""
    aggregate = group["aggregate"]
    cost = f"€{aggregate['costDefault'] / 100:,.2f}"
    return [str(aggregate["count"]), hours(aggregate["time"]), "h", cost]


def test_one_request_shows_who_waits_with_the_hours_and_cost_of_each(page, ask, gateway):
    sent = operations(page)
    page.reload()
    page.locator(".person").first.wait_for()

    groups = groups_of(ask)

    assert sent == ["Inbox"]
    assert page.locator(".person h2").all_inner_texts() == [group["person"]["name"] for group in groups]
    for group in groups:
        assert shown_sums(page, group["person"]["name"]) == sums(group)
    ids = [entry["id"] for group in groups for entry in group["timeEntries"]["nodes"]]
    assert page.locator("[data-row]").evaluate_all("rows => rows.map(row => row.id)") == ids
    assert page.url == f"{gateway.address}/inbox/"
    assert page.evaluate("localStorage.length") == 0


def test_chosen_entries_are_looked_at_dry_approved_and_taken_back(page, ask):
    before = groups_of(ask)[0]
    first, second = before["timeEntries"]["nodes"][:2]
    name = before["person"]["name"]
    sent = operations(page)

    for entry in (first, second):
        row(page, entry).get_by_role("checkbox").check()
    page.get_by_role("button", name="Dry run").click()
    dialog = page.get_by_role("dialog", name="Dry run")
    expect(dialog).to_contain_text("2 entries would be approved. Nothing was written.")
    assert groups_of(ask)[0] == before

    dialog.get_by_role("button", name="Approve 2").click()
    expect(said(page)).to_have_text("2 entries approved.")
    expect(row(page, first)).to_have_count(0)
    after = groups_of(ask)[0]
    assert after["aggregate"]["count"] == before["aggregate"]["count"] - 2
    assert shown_sums(page, name) == sums(after)

    page.get_by_role("button", name="Undo").click()
    expect(said(page)).to_have_text("2 entries are back.")
    expect(row(page, first)).to_be_visible()
    assert shown_sums(page, name) == sums(before)
    assert sent == ["Approve", "Approve", "Unapprove"]


def test_a_rejection_carries_its_reason(page, ask):
    entry = groups_of(ask)[1]["timeEntries"]["nodes"][0]
    sent = operations(page)

    row(page, entry).get_by_role("button", name="Reject").click()
    page.get_by_label("Reason").fill("Please say what was done")
    page.get_by_role("dialog").get_by_role("button", name="Reject").click()

    expect(said(page)).to_have_text("1 entry rejected.")
    seen = ask(f'{{ timeEntry(id: "{entry["id"]}") {{ status rejectedReason }} }}')
    assert seen == {"timeEntry": {"status": "REJECTED", "rejectedReason": "Please say what was done"}}
    assert sent == ["Reject"]


@pytest.mark.parametrize("is_live", [False])
def test_what_somebody_else_changed_or_decided_meanwhile_is_shown_as_it_is(page, ask):
    changed, decided, untouched = groups_of(ask)[2]["timeEntries"]["nodes"][:3]
    ask(
        f'mutation {{ timeEntryUpdate(id: "{changed["id"]}", input: {{ time: 715 }}) {{ userErrors {{ code }} }} }}',
        "admin",
    )
    ask(f'mutation {{ timeEntryApprove(id: "{decided["id"]}") {{ userErrors {{ code }} }} }}', "admin")

    for entry in (changed, decided, untouched):
        row(page, entry).get_by_role("checkbox").check()
    page.get_by_role("button", name="Approve", exact=True).last.click()

    expect(said(page)).to_have_text("1 entry approved; 2 were changed meanwhile and stay as shown.")
    expect(row(page, untouched)).to_have_count(0)
    expect(row(page, changed)).to_contain_text("Changed meanwhile; this is the entry as it is now.")
    expect(row(page, changed).locator(".time")).to_have_text("11:55")
    expect(row(page, decided)).to_contain_text(re.compile(r"Approved meanwhile by Željka Rossi"))
    row(page, decided).get_by_role("button", name="All right").click()
    expect(row(page, decided)).to_have_count(0)
    row(page, changed).get_by_role("button", name="Approve").click()
    expect(row(page, changed)).to_have_count(0)
    assert ask(f'{{ timeEntry(id: "{changed["id"]}") {{ status time }} }}')["timeEntry"] == {
        "status": "APPROVED",
        "time": 715,
    }


def test_what_others_do_is_seen_at_once_without_asking_again(page, ask):
    group = groups_of(ask)[3]
    name = group["person"]["name"]
    approved, changed, chosen, deleted = group["timeEntries"]["nodes"][:4]
    row(page, chosen).get_by_role("checkbox").check()
    sent = operations(page)

    ask(f'mutation {{ timeEntryApprove(id: "{approved["id"]}") {{ userErrors {{ code }} }} }}', "admin")
    ask(
        f'mutation {{ timeEntryUpdate(id: "{changed["id"]}", input: {{ time: 61 }}) {{ userErrors {{ code }} }} }}',
        "admin",
    )
    ask(
        f'mutation {{ timeEntryUpdate(id: "{chosen["id"]}", input: {{ time: 62 }}) {{ userErrors {{ code }} }} }}',
        "admin",
    )

    expect(row(page, approved)).to_have_count(0)
    expect(row(page, changed).locator(".time")).to_have_text("1:01")
    expect(row(page, chosen)).to_contain_text("Changed meanwhile; this is the entry as it is now.")
    expect(row(page, chosen).get_by_role("checkbox")).not_to_be_checked()
    after = next(group for group in groups_of(ask) if group["person"]["name"] == name)
    assert shown_sums(page, name) == sums(after)
    ask(f'mutation {{ timeEntryUnapprove(id: "{approved["id"]}") {{ userErrors {{ code }} }} }}', "admin")
    expect(row(page, approved)).to_be_visible()
    assert sent == []
    ask(f'mutation {{ timeEntryDelete(id: "{deleted["id"]}") {{ userErrors {{ code }} }} }}', "admin")
    expect(row(page, deleted)).to_have_count(0)
    assert sent == ["Inbox"]


def test_the_keyboard_does_all_of_it(page, ask):
    first, second, third = groups_of(ask)[0]["timeEntries"]["nodes"][:3]

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, second)).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    page.keyboard.press("a")
    expect(said(page)).to_have_text("2 entries approved.")
    expect(row(page, second)).to_have_count(0)
    expect(row(page, third)).to_have_count(0)
    page.keyboard.press("u")
    expect(said(page)).to_have_text("2 entries are back.")
    expect(row(page, third)).to_be_visible()

    row(page, first).focus()
    page.keyboard.press("r")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("approve what is chosen")


def test_who_decides_nothing_is_told_so(page, gateway):
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Token").fill(gateway.tokens["member"])
    page.get_by_role("button", name="Open").click()

    expect(page.get_by_role("heading", name="All decided")).to_be_visible()


def test_a_wrong_token_is_answered_by_a_sentence(page, gateway, complaints):
    page.goto(f"{gateway.address}/inbox/#token=wrong")

    expect(page.get_by_role("alert")).to_contain_text("did not accept this token")
    assert page.evaluate("sessionStorage.length") == 0
    assert [complaint for complaint in complaints if "401" not in complaint] == []
    complaints.clear()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_every_screen(page, size, scheme):
    page.set_viewport_size(SIZES[size])
    page.emulate_media(color_scheme=scheme)
    page.locator("[data-row] input").nth(1).check()

    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"inbox-{size}-{scheme}.png")

    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    bar = page.get_by_role("toolbar").bounding_box()
    assert bar["x"] >= 0
    assert bar["x"] + bar["width"] <= SIZES[size]["width"]
