"""The explorer in a browser: `gateway demo` serves it, every other host is blocked, nothing may break the policy."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from gateway.explorer.fetch import is_complete
from tests.support.harness.browsing import browser_or_skip, fresh_page, launched
from tests.support.harness.processes import Program
from tests.support.harness.waiting import TIMEOUT, wait_until

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "test-results"
DEMO = (sys.executable, "-m", "gateway", "demo", "--entries", "500", "--port", "0")
SHOWN_BY_EXAMPLE = {
    "WeekOfOnePerson": r'"date": "\d{4}-\d\d-\d\d",\s+"time": \d+',
    "ApprovalInbox": r'"status": "(UNAPPROVED|SUBMITTED|DRAFT)"',
    "HoursAndCostByProjectAndMonth": r'"amount": \d+,\s+"currency": "[A-Z]{3}"',
    "ProjectsWithTheirNewestEntries": r'"date": "\d{4}-\d\d-\d\d",\s+"time": \d+',
    "InboxByPerson": r'"viewerCan": \{\s+"approve": true',
    "PageBack": r'"hasPreviousPage": true,\s+"startCursor": "\w+',
    "HistoryOfAnEntry": r'"changes": \{\s+"nodes": \[',
    "TrackAnHour": r'"time": 60,\s+"status": "\w+',
    "ApproveAWeek": r'"outcome": "(APPLIED|UNCHANGED)"',
}


def browser_and_files_or_skip() -> None:
    if not is_complete():
        pytest.skip("the explorer's files are not there: run scripts/explorer")
    browser_or_skip()


@pytest.fixture(scope="module")
def browser():
    browser_and_files_or_skip()
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address that `gateway demo` prints, with its token."""
    browser_and_files_or_skip()
    folder = tmp_path_factory.mktemp("demo")
    with Program(DEMO, cwd=folder) as demo:
        assert demo.stdout is not None
        try:
            for line in demo.stdout:
                if found := re.search(r"http://\S+#token=\S+", line):
                    yield found[0]
                    break
            else:
                pytest.fail(f"the demo printed no address and ended with {demo.wait()}")
        finally:
            demo.terminate()


@pytest.fixture
def complaints():
    """What the browser complained of: errors of scripts, refusals of the policy, requests to other hosts."""
    return []


@pytest.fixture
def page(browser, address, complaints, request):
    """A page of a fresh browser; left behind as a picture when the test fails."""
    failed_before = request.session.testsfailed
    with fresh_page(browser, address.partition("/graphql")[0], complaints) as page:
        yield page
        if request.session.testsfailed > failed_before:
            SCREENSHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"{request.node.name}.png")


@pytest.fixture
def opened(page, address):
    """The page after it was opened by the address that the demo prints."""
    page.goto(address)
    page.get_by_role("toolbar", name="Editor Commands").wait_for()
    return page


def is_stored(page: Page, names: list[str]) -> bool:
    """Tell whether tabs of these names would come back: they are stored half a second after the last change."""
    stored = page.evaluate("JSON.stringify(localStorage)")
    return all(name in stored for name in names)


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name)


def run(page: Page):
    """Run the operation of the open tab; return the answer's text."""
    page.get_by_role("button", name="Execute query").click()
    answer = page.get_by_role("region", name="Result Window")
    expect(answer).to_contain_text('"data"')
    # The editor draws no line that is not on the screen, but knows them all.
    return answer.locator(".CodeMirror").evaluate("editor => editor.CodeMirror.getValue()")


def test_the_printed_address_opens_the_explorer_and_loses_its_token(opened, address, complaints):
    expect(opened.locator("#role")).to_have_text("Admin")
    expect(opened.locator("#sign-in")).to_be_hidden()

    kept = opened.evaluate("[JSON.stringify(localStorage), document.cookie, location.href].join()")

    assert opened.url == address.partition("#")[0]
    assert address.partition("#token=")[2] not in kept
    assert complaints == []


@pytest.mark.parametrize("name", SHOWN_BY_EXAMPLE)
def test_an_example_runs_and_shows_entries(opened, complaints, name):
    tab(opened, name).get_by_role("button", name=name).click()

    answer = run(opened)

    assert re.search(SHOWN_BY_EXAMPLE[name], answer)
    assert '"errors"' not in answer
    assert complaints == []


