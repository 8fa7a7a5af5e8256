"""What the upstream answers, good and bad, over a socket: pages, refusals, impostors; and what is shown to it."""

import asyncio
import gzip
import random
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from gateway.domain.approval import Act
from gateway.mirror.options import MirrorOptions
from gateway.mirror.upstream import calls
from gateway.mirror.upstream.account import Account, BadAccount
from gateway.mirror.upstream.budget import Limiter, MemoryState, Purpose, budget_of
from gateway.mirror.upstream.client import Upstream
from gateway.mirror.upstream.documents import TooLong
from gateway.mirror.upstream.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    NotThere,
    ServerFailure,
    Throttled,
    TooLarge,
    Unauthorized,
    Unreachable,
    UpstreamError,
)
from gateway.mirror.upstream.exchange import MOST_BYTES
from tests.support.upstream.clocks import VirtualClock
from tests.support.upstream.impostors import Impostor, Respond, Sent, answer, impostor, own_certificate

TOKEN = "0123-secret-of-the-account"
MODULE = "gateway.mirror.upstream"
EMPTY: dict[str, object] = {"data": []}


@asynccontextmanager
async def asked(respond: Respond | Sequence[bytes]) -> AsyncIterator[tuple[Upstream, Impostor, VirtualClock]]:
    """Ask a server that answers as it is told, or with some answers one after the other."""
    clock = VirtualClock()
    async with impostor(respond if callable(respond) else in_turn(respond)) as server:
        limiter = Limiter(budget_of([(100, 10)]), MemoryState(), clock)
        async with Upstream(Account(server.url, 9, TOKEN), limiter) as upstream:
            yield upstream, server, clock


def in_turn(answers: Sequence[bytes]) -> Respond:
    left = list(answers)
    return lambda _: left.pop(0)


def query(sent: Sent) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(sent.target).query, keep_blank_values=True))


def entries(*ids: object, **more: object) -> dict[str, object]:
    return {"data": [{"type": "time_entries", "id": id, "attributes": {}} for id in ids], **more}


async def failure(respond: Respond | Sequence[bytes]) -> UpstreamError:
    """Return what asking for a page comes to."""
    async with asked(respond) as (upstream, _, _):
        with pytest.raises(UpstreamError) as caught:
            await upstream.page("time_entries")
    assert TOKEN not in f"{caught.value} {caught.value!r} {caught.value.problems}"
    assert caught.value.__cause__ is None
    return caught.value


async def test_a_request_shows_token_organization_and_the_feature_that_filters_by_instants() -> None:
    async with asked([answer(200, EMPTY)]) as (upstream, server, _):
        await upstream.page("time_entries", [("filter[updated_at][gt_eq]", "2025-08-01T06:00:00.000+00:00")])

    [sent] = server.requests
    assert urlsplit(sent.target).path == "/api/v2/time_entries"
    assert query(sent) == {"filter[updated_at][gt_eq]": "2025-08-01T06:00:00.000+00:00"}
    assert sent.headers["x-auth-token"] == TOKEN
    assert sent.headers["x-organization-id"] == "9"
    assert sent.headers["x-feature-flags"] == "filteringSkipDatetimeCastToDate"
    assert sent.headers["accept-encoding"] == "gzip"


async def test_a_page_has_records_with_underscores_and_the_upstreams_own_time() -> None:
    document = {
        "data": [{"type": "time-entries", "id": 17, "attributes": {"started-at": None}, "relationships": {}}],
        "included": [{"type": "people", "id": "3", "relationships": {"custom-role": {"data": None}}}],
        "meta": {"total_count": 1},
    }

    async with asked([answer(200, document, date="Fri, 01 Aug 2025 06:00:00 GMT")]) as (upstream, _, _):
        page = await upstream.page("time_entries")

    assert page.records == [{"type": "time_entries", "id": 17, "attributes": {"started_at": None}, "relationships": {}}]
    assert page.included == [{"type": "people", "id": "3", "relationships": {"custom_role": {"data": None}}}]
    assert (page.total, page.next_link, page.date) == (1, None, 1_754_028_000_000)


