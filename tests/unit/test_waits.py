"""How the tests wait: what they give up after is said once, and nobody relies on what a library thinks is long."""

import ast
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
GIVES_UP = {"timeout", "wait_for", "wait", "communicate", "join", "result"}
STARTS = {"Popen", "create_subprocess_exec"}
ASKS = {"get", "post", "put", "patch", "delete", "options", "request", "Client", "AsyncClient"}


@cache
def calls() -> list[tuple[str, ast.Call, str]]:
    """Return each call of the tests: where it is, and what is called, in words."""
    return [
        (f"{file.relative_to(TESTS)}:{node.lineno}", node, ast.unparse(node.func))
        for file in sorted(TESTS.rglob("*.py"))
        if file.relative_to(TESTS).parts[0] != "bench"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


def seconds_of(call: ast.Call) -> list[float]:
    """Return the numbers that stand where a call is told how long it may take."""
    told = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "timeout")]
    return [one.value for one in told if isinstance(one, ast.Constant) and isinstance(one.value, int | float)]


def test_what_has_to_come_is_waited_for_as_long_as_the_harness_says():
    short = [
        f"{place} {name}"
        for place, call, name in calls()
        # Less than a second is how long a test looks on while nothing may come.
        if name.rpartition(".")[2] in GIVES_UP and any(seconds >= 1 for seconds in seconds_of(call))
    ]

    assert short == [], "take TIMEOUT of tests/support/harness/waiting.py"


def test_clients_over_sockets_do_not_give_up_by_themselves():
    hasty = [
        f"{place} {name}"
        for place, call, name in calls()
        if name.startswith("httpx.") and name.rpartition(".")[2] in ASKS
        # Over ASGI there is no time limit.
        if not {"timeout", "transport"} & {keyword.arg for keyword in call.keywords}
    ]

    assert hasty == [], "give them timeout=TIMEOUT; httpx waits for five seconds"


def test_websockets_do_not_give_up_by_themselves():
    hasty = [
        place
        for place, call, name in calls()
        if name == "connect" and "compression" in {keyword.arg for keyword in call.keywords}
        if not {"open_timeout", "ping_interval"} <= {keyword.arg for keyword in call.keywords}
    ]

    assert hasty == [], "give them open_timeout=TIMEOUT and ping_interval=None; they wait for 10 and for 20 seconds"


def test_nobody_waits_for_a_test_to_read_what_is_printed():
    unread = [
        f"{place} {name}"
        for place, call, name in calls()
        if name.rpartition(".")[2] in STARTS
        for keyword in call.keywords
        if keyword.arg in {"stdout", "stderr"} and ast.unparse(keyword.value).endswith("PIPE")
    ]

    assert unread == [], "start a Program of tests/support/harness/processes.py; a pipe is full after 64 kB"
