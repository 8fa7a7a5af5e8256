"""The command line as a person meets it: what it prints, what it refuses, and by which exit code it ends."""

import fcntl
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import termios
import time
from array import array
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest

from tests.support.harness.waiting import TIMEOUT, wait_until

TOKEN = re.compile(r"teg_[A-Za-z0-9_-]{43}")
NOWHERE = "sqlite+aiosqlite:////proc/none/x.db"


def post(address, headers, query):
    """Ask a gateway that runs in another process."""
    return httpx.post(address, json={"query": query}, headers=headers, timeout=TIMEOUT)


def count_of_entries(address, token):
    """Return how many time entries a token sees."""
    headers = {"authorization": f"Bearer {token}"}
    answer = post(address, headers, "{ timeEntries { totalCount } }")
    return answer.json()["data"]["timeEntries"]["totalCount"]


def group(pattern, text):
    """Return what the one group of a pattern stands for in a text."""
    found = re.search(pattern, text)
    assert found, text
    return found[1]


def read_until(process, pattern):
    """Read what a command prints, up to the line that the pattern is found in."""
    printed = ""
    for line in process.stdout:
        printed += line
        if re.search(pattern, line):
            return printed
    raise AssertionError(printed)


def wait_until_read(pipe):
    """Wait until the other end of a pipe has taken what was written to it."""
    unread = array("i", [1])

    def is_read():
        fcntl.ioctl(pipe, termios.FIONREAD, unread)
        return unread[0] == 0

    wait_until(is_read)


def test_help_is_shown_for_each_command(gateway):
    overview = gateway("--help")

    assert overview.exit_code == 0
    for command in ("serve", "demo", "seed", "schema", "explorer", "token create", "token list", "token revoke"):
        shown = gateway(*command.split(), "--help")
        assert shown.exit_code == 0
        assert "Usage: " in shown.stdout
        assert command.split()[0] in overview.stdout


def test_the_version_is_that_of_the_package(gateway):
    shown = gateway("--version")

    assert (shown.exit_code, shown.stdout) == (0, f"gateway {version('time-entries-gateway')}\n")