@pytest.mark.parametrize(
    "date",
    [
        "Fri, 01 Aug 99999999999999999999 06:00:00 GMT",
        "Fri, 01 Aug 2025 99999999999999999999:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 01 Aug 1925 06:00:00 GMT",
        "(" * 50_000,
        "yesterday",
    ],
)
async def test_a_date_that_no_clock_shows_says_nothing(date) -> None:
    async with asked([answer(200, EMPTY, date=date)]) as (upstream, _, _):
        page = await upstream.page("time_entries")

    assert page.date is None


@pytest.mark.parametrize("total", [2**63, 2**64 - 1, -1, 1.5, True, "7", None, [7]])
async def test_a_total_that_nobody_can_keep_is_none(total) -> None:
    async with asked([answer(200, {"data": [], "meta": {"total_count": total}})]) as (upstream, _, _):
        page = await upstream.page("time_entries")

    assert page.total is None


async def test_other_organizations_of_the_tokens_person_are_none_of_the_accounts() -> None:
    document = {"data": [{"type": "organizations", "id": number} for number in ("8", 9, "10")]}

    async with asked([answer(200, document)]) as (upstream, _, _):
        page = await upstream.page("organizations")

    assert [record["id"] for record in page.records] == [9]


async def test_a_compressed_answer_is_read() -> None:
    body = gzip.compress(b'{"data": [{"type": "people", "id": "1"}]}')

    async with asked([answer(200, body=body, content_encoding="gzip")]) as (upstream, _, _):
        page = await upstream.page("people")

    assert page.records == [{"type": "people", "id": "1"}]


async def test_a_page_says_when_its_request_went_whatever_it_waited_for_before() -> None:
    body = answer(200, EMPTY)
    async with asked(lambda _: body) as (upstream, _, clock):
        began = clock.now()
        pages = [await upstream.page("time_entries") for _ in range(51)]  # one more than the mirror has at once

    assert {page.sent_at for page in pages[:50]} == {began}
    assert pages[50].sent_at == clock.now() >= began + 10_000
    assert {page.size for page in pages} == {len(b'{"data":[]}')}


async def test_pages_by_cursor_follow_what_the_links_name() -> None:
    def respond(sent: Sent) -> bytes:
        after = query(sent)["page[after]"]
        if after == "b":
            return answer(200, entries(3))
        name = {"": "a", "a": "b"}[after]
        link = f"/api/v2/time_entries?page%5Bafter%5D={name}&page%5Bsize%5D=200&filter=other"
        return answer(200, entries(1 if after == "" else 2, links={"next": link}))

    async with asked(respond) as (upstream, server, _):
        found = [record["id"] async for page in upstream.pages("time_entries", [("a", "1")]) for record in page.records]

    assert found == [1, 2, 3]
    assert [query(sent) for sent in server.requests] == [
        {"a": "1", "page[size]": "200", "page[after]": after} for after in ("", "a", "b")
    ]