def test_an_example_that_was_closed_comes_back_from_its_panel(opened, complaints):
    tab(opened, "ApprovalInbox").get_by_role("button", name="ApprovalInbox").click()
    tab(opened, "ApprovalInbox").get_by_role("button", name="Close Tab").click()
    expect(tab(opened, "ApprovalInbox")).to_have_count(0)

    opened.get_by_role("button", name="Show Examples").click()
    opened.get_by_role("button", name="The approval inbox").click()

    expect(tab(opened, "ApprovalInbox")).to_have_attribute("aria-selected", "true")
    assert '"errors"' not in run(opened)
    assert complaints == []


def test_the_tabs_are_the_same_after_a_reload(opened, complaints):
    before = opened.get_by_role("tab").all_inner_texts()
    wait_until(lambda: is_stored(opened, before))

    opened.reload()
    opened.get_by_role("toolbar", name="Editor Commands").wait_for()

    assert opened.get_by_role("tab").all_inner_texts() == before
    assert complaints == []


def test_docs_and_panels_know_the_schema(opened, complaints):
    opened.get_by_role("button", name="Show Documentation Explorer").click()
    docs = opened.get_by_role("region", name="Documentation Explorer")
    for chapter in ("Ids.", "Time.", "Money.", "Pages.", "Writes.", "Errors.", "Cost.", "Live."):
        expect(docs.get_by_text(chapter, exact=True)).to_be_visible()
    opened.get_by_role("link", name="Query", exact=True).click()

    expect(opened.get_by_role("link", name="TimeEntryConnection", exact=True)).to_be_visible()

    opened.get_by_role("button", name="Open settings dialog").click()
    opened.keyboard.press("Escape")

    assert complaints == []


def test_the_explorer_panel_offers_the_fields(opened):
    opened.get_by_role("button", name="Show GraphiQL Explorer").click()

    # No look at the complaints: the plug-in tells the console that it has no control for a list of enums.
    expect(opened.locator(".graphiql-explorer-root")).to_contain_text("companies")


def test_completion_offers_what_fits(opened, complaints):
    opened.get_by_role("button", name="New tab").click()
    opened.locator(".graphiql-query-editor .CodeMirror").click()

    opened.keyboard.type("{ viewer { canS", delay=20)

    expect(opened.locator(".CodeMirror-hints")).to_contain_text("canSeeCosts")
    assert complaints == []


def test_a_wrong_token_is_answered_by_the_form_and_a_sentence(page, address):
    page.goto(f"{address.partition('#')[0]}#token=wrong")

    expect(page.get_by_role("alert")).to_contain_text("did not accept this token")
    expect(page.get_by_label("Token")).to_be_focused()
    assert page.evaluate("sessionStorage.length") == 0


def test_signing_out_forgets_the_token_and_the_form_takes_another(opened, address, complaints):
    opened.get_by_role("button", name="Sign out").click()

    assert opened.evaluate("sessionStorage.length") == 0
    opened.get_by_label("Token").fill(address.partition("#token=")[2])
    opened.get_by_role("button", name="Open", exact=True).click()

    assert '"errors"' not in run(opened)
    assert complaints == []


def test_a_telephone_shows_the_answer_below_the_question(opened, complaints):
    opened.set_viewport_size({"width": 390, "height": 844})
    run(opened)

    question = opened.get_by_role("region", name="Query Editor").bounding_box()
    answer = opened.get_by_role("region", name="Result Window").bounding_box()

    assert question["y"] + question["height"] <= answer["y"]
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    assert complaints == []


def box_of(shown: Locator):
    box = shown.bounding_box()
    assert box
    return box


def answer_of(page: Page) -> Locator:
    return page.get_by_role("region", name="Result Window")


def open_tab(page: Page, name: str):
    tab(page, name).get_by_role("button", name=name).click()


