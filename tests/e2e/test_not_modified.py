"""GET with entity tags: 304 where nothing was written since, by a look at one row, and never where something was."""

import json

import pytest
import pytest_asyncio
from sqlalchemy import text

from gateway.store.databases.database import Connection
from tests.support.harness.serving import serving

pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE = "query People($first: Int) { people(first: $first) { totalCount nodes { name } } }"
TWO = "query Role { viewer { role } } query Name { viewer { person { name } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(store_kind, tmp_path_factory):
    async with serving(tmp_path_factory.mktemp(store_kind)) as served:
        yield served


async def get(served, query=PEOPLE, *, who="admin", known=None, method="GET", headers=None, **parameters):
    given = {name: json.dumps(value) if isinstance(value, dict) else value for name, value in parameters.items()}
    sent = served.bearer(who) | (headers or {}) | ({"if-none-match": known} if known is not None else {})
    return await served.client.request(method, "/graphql", params={"query": query, **given}, headers=sent)


async def write(served, sql: str) -> None:
    async def work(connection: Connection) -> None:
        await connection.execute_many(text(sql), [{}])

    await served.database.write(work)


async def test_an_answer_to_get_may_be_kept_by_its_client_alone_who_asks_each_time(served):
    response = await get(served)

    assert response.status_code == 200
    assert response.headers["etag"].startswith('W/"')
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["vary"] == "Accept, Accept-Encoding, Authorization, X-Auth-Token"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_what_is_known_is_not_answered_again_and_no_row_but_the_stamp_is_read(served):
    first = await get(served)
    statements = served.database.statements

    again = await get(served, known=first.headers["etag"])

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == "private, no-cache"
    assert "content-type" not in again.headers
    assert "content-length" not in again.headers
    assert served.database.statements == statements + 1


async def test_head_is_answered_alike(served):
    first = await get(served, method="HEAD")

    again = await get(served, method="HEAD", known=first.headers["etag"])

    assert (first.status_code, first.content, again.status_code) == (200, b"", 304)


@pytest.mark.parametrize(
    "form",
    ["{tag}", '"other", {tag}', "{strong}", ' {tag} ,W/"x"', '"a","b",{tag}'],
)
async def test_a_known_tag_is_found_among_others_however_it_is_written(served, form):
    tag = (await get(served)).headers["etag"]

    again = await get(served, known=form.format(tag=tag, strong=tag.removeprefix("W/")))

    assert again.status_code == 304


@pytest.mark.parametrize("known", ["", "*", "x", '""', 'W/"', "{bare}", '"' + "0" * 32 + '"', "," * 5_000])
async def test_what_is_no_tag_of_the_answer_is_answered_in_full(served, known):
    tag = (await get(served)).headers["etag"]

    again = await get(served, known=known.format(bare=tag.removeprefix('W/"').removesuffix('"')))

    assert (again.status_code, again.json()["data"]["people"]["totalCount"]) == (200, 3)


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("UPDATE people SET first_name = 'Zora' WHERE id = 13", "a name"),
        ("UPDATE people SET role = 'MANAGER' WHERE id = 13", "a role"),
        ("UPDATE people SET role = 'MEMBER' WHERE id = 13", "a role, back again"),
        ("INSERT INTO subsidiaries (organization_id, name) VALUES (1, 'x')", "a record"),
        ("UPDATE organizations SET currency = 'USD' WHERE id = 1", "a setting"),
        ("DELETE FROM subsidiaries WHERE organization_id = 1", "a removal"),
    ],
)
async def test_after_any_write_of_the_organization_the_answer_is_made_anew(served, sql, name):
    before = await get(served)

    await write(served, sql)
    after = await get(served, known=before.headers["etag"])

    assert after.status_code == 200, name
    assert after.headers["etag"] != before.headers["etag"]
    assert (await get(served, known=after.headers["etag"])).status_code == 304


async def test_what_another_organization_writes_ends_no_tag(served):
    first = await get(served)

    await write(served, "UPDATE people SET title = 'x' WHERE id = 21")

    assert (await get(served, known=first.headers["etag"])).status_code == 304


async def test_a_write_that_was_rolled_back_ends_no_tag(served):
    first = await get(served)

    async def work(connection: Connection) -> None:
        await connection.execute_many(text("UPDATE people SET title = 'y' WHERE id = 11"), [{}])
        raise LookupError

    with pytest.raises(LookupError):
        await served.database.write(work)

    assert (await get(served, known=first.headers["etag"])).status_code == 304


async def test_every_question_has_a_tag_of_its_own(served):
    asked = [
        await get(served),
        await get(served, who="manager"),
        await get(served, who="member"),
        await get(served, variables={"first": 1}),
        await get(served, PEOPLE.replace("nodes", " nodes")),
        await get(served, TWO, operationName="Role"),
        await get(served, TWO, operationName="Name"),
    ]

    assert len({response.headers["etag"] for response in asked}) == len(asked)
    for response in asked[1:]:
        assert (await get(served, known=response.headers["etag"])).status_code == 200


async def test_variables_in_another_order_ask_the_same(served):
    query = "query ($first: Int, $search: String) { people(first: $first, search: $search) { totalCount } }"

    first = await get(served, query, variables={"first": 1, "search": "a"})
    again = await get(served, query, variables={"search": "a", "first": 1}, known=first.headers["etag"])

    assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("{", {}),
        ("{ nothing }", {}),
        ("mutation { __typename }", {}),
        ('{ timeEntries(after: "x") { totalCount } }', {}),
        (PEOPLE, {"extensions": {"plan": True}}),
    ],
)
async def test_errors_and_explanations_have_no_tag_and_are_not_kept(served, query, parameters):
    response = await get(served, query, **parameters)

    assert "etag" not in response.headers
    assert response.headers["cache-control"] == "no-store"


async def test_an_answer_to_post_has_no_tag(served):
    response = await served.post(PEOPLE)
    again = await served.client.post(
        "/graphql", json={"query": PEOPLE}, headers={**served.bearer(), "if-none-match": "*"}
    )

    assert (response.status_code, again.status_code) == (200, 200)
    assert "etag" not in response.headers
    assert "cache-control" not in response.headers


async def test_a_token_that_is_not_good_gets_no_304(served):
    first = await get(served)

    response = await get(served, known=first.headers["etag"], headers={"authorization": "Bearer nonsense"})

    assert response.status_code == 401


async def test_asking_whether_anything_is_new_costs_a_point_at_least(tmp_path):
    async with serving(tmp_path, rate_limit=60) as served:
        query = "{ viewer { role } }"
        first = await get(served, query)
        codes = [(await get(served, query, known=first.headers["etag"])).status_code for _ in range(70)]

    assert codes == [304] * 58 + [429] * 12