async def test_where_there_are_no_cursors_pages_are_read_by_number_and_that_is_remembered() -> None:
    refusal = {"errors": [{"status": "400", "code": "keyset_unsupported_sort", "title": "Unsupported"}]}

    def respond(sent: Sent) -> bytes:
        asked = query(sent)
        if "page[after]" in asked:
            return answer(400, refusal)
        number = int(asked["page[number]"])
        more = {"links": {"next": f"?page%5Bnumber%5D={number + 1}"}} if number < 3 else {}
        return answer(200, entries(number, **more))

    async with asked(respond) as (upstream, server, _):
        twice = [
            [record["id"] async for page in upstream.pages("people", [("sort", "name")]) for record in page.records]
            for _ in range(2)
        ]
        has_cursors = upstream.has_cursors("people", "name"), upstream.has_cursors("people")

    assert twice == [[1, 2, 3], [1, 2, 3]]
    assert len(server.requests) == 7
    assert has_cursors == (False, True)


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        (
            "https://elsewhere.example/api/v2/time_entries?page[after]=x",
            "a link to another host, which is not followed",
        ),
        ("//elsewhere.example/time_entries?page[after]=x", "a link to another host, which is not followed"),
        ("http://127.0.0.1:1/api/v2/time_entries?page[after]=x", "a link to another host, which is not followed"),
        ("http://[::1/", "a link to another host, which is not followed"),
        ("?page[number]=2", "a link to a next page that names none"),
        (f"?page[after]={'x' * 10_000}", "a link to a next page of 10,013 characters"),
    ],
)
async def test_a_link_that_leads_elsewhere_is_not_followed(link, sentence) -> None:
    async with asked(lambda _: answer(200, entries(1, links={"next": link}))) as (upstream, server, _):
        with pytest.raises(Malformed, match=sentence):
            _ = [page async for page in upstream.pages("time_entries")]

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("name", "ids", "requests"),
    [
        (lambda _: "same", lambda count: [count], 2),  # the cursor comes again
        (str, lambda _: [1], 2),  # the records come again
        (str, lambda count: [count % 3], 4),  # they come again after others
        (str, lambda _: [], 1),  # nothing comes
    ],
)
async def test_links_without_an_end_are_not_followed_for_ever(name, ids, requests) -> None:
    count = 0

    def respond(_: Sent) -> bytes:
        nonlocal count
        count += 1
        return answer(200, entries(*ids(count), links={"next": f"?page[after]={name(count)}"}))

    async with asked(respond) as (upstream, server, _):
        with pytest.raises(Malformed, match=r"again and again\.$|go on for ever\.$"):
            _ = [page async for page in upstream.pages("time_entries")]

    assert len(server.requests) == requests


@pytest.mark.parametrize(("purpose", "most"), [(Purpose.MIRROR, 5), (Purpose.PEOPLE, 3)])
async def test_more_pages_than_any_list_has_are_not_read(monkeypatch, purpose, most) -> None:
    monkeypatch.setattr(f"{MODULE}.client.MOST_PAGES", {Purpose.MIRROR: 5, Purpose.PEOPLE: 3})
    count = 0

    def respond(_: Sent) -> bytes:
        nonlocal count
        count += 1
        return answer(200, entries(count, links={"next": f"?page[after]={count}"}))

    async with asked(respond) as (upstream, server, _):
        with pytest.raises(Malformed, match=r"has no last page: its links go on for ever\."):
            _ = [page async for page in upstream.pages("time_entries", purpose=purpose)]

    assert len(server.requests) == most


def listed(lengths: Sequence[int], *, by_cursor: bool) -> Respond:
    """Answer with pages of records that are so long; where less of them is asked for each is short."""

    def respond(sent: Sent) -> bytes:
        given = query(sent)
        size = int(given["page[size]"])
        if "page[after]" in given and not by_cursor:
            return answer(400, {"errors": [{"status": "400", "code": "keyset_unsupported_sort"}]})
        first = int(given["page[after]"] or 0) if by_cursor else (int(given["page[number]"]) - 1) * size
        last = min(first + size, len(lengths))
        name = f"?page[after]={last}" if by_cursor else f"?page[number]={last // size + 1}"
        is_outline = "fields[time_entries]" in given and "include" not in given
        records = [
            {"type": "time_entries", "id": place, "attributes": {"note": "" if is_outline else "x" * lengths[place]}}
            for place in range(first, last)
        ]
        return answer(200, {"data": records, "links": {"next": name} if last < len(lengths) else {}})

    return respond