def clipboard(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


@pytest.fixture
def copying(opened):
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return opened


def test_a_subscription_runs_and_shows_what_changes(opened, address, complaints):
    open_tab(opened, "WatchEntries")
    with opened.expect_response(lambda response: "event-stream" in response.headers.get("content-type", "")):
        opened.get_by_role("button", name="Execute query").click()
    url, _, token = address.partition("#token=")
    headers = {"Authorization": f"Bearer {token}"}
    change = """mutation { timeEntryUpdate(id: "1", input: { note: "Seen live" }) { userErrors { message } } }"""

    assert httpx.post(url, json={"query": change}, headers=headers, timeout=TIMEOUT).json()["data"] == {
        "timeEntryUpdate": {"userErrors": []}
    }

    expect(answer_of(opened)).to_contain_text('"note": "Seen live"')
    opened.get_by_role("button", name="Stop query").click()
    expect(opened.get_by_role("button", name="Execute query")).to_be_visible()
    assert complaints == []


def test_time_and_cost_of_an_answer_stand_beside_the_button(opened, complaints):
    expect(opened.get_by_label("Time and cost of the last answer")).to_have_count(0)

    run(opened)

    told = opened.get_by_label("Time and cost of the last answer")
    expect(told).to_have_text(re.compile(r"^[\d.]+ms\d+points?$"))
    expect(told).to_have_attribute("title", re.compile("points were paid"))
    assert complaints == []


def test_an_admin_sees_what_is_read_and_the_statements_behind_it(opened, complaints):
    opened.get_by_role("button", name="Explain").click()

    plan = opened.get_by_role("region", name="Plan")
    expect(plan.locator(".tree > li > details > summary").first).to_contain_text("timeEntries")
    expect(plan).to_contain_text("services by time_entries.service_id")
    expect(plan.locator(".statement").first).to_contain_text(re.compile(r"Statement 1\s*\d+ rows?"))
    expect(plan.locator(".statement pre").first).to_contain_text("FROM time_entries")
    expect(plan.locator(".steps").first).to_contain_text("SEARCH time_entries USING INDEX")
    assert complaints == []


def test_a_link_opens_the_operation_and_holds_no_token(copying, address, complaints):
    open_tab(copying, "PageBack")
    copying.get_by_role("button", name="Copy a link").click()
    expect(copying.locator(".note")).to_contain_text("holds no token")
    link = clipboard(copying)
    token = address.partition("#token=")[2]
    assert token not in link

    copying.goto(link)
    copying.get_by_role("toolbar", name="Editor Commands").wait_for()

    expect(copying.locator(".graphiql-tab-active")).to_contain_text("PageBack")
    assert copying.url == address.partition("#")[0]
    assert '"startCursor"' in run(copying)
    assert complaints == []


def test_a_copied_command_asks_the_same_in_a_terminal(copying, address, complaints):
    copying.get_by_role("button", name="Copy as curl").click()
    expect(copying.locator(".note")).to_contain_text("$TOKEN")
    command = clipboard(copying)
    assert address.partition("#token=")[2] not in command

    environment = os.environ | {"TOKEN": address.partition("#token=")[2]}
    printed = subprocess.run(
        ["bash", "-c", command], env=environment, capture_output=True, text=True, check=True
    ).stdout

    assert json.loads(printed)["data"] == json.loads(run(copying))["data"]
    assert complaints == []


def test_where_there_is_no_answer_yet_it_says_what_can_be_done(opened, complaints):
    opened.get_by_role("button", name="New tab").click()
    nothing = opened.locator(".nothing")
    expect(nothing).to_contain_text("Begin with an example")

    nothing.get_by_role("button", name="Examples").click()
    opened.get_by_role("region", name="Examples").get_by_role("button", name="A week of one person").click()
    run(opened)

    expect(nothing).to_have_count(0)
    assert complaints == []


def test_beside_a_panel_a_middling_screen_shows_the_answer_below_the_question(opened, complaints):
    opened.set_viewport_size({"width": 900, "height": 700})
    opened.get_by_role("button", name="Show Documentation Explorer").click()
    run(opened)

    question = box_of(opened.get_by_role("region", name="Query Editor"))
    answer = box_of(answer_of(opened))

    assert question["y"] + question["height"] <= answer["y"]
    assert min(question["width"], answer["width"]) >= 450
    assert opened.evaluate("document.documentElement.scrollWidth") <= 900
    assert complaints == []


@pytest.mark.parametrize("width", [1280, 390])
def test_the_chosen_tab_is_on_the_screen(opened, width, complaints):
    opened.set_viewport_size({"width": width, "height": 800})
    opened.get_by_role("button", name="New tab").click()
    tabs = opened.get_by_role("tablist", name="Select active operation")
    chosen = tabs.locator("[aria-selected=true]")

    expect(chosen).to_contain_text("untitled")
    expect(chosen).to_be_in_viewport(ratio=0.9)
    assert complaints == []


@pytest.mark.parametrize(
    ("answered", "said"),
    [
        (lambda route: route.abort(), "The gateway did not answer. Is it still running?"),
        (lambda route: route.fulfill(status=502, body="<html>"), "Status 502, with an answer that is not GraphQL's."),
    ],
)
def test_where_no_gateway_answers_it_says_so(opened, answered, said):
    opened.route("**/graphql", answered)

    opened.get_by_role("button", name="Execute query").click()

    expect(answer_of(opened)).to_contain_text(said)
    expect(answer_of(opened)).not_to_contain_text("stack")
