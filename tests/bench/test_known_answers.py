"""Asking for what is known: a registered document by GET that is answered by 304, beside the list in full.

GATEWAY_BENCH_ENTRIES makes the store smaller. `pytest -m bench tests/bench/test_known_answers.py -s` shows the figures.
"""

import hashlib
import itertools
import os
import statistics
import time
from contextlib import closing

import httpx
import orjson
import pytest

from tests.bench.client import Client, get, post
from tests.bench.measuring import Asker, Result
from tests.bench.servers import KINDS, running
from tests.bench.store import file_store
from tests.bench.workloads import LIST, WORKLOADS, Facts

pytestmark = pytest.mark.bench

ENTRIES = int(os.environ.get("GATEWAY_BENCH_ENTRIES", "1000000"))
ROUNDS, REQUESTS = 15, 200
MOST = 0.6  # of the time of the full answer


def test_what_is_known_takes_at_most_six_tenths_of_the_full_answer(record_property):
    store = file_store(ENTRIES)
    [gateway] = [kind for kind in KINDS if kind.name == "gateway"]
    with closing(store.connect()) as connection:
        facts = Facts.of(connection)
    with running([gateway], store) as [server]:
        asker = Asker(server, store, facts)
        full = asker.requests(WORKLOADS[0], [{}])
        known = _known(server.port, store.token)
        result = Result(WORKLOADS[0], server)
        ratios, processor = [], []
        for _ in range(ROUNDS):
            result.take_turn(asker, itertools.cycle(full), REQUESTS)
            before = server.cpu()
            times = _times(server.port, known)
            processor.append((server.cpu() - before) / len(times) / result.cpu[-1])
            ratios.append(statistics.median(times) / statistics.median(result.turns[-1]))

    ratio, of_processor = statistics.median(ratios), statistics.median(processor)
    record_property("ratio", round(ratio, 3))
    print(f"304 of a registered document: {ratio:.3f} of W1, {of_processor:.3f} by processor time")  # noqa: T201 - the number is the point
    assert ratio <= MOST


def _known(port: int, token: str) -> bytes:
    """Register the document, and write the request of a client that has its answer."""
    digest = hashlib.sha256(LIST.encode()).hexdigest()
    body = {"query": LIST, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
    path = f"/graphql?documentId=sha256:{digest}"
    with closing(Client(port)) as client:
        client.send(post("/graphql", token, orjson.dumps(body)))
    headers = {"authorization": f"Bearer {token}"}
    tag = httpx.get(f"http://127.0.0.1:{port}{path}", headers=headers).headers["etag"]
    assert httpx.get(f"http://127.0.0.1:{port}{path}", headers={**headers, "if-none-match": tag}).status_code == 304
    return get(path, token).replace(b"\r\n\r\n", f"\r\nIf-None-Match: {tag}\r\n\r\n".encode())


def _times(port: int, request: bytes) -> list[float]:
    times = []
    with closing(Client(port)) as client:
        for _ in range(REQUESTS):
            start = time.perf_counter()
            assert client.send(request) == b""
            times.append(time.perf_counter() - start)
    return times