@pytest.mark.parametrize("by_cursor", [True, False])
@pytest.mark.parametrize("seed", range(4))
async def test_pages_that_are_too_long_are_read_in_smaller_ones_down_to_one_record(
    monkeypatch, seed, by_cursor
) -> None:
    most = 60_000
    monkeypatch.setitem(MOST_BYTES, Purpose.MIRROR, most)
    chance = random.Random(seed)
    long, longest = chance.sample(range(430), 40), chance.sample(range(430), 3)
    lengths = [most if place in longest else 20_000 if place in long else 50 for place in range(430)]

    async with asked(listed(lengths, by_cursor=by_cursor)) as (upstream, server, _):
        pages = [page async for page in upstream.pages("time_entries", [("include", "person")])]

    found = [(record["id"], isinstance(record, TooLong)) for page in pages for record in page.records]
    assert found == [(place, place in longest) for place in range(430)]
    assert len(server.requests) < 250  # not each by its own
    assert len(pages[0].records) > 1


async def test_what_a_person_waits_for_is_read_in_smaller_pages_and_never_in_outline(monkeypatch) -> None:
    monkeypatch.setitem(MOST_BYTES, Purpose.PEOPLE, 60_000)
    async with asked(listed([50_000] * 3, by_cursor=True)) as (upstream, _, _):
        pages = [page async for page in upstream.pages("time_entries", purpose=Purpose.PEOPLE)]
    async with asked(listed([50_000, 60_000], by_cursor=True)) as (upstream, _, _):
        with pytest.raises(TooLarge):
            _ = [page async for page in upstream.pages("time_entries", purpose=Purpose.PEOPLE)]

    assert [len(page.records) for page in pages] == [1, 1, 1]


async def test_a_record_that_is_too_long_in_outline_too_is_told(monkeypatch) -> None:
    monkeypatch.setitem(MOST_BYTES, Purpose.MIRROR, 10_000)
    async with asked(lambda _: answer(200, body=b" " * 10_001)) as (upstream, server, _):
        with pytest.raises(TooLarge, match=r"answers more than 0 MB"):
            _ = [page async for page in upstream.pages("people")]

    assert len(server.requests) == len(calls.PAGE_SIZES) + 1


async def test_relationships_that_cannot_be_included_are_left_out_from_then_on() -> None:
    def respond(sent: Sent) -> bytes:
        included = query(sent).get("include", "").split(",")
        for name in ("approval_statuses", "booking"):
            if name in included:
                detail = f"Include '{name}' is not supported on this endpoint"
                return answer(400, {"errors": [{"code": "unsupported_include", "detail": detail}]})
        return answer(200, EMPTY)

    async with asked(respond) as (upstream, server, _):
        for _ in range(2):
            await upstream.page("time_entries", [("include", "booking,person,approval_statuses")])

    assert [query(sent).get("include") for sent in server.requests] == [
        "booking,person,approval_statuses", "booking,person", "person", "person",
    ]  # fmt: skip
    assert upstream.refused_includes == {"time_entries": {"booking", "approval_statuses"}}


async def test_a_relationship_that_is_not_named_is_found_by_leaving_out_one_after_the_other() -> None:
    def respond(sent: Sent) -> bytes:
        if "include" in query(sent):
            return answer(400, {"errors": [{"code": "unsupported_include"}]})
        return answer(200, EMPTY)

    async with asked(respond) as (upstream, server, _):
        await upstream.page("time_entries", [("include", "person,service")])

    assert [query(sent).get("include") for sent in server.requests] == ["person,service", "person", None]