def test_a_shell_completes_commands_and_options(gateway):
    def complete(words: str, place: int) -> list[str]:
        asked = {"_GATEWAY_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
        return [str(word) for word in gateway(**asked).stdout.split()]

    assert complete("gateway re", 1) == ["recalculate"]
    assert complete("gateway demo --u", 2) == ["--until"]


def test_a_page_of_the_origin_that_a_demo_names_may_call_it(start):
    process = start("demo", "--entries", "5", "--port", "0", "--cors", "http://localhost:5173")
    address = group(r"Explorer\s+(http://[0-9.:]+/graphql)#", read_until(process, r"Explorer"))

    asked = {"origin": "http://localhost:5173", "access-control-request-method": "POST"}
    allowed = httpx.options(address, headers=asked, timeout=TIMEOUT)
    other = httpx.options(address, headers=asked | {"origin": "http://localhost:3000"}, timeout=TIMEOUT)

    assert allowed.headers["access-control-allow-origin"] == "http://localhost:5173"
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    ("code", "sentence", "arguments", "settings"),
    [
        (1, "There is no database at gateway.db; make one by `gateway seed`, `gateway import` or ", ["serve"], {}),
        (1, "There is no database at gateway.db", ["token", "list"], {}),
        (1, "There is no database at gateway.db", ["token", "create", "--person", "1"], {}),
        (2, "GATEWAY_PORT cannot be 'http'; it has to be a whole number from 0 ", ["serve"], {"GATEWAY_PORT": "http"}),
        (2, "GATEWAY_DATABASE is not a setting of the gateway; ", ["serve"], {"GATEWAY_DATABASE": "x"}),
        (2, "GATEWAY_CORS_ORIGINS cannot be 'localhost'; ", ["demo", "--cors", "localhost"], {}),
        (2, "'24.11.2026' is not a calendar day; write YYYY-MM-DD", ["demo", "--until", "24.11.2026"], {}),
        (2, "'x' is not a calendar day; write YYYY-MM-DD", ["recalculate", "--since", "x"], {}),
        (2, "Invalid value for '--entries'", ["seed", "--entries", "0"], {}),
        (2, "Missing option '--entries'", ["seed"], {}),
        (1, "/proc/none/x.db", ["seed", "--entries", "5"], {"GATEWAY_DATABASE_URL": NOWHERE}),
        (1, "The folder /proc/none cannot be made: ", ["demo", "--directory", "/proc/none"], {"GATEWAY_PORT": "0"}),
        (2, "Invalid value for '--port'", ["serve", "--port", "70000"], {}),
        (1, "The schema cannot be written to no/such/folder: ", ["schema", "--output", "no/such/folder"], {}),
        (2, "No such command 'fly'", ["fly"], {}),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_by_a_sentence(gateway, code, sentence, arguments, settings):
    refused = gateway(*arguments, **settings)

    assert refused.exit_code == code
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr
    assert list(Path.cwd().iterdir()) == []


def test_a_port_in_use_is_reported_before_anything_is_made(gateway):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = gateway("demo", "--port", port)

    assert refused.exit_code == 1
    assert refused.stderr == (
        f"The gateway cannot listen on 127.0.0.1, port {port}: Address already in use. Choose another by --port.\n"
    )


def test_a_file_that_is_no_database_is_refused(start, tmp_path):
    (tmp_path / "gateway.db").write_text("This is a letter and no database at all.\n" * 100, encoding="utf-8")

    process = start("serve", "--port", "0")

    assert process.wait(TIMEOUT) == 1
    assert process.stdout.read() == "The database file 'gateway.db' cannot be opened: file is not a database.\n"


def test_a_token_is_made_listed_and_revoked_and_never_stored(gateway, tmp_path):
    seeded = gateway("seed", "--entries", "50", "--until", "2025-08-01")
    person = group(r"Person (\d+) is an admin", seeded.stdout)
    again = gateway("seed", "--entries", "50")

    made = gateway("token", "create", "--person", person, "--name", "reports", "--expires-in-days", "30")
    token = made.stdout.splitlines()[-1]
    listed = gateway("token", "list")
    revoked = gateway("token", "revoke", "1")
    twice = gateway("token", "revoke", "1")

    assert "50 time_entries" in seeded.stdout
    assert again.exit_code == 1
    assert "already has" in again.stderr
    assert TOKEN.fullmatch(token)
    assert "reports" in listed.stdout
    assert listed.stdout.rstrip().endswith("good")
    assert (revoked.exit_code, revoked.stdout) == (0, "Token 1 is revoked.\n")
    assert (twice.exit_code, twice.stdout) == (1, "")
    assert "revoked" in gateway("token", "list").stdout
    for file in tmp_path.iterdir():
        assert token.encode() not in file.read_bytes()


def test_a_token_for_nobody_is_refused(gateway):
    gateway("seed", "--entries", "1")

    refused = gateway("token", "create", "--person", "999999")

    assert (refused.exit_code, refused.stderr) == (1, "There is no person 999999 in the store.\n")


def test_the_schema_is_printed_or_written(gateway, tmp_path):
    printed = gateway("schema")
    written = gateway("schema", "--output", "api.graphql")

    assert "type Query" in printed.stdout
    assert (written.exit_code, written.stdout) == (0, "")
    assert (tmp_path / "api.graphql").read_text(encoding="utf-8") == printed.stdout


def test_a_command_needs_none_of_the_standard_streams(environment, tmp_path):
    closed = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh")
    command = [*closed, sys.executable, "-m", "gateway", "schema", "--output", "api.graphql"]

    done = subprocess.run(command, check=False, cwd=tmp_path, env=environment)

    assert done.returncode == 0
    assert "type Query" in (tmp_path / "api.graphql").read_text(encoding="utf-8")


def test_a_demo_prints_tokens_and_the_explorers_address_and_ends_in_good_order(start, tmp_path):
    process = start("demo", "--entries", "50", "--port", "0", TMPDIR=str(tmp_path))

    printed = read_until(process, r"20 time entries$") + process.stdout.readline()
    address = group(r"Explorer\s+(http://127\.0\.0\.1:\d+/graphql)#token=teg_", printed)
    member = {"authorization": f"Bearer {group(r'Member +(teg_.+)', printed)}"}
    answer = post(address, member, "{ viewer { role } }")
    sizes = [count_of_entries(address, token) for token in re.findall(r"Admin +(teg_.+)", printed)]
    process.send_signal(signal.SIGTERM)

    assert printed.startswith("50 time entries of 2 organizations are served; stop with Ctrl+C.\n")
    assert "\nJadran Studio, 30 time entries\n" in printed
    assert sizes == [30, 20]
    assert answer.json()["data"] == {"viewer": {"role": "MEMBER"}}
    assert "server" not in answer.headers
    assert process.wait(TIMEOUT) == 0
    assert list(tmp_path.iterdir()) == []


def metrics_of(address):
    """Return what a gateway tells of itself: nothing to who comes as it begins to end, None once nobody listens."""
    try:
        return httpx.get(f"{address.removesuffix('/graphql')}/metrics", timeout=TIMEOUT).text
    except httpx.ConnectError:
        return None
    except httpx.TransportError:
        return ""


def test_a_request_that_runs_is_answered_before_the_server_ends(start, gateway, tmp_path):
    gateway("seed", "--entries", "20")
    token = gateway("token", "create", "--person", "1").stdout.splitlines()[-1]
    process = start("serve", GATEWAY_PORT="0")
    address = group(r"answers at (http://\S+/graphql)", read_until(process, r"answers at http://"))
    entry = "{ timeEntries(first: 1) { nodes { id } } }"
    headers = {"authorization": f"Bearer {token}"}
    found = post(address, headers, entry).json()["data"]["timeEntries"]["nodes"][0]["id"]
    write = f'mutation {{ timeEntryUpdate(id: "{found}", input: {{note: "late"}}) {{ timeEntry {{ note }} }} }}'

    holder = sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")  # the mutation waits for this other process
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(post, address, headers, write)
        wait_until(lambda: "gateway_requests_running 1.0" in metrics_of(address))
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: metrics_of(address) is None)
        holder.execute("COMMIT")
        payload = answer.result().json()
    holder.close()

    assert payload["data"] == {"timeEntryUpdate": {"timeEntry": {"note": "late"}}}
    assert process.wait(TIMEOUT) == 0


def test_serving_goes_by_the_settings_and_revocation_holds_within_a_second(start, gateway, tmp_path):
    gateway("seed", "--entries", "20")
    token = gateway("token", "create", "--person", "1").stdout.splitlines()[-1]
    process = start("serve", GATEWAY_PORT="0", GATEWAY_DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path / 'gateway.db'}")
    address = group(r"answers at (http://\S+/graphql)", read_until(process, r"answers at http://"))

    def ask():
        headers = {"authorization": f"Bearer {token}"}
        return post(address, headers, "{ viewer { role } }").status_code

    before = ask()
    gateway("token", "revoke", "1")
    time.sleep(1.0)
    after = ask()
    process.send_signal(signal.SIGINT)

    assert (before, after) == (200, 401)
    assert process.wait(TIMEOUT) == 0
    with closing(sqlite3.connect(tmp_path / "gateway.db")) as connection, connection:
        assert connection.execute("SELECT last_used_at IS NOT NULL FROM tokens").fetchone() == (1,)
    connection.close()


def test_a_command_says_that_it_waits_for_another_program_that_writes(start, gateway, tmp_path):
    gateway("seed", "--entries", "1")
    with closing(sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        process = start("token", "create", "--person", "1")
        waits = process.stdout.readline()
        other.execute("COMMIT")
        printed = process.stdout.read()

    assert waits == "Another program writes to the database file; waiting for it for 30 s.\n"
    assert process.wait(TIMEOUT) == 0
    assert TOKEN.search(printed)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_import_of_standard_input_ends_when_it_is_asked_to_and_leaves_nothing(start, tmp_path, ending):
    process = start("import", "-", stdin=subprocess.PIPE)
    process.stdin.write("[")
    process.stdin.flush()
    wait_until_read(process.stdin)
    process.send_signal(ending)

    assert process.wait(TIMEOUT) == 128 + ending
    assert "Traceback" not in process.stdout.read()
    assert list(tmp_path.iterdir()) == []