@pytest.mark.parametrize(
    ("status", "kind", "sentence"),
    [
        (401, Unauthorized, "does not know the token: Bad *** sent."),
        (403, Forbidden, "may not be asked with this token: Bad *** sent."),
        (404, NotThere, "is not there: Bad *** sent."),
        (409, Conflict, "is in another state: Bad *** sent."),
        (412, Conflict, "is in another state: Bad *** sent."),
        (422, Invalid, "answers with status 422: Bad *** sent."),
        (500, ServerFailure, "answers with status 500: Bad *** sent."),
        (503, ServerFailure, "answers with status 503: Bad *** sent."),
    ],
)
async def test_a_failure_is_told_in_the_upstreams_words_without_the_token(status, kind, sentence) -> None:
    error = {"code": "some_code", "detail": f"Bad {TOKEN} sent.", "source": {"pointer": "data/attributes/date"}}

    found = await failure([answer(status, {"errors": [error]})])

    assert type(found) is kind
    assert found.sentence.endswith(f"/api/v2/time_entries {sentence}")
    assert found.has("some_code")
    assert found.problems[0].pointer == "data/attributes/date"


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (b"\\u0030123-secret-of-the-account", "***"),  # the token, spelled otherwise
        (b"x" * 290 + b" " + TOKEN.encode(), "x" * 290 + " ***"),
        (b"\\u001b[2Ja\\u0000b\\nc", " [2Ja b c"),
        (b"x" * 100_000, "x" * 300),
    ],
)
async def test_of_a_failure_so_much_is_repeated_as_a_sentence_takes(detail, said) -> None:
    found = await failure([answer(500, body=b'{"errors": [{"detail": "' + detail + b'"}]}')])

    assert found.problems[0].detail == said


async def test_a_failure_without_a_document_is_told_by_its_status() -> None:
    found = await failure([answer(502, body=b"<html>Bad Gateway</html>", media_type="text/html")])

    assert type(found) is ServerFailure
    assert found.sentence.endswith("/time_entries answers with status 502.")


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (
            answer(200, body=b"<html>Welcome</html>", media_type="text/html; charset=utf-8"),
            "answers text/html in place of JSON: is GATEWAY_MIRROR_URL the address of the API, with its path?",
        ),
        (answer(200, body=b'{"data": [', media_type="application/json"), "answers what is not JSON, or a part of it."),
        (answer(200, {"errors": []}), "answered JSON that is no document with data."),
        (answer(200, [1]), "answered JSON that is no document with data."),
        (answer(200), "answered JSON that is no document with data."),
        (answer(200, {"data": 5}), "answered JSON that is no document with data."),
        (answer(200, {"data": ["x"]}), "answered a record that is none: an object with a type was expected."),
        (answer(200, {"data": [{"id": 1}]}), "answered a record that is none: an object with a type was expected."),
        (
            answer(200, {"data": [{"type": "x" * 101}]}),
            "answered a record that is none: an object with a type was expected.",
        ),
        (answer(200, entries(*range(201))), "answered more records than a page of 200 has."),
        (answer(200, EMPTY, content_encoding="zstd"), "answers what is compressed by zstd, which was not asked for."),
        (
            answer(200, body=gzip.compress(gzip.compress(b"{}")), content_encoding="gzip, gzip"),
            "answers what is compressed by gzip, gzip, which was not asked for.",
        ),
        (answer(302, location="https://elsewhere.example"), "(status 302), which is not followed."),
        (answer(200, body=b"no gzip", content_encoding="gzip"), "answers what cannot be decompressed."),
    ],
)
async def test_what_is_no_answer_of_the_api_is_refused_by_a_sentence(reply, sentence) -> None:
    found = await failure([reply])

    assert type(found) is Malformed
    assert found.sentence.endswith(sentence)


async def test_records_of_another_organization_are_refused() -> None:
    owner = {"organization": {"data": {"type": "organizations", "id": "10"}}}

    found = await failure([answer(200, {"data": [{"type": "people", "id": "1", "relationships": owner}]})])

    assert found.sentence.endswith("a record of organization 10, not of 9: the token belongs to another one.")


@pytest.mark.parametrize("part", [b"[],", b"{},", b"0,", b"[" * 500 + b"]" * 500 + b","])
async def test_an_answer_of_more_values_than_any_is_not_read(part) -> None:
    body = b'{"data": [' + part * (2_100_000 // (part.count(b"[") + part.count(b"{") + 1)) + b"0]}"
    answers = [answer(200, body=body), answer(200, body=body[: len(body) // 9] + b"0]}"), answer(500, body=body)]

    async with asked(answers) as (upstream, _, _):
        with pytest.raises(Malformed, match=r"answers more than 2,000,000 values, which no page has\.$"):
            await upstream.page("time_entries")
        with pytest.raises(Malformed, match=r"answers more than 200,000 values, which no page has\.$"):
            await upstream.page("time_entries", purpose=Purpose.PEOPLE)
        with pytest.raises(ServerFailure, match=r"answers with status 500\.$"):
            await upstream.page("time_entries")


@pytest.mark.parametrize(("purpose", "most"), [(Purpose.MIRROR, 20), (Purpose.PEOPLE, 5)])
async def test_others_get_their_turn_while_an_answer_is_unpacked(monkeypatch, purpose, most) -> None:
    monkeypatch.setattr(f"{MODULE}.exchange.UNPACKED_AT_ONCE", 10_000)
    body, turns = gzip.compress(b" " * 40_000_000), 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with asked(lambda _: answer(200, body=body, content_encoding="gzip")) as (upstream, _, _):
        counting = asyncio.create_task(others())
        with pytest.raises(TooLarge, match=rf"answers more than {most} MB"):
            await upstream.page("time_entries", purpose=purpose)
        counting.cancel()

    assert len(body) < 65_536  # it comes at once
    assert turns > 100 * most


@pytest.mark.parametrize("cut", [1, 10, 40])
async def test_an_answer_whose_compression_is_cut_is_none(cut) -> None:
    body = gzip.compress(b'{"data": []}')

    found = await failure([answer(200, body=body[:-cut] if cut < len(body) else body[:1], content_encoding="gzip")])

    assert found.sentence.endswith("answers what cannot be decompressed.")


async def test_an_answer_with_more_records_beside_it_than_any_is_too_large() -> None:
    found = await failure([answer(200, entries(included=[{"type": "people"}] * 20_001))])

    assert type(found) is TooLarge
    assert found.sentence.endswith("answered more than 20,000 records beside those of a page.")


@pytest.mark.parametrize("squeeze", [lambda body: body, gzip.compress])
async def test_an_answer_of_200_mb_is_not_read_to_its_end(squeeze) -> None:
    body = squeeze(b" " * 200_000_000)
    more = {"content_encoding": "gzip"} if len(body) < 200_000_000 else {}

    found = await failure([answer(200, body=body, **more)])

    assert type(found) is TooLarge
    assert found.sentence.endswith("/time_entries answers more than 20 MB, which no page has.")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
    ],
)
async def test_an_answer_that_is_cut_short_is_a_lost_connection(reply) -> None:
    found = await failure([reply])

    assert type(found) is Unreachable
    assert "/time_entries was not read: the connection was lost (" in found.sentence
    assert found.may_have_happened


async def test_an_answer_that_does_not_come_is_given_up_after_a_while(monkeypatch) -> None:
    monkeypatch.setattr(f"{MODULE}.exchange.WHOLE_S", 0.1)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n"

    async with asked(lambda _: head + b" " * 99) as (upstream, _, _):
        with pytest.raises(Unreachable):
            await upstream.page("time_entries")


async def test_a_port_that_nobody_listens_on_is_told_before_anything_was_sent() -> None:
    limiter = Limiter(budget_of([(100, 10)]), MemoryState(), VirtualClock())
    async with Upstream(Account("http://127.0.0.1:9/api/v2", 9, TOKEN), limiter) as upstream:
        with pytest.raises(Unreachable, match=r"^http://127.0.0.1:9/api/v2 cannot be reached: ") as caught:
            await upstream.page("time_entries")

    assert not caught.value.may_have_happened


async def test_a_429_is_waited_for_by_the_mirror_and_told_to_people() -> None:
    told = {"limit": 100, "period": 10}
    answers = [answer(429, told, x_ratelimit_reset="40"), answer(200, EMPTY), answer(429, body=b"")]

    async with asked(answers) as (upstream, server, clock):
        began = clock.instant
        await upstream.page("time_entries")
        waited = clock.instant - began
        with pytest.raises(Throttled, match=r"The account's budget of requests is spent; try again in 30 s\."):
            await upstream.page("time_entries", purpose=Purpose.PEOPLE)
        with pytest.raises(Throttled):
            await upstream.send("DELETE", "time_entries/1")

    assert waited == 40_000
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [("7", 7), ("0.5", 0.5), ("31536000", 86_400), ("1e999", 30), ("nan", 30), ("-5", 30), ("soon", 30), ("", 30)],
)
async def test_a_429_that_says_nonsense_is_waited_for_like_one_that_says_nothing(reset, seconds) -> None:
    async with asked([answer(429, body=b"", x_ratelimit_reset=reset)]) as (upstream, _, _):
        with pytest.raises(Throttled) as told:
            await upstream.page("time_entries", purpose=Purpose.PEOPLE)

    assert told.value.wait_s == seconds


async def test_a_write_goes_by_the_persons_token_and_once() -> None:
    document = {"data": {"type": "time_entries", "id": "17"}}
    answers = [answer(200, document), b"", answer(204)]

    async with asked(answers) as (upstream, server, _):
        done = await upstream.send(*calls.decide(17, Act.APPROVE), token="of-a-person")
        with pytest.raises(Unreachable) as lost:
            await upstream.send(*calls.decide_all([17, 18], Act.UNAPPROVE), token="of-a-person")
        gone = await upstream.send(*calls.delete_entry(17))

    assert (done.status, done.content) == (200, document)
    assert lost.value.may_have_happened
    assert (gone.status, gone.content) == (204, None)
    assert [(sent.method, sent.target, sent.headers["x-auth-token"], sent.body) for sent in server.requests] == [
        ("PATCH", "/api/v2/time_entries/17/approve", "of-a-person", b""),
        ("PATCH", "/api/v2/time_entries/bulk_unapprove", "of-a-person", b'{"ids":[17,18]}'),
        ("DELETE", "/api/v2/time_entries/17", TOKEN, b""),
    ]


async def test_no_cookie_of_one_person_is_shown_for_another() -> None:
    async with asked([answer(204, set_cookie="session=1"), answer(204)]) as (upstream, server, _):
        await upstream.send("DELETE", "time_entries/1", token="of-one")
        await upstream.send("DELETE", "time_entries/2", token="of-another")

    assert "cookie" not in server.requests[1].headers


async def test_a_certificate_that_does_not_hold_is_told_before_anything_was_sent(tmp_path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(own_certificate(tmp_path))
    limiter = Limiter(budget_of([(100, 10)]), MemoryState(), VirtualClock())

    async with (
        impostor(lambda _: answer(200, EMPTY), tls) as server,
        Upstream(Account(server.url, 9, TOKEN), limiter) as upstream,
    ):
        with pytest.raises(Unreachable, match=r"^The certificate of 127\.0\.0\.1 does not hold: ") as caught:
            await upstream.page("time_entries")

    assert server.requests == []
    assert not caught.value.may_have_happened


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "No account is mirrored: set GATEWAY_MIRROR_URL."),
        ({"mirror_token": "two words"}, "The account's token has to be 1 to 500 printable characters of ASCII"),
        ({"mirror_token_file": "/nowhere/at/all"}, "GATEWAY_MIRROR_TOKEN_FILE cannot be read: No such file"),
    ],
)
def test_an_account_says_what_it_lacks(settings, sentence) -> None:
    where: dict[str, Any] = {"mirror_url": "https://api.example/api/v2", "mirror_organization_id": 9}
    options = MirrorOptions(**where, **settings) if settings else MirrorOptions()

    with pytest.raises(BadAccount, match=f"^{sentence}"):
        Account.of(options)


def test_an_account_takes_its_token_from_a_file_and_shows_it_nowhere(tmp_path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")

    account = Account.of(
        MirrorOptions(mirror_url="https://api.example/api/v2/", mirror_organization_id=9, mirror_token_file=str(file))
    )

    assert (account.url, account.organization_id, account.token) == ("https://api.example/api/v2", 9, TOKEN)
    assert TOKEN not in repr(account)
